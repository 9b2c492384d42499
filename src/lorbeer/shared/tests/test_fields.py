from decimal import Decimal

import pytest
from django import forms
from django.urls import get_resolver
from django.utils import translation

from lorbeer.shared.fields import DayField, EuroField, RowsField, WrittenField, whole_number
from lorbeer.shared.models import LogEvent
from lorbeer.shared.templatetags.fields import form_field


class Amount(forms.Form):
    amount = EuroField()


@pytest.mark.parametrize(("field", "typed", "sentence"), [
    (forms.CharField(), "", "Bitte füllen Sie dieses Feld aus."), (DayField(), "gestern", "so: 31.12.2017."),
    (forms.ModelChoiceField(LogEvent.objects.none()), "", "eine der Möglichkeiten."), (forms.BooleanField(), "", "das Häkchen."),
    (forms.EmailField(), "anna@", "so aus: name@example.org."), (forms.DecimalField(), "x", "zum Beispiel 1500."),
])
def test_what_is_missing_or_wrong_is_said_in_words_of_the_house_with_an_example(field, typed, sentence):
    with translation.override("de"), pytest.raises(forms.ValidationError) as caught:
        field.clean(typed)

    assert caught.value.messages[0].endswith(sentence)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(("typed", "meant"), [
    ("4.000,00", "4000"), ("4000,00", "4000"), ("4.000", "4000"), ("4000", "4000"), ("4,000.00", "4000"), ("4000.5", "4000.5"),
    ("1.234.567,89", "1234567.89"), ("4\u00a0000 €", "4000"), ("0,50", "0.5"), ("800,", "800"),
])
def test_an_amount_is_read_as_people_write_it(language, typed, meant):
    with translation.override(language):
        form = Amount({"amount": typed})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["amount"] == Decimal(meant)


@pytest.mark.parametrize(("language", "sentence"), [
    ("de", "Bitte geben Sie mindestens 0,01\u00a0€ an."), ("en", "Please enter at least €0.01."),
])
def test_a_bound_is_written_as_amounts_are(language, sentence):
    with translation.override(language), pytest.raises(forms.ValidationError) as caught:
        EuroField(least=Decimal("0.01")).clean("0")

    assert caught.value.messages == [sentence]


