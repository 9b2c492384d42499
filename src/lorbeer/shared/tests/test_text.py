"""Texts: quotations within quotations, names of languages."""

import pytest
from django.utils import translation

from lorbeer.shared.text import language_name, nested_quotes, together

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("text", "nested"), [
    ("„„lokal willkommen“ – ein Netz“", "„‚lokal willkommen‘ – ein Netz“"),
    ("Ihr Beitrag „Das „neue“ Wir“ zu „Hand in Hand“ ist da.", "Ihr Beitrag „Das ‚neue‘ Wir“ zu „Hand in Hand“ ist da."),
    ("your entry ““Open” – a net” is in", "your entry “‘Open’ – a net” is in"), ("Nie „geschlossen", "Nie „geschlossen"),
    ("Zoll “ohne“ Anfang", "Zoll “ohne“ Anfang"), ("ohne", "ohne"), ("„a“\n„„b““", "„a“\n„‚b‘“")])
def test_quotations_within_quotations_have_marks_of_their_own(text, nested):
    assert nested_quotes(text) == nested


def test_a_language_has_a_name_in_the_language_of_the_reader():
    with translation.override("de"):
        assert [language_name(code) for code in ("de", "en", "da", "xx")] == ["Deutsch", "Englisch", "Dänisch", "xx"]


def test_a_title_is_broken_where_it_can_be_read():
    assert together("Zusammenleben Hand in Hand – Kommunen gestalten") == "Zusammenleben Hand\u00a0in\u00a0Hand\u00a0– Kommunen gestalten"
    assert together("Hand in Handarbeit, Tür an Tür") == "Hand in Handarbeit, Tür\u00a0an\u00a0Tür"
