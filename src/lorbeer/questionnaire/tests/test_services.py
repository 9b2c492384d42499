import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire import rules
from lorbeer.questionnaire.expressions.library import compiled
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import current_version, form_of, versions_of
from lorbeer.questionnaire.services import import_workbook, publish, workbook_of
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_version, make_workbook
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db
GOOD = make_workbook([["type", "name", "label", "x_role"], ["text", "titel", "Titel", "title"]])
OTHER = make_workbook([["type", "name", "label", "x_role"], ["text", "titel", "Titel des Beitrags", "title"]])
BROKEN = make_workbook([["type", "name", "label"], ["text", "titel", "Titel"], ["geopoint", "wo", "Wo?"]])


def test_an_imported_workbook_is_the_newest_version_and_logged():
    competition, person = make_competition(), make_person()
    first = import_workbook(competition, GOOD, person, name="../../bogen.xlsx")
    second = import_workbook(competition, OTHER, person)

    assert [(version.number, version.is_published) for version in versions_of(competition)] == [(2, False), (1, False)]
    assert first.source == "bogen.xlsx"
    assert form_of(second).question("titel").label == {"de": "Titel des Beitrags"}
    events = LogEvent.objects.filter(verb="questionnaire.import", scope=competition.code).order_by("pk")
    assert [(event.actor, event.detail["sha256"]) for event in events] == [
        (person.code, first.sha256), (person.code, second.sha256)]


def test_remarks_and_roles_are_read_in_the_language_of_the_reader_not_of_who_imported(client):
    competition = make_competition()
    with translation.override("en"):                                    # as the command line speaks
        version = import_workbook(competition, make_workbook([
            ["type", "name", "label", "x_role"], ["text", "titel", "Titel", "title"], ["deviceid", "geraet", "", ""]]))
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    page = client.get(reverse("questionnaire:version_show", args=[competition.code, version.number])).content.decode()
    assert "Blatt survey, Zeile 3, Spalte type" in page
    assert "Rolle: Titel des Beitrags" in " ".join(page.split())
    assert version.remarks[0]["en"].startswith("Sheet survey, row 3")


def test_what_is_wrong_in_a_pattern_is_said_without_words_of_the_library():
    with pytest.raises(BadInput) as caught:
        compiled("[a-z", column=3)
    assert "Zeichen 4 an" in str(caught.value)
    assert "unterminated" not in str(caught.value)


def test_the_same_workbook_twice_is_one_version():
    competition = make_competition()
    assert import_workbook(competition, GOOD) == import_workbook(competition, GOOD)
    assert versions_of(competition).count() == 1


def test_a_broken_workbook_leaves_nothing_behind():
    competition = make_competition()
    with pytest.raises(BadInput) as caught:
        import_workbook(competition, BROKEN)
    assert len(caught.value.faults) == 1
    assert not Version.objects.exists()
    assert not LogEvent.objects.filter(verb="questionnaire.import").exists()


def test_what_is_exported_is_the_same_version_when_imported_again():
    competition = make_competition()
    version = import_workbook(competition, GOOD)
    assert import_workbook(competition, workbook_of(version)) == version


def test_the_newest_published_version_counts():
    competition, person = make_competition(), make_person()
    first, second = import_workbook(competition, GOOD), import_workbook(competition, OTHER)
    assert current_version(competition) is None
    publish(first, person)
    assert current_version(competition) == first
    publish(second, person)
    assert current_version(competition) == second
    assert LogEvent.objects.filter(verb="questionnaire.publish", actor=person.code).count() == 2


def test_an_older_version_cannot_be_published_after_a_newer_one():
    competition = make_competition()
    first, second = import_workbook(competition, GOOD), import_workbook(competition, OTHER)
    publish(second)
    with pytest.raises(Refused):
        publish(first)
    assert current_version(competition) == second


def test_a_form_that_asks_nothing_cannot_be_published():
    version = make_version(make_competition(), make_form(make_question("hinweis", "note")))
    with pytest.raises(Refused):
        publish(version)


