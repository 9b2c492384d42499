"""Lists: filter, sort and page in the address, as table and as download, and walking a list row by row.

    COLUMNS = [
        Column("title", _("Title"), url=lambda entry: entry_url(entry), sort="title"),
        Column("applicant", _("Applicant"), sort="applicant"),
        Column("population", _("Inhabitants"), kind="number", sort="population"),
        Column("state", _("State"), kind="state", sort="state"),
    ]

    class EntryFilter(ListForm):
        q = WrittenField(label=_("Search"), required=False)

        def narrow(self, rows):
            return rows.filter(title__icontains=self.cleaned_data["q"]) if self.cleaned_data["q"] else rows

    def entry_list(request, competition):
        ...
        listing = build(request, entries, COLUMNS, form=EntryFilter, order="title", name="beitraege")
        return listing.download() or render(request, "…/entry_list.html", {"listing": listing})

Template: `{% list_view listing caption=_("Entries") empty=_("No entry has arrived yet.") %}`. The number of queries does
not depend on the number of rows, provided that `rows` selects what the columns read.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core import signing
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from lorbeer.shared import tables
from lorbeer.shared.money import exact_euro
from lorbeer.shared.text import Spoken

KINDS = ("text", "number", "money", "percent", "day", "moment", "state", "code")
LONGEST_WORD = 60                                                       # Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz: 63
ENDLESS = re.compile(rf"\S{{{LONGEST_WORD + 10},}}")
RIGHT = ("number", "money", "percent")
SALT = "lorbeer.shared.lists"


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `value(row)` gives the raw value (default: the attribute `key`, dots go deeper); `kind` says how it is written.
    `sort` names what the database orders by (one expression or several); `url(row)` makes the cell a link.
    `export(row)` is written into downloads where that is not the raw value; `downloaded=False` keeps a column out.
    """

    key: str
    label: str | Promise
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    url: Callable[[Any], str] | None = None
    sort: str | tuple[str, ...] = ()
    export: Callable[[Any], Any] | None = None
    downloaded: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No kind of column {self.kind!r}; there are {', '.join(KINDS)}.")

    @property
    def css(self) -> str:
        return "l-num" if self.kind in RIGHT else f"l-cell-{self.kind}" if self.kind in ("code", "moment") else ""

    def raw(self, row: Any) -> Any:
        if self.value:
            return self.value(row)
        found = row
        for part in self.key.split("."):
            found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
            if found is None:
                return None
        return found

    def shown(self, row: Any) -> Any:
        """The cell as a page shows it."""
        from lorbeer.shared.templatetags import components, formats

        value = self.raw(row)
        if value is None or value == "":
            return "–"
        writers: dict[str, Callable[[Any], Any]] = {
            "number": formats.number, "money": formats.money, "percent": formats.percent, "day": formats.short_day,
            "moment": formats.short_moment, "state": components.state, "code": str, "text": fitting,
        }
        return writers[self.kind](formats.spoken(value) if isinstance(value, Spoken) else value)

    def address(self, row: Any) -> str:
        return self.url(row) if self.url else ""

    def exported(self, row: Any) -> Any:
        value = self.export(row) if self.export else self.raw(row)
        if self.kind == "money" and value is not None and not self.export:
            return exact_euro(value)
        return value

    @property
    def orders(self) -> tuple[str, ...]:
        return (self.sort,) if isinstance(self.sort, str) else self.sort


def fitting(value: Any) -> Any:
    """Text for a cell: of a word that no language has (a mail's sender is anybody's to write) the beginning, which may break anywhere.

    The whole stands on the page of the row and in downloads. What is markup already is left alone.
    """
    text = str(value)
    if isinstance(value, SafeString) or not ENDLESS.search(text):
        return value
    return format_html('<span class="l-wrap-anywhere">{}</span>', ENDLESS.sub(lambda word: f"{word[0][:LONGEST_WORD]}…", text))


class ListForm(forms.Form):
    """The filter of a list: fields that are all optional, and `narrow`, which applies them."""

    def narrow(self, rows: Any) -> Any:
        """`rows` without those that the filter leaves out; called with valid input only."""
        return rows


