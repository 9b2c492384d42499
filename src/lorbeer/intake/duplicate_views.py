"""Entries that came in twice: pointed out, compared, put together, taken apart."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lorbeer.entries.models import Entry, State
from lorbeer.intake import likeness, printed_letters, queries, rules, services
from lorbeer.intake.forms import MergeForm, ReasonForm
from lorbeer.intake.models import Merger, MergerLetter
from lorbeer.intake.office_views import find_place
from lorbeer.intake.views.finding import pdf_response
from lorbeer.people.access import can_work_in_office
from lorbeer.questionnaire.definition import TYPED
from lorbeer.questionnaire.frozen import ShownBlock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import listed
from lorbeer.shared.verdicts import require

MOST_SHOWN = 300                                                        # pairs on the page


def _percent(share: float) -> int:
    return round(100 * share)


def _told(measure: likeness.Likeness) -> dict[str, Any]:
    return {"same_body": measure.same_body, "title": _percent(measure.title), "text": _percent(measure.text)}


@login_required
@require_safe
def duplicate_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Pairs that may be one, with the measure, and what has been said about others."""
    place = find_place(request, competition)
    found = likeness.compare(place)
    pairs = found.pairs[:MOST_SHOWN]
    short = likeness.too_short([entry for pair in pairs for entry in pair[:2]])
    rows = [{"one": one, "other": other, "is_short": bool(short & {one.pk, other.pk}), **_told(measure)} for one, other, measure in pairs]
    said = []
    for merger in Merger.objects.filter(entry__competition=place, undone_at=None).select_related("entry", "other", "by"):
        merger.entry.competition = place
        said.append((merger, rules.can_undo_merger(request.user, merger)))
    return render(request, "intake/duplicate_list.html", {
        "rows": rows, "more": len(found.pairs) - len(rows), "left_out": found.left_out, "passages": likeness.common_passages(place),
        "most_holders": likeness.MOST_HOLDERS, "said": said, "letters": printed_letters.merger_letters_to_post(place),
        "can_post": can_work_in_office(request.user, place),
        "thresholds": {"title": _percent(likeness.ALIKE_TITLE), "text": _percent(likeness.ALIKE_TEXT)},
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[place.code])), (_("Duplicates"), "")],
    })


def _letter(request: HttpRequest, competition: str, number: str) -> MergerLetter:
    place = find_place(request, competition)
    letter = get_object_or_404(MergerLetter.objects.select_related("entry", "merger__entry", "merger__other"),
                               entry__competition=place, number=number)
    letter.entry.competition = place
    return letter


@login_required
@never_cache
@require_safe
def merger_letter_pdf(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    """What an applicant is told whom no mail reaches, to print and send by post."""
    letter = _letter(request, competition, number)
    require(can_work_in_office(request.user, letter.entry.competition))
    return pdf_response(printed_letters.merger_letter_pdf(letter), f"letter-{letter.entry.code}.pdf")


@login_required
@require_POST
def merger_letter_posted(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    letter = _letter(request, competition, number)
    printed_letters.note_merger_letter_posted(letter, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Noted: the letter to entry %(code)s has gone out by post.") % {"code": letter.entry.code})
    return redirect("intake:duplicate_list", competition=competition)


def _pair(request: HttpRequest, competition: str, code: str, other: str) -> tuple[Entry, Entry]:
    """Two entries that have been handed in: what is in a draft is nobody's to compare."""
    place = find_place(request, competition)
    found = []
    for one in (code, other):
        entry = get_object_or_404(Entry.objects.select_related("municipality", "group"), competition=place, code=one)
        entry.competition = place
        if entry.state == State.DRAFT or not entry.submissions.exists():
            raise Http404
        found.append(entry)
    first, second = found
    return (second, first) if second.state == State.ADMITTED else (first, second)  # an admitted one is the one that counts


def _shown(request: HttpRequest, entry: Entry, other: Entry, form: MergeForm, apart: ReasonForm) -> HttpResponse:
    sides: list[dict[str, Any]] = []
    for one in (entry, other):
        newest = one.submissions.select_related("version__questionnaire", "arrival").order_by("-number").first()
        document = queries.document_of(newest)  # type: ignore[arg-type]
        sides.append({"entry": one, "newest": newest, "document": document, "answers": _answers(document.sections())})
    first, second = (side["answers"] for side in sides)
    rows = []
    for key in dict.fromkeys([*first, *second]):
        label, _text, is_typed = first.get(key) or second[key]
        texts = [side.get(key, ("", "", False))[1] for side in (first, second)]
        if any(texts):
            rows.append({"label": label, "first": texts[0], "second": texts[1], "differs": texts[0] != texts[1],
                         "is_typed": is_typed})
    code, measure = entry.competition.code, _told(likeness.likeness(entry, other))
    if likeness.too_short([entry, other]):
        share = likeness.text_share(sides[0]["document"], sides[1]["document"])
        measure["text"] = None if share is None else _percent(share)
    return render(request, "intake/duplicate_show.html", {
        "entry": entry, "other": other, "sides": sides, "rows": rows,
        "measure": measure, "form": form, "apart": apart,
        "can_merge": rules.can_merge(request.user, entry, other),
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[code])),
                       (_("Duplicates"), reverse("intake:duplicate_list", args=[code])), (f"{entry.code} · {other.code}", "")],
    }, status=422 if form.errors or apart.errors else 200)


