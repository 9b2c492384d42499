"""Writing to the world: addresses, mailings in waves, letters of intent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.letters import placeholders, render
from lorbeer.call.models import AwardGroup, Competition, Letter
from lorbeer.call.queries import register_of
from lorbeer.entries.models import Entry
from lorbeer.outreach import queries, rules
from lorbeer.outreach.attest import facts_of
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.people.models import Person
from lorbeer.register.models import Municipality
from lorbeer.register.queries import newest_edition
from lorbeer.shared import clock, codes, log, outbox
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.lands import NAMES
from lorbeer.shared.models import Message
from lorbeer.shared.outbox import Mail, queue_mails
from lorbeer.shared.tables import csv_rows
from lorbeer.shared.text import language_for, spoken_in
from lorbeer.shared.verdicts import require

# --- the distribution list --------------------------------------------------------------------------------------------

LARGEST_LIST = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_FAULTS = 100
LONGEST_CELL = 2_000
# Headings as offices write them, folded.
HEADINGS = {
    "category": "category", "kategorie": "category", "verteiler": "category",
    "name": "name", "stelle": "name", "institution": "name", "kommune": "name",
    "email": "email", "e-mail": "email", "mail": "email", "e-mail-adresse": "email",
    "municipality_key": "municipality_key", "ags": "municipality_key", "schlüssel": "municipality_key",
    "gemeindeschlüssel": "municipality_key", "amtlicher gemeindeschlüssel": "municipality_key",
    "land": "land", "bundesland": "land", "land_code": "land",
    "language": "language", "sprache": "language",
}
NEEDED = ("category", "name")
LANDS = {name.casefold(): code for code, name in NAMES.items()} | {code.casefold(): code for code in NAMES}


@transaction.atomic
def add_addresses(competition: Competition, rows: Iterable[Mapping[str, str]], *, by: Person | None) -> tuple[int, int]:
    """Take addresses into the distribution list: how many are new, how many were there already.

    A row has category, name, email and perhaps municipality_key, land. The same mail address stands in the list once.
    Raises BadInput where a name or category is missing or a mail address is none; then none is taken.
    """
    Competition.objects.select_for_update().get(pk=competition.pk)      # two imports at once: the second sees the first
    rows = list(rows)
    languages = set(competition.languages)
    known = set(competition.addresses.exclude(email="").values_list("email", flat=True))
    without = {(name, category) for name, category in
               competition.addresses.filter(email="").values_list("name", "category")}
    bodies = _bodies(competition, {row.get("municipality_key", "").strip() for row in rows})
    new, double = [], 0
    for number, row in enumerate(rows, 1):
        fault = _fault_of(row, languages)
        if fault:
            raise BadInput(fault, where=_("row %(number)d") % {"number": number})
        email, name, category = row.get("email", "").strip().lower(), row["name"].strip(), row.get("category", "").strip()
        if email in known if email else (name[:300], category[:60]) in without:
            double += 1
            continue
        known.add(email)
        if not email:
            without.add((name[:300], category[:60]))
        body = bodies.get(row.get("municipality_key", "").strip())
        land = row.get("land", "").strip()
        new.append(Address(
            competition=competition, category=category[:60], name=name[:300], email=email, municipality=body,
            land_code=body.land_code if body else LANDS.get(land.casefold(), "")[:2],
            language=row.get("language", "").strip().lower(),
        ))
    Address.objects.bulk_create(new, batch_size=1_000)
    log.record("address.add", subject=f"competition:{competition.code}", scope=competition.code, actor=by, new=len(new),
               double=double)
    return len(new), double


def _bodies(competition: Competition, keys: set[str]) -> dict[str, Municipality]:
    edition = register_of(competition) if keys - {""} else None
    if edition is None:
        return {}
    found = edition.municipalities
    return {body.key: body for body in (found.filter(key__in=keys) if len(keys) < 500 else found.all())}


def _fault_of(row: Mapping[str, str], languages: set[str]) -> str:
    """What is wrong with a row of the list; empty where nothing is."""
    if not row.get("name", "").strip():
        return _("the name is missing")
    if not row.get("category", "").strip():
        return _("the category is missing")
    if any(character in "".join(row.values()) for character in "\r\n\x00"):
        return _("there is a line break within a cell")
    email = row.get("email", "").strip()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            return _("“%(email)s” is not an e-mail address") % {"email": email[:80]}
        if len(email) > 254:
            return _("the e-mail address is too long")
    land = row.get("land", "").strip()
    if land and land.casefold() not in LANDS:
        return _("“%(land)s” is not a Land; write its name or code, such as Bayern or BY") % {"land": land[:40]}
    language = row.get("language", "").strip().lower()
    if language and language not in languages:
        return _("“%(language)s” is no language of this call; there are: %(all)s") % {
            "language": language[:20], "all": ", ".join(sorted(languages))}
    return ""


@dataclass
class ImportReport:
    """What an import of addresses did. `doubles`: sentences, one for each row that was there already."""

    new: int = 0
    doubles: list[str] = field(default_factory=list)


def import_addresses(competition: Competition, data: bytes, *, by: Person | None) -> ImportReport:
    """Take a CSV list (columns Kategorie, Name, E-Mail and, if known, AGS, Land) into the distribution list.

    All or nothing: raises BadInput with every fault and its row. Rows whose address is already there are named in the
    report and left out.
    """
    rows = _read_csv(data)
    keys = {row.get("municipality_key", "") for _number, row in rows} - {""}
    edition, bodies = register_of(competition), _bodies(competition, keys)
    faults, doubles, wanted = [], [], []
    known = set(competition.addresses.exclude(email="").values_list("email", flat=True))
    first_seen: dict[str, int] = {}
    for number, row in rows:
        where = _("Row %(number)d") % {"number": number}
        fault = _fault_of(row, set(competition.languages))
        key, email = row.get("municipality_key", ""), row.get("email", "").strip().lower()
        if not fault and key and edition and key not in bodies:
            fault = _("the register has no municipality with the key “%(key)s”") % {"key": key[:20]}
        if fault:
            faults.append(f"{where}: {fault}")
        elif email and email in known:
            doubles.append(_("%(row)s: %(email)s is in the list already") % {"row": where, "email": email})
        elif email and email in first_seen:
            doubles.append(_("%(row)s: %(email)s stands in row %(first)d already")
                           % {"row": where, "email": email, "first": first_seen[email]})
        else:
            first_seen.setdefault(email, number)
            wanted.append(row)
    if faults:
        shown = faults[:MOST_FAULTS]
        if len(faults) > MOST_FAULTS:
            shown.append(_("… and %(count)d more") % {"count": len(faults) - MOST_FAULTS})
        raise BadInput(ngettext("One row cannot be read. Nothing was imported.",
                                "%(count)d rows cannot be read. Nothing was imported.", len(faults))
                       % {"count": len(faults)}, faults=shown)
    new, also_double = add_addresses(competition, wanted, by=by)
    if also_double:
        doubles.append(ngettext("%(count)d row without mail address was in the list already",
                                "%(count)d rows without mail address were in the list already", also_double)
                       % {"count": also_double})
    return ImportReport(new, doubles)


def _read_csv(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """(row as counted by a spreadsheet, cells by our names). Raises BadInput for what is no such list."""
    lines = csv_rows(data, largest=LARGEST_LIST, most=MOST_ROWS)
    names = [HEADINGS.get(word.strip().casefold(), "") for word in lines[0]]
    missing = [word for word in NEEDED if word not in names]
    if missing:
        raise BadInput(_("The first row must name the columns Kategorie and Name (and, if known, E-Mail, AGS, Land)."))
    if len({name for name in names if name}) < len([name for name in names if name]):
        raise BadInput(_("A column stands there twice."))
    found, faults = [], []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names):]):
            faults.append(_("Row %(number)d: has more cells than the first row") % {"number": number})
            continue
        if any(len(cell) > LONGEST_CELL for cell in cells):
            faults.append(_("Row %(number)d: a cell has more than %(most)d characters; is a quotation mark missing?")
                          % {"number": number, "most": LONGEST_CELL})
            continue
        found.append((number, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}))
    if faults:
        raise BadInput(_("The file cannot be read. Nothing was imported."), faults=faults[:MOST_FAULTS])
    if not found:
        raise BadInput(_("The file has no rows below its headings."))
    return found


@transaction.atomic
def unsubscribe(address: Address, *, by: Person | None) -> None:
    """Never write to this address again."""
    changed = Address.objects.filter(pk=address.pk, unsubscribed_at=None).update(unsubscribed_at=clock.now())
    if changed:
        address.refresh_from_db(fields=["unsubscribed_at"])
        if address.email:                                               # what still waits in the outbox stays here
            Message.objects.filter(scope=address.competition.code, kind="wave", recipient=address.email,
                                   state=Message.State.WAITING).update(state=Message.State.STOPPED, finished_at=clock.now())
        log.record("address.unsubscribe", subject=f"address:{address.code}", scope=address.competition.code, actor=by)


@transaction.atomic
def change_address(address: Address, *, by: Person | None) -> None:
    """Save what was changed in an address, for example after its mail came back."""
    address.save()
    log.record("address.change", subject=f"address:{address.code}", scope=address.competition.code, actor=by)


@transaction.atomic
def remove_address(address: Address, *, by: Person | None) -> None:
    """Take an address off the list for good; mails that left stay in the outbox."""
    log.record("address.remove", subject=f"address:{address.code}", scope=address.competition.code, actor=by)
    address.delete()


# --- waves ------------------------------------------------------------------------------------------------------------


def written(wave: Wave, address: Address, letters: Iterable[Letter] | None = None) -> tuple[str, str]:
    """Title and body of the wave's letter to `address` in their language, with a line on how to leave the list.

    `letters`: what `queries.letters_of` gives, where many are written.
    """
    letter = queries.letter_for(wave, address, queries.letters_of(wave) if letters is None else letters)
    with translation.override(language_for(letter.language)):
        facts = queries.placeholders(wave.competition, address)
        title, body = render(letter, facts)
        if "address.unsubscribe_link" not in placeholders(letter):
            body = body.rstrip() + "\n\n-- \n" + _("No more mails about this competition: %(link)s") % {
                "link": facts["address"]["unsubscribe_link"]} + "\n"
    return " ".join(title.split())[:300], body


def specimen(competition: Competition) -> Address:
    """An address that stands in for a recipient where the list is empty; not in the database."""
    return Address(competition=competition, name=_("Musterstadt (sample)"), email="muster@example.org")


def subject_shown(competition: Competition, letter: Letter) -> str:
    """The subject of a letter as a specimen would get it, in its language; as it is written where it cannot be sent. No query."""
    try:
        with translation.override(language_for(letter.language)):
            subject, _body = render(Letter(code=letter.code, language=letter.language, subject=letter.subject),
                                    queries.placeholders(competition, specimen(competition)))
    except BadInput:
        subject = letter.subject
    return spoken_in(subject, letter.language)


@transaction.atomic
def plan_wave(competition: Competition, *, by: Person | None, wave: Wave | None = None, **facts: object) -> Wave:
    """Plan a wave, or change one that has not been sent."""
    wave = wave or Wave(competition=competition)
    if wave.pk and Wave.objects.select_for_update(of=("self",)).get(pk=wave.pk).queued_at:
        raise Refused(_("This mailing has been sent already. Plan a new one to write again."))
    for name, value in facts.items():
        setattr(wave, name, value)
    wave.save()
    log.record("wave.plan", subject=f"wave:{wave.code}", scope=competition.code, actor=by)
    return wave


@transaction.atomic
def delete_wave(wave: Wave, *, by: Person | None) -> None:
    if Wave.objects.select_for_update(of=("self",)).get(pk=wave.pk).queued_at:
        raise Refused(_("This mailing has been sent; it stays here as a record."))
    log.record("wave.delete", subject=f"wave:{wave.code}", scope=wave.competition.code, actor=by)
    wave.delete()


@transaction.atomic
def send_wave(wave: Wave, *, by: Person | None) -> int:
    """Put one mail for each address of the wave into the outbox; how many. Raises Refused for the second time."""
    wave = Wave.objects.select_for_update(of=("self",)).select_related("competition", "letter").get(pk=wave.pk)
    # The row's lock decides on PostgreSQL; SQLite has one writer. The condition decides in any case.
    if not Wave.objects.filter(pk=wave.pk, queued_at=None).update(queued_at=clock.now()):
        raise Refused(_("This mailing has been sent already. Plan a new one to write again."))
    competition = wave.competition
    mails, letters = [], queries.letters_of(wave)
    for address in queries.addresses_of(wave):
        title, body = written(wave, address, letters)
        mails.append(Mail(
            recipient=address.email, recipient_name=" ".join(address.name.split())[:200], title=title, body=body, kind="wave",
            key=queries.key_of_mail(wave, address), scope=competition.code, subject=f"wave:{wave.code}",
            reply_to=competition.office_email,
        ))
    if not mails:
        raise BadInput(_("This mailing has no recipient. Choose other categories, or add addresses."))
    count = queue_mails(mails)
    Wave.objects.filter(pk=wave.pk).update(queued_count=count)
    log.record("wave.send", subject=f"wave:{wave.code}", scope=competition.code, actor=by, mails=count)
    return count


@transaction.atomic
def send_test(wave: Wave, *, to: Person) -> Message:
    """The wave's letter as its first recipient would get it, to the person who asks for it."""
    address = queries.addresses_of(wave).first() or specimen(wave.competition)
    title, body = written(wave, address)
    return outbox.queue_mail(
        recipient=to.email, recipient_name=to.name, title=(_("Test: %(title)s") % {"title": title})[:300], body=body,
        kind="wave_test", scope=wave.competition.code, subject=f"wave:{wave.code}", reply_to=wave.competition.office_email,
    )


