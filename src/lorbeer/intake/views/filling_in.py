"""Filling in, section by section; two texts for one question."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.call.queries import register_of
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry
from lorbeer.intake import keying, places, queries, removing, rules, services
from lorbeer.intake.models import Draft, DraftAnswer, DraftAnswerRevision, RemovedPlace
from lorbeer.intake.views.beginning import word_of_state
from lorbeer.intake.views.finding import (
    address_of,
    crumbs_of,
    deadline_of,
    draft_of,
    numbers_in,
    own_entry,
    sealed_numbers,
    token_of,
    unread_places,
)
from lorbeer.people.access import competition_for
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import TYPED, UPLOADED, Form, Placed, Type
from lorbeer.questionnaire.evaluation import GONE, Evaluation, answers_at
from lorbeer.questionnaire.forms import (
    BRING_BACK,
    MARKER,
    PHOTO_LABELS,
    SectionForm,
    anchor_of,
    asked_by,
    digest_of,
    section_form,
)
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.questionnaire.values import Answers, display, in_language
from lorbeer.shared import clock, keeping
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.formatted import formatted_html
from lorbeer.shared.prepared import prepared
from lorbeer.shared.templatetags.formats import short_day
from lorbeer.shared.text import in_sentence
from lorbeer.shared.verdicts import require

SALT = "intake.conflict"
REMOVED = "intake.removed"


def _form(request: HttpRequest, draft: Draft, section: str, *, data: Any = None, files: Any = None) -> SectionForm:
    """The section as the reader may write in it: all of it, or its files alone where two have keyed the words in."""
    place, form = draft.entry.competition, form_of(draft.version)
    rows = _rows(draft.pk)
    values = {(row.question, row.place): row.value for row in rows if row.value is not None}
    revisions = {(row.question, row.place): row.revision for row in rows}
    notes = {(row.question, row.place): _saved_note(row, request.user, place) for row in rows}
    if not entry_rules.can_edit_draft(request.user, draft.entry):
        require(entry_rules.can_attach_files(request.user, draft.entry))
        form = keying.files_form(Evaluation(form, values, zone=place.time_zone))
    try:
        return section_form(
            form, section, values, data=data, files=files, revisions=revisions, notes=notes, zone=place.time_zone,
            edition=register_of(place), check="check" in request.GET,
        )
    except KeyError as error:
        raise Http404 from error


SETTLED = gettext_lazy(
    "The answers of this entry are settled: two people have keyed them in. The page that you had open is from before that, so words typed in"
    " it are not saved. They are changed by keying the letter in anew, from the page of its arrival; files can still be put in their places.")


def _words_too_late(form: SectionForm, draft: Draft, data: Any) -> list[str]:
    """id of each question on a page from before the words were settled, whose answer is not taken any more."""
    if form.definition is form_of(draft.version):
        return []
    sent = [marker.split(":")[:2] for marker in data.getlist(MARKER) if marker.count(":") > 1]
    return [form.id_of(name, int(place)) for name, place in sent
            if name in form.definition.placed and place.isdigit() and form.definition.question(name).type not in UPLOADED]


@prepared
def _rows(draft: int) -> QuerySet[DraftAnswer]:
    return DraftAnswer.objects.filter(draft=draft).select_related("changed_by")


def _saved_note(row: DraftAnswer, reader: Any, place: Competition) -> str:
    at = timezone.localtime(row.changed_at, ZoneInfo(place.time_zone))
    today = clock.today(place.time_zone) == at.date()
    facts = {"time": at.strftime("%H:%M") if today else _when(at), "name": row.changed_by}
    if row.changed_by is not None and row.changed_by != reader:
        return _("saved %(time)s by %(name)s") % facts
    return _("saved %(time)s") % facts


def _when(at: datetime) -> str:
    return f"{short_day(at.date())}, {at.strftime('%H:%M')}"


def _save(form: SectionForm, draft: Draft, request: HttpRequest, *, uploads: bool = True) -> services.Saved:
    """Save what was changed on the page. What cannot be kept becomes an error beside its field; the rest is saved."""
    changes, by = form.changes(), request.user
    saved = services.save_answers(
        draft, [services.Change(one.question.name, one.value, one.place, one.revision, one.is_gone) for one in changes
                if uploads or not one.uploads], by=by, page=keeping.page_of(request),  # type: ignore[arg-type]
    )
    for one in changes if uploads else ():
        saved.attached.add(one.key)
        for uploaded, facts in one.uploads:                             # what is refused leaves the file that was there
            try:
                services.attach_file(draft, one.question.name, one.place, uploaded, by=by, **facts)  # type: ignore[arg-type]
            except BadInput as error:
                saved.attached.discard(one.key)
                form.add_error(form.error_field(one.question, one.place), str(error))
    return saved


def _require_room(form: SectionForm, saved: services.Saved) -> None:
    """When all else is saved: a text that could not even be put beside the other is given back to who typed it."""
    if saved.unkept:
        raise keeping.NoRoom(form.text(form.definition.question(one.question).label, one.place) for one in saved.unkept)


def _change_places(form: SectionForm, draft: Draft, saved: services.Saved, request: HttpRequest) -> str:
    """Press the button of a repeat; the sentence to say beside it where that does not go. The answers are saved already."""
    kind, repeat, place = form.place_action() or ("", "", 0)
    if kind == "bring_back":
        return _bring_back(request, draft)
    seen = form.seen_in(repeat, place)
    if seen is not None:                                                # with what this very page has just saved
        attached = {(row.question, row.place): row for row in _rows(draft.pk)} if saved.attached else {}
        seen |= {key: answer.revision for key, answer in (saved.answers | {key: attached[key] for key in saved.attached}).items()}
    try:
        services.change_places(draft, repeat, by=request.user, remove=place if kind == "remove" else None, seen=seen)  # type: ignore[arg-type]
    except BadInput as error:
        return _("%(fault)s Your answers are saved.") % {"fault": error}
    return ""


def _bring_back(request: HttpRequest, draft: Draft) -> str:
    (number,) = numbers_in(request.POST[BRING_BACK].rpartition(":")[2], REMOVED)
    removed = RemovedPlace.objects.filter(draft=draft, pk=number).first()
    try:
        if removed is None:
            raise BadInput(_("It has been put back already."))
        services.bring_back(removed, by=request.user)  # type: ignore[arg-type]
    except BadInput as error:
        return _("%(fault)s Your answers are saved.") % {"fault": error}
    messages.success(request, _("It is back, behind the others."))
    return ""


@prepared
def _taken_out(draft: int) -> QuerySet[RemovedPlace]:
    return RemovedPlace.objects.filter(draft=draft).select_related("removed_by").order_by("pk")


def _removed_places(draft: Draft) -> dict[str, list[dict[str, Any]]]:
    """Name of a repeat → what was taken out of it and can be put back."""
    form, found = form_of(draft.version), {}                            # type: ignore[var-annotated]
    rows = _taken_out(draft.pk)
    unread = queries.unread_at_places(draft) if rows else {}
    for one in rows:
        typed = [text for _name, text, _who in unread.get((one.repeat, one.place), ())]
        if one.repeat in form.repeats and (one.answers or typed):
            first = next((display(form.question(name), value) for name, value in one.answers if name in form.placed), (*typed, "")[0])
            found.setdefault(one.repeat, []).append({
                "text": Truncator(first).chars(80), "by": str(one.removed_by or ""), "at": one.removed_at,
                "value": f"{one.repeat}:{token_of(REMOVED, one.pk)}"})
    return found


def _ask_before_removing(request: HttpRequest, draft: Draft, form: SectionForm, repeat: str, place: int) -> HttpResponse:
    """The page between the button and the removal, with what stands there now."""
    require(entry_rules.can_edit_draft(request.user, draft.entry))
    return removing.ask(
        request, form.definition, form.stored, repeat, place, cancel=f"{address_of('section_edit', draft.entry, form.key)}#{anchor_of(repeat)}",
        consequences=[_("It is taken out of the entry; what stands behind it moves up."),
                      _("It is kept beside the draft, and you can put it back as long as the entry can be changed.")],
        revisions=form.revisions, notes=form.notes, known=len(draft.moved_places),
        unread=queries.unread_at_places(draft).get((repeat, place), ()),
        breadcrumb=crumbs_of(draft.entry, (form.text(form.section.title), address_of("section_edit", draft.entry, form.key))))


def _remove_place(request: HttpRequest, draft: Draft, form: SectionForm, repeat: str, place: int) -> HttpResponse:
    """What was asked about is taken out, unless there stands something else by now."""
    section = address_of("section_edit", draft.entry, form.key)
    try:
        services.change_places(draft, repeat, by=request.user, remove=place, seen=form.seen_in(repeat, place) or {})  # type: ignore[arg-type]
    except services.PlaceChanged as error:                              # what a colleague wrote is shown before it goes
        messages.warning(request, str(error))
        return redirect(f"{section}?remove={repeat}:{place}")
    except BadInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("It is removed, and kept below: you can put it back."))
    return redirect(f"{section}#{anchor_of(repeat)}")


def _stands_at(draft: Draft, form: Form, answers: Answers, repeat: str, place: int) -> bool:
    """Whether a place of a repeat holds anything, be it what nobody can read: it is not removed without a question."""
    return place < GONE and (bool(answers_at(form, answers, repeat, place)) or (repeat, place) in queries.unread_at_places(draft))


def _keep_unread(request: HttpRequest, draft: Draft, form: SectionForm) -> bool:
    """What cannot be read is no answer of the draft. It is kept beside it, to be shown again when the page is opened anew; but not where
    its page has brought an answer since.
    """
    page = keeping.page_of(request)
    overtaken = {(row.question, row.place) for row in _rows(draft.pk) if page.was_overtaken(row)} if form.unread else set()
    typed = {name: text for name, text in form.unread.items() if asked_by(form.definition.placed, name) not in overtaken}
    return services.keep_unread(draft, by=request.user, judged=form.answered, typed=typed)  # type: ignore[arg-type]


def _as_saved(sent: SectionForm, saved: services.Saved, request: HttpRequest, draft: Draft) -> SectionForm:
    """The page anew after saving: what was typed and the faults as sent, the files as they are stored now."""
    shown = _form(request, draft, sent.key, data=sent.data_after(saved.attached))
    shown.take_over(sent, saved.attached)
    return shown


def _labels_of(draft: Draft, names: list[str]) -> dict[str, str]:
    """Name of a field → label of its question, for the page that says why it was not taken."""
    return _labels_in(form_of(draft.version), names)


def _labels_in(form: Form, names: list[str]) -> dict[str, str]:
    placed, found = form.placed, {}
    for name in names:
        if key := asked_by(placed, name):
            one = placed[key[0]]
            part = PHOTO_LABELS.get(name.rpartition("-")[2], "") if one.question.type == Type.PHOTO else ""
            found[name] = ": ".join(filter(None, [in_language(one.question.label), str(part)]))
    return found


def names_its_answers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """So that what was typed is called by its questions also where nobody is signed in any more: as far as the form is public."""
    @wraps(view)
    def named(request: HttpRequest, competition: str, *args: Any, **facts: Any) -> HttpResponse:
        request.labels_of_fields = partial(_public_labels, request, competition)  # type: ignore[attr-defined]
        return view(request, competition, *args, **facts)
    return named


def _public_labels(request: HttpRequest, competition: str, names: list[str]) -> dict[str, str]:
    """Of the form that everybody may download now; no entry is looked up, so it tells of none whether it is there."""
    place = competition_for(request, competition)
    version = current_version(place)
    return _labels_in(form_of(version), names) if version and rules.can_download_form(None, place) else {}


@names_its_answers
@login_required
@never_cache
@keeping.for_its_writer
def section_edit(request: HttpRequest, competition: str, code: str, section: str) -> HttpResponse:
    """One section of the form. Saving keeps everything that has a meaning, complete or not, in time or not."""
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    request.labels_of_fields = partial(_labels_of, draft)  # type: ignore[attr-defined]
    moved = places.moved_since(draft, request.POST.get(places.KNOWN))
    sent, files = (places.as_named_now(form_of(draft.version), moved, data) for data in (request.POST, request.FILES))
    form = _form(request, draft, section, data=sent if request.method == "POST" else None, files=files or None)
    status = 200
    asked = removing.asked_about(request, form.definition)
    if asked and _stands_at(draft, form.definition, form.stored, *asked):
        return _ask_before_removing(request, draft, form, *asked)
    if request.method == "POST" and (sure := removing.is_sure(request, form)):
        return _remove_place(request, draft, form, *sure)
    if request.method == "POST":
        valid = form.is_valid()
        saved = _save(form, draft, request)
        _keep_unread(request, draft, form)
        _require_room(form, saved)
        if _words_too_late(form, draft, sent):
            messages.warning(request, SETTLED)
            return redirect(address_of("section_edit", entry, section))
        action, said = form.place_action(), ""
        if action and action[0] == "remove" and not saved.conflicts and _stands_at(
                draft, form.definition, queries.draft_answers(draft), action[1], action[2]):
            removing.tell_faults(request, form, kept=form.unread)
            return redirect(f"{address_of('section_edit', entry, section)}?remove={action[1]}:{action[2]}")
        try:
            if action and not saved.conflicts:
                said = _change_places(form, draft, saved, request)
        except services.PlaceChanged as error:                          # what a colleague wrote is shown before it goes
            removing.tell_faults(request, form, kept=form.unread)
            messages.warning(request, str(error))
            return redirect(f"{address_of('section_edit', entry, section)}#{anchor_of(action[1])}")
        if saved.conflicts:
            return redirect(address_of("conflict_list", entry))
        if said:
            form = _as_saved(form, saved, request, draft)
            form.refused_places = {action[1]: said}
        elif action:                                                    # what was sent names places by numbers that hold no more
            removing.tell_faults(request, form, kept=form.unread)
            return redirect(f"{address_of('section_edit', entry, section)}#{anchor_of(action[1])}")
        elif valid and form.is_valid() and not form.errors:
            if form.appeared():
                messages.info(request, _("Saved. Further questions follow from your answers."))
                return redirect(address_of("section_edit", entry, section))
            messages.success(request, _("Saved."))
            return redirect(_after(request, entry, draft, form.key))
        else:
            form = _as_saved(form, saved, request, draft)
        status = 422
    if form.definition is form_of(draft.version):                       # else words are settled, and only files are put in their places
        form.removed_places = _removed_places(draft)
    unread = queries.unread_texts(draft, request.user)
    if unread and request.method != "POST":
        form.show_unread(_form(request, draft, section, data=unread))
    unread_in = Counter(one["section"] for one in unread_places(draft, unread))
    state = queries.completeness(draft, form.stored if request.method == "GET" else None)
    steps = [
        {
            "label": one.label, "url": address_of("section_edit", entry, one.key),
            "note": "" if one.key == form.key else word_of_state(one, unread_in[one.key]),
            "state": "current" if one.key == form.key else "complete" if one.status == "complete" and not unread_in[one.key] else "open",
        }
        for one in state.sections
    ]
    label = form.text(form.section.title) or _("Further questions")
    return render(request, "intake/section_edit.html", {
        "entry": entry, "form": form, "label": label, "hint": form.text(form.section.hint), "steps": steps,
        "percent": state.percent, "is_last": bool(state.sections) and state.sections[-1].key == form.key,
        "places": [places.KNOWN, len(draft.moved_places)], "page": [keeping.PAGE, keeping.new_page()],
        "keep_url": address_of("section_keep", entry, form.key),
        "breadcrumb": crumbs_of(entry, (label, "")),
        **deadline_of(entry), "is_unsent": True,                             # what is typed here now
    }, status=status)


def _after(request: HttpRequest, entry: Entry, draft: Draft, key: str) -> str:
    if "_stay" in request.POST:
        return address_of("section_edit", entry, key)
    keys = [one for one, _section in queries.sections_asked(queries.evaluation_of(draft))]
    place = keys.index(key) if key in keys else -1
    return address_of("section_edit", entry, keys[place + 1]) if place + 1 < len(keys) else address_of("entry_check", entry)


@names_its_answers
@login_required
@require_POST
@keeping.for_its_writer
def section_keep(request: HttpRequest, competition: str, code: str, section: str) -> JsonResponse:
    """Autosave: keeps what changed and answers with new markers, so that the page can go on without a reload."""
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    request.labels_of_fields = partial(_labels_of, draft)  # type: ignore[attr-defined]
    moved = places.moved_since(draft, request.POST.get(places.KNOWN))
    form = _form(request, draft, section, data=places.as_named_now(form_of(draft.version), moved, request.POST))
    form.is_valid()
    if keeping.came_late(request) and _words_too_late(form, draft, form.data):              # no page is open that could show it
        raise Refused(str(SETTLED))
    saved = _save(form, draft, request, uploads=False)
    changed = _keep_unread(request, draft, form) or bool(saved.changed)
    _require_room(form, saved)
    if keeping.came_late(request) and form.unkept:
        raise Refused(" ".join(form.unkept))
    lost = {(one.current.question, one.current.place) for one in saved.conflicts}
    moved = [] if keeping.came_late(request) else moved                 # then the page that hears this has been made since
    kept = [
        {"question": name, "place": (there := _place_on_page(form, moved, name, place)),
         "note": _saved_note(answer, request.user, entry.competition),
         "marker": f"{name}:{there}:{answer.revision}:{digest_of(answer.value)}"} | _preview(form, name, answer.value)
        for (name, place), answer in saved.answers.items() if (name, place) not in lost
    ]
    faults = form.sentences() | {form.id_of(*key): [] for key in lost}
    faults |= {one: [str(SETTLED)] for one in _words_too_late(form, draft, form.data)}
    choose, page = address_of("conflict_list", entry), form.text(form.section.title) or entry.code
    time = deadline_of(entry)
    is_over = time["is_over"] and time["timing"] is not None
    over = str(time["timing"].reason) if is_over else ""
    return JsonResponse({
        "kept": kept, "faults": {_id_on_page(form, moved, one): said for one, said in faults.items()},
        "collisions": {_id_on_page(form, moved, one): said for one, said in _collisions(form, saved.conflicts).items()},
        "choose": choose,
        "over": over,
        "deadline": render_to_string("intake/deadline.html", {**time, "is_unsent": True}, request) if is_over else "",
    } | keeping.late(request, page, changed=changed, choose=choose if saved.conflicts else "", over=over)
      | ({"state": _state_now(draft, request.user)} if keeping.came_late(request) else {}))


def _state_now(draft: Draft, person: Any) -> str:
    draft.refresh_from_db(fields=["changed_at"])
    return queries.state_of(draft, queries.unread_texts(draft, person))


def _place_on_page(form: SectionForm, moved: list[places.Moved], question: str, place: int) -> int:
    """Which number a place has on a page that does not know what moved."""
    placed = form.definition.placed.get(question)
    return places.place_then(moved, placed.repeat.name, place) if placed and placed.repeat else place


def _id_on_page(form: SectionForm, moved: list[places.Moved], found: str) -> str:
    return f"q-{places.name_then(form.definition, moved, found.removeprefix('q-'))}"


def _collisions(form: SectionForm, conflicts: list[services.Conflict]) -> dict[str, str]:
    """id of each field whose answer was changed meanwhile → the words of the link beside it."""
    said = {}
    for one in conflicts:
        label = {"label": form.text(form.definition.question(one.current.question).label, one.current.place)}
        said[form.id_of(one.current.question, one.current.place)] = (
            _("You changed “%(label)s” in another window. Both texts are kept; please choose.") % label if one.is_own else
            _("Somebody else changed “%(label)s”. Both texts are kept; please choose.") % label)
    return said


def _preview(form: SectionForm, name: str, value: Any) -> dict[str, str]:
    """How a formatted text will be read, for the page that goes on without a reload."""
    is_formatted = name in form.definition.placed and form.definition.question(name).is_formatted
    return {"preview": formatted_html(value or "", top=2)} if is_formatted else {}


@login_required
@never_cache
@require_safe
def conflict_list(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Both texts of each collision side by side."""
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    form, pairs = form_of(draft.version), []
    evaluation = Evaluation(form, queries.draft_answers(draft))
    for refused in queries.refused_texts(draft):
        placed = form.placed.get(refused.answer.question)
        question = placed.question if placed else None

        def shown(value: Any, question: Any = question) -> str:
            return display(question, value) if question else str(value)

        pairs.append({
            "token": token_of(SALT, refused.pk, refused.answer.revision, int(digest_of(refused.value), 16)),
            "label": _label(draft, form, refused.answer, placed), "is_gone": refused.answer.place > evaluation.count(placed.repeat)
            if placed and placed.repeat else False,
            "current": shown(refused.answer.value), "current_by": _writer(refused.answer.changed_by, request),
            "current_at": refused.answer.changed_at, "refused": shown(refused.value), "refused_by": _writer(refused.changed_by, request),
            "refused_at": refused.changed_at,
            "is_text": question is not None and question.type in TYPED
            and isinstance(refused.value, str) and isinstance(refused.answer.value, str),
        })
    if not pairs:
        messages.info(request, _("There is nothing to choose any more."))
        return redirect(address_of("entry_show", entry))
    return render(request, "intake/conflict_list.html", {
        "entry": entry, "pairs": pairs, "breadcrumb": crumbs_of(entry, (_("Two texts"), "")),
    })


