"""Scans lead letters to their entries by the code on the cover sheet. A stack of them: see stacks.py."""

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import has_account
from lorbeer.intake import findings, letters, rules
from lorbeer.intake.covers import MARK_OF_ALL
from lorbeer.intake.models import Arrival, Channel, Scan
from lorbeer.intake.services.arrivals import add_arrival, register_subject
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes, files, log, reasons, scans
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import require


def read_scan(arrival: Arrival, stored: StoredFile, *, by: Person) -> Scan:
    """Look for codes on a file of an arrival, and lead the arrival to its entry where there is no doubt.

    Never inside a transaction: a scan may take seconds to read, and nobody else could write meanwhile.
    """
    require(rules.can_attach_scan(by, arrival))
    reading = scans.read_codes(files.read(stored), MARK_OF_ALL)
    with transaction.atomic():
        scan = Scan.objects.create(
            competition=arrival.competition, arrival=arrival, file=stored, pages=reading.pages, codes=[list(one) for one in reading.codes],
            read_pages=reading.read, problem=problem_in(reading),
            scanned_by=by, read_at=clock.now(), number=codes.free_code(Scan.objects, "number"),
        )
        finding = findings.of_codes(arrival.competition, [text for _page, text in reading.codes])
        if finding.is_certain and finding.entry is not None and rules.can_link_arrival(by, arrival, finding.entry):
            link_arrival(arrival, finding.entry, by=by, how="code")
    return scan


def problem_in(reading: scans.Reading) -> str:
    """Why not every page was looked at; empty where all were."""
    return "" if reading.is_whole else Scan.Problem.PARTLY if reading.read else Scan.Problem.UNREAD


@transaction.atomic
def link_arrival(arrival: Arrival, entry: Entry, *, by: Person, how: str = "office") -> Arrival:
    """Lead an arrival to an entry that is there already. `how`: by the "code" on its scan, or as the "office" chose.

    It is keyed into a draft of which nobody has an account. To what has been handed in, and to what somebody writes online, it is
    added and opens nothing; of an online draft its writers may hand it over (`hand_over`).
    """
    arrival = locked_arrival(arrival)
    if entry.competition_id != arrival.competition_id:
        raise Refused(_("This entry belongs to another competition."))
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    require(rules.can_link_arrival(by, arrival, entry))
    if entry.state == State.SUBMITTED or has_account(entry) or entry.arrivals.filter(channel=Channel.ONLINE).exists():
        return add_arrival(arrival, entry, by=by)
    return _lead(arrival, entry, by=by, how=how)


@transaction.atomic
def hand_over(arrival: Arrival, entry: Entry, *, by: Person) -> Arrival:
    """A writer of an online draft lets the office key in a letter that was added to it. It counts from the moment it arrived."""
    entry = Entry.objects.select_for_update(of=("self",)).select_related("competition").get(pk=entry.pk)
    arrival = locked_arrival(arrival)
    if arrival.entry_id == entry.pk:                                    # a double click
        return arrival
    require(rules.can_hand_over(by, arrival, entry))
    arrival = _lead(_add(arrival, None, by=by), entry, by=by, how="applicant")
    letters.queue_handed_over(arrival, entry, by=by)
    return arrival


@transaction.atomic
def take_back(arrival: Arrival, entry: Entry, *, by: Person) -> Arrival:
    """The letter is kept with the draft again and opens nothing, as before `hand_over`; only until the office has begun, and while the
    draft could be submitted. The others who write it are told of both steps."""
    entry = Entry.objects.select_for_update(of=("self",)).select_related("competition").get(pk=entry.pk)
    arrival = locked_arrival(arrival)
    if arrival.added_to_id == entry.pk:                                 # a double click
        return arrival
    require(rules.can_take_back(by, arrival, entry))
    unlink(arrival, by=by)
    letters.queue_taken_back(arrival, entry, by=by)
    return _add(arrival, entry, by=by)


@transaction.atomic
def take_up(arrival: Arrival, *, by: Person) -> Arrival:
    """Make an entry of its own of a letter that was put to an online draft which cannot be submitted any more: it waits to be keyed in, or
    for a decision where it was late. Those who write the draft are told; it stays theirs."""
    arrival = locked_arrival(arrival)
    require(rules.can_add_arrival(by, arrival))
    if arrival.added_to_id is None:                                     # a double click
        return arrival
    require(rules.can_take_up(by, arrival))
    draft = arrival.added_to
    arrival = _add(arrival, None, by=by)
    letters.queue_taken_up(arrival, draft)  # type: ignore[arg-type]
    return arrival


def _add(arrival: Arrival, entry: Entry | None, *, by: Person) -> Arrival:
    arrival.added_to = entry
    arrival.save(update_fields=["added_to"])
    log.record("arrival.add", subject=register_subject(arrival), scope=arrival.competition.code, actor=by, entry=entry.code if entry else "")
    return arrival


def _lead(arrival: Arrival, entry: Entry, *, by: Person, how: str) -> Arrival:
    arrival.entry, arrival.linked_at = entry, clock.now()
    arrival.save(update_fields=["entry", "linked_at"])
    log.record("arrival.link", subject=register_subject(arrival), scope=arrival.competition.code, actor=by, entry=entry.code, how=how)
    return arrival


@transaction.atomic
def unlink_arrival(arrival: Arrival, *, by: Person, reason: str) -> Arrival:
    """Take an arrival from the entry that it was led to by mistake."""
    if not reason.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    arrival = locked_arrival(arrival)
    require(rules.can_unlink_arrival(by, arrival))
    unlink(arrival, by=by, reason=reason.strip())
    return arrival


def unlink(arrival: Arrival, *, by: Person, reason: str = "") -> None:
    entry, arrival.entry, arrival.linked_at = arrival.entry, None, None
    arrival.save(update_fields=["entry", "linked_at"])
    reasons.record("arrival.unlink", subject=register_subject(arrival), scope=arrival.competition.code, actor=by,
                   entry=entry.code if entry else "", why=reason)


def locked_arrival(arrival: Arrival) -> Arrival:
    return Arrival.objects.select_for_update(of=("self",)).select_related("competition", "entry", "added_to__competition").get(pk=arrival.pk)
