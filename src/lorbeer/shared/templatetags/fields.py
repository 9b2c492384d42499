"""Forms in KERN: label, hint, input, and the error beside the field that says what to do."""

from copy import copy
from typing import Any

from django import forms, template
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()
DASHES = "---------"                                                    # what Django calls no choice


def _kind(widget: forms.Widget) -> str:
    """Which markup a widget needs."""
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.SelectMultiple):
        return "select_multiple"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.MultiWidget):
        return "multi"
    return "input"


def _native(widget: forms.Widget) -> forms.Widget:
    """Days and times as the browser's own inputs, whose values are ISO 8601 in every language; no choice said in words."""
    if isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect | forms.SelectMultiple):
        native = copy(widget)
        native.choices = [(value, _("please choose") if label == DASHES else label) for value, label in widget.choices]
        return native
    kinds = ((forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"), (forms.DateInput, "date", "%Y-%m-%d"),
             (forms.TimeInput, "time", "%H:%M"))
    for kind, input_type, pattern in kinds:
        if isinstance(widget, kind):
            native = copy(widget)
            native.attrs = dict(widget.attrs)
            native.input_type = input_type  # type: ignore[attr-defined]
            native.format = pattern  # type: ignore[attr-defined]
            native.is_localized = False
            return native
    return widget


def _always_says_something(widget: Any) -> bool:
    """Of a list that begins with “all” or with what is usual nobody need be told that it can be left as it is."""
    return all(label != _("please choose") for value, label in widget.choices if not value)


@register.simple_tag
def form_field(
    field: BoundField, *, label: str | Promise = "", hint: str | Promise = "", note: str | Promise = ""
) -> SafeString:
    """One field of a form in KERN's markup, for every widget of Django.

    `note`: a line below the input, such as "gespeichert 14:03". Text fields with `max_length` say what is left.
    """
    widget = _native(field.field.widget)
    kind = _kind(widget)
    hint = hint or field.help_text
    named = field.id_for_label or field.auto_id
    limit = getattr(field.field, "max_length", None) if kind == "textarea" else None
    described = [
        part for part, there in
        ((f"{field.auto_id}_hint", hint), (f"{field.auto_id}_count", limit), (f"{field.auto_id}_error", field.errors)) if there
    ]
    attrs: dict[str, Any] = {}
    if described and kind not in ("checks", "radios"):
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    failed = " --error" if field.errors else ""
    classes = {
        "input": "kern-form-input__input", "textarea": "kern-form-input__input", "file": "kern-form-input__input",
        "select": "kern-form-input__select", "select_multiple": "l-select-multiple", "check": "kern-form-check__checkbox",
        "multi": "kern-form-input__input",
    }.get(kind, "")
    if classes:
        own = widget.attrs.get("class", "")
        attrs["class"] = " ".join(filter(None, [classes, f"{classes}--error" if failed else "", own]))
    if kind == "textarea" and limit:
        attrs["data-counter"] = f"{field.auto_id}_count"
    if kind == "textarea" and "rows" not in field.field.widget.attrs:
        attrs["rows"] = 6
    if isinstance(field.field, forms.IntegerField | forms.DecimalField) and kind == "input":
        attrs["class"] += " l-input-number"
    options = list(field) if kind in ("checks", "radios") else []
    markup = "" if options else field.as_widget(widget=widget, attrs=attrs)
    return mark_safe(render_to_string("components/form_field.html", {  # noqa: S308 - the template escapes
        "field": field, "kind": kind, "markup": markup, "label": label or field.label, "hint": hint, "note": note,
        "limit": limit, "options": options, "described": " ".join(described), "named": named,
        "optional": not (field.field.required or kind == "check" or kind == "select" and _always_says_something(widget)
                         or getattr(field.field, "asked_for_by_button", False)),
    }))


@register.simple_tag
def form_errors(form: Any) -> SafeString:
    """What is wrong with the form, on top, each line a link to its field; nothing when all is well."""
    if not getattr(form, "errors", None):
        return mark_safe("")
    lines = [
        (_target(form[name]), str(form[name].label).rstrip(".:?!"), error) if name in form.fields else ("", "", error)
        for name, errors in form.errors.items() if name != NON_FIELD_ERRORS
        for error in errors
    ]
    uploads = {name for name, field in form.fields.items() if isinstance(field, forms.FileField)}
    return mark_safe(render_to_string("components/form_errors.html", {  # noqa: S308 - the template escapes
        "general": form.non_field_errors(), "lines": lines, "count": len(lines) + len(form.non_field_errors()),
        "typed": set(form.fields) != uploads, "sent": any(form.add_prefix(name) in form.files for name in uploads),
    }))


def _target(field: BoundField) -> str:
    """The id of the first input of a field: groups of boxes have one per option."""
    if _kind(field.field.widget) in ("checks", "radios"):
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


@register.simple_tag
def form_fields(form: Any) -> SafeString:
    """The error summary and all fields of a form, one below the other."""
    return mark_safe(render_to_string("components/form_fields.html", {"form": form}))  # noqa: S308
