"""Texts with simple formatting: every text is shown whole, safe, and at a cost that grows with its length."""

import itertools
import re
import sys
import xml.etree.ElementTree as Tree
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.shared.blocks import walk_inlines
from lorbeer.shared.formatted import formatted_blocks, formatted_html, readable

pytestmark = pytest.mark.once
TAGS = {"h2", "h3", "p", "br", "strong", "em", "ul", "ol", "li"}
SIGNS = st.sampled_from(["#", "# ", "## ", "*", "**", "_", "- ", "+ ", "1. ", "7) ", "\\", "\n", "\n\n", " ", "  ", "    ",
                         "\t", "[a](https://b.de/c_d)",
                         "<b>", "&amp;", "<script>", "](javascript:x)", "`", "> ",
                         "---", "\x00", "\x1b", "\u202e", "Wort", "Ärger", "\r\n", "==="])
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.one_of(SIGNS, st.text(max_size=5)), max_size=80).map("".join))


def html(text):
    return str(formatted_html(text, top=2))


def tree(markup):
    return Tree.fromstring(f"<div>{markup}</div>")  # noqa: S314 (what we wrote ourselves)


def letters(text):
    return Counter(character for character in text if character.isalnum())


def test_the_few_signs_are_read():
    assert html("# Über *uns*\n\nErste Zeile\nzweite **Zeile**\n\n## Mehr\n- a\n- b\n\n3. drei\n4. vier") == (
        "<h2>Über <em>uns</em></h2><p>Erste Zeile<br/>zweite <strong>Zeile</strong></p><h3>Mehr</h3>"
        '<ul><li>a</li><li>b</li></ul><ol start="3"><li>drei</li><li>vier</li></ol>')


@pytest.mark.parametrize(("text", "shown"), [
    ("<script>alert(1)</script> &amp; <b>", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &lt;b&gt;</p>"),
    ("[hier](https://a.de/b_c_d)", "<p>hier (https://a.de/b_c_d)</p>"),
    ("[hier](javascript:alert(1))", "<p>[hier](javascript:alert(1))</p>"),
    ("![bild](https://a.de/x.png) <https://a.de>", "<p>!bild (https://a.de/x.png) &lt;https://a.de&gt;</p>"),
    ("\\*kein* Datei_mit_Strich 2*3*4", "<p>*kein* Datei_mit_Strich 2<em>3</em>4</p>"),
    ("> so\n\n`code`\n\n| a | b |\n|---|---|", "<p>&gt; so</p><p>`code`</p><p>| a | b |<br/>|---|---|</p>"),
    ("Titel\n=====\n\n---", "<p>Titel<br/>=====</p><p>---</p>"),
    ("[a]: https://b.de", "<p>[a]: https://b.de</p>"),
    ("a\x00b\x1bc", "<p>abc</p>"),
])
def test_all_else_is_text(text, shown):
    assert html(text) == shown


def test_headings_have_two_levels_skip_none_and_stand_in_no_list():
    assert html("### a\n\n##### b") == "<h2>a</h2><h2>b</h2>"
    assert html("# a\n\n###### b") == "<h2>a</h2><h3>b</h3>"
    assert html("## a\n\n# b") == "<h2>a</h2><h2>b</h2>"
    assert html("- # a") == "<ul><li><strong>a</strong></li></ul>"


def test_numbers_stay_as_they_were_typed_where_they_go_up():
    assert html("2. a\n5. b") == '<ol start="2"><li value="2">a</li><li value="5">b</li></ol>'
    assert html("1. a\n1. b") == "<ol><li>a</li><li>b</li></ol>"
    assert readable(formatted_blocks("2. a\n5. b")) == "2. a\n5. b"


def test_a_text_is_read_without_its_signs():
    assert readable(formatted_blocks("# Titel\n\nEin **fetter** Satz.\n\n- a\n  - b\n- c")) == "Titel\n\nEin fetter Satz.\n\n• a\n  • b\n• c"


@given(TEXTS)
@settings(deadline=None, max_examples=400)
def test_any_text_becomes_well_formed_safe_html_with_all_its_words(text):
    markup = html(text)
    root = tree(markup)
    elements = list(root.iter())[1:]
    numbers = "".join(str(one.get("value") or "") for one in elements)

    assert {one.tag for one in elements} <= TAGS
    assert {name for one in elements for name in one.attrib} <= {"start", "value"}
    shown = letters("".join(root.itertext()))
    typed = letters(re.sub(r"^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))+", "", text, flags=re.MULTILINE))
    assert not {one: number for one, number in (typed - shown).items() if not one.isdecimal()}, (markup, numbers)
    inlines = [inline for _block, run in walk_inlines(formatted_blocks(text)) for inline in run]
    assert not letters("".join(inline.get("text", "") for inline in inlines)) - letters(text)


BOMBS = {
    "stars": "*", "openers": "*a ", "both": "*a **b ", "brackets": "[", "lists": "- ", "entries": "- a\n", "headings": "# a\n",
    "numbers": "1. a\n\n",
    "backslashes": "\\", "lines": "a\n", "empty": "\n", "alternating": "*_", "links": "[a](http://",
    "underscores": "a_ _", "mixed": "a**b" + "c* ",
}


@pytest.mark.parametrize("sign", BOMBS.values(), ids=BOMBS.keys())
def test_hostile_texts_cost_what_their_length_costs(sign):
    """Counted in calls, which are the same on every machine."""
    def calls(length):
        text, made = (sign * length)[:length], itertools.count()
        before = sys.getprofile()
        sys.setprofile(lambda _frame, event, _what: next(made) if event in {"call", "c_call"} else None)
        try:
            formatted_html(text)
            readable(formatted_blocks(text))
        finally:
            sys.setprofile(before)
        return next(made)

    calls(100)
    assert calls(6_400) < 8 * 1.5 * max(calls(800), 500)


def test_nesting_has_an_end_and_loses_nothing():
    deep = html("\n".join(" " * 2 * depth + f"- w{depth}" for depth in range(200)))
    assert all(f"w{depth}" in deep for depth in range(200))
    assert tree(html("**a " * 1_000 + "b** " * 1_000)) is not None
    assert html("- " * 5_000 + "Ende").count("Ende") == 1
    assert formatted_html("#") == ""
    assert html("") == ""
    assert html("# \n\n- \n") in ("<ul><li></li></ul>", "")
