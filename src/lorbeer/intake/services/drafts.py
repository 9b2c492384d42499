"""Drafts, answer by answer, each with its own revision."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.services import add_contributor
from lorbeer.intake import keying, places, queries, rules
from lorbeer.intake.models import Channel, Draft, DraftAnswer, DraftAnswerRevision, RemovedPlace, UnreadText
from lorbeer.outreach.services import link_intents
from lorbeer.people.models import Person
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import UPLOADED, Form
from lorbeer.questionnaire.evaluation import GONE, MAX_PLACES, Evaluation, add_place, answers_at, remove_place
from lorbeer.questionnaire.grouping import applicant_of, group_for
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.municipalities import answer_of, question_for_applicant
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.questionnaire.values import in_language
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, codes, files, log
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.prepared import insert, prepared, update
from lorbeer.shared.verdicts import require

Key = tuple[str, int]


class Conflict(LorbeerError):  # noqa: N818 - a sentence for people, like the others
    """The answer was changed first by somebody else, or in another window. `current` holds that text, `refused` the late one."""

    def __init__(self, current: DraftAnswer, refused: DraftAnswerRevision) -> None:
        self.is_own = refused.changed_by_id is not None and refused.changed_by_id == current.changed_by_id
        super().__init__(
            _("You changed this answer in another window meanwhile. Both texts are kept; please choose.") if self.is_own else
            _("Somebody else changed this answer while you were writing. Both texts are kept; please choose.")
        )
        self.current = current
        self.refused = refused


@transaction.atomic
def start_draft(
    competition: Competition, *, by: Person, applicant: str = "", municipality: Municipality | None = None
) -> Draft:
    """Begin an entry in the open round with `by` as its contact person. Raises Refused outside the dates.

    The municipality that was picked is the answer to its question. A second call before anything was written gives the same
    draft: a double click starts one entry.
    """
    _lock_person(by.pk)                                                 # of two clicks, the second waits here
    round = rules.open_round(competition)
    version = current_version(competition)
    asked = question_for_applicant(form_of(version)) if version else ""
    picked = asked if municipality else ""
    if untouched := _untouched(_begun_by(by.pk, competition.pk), round, picked, municipality, _applicant(applicant, municipality)):
        return untouched
    require(rules.can_start_entry(by, competition))
    draft = new_draft(competition, round or 1, applicant, municipality, version)
    add_contributor(draft.entry, by, is_contact=True)
    if picked and municipality:
        fill_draft(draft, {picked: answer_of(municipality, municipality.edition)}, by=by)
    elif asked and applicant.strip() and competition.applicant_kind == competition.ApplicantKind.MUNICIPALITY:
        keep_unread(draft, by=by, judged=(), typed={asked: applicant.strip()[:300]})     # no municipality that is known here
    link_intents(draft.entry)
    log.record("draft.start", subject=subject_of(draft.entry), scope=competition.code, actor=by, channel=Channel.ONLINE,
               round=draft.entry.round)
    return draft


@prepared
def _lock_person(pk: int) -> QuerySet[Person, int]:
    return Person.objects.select_for_update().filter(pk=pk).values_list("pk", flat=True)


@prepared
def _begun_by(person: int, competition: int) -> QuerySet[Draft, int]:
    """Drafts that are not handed in, of which the person is the contact."""
    return Draft.objects.filter(
        entry__contributors__person=person, entry__contributors__is_contact=True, entry__competition=competition, entry__state=State.DRAFT
    ).values_list("pk", flat=True)


def _untouched(drafts: list[int], round: int | None, picked: str, municipality: Municipality | None, applicant: str) -> Draft | None:
    """That of `drafts` which was begun in the same words and in which nothing has been written since."""
    if not drafts:
        return None
    written = DraftAnswer.objects.exclude(question=picked, place=0, revision=1)
    return (
        Draft.objects.filter(~Exists(written.filter(draft=OuterRef("pk"))), pk__in=drafts, entry__round=round,
                             entry__municipality=municipality, entry__applicant=applicant)
        .select_related("entry__competition", "version__questionnaire").first()
    )


def _applicant(applicant: str, municipality: Municipality | None) -> str:
    return (applicant.strip() or (municipality.name if municipality else ""))[:300]


def new_draft(
    competition: Competition, round: int, applicant: str, municipality: Municipality | None, version: Version | None = None
) -> Draft:
    version = version or current_version(competition)
    if version is None:
        raise Refused(_("The entry form has not been published yet. Please come back later."))
    entry = Entry(competition=competition, code=codes.free_code(Entry.objects), round=round, applicant=_applicant(applicant, municipality))
    take_over_municipality(entry, municipality)
    propose_by_register(entry)
    entry.save()
    insert(draft := Draft(entry=entry, version=version))
    return draft


def take_over_municipality(entry: Entry, municipality: Municipality | None) -> None:
    if municipality is None:
        return
    entry.municipality = municipality
    entry.land_code, entry.legal_status = municipality.land_code, municipality.legal_status
    entry.population = municipality.population


def propose_by_register(entry: Entry) -> None:
    """The award group of a draft, as far as the call's rule tells it from the register alone; handing in asks the answers, too."""
    entry.group = group_for(entry.competition, applicant_of(entry.municipality)) if entry.municipality_id else None


