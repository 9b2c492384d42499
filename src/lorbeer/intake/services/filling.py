"""A draft filled from a PDF form that came back: what was empty is filled in, what says something else is put to the choice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.entries import rules as entry_rules
from lorbeer.intake import pdf_forms, places, rules
from lorbeer.intake.models import Arrival, Draft, DraftAnswer, DraftAnswerRevision
from lorbeer.intake.services.answers import save_answers
from lorbeer.intake.services.arrivals import start_key_in
from lorbeer.intake.services.changes import Change, lock_draft
from lorbeer.intake.services.describing import describe_photos
from lorbeer.intake.services.enclosing import enclose
from lorbeer.intake.services.heads import subject_of
from lorbeer.people.models import Person
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.evaluation import GONE, MAX_PLACES
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.questionnaire.queries import form_of, versions_of
from lorbeer.questionnaire.values import Key, in_language, is_blank
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.keeping import MOST_WAITING
from lorbeer.shared.verdicts import require


@dataclass
class Filling:
    """What became of a filled form, for the person who sent it: labels of questions, and sentences."""

    taken: list[str] = field(default_factory=list)
    unchanged: int = 0
    conflicts: list[str] = field(default_factory=list)                  # both texts are kept; somebody chooses
    faults: list[str] = field(default_factory=list)


def fill_from_form(draft: Draft, filled: Filled, *, by: Person | None) -> Filling:
    """Take over what `pdfform.read` gave. Nothing that is there is overwritten unseen: see `_change`.

    Raises BadInput for the form of another competition; what does not fit this draft's version is told in `faults`.
    """
    competition, form = draft.entry.competition, form_of(draft.version)
    if by is not None:
        require(entry_rules.can_edit_draft(by, draft.entry))
    if (filled.competition, filled.form) != (competition.code, draft.version.questionnaire.code):
        raise BadInput(_("This form belongs to another competition (“%(competition)s”), so nothing was taken over.")
                       % {"competition": filled.competition})
    result = Filling(faults=list(filled.faults))
    if filled.entry and filled.entry != draft.entry.code:
        result.faults.append(_("The form was made with the answers of the entry %(entry)s. Please check that it belongs here.")
                             % {"entry": filled.entry})
    with transaction.atomic():
        lock_draft(draft)
        result.faults += _told_of_gaps(form, places.closed_up(draft, filled))
        filled = places.placed_as_now(draft, filled)
        present = {(one.question, one.place): one for one in draft.answers.all()}
        changes: dict[Key, Change] = {}
        for key, value in _fitting(form, filled, result.faults):
            change = _change(filled, draft, key, value, present.get(key))
            if change is None:
                result.unchanged += 1
            else:
                changes[key] = change
        more = _more_places(form, changes, present)
        saved = save_answers(draft, [*more, *changes.values()], by=by)
        lost = {(one.current.question, one.current.place) for one in saved.conflicts}
        unkept = {(one.question, one.place) for one in saved.unkept}
        for key, one in changes.items():
            if key in unkept:
                result.faults.append(_("%(question)s: %(most)d texts wait for a choice there already, so what the form says was not put beside"
                                       " them. The form says: “%(text)s”") % {
                    "question": _label(form, key), "most": MOST_WAITING, "text": Truncator(str(one.value)).chars(500)})
            else:
                (result.conflicts if key in lost else result.taken).append(_label(form, key))
        if filled.unknown_body and draft.entry.municipality_id is None:
            draft.unknown_body = filled.unknown_body
            draft.save(update_fields=["unknown_body"])
        log.record("draft.fill", subject=subject_of(draft.entry), scope=competition.code, actor=by, version=filled.version,
                   taken=len(result.taken), conflicts=len(result.conflicts), faults=len(result.faults))
    return result


@transaction.atomic
def say_no_body(draft: Draft, *, by: Person) -> Draft:
    """The name that a form gives for the applicant is no municipality's, and none applies: nobody is asked for one any more."""
    require(entry_rules.can_edit_draft(by, draft.entry))
    lock_draft(draft)
    draft.unknown_body = ""
    draft.save(update_fields=["unknown_body"])
    log.record("draft.no_body", subject=subject_of(draft.entry), scope=draft.entry.competition.code, actor=by)
    return draft