def _label(draft: Draft, form: Form, answer: DraftAnswer, placed: Placed | None) -> str:
    label = in_language(placed.question.label) if placed else ""
    if not (placed and placed.repeat):
        return label
    place = f"{in_language(placed.repeat.label) or placed.repeat.name} {places.former_number(draft, answer.place)}"
    return in_sentence("%(label)s (%(place)s)" if answer.place < GONE else _("%(label)s (%(place)s, removed)"), label=label, place=place)


def _writer(person: Person | None, request: HttpRequest) -> str:
    return _("you") if person == request.user else str(person or "")


@login_required
@require_POST
def conflict_settle(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = own_entry(request, competition, code)
    number, revision, shown = sealed_numbers(request, SALT)
    refused = get_object_or_404(DraftAnswerRevision.objects.select_related("answer"), pk=number, answer__draft__entry=entry, was_refused=True)
    choice = request.POST.get("choice")
    if choice not in ("current", "refused", "merged"):
        raise BadInput(_("Please choose one of the two texts."))
    try:
        saved = services.settle_conflict(
            refused, by=request.user, keep_mine=choice != "current", revision=revision, shown=f"{shown:012x}",  # type: ignore[arg-type]
            value=request.POST.get("merged", "") if choice == "merged" else None,
        )
    except Refused as error:
        if choice == "merged":                                          # the page of the refusal shows it, to be copied
            raise
        messages.warning(request, str(error))
    else:
        if saved.conflicts:
            messages.warning(request, saved.conflicts[0])
        else:
            messages.success(request, _("Saved. The text that you chose holds."))
    return redirect(address_of("conflict_list", entry))
