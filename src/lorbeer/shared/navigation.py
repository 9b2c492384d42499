"""The main navigation: each app says in its `navigation.py` what leads to it and for whom; loaded at start-up.

    from lorbeer.shared.navigation import Item, register

    register(Item(_("Formal check"), "formal_check:entry_next", roles={"office", "office_lead"}, stage="formal_check"))

A person sees the items of the role in which they are working now. Where they are many, they are folded into `GROUPS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lorbeer.stages import APPS

EVERYBODY = "public"                                                    # also those who are not signed in
MOST_IN_A_ROW = 8                                                       # links that fit beside each other at 1440 px
# What people do, in the order in which they do it: the word of the menu, and the stages whose links are folded under it.
GROUPS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "call": (_("Call"), ("people", "register", "call", "questionnaire")),
    "outreach": (_("Outreach"), ("outreach",)),
    "entries": (_("Entries"), ("entries", "intake", "formal_check")),
    "screening": (_("Screening"), ("screening",)),
    "jury": (_("Jury"), ("jury",)),
    "results": (_("Results"), ("awards",)),
    "publication": (_("Publication"), ("editions", "catalogue", "statistics", "documentation", "website")),
    "follow_up": (_("Follow-up"), ("follow_up",)),
}
_items: dict[str, "Item"] = {}


@dataclass(frozen=True)
class Item:
    """One link of the main navigation.

    `roles`: kinds of people.Role, plus "applicant" and "public" (everybody). `stage`: the app, which gives the order;
    `position` orders within it. `shown(request)` may hide the item, for example before a phase.
    """

    label: str | Promise
    url_name: str
    roles: Iterable[str] = field(default=(EVERYBODY,))
    stage: str = "website"
    position: int = 0
    shown: Callable[[Any], bool] | None = None

    def sort_key(self) -> tuple[int, int, str]:
        stages = list(APPS)
        return (stages.index(self.stage) if self.stage in stages else len(stages), self.position, self.url_name)


def where(fact: str) -> Callable[[Any], bool]:
    """For `shown`: only in competitions of which `fact` is true, such as `has_screening`."""
    return lambda request: bool(getattr(getattr(request, "competition", None), fact, False))


def register(item: Item) -> Item:
    """Add `item`; a second one with the same address and roles replaces the first."""
    known = _items | {f"{item.url_name} {sorted(item.roles)}": item}
    _items.clear()                                                      # sorted here, at start-up, and not for each page
    _items.update(sorted(known.items(), key=lambda pair: (pair[1].position >= 0, pair[1].sort_key())))
    return item


def items_for(role: str, request: Any = None) -> list[Item]:
    """What somebody working as `role` finds in the main navigation, in the order of the stages; the desk comes first."""
    wanted = {role, EVERYBODY} if role in ("", EVERYBODY, "applicant") else {role}
    return [
        item for item in _items.values()
        if not wanted.isdisjoint(item.roles) and (item.shown is None or request is None or item.shown(request))
    ]


@lru_cache(maxsize=2048)
def address(name: str, **kwargs: Any) -> str:
    """The address of `name`, or an empty string where no such page exists; kept, because every page asks for the same."""
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def links_for(role: str, request: Any, competition: Any) -> list[dict[str, Any]]:
    """`[{"label", "url", "current", "group"}]`; items whose address does not exist (yet) are left out.

    `current` is "page" on the link's own page, and "true" on the other pages of its app: those below its address, or, where
    they lie below none, with the first link of the app or of its group. So one always sees in which corner of the house one stands.
    """
    links: list[dict[str, Any]] = []
    app = request.resolver_match.namespace if request.resolver_match else None
    of_app = []
    for item in items_for(role, request):
        url = address(item.url_name, **({"competition": competition.code} if competition else {}))
        if not url:
            continue
        links.append({"label": item.label, "url": url, "current": "", "group": _group_of(item.stage) if item.position >= 0 else ""})
        if item.url_name.partition(":")[0] == app and (item.position >= 0 or url == request.path):
            of_app.append(links[-1])
    near = of_app or [link for link in links if app and link["group"] and link["group"] == _group_of(app)]
    if near:
        here = max(near, key=lambda link: len(link["url"]) if request.path.startswith(link["url"]) else 0)
        here["current"] = "page" if request.path == here["url"] else "true"
    return links


def _group_of(stage: str) -> str:
    return next((code for code, (_label, stages) in GROUPS.items() if stage in stages), "")


def menu_for(role: str, request: Any, competition: Any) -> list[dict[str, Any]]:
    """The links of `role` as they stand in the menu: `[{"label", "current", "url" or "links"}]`.

    A menu that fits into a row stays flat. A longer one is folded by `GROUPS`; a group of one link is that link.
    """
    links = links_for(role, request, competition)
    if len(links) <= MOST_IN_A_ROW:
        return links
    menu = [link for link in links if not link["group"]]
    for code, (label, _stages) in GROUPS.items():
        inside = [link for link in links if link["group"] == code]
        if len(inside) == 1:
            menu += inside
        elif inside:
            menu.append({"label": label, "links": inside, "current": any(link["current"] for link in inside)})
    return menu
