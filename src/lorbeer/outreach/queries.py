"""Reading the distribution list, the letters of intent and the funnel."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from lorbeer.call.models import AwardGroup, Competition, Letter, Phase
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import ADMITTED, RECEIVED, applicant_marks, count_applicants
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.people.sealed import seal, unseal
from lorbeer.questionnaire.grouping import applicant_of, group_for
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, outbox
from lorbeer.shared.lands import land_name
from lorbeer.shared.models import Message
from lorbeer.shared.outbox import NOWHERE
from lorbeer.shared.phases import has_begun, is_over, lies_in
from lorbeer.shared.prepared import prepared

SALT, INTENT_SALT = "lorbeer.outreach.unsubscribe", "lorbeer.outreach.intent"
BETWEEN_LINKS, MOST_LINKS_A_DAY = timedelta(minutes=10), 3             # mails with a link to confirm one letter of intent


def addresses_of(wave: Wave) -> "QuerySet[Address]":
    """Whom a wave goes to: addresses with a mail, not unsubscribed, of its categories."""
    return chosen_by(wave).exclude(email="").exclude(email__endswith=f"@{NOWHERE}").order_by("pk")


def chosen_by(wave: Wave) -> "QuerySet[Address]":
    """The addresses of the wave's categories that have not unsubscribed, with a mail or without."""
    found = wave.competition.addresses.filter(unsubscribed_at=None)
    if wave.categories:
        found = found.filter(category__in=wave.categories)
    if wave.only_without_intent:
        announced = confirmed_intents(wave.competition)
        found = found.exclude(municipality__in=announced.exclude(municipality=None).values("municipality"))
        found = found.exclude(email__in=announced.exclude(contact_email="").values("contact_email"), email__gt="")
    return found


def letters_of(wave: Wave) -> list[Letter]:
    """The wave's letter in every language in which it is written."""
    return list(wave.competition.letters.filter(code=wave.letter.code))


def letter_for(wave: Wave, address: Address | None, letters: Iterable[Letter]) -> Letter:
    """The letter that `address` gets: in its language, else in the wave's."""
    return next((letter for letter in letters if address and letter.language == address.language), wave.letter)


def languages_of(wave: Wave) -> list[tuple[str, int]]:
    """In which languages the wave goes out, with the number of mails, by language."""
    written = {letter.language for letter in letters_of(wave)}
    rows = addresses_of(wave).order_by().values_list("language").annotate(Count("pk"))
    counted: Counter[str] = Counter()
    for language, count in rows:
        counted[language if language in written else wave.letter.language] += count
    return sorted(counted.items())


def categories_of(competition: Competition) -> list[tuple[str, int]]:
    """The categories of the list with their number of addresses, by name."""
    rows = competition.addresses.order_by().values_list("category").annotate(Count("pk"))
    return sorted((category, count) for category, count in rows)


def unsubscribe_path(address: Address) -> str:
    """Where the holder of an address takes it off the list; the token names nothing but the address."""
    token = signing.Signer(salt=SALT).sign_object(address.code)         # the same at any time, and for ever
    return reverse("outreach:address_unsubscribe", args=[address.competition.code, token])


def address_of_token(competition: Competition, token: str) -> Address | None:
    """The address that a token names; None for one that was not made here, or for another competition."""
    try:
        code = signing.Signer(salt=SALT).unsign_object(token)
    except signing.BadSignature:
        return None
    return competition.addresses.filter(code=code).first()


def placeholders(competition: Competition, address: Address) -> dict[str, Any]:
    """What a letter of a wave may name; see KINDS in call/letters.py."""
    base = settings.BASE_URL
    address.competition = competition
    return {
        "address": {"name": address.name, "unsubscribe_link": base + unsubscribe_path(address)},
        "competition": {"title": str(competition.title), "aim": str(competition.aim),
                        "sponsor": str(competition.sponsor), "link": f"{base}/{competition.code}/"},
        "office": {"name": str(competition.office_name), "email": competition.office_email, "phone": competition.office_phone},
        "sponsor": {"name": str(competition.sponsor)},
    }


def messages_of(wave: Wave) -> "QuerySet[Message]":
    """The mails of a wave in the outbox."""
    return Message.objects.filter(scope=wave.competition.code, kind="wave", subject=f"wave:{wave.code}")


def texts_of(wave: Wave) -> "QuerySet[Message]":
    """Its mails of which text and recipient are still there: both are erased after a while (see follow_up/retention.py)."""
    return messages_of(wave).exclude(body="").order_by("pk")


def key_of_mail(wave: Wave, address: Address) -> str:
    """What a mail of the wave is known by in the outbox, so that `address` gets one only."""
    return f"wave:{wave.competition.code}:{wave.code}:{address.pk}"


def address_of_mail(wave: Wave, mail: Message) -> Address | None:
    """To whom a mail of the wave went, if the address is still on the list."""
    return wave.competition.addresses.filter(pk=mail.key.rpartition(":")[2]).first()


