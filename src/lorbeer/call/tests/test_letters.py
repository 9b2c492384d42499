import pytest

from lorbeer.call.letters import letter_of, placeholders, render
from lorbeer.call.models import Letter
from lorbeer.call.tests.factories import make_competition
from lorbeer.shared.errors import BadInput


def test_placeholders_are_replaced_and_nothing_else_is_interpreted():
    letter = Letter(code="x", subject="{{ entry.title }}", body="{{entry.title}} {% now %} {{ name }} {{ name }}")

    subject, body = render(letter, {"entry": {"title": "{{ name }}"}, "name": "B & C"})

    assert subject == "{{ name }}"
    assert body == "{{ name }} {% now %} B & C B & C"


@pytest.mark.parametrize("body", ["{{ entry.nothing }}", "{{ nobody }}", "{{ entry.items }}"])
def test_an_unknown_placeholder_is_named(body):
    letter = Letter(code="x", subject="s", body=body)

    with pytest.raises(BadInput, match=body.strip("{ }")):
        render(letter, {"entry": {"title": "a"}})


def test_private_names_are_no_placeholders():
    assert placeholders(Letter(code="x", subject="", body="{{ entry.__class__ }} {{ a.b }}")) == {"a.b"}


@pytest.mark.django_db
def test_a_letter_is_taken_in_the_language_asked_for_else_in_german():
    competition = make_competition()
    german = competition.letters.create(code="hello", language="de", subject="Hallo", body="…")
    english = competition.letters.create(code="hello", language="en", subject="Hello", body="…")

    assert letter_of(competition, "hello", "en") == english
    assert letter_of(competition, "hello", "fr") == german
    with pytest.raises(BadInput):
        letter_of(competition, "bye")
