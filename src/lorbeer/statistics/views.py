"""Tables and their pictures: kept ones for everybody, free ones for those who make the statistics."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import codebook_of, published_edition
from lorbeer.people.access import competition_for
from lorbeer.shared import tables as files_of_tables
from lorbeer.shared.fields import whole_number
from lorbeer.shared.text import in_sentence, localized
from lorbeer.shared.verdicts import require
from lorbeer.statistics import rules, services, words
from lorbeer.statistics.definitions import LEAST, TableSpec
from lorbeer.statistics.forms import SHARE_WORDS, ExploreForm, KeepForm, SharesForm
from lorbeer.statistics.pictures import map_of, shown, svg_of
from lorbeer.statistics.queries import compute_tables, doubts, numbers_of, row_labels, rows_that_tell, spec_of
from lorbeer.statistics.research.files import FORMATS
from lorbeer.statistics.research.variables import study_of

KINDS = (*files_of_tables.FORMATS, "svg")                               # what a table is downloaded as


def _edition(request: HttpRequest, place: Competition) -> Edition | None:
    """The edition of the address: `?edition=` for insiders, else the published one, for insiders at least the newest."""
    inside = rules.can_read_unpublished(request.user, place)
    asked = request.GET.get("edition", "")
    if asked:
        found = place.editions.filter(number=whole_number(asked, 32_767)).first()
        if found is None or not (inside or found.is_published):
            raise Http404
        return found
    return published_edition(place) or (place.editions.first() if inside else None)


def _around(edition: Edition, spec: TableSpec) -> dict[str, str]:
    """The words around a table, on its page and in its downloads."""
    return {"rows_label": words.rows_label(spec, codebook_of(edition)), "filter_words": words.filter_words(edition, spec.filter),
            "asked_words": words.asked_words(edition, spec.question)}


def _download(table: dict[str, Any], edition: Edition, around: dict[str, str], name: str, kind: str) -> HttpResponse:
    base = [*([_("Only: %(filter_words)s.") % around] if around["filter_words"] else []),
            *([_("The question was not put to all. %(asked_words)s") % around] if around["asked_words"] else [])]
    if kind == "svg":
        return HttpResponse(svg_of(table, edition, " ".join(base)), content_type="image/svg+xml", headers={
            "Content-Disposition": f'attachment; filename="{name}.svg"'})
    percent_of = {"row": _("%(column)s, percent"), "column": _("%(column)s, percent of the column"), "total": _("%(column)s, percent of all")}
    columns: list[tuple[str, Any]] = [(_("Row"), lambda row: row["label"]), (_("Base"), lambda row: row["base"])]
    for index, column in enumerate(table["columns"]):
        columns += [
            (_("%(column)s, count") % {"column": column["label"]}, lambda row, at=index: row["shown"][at]["count"]),
            (percent_of[table["shares"]] % {"column": column["label"]},
             lambda row, at=index: None if row["shown"][at]["percent"] is None else float(row["shown"][at]["percent"])),
        ]
    if base:
        columns.append((_("Which entries"), lambda row: " ".join(base)))
    columns += [(_("Edition"), lambda row: edition.number), (_("Checksum"), lambda row: edition.sha256)]
    return files_of_tables.download(table["rows"], columns, name, kind, english=(get_language() or "de").startswith("en"))


@require_safe
def table_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    edition = _edition(request, place)
    inside = rules.can_read_unpublished(request.user, place)
    asked = request.GET.get("edition", "")
    tables = list(place.tables.all()) if edition else []
    may_explore = rules.can_explore(request.user, place)
    return render(request, "statistics/table_list.html", {
        "edition": edition, "tables": tables, "inside": inside,
        "telling": [(label, numbers_of(those)) for label, those in rows_that_tell(edition, tables)]
        if edition and may_explore else [],
        "may_explore": may_explore, "suffix": f"?edition={edition.number}" if asked and edition else "",
    })


@require_safe
def table_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = competition_for(request, competition)
    edition = _edition(request, place)
    if edition is None:
        raise Http404
    definitions = list(place.tables.all())
    definition = next((one for one in definitions if one.code == code), None)
    if definition is None:
        raise Http404
    spec = spec_of(definition)
    asked = SharesForm(request.GET)
    shares = asked.cleaned_data["shares"] if asked.is_valid() and spec.kind == "cross" else ""
    spec = replace(spec, shares=shares or spec.shares)
    table = shown(compute_tables(edition, [spec])[0], spec.rows)
    if table["several"]:                                                # always of the entries of each row
        shares = ""
    around = _around(edition, spec)
    if kind := request.GET.get("format"):
        return _download(table, edition, around, f"{place.code}-{code}-edition-{edition.number}", kind)
    suffix = f"?edition={edition.number}" if request.GET.get("edition") else ""
    kept: dict[str, Any] = {"edition": edition.number} if suffix else {}
    at = definitions.index(definition)
    list_url = reverse("statistics:table_list", args=[place.code]) + suffix
    return render(request, "statistics/table_show.html", {
        "table": table, "edition": edition, "definition": definition, "suffix": suffix,
        "picture": map_of(table) if "lands" in table else "", **around,
        "previous": definitions[at - 1] if at else None, "following": definitions[at + 1] if at + 1 < len(definitions) else None,
        "downloads": [(kind.upper(), "?" + urlencode(kept | ({"shares": shares} if shares else {}) | {"format": kind})) for kind in KINDS],
        "ways": [(said, "?" + urlencode(kept | {"shares": one}), one == spec.shares) for one, said in SHARE_WORDS.items()]
        if not table["several"] else [],
        "may_explore": rules.can_explore(request.user, place), "breadcrumb": [(_("Figures"), list_url), (table["title"], "")],
    })


def _explorer(request: HttpRequest, code: str) -> tuple[Competition, Edition | None]:
    place = competition_for(request, code)
    verdict = rules.can_explore(request.user, place)
    if not verdict and not request.roles:  # type: ignore[attr-defined]
        raise Http404
    require(verdict)
    return place, _edition(request, place)


def _explore_form(data: Any, edition: Edition) -> ExploreForm:
    return ExploreForm(data, codebook=codebook_of(edition), labels=row_labels(edition),
                       of_register=edition.competition.of_register)


@require_safe
def table_explore(request: HttpRequest, competition: str) -> HttpResponse:
    """Choose question, rows and filter; see table and picture; keep them."""
    place, edition = _explorer(request, competition)
    facts: dict[str, Any] = {
        "edition": edition, "breadcrumb": [(_("Figures"), reverse("statistics:table_list", args=[place.code])), (_("Explore"), "")]}
    if edition is None:
        return render(request, "statistics/table_explore.html", facts)
    asked = request.GET.copy()
    if "question" not in asked:                                         # something to see at once, and to change
        start = _explore_form(None, edition)
        asked = QueryDict(mutable=True)
        asked.update({name: field.initial for name, field in start.fields.items() if field.initial is not None})
        if choices := start.fields["question"].choices:  # type: ignore[attr-defined]
            asked["question"] = choices[0][0]
    asked.setdefault("least", str(LEAST))                               # what an address means that does not name it is shown, too
    form = _explore_form(asked if "question" in asked else None, edition)
    facts["form"] = form
    if form.is_bound and form.is_valid():
        specs = form.specs()
        tables = [shown(table, spec.rows) for table, spec in zip(
            compute_tables(edition, specs, rules.guard_for(request.user, place)), specs, strict=True)]
        if kind := request.GET.get("format"):
            return _download(tables[0], edition, _around(edition, specs[0]), f"{place.code}-{specs[0].question}-edition-{edition.number}", kind)
        facts["tables"] = [_explored(table, spec, form, edition, place) for table, spec in zip(tables, specs, strict=True)]
    return render(request, "statistics/table_explore.html", facts, status=422 if form.is_bound and not form.is_valid() else 200)


def _explored(table: dict[str, Any], spec: TableSpec, form: ExploreForm, edition: Edition, place: Competition) -> dict[str, Any]:
    """A table of the explorer with what stands around it: alone it has an address of its own, by which it is downloaded and kept."""
    query = QueryDict(mutable=True)
    for name, value in form.asked(spec.question):
        query.appendlist(name, value)
    return {
        "table": table, "picture": map_of(table) if "lands" in table else "", **_around(edition, spec), "kept": list(query.items()),
        "keep_form": KeepForm(place=place, initial={"title": table["title"]}, auto_id=f"id_{spec.question}_%s"),
        "downloads": [(kind.upper(), f"?{query.urlencode()}&format={kind}") for kind in KINDS],
    }


def _explored_at(place: Competition, form: ExploreForm) -> str:
    query = QueryDict(mutable=True)
    for name, value in form.asked(form.cleaned_data["question"]):
        query.appendlist(name, value)
    return f"{reverse('statistics:table_explore', args=[place.code])}?{query.urlencode()}"


@require_POST
def table_keep(request: HttpRequest, competition: str) -> HttpResponse:
    place, edition = _explorer(request, competition)
    if edition is None:
        raise Http404
    form, keep = _explore_form(request.POST, edition), KeepForm(request.POST, place=place)
    if not (form.is_valid() and keep.is_valid()):
        sent = [(name, request.POST[name]) for name in form.fields if name in request.POST]
        return render(request, "statistics/table_explore.html", {"edition": edition, "form": form, "refused": keep, "kept": sent}, status=422)
    definition = form.definition(form.cleaned_data["question"])
    found = doubts(edition, TableSpec.from_json("", 0, localized(keep.titles), definition))
    if found and "confirmed" not in request.POST:
        return render(request, "statistics/table_keep.html", {
            "doubts": found, "sent": [*form.asked(form.cleaned_data["question"]), *((name, value) for name, value in request.POST.items()
                                                                                 if name in keep.fields)],
            "title": keep.cleaned_data["title"], "edition": edition, "cancel_url": _explored_at(place, form),
            "breadcrumb": [(_("Figures"), reverse("statistics:table_list", args=[place.code])), (_("Explore"), _explored_at(place, form)),
                           (_("Keep this table"), "")]}, status=422)
    table = services.keep_table(place, title=keep.titles, definition=definition, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Kept as table %(number)d. The book names it as “%(code)s”.")
                     % {"number": table.number, "code": table.code})
    return redirect("statistics:table_show", competition=place.code, code=table.code)


def table_drop(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place, _edition_or_none = _explorer(request, competition)
    table = get_object_or_404(place.tables, code=code)
    if request.method == "POST":
        services.drop_table(table, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Table %(number)d is dropped.") % {"number": table.number})
        return redirect("statistics:table_list", competition=place.code)
    return render(request, "confirm.html", {
        "title": _("Drop table %(number)d?") % {"number": table.number}, "danger": True, "button_label": _("Drop the table"),
        "consequences": [in_sentence(_("“%(title)s” is no longer shown to anybody."), title=table.title),
                         _("Chapters of the book that name “%(code)s” must be mended before it can be built.") % {"code": code},
                         _("The answers stay in the edition; the same table can be made again.")],
        "cancel_url": reverse("statistics:table_show", args=[place.code, code]),
    })


# --- for statistics programs ------------------------------------------------------------------------------------------


def _study(request: HttpRequest, competition: str, number: int) -> Edition:
    """The edition whose single answers may be read; strangers do not learn of it."""
    place = competition_for(request, competition)
    if not rules.can_read_unpublished(request.user, place):
        raise Http404
    return get_object_or_404(place.editions.select_related("competition"), number=number)


@require_safe
def research_list(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    """What the answers of an edition are offered as, and what their variables are called."""
    edition = _study(request, competition, number)
    study = study_of(edition)
    return render(request, "statistics/research_list.html", {
        "edition": edition, "variables": study.variables, "cases": len(study.rows),
        "formats": [(f"{study.name}.{one.ending}", one.text, reverse("statistics:research_file", args=[competition, number, code]))
                    for code, one in FORMATS.items()],
        "breadcrumb": [(_("Editions"), reverse("editions:edition_list", args=[competition])),
                       (str(number), reverse("editions:edition_show", args=[competition, number])), (_("For statistics programs"), "")],
    })


@require_safe
def research_file(request: HttpRequest, competition: str, number: int, form: str) -> HttpResponse:
    edition = _study(request, competition, number)
    if form not in FORMATS:
        raise Http404
    study, wanted = study_of(edition), FORMATS[form]
    return HttpResponse(wanted.write(study), content_type=wanted.media_type, headers={
        "Content-Disposition": f'attachment; filename="{study.name}.{wanted.ending}"', "Cache-Control": "private, no-store"})
