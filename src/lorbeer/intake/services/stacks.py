"""A stack of letters in one scan: kept as it is, read as long work, divided and joined, and each letter confirmed or left out.

Nothing ends here: what no machine can read is divided by hand, and a file that does not even open is one part as a whole, which
becomes an arrival with the file as it came, or is left out with a reason.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.core.files.base import File as DjangoFile
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.intake import findings, queries, rules
from lorbeer.intake.covers import MARK_OF_ALL
from lorbeer.intake.models import Arrival, Channel, Scan, ScanPart
from lorbeer.intake.services.arrivals import register_arrival, register_subject, seal_files
from lorbeer.intake.services.scanning import link_arrival, locked_arrival, problem_in
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes, files, jobs, log, reasons, scans
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import require

UNOPENED = "application/octet-stream"                                   # what a stack is kept as that does not open


def receive_stack(competition: Competition, uploaded: DjangoFile, *, by: Person) -> Scan:
    """Keep one PDF with many letters and have it read as long work; one that does not open is kept, too. Raises BadInput for what is no PDF."""
    require(rules.can_use_arrival_desk(by, competition))
    number = codes.free_code(Scan.objects, "number")
    facts: dict[str, Any] = {"stored_by": by, "scope": competition.code, "subject": f"scan:{number}"}
    try:
        stored = files.accept_upload(uploaded, ("pdf",), **facts)
    except BadInput:
        uploaded.seek(0)
        if not uploaded.read(5).startswith(b"%PDF-"):
            raise
        stored = files.keep_unopened(uploaded, media_type=UNOPENED, **facts)
    with transaction.atomic():
        scan = Scan.objects.create(competition=competition, number=number, file=stored, scanned_by=by)
        log.record("scan.receive", subject=f"scan:{number}", scope=competition.code, actor=by, file=stored.code, sha256=stored.blob_id)
        jobs.start("intake.read_stack", key=f"scan:{number}", scope=competition.code, subject=f"scan:{number}", started_by=by, scan=number)
    return scan


def read_stack(scan: Scan) -> Callable[[], None]:
    """Read a stack, which takes its time and writes nothing; what is given back writes the parts, in the caller's transaction."""
    data = files.read(scan.file)  # type: ignore[arg-type]
    reading, problem = scans.Reading(0, ()), str(Scan.Problem.CLOSED)
    if scan.file.blob.media_type != UNOPENED:  # type: ignore[union-attr]
        reading = scans.read_codes(data, MARK_OF_ALL, seconds=scans.STACK_SECONDS, most=scans.STACK_PAGES)
        problem = problem_in(reading)
    pages = reading.pages or _pages_in(data)

    def keep() -> None:
        if not ScanPart.objects.filter(scan=scan).exists():             # a job may run twice
            _keep_reading(scan, pages, reading, problem)

    return keep


def _pages_in(data: bytes) -> int:
    try:
        return scans.count_pages(data) or 0
    except ValueError:
        return 0


def _keep_reading(scan: Scan, pages: int, reading: scans.Reading, problem: str) -> None:
    """The parts, in one of which everything is that could not be divided; without any page that is the file as a whole."""
    scan.pages, scan.codes, scan.problem, scan.read_at = pages, [list(one) for one in reading.codes], problem, clock.now()
    scan.read_pages = reading.read
    scan.save(update_fields=["pages", "codes", "problem", "read_at", "read_pages"])
    ScanPart.objects.bulk_create(
        ScanPart(scan=scan, position=position, first_page=part.first, last_page=part.last, codes=part.codes)
        for position, part in enumerate(findings.parts_of(pages, reading.codes) or [findings.Part(0, 0, [])], 1)
    )


