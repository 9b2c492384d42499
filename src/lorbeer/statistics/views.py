"""Tables and their pictures: kept ones for everybody, free ones for those who make the statistics."""

from decimal import Decimal
from typing import Any

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
from lorbeer.shared.templatetags.formats import number
from lorbeer.shared.text import localized
from lorbeer.shared.verdicts import require
from lorbeer.statistics import rules, services
from lorbeer.statistics.definitions import is_bare_nought
from lorbeer.statistics.forms import ROWS, ExploreForm, KeepForm
from lorbeer.statistics.queries import compute_tables, row_labels, spec_of, tells_by_difference
from lorbeer.statistics.research.files import FORMATS
from lorbeer.statistics.research.variables import study_of

MOST_BARS = 6


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


def _shown(table: dict[str, Any]) -> dict[str, Any]:
    """The table with cells in the order of its columns, numbers as numbers, and what its picture needs."""
    for row in table["rows"]:
        row["shown"] = [
            {"column": column["label"], "count": cell["count"],
             "percent": None if cell["percent"] is None else Decimal(cell["percent"]), "places": 0 if is_bare_nought(table, cell) else 1}
            for column in table["columns"] for cell in (row["cells"][column["code"]],)
        ]
        row["hides"] = row["base"] is None or any(cell["percent"] is None for cell in row["shown"])
    table["hides"] = any(row["hides"] for row in table["rows"])
    body = [row for row in table["rows"] if not row["is_total"]]
    if table["kind"] == "choices":
        table["bars"] = [
            {"label": row["label"], "value": row["shown"][0]["percent"] or 0,
             "text": "–" if row["shown"][0]["percent"] is None else _percent(row["shown"][0])} for row in body
        ]
    elif len(body) <= MOST_BARS:
        table["stacks"] = [
            {"title": _("%(row)s (base: %(base)s)") % {"row": row["label"] or "–", "base": number(row["base"])},
             "parts": [{"label": cell["column"], "value": cell["count"], "share_text": _percent(cell)} for cell in row["shown"]]}
            for row in table["rows"] if row["base"] and not row["hides"]  # a bar would draw what is hidden to scale
        ]
    else:
        table["matrix"] = [
            (row["label"] or "–", [None if cell["percent"] is None else
                                   {"value": float(cell["percent"]), "text": number(cell["percent"], cell["places"])} for cell in row["shown"]])
            for row in table["rows"]
        ]
        table["matrix_columns"] = [column["label"] for column in table["columns"]]
    return table


def _percent(cell: dict[str, Any]) -> str:
    return f"{number(cell['percent'], cell['places'])}\u00a0%"


def _download(table: dict[str, Any], edition: Edition, name: str, kind: str) -> HttpResponse:
    columns: list[tuple[str, Any]] = [(_("Row"), lambda row: row["label"]), (_("Base"), lambda row: row["base"])]
    for index, column in enumerate(table["columns"]):
        columns += [
            (_("%(column)s, count") % {"column": column["label"]}, lambda row, at=index: row["shown"][at]["count"]),
            (_("%(column)s, percent") % {"column": column["label"]},
             lambda row, at=index: None if row["shown"][at]["percent"] is None else float(row["shown"][at]["percent"])),
        ]
    columns += [(_("Edition"), lambda row: edition.number), (_("Checksum"), lambda row: edition.sha256)]
    return files_of_tables.download(table["rows"], columns, name, kind, english=(get_language() or "de").startswith("en"))


@require_safe
def table_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = competition_for(request, competition)
    edition = _edition(request, place)
    inside = rules.can_read_unpublished(request.user, place)
    asked = request.GET.get("edition", "")
    return render(request, "statistics/table_list.html", {
        "edition": edition, "tables": place.tables.all() if edition else [], "inside": inside,
        "may_explore": rules.can_explore(request.user, place), "suffix": f"?edition={edition.number}" if asked and edition else "",
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
    table = _shown(compute_tables(edition, [spec_of(definition)])[0])
    if kind := request.GET.get("format"):
        return _download(table, edition, f"{place.code}-{code}-edition-{edition.number}", kind)
    suffix = f"?edition={edition.number}" if request.GET.get("edition") else ""
    at = definitions.index(definition)
    list_url = reverse("statistics:table_list", args=[place.code]) + suffix
    return render(request, "statistics/table_show.html", {
        "table": table, "edition": edition, "definition": definition, "suffix": suffix, **_words(table, definition.definition),
        "previous": definitions[at - 1] if at else None, "following": definitions[at + 1] if at + 1 < len(definitions) else None,
        "filter_words": _filter_words(edition, definition.definition.get("filter", {})),
        "downloads": [(kind.upper(), f"?{suffix[1:] + '&' if suffix else ''}format={kind}") for kind in files_of_tables.FORMATS],
        "may_explore": rules.can_explore(request.user, place), "breadcrumb": [(_("Figures"), list_url), (table["title"], "")],
    })


def _words(table: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    return {"rows_label": _("Answer") if table["kind"] == "choices" else ROWS.get(definition.get("rows", "group"), "")}


def _filter_words(edition: Edition, condition: dict[str, list[str]]) -> str:
    """ "Land: Bayern; Evaluation: yes" for a filter."""
    if not condition:
        return ""
    labels = {name: (ROWS.get(name, name), values) for name, values in row_labels(edition).items()}
    for variable in codebook_of(edition):
        if variable["name"] in condition:
            labels[variable["name"]] = (str(localized(variable["label"])), variable["values"])
    found = []
    for name, wanted in condition.items():
        label, values = labels.get(name, (name, {}))
        found.append(f"{label}: {', '.join(str(localized(values.get(value, value))) for value in wanted)}")
    return "; ".join(found)


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
    form = _explore_form(asked if "question" in asked else None, edition)
    facts["form"] = form
    if form.is_bound and form.is_valid():
        table = _shown(compute_tables(edition, [form.spec(form.question_label)])[0])
        if kind := request.GET.get("format"):
            return _download(table, edition, f"{place.code}-{form.cleaned_data['question']}-edition-{edition.number}", kind)
        query = asked.copy()
        query.pop("format", None)
        facts |= {
            "table": table, **_words(table, form.definition()), "keep_form": KeepForm(initial={"title": form.question_label}),
            "kept": list(query.items()), "filter_words": _filter_words(edition, form.definition()["filter"]),
            "downloads": [(kind.upper(), f"?{query.urlencode()}&format={kind}") for kind in files_of_tables.FORMATS],
        }
    return render(request, "statistics/table_explore.html", facts, status=422 if form.is_bound and not form.is_valid() else 200)


@require_POST
def table_keep(request: HttpRequest, competition: str) -> HttpResponse:
    place, edition = _explorer(request, competition)
    if edition is None:
        raise Http404
    form, keep = _explore_form(request.POST, edition), KeepForm(request.POST)
    if not (form.is_valid() and keep.is_valid()):
        return render(request, "statistics/table_explore.html", {"edition": edition, "form": form, "keep_form": keep}, status=422)
    language = (get_language() or "de").split("-")[0]
    table = services.keep_table(
        place, title={language: keep.cleaned_data["title"]}, definition=form.definition(), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Kept as table %(number)d. The book names it as “%(code)s”.")
                     % {"number": table.number, "code": table.code})
    if tells_by_difference(edition, spec_of(table)):
        messages.warning(request, _(
            "“Only entries with” leaves out so few entries that this table, read beside the same one without it, tells what they answered. "
            "Keep only one of the two."))
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
        "consequences": [_("“%(title)s” is no longer shown to anybody.") % {"title": table.title},
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