@dataclass
class Listing:
    """One view of a list: what the address asks for. Rows are read when they are shown."""

    request: HttpRequest
    query: QueryDict
    everything: Any                                                     # queryset or list, filtered and sorted
    columns: Sequence[Column]
    form: ListForm | None = None
    filtered: bool = False
    per_page: int = 50
    name: str = "liste"
    key: str = "code"
    sorted_by: str = ""
    extra: dict[str, Any] = field(default_factory=dict)                 # what a template wants besides

    @cached_property
    def page(self) -> Page[Any]:
        return Paginator(self.everything, self.per_page).get_page(self.query.get("page"))

    @cached_property
    def rows(self) -> list[Any]:
        return list(self.page.object_list)

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @property
    def downloads(self) -> list[dict[str, str]]:
        kept = self.query.copy()
        kept.pop("page", None)
        found = []
        for kind in tables.FORMATS:
            kept["format"] = kind
            found.append({"label": kind.upper(), "url": f"?{kept.urlencode()}"})
        return found

    @property
    def is_file(self) -> bool:
        """Whether the address asks for the whole filtered list as a file."""
        return bool(self.query.get("format", ""))

    def every_row(self) -> Iterator[Any]:
        """The whole filtered list, of which a part is in memory at a time."""
        return self.everything.iterator(chunk_size=500) if isinstance(self.everything, QuerySet) else iter(self.everything)

    def download(self) -> HttpResponse | None:
        """The whole filtered list as a file when the address says `format=csv` or `xlsx`, else None."""
        if not (kind := self.query.get("format", "")):
            return None
        chosen = [(str(column.label), column.exported) for column in self.columns if column.downloaded]
        return tables.download(self.every_row(), chosen, self.name, kind, english=(get_language() or "de").startswith("en"))

    @cached_property
    def token(self) -> str:
        """The place of this list, signed: append it to the address of a row as `?list=…` so that one can walk on."""
        kept = self.query.copy()
        for word in ("page", "format", "list"):
            kept.pop(word, None)
        return signing.dumps({"path": self.request.path, "query": kept.urlencode()}, salt=SALT, compress=True)

    def with_place(self, url: str) -> str:
        """The address of a row with the place of this list in it."""
        return f"{url}{'&' if '?' in url else '?'}{urlencode({'list': self.token})}"

    def keys(self) -> list[str]:
        """The keys of all rows in order."""
        if isinstance(self.everything, QuerySet):
            return [str(key) for key in self.everything.values_list(self.key, flat=True)]
        return [str(row[self.key] if isinstance(row, dict) else getattr(row, self.key)) for row in self.everything]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


def build(
    request: HttpRequest, rows: Any, columns: Sequence[Column], *, form: type[ListForm] | None = None,
    form_arguments: dict[str, Any] | None = None, order: str = "", per_page: int = 50, name: str = "liste", key: str = "code",
    query: QueryDict | None = None,
) -> Listing:
    """The list that the address asks for.

    `rows`: a queryset, or a list of objects or dicts. `order`: the key of the column (with `-` downwards) by which the
    list is sorted unless the address says otherwise; an unknown key in the address is ignored. Equal rows keep a fixed
    order by primary key, so that pages do not overlap. `query` replaces the query string of the request.
    """
    query = request.GET if query is None else query
    made, filtered = None, False
    if form is not None:
        made = form(query, **(form_arguments or {}))
        for one in made.fields.values():
            one.required = False
        if made.is_valid():
            filtered = any(value not in (None, "", False, []) for value in _values(made))
            rows = made.narrow(rows)
    by_key = {column.key: column for column in columns if column.sort}
    asked = query.get("sort", "")
    chosen = asked if asked.lstrip("-") in by_key else order
    if chosen.lstrip("-") in by_key:
        rows = _sorted(rows, by_key[chosen.lstrip("-")], downwards=chosen.startswith("-"))
    elif isinstance(rows, QuerySet) and not rows.ordered:
        rows = rows.order_by("pk")
    return Listing(request, query, rows, columns, made, filtered, per_page, name, key, chosen)


def _values(form: ListForm) -> list[Any]:
    return [value.exists() if isinstance(value, QuerySet) else value for value in form.cleaned_data.values()]


def _sorted(rows: Any, column: Column, *, downwards: bool) -> Any:
    if isinstance(rows, QuerySet):
        # Rows without a value come last, upwards and downwards, on every database.
        terms: list[Any] = [
            (F(name.lstrip("-")).desc(nulls_last=True) if downwards != name.startswith("-")
             else F(name.lstrip("-")).asc(nulls_last=True))
            for name in column.orders
        ]
        return rows.order_by(*terms, "pk")
    there = [row for row in rows if column.raw(row) is not None]
    return sorted(there, key=column.raw, reverse=downwards) + [row for row in rows if column.raw(row) is None]


@dataclass(frozen=True)
class Place:
    """Where a row stands in the list somebody came from."""

    position: int
    total: int
    back_url: str
    previous_url: str = ""
    next_url: str = ""


def place(
    request: HttpRequest, current: str, url: Callable[[str], str],
    listing: Callable[[HttpRequest, QueryDict], Listing], path: str,
) -> Place | None:
    """Where the row with key `current` stands in the list that `?list=` names; None without one, or when it is not there.

    `listing(request, query)` builds the list of the address `path` anew for this person, so that a signed place
    never shows more than its reader may see; `url(key)` gives the address of a row. One query for the keys.
    """
    token = request.GET.get("list", "")
    if not token:
        return None
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    if found["path"] != path:
        return None
    keys = listing(request, QueryDict(found["query"])).keys()
    if current not in keys:
        return None
    at = keys.index(current)

    def to(index: int) -> str:
        target = url(keys[index])
        return f"{target}{'&' if '?' in target else '?'}{urlencode({'list': token})}"

    return Place(
        position=at + 1, total=len(keys), back_url=f"{path}?{found['query']}" if found["query"] else path,
        previous_url=to(at - 1) if at else "", next_url=to(at + 1) if at + 1 < len(keys) else "",
    )
