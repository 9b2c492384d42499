"""Plain inputs are written at once: Django takes three templates for each, and a form has many."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lorbeer.shared.templatetags.formats import plain
from lorbeer.shared.text import language_of

INPUTS = frozenset(f"django/forms/widgets/{name}.html" for name in (
    "text", "number", "email", "url", "hidden", "password", "date", "time", "datetime", "input"))
TEXTAREA = "django/forms/widgets/textarea.html"

SELECTS = frozenset({"django/forms/widgets/select.html", "django/forms/widgets/select_multiple.html"})


class Renderer(DjangoTemplates):
    """Django's own but for inputs and text areas, which come out the same to the letter.

    An option and a group of options take no element: in which language they are stands in an attribute of their own.
    """

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString | str:
        if template_name in INPUTS:
            widget = context["widget"]
            value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
            return format_html('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, _attributes(widget["attrs"]))
        if template_name == TEXTAREA:
            widget = context["widget"]
            return format_html('<textarea name="{}"{}>\n{}</textarea>', widget["name"], _attributes(widget["attrs"]), widget["value"] or "")
        if template_name not in SELECTS:
            return super().render(template_name, context, request)
        groups = [group for group, _options, _index in context["widget"]["optgroups"] if group and language_of(group)]
        context["widget"]["optgroups"] = [_said(*group) for group in context["widget"]["optgroups"]]
        made = super().render(template_name, context, request)
        for group in groups:                                            # Django's template gives a group no attributes but its label
            label = format_html('<optgroup label="{}"', plain(group))
            made = mark_safe(made.replace(f"{label}>", format_html('{} lang="{}">', label, language_of(group))))  # noqa: S308 - escaped
        return made


def _said(group: Any, options: list[dict[str, Any]], index: int) -> tuple[Any, list[dict[str, Any]], int]:
    """A group of options, with the language of each that is in another one than the page."""
    return group and plain(group), [
        option | {"label": plain(option["label"]), "attrs": option["attrs"] | ({"lang": language} if language else {})}
        for option in options for language in [language_of(option["label"])]
    ], index


def _attributes(attrs: dict[str, Any]) -> SafeString:
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in attrs.items() if value is not False))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, plain(value))
