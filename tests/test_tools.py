"""The tools of the other tests do find what they are for."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_axe_finds_a_picture_without_text(page, axe):
    page.set_content('<html lang="de"><title>x</title><main><h1>x</h1><img src="data:,"></main></html>')

    assert [fault.split(": ")[1] for fault in axe(page)] == ["image-alt"]


def test_axe_is_content_with_a_plain_page(page, axe):
    page.set_content('<html lang="de"><title>x</title><main><h1>x</h1></main></html>')

    assert axe(page) == []