def leave_municipality(entry: Entry) -> None:
    """The opposite: the entry names no municipality any more, so what the register said of it goes."""
    entry.municipality, entry.land_code, entry.legal_status, entry.population = None, "", "", None


@dataclass(frozen=True)
class Change:
    """One answer as somebody sends it. `revision`: the one they saw; 0 for none; None takes whatever is there."""

    question: str
    value: Any
    place: int = 0
    revision: int | None = None
    is_gone: bool = False                                               # its place of a repeat was taken out meanwhile


@dataclass(frozen=True)
class Page:
    """The page that sends answers. `turn`: how often it has sent by then, so that of two requests the later one is known, whichever
    arrives first, and what was sent once more because no answer came is not taken for a second text."""

    code: str
    turn: int = 0

    def wrote(self, one: DraftAnswer | DraftAnswerRevision, by: Person | None) -> bool:
        return bool(self.code) and one.page == self.code and by is not None and one.changed_by_id == by.pk


@dataclass
class Saved:
    """What became of several changes: all that could be saved was, what collided is kept beside it."""

    answers: dict[Key, DraftAnswer] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    changed: int = 0
    attached: set[Key] = field(default_factory=set)                     # questions whose new files are all stored


def save_answers(draft: Draft, changes: Iterable[Change], *, by: Person | None, page: Page | None = None) -> Saved:
    """Save some answers at once; a handful of queries, however many. `page`: that of `by` on which they were written.

    Values are cleaned (raises BadInput for one that has no meaning; then nothing is saved). Limits are not judged here:
    what was typed is kept, and the check says what is wrong. Each change of an answer keeps what was there before in
    its revisions, with person and time, so the append-only log, which never forgets, is spared every keystroke.
    """
    wanted = clean_changes(draft, changes)
    if not wanted:
        return Saved()
    with transaction.atomic():
        if moved := lock_draft(draft):                                  # two people: one after the other
            wanted = {(one.question, one.place): one for one in (moved_on(form_of(draft.version), moved, one) for one in wanted.values())}
        [entry] = _entry(draft.entry_id)
        form = form_of(draft.version)
        if by is not None:
            files_alone = all(name in form.placed and form.question(name).type in UPLOADED for name, _place in wanted)
            require((entry_rules.can_attach_files if files_alone else entry_rules.can_edit_draft)(by, entry))
        _require_own_files(entry, form, wanted)
        return store_answers(draft, entry, wanted, by, page or Page(""))


@prepared
def _entry(pk: int) -> QuerySet[Entry]:
    return Entry.objects.filter(pk=pk).select_related("competition")


@prepared
def _locked(pk: int) -> QuerySet[Draft, list[places.Moved]]:
    return Draft.objects.select_for_update().filter(pk=pk).values_list("moved_places", flat=True)


def lock_draft(draft: Draft) -> list[places.Moved]:
    """Hold the draft until the transaction ends; gives back which places moved since it was read.

    Raises Draft.DoesNotExist where it has been erased meanwhile.
    """
    for moved_places in _locked(draft.pk):
        known, draft.moved_places = len(draft.moved_places), moved_places
        return moved_places[known:]
    raise Draft.DoesNotExist