def test_publishing_twice_keeps_the_first_moment():
    version = publish(import_workbook(make_competition(), GOOD))
    assert publish(version).published_at == version.published_at


@pytest.mark.parametrize(("field", "value"), [
    ("definition", {}), ("sha256", "0" * 64), ("number", 9), ("published_at", None)])
def test_a_published_version_never_changes(field, value):
    version = publish(import_workbook(make_competition(), GOOD))
    setattr(version, field, value)
    with pytest.raises(Refused):
        version.save()
    with pytest.raises(DatabaseError), transaction.atomic():            # nor past the model: the database holds it
        Version.objects.filter(pk=version.pk).update(**{field: value})
    version.refresh_from_db()
    version.save()                                                      # unchanged, it may be saved


def test_a_draft_may_still_change():
    version = import_workbook(make_competition(), GOOD)
    version.source = "anders.xlsx"
    version.save()
    assert Version.objects.filter(pk=version.pk).update(number=5) == 1


def test_versions_of_another_competition_are_not_mine():
    mine, other = make_competition(), make_competition()
    publish(import_workbook(other, GOOD))
    assert current_version(mine) is None
    assert not versions_of(mine).exists()


def test_a_form_is_read_from_the_database_once(django_assert_num_queries):
    version = import_workbook(make_competition(), GOOD)
    form_of(version)
    with django_assert_num_queries(0):
        form_of(version)


def test_the_triggers_come_back_after_a_table_was_rebuilt():
    from lorbeer.shared import triggers

    version = publish(import_workbook(make_competition(), GOOD))
    connection.check_constraints()                      # PostgreSQL alters no table for which deferred checks wait
    with connection.cursor() as cursor:
        on = " ON questionnaire_version" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER published_version_stays{on}")
    triggers.create()
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(number=7)


def test_the_package_brings_its_questionnaire_and_takes_it_along(tmp_path):
    from lorbeer.questionnaire.package import write_questionnaire

    competition = make_competition()
    publish(import_workbook(competition, GOOD))
    import_workbook(competition, OTHER)
    write_questionnaire(competition, tmp_path, {})

    again = make_competition()
    version = import_workbook(again, tmp_path / "questionnaire.xlsx")
    assert version.sha256 == current_version(competition).sha256        # the published one, not the draft after it


def test_a_form_without_a_title_is_not_published_and_the_rule_says_the_same():
    role = make_role(make_competition(), Role.Kind.OFFICE_LEAD)
    version = make_version(role.competition, make_form(make_question("q1")))
    with pytest.raises(Refused, match=r"title|Titel"):
        publish(version)
    assert not rules.can_publish_version(role.person, version)
    titled = make_version(role.competition, make_form(make_question("q1", role="title")))
    assert rules.can_publish_version(role.person, titled)
    assert publish(titled).is_published


def test_a_title_that_is_asked_several_times_is_not_published():
    role = make_role(make_competition(), Role.Kind.OFFICE_LEAD)
    rows = [["type", "name", "label", "x_role"], ["text", "titel", "Titel", "title"], ["begin repeat", "projekt", "Projekt", ""],
            ["text", "name", "Name des Projekts", "title"], ["end repeat", "", "", ""]]
    version = import_workbook(role.competition, make_workbook(rows))
    with pytest.raises(Refused, match="„Name des Projekts“ steht in einer Wiederholung"):
        publish(version)
    assert not rules.can_publish_version(role.person, version)
    rows[3][3] = "project_title"
    assert publish(import_workbook(role.competition, make_workbook(rows))).is_published


@pytest.mark.parametrize("kind", ["group", "repeat"])
def test_a_block_in_which_nothing_is_asked_is_a_fault(kind):
    rows = [["type", "name", "label"], ["text", "q1", "Titel"], [f"begin {kind}", "leer", "Leer"], [f"end {kind}", "", ""]]
    with pytest.raises(BadInput, match="3"):
        import_workbook(make_competition(), make_workbook(rows))