# --- letters of intent ------------------------------------------------------------------------------------------------


@transaction.atomic
def record_intent(
    competition: Competition, *, applicant: str, channel: str = LetterOfIntent.Channel.ONLINE,
    municipality: Municipality | None = None, group: AwardGroup | None = None, contact_name: str = "", contact_email: str = "",
    subject: str = "", person: Person | None = None, by: Person | None = None, received_at: datetime | None = None,
) -> LetterOfIntent:
    """Note that somebody means to enter. Raises Refused outside the dates for it (the office may note late ones).

    `received_at`: when a letter or mail came that the office notes later; else now.

    The same announcement twice (same applicant, subject and mail address, online) gives the first one, with the contact as it
    was written last; one that is confirmed changes for nobody who has not proved the address, and one of somebody else is not
    that of who has an account. It counts once it is confirmed: by who has an account or by the office at once, else see `announce`.
    """
    if by is None:
        require(rules.can_announce(competition))
    else:
        require(rules.can_change_outreach(by, competition))
    if not applicant.strip():
        raise BadInput(_("Say who means to enter."))
    if received_at is not None and received_at > clock.now():
        raise BadInput(_("The day lies in the future. When did it come?"))
    applicant, subject, email = applicant.strip()[:300], subject.strip()[:500], contact_email.strip().lower()
    if by is None:
        same = competition.letters_of_intent.filter(
            applicant=applicant, subject=subject, contact_email=email, municipality=municipality, entry=None).order_by("pk")
        if person is not None and email != person.email.lower():        # who has not proved the address has no letter but their own
            same = same.filter(person=person)
        if (first := same.first()) is not None:
            if person is not None:
                confirm_intent(first, by=person)
            return _with_newer_contact(first, contact_name, person) if person or not first.confirmed_at else first
    now = clock.now()
    intent = LetterOfIntent.objects.create(
        competition=competition, code=codes.free_code(LetterOfIntent.objects), channel=channel, applicant=applicant,
        municipality=municipality, group=group or queries.group_of(competition, municipality),
        land_code=municipality.land_code if municipality else "",
        contact_name=contact_name.strip()[:200], contact_email=email, subject=subject, person=person,
        received_at=(received_at if by is not None else None) or now, noted_by=by, confirmed_at=now if by or person else None,
    )
    log.record("intent.record", subject=f"intent:{intent.code}", scope=competition.code, actor=by or person,
               **facts_of(intent))
    return intent


