"""Who may do what while an entry on paper is keyed in twice, and where the two differ.

Where the call says so, two people key in what came by post. The first keys into the draft; until the second has finished too, nobody
else sees what is in it. The second, who is never the first, sees the scan and an empty form. Then each difference is decided by a
look at the scan, and only what is settled can be handed in. To change it afterwards it is keyed in twice anew. Files are attached by one
person alone and never compared: once both keyings are there, one that came late is put in its place without keying in anything again.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.entries.models import Entry, State
from lorbeer.entries.rules import guards_keyed_drafts, guards_writers, was_keyed_by_office
from lorbeer.intake import rules
from lorbeer.intake.models import Arrival, Channel, Draft, Keying
from lorbeer.people.access import can_work_in_office
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import UPLOADED, Form, Item, Limits, Question, Repeat, Section, Type
from lorbeer.questionnaire.evaluation import MAX_PLACES, Evaluation
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import is_blank
from lorbeer.shared.verdicts import ALLOWED, Verdict

Key = tuple[str, int]


def is_keyed_twice(entry: Entry) -> bool:
    """Whether the call asks for two keyings of this entry: it came by post, and never online."""
    if not entry.competition.paper_keyed_twice:
        return False
    channels = set(entry.arrivals.values_list("channel", flat=True))
    return Channel.POST in channels and Channel.ONLINE not in channels


def keying_of(entry: Entry) -> Keying | None:
    """The keying that counts; None before the first begins."""
    return Keying.objects.filter(draft__entry=entry).select_related("first_by", "second_by").order_by("-number").first()


def first_keyers(keying: Keying) -> set[int]:
    """Everybody to whom the first keying was opened, and who has written in it since it began: none of them can be the second."""
    answers = keying.draft.answers.filter(changed_at__gte=keying.begun_at)
    found = set(answers.exclude(changed_by=None).values_list("changed_by", flat=True))
    for written in keying.draft.answers.values_list("revisions__changed_by", "revisions__changed_at"):
        if written[0] is not None and written[1] >= keying.begun_at:
            found.add(written[0])
    return found | set(keying.opened_to.values_list("pk", flat=True)) | ({keying.first_by_id} if keying.first_by_id else set())


def door(person: object, entry: Entry, act: str) -> Verdict:
    """What somebody of the office may do with a draft that is keyed in twice: "read", "write", "attach" files or "submit" it."""
    if not is_keyed_twice(entry):
        return ALLOWED
    keying, own = keying_of(entry), getattr(person, "pk", None)
    if keying is None:                                                  # who reads it before is no blind second any more
        return Verdict(gettext_lazy("The call asks for two keyings. Begin on the page of the arrival."))
    if act == "submit":
        return can_hand_in(entry)
    if keying.second_done_at and act in ("read", "attach"):
        return ALLOWED
    if keying.settled_at:
        return Verdict(gettext_lazy("It has been keyed in twice and compared. To change it, key it in anew on the page of the arrival."))
    if keying.second_done_at:
        return Verdict(
            gettext_lazy("Both keyings are there. Decide where they differ, on the page of the arrival."))
    if keying.first_by_id is None or keying.first_by_id != own:
        return Verdict(_("%(name)s keys this in. It stays closed to everybody else, so that somebody can key it in a second time without "
                         "having seen it.") % {"name": keying.first_by or _("Somebody")})
    if keying.first_done_at and act in ("write", "attach"):
        return Verdict(gettext_lazy("You have finished it; now a second person keys it in."))
    return ALLOWED


guards_keyed_drafts(door)


def door_of_writers(_person: object, entry: Entry, _act: str) -> Verdict:
    """What the office keys in from a letter or a mail is written by the office alone: what its applicant writes beside it would count with it.

    Once it is handed in, they change and submit it online as anybody does: until the deadline, or where they are asked to complete it.
    """
    if not was_keyed_by_office(entry):
        return ALLOWED
    keying = keying_of(entry) if entry.state == State.SUBMITTED and is_keyed_twice(entry) else None
    if entry.state == State.DRAFT or (keying is not None and not keying.settled_at):
        return Verdict(gettext_lazy(
            "The competition office keys this entry in from what came by post or e-mail. Until it is handed in, only the office writes in "
            "it; you can read it."))
    return rules.can_submit_entry_now(entry)


guards_writers(door_of_writers)


def can_hand_in(entry: Entry) -> Verdict:
    """What the office keyed in is handed in only after a second person has keyed it, too, and no difference is left."""
    if not is_keyed_twice(entry):
        return ALLOWED
    keying = keying_of(entry)
    if keying is None or not keying.first_done_at:
        return Verdict(gettext_lazy("The call asks for two keyings; the first is not finished yet."))
    if not keying.second_done_at:
        return Verdict(gettext_lazy("The call asks for two keyings; a second person has not keyed it in yet."))
    if not keying.settled_at:
        return Verdict(gettext_lazy("The two keyings differ. Decide each difference first, on the page of the arrival."))
    if _changed_since_settled(keying):
        return Verdict(gettext_lazy(
            "Somebody has changed answers since the two keyings were compared, so they are not what stands on paper. Key it in anew, on the "
            "page of the arrival."))
    return ALLOWED


def _changed_since_settled(keying: Keying) -> bool:
    """Whether words have been changed since; files may still be put in their places."""
    uploads = [name for name, placed in form_of(keying.draft.version).placed.items() if placed.question.type in UPLOADED]
    return keying.draft.answers.filter(changed_at__gt=keying.settled_at).exclude(question__in=uploads).exists()


def can_key_second(person: object, keying: Keying) -> Verdict:
    """Anybody of the office but the first, once the first has finished."""
    allowed = can_work_in_office(person, keying.draft.entry.competition)
    if not allowed:
        return allowed
    if not keying.first_done_at:
        return Verdict(gettext_lazy("The first keying is not finished yet."))
    if keying.second_done_at:
        return Verdict(gettext_lazy("It has been keyed in a second time already."))
    if getattr(person, "pk", None) in first_keyers(keying):
        return Verdict(gettext_lazy("You keyed it in first. The second keying is for somebody else, who has not seen yours."))
    return ALLOWED


def can_write_second(person: object, keying: Keying) -> Verdict:
    allowed = can_key_second(person, keying)
    if allowed and keying.second_by_id != getattr(person, "pk", None):
        return Verdict(gettext_lazy("Somebody else keys it in a second time. Take it over first, if they cannot finish it."))
    return allowed


def can_finish_first(person: object, keying: Keying) -> Verdict:
    if keying.first_done_at:
        return Verdict(gettext_lazy("The first keying is finished."))
    if keying.first_by_id is None or keying.first_by_id != getattr(person, "pk", None):
        return Verdict(gettext_lazy("Only who keys it in can say that it is finished."))
    return can_work_in_office(person, keying.draft.entry.competition)


def can_take_over(person: object, keying: Keying) -> Verdict:
    """Where the first cannot finish it, somebody else can; then neither of them is the second."""
    allowed = can_work_in_office(person, keying.draft.entry.competition)
    if allowed and keying.first_done_at:
        return Verdict(gettext_lazy("The first keying is finished."))
    if allowed and keying.first_by_id == getattr(person, "pk", None):
        return Verdict(gettext_lazy("It is yours already."))
    return allowed


def can_compare(person: object, keying: Keying) -> Verdict:
    allowed = can_work_in_office(person, keying.draft.entry.competition)
    if allowed and not keying.second_done_at:
        return Verdict(gettext_lazy("Both keyings must be finished before they are compared."))
    return allowed


def can_key_anew(person: object, keying: Keying) -> Verdict:
    allowed = can_work_in_office(person, keying.draft.entry.competition)
    if allowed and not keying.settled_at:
        return Verdict(gettext_lazy("This keying is not settled yet."))
    if allowed and keying.draft.entry.state not in (State.DRAFT, State.SUBMITTED):
        return Verdict(gettext_lazy("This entry has been admitted or excluded, so its content cannot be changed any more."))
    return allowed


def arrival_of(keying: Keying) -> Arrival | None:
    """The letter that is keyed in."""
    return keying.draft.entry.arrivals.filter(channel=Channel.POST, closed_at=None).order_by("arrived_at").first()


# --- the second keying ------------------------------------------------------------------------------------------------


def blind_form(form: Form) -> Form:
    """The form for the second keying: files are attached by the first alone, so those questions are only shown."""
    return _shown_alone(form, lambda question: question.type in UPLOADED)


def files_form(evaluation: Evaluation) -> Form:
    """The form of a draft whose words are settled: only its files are put in their places; repeats stay as long as they are."""
    return _shown_alone(evaluation.form, lambda question: question.type not in UPLOADED, evaluation)


def _shown_alone(form: Form, which: Callable[[Question], bool], fixed: Evaluation | None = None) -> Form:
    """The form in which some questions are only shown, and repeats keep the number of places that they have in `fixed`."""
    def shown(items: tuple[Item, ...]) -> Iterator[Item]:
        for item in items:
            if isinstance(item, Question):
                yield dataclasses.replace(item, readonly=True) if which(item) else item
            elif fixed is None or not isinstance(item, Repeat):
                yield dataclasses.replace(item, items=tuple(shown(item.items)))
            elif places := fixed.count(item):
                yield dataclasses.replace(item, items=tuple(shown(item.items)), min_count=places, max_count=places)

    return dataclasses.replace(form, sections=tuple(dataclasses.replace(one, items=tuple(shown(one.items))) for one in form.sections))


def asked_alone(form: Form, name: str) -> Question:
    """A question as it is asked where both keyings are wrong: by itself, whatever the other answers are. Of a repeat: how many there are."""
    if name in form.repeats:
        repeat = form.repeats[name]
        return Question(name, Type.INTEGER, repeat.label, limits=Limits(min="0", max=str(repeat.max_count or MAX_PLACES)))
    return dataclasses.replace(form.question(name), relevant="", required="", constraint="", choice_filter="", calculation="", default="",
                               readonly=False, list_name="", role="")


def form_of_one(form: Form, name: str, called: str) -> Form:
    """The same as a form of its own, under another name: of a repeat the page may show the same question several times."""
    return Form(title=form.title, code=form.code, languages=form.languages, default_language=form.default_language,
                sections=(Section("one", items=(dataclasses.replace(asked_alone(form, name), name=called),)),))


def second_answers(keying: Keying) -> dict[Key, Any]:
    return {(name, place): value for name, place, value in keying.answers}


def first_answers(keying: Keying, answers: Mapping[Key, Any]) -> dict[Key, Any]:
    """What the first has keyed in, whatever has been decided of it since. `answers`: as they stand in the draft now."""
    found = dict(answers) | {(one.question, one.place): one.first for one in keying.differences.all()}
    return {key: value for key, value in found.items() if value is not None}


def differences(form: Form, first: Mapping[Key, Any], second: Mapping[Key, Any]) -> list[tuple[Key, Any, Any]]:
    """(question, place) with both answers, wherever they are not the same; in the order of the form. Files are not compared."""
    def compared(name: str) -> bool:
        return name in form.repeats or (name in form.placed and form.question(name).type not in {*UPLOADED, Type.CALCULATE, Type.NOTE})

    def plain(value: Any) -> Any:
        return None if is_blank(value) else value

    order = {name: place for place, name in enumerate([*form.repeats, *form.placed])}
    keys = sorted((key for key in first.keys() | second.keys() if compared(key[0])), key=lambda key: (key[1], order[key[0]]))
    return [(key, plain(first.get(key)), plain(second.get(key))) for key in keys if plain(first.get(key)) != plain(second.get(key))]


def opened(form: Form, keying: Keying, answers: Mapping[Key, Any], zone: str) -> list[Key]:
    """What is asked by the `answers` as they stand after the decisions, and of neither of the two was asked: nobody has keyed it in.

    Also how many places a repeat has, where it is asked now. Files are not compared.
    """
    seen = _asked_in(form, first_answers(keying, answers), zone) | _asked_in(form, second_answers(keying), zone)
    return [key for key in _asked_in(form, answers, zone) if key not in seen]


def _asked_in(form: Form, answers: Mapping[Key, Any], zone: str) -> dict[Key, None]:
    """Everything that is keyed in with these answers, in the order of the form."""
    evaluation = Evaluation(form, dict(answers), zone=zone)
    counted = [(name, 0) for name, repeat in form.repeats.items() if not repeat.count and evaluation.is_open(repeat)]
    asked = [key for key in evaluation.relevant()
             if (question := form.question(key[0])).is_answered and not question.readonly and question.type not in UPLOADED]
    return dict.fromkeys([*counted, *asked])


def waiting_second(person: Person, competition: Any) -> list[Keying]:
    """What `person` may key in a second time."""
    rows = Keying.objects.filter(
        draft__entry__competition=competition, draft__entry__state__in=(State.DRAFT, State.SUBMITTED), first_done_at__isnull=False,
        second_done_at=None,
    ).exclude(first_by=person).exclude(opened_to=person).select_related("draft__entry__competition")
    return [keying for keying in rows if can_key_second(person, keying) and keying.second_by_id in (None, person.pk)]


def draft_of(keying: Keying) -> Draft:
    return Draft.objects.select_related("entry__competition", "version__questionnaire").get(pk=keying.draft_id)