def moved_on(form: Form, moved: list[places.Moved], change: Change) -> Change:
    """The change where its place is now."""
    placed = form.placed.get(change.question)
    place = places.place_now(moved, placed.repeat.name, change.place) if placed and placed.repeat else change.place
    return replace(change, place=place, is_gone=change.is_gone or place > GONE)


def save_answer(
    draft: Draft, question: str, place: int, value: Any, *, by: Person | None, revision: int | None = None
) -> DraftAnswer:
    """Save one answer and give it back. Raises Conflict where `revision` is not the newest; both texts are then kept."""
    saved = save_answers(draft, [Change(question, value, place, revision)], by=by)
    if saved.conflicts:
        raise saved.conflicts[0]
    [answer] = saved.answers.values()
    return answer


def clean_changes(draft: Draft, changes: Iterable[Change]) -> dict[Key, Change]:
    form, wanted = form_of(draft.version), {}
    for change in changes:
        if change.question in form.repeats and change.place == 0:       # how many places a repeat has
            if not isinstance(change.value, int) or not 0 <= change.value <= 50:
                raise BadInput(_("This is not a number of places."), where=change.question)
            wanted[change.question, 0] = change
            continue
        placed = form.placed.get(change.question)
        if placed is None or not placed.question.is_answered:
            raise BadInput(_("The form has no question “%(name)s”.") % {"name": change.question})
        if (change.place == 0) != (placed.repeat is None) or not (0 <= change.place <= MAX_PLACES or change.is_gone):
            raise BadInput(_("The question “%(name)s” is not asked there.") % {"name": change.question})
        try:
            value = clean_value(placed.question, change.value, kept=True)
        except BadInput as error:
            raise BadInput(str(error), where=in_language(placed.question.label) or change.question) from error
        wanted[change.question, change.place] = replace(change, value=value)
    return wanted


def _require_own_files(entry: Entry, form: Form, wanted: Mapping[Key, Change]) -> None:
    """An answer can only name files that were uploaded to this entry: else it would open other people's."""
    codes = {
        item["code"] for (question, _place), change in wanted.items()
        if question in form.placed and form.question(question).type in UPLOADED for item in change.value or ()
    }
    if codes:
        own = StoredFile.objects.filter(code__in=codes, scope=entry.competition.code, subject=subject_of(entry))
        if set(own.values_list("code", flat=True)) != codes:
            raise BadInput(_("This file does not belong to this entry. Please upload it again."))


