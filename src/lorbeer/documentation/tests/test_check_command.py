"""`lorbeer book check` for programs that call it: how it ends."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.tests.factories import make_edition


def stopped(*words):
    """How `book check` ends where it does not end well."""
    with translation.override("en"), pytest.raises(CommandError) as caught:
        call_command("book_check", *words)
    return caught.value


@pytest.mark.django_db
def test_a_check_that_could_not_be_made_ends_otherwise_than_one_that_found_something(tmp_path):
    """Whoever lets a program call it must not take a mistyped name for a wrong number."""
    competition = make_competition()
    (tmp_path / "text.md").write_text("Ein Konzept gibt es in 9 Beiträgen (80,0 %).")
    text = str(tmp_path / "text.md")
    found = [stopped(text)]
    edition = make_edition(competition)
    found += [stopped(text, f"--competition={competition.code}", "--edition=7"), stopped(text, "--competition=none"),
              stopped(str(tmp_path / "none.md"))]
    assert [error.returncode for error in found] == [2] * 4
    assert stopped(text, f"--edition={edition.number}").returncode == 1
    assert str(found[1]) == f"“{competition.code}” has no edition 7. There is: {edition.number}."
    assert str(found[2]) == f"There is no competition “none”. There are: {competition.code}."
    assert str(found[3]).endswith("none.md cannot be read: No such file or directory")
