"""Writing to the world: addresses, mailings in waves, letters of intent."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.letters import render
from lorbeer.call.models import AwardGroup, Competition, Phase
from lorbeer.entries.models import Entry
from lorbeer.outreach import queries
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.people.models import Person
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.outbox import Mail, queue_mails


@transaction.atomic
def add_addresses(competition: Competition, rows: Iterable[Mapping[str, str]], *, by: Person | None) -> tuple[int, int]:
    """Take addresses into the distribution list: how many are new, how many were there already.

    A row has category, name, email and perhaps municipality_key, land. The same mail address stands in the list once.
    """
    known = set(competition.addresses.exclude(email="").values_list("email", flat=True))
    bodies: dict[str, Municipality] = {}
    if competition.register_edition:
        bodies = {body.key: body for body in competition.register_edition.municipalities.all()}
    new, double = [], 0
    for row in rows:
        email = row.get("email", "").strip().lower()
        if email and email in known:
            double += 1
            continue
        known.add(email)
        body = bodies.get(row.get("municipality_key", ""))
        new.append(Address(
            competition=competition, category=row.get("category", "")[:60], name=row["name"][:300], email=email,
            municipality=body, land_code=body.land_code if body else row.get("land", "")[:2],
        ))
    Address.objects.bulk_create(new, batch_size=1_000)
    log.record("address.add", subject=f"competition:{competition.code}", scope=competition.code, actor=by, new=len(new))
    return len(new), double


@transaction.atomic
def unsubscribe(address: Address, *, by: Person | None) -> None:
    """Never write to this address again."""
    if address.unsubscribed_at is None:
        address.unsubscribed_at = clock.now()
        address.save(update_fields=["unsubscribed_at"])
        log.record("address.unsubscribe", subject=f"address:{address.pk}", scope=address.competition.code, actor=by)


@transaction.atomic
def send_wave(wave: Wave, *, by: Person | None) -> int:
    """Put one mail for each address of the wave into the outbox; how many. Raises Refused for the second time."""
    wave = Wave.objects.select_for_update(of=("self",)).select_related("competition", "letter").get(pk=wave.pk)
    if wave.queued_at:
        raise Refused(_("This wave has been sent already. Plan a new one to write again."))
    competition = wave.competition
    mails = []
    for address in queries.addresses_of(wave):
        title, body = render(wave.letter, queries.placeholders(competition, address))
        mails.append(Mail(
            recipient=address.email, recipient_name=address.name, title=title, body=body, kind="wave",
            key=f"wave:{competition.code}:{wave.code}:{address.pk}", scope=competition.code, subject=f"wave:{wave.code}",
            reply_to=competition.office_email,
        ))
    if not mails:
        raise BadInput(_("This wave has no recipient. Choose other categories, or add addresses."))
    queue_mails(mails)
    wave.queued_at, wave.queued_count = clock.now(), len(mails)
    wave.save(update_fields=["queued_at", "queued_count"])
    log.record("wave.send", subject=f"wave:{wave.code}", scope=competition.code, actor=by, mails=len(mails))
    return len(mails)


@transaction.atomic
def record_intent(
    competition: Competition, *, applicant: str, channel: str = LetterOfIntent.Channel.ONLINE,
    municipality: Municipality | None = None, group: AwardGroup | None = None, contact_name: str = "", contact_email: str = "",
    subject: str = "", person: Person | None = None, by: Person | None = None,
) -> LetterOfIntent:
    """Note that somebody means to enter. Raises Refused outside the dates for it (the office may note late ones)."""
    phase = competition.phases.filter(kind=Phase.Kind.LETTERS).order_by("-round").first()
    now = clock.now()
    if by is None and phase and not ((not phase.starts_at or phase.starts_at <= now) and (not phase.ends_at or now <= phase.ends_at)):
        raise Refused(_("Letters of intent are not taken at present. You can enter all the same: they bind nobody."))
    if not applicant.strip():
        raise BadInput(_("Say who means to enter."))
    intent = LetterOfIntent.objects.create(
        competition=competition, channel=channel, applicant=applicant.strip()[:300], municipality=municipality,
        group=group or queries.group_of(competition, municipality), land_code=municipality.land_code if municipality else "",
        contact_name=contact_name[:200], contact_email=contact_email.lower(), subject=subject[:500], person=person,
        received_at=now,
    )
    log.record("intent.record", subject=f"intent:{intent.code}", scope=competition.code, actor=by or person, channel=channel)
    return intent


@transaction.atomic
def link_intents(entry: Entry) -> int:
    """Tie letters of intent of the same municipality or person to their entry; how many."""
    waiting = queries.intents_for(entry)
    return waiting.update(entry=entry)
