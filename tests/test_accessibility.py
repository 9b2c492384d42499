"""Every page of every role, in a real browser: WCAG 2.2 A and AA, no sideways scrolling, one heading, German in German."""

import os
import re
from typing import Any

import pytest
from django.urls import reverse

from tests.test_walls import signed_in
from tests.world import Address, Provider, World, addresses

ROLES = ["nobody", "applicant", "winner", "office_lead", "screener", "juror", "sponsor", "editor", "auditor"]
# Pages that look different to each role are looked at for each; all others once, for the first who may open them.
FOR_EACH = {"website:desk", "entries:entry_show"}
NOT_PAGES = re.compile(r"persona_|site:styleguide|healthz$|readyz$|file_download$|account_|mfa_")   # styleguide: shared/tests
# Words of English that German does not have; a page in German shows none of them.
ENGLISH = re.compile(r"\b(the|of|and|with|you|your|from|has|have|been|this|that|are|not|yet|until|which|nothing|please)\b")


def pages_of(world: World, who: str, opened: set[str]) -> list[tuple[Address, str]]:
    """The pages (not files) that `who` may open and that nobody before has opened."""
    client, provider, found = signed_in(world, who), Provider(world.home), []
    for address in addresses():
        if not address.name or NOT_PAGES.match(address.name) or (address.name in opened and address.name not in FOR_EACH):
            continue
        for row in provider.rows(address, 3):
            place = reverse(address.name, kwargs=row)
            answer = client.get(place)
            whole = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
            if whole and b"<html" in answer.content[:2000]:
                found.append((address, place))
                opened.add(address.name)
                break
    return found


def faults_of(page: Any, axe: Any, place: str, narrow: bool) -> list[str]:
    faults = axe(page)
    headings = page.locator("h1").count()
    if headings != 1:
        faults.append(f"{place}: {headings} headings of the first level")
    if page.locator("html").get_attribute("lang") != "de":
        faults.append(f"{place}: not said to be German")
    # What somebody else wrote, and names of commands, may be English; the interface may not.
    text = page.evaluate("""() => {
        const copy = document.body.cloneNode(true);
        for (const part of copy.querySelectorAll('[lang]:not([lang=de]), code, pre, script, style, textarea, template')) part.remove();
        return copy.innerText;
    }""")
    for line in text.splitlines():
        if len(set(ENGLISH.findall(line))) >= 2:
            faults.append(f"{place}: English in German: {line.strip()[:120]}")
    if narrow:
        page.set_viewport_size({"width": 320, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 320:
            faults.append(f"{place}: {wide} px wide at 320 px")
        page.set_viewport_size({"width": 1440, "height": 900})
    return faults


@pytest.mark.browser
@pytest.mark.skipif(not os.environ.get("LORBEER_EVERY_PAGE"), reason="visits every page of every role, several minutes: set "
                    "LORBEER_EVERY_PAGE=yes; it found what it found last time and has not been seen green since")
def test_every_page_of_a_role_is_accessible_to_everybody(served_world, new_page, axe):
    """One visit per page; a title belongs to one page of a role."""
    opened: set[str] = set()
    faults: list[str] = []
    visited = 0
    for who in ROLES:
        page = new_page(served_world.person(who))
        titles: dict[str, str] = {}
        for address, place in pages_of(served_world, who, opened):
            page.goto(place)
            visited += 1
            faults += [f"({who}) {fault}" for fault in faults_of(page, axe, place, narrow=True)]
            other = titles.setdefault(page.title(), address.name)
            # The first tab of an entry's file has two addresses: the file's own and the tab's.
            if other != address.name and {other, address.name} != {"entries:entry_show", "entries:entry_tab"}:
                faults.append(f"({who}) {place}: the title “{page.title()}” is that of {other}, too")
        page.context.close()
    assert visited > 60
    assert not faults, "\n".join(faults)
