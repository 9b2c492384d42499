"""Keying in twice, blind, and deciding where the two differ. Who may: see intake/keying.py."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import State
from lorbeer.intake import keying as rules
from lorbeer.intake import places, queries
from lorbeer.intake.models import Draft, Keying, KeyingDifference, UnreadText
from lorbeer.intake.services.answers import store_answers
from lorbeer.intake.services.changes import Change, clean_changes, moved_on
from lorbeer.intake.services.heads import show_in_head, subject_of
from lorbeer.intake.services.repeats import changed_elsewhere
from lorbeer.people.models import Person
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import UPLOADED, Form, Repeat
from lorbeer.questionnaire.evaluation import Evaluation, add_place, answers_at, remove_place
from lorbeer.questionnaire.faults import limit_faults
from lorbeer.questionnaire.forms import digest_of
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.templatetags.formats import moment
from lorbeer.shared.verdicts import require

Choice = KeyingDifference.Choice


def begin_keying(draft: Draft, *, by: Person | None) -> Keying:
    """The first keying of a draft; a second call gives the one that is there."""
    keying, is_new = Keying.objects.get_or_create(draft=draft, number=1, defaults={"first_by": by})
    if is_new:
        _open_to(keying, by)
        _tell("keying.begin", keying, by, number=1)
    return keying


@transaction.atomic
def take_over_keying(keying: Keying, *, by: Person, reason: str) -> Keying:
    """Somebody else finishes the first keying."""
    keying = _locked(keying)
    require(rules.can_take_over(by, keying))
    keying.first_by = by
    keying.save(update_fields=["first_by"])
    _open_to(keying, by)
    _tell("keying.take_over", keying, by, number=keying.number, reason=_reason(reason))
    return keying


@transaction.atomic
def finish_first_keying(keying: Keying, *, by: Person) -> Keying:
    """The draft holds all that is on paper; from now on nobody changes it, and a second person can begin."""
    keying = _locked(keying)
    require(rules.can_finish_first(by, keying))
    keying.first_done_at = clock.now()
    keying.save(update_fields=["first_done_at"])
    _tell("keying.finish_first", keying, by, number=keying.number)
    return keying


@transaction.atomic
def begin_second_keying(keying: Keying, *, by: Person, reason: str = "") -> Keying:
    """Key it in a second time. Where somebody else has begun, this begins anew and needs a reason."""
    keying = _locked(keying)
    require(rules.can_key_second(by, keying))
    if keying.second_by_id == by.pk:
        return keying
    said = _reason(reason) if keying.second_by_id is not None else ""
    keying.second_by, keying.answers = by, []
    keying.save(update_fields=["second_by", "answers"])
    _tell("keying.begin_second", keying, by, number=keying.number, reason=said)
    return keying


@transaction.atomic
def save_second_keying(
    keying: Keying, changes: Iterable[Change], *, by: Person, seen: Mapping[Key, str] | None = None
) -> tuple[Keying, dict[Key, Any]]:
    """Keep answers of the second keying, but for places that are taken out. Raises BadInput for one that has no meaning; then none is kept.

    `seen`: digests of the answers that the page showed. Where another window was first, its answer stays; given back beside the keying is
    what stands there, for the page to show both.
    """
    known, keying = len(keying.moved_places), _locked(keying)
    require(rules.can_write_second(by, keying))
    form, there = form_of(keying.draft.version), rules.second_answers(keying)
    wanted, shown = [], {}
    for change in changes:
        now = moved_on(form, keying.moved_places[known:], change)
        if now.is_gone or (now.question in form.placed and form.question(now.question).type in UPLOADED):
            continue
        wanted.append(now)
        shown[now.question, now.place] = (seen or {}).get((change.question, change.place))
    cleaned = {key: change.value for key, change in clean_changes(keying.draft, wanted).items()}
    lost = {key: there.get(key) for key, value in cleaned.items()
            if shown[key] not in (None, digest_of(there.get(key))) and there.get(key) != value}
    return _keep_second(keying, there | {key: value for key, value in cleaned.items() if key not in lost}), lost


@transaction.atomic
def change_second_places(keying: Keying, repeat: str, *, by: Person, remove: int | None = None,
                         seen: Mapping[str, str] | None = None) -> Keying:
    """Add a place to a repeat of the second keying, or take one out. Raises BadInput.

    `seen`: question → digest of the answers there on the page of who removes it; PlaceChanged where there are others by now.
    """
    known, keying = len(keying.moved_places), _locked(keying)
    require(rules.can_write_second(by, keying))
    form, answers = form_of(keying.draft.version), rules.second_answers(keying)
    if remove is None:
        return _keep_second(keying, add_place(form, answers, repeat))
    remove = places.place_now(keying.moved_places[known:], repeat, remove)
    after = remove_place(form, answers, repeat, remove)
    if seen is not None and seen != {name: digest_of(value) for name, value in answers_at(form, answers, repeat, remove)}:
        raise changed_elsewhere()
    keying.moved_places = places.moves_with(keying, repeat, remove, places.gone_number(keying))
    return _keep_second(keying, after)


def _keep_second(keying: Keying, answers: dict[Any, Any]) -> Keying:
    keying.answers = [[name, place, value] for (name, place), value in sorted(answers.items()) if value is not None]
    keying.save(update_fields=["answers", "moved_places"])
    return keying


@transaction.atomic
def finish_second_keying(keying: Keying, *, by: Person) -> Keying:
    """Both are there: they are compared. Where nothing differs, it is settled at once."""
    keying = _locked(keying)
    require(rules.can_write_second(by, keying))
    keying.second_done_at = clock.now()
    keying.save(update_fields=["second_done_at"])
    found = rules.differences(form_of(keying.draft.version), queries.draft_answers(keying.draft), rules.second_answers(keying))
    KeyingDifference.objects.bulk_create(
        KeyingDifference(keying=keying, question=name, place=place, first=first, second=second) for (name, place), first, second in found
    )
    _tell("keying.finish_second", keying, by, number=keying.number, differences=[[name, place] for (name, place), _first, _second in found])
    if not found:
        _settle(keying, by)
    return keying


@transaction.atomic
def decide_difference(difference: KeyingDifference, choice: str, *, by: Person, value: Any = None,
                      seen: str | None = None) -> KeyingDifference:
    """A third look at the scan: the first, the second, or (with the `value` that stands there) neither. It can be decided anew until all are.

    What is asked only now, of neither of the two, becomes a difference of its own, in which nobody has said anything yet: it is keyed in
    before all is settled.

    `seen`: the revision that the person saw; BadInput where somebody has decided since, so that nobody is overruled unawares.
    """
    keying = _locked(difference.keying)
    require(rules.can_compare(by, keying))
    difference = KeyingDifference.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=difference.pk, keying=keying)
    if seen is not None and seen != difference.revision:
        raise BadInput(_("Meanwhile %(name)s has decided: “%(choice)s” (%(at)s). Your decision was not kept; look at it, and decide anew if "
                         "it is wrong.") % {"name": difference.decided_by, "choice": difference.get_choice_display(),
                                            "at": moment(difference.decided_at)})
    if keying.settled_at:
        raise Refused(_("Every difference has been decided. To change something, key it in anew."))
    form = form_of(keying.draft.version)
    if choice == Choice.NEITHER:
        question = rules.asked_alone(form, difference.question)
        chosen = clean_value(question, value, kept=True)
        if difference.question in form.repeats and limit_faults(question, chosen):
            raise BadInput(" ".join(limit_faults(question, chosen)))
    elif choice in (Choice.FIRST, Choice.SECOND):
        chosen = difference.first if choice == Choice.FIRST else difference.second
        if chosen is None and difference.question in form.repeats:      # said by nothing but its answers, which may be decided otherwise
            chosen = _places_keyed(keying, form, form.repeats[difference.question], choice)
    else:
        raise BadInput(_("Please choose one of the two."))
    difference.choice, difference.decided_by, difference.decided_at = choice, by, clock.now()
    difference.save(update_fields=["choice", "decided_by", "decided_at"])
    _tell("keying.decide", keying, by, number=keying.number, question=difference.question, place=difference.place, choice=choice)
    store_answers(keying.draft, keying.draft.entry, {
        (difference.question, difference.place): Change(difference.question, chosen, difference.place)}, by)
    if not _ask_what_is_open(keying, by):
        _settle(keying, by)
    return difference


def _places_keyed(keying: Keying, form: Form, repeat: Repeat, choice: str) -> int:
    """How many places of a repeat one of the two has keyed in."""
    answers = rules.second_answers(keying)
    if choice == Choice.FIRST:
        answers = rules.first_answers(keying, queries.draft_answers(keying.draft))
    return Evaluation(form, answers, zone=keying.draft.entry.competition.time_zone).count(repeat)


def _ask_what_is_open(keying: Keying, by: Person) -> bool:
    """Ask what the decisions have opened, and no longer what they have closed again; whether anything is left to decide."""
    form, answers = form_of(keying.draft.version), queries.draft_answers(keying.draft)
    known = {(one.question, one.place): one for one in keying.differences.all()}
    wanted = rules.opened(form, keying, answers, keying.draft.entry.competition.time_zone)
    closed = {key: one for key, one in known.items() if one.was_opened and key not in wanted}
    fresh = [] if any(one.choice == "" for key, one in known.items() if key not in closed) else [key for key in wanted if key not in known]
    if closed:
        keying.differences.filter(pk__in=[one.pk for one in closed.values()]).delete()
        store_answers(keying.draft, keying.draft.entry, {key: Change(key[0], None, key[1]) for key in closed if key in answers}, by)
    KeyingDifference.objects.bulk_create(KeyingDifference(keying=keying, question=name, place=place) for name, place in fresh)
    if fresh or closed:
        _tell("keying.open", keying, by, number=keying.number, opened=[[*key] for key in fresh], closed=[[*key] for key in closed])
    return keying.differences.filter(choice="").exists()


def _settle(keying: Keying, by: Person) -> None:
    """What was decided is what counts: the head of the draft follows it now, and what could not be read in a keying is gone."""
    draft = keying.draft
    keying.settled_at = clock.now()
    keying.save(update_fields=["settled_at"])
    UnreadText.objects.filter(draft=draft).delete()
    if draft.entry.state == State.DRAFT:
        show_in_head(draft, draft.entry, {(one.question, one.place): one for one in draft.answers.all()})
    _tell("keying.settle", keying, by, number=keying.number)


@transaction.atomic
def key_anew(keying: Keying, *, by: Person, reason: str) -> Keying:
    """Something on paper was added, or both misread it: two people key it in again, the first from what is settled."""
    keying = _locked(keying)
    require(rules.can_key_anew(by, keying))
    said = _reason(reason)
    if Keying.objects.filter(draft=keying.draft, number__gt=keying.number).exists():
        raise Refused(_("This keying is not the newest."))
    fresh = Keying.objects.create(draft=keying.draft, number=keying.number + 1, first_by=by)
    _open_to(fresh, by)
    _tell("keying.begin", fresh, by, number=fresh.number, reason=said)
    return fresh


def _open_to(keying: Keying, person: Person | None) -> None:
    """From now on they can read what the first keyed in, whether or not they write in it themselves."""
    if person is not None:
        keying.opened_to.add(person)


def _locked(keying: Keying) -> Keying:
    found = Keying.objects.select_for_update(of=("self",)).get(pk=keying.pk)
    found.draft = Draft.objects.select_for_update(of=("self",)).select_related("entry__competition", "version__questionnaire").get(
        pk=found.draft_id)
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInput(_("Please say why; the reason is recorded."), where="reason")
    return text.strip()


def _tell(verb: str, keying: Keying, by: Person | None, **detail: Any) -> None:
    entry = keying.draft.entry
    log.record(verb, subject=subject_of(entry), scope=entry.competition.code, actor=by, **detail)
