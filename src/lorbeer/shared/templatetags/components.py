"""The parts that pages are made of, each declared once. Examples of all of them: shared/templates/README.md."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import phases
from lorbeer.shared.registry import Registry
from lorbeer.shared.templatetags.formats import urgency
from lorbeer.shared.text import written_in

register = template.Library()

Text = str | Promise
TONES = ("plain", "info", "success", "warning", "danger", "quiet", "accent")
ICONS = {"info": "info", "success": "success", "warning": "warning", "danger": "danger"}

# State of an entry: word, tone, sign. The sign differs for each, so that no state is known by colour alone.
STATES: dict[str, tuple[Text, str, str]] = {
    "draft": (_("draft"), "quiet", "✎"),
    "submitted": (_("submitted"), "info", "↧"),
    "withdrawn": (_("withdrawn"), "quiet", "↩"),
    "admitted": (_("admitted"), "success", "✓"),
    "inadmissible": (_("inadmissible"), "danger", "⊘"),
    "screened": (_("screened"), "info", "◉"),
    "proposed": (_("proposed"), "accent", "▲"),
    "not_proposed": (_("not proposed"), "quiet", "▽"),
    "awarded": (_("awarded"), "accent", "★"),
    "not_awarded": (_("not awarded"), "quiet", "☆"),
    "waiting": (_("waiting"), "quiet", "…"),
    "running": (_("running"), "info", "▸"),
    "done": (_("done"), "success", "✓"),
    "failed": (_("failed"), "danger", "!"),
    "stopped": (_("stopped"), "warning", "■"),
    "open": (_("open"), "warning", "○"),
    "complete": (_("complete"), "success", "✓"),
    "sealed": (_("sealed"), "accent", "◆"),
    "blocked": (_("blocked"), "quiet", "⊘"),
    "late": (_("late"), "danger", "!"),
}


def _render(template_name: str, /, **facts: Any) -> SafeString:
    return mark_safe(render_to_string(f"components/{template_name}.html", facts))  # noqa: S308 - templates escape


def _tone(tone: str) -> str:
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"No tone {tone!r}; there are {', '.join(TONES)}.")
    return tone


def _unique(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:8]}"


# --- boxes ------------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def panel(
    content: str, *, title: Text = "", tone: str = "plain", level: int = 2, anchor: str = "", note: Text = "",
    action_label: Text = "", action_url: str = "",
) -> SafeString:
    """A titled box, the commonest part of a page. `note`: small text beside the title; `anchor`: its id."""
    return _render(
        "panel", content=content, title=title, tone=_tone(tone), level=level, anchor=anchor, note=note,
        action_label=action_label, action_url=action_url, title_id=_unique("panel"),
    )


@register.simple_block_tag
def alert(content: str, *, title: Text = "", tone: str = "info", live: bool = False) -> SafeString:
    """A KERN alert: info, success, warning or danger. `live` reads it aloud when it appears."""
    return _render("alert", content=content, title=title, tone=tone, icon=ICONS.get(tone, "info"), live=live)


@register.simple_block_tag
def card(
    content: str, *, title: Text = "", url: str = "", image: str = "", alt: Text = "", meta: Text = "", tone: str = "plain",
    level: int = 3,
) -> SafeString:
    """A card in `<div class="l-cards">`; with `url` the whole card is a link. `meta`: a line above the title."""
    return _render("card", content=content, title=title, url=url, image=image, alt=alt, meta=meta, tone=_tone(tone),
                   level=level)


@register.simple_block_tag
def fieldset(content: str, *, legend: Text, hint: Text = "") -> SafeString:
    """Fields that belong together, with a legend."""
    return _render("fieldset", content=content, legend=legend, hint=hint)


@register.simple_block_tag
def disclosure(content: str, *, title: Text, opened: bool = False, note: Text = "") -> SafeString:
    """Details that are folded until somebody wants them."""
    return _render("disclosure", content=content, title=title, opened=opened, note=note)


@register.simple_block_tag
def actions(content: str) -> SafeString:
    """A row of buttons, wrapping on small screens."""
    return format_html('<div class="l-actions">{}</div>', mark_safe(content))  # noqa: S308 - a template's own output


@register.simple_block_tag
def empty_state(content: str, *, title: Text, action_label: Text = "", action_url: str = "") -> SafeString:
    """Why something is empty (`title`), what fills it (the content), and the way there."""
    return _render("empty_state", content=content, title=title, action_label=action_label, action_url=action_url)


@register.simple_block_tag
def table(content: str, *, caption: Text, caption_hidden: bool = False, dense: bool = False) -> SafeString:
    """A table whose `<thead>` and `<tbody>` you write; give each `<td>` a `data-label` for the cards of small screens.

    Cells: class `l-num` for numbers, `l-act` for buttons.
    """
    return _render("table", content=content, caption=caption, caption_hidden=caption_hidden, dense=dense)


# Who knows which state of an entry the reader of a page may know (the embargo of the entries).
tells_states = Registry[[Any, HttpRequest | None], str]()


@register.simple_block_tag(takes_context=True)
def entry_head(
    context: Context, content: str, *, entry: Any, title: Text = "", applicant: Text = "", group: Text = "",
    meta: Text = "", level: int = 1,
) -> SafeString:
    """Head of the file of an entry: code, title, applicant, group, state; the content are its actions.

    `entry` needs code, title, applicant, group, state; `select_related("group")` first. Its state is shown as the reader
    of the page may know it, so that no page that has a head has to think of the embargo.
    """
    shown = entry.state
    for told in tells_states:
        shown = told(entry, context.get("request"))
    return _render(
        "entry_head", content=content, entry=entry, shown=shown,
        title=written_in(context.get("competition"), title or entry.title) or _("Without a title"),
        applicant=applicant or entry.applicant, group=group or getattr(entry, "group", "") or "", meta=meta, level=level,
    )


@register.simple_block_tag
def split(content: str, *, ratio: str = "2-1") -> SafeString:
    """Columns side by side from 60 rem on: `2-1`, `1-1`, `1-2`, `3-1`, `1-1-1`; each child is a column."""
    return format_html('<div class="l-split l-split-{}">{}</div>', ratio, mark_safe(content))  # noqa: S308


# --- words and signs --------------------------------------------------------------------------------------------------


@register.simple_tag
def badge(text: Text, tone: str = "quiet", sign: str = "") -> SafeString:
    """A short word with a colour and, if you like, a sign."""
    return _render("badge", text=text, tone=_tone(tone), sign=sign)


@register.simple_tag
def state(value: Any, label: Text = "") -> SafeString:
    """A state as word, sign and colour: states of entries, of jobs, and open/complete/sealed/late."""
    word, tone, sign = STATES.get(str(value), (str(value), "quiet", "·"))
    return _render("badge", text=label or word, tone=tone, sign=sign)


@register.simple_tag
def icon(name: str, label: Text = "") -> SafeString:
    """A KERN icon (`check`, `download`, `edit`, …); without `label` it is decoration."""
    if label:
        return format_html(
            '<span class="kern-icon kern-icon--{}" aria-hidden="true"></span><span class="kern-sr-only">{}</span>', name, label
        )
    return format_html('<span class="kern-icon kern-icon--{}" aria-hidden="true"></span>', name)


@register.simple_tag
def when(value: Any, style: str = "moment", distance: bool = True, zone: bool = False) -> SafeString:
    """A date as `Fr, 15. Sept. 2017, 14:03 (in 3 Tagen)` in `<time>`; `style="day"` without the hour.

    `zone`: with the name of the time zone, as deadlines have it.
    """
    return _render("when", value=value, style=style, distance=distance, zone=zone, urgency=urgency(value))


@register.simple_tag
def sample_note(subject: Any) -> SafeString:
    """That answers are invented, on every page with answers; `subject`: the entry, or the competition where there are many.

    Nothing where it is no sample.
    """
    if subject is None or not getattr(subject, "is_sample", False):
        return mark_safe("")
    return _render("sample_note", text=str(getattr(subject, "sample_note", "") or ""))


# --- acting -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def button(
    label: Text, *, tone: str = "primary", name: str = "", value: str = "", icon: str = "", disabled: bool = False,
    form: str = "",
) -> SafeString:
    """A submit button: primary, secondary, tertiary or danger."""
    return _render("button", label=label, tone=tone, name=name, value=value, icon=icon, disabled=disabled, form=form, url="")


@register.simple_tag
def enter(name: str = "_enter", value: str = "yes") -> SafeString:
    """What Enter presses in a form with several buttons, first in it: it keeps, sends or searches, and never decides or removes.

    Not `hidden`: some browsers pass over buttons that are not drawn.
    """
    return format_html(
        '<button class="kern-sr-only" type="submit" name="{}" value="{}" tabindex="-1" aria-hidden="true"></button>', name, value)


@register.simple_tag
def button_link(
    label: Text, url: str, *, tone: str = "secondary", icon: str = "", new: bool = False, download: bool = False,
    shortcut: str = "",
) -> SafeString:
    """A link that looks like a button."""
    return _render("button", label=label, url=url, tone=tone, icon=icon, new=new, download=download, shortcut=shortcut)


@register.simple_tag(takes_context=True)
def post_button(
    context: Context, label: Text, url: str, *, tone: str = "secondary", icon: str = "", name: str = "", value: str = ""
) -> SafeString:
    """One click that changes something: a form of its own with one button."""
    return _render(
        "post_button", label=label, url=url, tone=tone, icon=icon, name=name, value=value, csrf_token=context.get("csrf_token")
    )


@register.simple_tag(takes_context=True)
def act(
    context: Context, label: Text, url: str, verdict: Any = True, *, method: str = "get", tone: str = "secondary",
    icon: str = "", reason: Text = "",
) -> SafeString:
    """What a rule allows as a button; what it forbids as a locked button with its reason beside it.

    `verdict`: a Verdict (or a bool together with `reason`).
    """
    return _render(
        "act", label=label, url=url, allowed=bool(verdict), reason=getattr(verdict, "reason", "") or reason, method=method,
        tone=tone, icon=icon, csrf_token=context.get("csrf_token"), reason_id=_unique("reason"),
    )


@register.simple_tag
def task_list(tasks: Sequence[Any], *, title: Text = "", empty: Text = "", level: int = 2) -> SafeString:
    """Things to do, the most urgent first: `lorbeer.shared.desk.Task` or dicts with label, url, due_at, note, count, done."""
    rows = [
        {
            key: (task.get(key) if isinstance(task, Mapping) else getattr(task, key, None))
            for key in ("label", "url", "due_at", "note", "count", "done", "state")
        }
        for task in tasks
    ]
    for row in rows:
        row["urgency"] = "done" if row["done"] else urgency(row["due_at"])
    return _render("task_list", tasks=rows, title=title, empty=empty, level=level, title_id=_unique("tasks"))


# --- finding one's way ------------------------------------------------------------------------------------------------


@register.simple_tag
def phase_bar(competition: Any, round: int | None = None) -> SafeString:
    """The stretches of the competition with today's place; one query (none when the phases are prefetched).

    `round`: the round that the page is about; without it each that is on its way, where there are several with its name.
    """
    known = list(competition.schedule) if competition else []
    several = len({phase.round for phase in known}) > 1
    rounds = [round] if round else phases.running_rounds(known)
    bars = [{"round": number if several else None, "steps": phases.steps(known, round=number)} for number in rounds]
    return _render("phase_bar", bars=[bar for bar in bars if bar["steps"]])


@register.simple_tag
def phase_word(competition: Any) -> str:
    """The name of the phase that is going on, for the line on top; between two of them that of the last, which is over."""
    shown = getattr(competition, "round_shown", None)                   # a page of one round tells of that round
    of_round = [one for one in competition.schedule if one.round == shown] if competition and shown else []
    step = phases.current_step(of_round or competition.schedule) if competition else None
    if step is None or step.place == "now":
        return str(step.label) if step else ""
    return _("%(phase)s: over") % {"phase": step.label}


@register.simple_tag
def tabs(items: Iterable[Any], label: Text = "") -> SafeString:
    """Tabs that are addresses: dicts (or objects) with label, url, current and, if you like, count."""
    return _render("tabs", items=list(items), label=label or _("Sections"))


@register.simple_tag
def stepper(items: Iterable[Any], label: Text = "", numbered: bool = True) -> SafeString:
    """Sections of something longer: dicts with label, url, state (complete, open, current, blocked), note."""
    return _render("stepper", items=list(items), label=label or _("Sections"), numbered=numbered)


@register.simple_tag
def timeline(events: Iterable[Any], empty: Text = "") -> SafeString:
    """What happened, newest or oldest first as given: dicts with at, title, by, text, tone."""
    return _render("timeline", events=list(events), empty=empty or _("Nothing has happened yet."))


@register.simple_tag
def facts(items: Any, columns: int = 1) -> SafeString:
    """Label and value in pairs: a dict or a list of (label, value). Empty values show a dash."""
    pairs = list(items.items()) if isinstance(items, Mapping) else [tuple(pair) for pair in items]
    return _render("facts", pairs=pairs, columns=columns)


@register.simple_tag
def progress(value: int, maximum: int, label: Text = "", unit: Text = "") -> SafeString:
    """A bar with its text, `93 von 146`."""
    return _render("progress", value=value, maximum=maximum, label=label, unit=unit, bar_id=_unique("bar"))


@register.simple_tag
def key_figures(items: Iterable[Any]) -> SafeString:
    """Large numbers in a row: dicts with value, label and, if you like, url and note."""
    return _render("key_figures", items=list(items))


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any], parameter: str = "page") -> SafeString:
    """Links to the pages of a list; the rest of the address is kept."""
    query = context["request"].GET.copy()
    query.pop(parameter, None)
    base = f"?{query.urlencode()}&{parameter}=" if query else f"?{parameter}="
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [{"number": n, "url": f"{base}{n}", "current": n == page.number} if isinstance(n, int) else None for n in numbers]
    return _render(
        "pagination", page=page, links=links,
        previous=f"{base}{page.number - 1}" if page.has_previous() else "",
        following=f"{base}{page.number + 1}" if page.has_next() else "",
    )


@register.simple_tag(takes_context=True)
def sort_link(context: Context, label: Text, key: str, parameter: str = "sort") -> SafeString:
    """A column heading that sorts by `key`, kept in the address: `<th>{% sort_link "Title" "title" %}</th>`."""
    query = context["request"].GET.copy()
    now = query.get(parameter, "")
    query[parameter] = f"-{key}" if now == key else key
    query.pop("page", None)
    direction = "up" if now == key else "down" if now == f"-{key}" else ""
    return _render("sort_link", label=label, url=f"?{query.urlencode()}", direction=direction)


# --- lists ------------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def filter_bar(context: Context, form: Any, label: Text = "", submit: Text = "") -> SafeString:
    """A GET form above a list; the sorting is kept, the page is not. On a telephone it is folded until it is wanted, or set."""
    kept = {key: value for key, value in context["request"].GET.items() if key in ("sort", "list") and key not in form.fields}
    return _render("filter_bar", form=form, label=label or _("Filter"), submit=submit or _("Apply"), kept=kept,
                   path=context["request"].path, active=bool(set(form.changed_data)) if form.is_bound else False)


@register.simple_tag(takes_context=True)
def data_table(context: Context, listing: Any, caption: Text = "", empty: Text = "", empty_text: Text = "") -> SafeString:
    """The rows of a `lorbeer.shared.lists.Listing` as a table, as cards on small screens; headings sort."""
    return _render("data_table", listing=listing, caption=caption, empty=empty, empty_text=empty_text,
                   request=context["request"])


@register.simple_tag(takes_context=True)
def list_view(context: Context, listing: Any, caption: Text = "", empty: Text = "", empty_text: Text = "") -> SafeString:
    """A whole list: filter, how many, table, pages, downloads."""
    return _render("list_view", listing=listing, caption=caption, empty=empty, empty_text=empty_text,
                   request=context["request"])


@register.simple_tag
def list_place(place: Any) -> SafeString:
    """Back to the list, previous and next: for the page of one row (`lorbeer.shared.lists.place`)."""
    return _render("list_place", place=place)


@register.filter
def cell(row: Any, column: Any) -> Any:
    """The shown text of one cell of a list."""
    return column.shown(row)


@register.filter
def cell_url(row: Any, column: Any) -> str:
    return column.address(row)


@register.filter
def message_tone(level: str) -> str:
    """The tone of an alert for a level of django.contrib.messages."""
    return {"success": "success", "warning": "warning", "error": "danger"}.get(level, "info")
