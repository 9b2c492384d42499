"""The main navigation: each app says in its `navigation.py` what leads to it and for whom; loaded at start-up.

    from lorbeer.shared.navigation import Item, register

    register(Item(_("Formal check"), "formal_check:entry_next", roles={"office", "office_lead"}, stage="formal_check"))

A person sees the items of the role in which they are working now.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from lorbeer.stages import APPS

EVERYBODY = "public"                                                    # also those who are not signed in
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
    _items[f"{item.url_name} {sorted(item.roles)}"] = item
    return item


def items_for(role: str, request: Any = None) -> list[Item]:
    """What somebody working as `role` finds in the main navigation, in the order of the stages; the desk comes first."""
    wanted = {role, EVERYBODY} if role in ("", EVERYBODY, "applicant") else {role}
    found = [
        item for item in _items.values()
        if wanted & set(item.roles) and (item.shown is None or request is None or item.shown(request))
    ]
    return sorted(found, key=lambda item: (item.position >= 0, item.sort_key()))


def links_for(role: str, request: Any, competition: Any) -> list[dict[str, Any]]:
    """`[{"label", "url", "current"}]`; items whose address does not exist (yet) are left out."""
    links: list[dict[str, Any]] = []
    for item in items_for(role, request):
        try:
            url = reverse(item.url_name, kwargs={"competition": competition.code} if competition else {})
        except NoReverseMatch:
            continue
        links.append({"label": item.label, "url": url, "current": False})
    here = [link for link in links if request.path == link["url"] or request.path.startswith(link["url"])]
    if here:
        max(here, key=lambda link: len(link["url"]))["current"] = True
    return links
