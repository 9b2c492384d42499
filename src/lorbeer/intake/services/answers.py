"""Saving answers, each with its own revision, so that two people or two windows never overwrite each other unseen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.intake import keying
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.changes import Change, as_changes, clean_changes, lock_draft, moved_on
from lorbeer.intake.services.collisions import Conflict, only_comes_again, put_aside
from lorbeer.intake.services.heads import show_in_head
from lorbeer.intake.services.named_files import files_in, forget_files, require_own_files
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import UPLOADED
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import clock
from lorbeer.shared.keeping import NOBODYS, NoRoom, Page
from lorbeer.shared.prepared import insert, prepared, update
from lorbeer.shared.verdicts import require


@dataclass
class Saved:
    """What became of several changes: all that could be saved was, what collided is kept beside it while there is room for it."""

    answers: dict[Key, DraftAnswer] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    unkept: list[DraftAnswer] = field(default_factory=list)             # answers beside which there was none: their writer has to know
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
        require_own_files(entry, form, wanted)
        return store_answers(draft, entry, wanted, by, page or NOBODYS)


def save_answer(
    draft: Draft, question: str, place: int, value: Any, *, by: Person | None, revision: int | None = None
) -> DraftAnswer:
    """Save one answer and give it back. Raises Conflict where `revision` is not the newest; both texts are then kept, else NoRoom."""
    saved = save_answers(draft, [Change(question, value, place, revision)], by=by)
    if saved.unkept:
        raise NoRoom([question])
    if saved.conflicts:
        raise saved.conflicts[0]
    [answer] = saved.answers.values()
    return answer


def fill_draft(draft: Draft, answers: Mapping[Key | str, Any], *, by: Person | None) -> Saved:
    """All answers of a draft at once, as a program has them (the replay, a PDF form)."""
    return save_answers(draft, as_changes(answers), by=by)


@prepared
def _entry(pk: int) -> QuerySet[Entry]:
    return Entry.objects.filter(pk=pk).select_related("competition")


WRITTEN = ("value", "revision", "changed_by", "changed_at", "page", "turn")


def _insert(rows: Sequence[Model]) -> None:
    """One row is what a page saves by itself, and a file: it costs a quarter so."""
    if len(rows) == 1:
        insert(rows[0])
    elif rows:
        type(rows[0])._default_manager.bulk_create(rows)


def store_answers(draft: Draft, entry: Entry, wanted: dict[Key, Change], by: Person | None, page: Page = NOBODYS) -> Saved:
    now, saved = clock.now(), Saved()
    names = list({question for question, _place in wanted})
    rows = answers_to(draft.pk, names[0]) if len(names) == 1 else answers_of(draft.pk)
    present = {(answer.question, answer.place): answer for answer in rows}
    created, changed, revisions = [], [], []
    for key, change in wanted.items():
        answer = present.get(key)
        if answer is None and change.is_gone:                           # a row on which the text can be kept
            answer = DraftAnswer.objects.create(draft=draft, question=key[0], place=key[1], changed_by=by, changed_at=now)
        if answer is None:
            if change.value is not None or page.turn:                   # emptied again: what the page sent before may come later
                created.append(DraftAnswer(draft=draft, question=key[0], place=key[1], value=change.value,
                                           changed_by=by, changed_at=now, page=page.code, turn=page.turn))
            continue
        saved.answers[key] = answer
        is_own = page.wrote(answer)
        if page.was_overtaken(answer) and not change.is_gone:
            continue
        if answer.value == change.value:                                # the same text twice is no collision
            is_put_back = page.turn > 0 and change.revision == answer.revision
            if is_own and page.turn > answer.turn or is_put_back and not is_own:
                answer.page, answer.turn = page.code, page.turn         # what it sent before is older, when it comes later
                update(answer, "page", "turn")
            continue
        if change.is_gone or change.revision is not None and change.revision != answer.revision and not is_own:
            if not change.is_gone and only_comes_again(answer, change.value, page):
                del saved.answers[key]                                  # its page is not told what stands there now: it would overwrite that
                continue
            refused = put_aside(answer, change, by, page)
            if refused is None:
                saved.unkept.append(answer)
            else:
                saved.conflicts.append(Conflict(answer, refused))
            continue
        revisions.append(DraftAnswerRevision(
            answer=answer, revision=answer.revision, value=answer.value, changed_by_id=answer.changed_by_id, changed_at=answer.changed_at,
            page=answer.page, turn=answer.turn))
        answer.value, answer.revision, answer.changed_by, answer.changed_at = change.value, answer.revision + 1, by, now
        answer.page, answer.turn = page.code, page.turn
        changed.append(answer)
    taken_out = files_in(form_of(draft.version), revisions) - files_in(form_of(draft.version), [*created, *changed])
    _insert(created)
    saved.answers.update({(answer.question, answer.place): answer for answer in created})
    _insert(revisions)
    if len(changed) == 1:
        update(changed[0], *WRITTEN)
    elif changed:
        DraftAnswer.objects.bulk_update(changed, WRITTEN)
    if taken_out:
        forget_files(draft, entry, taken_out, by)
    saved.changed = sum(one.value is not None for one in created) + len(changed)
    if saved.changed:
        draft.changed_at = now
        update(draft, "changed_at")
        if entry.state == State.DRAFT and not keying.is_keyed_twice(entry):     # lists must not tell the second what the first keyed
            show_in_head(draft, entry, saved.answers)
    return saved


@prepared
def answers_of(draft: int) -> QuerySet[DraftAnswer]:
    return DraftAnswer.objects.filter(draft=draft).select_related("changed_by")


@prepared
def answers_to(draft: int, question: str) -> QuerySet[DraftAnswer]:
    return DraftAnswer.objects.filter(draft=draft, question=question).select_related("changed_by")