def store_answers(draft: Draft, entry: Entry, wanted: dict[Key, Change], by: Person | None, page: Page = Page("")) -> Saved:
    now, saved = clock.now(), Saved()
    names = list({question for question, _place in wanted})
    rows = answers_to(draft.pk, names[0]) if len(names) == 1 else _answers(draft.pk)
    present = {(answer.question, answer.place): answer for answer in rows}
    created, changed, revisions, refused = [], [], [], []
    for key, change in wanted.items():
        answer = present.get(key)
        if answer is None and change.is_gone:                           # a row on which the text can be kept
            answer = DraftAnswer.objects.create(draft=draft, question=key[0], place=key[1], changed_by=by, changed_at=now)
        if answer is None:
            if change.value is not None:
                created.append(DraftAnswer(draft=draft, question=key[0], place=key[1], value=change.value,
                                           changed_by=by, changed_at=now, page=page.code, turn=page.turn))
            continue
        saved.answers[key] = answer
        is_own = page.wrote(answer, by)
        if is_own and page.turn < answer.turn and not change.is_gone:   # overtaken by a later one of its own page
            continue
        if answer.value == change.value:                                # the same text twice is no collision
            if is_own and page.turn > answer.turn:
                answer.turn = page.turn
                update(answer, "turn")
            continue
        if change.is_gone or change.revision is not None and change.revision != answer.revision and not is_own:
            if not change.is_gone and _is_settled(answer, change.value, by, page):
                del saved.answers[key]                                  # its page is not told what stands there now: it would overwrite that
                continue
            text = _waiting(answer, change.value, by, page)
            if text is None:
                text = DraftAnswerRevision(answer=answer, revision=change.revision or 0, value=change.value, changed_by=by,
                                           changed_at=now, was_refused=True, page=page.code, turn=page.turn)
                refused.append(text)
            saved.conflicts.append(Conflict(answer, text))
            continue
        revisions.append(DraftAnswerRevision(
            answer=answer, revision=answer.revision, value=answer.value, changed_by_id=answer.changed_by_id, changed_at=answer.changed_at,
            page=answer.page, turn=answer.turn))
        answer.value, answer.revision, answer.changed_by, answer.changed_at = change.value, answer.revision + 1, by, now
        answer.page, answer.turn = page.code, page.turn
        changed.append(answer)
    taken_out = files_in(form_of(draft.version), revisions) - files_in(form_of(draft.version), [*created, *changed])
    if len(created) == 1:                                               # what is saved by itself, and a file
        insert(created[0])
    elif created:
        DraftAnswer.objects.bulk_create(created)
    if created:
        saved.answers.update({(answer.question, answer.place): answer for answer in created})
    if revisions or refused:
        DraftAnswerRevision.objects.bulk_create([*revisions, *refused])
    if changed:
        DraftAnswer.objects.bulk_update(changed, ["value", "revision", "changed_by", "changed_at", "page", "turn"])
    if taken_out:
        _forget_files(draft, entry, taken_out, by)
    saved.changed = len(created) + len(changed)
    if saved.changed:
        draft.changed_at = now
        update(draft, "changed_at")
        if entry.state == State.DRAFT and not keying.is_keyed_twice(entry):     # lists must not tell the second what the first keyed
            show_in_head(draft, entry, saved.answers)
    return saved


def _is_settled(answer: DraftAnswer, value: Any, by: Person | None, page: Page) -> bool:
    """Whether a text only comes once more: a later one of its page was saved before another window changed the answer; or it is the last that
    its page sent, and was saved, or somebody has chosen between the two."""
    own = [one for one in answer.revisions.filter(page=page.code) if page.wrote(one, by)] if page.code else []
    last = max(own, key=lambda one: one.turn, default=None)
    return any(one.turn >= page.turn for one in own if not one.was_refused) or (
        last is not None and last.value == value and (not last.was_refused or last.settled_at is not None))


def _waiting(answer: DraftAnswer, value: Any, by: Person | None, page: Page) -> DraftAnswerRevision | None:
    """The same text of the same person, where it waits to be chosen already, or what its page sent of it so far: that is its latest now.

    Else a page that sends by itself would fill the choice with each stage of one text.
    """
    waiting = list(answer.revisions.filter(was_refused=True, settled_at=None, changed_by=by))
    if same := next((one for one in waiting if one.value == value), None):
        return same
    before = next((one for one in waiting if page.wrote(one, by)), None)
    if before is not None and page.turn >= before.turn:
        before.value, before.turn, before.changed_at = value, page.turn, clock.now()
        before.save(update_fields=["value", "turn", "changed_at"])
    return before


@prepared
def _answers(draft: int) -> QuerySet[DraftAnswer]:
    return DraftAnswer.objects.filter(draft=draft).select_related("changed_by")


@prepared
def answers_to(draft: int, question: str) -> QuerySet[DraftAnswer]:
    return DraftAnswer.objects.filter(draft=draft, question=question).select_related("changed_by")


def files_in(form: Form, answers: Iterable[DraftAnswer | DraftAnswerRevision]) -> set[str]:
    """The codes of the files that `answers` name; of a revision, `question` is that of its answer."""
    found = set()
    for one in answers:
        name = one.answer.question if isinstance(one, DraftAnswerRevision) else one.question
        if name in form.placed and form.question(name).type in UPLOADED:
            found |= {item["code"] for item in one.value or ()}
    return found


