"""Keying in twice: the second person's pages, blind, and the two keyings side by side."""

from difflib import SequenceMatcher
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.queries import register_of
from lorbeer.intake import keying, places, queries, removing, services
from lorbeer.intake.forms import ReasonForm, ReopenForm
from lorbeer.intake.models import Arrival, Keying, KeyingDifference
from lorbeer.intake.office_views import arrival_address, find_arrival, reasoned
from lorbeer.intake.views.beginning import word_of_state
from lorbeer.intake.views.finding import sealed_numbers, token_of
from lorbeer.questionnaire.definition import Form, Group
from lorbeer.questionnaire.evaluation import Evaluation, answers_at
from lorbeer.questionnaire.forms import SectionForm, anchor_of, section_form
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import display, in_language
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import Verdict, require

SALT = "intake.keying"
LONGEST_COMPARED = 4_000                                                # words; what is longer is shown without marks


def _found(request: HttpRequest, competition: str, number: str) -> tuple[Arrival, Keying]:
    """The arrival and its keying; 404 where it is not keyed in twice or has not begun."""
    arrival = find_arrival(request, competition, number)
    entry = arrival.entry
    if entry is None:
        raise Http404
    entry.competition = arrival.competition
    found = keying.keying_of(entry) if keying.is_keyed_twice(entry) else None
    if found is None:
        raise Http404
    found.draft = keying.draft_of(found)
    found.draft.entry = entry
    return arrival, found


def _to(name: str, arrival: Arrival, *more: str) -> str:
    return reverse(f"intake:{name}", args=[arrival.competition.code, arrival.number, *more])


def _crumbs(arrival: Arrival, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Arrivals"), reverse("intake:arrival_list", args=[arrival.competition.code])),
            (arrival.number, arrival_address(arrival)), *rest]