@transaction.atomic
def announce(competition: Competition, *, person: Person | None, contact_email: str, **facts: Any) -> LetterOfIntent:
    """What the public form sends. Who has no account gets a link by mail, and the letter of intent counts once it was opened.

    The same form once more sends the link anew, within limits: mails get lost. Another contact person of a letter that counts
    already holds once its link was opened. The mail holds no word of what was typed, because somebody else may have typed the address.
    """
    intent = record_intent(competition, person=person, contact_email=contact_email, **facts)
    name = str(facts.get("contact_name", "")).strip()[:200]
    if intent.confirmed_at is not None:
        name = "" if person or name == intent.contact_name else name
        if name and not queries.next_link_at(intent):
            _mail_link(intent, _("somebody, probably you, has sent a letter of intent to “%(competition)s” once more, with another contact "
                                 "person."), _("Open this link to have it changed; until then everything stays as it was:\n%(link)s"), name)
    elif not queries.next_link_at(intent):
        _mail_link(intent, _("somebody, probably you, has announced an entry to “%(competition)s” and named this address."),
                   _("Open this link to confirm it. Only then is the letter of intent counted:\n%(link)s"))
    return intent


def _mail_link(intent: LetterOfIntent, what: str, link: str, contact_name: str = "") -> None:
    competition = intent.competition
    lines = [
        _("Good day,"), what % {"competition": competition},
        link % {"link": settings.BASE_URL + queries.confirm_path(intent, contact_name)},
        _("If you have announced nothing, do nothing: nothing happens then."),
        _("With kind regards\n%(office)s") % {"office": competition.office_name},
    ]
    outbox.queue_mail(
        recipient=intent.contact_email, title=_("Please confirm your letter of intent"), body="\n\n".join(lines), kind="intent_link",
        scope=competition.code, subject=f"intent:{intent.code}", reply_to=competition.office_email)