def _forget_files(draft: Draft, entry: Entry, codes: set[str], by: Person | None) -> None:
    """Delete files that were taken out of a draft, unless a submission holds them, another answer, or a text still to choose."""
    form = form_of(draft.version)
    uploads = [name for name, placed in form.placed.items() if placed.question.type in UPLOADED]
    open_texts = DraftAnswerRevision.objects.filter(
        answer__draft=draft, answer__question__in=uploads, was_refused=True, settled_at=None
    ).select_related("answer")
    needed = files_in(form, [*DraftAnswer.objects.filter(draft=draft, question__in=uploads), *open_texts])
    needed |= {item["code"] for kept in draft.removed_places.all() for name, value in kept.answers if name in uploads for item in value}
    gone = StoredFile.objects.filter(code__in=codes - needed, scope=entry.competition.code, subject=subject_of(entry),
                                     submissions=None)
    for stored in gone:
        log.record("draft.detach", subject=subject_of(entry), scope=entry.competition.code, actor=by, file=stored.code,
                   sha256=stored.blob_id)
        files.forget(stored)


def show_in_head(draft: Draft, entry: Entry, answers: Mapping[Key, DraftAnswer]) -> None:
    """Let the head of a draft follow what is typed, so that its writers recognise it in lists."""
    form, facts, before = form_of(draft.version), {}, entry.municipality_id
    for (name, _place), answer in answers.items():
        value = answer.value
        role = form.question(name).role if name in form.placed else ""
        if role == "title":
            facts["title"] = str(value or "")[:500]
        elif role == "applicant_name" and value:
            facts["applicant"] = str(value)[:300]
        elif role == "municipality" and value:
            body = queries.find_municipality(entry.competition, value.get("key", ""))
            if body is not None:
                take_over_municipality(entry, body)
                facts.update(municipality=body, land_code=body.land_code, legal_status=body.legal_status,
                             population=body.population)
                facts.setdefault("applicant", body.name[:300])
        elif role == "municipality" and answer.revision > 1:            # there was one: it has been taken out
            leave_municipality(entry)
            facts.update(municipality=None, land_code="", legal_status="", population=None)
    if facts:
        for name, value in facts.items():
            setattr(entry, name, value)
        if "municipality" in facts and entry.state == State.DRAFT and not entry.group_reason:
            propose_by_register(entry)
            facts["group"] = entry.group
        entry.save(update_fields=list(facts))
        if entry.municipality_id != before:
            link_intents(entry, left=before)
        if entry.municipality_id and draft.unknown_body:
            draft.unknown_body = ""
            draft.save(update_fields=["unknown_body"])


@transaction.atomic
def settle_conflict(refused: DraftAnswerRevision, *, by: Person, keep_mine: bool, revision: int | None = None, value: Any = None) -> Saved:
    """End a collision: keep the text that is there, or put `value` (else the refused text) in its place.

    `revision`: of the text that was shown as the one in the entry. Where that is another by now, nothing is chosen (Refused); a
    `value` that somebody wrote out of both is kept as the next collision. Raises Refused for what is settled.
    """
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").get(pk=refused.answer.draft_id)
    require(entry_rules.can_edit_draft(by, draft.entry))
    lock_draft(draft)
    refused = DraftAnswerRevision.objects.select_related("answer").get(pk=refused.pk)
    if refused.settled_at is not None:
        raise Refused(_("Somebody has chosen between these two texts already. What holds now stands in the entry."))
    answer, saved = refused.answer, Saved()
    if revision is not None and revision != answer.revision and value is None:
        raise Refused(_("The text in the entry has been changed meanwhile, so nothing has been chosen. Look at both texts as they are now."))
    if keep_mine:
        chosen = refused.value if value is None else value
        place = _place_again(draft, answer, by)
        saved = save_answers(draft, [Change(answer.question, chosen, place, revision)], by=by)
    refused.settled_at = clock.now()
    refused.save(update_fields=["settled_at"])
    return saved


def _place_again(draft: Draft, answer: DraftAnswer, by: Person) -> int:
    """The place of an answer, brought back where it was taken out of its repeat. Raises Refused where there is no room for it."""
    form = form_of(draft.version)
    repeat = form.placed[answer.question].repeat if answer.question in form.placed else None
    evaluation = Evaluation(form, queries.draft_answers(draft))
    if repeat is None or answer.place <= evaluation.count(repeat):
        return answer.place
    if repeat.count or not evaluation.has_room(repeat):
        raise Refused(_("There is no place for this text any more. Copy it to where it belongs, then keep the text that is there."))
    if answer.place > GONE:
        return _put_back(draft, repeat.name, answer.place, by, but=answer.question)
    save_answers(draft, [Change(repeat.name, answer.place)], by=by)
    return answer.place


