"""The frame of every page, drawn once for all that look alike: what it is drawn from is written down, and nothing else reaches it.

Drawing header and footer anew took a third of the time of a page. `{% frame "base_header.html" %}` gathers what the part shows as
JSON, which is also the key under which the drawn part is kept in memory. What differs from reader to reader (their name, where
they are, the token of their forms) is put into its places afterwards and kept nowhere.
"""

import json
import secrets
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from lorbeer.shared.templatetags.components import phase_word
from lorbeer.shared.templatetags.formats import spoken

register = template.Library()
# Nobody can write them into a text of their own, to have a token put there.
_PLACES = {name: f"place{secrets.token_hex(12)}" for name in ("csrf_token", "here", "here_quoted", "reader")}


@register.simple_tag(takes_context=True)
def frame(context: Context, part: str) -> SafeString:
    """A part of the frame (`base_head.html`, `base_header.html`, `base_keys.html`, `base_footer.html`) as this page needs it."""
    if part not in _FACTS:
        return mark_safe(_drawn(part, get_language() or "", "{}"))  # noqa: S308 - a template's own output
    request: HttpRequest | None = context.get("request")
    token = str(context.get("csrf_token") or "")
    reader = getattr(request, "user", None)
    here = request.get_full_path() if request else ""
    name = str(reader) if getattr(reader, "is_authenticated", False) else ""
    filled = {"csrf_token": token, "here": here, "here_quoted": quote(here), "reader": name}
    facts = _FACTS[part](context) | {"fills": [name for name, text in filled.items() if text]}
    drawn = _drawn(part, get_language() or "", json.dumps(facts, default=str))
    for name in facts["fills"]:
        drawn = drawn.replace(_PLACES[name], conditional_escape(filled[name]))
    return mark_safe(drawn)  # noqa: S308 - a template's own output, filled with what is escaped


@lru_cache(maxsize=512)
def _drawn(part: str, _language: str, facts: str) -> str:
    """The part in the active language, with stand-ins where a reader's own belongs. `facts`: all that it may show, as JSON."""
    known = json.loads(facts)
    return str(get_template(part).render(known | {name: _PLACES[name] if name in known.get("fills", ()) else "" for name in _PLACES}))


def _header(context: Context) -> dict[str, Any]:
    place, role = context.get("competition"), context.get("role") or {}
    return {
        "house": context.get("house"), "role_choices": list(context.get("role_choices") or ()),
        "role": dict(role) if hasattr(role, "keys") else str(role),      # some pages call a word of their own so
        "navigation": list(context.get("navigation") or ()), "other_languages": list(context.get("other_languages") or ()),
        "competition_url": context.get("competition_url"),
        "competition": {                                                # in the language that is spoken, and marked with it; escaped
            "code": place.code, "title": conditional_escape(spoken(place)), "sponsor": conditional_escape(spoken(place.sponsor or "")),
            "phase": phase_word(place),
        } if place else None,
    }


def _footer(context: Context) -> dict[str, Any]:
    return {"house": context.get("house"), "legal_links": list(context.get("legal_links") or ()), "theme": context.get("theme")}


_FACTS = {"base_header.html": _header, "base_footer.html": _footer}
