"""Inputs that are written at once are those that Django's templates write."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from lorbeer.shared.form_renderer import Renderer

HOSTILE = '"><script>alert(1)</script>&\''
ATTRS = [{}, {"id": "id_a", "class": "b", "required": True, "disabled": False, "maxlength": 5, "placeholder": HOSTILE, HOSTILE: "x"},
         {"data-x": mark_safe("&amp;")}]
WIDGETS = [forms.TextInput(), forms.NumberInput(), forms.EmailInput(), forms.URLInput(), forms.HiddenInput(), forms.Textarea(),
           forms.PasswordInput(), forms.Select(choices=[("a", HOSTILE)]), forms.DateInput()]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda one: type(one).__name__)
def test_an_input_comes_out_as_django_would_have_written_it(widget):
    for attrs in ATTRS:
        for value in (None, "", HOSTILE, 5, 0, "a\nb", mark_safe("&amp;"), 1234.5):
            written = [renderer.render(widget.template_name, widget.get_context("feld", value, attrs)) for renderer in (
                Renderer(), DjangoTemplates())]
            assert written[0].strip() == written[1].strip()
