"""What a table shows as a picture: on its page beside it, and as an SVG file. What is hidden in the table is drawn nowhere."""

from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lorbeer.editions.models import Edition
from lorbeer.shared import charts
from lorbeer.shared.lands import NAMES, land_name
from lorbeer.shared.templatetags.formats import number
from lorbeer.shared.text import in_sentence
from lorbeer.statistics.definitions import is_bare_nought

MOST_BARS = 6                                                           # rows that are bars; more are a matrix of tones
MOST_DRAWN = 16                                                         # rows of a file: the Länder


def shown(table: dict[str, Any], rows: str = "") -> dict[str, Any]:
    """The table with cells in the order of its columns, numbers as numbers, and what its picture needs. `rows`: what its rows are."""
    for row in table["rows"]:
        row["shown"] = [
            {"column": column["label"], "count": cell["count"],
             "percent": None if cell["percent"] is None else Decimal(cell["percent"]), "places": 0 if is_bare_nought(table, cell) else 1}
            for column in table["columns"] for cell in (row["cells"][column["code"]],)
        ]
        row["hides"] = row["base"] is None or any(cell["percent"] is None for cell in row["shown"])
    table["hides"] = any(row["hides"] for row in table["rows"])
    body = [row for row in table["rows"] if not row["is_total"]]
    table["is_drawn"] = any(cell["percent"] is not None for row in body for cell in row["shown"])       # else it would be nothing but labels
    if table["kind"] == "choices":
        table["bars"] = [
            {"label": row["label"], "value": row["shown"][0]["percent"] or 0,
             "text": "–" if row["shown"][0]["percent"] is None else percent(row["shown"][0])} for row in body
        ]
        return table
    if rows == "land":
        table["lands"] = {row["code"]: row["base"] for row in body if row["code"] in NAMES}
    if len(body) <= MOST_BARS and table["shares"] != "total" and not table["several"]:
        table["stacks"] = [
            {"title": in_sentence(_("%(row)s (base: %(base)s)"), row=label, base=number(base)),
             "parts": [{"label": part, "value": cell["count"], "share_text": percent(cell)} for part, cell in parts]}
            for label, base, parts in strips(table)
        ]
    else:
        table["matrix"] = [
            (row["label"], [None if cell["percent"] is None else
                                   {"value": float(cell["percent"]), "text": number(cell["percent"], cell["places"])} for cell in row["shown"]])
            for row in table["rows"] if any(cell["percent"] is not None for cell in row["shown"])
        ]
        table["matrix_columns"] = [column["label"] for column in table["columns"]]
        notes = {"row": _("Percent of each row"), "column": _("Percent of each column"), "total": _("Percent of all")}
        table["matrix_note"] = notes[table["shares"]]
    return table


def percent(cell: dict[str, Any]) -> str:
    return f"{number(cell['percent'], cell['places'])}\u00a0%"


def strips(table: dict[str, Any]) -> list[tuple[str, int, list[tuple[str, dict[str, Any]]]]]:
    """What adds up to a hundred per cent: rows, or columns where the percentages are of these; label, base and parts of each.

    Only those of which all is shown: a bar would draw what is hidden to scale.
    """
    body, whole = [row for row in table["rows"] if not row["is_total"]], table["rows"][-1]
    if table["shares"] != "column":
        return [(row["label"], row["base"], [(cell["column"], cell) for cell in row["shown"]])
                for row in table["rows"] if row["base"] and not row["hides"]]
    found = []
    for at, column in enumerate(table["columns"]):
        parts = [(row["label"], row["shown"][at]) for row in body]
        if whole["shown"][at]["count"] and all(cell["percent"] is not None for _label, cell in parts):
            found.append((column["label"], whole["shown"][at]["count"], parts))
    return found


def told(table: dict[str, Any]) -> str:
    """The numbers of a table that `shown` made ready in words, for those who do not see its picture."""
    if table["kind"] == "choices":
        return "; ".join(f"{row['label']}: {row['text']}" for row in table["bars"]) + "."
    return "; ".join(
        _("%(row)s (base: %(base)s)") % {"row": label, "base": number(base)} + ": "
        + ", ".join(f"{part} {percent(cell)}" for part, cell in parts) for label, base, parts in strips(table)) + "."


def svg_of(table: dict[str, Any], edition: Edition, which: str = "") -> bytes:
    """The picture as a file of its own, with its alternative text, the base (`which`: of which entries) and the edition that it is of."""
    source = _("Edition %(number)d, SHA-256 %(sha256)s.") % {"number": edition.number, "sha256": edition.sha256[:16]}
    title = f"{table['title']} ({_base(table)})"
    words = " ".join(filter(None, (told(table), which, source)))
    if table["kind"] == "choices":
        bars = [(row["label"], float(row["value"]), row["text"]) for row in table["bars"]]
        return charts.bars(bars, title, label_width=210, description=words)
    if table["several"]:                                                # they do not add up to a bar
        each = [(f"{row['label']}: {cell['column']}", float(cell["percent"] or 0), "–" if cell["percent"] is None else percent(cell))
                for row in table["rows"] for cell in row["shown"]]
        return charts.bars(each, title, label_width=210, description=words)
    rows = [(str(label), [(str(part), float(cell["count"]), percent(cell)) for part, cell in parts])
            for label, _base_of, parts in strips(table)[:MOST_DRAWN]]
    return charts.stacked(rows, title, description=words)


def map_of(table: dict[str, Any]) -> SafeString:
    """The tile map of how many entries each Land has in the table, as SVG within a page."""
    counts: dict[str, int | None] = table["lands"]
    words = ", ".join(f"{land_name(code)} {'·' if count is None else number(count)}" for code, count in counts.items())
    return mark_safe(charts.tile_map(counts, _("Entries by Land"), description=words).decode())  # noqa: S308 - charts escapes


def _base(table: dict[str, Any]) -> str:
    return _("base: %(base)s") % {"base": "·" if table["base"] is None else number(table["base"])}
