"""The answers: what each address of the API tells. Whoever asks is nobody: only what everybody may read is read here."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lorbeer.api import shapes
from lorbeer.api.problems import Problem
from lorbeer.api.shapes import Json
from lorbeer.call.models import Competition
from lorbeer.catalogue import datasets, everywhere
from lorbeer.catalogue.queries import Catalogue, Facet, Result, catalogue_of
from lorbeer.catalogue.searches import Search
from lorbeer.editions.queries import editions_published, published_edition
from lorbeer.people.access import competitions_visible_to
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.statistics.queries import compute_tables, spec_of

Asked = dict[str, Any]


def competition_list(request: HttpRequest, asked: Asked) -> Json:
    return _page(request, asked, "competitions", competitions_visible_to(None), shapes.competition_line)


def competition(request: HttpRequest, asked: Asked, competition: str) -> Json:
    place = _place(competition)
    return shapes.competition(place, catalogue_of(place))


def edition_list(request: HttpRequest, asked: Asked, competition: str) -> Json:
    place = _place(competition)
    return {"editions": [shapes.edition_line(place, one) for one in editions_published(place)]}


def edition(request: HttpRequest, asked: Asked, competition: str, number: int) -> Json:
    found = datasets.dataset(_place(competition), number)
    if found is None:
        raise _nothing()
    if not found.sums:
        raise Busy(_("The checksums of this edition are being made. Please try again in a moment."))
    return shapes.edition(found)


def entry_list(request: HttpRequest, asked: Asked, competition: str) -> Json:
    catalogue = catalogue_of(_place(competition))
    search = _search(catalogue, asked)
    result = search.result(catalogue)
    page = _page(request, asked, "entries", result.entries, lambda one: shapes.entry_line(catalogue, one))
    return page | _answered(asked, result) | {"search": search.facts(catalogue), "withheld": catalogue.withheld}


def facet_list(request: HttpRequest, asked: Asked, competition: str) -> Json:
    catalogue = catalogue_of(_place(competition))
    search = _search(catalogue, asked)
    result = search.result(catalogue)
    return _answered(asked, result) | {
        "search": search.facts(catalogue), "total": len(result.entries), "facets": [_facet(one) for one in result.facets]}


def found_list(request: HttpRequest, asked: Asked) -> Json:
    """Over the databases of all competitions."""
    places = everywhere.places()
    result = _everywhere(places, asked)
    return _page(request, asked, "entries", result.entries, shapes.found_entry) | _of_places(places, asked, result)


def found_facet_list(request: HttpRequest, asked: Asked) -> Json:
    places = everywhere.places()
    result = _everywhere(places, asked)
    return _of_places(places, asked, result) | {"total": len(result.entries), "facets": [_facet(one) for one in result.facets]}


def _everywhere(places: everywhere.Places, asked: Asked) -> everywhere.Result:
    """Problem 422 where a competition or a group is named that none of the databases has."""
    chosen = {name: [str(value) for value in asked[name]] for name in everywhere.FACETS if asked[name]}
    known = {"competition": {one.competition.code for one in places.shown},
             "group": {label for one in places.shown for label in one.values["group"]}}
    errors = [{"parameter": name, "detail": _known(value, sorted(several))} for name, several in known.items()
              for value in chosen.get(name, ()) if value not in several]
    if errors:
        raise Problem(422, _("The filter names something that no public database here has. See “errors”."), errors)
    return everywhere.search(places.shown, asked["q"] or "", chosen, order=asked.get("sort") or "", within_words=asked["within"] == "1")


def _of_places(places: everywhere.Places, asked: Asked, result: everywhere.Result) -> Json:
    return _answered(asked, result) | {"left_out": places.left_out, "waiting": places.waiting}


def _facet(facet: Facet) -> Json:
    return {"name": facet.name, "label": str(facet.label), "parameter": "answer" if facet.from_answers else facet.name, "choices": [
        {"value": f"{facet.name}:{one.code}" if facet.from_answers else one.code, "label": one.label, "count": one.count,
         "chosen": one.chosen} for one in facet.choices]}


def _answered(asked: Asked, result: Result | everywhere.Result) -> Json:
    """What was asked, and what was answered: something else only where a word stands in no entry; `widened`: as part of longer words."""
    return {"asked": asked["q"] or "", "answered": result.suggestion or asked["q"] or "", "widened": result.is_widened}


def entry(request: HttpRequest, asked: Asked, competition: str, code: str) -> Json:
    catalogue = catalogue_of(_place(competition))
    found = catalogue.by_code.get(code)
    if found is None:
        raise _nothing()
    return shapes.entry(catalogue, found)


def table_list(request: HttpRequest, asked: Asked, competition: str) -> Json:
    place = _place(competition)
    found = published_edition(place)
    return {"edition": shapes.edition_line(place, found) if found else None, "tables": [
        {"code": one.code, "number": one.number, "title": shapes.said(one.title), "url": shapes.address("api_table", place.code, one.code),
         "page": shapes.address("statistics:table_show", place.code, one.code)} for one in (place.tables.all() if found else ())]}


def table(request: HttpRequest, asked: Asked, competition: str, code: str) -> Json:
    place = _place(competition)
    found = published_edition(place)
    definition = place.tables.filter(code=code).first() if found else None
    if found is None or definition is None:
        raise _nothing()
    try:
        return shapes.table(compute_tables(found, [spec_of(definition)])[0], place, found)
    except BadInput as error:                                           # a table of a later questionnaire than this edition knows
        raise Problem(404, error.sentence) from error


# --- finding ----------------------------------------------------------------------------------------------------------


def _place(code: str) -> Competition:
    """A published competition; one that is being prepared answers like one that does not exist."""
    found = competitions_visible_to(None).filter(code=code).first()
    if found is None:
        raise _nothing()
    return found


def _nothing() -> Problem:
    return Problem(404, _("There is nothing public at this address. What was withdrawn or is not published yet is not told apart from "
                          "what never existed."))


def _search(catalogue: Catalogue, asked: Asked) -> Search:
    return Search(asked["q"] or "", _chosen(catalogue, asked), asked.get("sort") or "", asked["within"] == "1")


def _chosen(catalogue: Catalogue, asked: Asked) -> dict[str, list[str]]:
    """The filters as the public database knows them; Problem 422 for well-formed names of what this competition does not have."""
    chosen = {name: [str(value) for value in asked[name]] for name in ("round", "land", "group", "size_class", "award") if asked[name]}
    errors = []
    if catalogue.edition is not None:
        errors += [{"parameter": "group", "detail": _known(code, catalogue.groups)}
                   for code in chosen.get("group", ()) if code not in catalogue.groups]
    questions = {one["name"]: one["choices"] for one in catalogue.questions}
    for value in asked["answer"]:
        question, _colon, choice = value.partition(":")
        if question in questions and choice in questions[question]:
            chosen.setdefault(question, []).append(choice)
        else:
            errors.append({"parameter": "answer", "detail": _known(choice, questions[question]) if question in questions
                           else _known(question, questions)})
    if errors:
        raise Problem(422, _("The filter names something that this competition does not have. See “errors”."), errors)
    return chosen


def _known(name: str, known: Iterable[str]) -> str:
    return _("“%(name)s” is not known here. Known are: %(names)s.") % {"name": name, "names": ", ".join(known) or "–"}


def _page(request: HttpRequest, asked: Asked, name: str, rows: "Sequence[Any] | QuerySet[Any]", shape: Any) -> Json:
    """One page of `rows`; beyond the last one it is empty."""
    paginator = Paginator(rows, asked["per_page"])
    number, last = asked["page"], paginator.num_pages
    here = [shape(row) for row in paginator.page(number).object_list] if number <= last else []

    def at(page: int) -> str:
        kept = [(key, value) for key, values in request.GET.lists() for value in values if key != "page"]
        return f"{settings.BASE_URL}{request.path}?{urlencode([*kept, ('page', page)])}"

    return {"total": paginator.count, "page": number, "per_page": asked["per_page"], "pages": last, "links": {
        "self": at(number), "first": at(1), "previous": at(min(number - 1, last)) if number > 1 else None,
        "next": at(number + 1) if number < last else None, "last": at(last)}, name: here}