def outbox_counts(wave: Wave) -> dict[str, int]:
    """How many mails of a wave wait, run, are done, have failed."""
    return outbox.counts(messages_of(wave))


def group_of(competition: Competition, municipality: Municipality | None) -> AwardGroup | None:
    """The group in which an entry of `municipality` would compete, as far as the call's rule tells before it is handed in."""
    return group_for(competition, applicant_of(municipality))


def has_letters(competition: Competition) -> bool:
    """Whether letters of intent play a part here: the call asks for them, or some have been noted all the same."""
    return letters_phase(competition) is not None or competition.letters_of_intent.exists()


def confirmed_intents(competition: Competition) -> "QuerySet[LetterOfIntent]":
    """Those that count: anybody can write to the public form in the name of any municipality."""
    return competition.letters_of_intent.exclude(confirmed_at=None)


def confirm_path(intent: LetterOfIntent, contact_name: str = "") -> str:
    """Where the holder of the mail address that was given confirms it, and another contact person in place of the one of now; nobody else
    reads the token."""
    token = seal(f"{INTENT_SALT}:{intent.code}:{_contact_now(intent)}:{contact_name}")
    return reverse("outreach:intent_confirm", args=[intent.competition.code, token])


def intent_of_token(competition: Competition, token: str) -> tuple[LetterOfIntent | None, str, bool]:
    """The letter of intent that a link by mail names, the contact person that it is to have (empty where it stays), and whether the link
    is too old to change that: another one was entered since. None for what was not made here, or for another competition."""
    try:
        made_for, code, contact, name = unseal(token).split(":", 3)
    except ValueError:
        return None, "", False
    intent = competition.letters_of_intent.filter(code=code).first() if made_for == INTENT_SALT else None
    if intent is None or name in ("", intent.contact_name):
        return intent, "", False
    return intent, name, contact != _contact_now(intent) or not intent.contact_email


def _contact_now(intent: LetterOfIntent) -> str:
    return f"{intent.contact_since.timestamp():.6f}" if intent.contact_since else ""


def links_mailed(intent: LetterOfIntent) -> QuerySet[Message]:
    """The mails with a link to confirm it, the newest first."""
    return Message.objects.filter(scope=intent.competition.code, subject=f"intent:{intent.code}", kind="intent_link").order_by("-created_at")


def is_change_open(intent: LetterOfIntent) -> bool:
    """Whether a link was mailed by which another contact person would be confirmed, and none has been entered since."""
    settled = [moment for moment in (intent.confirmed_at, intent.contact_since) if moment]
    return intent.confirmed_at is not None and links_mailed(intent).filter(created_at__gt=max(settled)).exists()


def next_link_at(intent: LetterOfIntent) -> datetime | None:
    """Before when no link is mailed for it; None where one may go out now. A second click sends no second mail, and nobody fills the
    mailbox of another."""
    now = clock.now()
    sent = list(links_mailed(intent).filter(created_at__gt=now - timedelta(days=1)).values_list("created_at", flat=True))
    waits = [sent[0] + BETWEEN_LINKS] if sent else []
    if len(sent) >= MOST_LINKS_A_DAY:
        waits.append(sent[MOST_LINKS_A_DAY - 1] + timedelta(days=1))
    return max((at for at in waits if at > now), default=None)


def letters_phase(competition: Competition) -> Phase | None:
    """The phase of letters of intent that is open, else the next one to come, else the last one gone; None without any."""
    phases = sorted((phase for phase in competition.schedule if phase.kind == Phase.Kind.LETTERS),
                    key=lambda phase: phase.round)
    now = clock.now()
    for phase in phases:
        if lies_in(phase, now):
            return phase
    ahead = [phase for phase in phases if phase.starts_at and phase.starts_at > now]
    return ahead[0] if ahead else phases[-1] if phases else None


def lateness(competition: Competition) -> Callable[[datetime], bool]:
    """Tells of a moment whether a letter of intent came after its date: it is kept and counted, and pages say so. One query."""
    phases = [phase for phase in competition.phases.all() if phase.kind == Phase.Kind.LETTERS]

    def is_late(moment: datetime) -> bool:
        begun = [phase for phase in phases if has_begun(phase, moment)]
        return bool(begun) and all(is_over(phase, moment) for phase in begun)

    return is_late


def intents_for(entry: Entry, *, handed_in: bool = False) -> "QuerySet[LetterOfIntent]":
    """Letters of intent without an entry that belong to this one: the same municipality (once confirmed), or the same person.

    `handed_in`: also those that the same rule tied to another entry that was only begun, or that was withdrawn.
    """
    people = entry.contributors.values("person")
    same = Q(person__in=people) | Q(contact_email__in=entry.contributors.exclude(person__email="").values("person__email"))
    if entry.municipality_id:
        same |= Q(municipality=entry.municipality_id, confirmed_at__isnull=False)
    free = Q(entry=None)
    if handed_in:
        free |= Q(entry__state__in=(State.DRAFT, State.WITHDRAWN), tied_by=None)
    return LetterOfIntent.objects.filter(free, competition=entry.competition_id).exclude(entry=entry).filter(same)