def go_on_unread(scan: Scan, *, by: Person) -> Scan:
    """The work that reads a stack ended without a result: go on by hand, with one part that holds everything."""
    require(rules.can_use_arrival_desk(by, scan.competition))
    pages = _pages_in(files.read(scan.file)) if scan.file else 0
    with transaction.atomic():
        scan = Scan.objects.select_for_update(of=("self",)).select_related("competition", "file").get(pk=scan.pk)
        if scan.read_at is not None:
            return scan
        if not queries.is_stuck(scan):
            raise Refused(_("The stack is being read just now. Please wait until that has ended."))
        _keep_reading(scan, pages, scans.Reading(0, ()), Scan.Problem.STOPPED)
        log.record("scan.go_on", subject=f"scan:{scan.number}", scope=scan.competition.code, actor=by)
    return scan


@transaction.atomic
def divide_part(part: ScanPart, begins: Iterable[int], *, by: Person) -> list[ScanPart]:
    """Divide pages that are taken for one letter: a new letter begins at each of these pages. Raises BadInput for pages not among them."""
    part = _locked_part(part, by)
    if part.decided_at is not None:
        raise Refused(_("These pages have been decided on already. Please reload the page and choose others."))
    starts = [part.first_page, *sorted(set(begins) - {part.first_page})]
    if len(starts) < 2 or not part.first_page < starts[1] or starts[-1] > part.last_page:
        raise BadInput(_("Please name pages from %(first)d to %(last)d on which a new letter begins, for example “%(first)d, %(last)d”.") % {
            "first": part.first_page + 1, "last": part.last_page})
    scan = part.scan
    taken = ScanPart.objects.filter(scan=scan).aggregate(most=Max("position"))["most"]
    pieces = []
    for number, (first, after) in enumerate(zip(starts, [*starts[1:], part.last_page + 1], strict=True)):
        piece = part if number == 0 else ScanPart(scan=scan, position=taken + number)
        piece.first_page, piece.last_page = first, after - 1
        piece.codes = _codes_on(piece)
        piece.save()
        pieces.append(piece)
    log.record("scan.divide", subject=f"scan:{scan.number}", scope=scan.competition.code, actor=by,
               parts=[[one.position, one.first_page, one.last_page] for one in pieces])
    return pieces


@transaction.atomic
def join_part(part: ScanPart, *, by: Person) -> ScanPart:
    """Put pages back to those directly before them: they are one letter after all, whoever divided it."""
    part = _locked_part(part, by)
    before = _locked_parts().filter(scan=part.scan, last_page=part.first_page - 1, last_page__gt=0).first()
    if before is None:
        raise Refused(_("No pages lie before these that they could be joined with. Please reload the page of the stack."))
    require(rules.can_join_parts(by, before, part))
    pieces = [[one.position, one.first_page, one.last_page] for one in (before, part)]
    before.last_page = part.last_page
    before.codes = _codes_on(before)
    part.delete()
    before.save(update_fields=["last_page", "codes"])
    log.record("scan.join", subject=f"scan:{before.scan.number}", scope=before.scan.competition.code, actor=by, parts=pieces)
    return before


def _codes_on(part: ScanPart) -> list[str]:
    return list(dict.fromkeys(text for page, text in part.scan.codes if part.first_page <= page <= part.last_page))


def _cut(part: ScanPart) -> tuple[str, bytes]:
    """The pages of a part as a PDF with its name."""
    data = files.read(part.scan.file)  # type: ignore[arg-type]
    return f"{part.scan.number}-{part.first_page}-{part.last_page}.pdf", scans.cut_pages(data, part.first_page, part.last_page)


def _add_whole(arrival: Arrival, part: ScanPart, by: Person) -> StoredFile:
    """The file of a stack that does not open, unaltered, among those of the arrival."""
    source: StoredFile = part.scan.file  # type: ignore[assignment]
    return _add(arrival, source.name, files.read(source), by, media_type=source.blob.media_type)