@login_required
@require_POST
def keying_finish(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    arrival, found = _found(request, competition, number)
    services.finish_first_keying(found, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The first keying is finished. A second person can begin."))
    return redirect(arrival_address(arrival))


def _asked(
    request: HttpRequest, arrival: Arrival, found: Keying, rule: Verdict, form: Any, act: Any, done: str, **page: Any
) -> HttpResponse:
    require(rule)
    return reasoned(request, arrival, form, lambda _arrival, **facts: act(found, **facts), done, **page)


@login_required
def keying_take_over(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """Finish the first keying for somebody who cannot."""
    arrival, found = _found(request, competition, number)
    return _asked(
        request, arrival, found, keying.can_take_over(request.user, found), ReopenForm(request.POST or None), services.take_over_keying,
        _("The first keying is yours now."), title=_("Take over the first keying?"), button_label=_("Take it over"),
        consequences=[_("You read and go on with what has been keyed in so far."),
                      _("Neither you nor who began can key it in a second time.")],
    )


@login_required
def keying_anew(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """Something is to be changed after all: both keyings begin anew."""
    arrival, found = _found(request, competition, number)
    return _asked(
        request, arrival, found, keying.can_key_anew(request.user, found), ReasonForm(request.POST or None), services.key_anew,
        _("The first keying is yours; what was settled is there to be changed."), title=_("Key it in anew?"), button_label=_("Key it in anew"),
        consequences=[_("You change what is settled; then a second person keys it in again, and the two are compared."),
                      _("What has been handed in counts until it is handed in again.")],
    )


@login_required
def keying_begin(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """Says what keying in blind means, and begins it."""
    arrival, found = _found(request, competition, number)
    require(keying.can_key_second(request.user, found))
    taken = found.second_by_id is not None and found.second_by_id != request.user.pk
    form = ReopenForm(request.POST or None) if taken else None
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form is not None else ""
        services.begin_second_keying(found, by=request.user, reason=reason)  # type: ignore[arg-type]
        return redirect(_to("keying_second", arrival))
    return render(request, "confirm.html", {
        "form": form, "title": _("Key in a second time?"), "button_label": _("Begin with an empty form"),
        "cancel_url": arrival_address(arrival),
        "consequences": [
            _("You see the scan and an empty form, not what was keyed in first."),
            _("When you have finished, both are compared, and each difference is decided by a look at the scan."),
            *([_("%(name)s has begun; what is keyed in there is dropped.") % {"name": found.second_by}] if taken else []),
        ],
        "breadcrumb": _crumbs(arrival, (_("Second keying"), "")),
    }, status=422 if form is not None and form.is_bound else 200)


# --- the second, blind ------------------------------------------------------------------------------------------------


def _scans(request: HttpRequest, arrival: Arrival) -> list[dict[str, Any]]:
    return files.listed(request.user, arrival.files.select_related("blob"))


def _second(request: HttpRequest, competition: str, number: str) -> tuple[Arrival, Keying, queries.Completeness]:
    arrival, found = _found(request, competition, number)
    require(keying.can_write_second(request.user, found))
    evaluation = Evaluation(form_of(found.draft.version), keying.second_answers(found), zone=arrival.competition.time_zone)
    return arrival, found, queries.completeness_of(evaluation)


@login_required
@never_cache
@require_safe
def keying_second(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """The sections of the second keying, and the scan."""
    arrival, _found_one, state = _second(request, competition, number)
    rows = [{"label": f"{section.number} {section.label}", "url": _to("keying_section", arrival, section.key),
             "word": word_of_state(section) if section.status != "faulty" else _("begun"), "measure": section.measure,
             "tone": {"complete": "success", "empty": "quiet"}.get(section.status, "warning"),
             "sign": {"complete": "✓", "empty": "○"}.get(section.status, "!")} for section in state.sections]
    return render(request, "intake/keying_second.html", {
        "arrival": arrival, "rows": rows, "completeness": state, "scans": _scans(request, arrival),
        "breadcrumb": _crumbs(arrival, (_("Second keying"), "")),
    })


@login_required
@never_cache
def keying_section(request: HttpRequest, competition: str, number: str, section: str) -> HttpResponse:
    """One section of the second keying. Gaps are allowed: what is not on paper is left empty."""
    arrival, found, state = _second(request, competition, number)
    definition, place = keying.blind_form(form_of(found.draft.version)), arrival.competition
    moved = places.moved_since(found, request.POST.get(places.KNOWN))
    data = places.as_named_now(definition, moved, request.POST) if request.method == "POST" else None
    try:
        form = section_form(definition, section, keying.second_answers(found), data=data, zone=place.time_zone,
                            edition=register_of(place))
    except KeyError as error:
        raise Http404 from error
    status = 200
    asked = removing.asked_about(request, definition)
    if asked and answers_at(definition, form.stored, *asked):
        return removing.ask(
            request, definition, form.stored, *asked, cancel=f"{_to('keying_section', arrival, section)}#{anchor_of(asked[0])}", revisions={},
            notes={}, known=len(found.moved_places), consequences=[_("It is taken out of your keying; what stands behind it moves up."),
                                    _("It is not kept: to have it again, key it in again from the scan.")],
            breadcrumb=_crumbs(arrival, (_("Second keying"), _to("keying_second", arrival)),
                               (form.text(form.section.title), _to("keying_section", arrival, section))))
    if request.method == "POST" and (sure := removing.is_sure(request, form)):
        seen = {name: digest for (name, at), (_revision, digest) in form.markers.items() if at == sure[1]} if form.markers else None
        return redirect(_change_places(request, arrival, found, section, *sure, seen))
    if request.method == "POST":
        valid = form.is_valid()
        saved, lost = services.save_second_keying(
            found, [services.Change(one.question.name, one.value, one.place, is_gone=one.is_gone) for one in form.changes()],
            by=request.user, seen={key: digest for key, (_revision, digest) in form.markers.items()})  # type: ignore[arg-type]
        for one in form.changes():
            if one.is_gone:
                messages.warning(request, _("“%(label)s” has been removed meanwhile, so “%(text)s” could not be saved there.") % {
                    "label": form.text(one.question.label, one.place), "text": display(one.question, one.value)[:500]})
        if (action := form.place_action()) and not lost:
            kind, repeat, at = action
            removing.tell_faults(request, form)
            if kind == "remove" and answers_at(definition, keying.second_answers(saved), repeat, at):
                return redirect(f"{_to('keying_section', arrival, section)}?remove={repeat}:{at}")
            return redirect(_change_places(request, arrival, found, section, repeat, at if kind == "remove" else None, {}))
        if valid and not lost:
            messages.success(request, _("Saved."))
            keys = [one.key for one in state.sections]
            following = keys[keys.index(form.key) + 1:] if form.key in keys else []
            stay = "_stay" in request.POST or bool(form.appeared())
            if stay:
                return redirect(_to("keying_section", arrival, section))
            return redirect(_to("keying_section", arrival, following[0]) if following else _to("keying_second", arrival))
        status, form = 422, _as_saved(form, section_form(
            definition, section, keying.second_answers(saved), data=data, zone=place.time_zone,
            edition=register_of(place)), lost)
    label = form.text(form.section.title) or _("Further questions")
    steps = [{"label": one.label, "url": _to("keying_section", arrival, one.key), "note": "",
              "state": "current" if one.key == form.key else "complete" if one.status == "complete" else "open"} for one in state.sections]
    return render(request, "intake/keying_section.html", {
        "arrival": arrival, "form": form, "label": label, "hint": form.text(form.section.hint), "steps": steps,
        "places": [places.KNOWN, len(found.moved_places)],
        "scans": _scans(request, arrival), "breadcrumb": _crumbs(arrival, (_("Second keying"), _to("keying_second", arrival)), (label, "")),
    }, status=status)


def _as_saved(sent: SectionForm, shown: SectionForm, lost: dict[keying.Key, Any]) -> SectionForm:
    """The page anew, with what was typed; beside each answer that another window changed first, what stands there: both are to be seen."""
    shown.take_over(sent)
    shown.unread.clear()                                                # none is kept here: its field means what stands in the keying
    for (name, at), there in lost.items():
        question = shown.definition.question(name)
        shown.add_error(shown.error_field(question, at), _(
            "You changed this in another window meanwhile. There stands: “%(there)s”. What you typed here is not saved yet: look at the scan, "
            "then save what is right.") % {"there": display(question, there) or _("no answer given")})
    return shown


def _change_places(request: HttpRequest, arrival: Arrival, found: Keying, section: str, repeat: str, remove: int | None,
                   seen: dict[str, str] | None) -> str:
    """Add a place, or take out one in which nothing stands but what was `seen`; gives back where to go on."""
    page = _to("keying_section", arrival, section)
    try:
        services.change_second_places(found, repeat, by=request.user, remove=remove, seen=seen)  # type: ignore[arg-type]
    except services.PlaceChanged as error:
        messages.warning(request, str(error))
        return f"{page}?remove={repeat}:{remove}"
    except BadInput as error:
        messages.warning(request, str(error))
    return f"{page}#{anchor_of(repeat)}"


@login_required
@require_POST
def keying_complete(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    arrival, found = _found(request, competition, number)
    found = services.finish_second_keying(found, by=request.user)  # type: ignore[arg-type]
    if found.settled_at:
        messages.success(request, _("Both keyings are alike. The entry can be handed in."))
        return redirect(arrival_address(arrival))
    messages.info(request, _("The two keyings differ. Each difference is decided by a look at the scan."))
    return redirect(_to("keying_compare", arrival))


# --- side by side -----------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_safe
def keying_compare(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """Both keyings of each answer in which they differ, with what was decided, by whom and when."""
    arrival, found = _found(request, competition, number)
    require(keying.can_compare(request.user, found))
    return _compared(request, arrival, found)


def _compared(request: HttpRequest, arrival: Arrival, found: Keying, sent: tuple[int, SectionForm] | None = None) -> HttpResponse:
    """`sent`: the difference and the third answer to it that was keyed in and cannot be kept as it is."""
    form, pairs, kept = form_of(found.draft.version), [], queries.draft_answers(found.draft)
    for one in found.differences.select_related("decided_by"):
        question = keying.asked_alone(form, one.question)
        label = _label(form, one.question)
        first, second = (display(question, value) for value in (one.first, one.second))
        marked = _marked(first, second)
        third = sent[1] if sent is not None and sent[0] == one.pk else None if found.settled_at else _third(arrival, form, one, kept)
        pairs.append({
            "difference": one, "token": token_of(SALT, one.pk), "label": f"{label} ({one.place})" if one.place else label,
            "first": marked[0], "second": marked[1], "third": third,
            "opened": (sent is not None and sent[0] == one.pk) or (one.was_opened and not one.choice),
            "decided": display(question, kept.get((one.question, one.place))) if one.choice == KeyingDifference.Choice.NEITHER else "",
        })
    return render(request, "intake/keying_compare.html", {
        "arrival": arrival, "keying": found, "pairs": pairs, "left": found.differences.filter(choice="").count(),
        "scans": _scans(request, arrival), "breadcrumb": _crumbs(arrival, (_("Differences"), "")),
    }, status=422 if sent is not None else 200)


def _third(arrival: Arrival, form: Form, difference: KeyingDifference, kept: dict[keying.Key, Any], data: Any = None) -> SectionForm:
    """The question by itself, to be answered as it stands on paper; it begins as `_begins` says."""
    place, called = arrival.competition, f"third-{difference.pk}"
    begun = _begins(difference, kept)
    return section_form(keying.form_of_one(form, difference.question, called), "one", {} if begun is None else {(called, 0): begun}, data=data,
                        edition=register_of(place), zone=place.time_zone)


def _begins(difference: KeyingDifference, kept: dict[keying.Key, Any]) -> Any:
    """What was keyed in when it was decided that both are wrong; before that, what the first keyed in."""
    was_keyed = difference.choice == KeyingDifference.Choice.NEITHER
    return kept.get((difference.question, difference.place)) if was_keyed else difference.first


def _label(form: Form, name: str) -> str:
    """What is asked: a row of a matrix with the question above it, a repeat by its own words."""
    if name not in form.placed:
        return in_language(form.repeats[name].label)
    placed = form.placed[name]
    above = [in_language(block.label) for block in placed.blocks[-1:] if isinstance(block, Group) and block.is_matrix]
    return " – ".join(filter(None, [*above, in_language(placed.question.label)]))


def _marked(first: str, second: str) -> tuple[SafeString, SafeString]:
    """Both texts, with the words marked that the other has not."""
    one, other = first.split(" "), second.split(" ")
    if not first or not second or max(len(one), len(other)) > LONGEST_COMPARED:
        return conditional_escape(first), conditional_escape(second)

    def shown(words: list[str], spans: list[tuple[bool, int, int]]) -> SafeString:
        pieces = ((mark_safe("<mark>" if is_other else ""), " ".join(words[start:end]), mark_safe("</mark>" if is_other else ""))  # noqa: S308
                  for is_other, start, end in spans if end > start)
        return format_html_join(" ", "{}{}{}", pieces)

    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return (shown(one, [(tag != "equal", a, b) for tag, a, b, _c, _d in steps]),
            shown(other, [(tag != "equal", c, d) for tag, _a, _b, c, d in steps]))


@login_required
@require_POST
def keying_decide(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    arrival, found = _found(request, competition, number)
    (pk,) = sealed_numbers(request, SALT)
    difference = get_object_or_404(KeyingDifference, pk=pk, keying=found)
    choice, value = request.POST.get("choice", ""), None
    if choice == KeyingDifference.Choice.NEITHER:
        kept = queries.draft_answers(found.draft)
        third = _third(arrival, form_of(found.draft.version), difference, kept, data=request.POST)
        if not third.is_valid():
            require(keying.can_compare(request.user, found))
            return _compared(request, arrival, found, (difference.pk, third))
        value = third.changes()[0].value if third.changes() else _begins(difference, kept)
    try:
        services.decide_difference(
            difference, choice, by=request.user, value=value, seen=request.POST.get("seen", ""))  # type: ignore[arg-type]
    except BadInput as error:
        messages.error(request, str(error))
        return redirect(_to("keying_compare", arrival))
    found.refresh_from_db(fields=["settled_at"])
    if any(one.was_opened and not one.choice for one in found.differences.all()):
        messages.info(request, _("By what was decided, more is asked that neither of the two was asked. Please key in what stands on paper."))
    if found.settled_at:
        messages.success(request, _("Every difference is decided. The entry can be handed in."))
        return redirect(arrival_address(arrival))
    return redirect(_to("keying_compare", arrival))
