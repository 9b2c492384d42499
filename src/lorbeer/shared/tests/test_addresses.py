import pytest
from django.urls import URLPattern, get_resolver
from django.urls.converters import IntConverter, StringConverter

from lorbeer.shared.addresses import is_taken

# Codes that nobody chooses: the house draws them from an alphabet in which no fixed word can be written, or knows them all (tabs).
DRAWN = {
    "outreach:address_edit", "outreach:intent_show", "follow_up:award_show", "intake:entry_show", "intake:arrival_show",
    "screening:session_show", "entries:entry_tab", "catalogue:entry_detail", "documentation:correction_show",
}
# Codes that people choose: every place where one is made asks `is_taken`.
CHOSEN = {"outreach:wave_show", "statistics:table_show", "documentation:chapter_edit"}


def patterns(resolver=None, namespace=""):
    """(name, address as a list of parts) of every page that belongs to a competition."""
    for one in (resolver or get_resolver()).url_patterns:
        if not isinstance(one, URLPattern):
            if resolver is None and not str(one.pattern).startswith("<slug:competition>"):
                continue
            yield from patterns(one, f"{one.namespace}:")
        else:
            yield f"{namespace}{one.name}", one.pattern


def hidden_words():
    """(page, word): a page whose address ends in a code, and a fixed word that stands in the same place of another page."""
    pages = [(name, str(pattern).split("/"), pattern) for name, pattern in patterns()]
    for name, parts, pattern in pages:
        if len(parts) < 2 or not parts[-2].startswith("<") or isinstance(
                list(pattern.converters.values())[-1], IntConverter) or not isinstance(list(pattern.converters.values())[-1], StringConverter):
            continue
        for _other, others, _pattern in pages:
            if others[:-2] == parts[:-2] and len(others) == len(parts) and others[-1] == "" and not others[-2].startswith("<"):
                yield name, others[-2]


def test_every_code_that_a_fixed_word_would_hide_is_drawn_by_the_house_or_refused():
    assert {name for name, _word in hidden_words()} <= DRAWN | CHOSEN
    assert {name for name, _word in hidden_words()} >= CHOSEN


@pytest.mark.parametrize("name", sorted(CHOSEN))
def test_a_chosen_code_is_refused_exactly_where_another_page_stands(name):
    words = {word for page, word in hidden_words() if page == name}

    assert words
    assert [word for word in words if not is_taken(name, "fonds", word)] == []
    assert not is_taken(name, "fonds", "tab1")
    assert not is_taken(name, "fonds", "no code")