class PlaceChanged(Refused):
    """What is to be removed holds something that who removes it has not seen."""


def changed_elsewhere() -> PlaceChanged:
    return PlaceChanged(_("Nothing has been removed: what stands there was changed in another window meanwhile. It is shown as it is now; "
                          "press Remove again if it is to go all the same."))


def change_places(
    draft: Draft, repeat: str, *, by: Person, remove: int | None = None, seen: Mapping[Key, int] | None = None
) -> None:
    """Add a place to a repeat, or take place `remove` out of it; those behind it move up. What stood there is kept. Raises BadInput.

    `seen`: the revisions of the answers there on the page of who removes it; PlaceChanged where there are others by now.
    """
    form = form_of(draft.version)
    if repeat not in form.repeats:
        raise BadInput(_("The form has no part “%(name)s”.") % {"name": repeat})
    names = [name for name, placed in form.placed.items() if placed.repeat and placed.repeat.name == repeat and placed.question.is_answered]
    with transaction.atomic():
        moved = lock_draft(draft)
        if remove is not None and moved:                                # of two at once, the second means the same place
            seen = seen and {(name, places.place_now(moved, repeat, place)): revision for (name, place), revision in seen.items()}
            remove = places.place_now(moved, repeat, remove)
        before = queries.draft_answers(draft)
        if remove is None:
            after = add_place(form, before, repeat)
        else:
            after = remove_place(form, before, repeat, remove)
            _require_seen(draft, names, remove, seen, by)
        save_answers(draft, [Change(repeat, after[repeat, 0])], by=by)
        if remove is not None:
            _take_out(draft, repeat, remove, names, answers_at(form, before, repeat, remove), by)


def _take_out(draft: Draft, repeat: str, place: int, names: Collection[str], answers: Collection[tuple[str, Any]], by: Person) -> None:
    """Put the `answers` of a place away, with all that hangs on them, and let those behind it move up."""
    away, now = _note_move(draft, repeat, place), clock.now()
    if answers or (repeat, place) in queries.unread_at_places(draft):
        RemovedPlace.objects.create(draft=draft, repeat=repeat, place=away, answers=answers, removed_by=by)
    rows = list(draft.answers.filter(question__in=names, place=place))
    kept = [DraftAnswerRevision(answer=row, revision=row.revision, value=row.value, changed_by_id=row.changed_by_id,
                                changed_at=row.changed_at) for row in rows if row.value is not None]
    for row in rows:
        row.place, row.value, row.revision, row.changed_by, row.changed_at = away, None, row.revision + 1, by, now
    DraftAnswerRevision.objects.bulk_create(kept)
    DraftAnswer.objects.bulk_update(rows, ["place", "value", "revision", "changed_by", "changed_at"])
    behind = draft.answers.filter(question__in=names, place__gt=place, place__lt=GONE)
    for one in sorted(set(behind.values_list("place", flat=True))):
        draft.answers.filter(question__in=names, place=one).update(place=one - 1)
    moved: list[places.Moved] = [(repeat, place, away, "")]
    _renumber_unread(draft, lambda name, number: places.place_now(moved, name, number))


def _renumber_unread(draft: Draft, number_of: Callable[[str, int], int]) -> None:
    """What nobody can read goes with its place: each has the number that `number_of` says of (repeat, place)."""
    form = form_of(draft.version)
    moved = [(one, name) for one in draft.unread.all() if (name := places.renamed(form, one.field, number_of)) != one.field]
    if moved:
        draft.unread.filter(pk__in=[one.pk for one, _name in moved]).delete()            # all at once: none is in the way of another
        UnreadText.objects.bulk_create(
            UnreadText(draft=draft, person_id=one.person_id, field=name, text=one.text, typed_at=one.typed_at) for one, name in moved)


