"""Every page of every role, in a real browser: WCAG 2.2 A and AA, light and dark, no sideways scrolling, one heading, one
row of menu, German in German. One visit per page: what need not be asked twice is asked once."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.pages import signed_in
from tests.world import Address, Provider, World, addresses

ROLES = ["nobody", "office_lead", "applicant", "winner", "screener", "juror", "sponsor", "editor", "auditor"]
# Pages that look different to each role are looked at for each; all others once, for the first who may open them.
FOR_EACH = {"website:desk", "entries:entry_show"}
NOT_PAGES = re.compile(r"persona_|site:styleguide|healthz$|readyz$|file_download$|account_|mfa_")
KIT = ["", "public/", "csrf/", "confirm/", "refused/", "database/", "session/", "missing/", "print/"]       # below /styleguide/
# Words of English that German does not have; a page in German shows none of them.
ENGLISH = re.compile(r"\b(the|of|and|with|you|your|from|has|have|been|this|that|are|not|yet|until|which|nothing|please)\b")
NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1440, "height": 900}

# What stands on the page: headings, language, lines of text. What somebody else wrote, and names of commands, may be English.
FACTS = """() => {
  const copy = document.body.cloneNode(true);
  for (const part of copy.querySelectorAll('[lang]:not([lang=de]), code, pre, script, style, textarea, template')) part.remove();
  return {lang: document.documentElement.lang, title: document.title, headings: document.querySelectorAll('h1').length,
          lines: copy.innerText.split('\\n')};
}"""
# Elements with text in a combination of text colour, size, weight and backgrounds that this browser session has not seen yet.
FRESH = """(scheme) => {
  const key = `seen ${scheme}`, seen = new Set(JSON.parse(sessionStorage.getItem(key) || '[]')), grounds = new Map(), fresh = [];
  const ground = (element) => {
    if (!element) return '';
    if (!grounds.has(element)) {
      const style = getComputedStyle(element), mine = [style.backgroundColor, style.backgroundImage, style.opacity].join();
      const solid = /^rgb\\(/.test(style.backgroundColor) && style.opacity === '1';
      grounds.set(element, solid ? mine : `${mine} ${ground(element.parentElement)}`);
    }
    return grounds.get(element);
  };
  for (const element of document.body.querySelectorAll('*')) {
    const speaks = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || element.matches('input, select');
    if (!speaks || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const look = [style.color, style.fontSize, style.fontWeight, style.webkitTextFillColor, style.textShadow, ground(element)].join();
    if (!seen.has(look)) { seen.add(look); fresh.push(element); }
  }
  sessionStorage.setItem(key, JSON.stringify([...seen]));
  return fresh;
}"""
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Tables of which, at the width of a desk, a part is hidden until one scrolls sideways.
CUT_OFF = """() => [...document.querySelectorAll('.l-table-wrap, .book-text table')]
  .filter(box => box.clientWidth && box.scrollWidth > box.clientWidth + 1).map(box => `${box.scrollWidth} px in ${box.clientWidth} px`)"""
ROWS = """() => new Set([...document.querySelectorAll('.l-nav .l-nav__list > li')].map(one => one.offsetTop)).size"""


def pages_of(world: World, client: Client, done: set[str]) -> list[tuple[Address, str]]:
    """The pages that open and that nobody before has opened. What is no page (a file, only for POST) is asked once."""
    provider, found = Provider(world.home), []
    for address in addresses():
        if not address.name or NOT_PAGES.match(address.name) or (address.name in done and address.name not in FOR_EACH):
            continue
        for row in provider.rows(address, 3):
            place = reverse(address.name, kwargs=row)
            answer = client.get(place)
            if answer.status_code == 405 or (answer.status_code == 200 and b"<html" not in answer.getvalue()[:2000]):
                done.add(address.name)
                break
            if answer.status_code == 200:
                found.append((address, place))
                done.add(address.name)
                break
    return found


class Reader:
    """Looks at pages in one browser session. Width and colour scheme change once per page: the next one starts as the last ended."""

    def __init__(self, page: Any, axe: Any) -> None:
        self.page, self.axe = page, axe
        self.scheme, self.narrow = "light", False

    def faults_of(self, place: str) -> list[str]:
        """What is wrong with the looks of a page, and with what it says."""
        faults = self.looks_of(place)
        facts = self.page.evaluate(FACTS)
        self.title = facts["title"]
        if facts["headings"] != 1:
            faults.append(f"{place}: {facts['headings']} headings of the first level")
        if facts["lang"] != "de":
            faults.append(f"{place}: not said to be German")
        return faults + [f"{place}: English in German: {line.strip()[:120]}"
                         for line in facts["lines"] if len(set(ENGLISH.findall(line))) >= 2]

    def looks_of(self, place: str) -> list[str]:
        self.page.goto(place, wait_until="domcontentloaded")
        faults = self.too_wide() if self.narrow else self.at_width_of_a_desk()
        self.narrow = not self.narrow
        self.page.set_viewport_size(NARROW if self.narrow else WIDE)
        faults += self.too_wide() if self.narrow else self.at_width_of_a_desk()
        faults += self.too_pale()
        self.scheme = "dark" if self.scheme == "light" else "light"
        self.page.emulate_media(color_scheme=self.scheme)
        faults += self.too_pale()
        return [f"{place}: {fault}" for fault in faults]

    def at_width_of_a_desk(self) -> list[str]:
        self.page.evaluate(NEXT_FRAME)                                  # observers of sizes have spoken
        faults = self.axe(self.page, without=["color-contrast"])
        rows = self.page.evaluate(ROWS)
        faults += [f"a table is cut off: {fault}" for fault in self.page.evaluate(CUT_OFF)]
        return [*faults, *([f"a menu of {rows} rows"] if rows > 1 else [])]

    def too_wide(self) -> list[str]:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        return [f"{wide} px wide at {NARROW['width']} px"] if wide > NARROW["width"] else []

    def too_pale(self) -> list[str]:
        fresh = self.page.evaluate_handle(FRESH, self.scheme)
        if not fresh.evaluate("fresh => fresh.length"):
            return []
        return [f"{self.scheme}: {fault}" for fault in self.axe(self.page, fresh, rules=["color-contrast"])]


def test_every_page_of_a_role_is_accessible_to_everybody(served_world, live_server, new_page, axe):
    """One visit per page, all in one tab, which changes hands; a title belongs to one page of a role."""
    page = new_page(reduced_motion="reduce")                            # else colours are seen on their way
    page.context.add_init_script(axe.script)
    reader = Reader(page, axe)
    done: set[str] = set()
    faults: list[str] = []
    visited = 0
    for who in ROLES:
        client = signed_in(served_world, who)
        page.context.clear_cookies()
        page.context.add_cookies([{"name": one.key, "value": one.value, "url": live_server.url} for one in client.cookies.values()])
        titles: dict[str, str] = {}
        for address, place in pages_of(served_world, client, done):
            faults += [f"({who}) {fault}" for fault in reader.faults_of(place)]
            visited += 1
            other = titles.setdefault(reader.title, address.name)
            # The first tab of an entry's file has two addresses: the file's own and the tab's.
            if other != address.name and {other, address.name} != {"entries:entry_show", "entries:entry_tab"}:
                faults.append(f"({who}) {place}: the title “{reader.title}” is that of {other}, too")
    assert visited > 120
    assert not faults, "\n".join(faults)


def test_the_kit_and_the_pages_of_errors_are_accessible_to_everybody(new_page, axe):
    page = new_page(reduced_motion="reduce")
    page.context.add_init_script(axe.script)
    reader = Reader(page, axe)
    assert [fault for path in KIT for fault in reader.looks_of(f"/styleguide/{path}")] == []


BROKEN = """<!DOCTYPE html><html lang="de"><title>Kaputt</title><style>
:root { color-scheme: light dark } body { background: light-dark(#fff, #000) } p { color: light-dark(#000, #333) }
.l-table-wrap { width: 300px; overflow-x: auto }
b { display: block; width: 500px } li { display: inline-block; width: 900px }</style>
<nav class="l-nav"><ul class="l-nav__list"><li>eins</li><li>zwei</li></ul></nav>
<main><h1>Eins</h1><h1>Zwei</h1><p>Grau.</p><p>There is nothing of yours.</p><b>breit</b>
<div class="l-table-wrap" tabindex="0"><b>Tabelle</b></div>
<img src="data:,"></main></html>"""


def test_the_reader_finds_each_kind_of_fault(new_page, axe):
    page = new_page()
    page.route("**/kaputt", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=BROKEN))
    found = "\n".join(Reader(page, axe).faults_of("/kaputt"))
    for fault in ("image-alt", "a menu of 2 rows", "a table is cut off", "px wide at 320 px", "dark: ", "2 headings", "English in German"):
        assert fault in found, fault
    assert "light: " not in found
