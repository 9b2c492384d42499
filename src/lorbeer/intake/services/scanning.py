"""Scans lead letters to their entries: by the code on the cover sheet, one letter at a time or a stack at once."""

from collections.abc import Callable
from datetime import date, datetime

from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.intake import findings, rules
from lorbeer.intake.covers import MARK_OF_ALL
from lorbeer.intake.models import Arrival, Channel, Scan, ScanPart
from lorbeer.intake.services.arrivals import add_arrival, register_arrival, register_subject, seal_files
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes, files, jobs, log, reasons, scans
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
            problem=reading.problem, scanned_by=by, read_at=clock.now(), number=codes.free_code(Scan.objects, "number"),
        )
        finding = findings.of_codes(arrival.competition, [text for _page, text in reading.codes])
        if finding.is_certain and finding.entry is not None and rules.can_link_arrival(by, arrival, finding.entry):
            link_arrival(arrival, finding.entry, by=by, how="code")
    return scan


@transaction.atomic
def link_arrival(arrival: Arrival, entry: Entry, *, by: Person, how: str = "office") -> Arrival:
    """Lead an arrival to an entry that is there already. `how`: by the "code" on its scan, or as the "office" chose.

    It is keyed into a draft; to what has been handed in it is added, as anything else that comes later.
    """
    arrival = _locked(arrival)
    if entry.competition_id != arrival.competition_id:
        raise Refused(_("This entry belongs to another competition."))
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    require(rules.can_link_arrival(by, arrival, entry))
    if entry.state == State.SUBMITTED:
        return add_arrival(arrival, entry, by=by)
    arrival.entry, arrival.linked_at = entry, clock.now()
    arrival.save(update_fields=["entry", "linked_at"])
    log.record("arrival.link", subject=register_subject(arrival), scope=arrival.competition.code, actor=by, entry=entry.code, how=how)
    return arrival


@transaction.atomic
def unlink_arrival(arrival: Arrival, *, by: Person, reason: str) -> Arrival:
    """Take an arrival from the entry that it was led to by mistake."""
    if not reason.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    arrival = _locked(arrival)
    require(rules.can_unlink_arrival(by, arrival))
    unlink(arrival, by=by, reason=reason.strip())
    return arrival


def unlink(arrival: Arrival, *, by: Person, reason: str = "") -> None:
    entry, arrival.entry, arrival.linked_at = arrival.entry, None, None
    arrival.save(update_fields=["entry", "linked_at"])
    reasons.record("arrival.unlink", subject=register_subject(arrival), scope=arrival.competition.code, actor=by,
                   entry=entry.code if entry else "", why=reason)


def _locked(arrival: Arrival) -> Arrival:
    return Arrival.objects.select_for_update(of=("self",)).select_related("competition", "entry", "added_to").get(pk=arrival.pk)


# --- stacks -----------------------------------------------------------------------------------------------------------


def receive_stack(competition: Competition, uploaded: DjangoFile, *, by: Person) -> Scan:
    """Keep one PDF with many letters and have it read as long work. Raises BadInput for what is no PDF."""
    require(rules.can_use_arrival_desk(by, competition))
    number = codes.free_code(Scan.objects, "number")
    stored = files.accept_upload(uploaded, ("pdf",), stored_by=by, scope=competition.code, subject=f"scan:{number}")
    with transaction.atomic():
        scan = Scan.objects.create(competition=competition, number=number, file=stored, scanned_by=by)
        log.record("scan.receive", subject=f"scan:{number}", scope=competition.code, actor=by, file=stored.code, sha256=stored.blob_id)
        jobs.start("intake.read_stack", key=f"scan:{number}", scope=competition.code, subject=f"scan:{number}", started_by=by, scan=number)
    return scan


def read_stack(scan: Scan) -> Callable[[], None]:
    """Read a stack, which takes its time and writes nothing; what is given back writes the parts, in the caller's transaction."""
    reading = scans.read_codes(files.read(scan.file), MARK_OF_ALL, seconds=scans.STACK_SECONDS, most=scans.STACK_PAGES)  # type: ignore[arg-type]

    def keep() -> None:
        if ScanPart.objects.filter(scan=scan).exists():                 # a job may run twice
            return
        scan.pages, scan.codes, scan.problem, scan.read_at = reading.pages, [list(one) for one in reading.codes], reading.problem, clock.now()
        scan.save(update_fields=["pages", "codes", "problem", "read_at"])
        ScanPart.objects.bulk_create(
            ScanPart(scan=scan, position=position, first_page=part.first, last_page=part.last, codes=part.codes)
            for position, part in enumerate(findings.parts_of(reading.pages, reading.codes), 1)
        )

    return keep