@transaction.atomic
def confirm_intent(intent: LetterOfIntent, *, by: Person | None, contact_name: str = "", shown: str | None = None) -> bool:
    """Count it from now on, with the contact person of the link. `by`: who has an account, or the office that asked; None for the
    link by mail. Once is enough. `shown`: the contact person that the page named; where it is another one by now, nothing happens (False).
    """
    held = LetterOfIntent.objects.select_for_update(of=("self",)).get(pk=intent.pk)
    intent.confirmed_at, intent.contact_name, intent.contact_since = held.confirmed_at, held.contact_name, held.contact_since
    if shown is not None and shown != held.contact_name:
        return False
    if held.confirmed_at is None:
        intent.confirmed_at = clock.now()
        intent.save(update_fields=["confirmed_at"])
        log.record("intent.confirm", subject=f"intent:{intent.code}", scope=intent.competition.code, actor=by or "public")
    _with_newer_contact(intent, contact_name, by)
    return True


def _with_newer_contact(intent: LetterOfIntent, contact_name: str, person: Person | None) -> LetterOfIntent:
    """`intent` sent again with another contact person: the name is corrected, and the log says that it was."""
    name = contact_name.strip()[:200]
    if name and name != intent.contact_name:
        intent.contact_name, intent.contact_since = name, clock.now()
        intent.save(update_fields=["contact_name", "contact_since"])
        log.record("intent.correct", subject=f"intent:{intent.code}", scope=intent.competition.code, actor=person or "public")
    return intent


