"""Markdown of offices and applicants as clean HTML: never script, style, frame or an address that is not a link."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(["table", "strikethrough"])


def render_markdown(text: str, *, top_heading: int = 3) -> str:
    """Clean HTML of `text`; `#` becomes a heading of level `top_heading`, and deeper ones follow."""
    tokens = _parser().parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + top_heading - 1)}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    return nh3.clean(
        html, tags=TAGS, attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer",
    )
