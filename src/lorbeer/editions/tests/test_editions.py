"""Freezing, releasing, taking back: what never changes, and what disappears at once."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date

import duckdb
import pytest
from django.urls import reverse

from lorbeer.awards.models import Award
from lorbeer.editions import columns, queries, services
from lorbeer.editions.dataset import collect
from lorbeer.editions.models import Release
from lorbeer.editions.queries import answers_of, facts_of
from lorbeer.editions.tests.factories import FORM, announce, make_call, make_edition, make_entry, make_person, make_role
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import Question, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock, files
from lorbeer.shared.text import Localized, localized
from lorbeer.statistics.definitions import TableSpec
from lorbeer.statistics.queries import compute_tables

pytestmark = pytest.mark.django_db
ALL = list(Release.Part.values)


def url(name, competition, *rest):
    return reverse(f"editions:{name}", args=[competition.code, *rest])


def test_revoking_and_erasing_change_neither_hash_nor_tables():
    competition = make_call()
    person = make_person(name="Erika Beispiel")
    first, second = make_entry(competition, by=person), make_entry(competition, answers={"q1": "nein"})
    edition = make_edition(competition)
    spec = TableSpec("x", 1, localized("x"), "q1")
    before, content = compute_tables(edition, [spec]), files.read(edition.answers)

    services.revoke(first, ALL, by=None)
    second.submissions.all().delete()
    second.contributors.all().delete()
    person.name = "gelöscht"
    person.save()

    edition.refresh_from_db()
    assert compute_tables(edition, [spec]) == before
    assert files.read(edition.answers) == content
    assert before[0]["rows"][-1]["cells"]["ja"]["count"] == 1
    assert collect(competition).sha256 != edition.sha256                # the next edition would differ: the test can fail


@pytest.mark.parametrize("questions", [
    [Question("anschrift", Type.ADDRESS, Localized(de="Anschrift"), role="address")],
    [Question(name, Type.TEXT, Localized(de=name), role=name) for name in ("street", "postcode", "town")],
])
def test_a_released_address_is_published_however_the_form_asks_for_it(client, questions):
    parts = {"street": "Hofweg 3", "postcode": "01234", "town": "Musterort"}
    competition, author = make_call(), make_person()
    (section,) = FORM.sections
    publish(add_version(competition, replace(FORM, sections=(replace(section, items=(*section.items, *questions)),))))
    answers = {"anschrift": parts | {"recipient": "Erika Beispiel"}} if len(questions) == 1 else parts
    entry = make_entry(competition, by=author, answers=answers)

    (published,) = facts_of(make_edition(competition))["entries"]
    client.force_login(author)
    tab = client.get(reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])).content.decode()

    assert {name: published[name] for name in parts} == parts
    assert "Erika" not in json.dumps(published)
    assert all(part in tab for part in parts.values())
    # Not released, it is read by the applicant, the office and the auditor alone.
    entry.releases.filter(part="contact").update(revoked_at=clock.now())
    for kind, reads in ((Role.Kind.EDITOR, False), (Role.Kind.SPONSOR, False), (Role.Kind.AUDITOR, True), (Role.Kind.OFFICE, True)):
        client.force_login(make_role(competition, kind).person)
        page = client.get(reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"]))
        assert (page.status_code, "Hofweg" in page.content.decode()) == (200, reads), kind


def test_answers_hold_no_names_mails_or_free_text():
    competition = make_call()
    make_entry(competition, title="Einzigartiger Titel", applicant="Stadt Einzig", population=12_345, answers={
        "person": "Erika Beispiel", "mail": "erika@example.org", "bemerkung": "Geheimnisvoll", "kurztext": "Unverwechselbar"})
    edition = make_edition(competition)
    with answers_of(edition) as connection:
        names = [row[0] for row in connection.execute("DESCRIBE answers").fetchall()]
        cells = " ".join(str(cell) for row in connection.execute("SELECT * FROM answers").fetchall() for cell in row)
    assert {"q1", "felder_sport"} & set(names) or any(name.startswith("felder") for name in names)
    assert "ja" in cells
    for secret in ("Erika", "erika@", "Geheimnisvoll", "Unverwechselbar", "Einzigartiger", "Einzig", "12345"):
        assert secret not in cells
    assert not {"person", "mail", "bemerkung", "kurztext", "einwilligung"} & set(names)


def test_freezing_the_same_content_again_gives_the_same_edition(frozen):
    competition, _entry, edition = frozen
    assert make_edition(competition).pk == edition.pk
    make_entry(competition)
    assert make_edition(competition).number == 2


def test_a_withheld_entry_is_counted_but_never_named():
    competition = make_call()
    make_entry(competition, title="Verborgenes", released=False)
    make_entry(competition, title="Ungelistetes", is_unlisted=True)
    dataset = collect(competition)
    assert [entry["is_unlisted"] for entry in dataset.facts["entries"]] == [True, True]
    assert "Verborgenes" not in dataset.canonical
    assert "Ungelistetes" not in dataset.canonical
    assert len(dataset.rows) == 2


def make_award(competition, entry):
    from lorbeer.jury.models import Item, Meeting

    meeting, _new = Meeting.objects.get_or_create(competition=competition, round=1, defaults={"held_on": date(2018, 3, 22)})
    item = Item.objects.create(meeting=meeting, entry=entry, group=entry.group, position=entry.pk)
    return Award.objects.create(competition=competition, entry=entry, group=entry.group, prize=entry.group.prizes.first(),
                                amount_cents=100_000, item=item)


def test_a_revoked_winner_disappears_from_entries_awards_and_portraits_at_once():
    from lorbeer.awards.models import Portrait

    competition = make_call()
    entry = make_entry(competition, title="Preisgekröntes")
    award = make_award(competition, entry)
    picture = files.store(b"x", name="bild.png", scope=competition.code)
    Portrait.objects.create(award=award, description="Beschriebenes", picture=picture, approved_at=award.decided_at)
    edition = make_edition(competition)
    assert "Preisgekröntes" in str(facts_of(edition))
    assert facts_of(edition)["portraits"][0]["picture"]

    services.revoke(entry, [Release.Part.PICTURES], by=None)
    assert facts_of(edition)["portraits"][0]["picture"] is None

    services.revoke(entry, ALL, by=None)
    facts = facts_of(edition)
    assert "Preisgekröntes" not in str(facts)
    assert "Beschriebenes" not in str(facts)
    assert entry.code not in str(facts)
    assert [(one["entry"], one["amount_cents"]) for one in facts["awards"]] == [("", 100_000)]
    assert "Preisgekröntes" not in collect(competition).canonical


def test_an_entry_made_unlisted_later_disappears_too(frozen):
    _competition, entry, edition = frozen
    assert "Freigegebenes" in str(facts_of(edition))
    entry.is_unlisted = True
    entry.save()
    assert "Freigegebenes" not in str(facts_of(edition))


def test_awards_enter_an_edition_only_after_the_announcement():
    competition = make_call(announced=False)
    make_award(competition, make_entry(competition))
    assert collect(competition).facts["awards"] == []
    announce(competition)
    assert len(collect(competition).facts["awards"]) == 1


def test_what_was_taken_back_is_not_released_again_by_the_office(frozen):
    _competition, entry, _edition = frozen
    services.revoke(entry, [Release.Part.ABSTRACT], by=None)
    services.release_as_consented([entry], by=None)
    assert set(entry.releases.filter(revoked_at=None).values_list("part", flat=True)) == set(ALL) - {"abstract"}


@pytest.mark.parametrize(("kind", "status"), [
    (Role.Kind.OFFICE, 200), (Role.Kind.EDITOR, 200), (Role.Kind.AUDITOR, 200), (Role.Kind.SPONSOR, 200),
    (Role.Kind.SCREENER, 403), (Role.Kind.JUROR, 403), (None, 404),
])
def test_who_reads_editions(client, kind, status, frozen):
    competition, _entry, edition = frozen
    person = make_role(competition, kind).person if kind else make_person()
    client.force_login(person)
    for address in (url("edition_list", competition), url("edition_show", competition, 1)):
        response = client.get(address)
        assert response.status_code == status
    assert ("Diese Dateien sind nicht für die Öffentlichkeit." in response.content.decode()) is (status == 200)
    assert client.get(files.address_of(edition.facts)).status_code == (status if kind else 404)
    freezing = client.post(url("edition_freeze", competition), {"note": ""}).status_code
    assert freezing == (302 if kind in (Role.Kind.OFFICE, Role.Kind.EDITOR) else 404 if kind is None else 403)


def test_strangers_find_no_editions(client):
    competition = make_call()
    make_edition(competition)
    assert client.get(url("edition_list", competition)).status_code == 404


def test_freezing_says_what_is_in_it_and_publishing_follows(client):
    competition = make_call()
    make_entry(competition)
    make_entry(competition, released=False)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    page = client.get(url("edition_freeze", competition)).content.decode()
    assert "1 Beitrag ist freigegeben" in page
    assert "1 Beitrag ist zurückgehalten" in page
    client.post(url("edition_freeze", competition), {"note": "nach den Korrekturen"})
    edition = competition.editions.get()
    assert not edition.is_published
    assert edition.note == "nach den Korrekturen"
    assert client.get(url("edition_publish", competition, 1)).status_code == 200
    client.post(url("edition_publish", competition, 1))
    assert competition.editions.get().is_published


def release(client, entry, parts):
    return client.post(url("entry_release", entry.competition, entry.code), {"parts": parts})


def test_applicants_release_and_take_back_by_themselves(client):
    competition, person = make_call(), make_person()
    entry = make_entry(competition, by=person, released=False)
    client.force_login(person)
    tab = reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])
    assert "Wir graben gemeinsam um." in client.get(tab).content.decode()
    release(client, entry, ["entry", "abstract"])
    assert set(entry.releases.filter(revoked_at=None).values_list("part", flat=True)) == {"entry", "abstract"}
    release(client, entry, [])
    assert not entry.releases.filter(revoked_at=None).exists()
    assert release(client, entry, ["abstract"]).status_code == 422      # nothing without the entry itself


def test_the_publication_opens_with_the_submission_and_a_consent_can_be_taken_back_before_admission(client):
    competition, person = make_call(announced=False), make_person()
    entry = make_entry(competition, by=person, released=False, state="submitted")
    client.force_login(person)
    tab = reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])
    page = client.get(tab).content.decode()
    assert url("consent_withdraw", competition, entry.code) in page
    assert url("entry_release", competition, entry.code) not in page    # nothing opens before admission
    client.post(url("consent_withdraw", competition, entry.code))
    assert client.get(tab).content.decode().count("zurückgenommen") >= 2

    entry.state = "draft"
    entry.save(update_fields=["state"])
    assert "öffnet sich mit dem Einreichen" in client.get(tab).content.decode()


def test_the_office_releases_only_with_consent_and_takes_back_always(client):
    competition = make_call()
    without = make_entry(competition, answers={"einwilligung": "nein"})
    agreed = make_entry(competition)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert release(client, without, ["entry"]).status_code == 422
    assert not without.releases.exists()
    assert release(client, agreed, []).status_code == 302
    assert not agreed.releases.filter(revoked_at=None).exists()


@pytest.mark.parametrize("kind", [Role.Kind.EDITOR, Role.Kind.AUDITOR, Role.Kind.JUROR])
def test_others_change_no_release(client, kind, frozen):
    competition, entry, _edition = frozen
    client.force_login(make_role(competition, kind).person)
    release(client, entry, [])
    assert entry.releases.filter(revoked_at=None).count() == len(ALL)


@pytest.mark.once
def test_the_list_costs_the_same_queries_with_three_editions_and_thirty(client, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    competition = make_call()
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    counts = []
    for upto in (3, 30):
        for number in range(competition.editions.count() + 1, upto + 1):
            competition.numbers = number
            type(competition).objects.filter(pk=competition.pk).update(title={"de": f"Wettbewerb {number}"})
            competition.refresh_from_db()
            services.freeze(competition, by=None)
        client.get(url("edition_list", competition))
        with CaptureQueriesContext(connection, ) as captured:
            client.get(url("edition_list", competition))
        counts.append(len(captured))
    assert competition.editions.count() == 30
    assert counts[0] == counts[1]


def test_parquet_is_read_by_others(tmp_path, frozen):
    _competition, _entry, edition = frozen
    path = tmp_path / "answers.parquet"
    path.write_bytes(files.read(edition.answers))
    assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(1,)]  # noqa: S608


def test_neither_rows_nor_unnamed_entries_can_be_traced_by_their_place():
    """The files are the same whatever codes and numbers the entries have: nothing of them can have a part in the order."""
    competition = make_call()
    entries = [
        make_entry(competition, released=False, land_code=land, round=round, answers={"q1": answer})
        for land, round, answer in (("NW", 1, "ja"), ("BY", 2, "nein"), ("NW", 1, "nein"), ("BY", 1, "ja"))
    ]
    named = make_entry(competition, reference="C2", title="Genannt")
    seen = []
    for letters in ("ABDE", "EDBA", "BEAD"):
        for entry, letter in zip(entries, letters, strict=True):
            entry.code, entry.reference = f"{letter}{len(seen)}3456-{letter}", letter
            entry.save(update_fields=["code", "reference"])
        dataset = collect(competition)
        seen.append((dataset.rows, dataset.facts["entries"]))

    assert len(seen[0][0]) == 5
    assert seen[0] == seen[1] == seen[2]
    assert [one["code"] for one in seen[0][1]] == [named.code, "", "", "", ""]


def test_an_editor_whose_role_was_taken_downloads_no_edition_that_they_froze(client):
    competition = make_call()
    make_entry(competition)
    role = make_role(competition, Role.Kind.EDITOR)
    edition = services.freeze(competition, by=role.person)
    client.force_login(role.person, backend="lorbeer.people.backends.AccountBackend")
    addresses = [files.address_of(one) for one in (edition.answers, edition.codebook, edition.facts)]
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]

    role.delete()

    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]


def test_nobody_reads_the_answers_of_an_edition_that_somebody_else_is_reading(frozen):
    competition, _entry, one = frozen
    make_entry(competition)
    with answers_of(one) as first, answers_of(make_edition(competition)) as second, columns.connect() as stranger:
        assert [connection.execute("SELECT count(*) FROM answers").fetchone() for connection in (first, second)] == [(1,), (2,)]
        with pytest.raises(duckdb.CatalogException):
            stranger.execute("SELECT * FROM answers")


@pytest.mark.once
@pytest.mark.parametrize("is_here", [True, False])
def test_answers_are_read_where_they_lie_and_copied_only_from_a_storage_elsewhere(frozen, monkeypatch, is_here):
    edition, copied = frozen[2], []
    monkeypatch.setattr(queries, "_content", lambda *asked: copied.append(asked) or files.read(edition.answers))
    if not is_here:
        monkeypatch.setattr(files, "local_folder", lambda: None)
    with answers_of(edition) as answers:
        assert answers.execute("SELECT count(*) FROM answers").fetchone() == (1,)
    assert bool(copied) is not is_here


@pytest.mark.once
def test_reading_tables_loads_the_engine_without_the_package_around_it():
    program = "import sys; from lorbeer.editions import columns; columns.connect().execute('SELECT 1'); print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