@pytest.mark.parametrize("typed", ["4.00.0", "4.0000,00", "0.500", "1.000.00", "1,000.000,00", "x", "-1", "1,234.567", "",
                                   "1e3", "1E3", "1_000", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused_and_never_guessed(typed):
    assert not Amount({"amount": typed}).is_valid()


def test_a_prefilled_amount_is_written_in_full_and_read_back_the_same():
    for language, written in (("de", "4.000,00"), ("en", "4,000.00")):
        with translation.override(language):
            form = Amount(initial={"amount": 4000.0})
            assert form["amount"].value() == written
            assert f'value="{written}"' in str(form["amount"])
            assert Amount({"amount": written}, initial={"amount": Decimal(4000)}).is_valid()


@pytest.mark.parametrize(("text", "number"), [
    ("0", 0), ("12", 12), ("007", 7), ("999", 999), ("1000", None), ("²", None), ("٣", None), ("-1", None), (" 1", None),
    ("1\n", None), ("1e2", None), ("9" * 5000, None), ("", None), (None, None),
])
def test_a_whole_number_is_read_from_plain_digits_up_to_a_limit(text, number):
    assert whole_number(text, 999) == number


@pytest.mark.parametrize(("day", "said"), [
    ("1900-01-01", ""), ("2199-12-31", ""), ("1899-12-31", "vor 1900"), ("2200-01-01", "nach 2199"),
])
def test_a_day_that_no_time_zone_can_reckon_with_is_refused_beside_its_field(day, said):
    with translation.override("de"):
        form = type("OneDay", (forms.Form,), {"day": DayField()})({"day": day})
        assert form.is_valid() is (not said)
        assert said in str(form.errors)


def test_what_is_written_for_others_loses_what_nobody_sees():
    class Note(forms.Form):
        note = WrittenField(max_length=20)

    form = Note({"note": " Ada \u202eL\x07ovelace\r\nx "})

    assert form.is_valid()
    assert form.cleaned_data["note"] == "Ada Lovelace\nx"
    assert not Note({"note": "\u202e"}).is_valid()


NOTHING = ("\u202e \u202e", "\u200b", "\u2060", "\u00ad", "\u2800", "\u3164", "\U000e0041", "\u180e", "\u200d", "\u200c \n\u2063")


@pytest.mark.parametrize("sent", NOTHING, ids=ascii)
@pytest.mark.parametrize("widget", [forms.TextInput, forms.Textarea])
def test_a_reason_in_which_nothing_can_be_seen_is_no_reason(sent, widget):
    class Note(forms.Form):
        note = WrittenField(max_length=20, widget=widget)

    assert list(Note({"note": sent}).errors) == ["note"]


@pytest.mark.parametrize(("widget", "kept"), [(forms.TextInput, "Donaudampf \u0646\u200c\u0647"), (
    forms.Textarea, "Donau\u00addampf \u0646\u200c\u0647")])
def test_what_scripts_and_long_texts_need_stays(widget, kept):
    class Note(forms.Form):
        note = WrittenField(max_length=40, widget=widget)

    form = Note({"note": "Donau\u00addampf \u0646\u200c\u0647"})

    assert form.is_valid()
    assert form.cleaned_data["note"] == kept


def test_a_wrong_choice_or_too_long_a_text_is_answered_in_words_of_the_house():
    class Asked(forms.Form):
        one = forms.ChoiceField(choices=[("a", "A")])
        several = forms.MultipleChoiceField(choices=[("a", "A")])
        name = forms.CharField(max_length=3)
        number = forms.DecimalField(max_digits=3, decimal_places=1)

    with translation.override("de"):
        form = Asked({"one": "x", "several": ["y"], "name": "vier", "number": "12.34"})
        said = {name: str(faults[0]) for name, faults in form.errors.items()}
    assert said == {
        "one": "„x“ steht hier nicht oder nicht mehr zur Wahl. Bitte wählen Sie eine der Möglichkeiten.",
        "several": "„y“ steht hier nicht oder nicht mehr zur Wahl. Bitte wählen Sie aus den Möglichkeiten.",
        "name": "Das ist zu lang: Hier ist Platz für höchstens 3 Zeichen, es sind 4. Bitte kürzen Sie es.",
        "number": "Bitte schreiben Sie höchstens 3 Ziffern."}


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["9" * 20, "-" + "9" * 20, f" {'9' * 20} ", "1_" + "9" * 20, "١" * 20, "1\0", "none", ""])
def test_a_row_that_cannot_be_is_a_wrong_choice(sent):
    class Rows(forms.Form):
        rows = RowsField(LogEvent.objects.all())

    form = Rows({"rows": [sent]})

    assert list(form.errors) == ["rows"]


def test_every_field_that_chooses_rows_knows_those_that_cannot_be():
    get_resolver().url_patterns                                         # noqa: B018 - loads all forms of the house
    waiting, wrong = [forms.BaseForm], []
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if form.__module__.startswith("lorbeer."):
                wrong += [(form.__name__, name) for name, field in getattr(form, "base_fields", {}).items()
                          if isinstance(field, forms.ModelMultipleChoiceField) and not isinstance(field, RowsField)]

    assert wrong == []


def test_only_a_list_that_asks_for_a_choice_is_called_optional():
    class Listed(forms.Form):
        all_of_them = forms.ChoiceField(required=False, choices=[("", "alle"), ("x", "X")])
        usual = forms.ChoiceField(required=False, choices=[("x", "X"), ("y", "Y")])
        asked = forms.ModelChoiceField(LogEvent.objects.none(), required=False)
        typed = forms.CharField(required=False)

    form = Listed()
    with translation.override("de"):
        assert [name for name in form.fields if "freiwillig" in form_field(form[name])] == ["asked", "typed"]