def waiting_intents(entry: Entry, *, handed_in: bool = False) -> list[tuple[int, str]]:
    """Id and code of each of `intents_for`."""
    if entry.municipality_id:
        return list(intents_for(entry, handed_in=handed_in).values_list("pk", "code"))
    return (_waiting_also_begun if handed_in else _waiting)(entry.pk, entry.competition_id)


@prepared
def _waiting(entry: int, competition: int) -> "QuerySet[LetterOfIntent, tuple[int, str]]":
    return intents_for(Entry(pk=entry, competition_id=competition)).values_list("pk", "code")


@prepared
def _waiting_also_begun(entry: int, competition: int) -> "QuerySet[LetterOfIntent, tuple[int, str]]":
    return intents_for(Entry(pk=entry, competition_id=competition), handed_in=True).values_list("pk", "code")


def entries_for(intent: LetterOfIntent) -> "QuerySet[Entry]":
    """Entries that may be the one that was announced: the same municipality, person, mail address or name first."""
    same = Q(applicant__iexact=intent.applicant)
    if intent.municipality_id:
        same |= Q(municipality=intent.municipality_id)
    if intent.person_id:
        same |= Q(contributors__person=intent.person_id)
    if intent.contact_email:
        same |= Q(contributors__person__email__iexact=intent.contact_email)
    return Entry.objects.filter(competition=intent.competition_id).filter(same).distinct().order_by("-created_at", "-pk")


def funnel(competition: Competition) -> dict[str, int]:
    """addressed → letters of intent → drafts → received → admitted, as counts; "drafts" is every entry ever begun."""
    entries = Entry.objects.filter(competition=competition).aggregate(
        drafts=Count("pk"), received=Count("pk", filter=Q(state__in=RECEIVED)), admitted=Count("pk", filter=Q(state__in=ADMITTED)))
    return {
        "addressed": competition.addresses.filter(unsubscribed_at=None).exclude(email="").count(),
        "intents": confirmed_intents(competition).count(),
        **entries,
    }


def applicants_in(competition: Competition) -> dict[str, int]:
    """From how many municipalities (or other bodies) the entries come that were received and admitted; two queries."""
    entries = Entry.objects.filter(competition=competition)
    return {"received": count_applicants(entries.filter(state__in=RECEIVED), competition),
            "admitted": count_applicants(entries.filter(state__in=ADMITTED), competition)}


def funnel_by(competition: Competition, by: str) -> list[dict[str, Any]]:
    """The funnel per Land (`by="land"`) or per award group (`by="group"`), one row each, as dicts; four queries.

    Keys: label, addressed (None where the list does not know it), intents, drafts, received, admitted; and from how many
    applicants entries were received and admitted, which is another number.
    """
    column = "land_code" if by == "land" else "group"
    counted: dict[str, Counter[Any]] = {name: Counter() for name in ("addressed", "intents", "drafts", "received", "admitted")}
    bodies_of: dict[str, dict[Any, set[object]]] = {"received_from": defaultdict(set), "admitted_from": defaultdict(set)}
    entries = Entry.objects.filter(competition=competition)
    marks = applicant_marks(entries, competition)
    for pk, key, state in entries.values_list("pk", column, "state"):
        counted["drafts"][key] += 1
        for name, states in (("received", RECEIVED), ("admitted", ADMITTED)):
            if state in states:
                counted[name][key] += 1
                bodies_of[f"{name}_from"][key].add(marks[pk])
    for key in confirmed_intents(competition).values_list(column, flat=True):
        counted["intents"][key] += 1
    if by == "land":
        for key in competition.addresses.filter(unsubscribed_at=None).exclude(email="").values_list("land_code", flat=True):
            counted["addressed"][key] += 1
        keys: list[Any] = sorted(set().union(*counted.values()), key=lambda key: (not key, land_name(key or "")))
        labels = {key: land_name(key) if key else "–" for key in keys}
    else:
        groups = list(competition.groups.all())
        present = set().union(*counted.values())
        keys = [group.pk for group in groups if not group.is_special or group.pk in present]
        labels = {group.pk: str(group.label) for group in groups}
        if None in present:
            keys, labels[None] = [*keys, None], "–"
        reached = Counter(competition.addresses.filter(unsubscribed_at=None).exclude(email="").values_list("municipality", flat=True))
        bodies = Municipality.objects.in_bulk(key for key in reached if key)
        for key, number in reached.items():
            fitting = group_for(competition, applicant_of(bodies.get(key)), groups)
            counted["addressed"][fitting.pk if fitting else None] += number
        if counted["addressed"][None] and None not in keys:
            keys, labels[None] = [*keys, None], "–"
    return [{"label": labels[key], "key": key or "", **{name: counted[name][key] for name in counted},
             **{name: len(sets[key]) for name, sets in bodies_of.items()}} for key in keys]