def _fitting(form: Form, filled: Filled, faults: list[str]) -> Iterator[tuple[Key, Any]]:
    """The answers that the draft's own version of the questionnaire can hold; a sentence for each of the others."""
    for name, value in filled.answers.items():
        key = name if isinstance(name, tuple) else (name, 0)
        placed = form.placed.get(key[0])
        if placed is None or not placed.question.is_answered or (key[1] == 0) != (placed.repeat is None):
            faults.append(_("The questionnaire of this entry does not ask “%(name)s”. The form says: “%(text)s”")
                          % {"name": key[0], "text": Truncator(str(value)).chars(500)})
        elif placed.repeat is not None and (placed.repeat.max_count or MAX_PLACES) < key[1] < GONE:
            faults.append(_("%(question)s: there is no room for another one. The form says: “%(text)s”")
                          % {"question": _label(form, key), "text": Truncator(str(value)).chars(500)})
        else:
            try:
                yield key, clean_value(placed.question, value, kept=True)
            except BadInput as error:
                faults.append(_("%(question)s: %(fault)s The form says: “%(text)s”") % {
                    "question": _label(form, key), "fault": error, "text": Truncator(str(value)).chars(500)})


def _change(filled: Filled, draft: Draft, key: Key, value: Any, answer: DraftAnswer | None) -> Change | None:
    """What to save for one answer of the form; None where it says nothing new.

    A draft's own form knows what stood there when it was made: what has not changed since may be replaced, and what the
    form merely repeats is no answer, also where it was emptied or taken out since. In all other cases a text that is there
    stays, and both are put to the choice; so is what was written for a place that has been taken out.
    """
    name, place = key
    is_gone = place > GONE
    if answer is None:
        return Change(name, value, place, is_gone=is_gone)
    question = form_of(draft.version).question(name)
    if answer.value == value or pdfform.look_alike(question, answer.value, value):
        return None
    if places.is_own(draft, filled):
        if not is_gone and answer.changed_at < filled.made_at:  # type: ignore[operator]
            return Change(name, value, place, answer.revision)
        if any(pdfform.look_alike(question, one.value, value) for one in answer.revisions.filter(was_refused=False)):
            return None
    if is_blank(answer.value) and not is_gone:
        return Change(name, value, place)
    waiting = DraftAnswerRevision.objects.filter(answer=answer, was_refused=True, settled_at=None)
    if any(one.value == value for one in waiting):                      # the same form once more: it waits already
        return None
    return Change(name, value, place, 0, is_gone)


def _told_of_gaps(form: Form, closed: dict[Key, int]) -> list[str]:
    def called(repeat: str, number: int) -> str:
        return f"{in_language(form.repeats[repeat].label, None, form.default_language) or repeat} {number}"

    return [_("The form leaves a place empty before “%(there)s”. What it says there stands in the entry as “%(here)s”.")
            % {"there": called(repeat, place), "here": called(repeat, number)} for (repeat, place), number in closed.items()]


def _more_places(form: Form, changes: dict[Key, Change], present: dict[Key, DraftAnswer]) -> list[Change]:
    """Repeats whose number of places was noted and is too small for what came."""
    found = []
    for repeat in form.repeats.values():
        noted = present.get((repeat.name, 0))
        needed = max((place for name, place in changes if form.placed[name].repeat is repeat and place < GONE), default=0)
        if noted is not None and isinstance(noted.value, int) and needed > noted.value:
            found.append(Change(repeat.name, needed))
    return found


def _label(form: Form, key: Key) -> str:
    name, place = key
    label = Truncator(in_language(form.question(name).label, None, form.default_language) or name).chars(120)
    if place > GONE:
        return _("%(label)s (removed meanwhile)") % {"label": label}
    return f"{label} ({place})" if place else label


def fill_online(draft: Draft, filled: Filled, *, by: Person) -> Filling:
    """The same for who works on the entry online, with what the form says of photos that are there already."""
    with transaction.atomic():
        filling = fill_from_form(draft, filled, by=by)
        filling.faults += describe_photos(draft, places.placed_as_now(draft, filled), by=by)
    return filling


# --- what came by mail ------------------------------------------------------------------------------------------------


def fill_from_arrival(arrival: Arrival, *, by: Person, code: str = "") -> tuple[Draft, Filling]:
    """Read the form among the files of an arrival into its draft, which is begun where there is none, by the form's version.

    `code`: of the file that is meant, where there are several. Raises BadInput as `pdf_forms.form_of` does; then nothing has changed.
    """
    require(rules.can_use_arrival_desk(by, arrival.competition))
    require(rules.can_submit_arrival(arrival))
    filled, _stored, forms = pdf_forms.form_of(arrival, code)
    version = versions_of(arrival.competition, filled.form).filter(number=filled.version, published_at__isnull=False).first()
    with transaction.atomic():
        draft = start_key_in(arrival, by=by, take_over=False, version=version)
        filling = fill_from_form(draft, filled, by=by)
        filling.faults += enclose(arrival, draft, places.placed_as_now(draft, filled), beside=forms, by=by)
        return draft, filling
