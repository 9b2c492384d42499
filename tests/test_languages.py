"""An English page says which of its texts are German: what applicants, screeners and authors wrote, and what the call has in German
only (WCAG 3.1.2). One visit per page and role, without a browser."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from tests.test_accessibility import FOR_EACH, NOT_PAGES, ROLES
from tests.world import Provider, addresses

pytestmark = [pytest.mark.once]
# Words of German that English does not have.
GERMAN = re.compile(r"\b(der|das|und|nicht|mit|für|ist|eine[rmns]?|wird|werden|auf|sich|auch|wir|Sie|zum|zur|von|bei|sind|oder)\b")
NOT_READ = {"script", "style", "template", "textarea", "code", "pre"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "abbr", "b", "br", "em", "i", "small", "span", "strong", "time", "wbr"}


class Listener(HTMLParser):
    """Hears the lines of a page that are said to be English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []                          # name of an element, whether what is in it is heard
        self.lines = [""]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in INLINE:
            self.lines.append("")
        if tag not in VOID:
            heard = self.open[-1][1] if self.open else True
            language = dict(attrs).get("lang")
            self.open.append((tag, tag not in NOT_READ and (heard if language is None else language == "en")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1][1]:
            self.lines[-1] += data


def german_lines(page: str) -> list[str]:
    listener = Listener()
    listener.feed(page)
    return [" ".join(line.split()) for line in listener.lines if len(set(GERMAN.findall(line))) >= 2]


def test_german_is_found_where_it_is_not_marked():
    page = """<html lang="en"><body><p>Wir sind <b>nicht</b> da.<p>The entry “<span lang="de">Wir und die anderen mit Herz</span>” is in.
    <div lang="de"><p>Das ist eine Begründung.</p></div><textarea>Das ist eine Antwort.</textarea></body></html>"""
    assert german_lines(page) == ["Wir sind nicht da."]


@pytest.mark.parametrize("who", ROLES)
def test_an_english_page_marks_what_is_german_on_it(world, pages, who):
    provider, faults, read = Provider(world.home), [], 0
    for address in addresses():
        if not address.name or NOT_PAGES.match(address.name):
            continue
        for row in provider.rows(address, 3):
            place = reverse(address.name, kwargs=row)
            answer = pages.get(who, place)
            if answer.status == 200 and b"<html" in answer.content[:2000]:
                assert '<html lang="en"' in answer.text[:2000], place
                faults += [f"{place}: {line[:160]}" for line in german_lines(answer.text)]
                read += 1
                if address.name not in FOR_EACH:
                    break
    assert read > 5
    assert not faults, "\n".join(dict.fromkeys(faults))