def _note_move(draft: Draft, repeat: str, place: int, target: int | None = None) -> int:
    """Write down where a place goes, else that it goes out of its repeat; gives back its number from then on. The draft is locked."""
    target = target or places.gone_number(draft)
    draft.moved_places = places.moves_with(draft, repeat, place, target)
    draft.save(update_fields=["moved_places"])
    return target


@transaction.atomic
def bring_back(removed: RemovedPlace, *, by: Person) -> None:
    """Put what was taken out of a repeat behind what is there now. Raises BadInput where there is no room."""
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").get(pk=removed.draft_id)
    lock_draft(draft)
    form = form_of(draft.version)
    if removed.repeat not in form.repeats or not RemovedPlace.objects.filter(pk=removed.pk).exists():
        raise BadInput(_("It has been put back already."))
    if not Evaluation(form, queries.draft_answers(draft)).has_room(form.repeats[removed.repeat]):
        raise BadInput(_("There is no room for it now. Remove another one first; that one is kept, too."))
    _put_back(draft, removed.repeat, removed.place, by)


def _put_back(draft: Draft, repeat: str, place: int, by: Person, *, but: str = "") -> int:
    """Give a place that was taken out the next number, with everything that stood in it, `but` one answer. The draft is locked."""
    form = form_of(draft.version)
    names = [name for name, placed in form.placed.items() if placed.repeat and placed.repeat.name == repeat]
    number = add_place(form, queries.draft_answers(draft), repeat)[repeat, 0]
    _note_move(draft, repeat, place, number)
    for source, target in ((number, 2 * GONE), (place, number), (2 * GONE, place)):     # what was emptied there makes room
        draft.answers.filter(question__in=names, place=source).update(place=target)
    _renumber_unread(draft, lambda name, at: {place: number, number: place}.get(at, at) if name == repeat else at)
    kept = draft.removed_places.filter(repeat=repeat, place=place).first()
    save_answers(draft, [Change(repeat, number), *(
        Change(name, value, number) for name, value in (kept.answers if kept else ()) if name != but)], by=by)
    if kept:
        kept.delete()
    return number


def _require_seen(draft: Draft, names: Collection[str], place: int, seen: Mapping[Key, int] | None, by: Person) -> None:
    for answer in _answers(draft.pk) if seen is not None else ():
        known = seen.get((answer.question, place)) if seen is not None else None
        if answer.place != place or answer.question not in names or answer.revision == (known or 0) or (known is None and answer.value is None):
            continue
        if answer.changed_by is None or answer.changed_by == by:
            raise changed_elsewhere()
        raise PlaceChanged(_("Nothing has been removed: %(name)s changed something there meanwhile. It is shown as it is now; press Remove "
                             "again if it is to go all the same.") % {"name": answer.changed_by})


def keep_unread(draft: Draft, *, by: Person, judged: Iterable[str], typed: Mapping[str, str]) -> bool:
    """Keep what `by` typed and nobody can read, by the names of the fields; of the other `judged` fields nothing is unread any more.

    Gives back whether that is anything new.
    """
    before = queries.unread_texts(draft, by)
    after = {name: text for name, text in before.items() if name not in set(judged)} | dict(typed)
    if after == before:                                                 # nearly always: that costs no write lock
        return False
    gone = [name for name, text in before.items() if after.get(name) != text]
    with transaction.atomic():
        UnreadText.objects.filter(draft=draft, person=by, field__in=gone).delete()
        UnreadText.objects.bulk_create(
            [UnreadText(draft=draft, person=by, field=name[:200], text=text, typed_at=clock.now()) for name, text in after.items()
             if before.get(name) != text], ignore_conflicts=True)       # of two tabs at once the first
    return True


def as_changes(answers: Mapping[Key | str, Any]) -> list[Change]:
    """Answers by (question, place) or by question as changes that overwrite what is there."""
    return [
        Change(key[0], value, key[1]) if isinstance(key, tuple) else Change(key, value) for key, value in answers.items()
    ]


def fill_draft(draft: Draft, answers: Mapping[Key | str, Any], *, by: Person | None) -> Saved:
    """All answers of a draft at once, as a program has them (the replay, a PDF form)."""
    return save_answers(draft, as_changes(answers), by=by)


def subject_of(entry: Entry) -> str:
    return f"entry:{entry.code}"