def accept_part(
    part: ScanPart, *, by: Person, entry: Entry | None, arrived_at: datetime, postmarked_on: date | None = None, sender: str = "",
    subject: str = "",
) -> Arrival:
    """A part of a stack is a letter: register it with its pages, and lead it to `entry` where it has one."""
    competition = part.scan.competition
    require(rules.can_decide_part(by, part))
    data = scans.cut_pages(files.read(part.scan.file), part.first_page, part.last_page)  # type: ignore[arg-type]
    with transaction.atomic():
        part = _locked_part(part, by)
        name = f"{part.scan.number}-{part.first_page}-{part.last_page}.pdf"
        arrival = register_arrival(
            competition, channel=Channel.POST, by=by, arrived_at=arrived_at, postmarked_on=postmarked_on, sender=sender, subject=subject,
            files=[(name, data)],
        )
        Scan.objects.create(
            competition=competition, arrival=arrival, file=arrival.files.get(), pages=part.last_page - part.first_page + 1,
            codes=[[1, text] for text in part.codes], scanned_by=by, read_at=clock.now(), number=codes.free_code(Scan.objects, "number"),
        )
        if entry is not None:
            how = "code" if findings.of_codes(competition, part.codes).entry == entry else "office"
            arrival = link_arrival(arrival, entry, by=by, how=how)
        _decide(part, by, arrival=arrival)
    return arrival


def attach_part(part: ScanPart, arrival: Arrival, *, by: Person) -> Arrival:
    """The letter was registered when it came; its pages are added to that line of the register."""
    require(rules.can_decide_part(by, part))
    if arrival.competition_id != part.scan.competition_id:
        raise Refused(_("This arrival belongs to another competition."))
    require(rules.can_attach_scan(by, arrival))
    data = scans.cut_pages(files.read(part.scan.file), part.first_page, part.last_page)  # type: ignore[arg-type]
    with transaction.atomic():
        part, arrival = _locked_part(part, by), _locked(arrival)
        stored = files.store(
            data, name=f"{part.scan.number}-{part.first_page}-{part.last_page}.pdf", stored_by=by, scope=arrival.competition.code,
            subject=register_subject(arrival), kind=files.UPLOAD,
        )
        arrival.files.add(stored)
        seal_files(arrival)
        log.record("arrival.attach", subject=register_subject(arrival), scope=arrival.competition.code, actor=by, file=stored.code,
                   sha256=stored.blob_id)
        finding = findings.of_codes(arrival.competition, part.codes)
        if finding.is_certain and finding.entry is not None and rules.can_link_arrival(by, arrival, finding.entry):
            arrival = link_arrival(arrival, finding.entry, by=by, how="code")
        _decide(part, by, arrival=arrival)
    return arrival


@transaction.atomic
def leave_out_part(part: ScanPart, *, by: Person, reason: str) -> ScanPart:
    """A part that is no letter: an empty page, something scanned twice. It stays in the stack."""
    if not reason.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    part = _locked_part(part, by)
    _decide(part, by, reason=reason.strip())
    return part


def _locked_part(part: ScanPart, by: Person) -> ScanPart:
    part = ScanPart.objects.select_for_update(of=("self",)).select_related("scan__competition", "scan__file").get(pk=part.pk)
    require(rules.can_decide_part(by, part))
    return part


def _decide(part: ScanPart, by: Person, *, arrival: Arrival | None = None, reason: str = "") -> None:
    part.arrival, part.left_out_because, part.decided_by, part.decided_at = arrival, reason, by, clock.now()
    part.save(update_fields=["arrival", "left_out_because", "decided_by", "decided_at"])
    reasons.record("scan.decide", subject=f"scan:{part.scan.number}", scope=part.scan.competition.code, actor=by, part=part.position,
                   pages=[part.first_page, part.last_page], arrival=arrival.number if arrival else "", why=reason)
