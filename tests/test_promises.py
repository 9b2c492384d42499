"""What always holds (docs/rules.md), where only a whole world can show it."""

import re
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from lorbeer.call.models import Purse
from lorbeer.entries.models import Entry, State
from lorbeer.intake import services as intake
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent, LogSeal
from tests.test_walls import places, signed_in, text_of

PROJECT = Path(__file__).resolve().parent.parent


@pytest.mark.once
def test_every_promise_names_tests_that_exist():
    text = (PROJECT / "docs" / "rules.md").read_text()
    sources = [*PROJECT.glob("tests/test_*.py"), *PROJECT.glob("src/lorbeer/*/tests/test_*.py")]
    written = set(re.findall(r"def (test_\w+)\(", "\n".join(path.read_text() for path in sources)))
    named = re.findall(r"`(test_\w+)`", text)

    assert [int(number) for number in re.findall(r"^## (\d+)\.", text, re.M)] == list(range(1, 12))
    assert all("`test_" in section for section in text.split("\n## ")[1:])
    assert sorted(set(named) - written) == []


def test_the_log_of_a_whole_world_is_sound_and_names_the_row_that_was_changed(world):
    log.seal_log()
    sound = log.verify()
    assert sound, str(sound)
    assert sound.seals == LogSeal.objects.count() > 500

    row = LogEvent.objects.filter(verb__startswith="jury").order_by("pk")[3]
    with transaction.atomic():
        set_the_guards_aside()
        LogEvent.objects.filter(pk=row.pk).update(actor="somebody-else")
        changed = log.verify()
        transaction.set_rollback(True)

    assert not changed
    assert changed.event == row.pk


def set_the_guards_aside() -> None:
    """What somebody with the keys of the database can do: drop the triggers that refuse a change."""
    table = LogEvent._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')


def test_the_database_refuses_to_spend_more_than_the_cap(world):
    purse = Purse.objects.filter(competition=world.home).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.filter(pk=purse.pk).update(spent_cents=purse.cap_cents + 1)


HOSTILE = "{{ 7|add:70 }}{% now %}<script>alert('Übel')</script><b onclick=alert(1)>"
FORMULA = "=cmd|' /C calc'!A1"


@pytest.mark.once
def test_what_somebody_typed_is_shown_as_typed_and_never_obeyed(world):
    """An applicant types template code, markup, a formula and a path; the entry then stands on everybody's pages."""
    person = make_person(name=FORMULA)
    Entry.objects.filter(competition=world.home, state=State.SUBMITTED).update(title=HOSTILE, applicant=FORMULA)
    draft = intake.start_draft(world.home, by=person, applicant=FORMULA)
    intake.fill_draft(draft, {"kurztext": HOSTILE, "titel": f"../../etc/{HOSTILE}"}, by=person)
    world._people["hostile"] = person
    shown, faults = 0, []
    for who in ("office", "auditor", "hostile"):
        client = signed_in(world, who)
        for _address, place in [*places(world, 2), *((None, f"/{world.home.code}/entries/?format={kind}") for kind in ("csv", "xlsx")),
                               (None, f"/{world.home.code}/apply/{draft.entry.code}/preview/")]:
            answer = client.get(place)
            if answer.status_code != 200:
                continue
            text = text_of(answer)
            shown += "7|add:70" in text
            if "<script>alert('Übel')" in text and "html" in answer.headers["Content-Type"]:
                faults.append(f"{place}: markup comes back as markup")
            if "<b onclick" in text and "html" in answer.headers["Content-Type"]:
                faults.append(f"{place}: an attribute comes back as an attribute")
            if "csv" in answer.headers["Content-Type"] and re.search(r"(^|[;,\t])\"?=cmd", text, re.M):
                faults.append(f"{place}: a formula comes back as a formula")
            if re.search(r"<f>=?cmd", text):
                faults.append(f"{place}: a formula stands in a cell of a workbook")

    assert shown > 5, "the text must be on some pages, else nothing has been tried"
    assert not faults, "\n".join(faults)
