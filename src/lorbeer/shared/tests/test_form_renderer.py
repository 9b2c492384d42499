"""Inputs that are written at once are those that Django's templates write."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import translation
from django.utils.safestring import mark_safe

from lorbeer.shared.form_renderer import Renderer
from lorbeer.shared.text import in_sentence, spoken_in

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


def test_an_option_says_in_which_language_it_is_and_holds_no_markup():
    with translation.override("en"):
        widget = forms.Select(choices=[("Gruppe", [("a", spoken_in("Ein Tisch", "de")), ("b", "a table"),
                                                   ("c", in_sentence("behind %(what)s", what=spoken_in("Tisch", "de")))])])
        written = Renderer().render(widget.template_name, widget.get_context("feld", "b", {}))
    assert " ".join(written.split()) == (
        '<select name="feld"> <optgroup label="Gruppe"> <option value="a" lang="de">Ein Tisch</option> '
        '<option value="b" selected>a table</option> <option value="c">behind Tisch</option> </optgroup> </select>')