def _answers(blocks: Any, place: int = 0, before: str = "") -> dict[tuple[str, int], tuple[str, str, bool]]:
    """(question, place) → label and answer as people read them, and whether it was typed, also within groups and places."""
    found: dict[tuple[str, int], tuple[str, str, bool]] = {}
    for block in blocks:
        for item in block.items:
            if isinstance(item, ShownBlock):
                found |= _answers([item], item.place or place, listed([item.label, *([item.place] if item.place else []), "– "], " "))
            else:
                found[item.question.name, place] = (listed([before, item.label], ""), item.text, item.question.type in TYPED)
    return found


@login_required
@require_safe
def duplicate_show(request: HttpRequest, competition: str, code: str, other: str) -> HttpResponse:
    entry, second = _pair(request, competition, code, other)
    return _shown(request, entry, second, MergeForm(pair=(entry, second)), ReasonForm(prefix="apart"))


@login_required
@require_POST
def duplicate_merge(request: HttpRequest, competition: str, code: str, other: str) -> HttpResponse:
    """Put two entries together; the form says which of them counts, and why they are one."""
    entry, second = _pair(request, competition, code, other)
    require(rules.can_use_arrival_desk(request.user, entry.competition))
    form = MergeForm(request.POST, pair=(entry, second))
    if not form.is_valid():
        return _shown(request, entry, second, form, ReasonForm(prefix="apart"))
    counts, leads = (entry, second) if form.cleaned_data["counts"] == entry.code else (second, entry)
    services.merge_entries(counts, leads, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    messages.success(request, _("%(other)s leads to %(code)s now, which counts.") % {"other": leads.code, "code": counts.code})
    return redirect("entries:entry_tab", competition=entry.competition.code, code=counts.code, tab="merged")


@login_required
@require_POST
def duplicate_apart(request: HttpRequest, competition: str, code: str, other: str) -> HttpResponse:
    entry, second = _pair(request, competition, code, other)
    require(rules.can_use_arrival_desk(request.user, entry.competition))
    form = ReasonForm(request.POST, prefix="apart")
    if not form.is_valid():
        return _shown(request, entry, second, MergeForm(pair=(entry, second)), form)
    services.keep_apart(entry, second, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    messages.success(request, _("Kept as two entries. Nobody is asked about them again."))
    return redirect("intake:duplicate_list", competition=entry.competition.code)


@login_required
def duplicate_undo(request: HttpRequest, competition: str, code: str, other: str) -> HttpResponse:
    """Take back what was said about two entries."""
    place = find_place(request, competition)
    merger = get_object_or_404(
        Merger.objects.select_related("entry", "other"), entry__competition=place, entry__code=code, other__code=other, undone_at=None)
    merger.entry.competition = place
    require(rules.can_undo_merger(request.user, merger))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.undo_merger(merger, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, _("Taken back. They are two entries again."))
            return redirect("intake:duplicate_list", competition=place.code)
    facts = {"code": merger.entry.code, "other": merger.other.code}
    return render(request, "confirm.html", {
        "form": form, "title": _("Take %(code)s and %(other)s apart again?") % facts, "button_label": _("Take apart"),
        "consequences": [_("%(other)s counts again as it was handed in last.") % facts] if merger.kind == Merger.Kind.MERGED
        else [_("The two are pointed out again.")],
        "cancel_url": reverse("intake:duplicate_list", args=[place.code]),
    }, status=422 if form.is_bound else 200)