@transaction.atomic
def link_intents(entry: Entry, *, handed_in: bool = False, left: int | None = None) -> int:
    """Tie letters of intent of the same municipality or person to their entry, from the moment it is begun; how many.

    `handed_in`: also those of the same rule that are tied to an entry that was only begun. `left`: the municipality that the draft named
    before; its letters are not those of this entry any more. What the office tied by hand stays as it is.
    """
    if left is not None:
        stale = list(LetterOfIntent.objects.filter(entry=entry, municipality=left, tied_by=None).values_list("pk", "code"))
        LetterOfIntent.objects.filter(pk__in=[pk for pk, _code in stale], entry=entry).update(entry=None)
        _note_links(entry, [code for _pk, code in stale], "")
    waiting = queries.waiting_intents(entry, handed_in=handed_in)
    if waiting:
        LetterOfIntent.objects.filter(pk__in=[pk for pk, _code in waiting]).update(entry=entry)
    _note_links(entry, [code for _pk, code in waiting], entry.code)
    return len(waiting)


def _note_links(entry: Entry, codes_of_intents: list[str], to: str) -> None:
    for code in codes_of_intents:
        log.record("intent.link", subject=f"intent:{code}", scope=entry.competition.code, entry=to)


@transaction.atomic
def link_intent(intent: LetterOfIntent, entry: Entry | None, *, by: Person) -> None:
    """Tie one letter of intent to an entry by hand, or untie it."""
    if entry is not None and entry.competition_id != intent.competition_id:
        raise BadInput(_("This entry belongs to another competition."))
    intent.entry, intent.tied_by = entry, by if entry else None
    intent.save(update_fields=["entry", "tied_by"])
    log.record("intent.link", subject=f"intent:{intent.code}", scope=intent.competition.code, actor=by,
               entry=entry.code if entry else "")



@transaction.atomic
def take_full_register(competition: Competition, *, by: Person) -> None:
    """Use the newest full register in place of an extract; addresses and letters of intent go to the bodies of the same key."""
    competition = Competition.objects.select_for_update(of=("self",)).select_related("register_edition").get(pk=competition.pk)
    require(rules.can_take_full_register(by, competition))
    newest = newest_edition()
    assert newest is not None                                           # the rule says so
    for model in (Address, LetterOfIntent):
        rows: list[Any] = list(model.objects.filter(competition=competition).exclude(municipality=None).select_related("municipality"))
        bodies = {body.key: body for body in newest.municipalities.filter(key__in={row.municipality.key for row in rows})}
        for row in rows:
            row.municipality = bodies.get(row.municipality.key, row.municipality)
        model._default_manager.bulk_update(rows, ["municipality"], batch_size=500)
    competition.register_edition = newest
    competition.save(update_fields=["register_edition"])
    log.record("register.take", subject=f"competition:{competition.code}", scope=competition.code, actor=by, as_of=str(newest.as_of))
