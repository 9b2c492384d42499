"""The tabs of an entry's file (Akte). Each is an address; later stages hook theirs in from their own tabs.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lorbeer.entries import rules
from lorbeer.entries.models import Entry, State
from lorbeer.shared.verdicts import ALLOWED, Verdict

Rule = Callable[[Any, Entry], Verdict]
Render = Callable[[HttpRequest, Entry], str]


def _everybody(_person: Any, _entry: Entry) -> Verdict:
    """Whoever may open the file may open this tab."""
    return ALLOWED


@dataclass(frozen=True)
class Tab:
    """One tab. `render(request, entry)` gives the HTML below the head of the file (safe, from a template of the app).

    `rule(person, entry)` says who may open it; where it refuses, the tab is shown with its reason. `concerns(entry)`
    leaves a tab out where it could never hold anything (no award, no payment tab). `view_name` instead of `render`:
    a page of the app's own, which takes `competition` and `code`.
    """

    code: str                                                           # in the address: "screening"
    label: str | Promise
    render: Render | None = None
    rule: Rule = _everybody
    position: int = 100
    view_name: str = ""
    concerns: Callable[[Entry], bool] = lambda entry: True


_tabs: dict[str, Tab] = {}
# The order of the life of an entry; other codes come after these, by position.
ORDER = ("content", "projects", "attachments", "history", "check", "screening", "jury", "award", "publication", "payment")


def register(tab: Tab) -> Tab:
    """Add `tab` to every file. Raises ValueError where its code is taken."""
    if tab.code in _tabs and _tabs[tab.code] != tab:
        raise ValueError(f"Two tabs are called {tab.code}.")
    _tabs[tab.code] = tab
    return tab


def all_tabs() -> list[Tab]:
    def place(tab: Tab) -> tuple[int, int, str]:
        return (ORDER.index(tab.code) if tab.code in ORDER else len(ORDER), tab.position, tab.code)

    return sorted(_tabs.values(), key=place)


def find(code: str) -> Tab | None:
    return _tabs.get(code)


# --- the tabs of this app ---------------------------------------------------------------------------------------------


def _render_projects(request: HttpRequest, entry: Entry) -> str:
    return render_to_string("entries/projects.html", {"entry": entry, "projects": entry.projects.all()}, request)


def _can_read_projects(person: Any, entry: Entry) -> Verdict:
    return ALLOWED if entry.state not in (State.DRAFT, State.WITHDRAWN) else rules.can_read_draft(person, entry)


def _render_history(request: HttpRequest, entry: Entry) -> str:
    """Every move, mail and event of the log that this reader may know, the newest first."""
    from lorbeer.entries.history import events_of

    return render_to_string("entries/history.html", {"entry": entry, "events": events_of(entry, request)}, request)


register(Tab("projects", _("Projects"), _render_projects, _can_read_projects,
             concerns=lambda entry: entry.competition.max_projects > 0))
register(Tab("history", _("History"), _render_history))
