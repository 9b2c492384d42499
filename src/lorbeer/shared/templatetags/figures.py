"""Pictures of numbers: SVG marks inside readable HTML, so that text stays text at every width and in every zoom.

Each figure has a title, says its numbers in words or in a table, and needs neither script nor inline style.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import template
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from lorbeer.shared.charts import HATCHES

register = template.Library()
Text = str | Promise


def _render(template_name: str, /, **facts: Any) -> SafeString:
    facts["figure_id"] = f"figure-{uuid4().hex[:8]}"
    return mark_safe(render_to_string(f"components/{template_name}.html", facts))  # noqa: S308 - templates escape


def _mark(length: float) -> str:
    """A length for SVG, with a point in every language (templates would write 33,3 in German)."""
    return f"{length:.3f}".rstrip("0").rstrip(".") or "0"


def _rows(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as dicts: dicts are copied, pairs become label and value."""
    return [dict(row) if isinstance(row, Mapping) else {"label": row[0], "value": row[1]} for row in rows]


@register.simple_tag
def figure_bars(
    rows: Iterable[Any], title: Text = "", *, unit: Text = "", maximum: float | None = None, note: Text = ""
) -> SafeString:
    """Horizontal bars: dicts with label, value and, if you like, url, text (shown for the value), tone, of; or (label, value).

    `maximum` is what fills the width, by default the largest value; a bar with `of` is full when it comes to that. Each bar with a
    `url` leads to its list.
    """
    given = _rows(rows)
    largest = maximum or max((row["value"] or 0 for row in given), default=0) or 1
    for row in given:
        row["width"] = _mark(100 * (row["value"] or 0) / (row.get("of") or largest))
    return _render("figure_bars", rows=given, title=title, unit=unit, note=note)


@register.simple_tag
def figure_funnel(rows: Iterable[Any], title: Text = "", *, note: Text = "") -> SafeString:
    """Stages of a funnel from above: as figure_bars, the bars centred below each other, each with its share of the first."""
    given = _rows(rows)
    largest = max((row["value"] or 0 for row in given), default=0) or 1
    for row in given:
        width = 100 * (row["value"] or 0) / largest
        row["width"], row["offset"] = _mark(width), _mark((100 - width) / 2)
    return _render("figure_funnel", rows=given, title=title, note=note)


@register.simple_tag
def figure_stacked(parts: Iterable[Any], title: Text = "", *, unit: Text = "", note: Text = "") -> SafeString:
    """One bar of several parts with a legend: dicts with label, value, url, or (label, value).

    `share_text` of a part stands for its share of the sum, where a table beside the figure says it in digits of its own.
    """
    given = _rows(parts)
    total = sum(row["value"] or 0 for row in given) or 1
    start = 0.0
    for index, row in enumerate(given):
        width = 100 * (row["value"] or 0) / total
        row["width"], row["start"] = _mark(width), _mark(start)
        row["share"] = (row["value"] or 0) / total
        row["hue"] = index % len(HATCHES) + 1
        row["hatch"] = HATCHES[index % len(HATCHES)]
        start += width
    return _render("figure_stacked", rows=given, title=title, unit=unit, note=note, total=total)


@register.simple_tag
def figure_columns(rows: Iterable[Any], title: Text = "", *, unit: Text = "", note: Text = "") -> SafeString:
    """Vertical columns: dicts with label, value (and short, the label of the axis), or (label, value)."""
    return _columns(_rows(rows), title, unit, note)


@register.simple_tag
def figure_days(
    counts: Mapping[date, int], title: Text = "", *, first: date | None = None, last: date | None = None,
    mark: date | None = None, unit: Text = "", note: Text = "",
) -> SafeString:
    """One column per day from `first` to `last` (by default those that occur); `mark` is the deadline."""
    from lorbeer.shared.templatetags.formats import axis_day, day

    days = sorted(counts)
    start, end = first or (days[0] if days else None), last or (days[-1] if days else None)
    rows: list[dict[str, Any]] = []
    if start and end:
        on = start
        while on <= end and len(rows) < 400:
            rows.append({"label": day(on), "short": axis_day(on), "value": counts.get(on, 0), "marked": on == mark})
            on += timedelta(days=1)
    return _columns(rows, title, unit, note, mark=mark)


def _columns(rows: list[dict[str, Any]], title: Text, unit: Text, note: Text, mark: date | None = None) -> SafeString:
    largest = max((row["value"] or 0 for row in rows), default=0) or 1
    count = len(rows) or 1
    for index, row in enumerate(rows):
        height = 100 * (row["value"] or 0) / largest
        row["x"], row["w"] = _mark((100 * index + 10) / count), _mark(80 / count)
        row["h"], row["y"] = _mark(height), _mark(100 - height)
    return _render(
        "figure_columns", rows=rows, title=title, unit=unit, note=note, largest=largest, mark=mark, many=count > 14,
        first=rows[0] if rows else None, last=rows[-1] if rows else None, total=sum(row["value"] or 0 for row in rows),
    )


@register.simple_tag
def figure_budget(spent_cents: int, cap_cents: int, title: Text = "", *, planned_cents: int = 0, note: Text = "") -> SafeString:
    """Prize money: awarded, (planned,) still available, of the cap; cents. Nothing where there is no money to show."""
    if not cap_cents:
        return SafeString("")
    cap = cap_cents or 1
    spent = 100 * spent_cents / cap
    return _render(
        "figure_budget", spent_cents=spent_cents, cap_cents=cap_cents, planned_cents=planned_cents,
        left_cents=cap_cents - spent_cents - planned_cents, spent=_mark(spent),
        planned=_mark(min(100 - spent, 100 * planned_cents / cap)),
        title=title or _("Prize money"), note=note,
    )


@register.simple_tag
def figure_matrix(
    columns: Sequence[Any], rows: Sequence[Any], title: Text, *, corner: Text = "", note: Text = "",
    maximum: float | None = None,
) -> SafeString:
    """A heat table: `columns` are labels, `rows` (label, [cells]); a cell is a number or a dict: value, url, text, tone.

    Five shades up to `maximum`; an empty cell (None) stays blank.
    """
    def cell(given: Any) -> dict[str, Any]:
        return dict(given) if isinstance(given, Mapping) else {"value": given}

    made = [(label, [cell(one) for one in cells]) for label, cells in rows]
    largest = maximum or max((one["value"] or 0 for _label, cells in made for one in cells), default=0) or 1
    for _label, cells in made:
        for one in cells:
            value = one["value"]
            one["shade"] = "" if value is None else min(5, -int(-5 * value // largest)) if value else 0
    return _render("figure_matrix", columns=list(columns), rows=made, title=title, corner=corner, note=note)
