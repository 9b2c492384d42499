"""The screens between the book and Word: giving out, reading back, taking changes in."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.documentation import handouts
from lorbeer.documentation.book import title_of
from lorbeer.documentation.forms import HandoutForm, ReturnForm, TakeInForm
from lorbeer.documentation.models import Correction
from lorbeer.documentation.queries import dataset_of, newest_edition
from lorbeer.documentation.services import LONGEST_CHAPTER, ChangedMeanwhile
from lorbeer.documentation.views import book_for, tabs_of
from lorbeer.documentation.word.comparing import Change
from lorbeer.documentation.word.manuscript import Unit
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.pieces import pieces
from lorbeer.shared.text import written_in


@require_safe
def handout_list(request: HttpRequest, competition: str) -> HttpResponse:
    return _handout_page(request, book_for(request, competition))


def _handout_page(request: HttpRequest, place: Competition, status: int = 200, **forms: Any) -> HttpResponse:
    chapters = list(place.chapters.all())
    choices = _choices(place)
    corrections = Correction.objects.filter(handout__competition=place).select_related("read_by", "handout")[:50]
    given = place.handouts.select_related("document__blob", "given_by", "edition")[:20]
    return render(
        request,
        "documentation/handout_list.html",
        {
            "tabs": tabs_of(place, "handout_list"),
            "chapters": chapters,
            "handout_form": forms.get("handout_form")
            or HandoutForm(chapters=choices, initial={"chapters": [code for code, _title in choices]}),
            "return_form": forms.get("return_form") or ReturnForm(),
            "handouts": [
                {"handout": one, "count": len(one.chapters), "url": files.address_of(one.document) if one.document else ""}
                for one in given
            ],
            "corrections": [{"correction": one, "count": len(one.chapters)} for one in corrections],
        },
        status=status,
    )


def _choices(place: Competition) -> list[tuple[str, str]]:
    return [(one.code, written_in(place, one.title)) for one in place.chapters.all()]


@require_POST
def handout_create(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    form = HandoutForm(request.POST, chapters=_choices(place))
    if not form.is_valid():
        return _handout_page(request, place, 422, handout_form=form)
    job = handouts.start_handout(place, newest_edition(place), form.cleaned_data["chapters"], by=request.user)  # type: ignore[arg-type]
    return redirect("job_detail", code=job.code)


@require_POST
def correction_create(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    form = ReturnForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            correction = handouts.read_back(place, form.cleaned_data["document"], by=request.user)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error("document", str(error))
        else:
            return redirect("documentation:correction_show", competition=place.code, correction=correction.code)
    return _handout_page(request, place, 422, return_form=form)


def _correction(place: Competition, code: str) -> Correction:
    return get_object_or_404(
        Correction.objects.select_related("handout__edition", "handout__competition"), code=code, handout__competition=place
    )


@require_safe
def correction_show(request: HttpRequest, competition: str, correction: str) -> HttpResponse:
    place = book_for(request, competition)
    chosen = _correction(place, correction)
    data = dataset_of(place, chosen.handout.edition)
    present = {chapter.code: chapter for chapter in place.chapters.all()}
    rows, missing = [], []
    for given in chosen.handout.chapters:
        chapter = present.get(given["code"])
        if chapter is None or given["code"] not in chosen.chapters:
            missing.append(given["title"])
            continue
        found = handouts.comparison(chosen, chapter, data)
        chapter.shown_title = title_of(chapter.title, data)             # type: ignore[attr-defined]
        rows.append({"chapter": chapter, "count": sum(not change.is_put_back for change in found.changes),
                     "conflicts": sum(change.is_conflict for change in found.changes),
                     "refused": sum(bool(change.notices) for change in found.changes) + len(found.notices)})
    return render(request, "documentation/correction_show.html", {
        "tabs": tabs_of(place, "handout_list"), "correction": chosen, "missing": missing,
        "rows": [row for row in rows if row["count"] or row["refused"]],
        "done": [row["chapter"] for row in rows if not row["count"] and not row["refused"]],
        "open": sum(row["count"] for row in rows),
    })


def correction_chapter(request: HttpRequest, competition: str, correction: str, code: str) -> HttpResponse:
    """The changes of one chapter, to be taken in one by one."""
    place = book_for(request, competition)
    chosen = _correction(place, correction)
    chapter = get_object_or_404(place.chapters, code=code)
    if code not in chosen.chapters:
        raise Http404
    data = dataset_of(place, chosen.handout.edition)
    found = handouts.comparison(chosen, chapter, data)
    conflict = ""
    if request.method == "POST":
        form = TakeInForm(request.POST, keys=[change.key for change in found.changes])
        try:
            if not form.is_valid():
                raise ChangedMeanwhile(
                    _(
                        "A change that was chosen is not open any more. The changes below are those that are; please choose again."
                    )
                )
            taken = handouts.take_in(chosen, chapter, set(form.cleaned_data["change"]), revision=form.cleaned_data["revision"],
                                     by=request.user)  # type: ignore[arg-type]
        except (ChangedMeanwhile, BadInput) as error:
            conflict = str(error)
        else:
            messages.success(request, ngettext("%(count)d change is taken into the chapter.", "%(count)d changes are taken into the chapter.",
                                               taken) % {"count": taken} if taken else _("No change was chosen. The chapter is as it was."))
            return redirect("documentation:correction_chapter", competition=place.code, correction=chosen.code, code=chapter.code)
    return render(request, "documentation/correction_chapter.html", {
        "tabs": tabs_of(place, "handout_list"), "correction": chosen, "chapter": chapter, "title": title_of(chapter.title, data),
        "conflict": conflict,
        "changes": [_shown(change) for change in found.changes], "notices": found.notices, "longest": LONGEST_CHAPTER,
        "to_take": any(not change.is_put_back for change in found.changes),
    }, status=409 if conflict else 200)


@require_POST
def correction_close(request: HttpRequest, competition: str, correction: str) -> HttpResponse:
    place = book_for(request, competition)
    handouts.close_correction(_correction(place, correction), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The correction is closed. It stays readable below."))
    return redirect("documentation:handout_list", competition=place.code)


def _shown(change: Change) -> dict[str, Any]:
    before, after = _said(change.before), _said(change.after)
    old, new = pieces(before, after) if change.kind != "move" else ((), ())
    words = {"edit": _("changed"), "title": _("title changed"), "note": _("footnote changed"), "insert": _("new paragraph"),
             "delete": _("taken out"), "move": _("moved")}
    return {"change": change, "word": words[change.kind], "before": old, "after": new, "text": after or before,
            "now": _said(change.now), "form_only": change.before is not None and change.after is not None and before == after
            and change.kind != "move"}


def _said(unit: Unit | None) -> str:
    """A paragraph as it reads, its footnotes as marks."""
    return "".join(run.text or "[^]" for run in unit.runs) if unit else ""
