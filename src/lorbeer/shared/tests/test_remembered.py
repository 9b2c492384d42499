"""A question is asked once while a page is read, and anew whenever something may have changed."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from lorbeer.shared.remembered import once_per_page, remembering


@pytest.fixture
def asked():
    """Who has been asked about, and the question."""
    found = []

    @once_per_page
    def question(who):
        found.append(who)
        return len(found)

    return found, question


def page(question, *people):
    return remembering(lambda _request: HttpResponse(str([question(one) for one in people])))


def test_a_page_asks_once_about_each_and_the_next_page_asks_anew(asked):
    found, question = asked
    look = page(question, "a", "b", "a", "a")
    assert look(RequestFactory().get("/")).content == b"[1, 2, 1, 1]"
    assert look(RequestFactory().get("/")).content == b"[3, 4, 3, 3]"
    assert found == ["a", "b", "a", "b"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_may_write_remembers_nothing(asked, method):
    found, question = asked
    page(question, "a", "a")(getattr(RequestFactory(), method)("/"))
    assert found == ["a", "a"]


def test_nor_does_anything_outside_a_page_even_after_one_that_failed(asked):
    found, question = asked

    def fails(_request):
        question("a")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        remembering(fails)(RequestFactory().get("/"))
    question("a")
    question("a")
    assert found == ["a"] * 3