def _add(arrival: Arrival, name: str, data: bytes, by: Person, **facts: Any) -> StoredFile:
    stored = files.store(data, name=name, stored_by=by, scope=arrival.competition.code, subject=register_subject(arrival), kind=files.UPLOAD,
                         **facts)
    arrival.files.add(stored)
    seal_files(arrival)
    log.record("arrival.attach", subject=register_subject(arrival), scope=arrival.competition.code, actor=by, file=stored.code,
               sha256=stored.blob_id)
    return stored


def accept_part(
    part: ScanPart, *, by: Person, entry: Entry | None, arrived_at: datetime, postmarked_on: date | None = None, sender: str = "",
    subject: str = "",
) -> Arrival:
    """A part of a stack is a letter: register it with its pages, and lead it to `entry` where it has one."""
    competition = part.scan.competition
    require(rules.can_decide_part(by, part))
    pages = [] if part.is_whole else [_cut(part)]
    with transaction.atomic():
        part = _locked_part(part, by)
        arrival = register_arrival(
            competition, channel=Channel.POST, by=by, arrived_at=arrived_at, postmarked_on=postmarked_on, sender=sender, subject=subject,
            files=pages,
        )
        stored = _add_whole(arrival, part, by) if part.is_whole else arrival.files.get()
        Scan.objects.create(
            competition=competition, arrival=arrival, file=stored, pages=part.pages, problem=_problem_of(part),
            read_pages=max(0, min(part.scan.read_pages, part.last_page) - part.first_page + 1),
            codes=[[1, text] for text in part.codes], scanned_by=by, read_at=clock.now(), number=codes.free_code(Scan.objects, "number"),
        )
        if entry is not None:
            how = "code" if findings.of_codes(competition, part.codes).entry == entry else "office"
            arrival = link_arrival(arrival, entry, by=by, how=how)
        _decide(part, by, arrival=arrival)
    return arrival


def _problem_of(part: ScanPart) -> str:
    if part.is_whole:
        return part.scan.problem
    problems = {findings.Missed.ALL: Scan.Problem.UNREAD, findings.Missed.SOME: Scan.Problem.PARTLY}
    return problems.get(findings.missed_of(part), "")


def attach_part(part: ScanPart, arrival: Arrival, *, by: Person) -> Arrival:
    """The letter was registered when it came; its pages are added to that line of the register."""
    require(rules.can_decide_part(by, part))
    if arrival.competition_id != part.scan.competition_id:
        raise Refused(_("This arrival belongs to another competition."))
    require(rules.can_attach_scan(by, arrival))
    pages = [] if part.is_whole else [_cut(part)]
    with transaction.atomic():
        part, arrival = _locked_part(part, by), locked_arrival(arrival)
        if part.is_whole:
            _add_whole(arrival, part, by)
        for name, data in pages:
            _add(arrival, name, data, by)
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


def _locked_parts() -> QuerySet[ScanPart]:
    return ScanPart.objects.select_for_update(of=("self",)).select_related("scan__competition", "scan__file__blob", "arrival")


def _locked_part(part: ScanPart, by: Person) -> ScanPart:
    """Raises Refused where the part holds other pages by now: they may have been cut out already, and somebody has seen them."""
    found = _locked_parts().filter(pk=part.pk, first_page=part.first_page, last_page=part.last_page).first()
    if found is None:
        raise Refused(_("These pages have been divided or joined otherwise meanwhile. Please look at the stack as it is now."))
    require(rules.can_decide_part(by, found))
    return found


def _decide(part: ScanPart, by: Person, *, arrival: Arrival | None = None, reason: str = "") -> None:
    part.arrival, part.left_out_because, part.decided_by, part.decided_at = arrival, reason, by, clock.now()
    part.save(update_fields=["arrival", "left_out_because", "decided_by", "decided_at"])
    reasons.record("scan.decide", subject=f"scan:{part.scan.number}", scope=part.scan.competition.code, actor=by, part=part.position,
                   pages=[part.first_page, part.last_page], arrival=arrival.number if arrival else "", why=reason)
