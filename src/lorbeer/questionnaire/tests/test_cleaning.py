import json
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import Limits, Type
from lorbeer.questionnaire.faults import limit_faults
from lorbeer.questionnaire.tests.factories import check_sentences, make_question
from lorbeer.shared.errors import BadInput

UNTOUCHED = "„Größe“ – 5\xa0% 👩\u200d🌾 \u2764\ufe0f Łódź שלום\t東京\n• e\u0301"


def question(type_, **facts):
    if type_ in ("single", "multi", "yes_no"):
        facts.setdefault("list_name", "farben")
    return make_question("frage", type_, **facts)


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("text", "  ein \n Titel ", "ein Titel"),
        ("long_text", "a\r\n\r\nb  ", "a\n\nb"),
        ("text", "a\x00b\ud800", "ab"),
        ("text", "Garten\u202egnp.\u2066x\ufffe\ufeff\U0001ffff", "Gartengnp.x"),
        ("text", "Erste\u2028zweite\x85dritte\x0bvierte", "Erste zweite dritte vierte"),
        ("long_text", "Erste\u2028zweite\x0bdritte", "Erste\nzweite\ndritte"),
        ("long_text", UNTOUCHED, UNTOUCHED),
        ("text", "\u202e\u200b \u00ad", None),
        ("text", "Donau\u00addampf\u200bfahrt", "Donaudampffahrt"),
        ("long_text", "\u2060\n\u200b", None),
        ("long_text", "Donau\u00addampf", "Donau\u00addampf"),
        ("integer", "23.410", 23410),
        ("integer", "23 410", 23410),
        ("integer", 7, 7),
        ("integer", "-3", -3),
        ("decimal", "1.234,50", "1234.5"),
        ("decimal", "1,234.50", "1234.5"),
        ("decimal", "12,5", "12.5"),
        ("decimal", "5.000 €", "5000"),
        ("date", "31.12.2017", "2017-12-31"),
        ("date", "2017-12-31", "2017-12-31"),
        ("date", date(2017, 1, 2), "2017-01-02"),
        ("time", "9:05", "09:05"),
        ("single", "rot", "rot"),
        ("single", ["rot"], "rot"),
        ("multi", ["gruen", "rot"], ["rot", "gruen"]),
        ("multi", "gruen rot", ["rot", "gruen"]),
        ("multi", [], None),
        ("email", "a.beispiel@example.org", "a.beispiel@example.org"),
        ("url", "www.example.org/x", "https://www.example.org/x"),
        ("phone", "+49 30 123-45", "+49 30 123-45"),
        ("acknowledge", "on", True),
        ("acknowledge", False, None),
        (
            "address",
            {"street": "Weg 1", "postcode": "10115", "town": " Berlin ", "recipient": ""},
            {"street": "Weg 1", "postcode": "10115", "town": "Berlin"},
        ),
        ("municipality", "05 315 000", {"key": "05315000"}),
        ("municipality", {"key": "05315000", "name": "Köln"}, {"key": "05315000", "name": "Köln"}),
        ("file", {"code": "K7-M", "name": "a.pdf", "size": 3}, [{"code": "K7-M", "name": "a.pdf", "size": 3}]),
        ("text", "   ", None),
        ("integer", "", None),
    ],
)
def test_what_comes_in_is_kept_in_one_form(type_, raw, value):
    assert clean_value(question(type_), raw) == value
    assert clean_value(question(type_), value) == value                 # clean again: nothing changes


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        ("integer", "sieben"),
        ("integer", "1,5"),
        ("integer", "1" * 60),
        ("integer", True),
        ("decimal", "1.2.3"),
        ("decimal", "NaN"),
        ("decimal", "1e5"),
        ("date", "31.02.2017"),
        ("date", "gestern"),
        ("time", "25:00"),
        ("single", "lila"),
        ("single", ["rot", "blau"]),
        ("multi", ["rot", "lila"]),
        ("multi", [1]),
        ("multi", {"rot": 1}),
        ("email", "a@b"),
        ("url", "javascript:alert(1)"),
        ("phone", "ruf an"),
        ("acknowledge", "vielleicht"),
        ("address", {"planet": "Erde"}),
        ("address", {"postcode": "?"}),
        ("address", {"postcode": "ABCDE"}),
        ("municipality", "Köln"),
        ("file", "../../etc/passwd"),
        ("file", [{"name": "a"}]),
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("note", "x"),
        ("calculate", "1"),
        ("text", "a" * 100_001),
    ],
)
def test_what_does_not_fit_gets_a_sentence(type_, raw):
    with pytest.raises(BadInput) as caught:
        clean_value(question(type_), raw)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("type_", "raw", "said"), [
    ("decimal", "1" * 16, "zu groß"), ("integer", "9" * 60, "zu groß"), ("integer", "-" + "1" * 16, "zu groß"),
    ("decimal", "1,12345678901", "höchstens zehn Nachkommastellen"), ("integer", "1,5", "ganze Zahl"), ("decimal", "1e5", "keine Zahl"),
])
def test_a_number_that_cannot_be_kept_gets_its_own_reason(type_, raw, said):
    with translation.override("de"), pytest.raises(BadInput, match=said):
        clean_value(question(type_), raw)
    assert clean_value(question(type_), "0" * 20 + "9" * 15) in (10**15 - 1, str(10**15 - 1))


@pytest.mark.parametrize(("typed", "limits", "count"), [
    ("01.01.0001", {}, 1), ("31.12.9999", {}, 1), ("01.05.1143", {}, 0), ("31.12.2030", {}, 0), ("05.06.0782", {"min": "0700-01-01"}, 0),
])
def test_a_year_that_is_hardly_meant_is_pointed_out_where_the_question_has_no_bound(typed, limits, count):
    asked = question("date", limits=Limits(**limits))
    assert len(limit_faults(asked, clean_value(asked, typed))) == count


@pytest.mark.parametrize(("language", "expected"), [("de", 5000), ("en", 5000)])
def test_thousands_are_read_in_both_languages(language, expected):
    with translation.override(language):
        assert clean_value(question("integer"), "5.000" if language == "de" else "5,000") == expected


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
                    max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([str(one) for one in Type]), JSON | st.sampled_from(["rot", "1.000,5", "2017-01-01", {"key": "05"}]))
def test_any_input_is_a_value_that_can_be_stored_or_a_sentence(type_, raw):
    one = question(type_)
    try:
        value = clean_value(one, raw)
    except BadInput as refused:
        check_sentences(refused)
        return
    json.dumps(value, allow_nan=False).encode("utf-8")
    assert clean_value(one, value) == value
