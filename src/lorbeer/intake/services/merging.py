"""Two entries that are one: one counts, the other leads to it, and nothing of either is lost."""

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry, State
from lorbeer.entries.transitions import move
from lorbeer.intake import letters, likeness, rules
from lorbeer.intake.models import Merger, MergerLetter
from lorbeer.intake.services.heads import subject_of
from lorbeer.people.models import Person
from lorbeer.shared import clock, codes, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

Kind = Merger.Kind


@transaction.atomic
def merge_entries(entry: Entry, other: Entry, *, by: Person, reason: str) -> Merger:
    """`entry` counts; `other` does not take part any more and leads to it, with its arrivals, submissions, files and answers."""
    entry, other = _locked(entry, other)
    require(rules.can_merge(by, entry, other))
    merger = _keep(Kind.MERGED, entry, other, by, reason)
    other.submissions.filter(is_accepted=True).update(is_accepted=False)
    _tell(merger, MergerLetter.Kind.MERGER)
    move(other, "merge", by=by, reason=_("Put together with %(code)s: %(reason)s") % {"code": entry.code, "reason": merger.reason})
    return merger


@transaction.atomic
def keep_apart(entry: Entry, other: Entry, *, by: Person, reason: str) -> Merger:
    """They only look alike; nobody is asked about them again."""
    entry, other = _locked(entry, other)
    require(rules.can_merge(by, entry, other))
    return _keep(Kind.APART, entry, other, by, reason)


@transaction.atomic
def undo_merger(merger: Merger, *, by: Person, reason: str) -> Merger:
    """Take it back, until the formal check has decided: the other entry counts again as it was handed in last."""
    merger = Merger.objects.select_for_update(of=("self",)).select_related("entry__competition", "other__competition").get(pk=merger.pk)
    require(rules.can_undo_merger(by, merger))
    said = _reason(reason)
    merger.undone_at, merger.undone_by, merger.undone_because = clock.now(), by, said
    merger.save(update_fields=["undone_at", "undone_by", "undone_because"])
    number = None
    if merger.kind == Kind.MERGED:
        newest = merger.other.submissions.order_by("-number").first()
        newest.is_accepted, number = True, newest.number
        newest.save(update_fields=["is_accepted"])
        move(merger.other, "part", by=by, reason=said)
        _tell(merger, MergerLetter.Kind.PARTING)
    log.record("duplicate.undo", subject=subject_of(merger.entry), scope=merger.entry.competition.code, actor=by,
               other=merger.other.code, number=number)
    return merger


def _tell(merger: Merger, kind: str) -> None:
    """By mail, and by a letter to post where no mail goes: the one that has not gone out yet is not needed when it is taken back."""
    unreached = letters.queue_merger(merger, kind)
    if kind == MergerLetter.Kind.PARTING:
        never_told = {one.entry_id for one in merger.letters.filter(posted_at=None)}
        merger.letters.filter(posted_at=None).delete()
        unreached = [entry for entry in unreached if entry.pk not in never_told]
    MergerLetter.objects.bulk_create(
        MergerLetter(number=codes.free_code(MergerLetter.objects, "number"), merger=merger, entry=entry, kind=kind) for entry in unreached)


def _locked(entry: Entry, other: Entry) -> tuple[Entry, Entry]:
    if entry.pk == other.pk:
        raise Refused(_("This is one and the same entry."))
    # In the order of their keys, so that two people who merge them crosswise wait for each other and do not lock each other out.
    rows = {row.pk: row for row in Entry.objects.select_for_update(of=("self",)).select_related("competition").filter(
        pk__in=(entry.pk, other.pk)).order_by("pk")}
    return rows[entry.pk], rows[other.pk]


def _keep(kind: str, entry: Entry, other: Entry, by: Person, reason: str) -> Merger:
    measure = likeness.likeness(entry, other)
    facts = {"same_body": measure.same_body, "title": round(measure.title, 2), "text": round(measure.text, 2)}
    if entry.state == State.ADMITTED:
        facts["was_admitted"] = True
    merger = Merger.objects.create(kind=kind, entry=entry, other=other, reason=_reason(reason), measure=facts, by=by)
    log.record(f"duplicate.{kind}", subject=subject_of(entry), scope=entry.competition.code, actor=by, other=other.code, measure=facts)
    return merger


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    return text.strip()
