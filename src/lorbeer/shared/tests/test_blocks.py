from lorbeer.shared.blocks import blocks, plain_text, renumbered, text_blocks, to_html, walk_inlines


def kinds(items):
    return [item["kind"] for item in items]


def test_markdown_becomes_blocks_with_their_lines():
    items = blocks("# Titel\n\nText mit **fett**.\n\n- eins\n- zwei\n\n> Zitat\n\n---\n\n1. a\n\n```\ncode\n```")

    assert kinds(items) == ["heading", "paragraph", "list", "quote", "rule", "list", "code"]
    assert [item["line"] for item in items] == [1, 3, 5, 8, 10, 12, 14]
    assert items[1]["children"] == [
        {"kind": "text", "text": "Text mit "}, {"kind": "strong", "children": [{"kind": "text", "text": "fett"}]},
        {"kind": "text", "text": "."},
    ]
    assert len(items[2]["items"]) == 2


def test_a_footnote_stands_where_it_is_called():
    (paragraph,) = blocks("Wort[^a] weiter.\n\n[^a]: Die *Note*.")
    note = paragraph["children"][1]

    assert note["kind"] == "footnote"
    assert plain_text(note["blocks"][0]["children"]) == "Die Note."
    assert plain_text(paragraph["children"]) == "Wort weiter."


def test_a_table_knows_its_header_and_alignment():
    (table,) = blocks("| a | b |\n|---|--:|\n| x | 1 |\n| y | 2 |")

    assert table["align"] == ["left", "right"]
    assert [plain_text(cell) for cell in table["header"][0]] == ["a", "b"]
    assert [[plain_text(cell) for cell in row] for row in table["rows"]] == [["x", "1"], ["y", "2"]]


def test_quotes_become_those_of_the_language():
    assert plain_text(blocks('Ein "Wort" -- so')[0]["children"]) == "Ein „Wort“ – so"
    assert plain_text(blocks('A "word"', language="en")[0]["children"]) == "A “word”"


def test_text_of_applicants_is_never_markdown():
    assert text_blocks("*a*\nb\n\n# c") == [
        {"kind": "paragraph", "children": [{"kind": "text", "text": "*a*"}, {"kind": "break"}, {"kind": "text", "text": "b"}]},
        {"kind": "paragraph", "children": [{"kind": "text", "text": "# c"}]},
    ]


def test_only_web_and_mail_links_are_links():
    (paragraph,) = blocks("[a](https://example.org) [b](ftp://x) [c](mailto:a@example.org)")

    assert [child["url"] for child in paragraph["children"] if child["kind"] == "link"] == [
        "https://example.org", "mailto:a@example.org"]
    assert plain_text(paragraph["children"]) == "a b c"


def test_a_picture_alone_is_a_figure_and_inside_text_its_words():
    figure, paragraph = blocks('![Ein Platz](platz.jpg "Der Platz")\n\nDer ![Platz](p.jpg) lebt.')

    assert (figure["kind"], figure["file"], figure["alt"]) == ("figure", "platz.jpg", "Ein Platz")
    assert plain_text(figure["caption"]) == "Der Platz"
    assert plain_text(paragraph["children"]) == "Der Platz lebt."


def test_heading_levels_close_ranks():
    items = renumbered(blocks("### a\n\n##### b\n\n### c"), 2)

    assert [item["level"] for item in items] == [2, 3, 2]


def test_every_text_is_found_with_its_line():
    items = blocks("a[^1]\n\n- b\n\n|c|\n|-|\n|d|\n\n> e\n\n[^1]: f")
    found = {plain_text(inlines): block["line"] for block, inlines in walk_inlines(items)}

    assert found == {"a": 1, "f": 11, "b": 3, "c": 5, "d": 5, "e": 9}


def test_html_of_all_blocks():
    html = to_html(blocks("# T\n\na **b** *c* `d`[^1]\n\n- x\n\n1. y\n\n> z\n\n|h|k|\n|-|-:|\n|1|2|\n\n[^1]: n"))

    assert html == (
        '<h1>T</h1><p>a <strong>b</strong> <em>c</em> <code>d</code><sup><a id="call-1" href="#note-1" role="doc-noteref">1</a></sup></p>'
        "<ul><li>x</li></ul>"
        "<ol><li>y</li></ol><blockquote><p>z</p></blockquote>"
        '<table><thead><tr><th scope="col">h</th><th scope="col" class="number">k</th></tr></thead>'
        '<tbody><tr><th scope="row">1</th><td class="number">2</td></tr></tbody></table>'
        '<ol class="footnotes"><li id="note-1"><p>n <a href="#call-1" role="doc-backlink" aria-label="Zurück zum Text">↩</a></p></li></ol>'
    )
