"""Texts: quotations within quotations, names of languages, and which language a text is in."""

import pytest
from django.template import Context, Template
from django.utils import translation

from lorbeer.shared.text import Localized, in_sentence, language_name, listed, localized, nested_quotes, spoken_in, together

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


def drawn(template, **facts):
    return Template(template).render(Context(facts))


def test_a_text_in_another_language_marks_itself_wherever_a_template_writes_it():
    with translation.override("en"):
        german, label = spoken_in("Tisch & Stuhl", "de"), Localized({"de": "Preis"})
        assert drawn("{{ text }}", text=german) == '<span lang="de">Tisch &amp; Stuhl</span>' == drawn("{{ text|spoken }}", text=german)
        assert drawn("{{ label }}", label=label) == '<span lang="de">Preis</span>'
        assert drawn("{% blocktranslate with label=label %}Delete “{{ label }}”?{% endblocktranslate %}", label=label) == (
            'Delete “<span lang="de">Preis</span>”?')
        assert drawn('<a title="{{ text|plain }}"{{ text|lang }}>', text=german) == '<a title="Tisch &amp; Stuhl" lang="de">'
        assert drawn("{{ text }}", text=spoken_in("Table", "en")) == "Table"


def test_a_sentence_keeps_in_mind_which_of_its_words_are_in_another_language():
    with translation.override("en"):
        sentence = in_sentence("Withdraw “%(entry)s”, <%(number)s>?", entry=spoken_in("Ein „Tisch“ & mehr", "de"), number=7)
        assert sentence == "Withdraw “Ein „Tisch“ & mehr”, <7>?"
        assert drawn("{{ text }}", text=sentence) == 'Withdraw “<span lang="de">Ein „Tisch“ &amp; mehr</span>”, &lt;7&gt;?'
        assert drawn("{{ text|plain }}", text=sentence) == "Withdraw “Ein „Tisch“ &amp; mehr”, &lt;7&gt;?"
        assert spoken_in(sentence, "de") is sentence                    # it stays ours
        rows = listed([spoken_in("Preis", "de"), "up to €5"])
        assert (rows, drawn("{{ text }}", text=rows)) == ("Preis, up to €5", '<span lang="de">Preis</span>, up to €5')


def test_a_text_that_knows_its_language_keeps_it():
    with translation.override("de"):
        spoken = spoken_in("Humeur", "fr")
        assert (localized(spoken), localized("Laune"), localized("")) == ({"fr": "Humeur"}, {"de": "Laune"}, {})
        assert type(localized(spoken)["fr"]) is str
