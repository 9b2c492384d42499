import re

import pytest
from django.urls import reverse

from lorbeer.call.package import export_package, import_package
from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.models import BookBuild, Chapter
from lorbeer.documentation.services import build_book, publish_book, save_chapter, start_build
from lorbeer.documentation.tests.factories import address, make_chapter, make_edition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import jobs
from lorbeer.shared.models import LogEvent, StoredFile

pytestmark = pytest.mark.django_db
NAMES = ("chapter_list", "value_list", "portrait_list", "build_list")


@pytest.mark.parametrize("name", NAMES)
def test_pages_work_before_there_is_anything(client, competition, editor, name):
    assert client.get(address(name, competition)).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_pages_work_with_an_edition_and_chapters(client, competition, editor, name):
    make_edition(competition)
    make_chapter(competition)

    assert client.get(address(name, competition)).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [
    (Role.Kind.EDITOR, 200), (Role.Kind.OFFICE, 200), (Role.Kind.OFFICE_LEAD, 200), (Role.Kind.SCREENER, 403),
    (Role.Kind.JUROR, 403), (Role.Kind.SPONSOR, 403), (Role.Kind.AUDITOR, 403), (None, 404),
])
def test_editors_and_office_write_the_book_and_nobody_else(client, competition, kind, status):
    chapter = make_chapter(competition)
    person = make_role(competition, kind).person if kind else make_person()
    make_role(make_competition(), Role.Kind.OFFICE_LEAD, person)
    client.force_login(person)

    assert {client.get(address(name, competition)).status_code for name in NAMES} == {status}
    assert client.get(address("chapter_edit", competition, code=chapter.code)).status_code == status
    assert client.post(address("chapter_preview", competition, code=chapter.code), {"text": "x"}).status_code == status


def test_strangers_without_an_account_find_no_book(client, competition):
    assert client.get(address("chapter_list", competition)).status_code == 404


def test_chapters_of_another_competition_are_not_there(client, competition, editor):
    foreign = make_chapter(make_competition(), code="foreign")

    for name in ("chapter_edit", "chapter_delete"):
        assert client.get(address(name, competition, code=foreign.code)).status_code == 404
    for name in ("chapter_preview", "chapter_replace", "chapter_up", "chapter_down"):
        assert client.post(address(name, competition, code=foreign.code)).status_code == 404


def test_a_new_chapter_stands_at_the_end_and_opens(client, competition, editor):
    make_chapter(competition)
    response = client.post(address("chapter_create", competition), {"title": "Die Jury"})

    chapter = competition.chapters.last()
    assert (chapter.code, chapter.title, chapter.position) == ("die-jury", "Die Jury", 2)
    assert response.url == address("chapter_edit", competition, code="die-jury")


def test_a_chapter_without_a_title_is_asked_for_one(client, competition, editor):
    assert client.post(address("chapter_create", competition), {"title": " "}).status_code == 422


def test_the_editor_sees_each_number_with_its_mark(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition, 'a {{ numbers.admitted }} b [[5|Quelle X]] c 83 d {{ x.y }} e {{ awards.count = 9 }}')
    page = client.get(address("chapter_edit", competition, code=chapter.code)).content.decode()

    for mark in ("computed", "source", "by_hand", "unknown", "contradicted"):
        assert f'class="mark-{mark}"' in page
    assert "Zeile 1: „83“" in page


def test_a_title_with_a_reference_is_shown_with_its_value(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition, "83", code="eins", title="{{ numbers.admitted }} Beiträge")
    make_chapter(competition, "", code="zwei", title="Schluss")

    for name, codes in (("chapter_edit", {"code": chapter.code}), ("chapter_edit", {"code": "zwei"}), ("chapter_list", {}), ("build_list", {})):
        page = client.get(address(name, competition, **codes)).content.decode()
        assert re.search(r"(?<!\{) ?\d+ Beiträge", page.partition("<main")[2]), name
        assert "{{ numbers.admitted }} Beiträge" not in re.sub(r"<(input|textarea)[^>]*>", "", page), name


def test_the_preview_shows_what_is_typed_and_saves_nothing(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition)
    page = client.post(address("chapter_preview", competition, code=chapter.code), {"text": "Neu: {{ tab1.total.yes }}."})

    assert "Neu: " in page.content.decode()
    assert ">8</span>" in page.content.decode()
    chapter.refresh_from_db()
    assert chapter.revision == 1


def test_hostile_text_in_a_chapter_stays_text(client, competition, editor):
    chapter = make_chapter(competition, "<script>alert(1)</script> [x](javascript:alert(2)) [[<b>|<i>]]")
    page = client.get(address("chapter_edit", competition, code=chapter.code)).content.decode()

    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<i>" not in page.split("chapter-preview")[-1]


def test_saving_keeps_text_exactly_and_writes_the_log(client, competition, editor):
    chapter = make_chapter(competition)
    text = "  Zwei Leerzeichen vorn.\r\n\r\n{{ numbers.admitted }}  \r\n"
    response = client.post(address("chapter_edit", competition, code=chapter.code), {"title": "T", "text": text, "revision": 1})

    chapter.refresh_from_db()
    assert response.status_code == 302
    assert (chapter.text, chapter.revision, chapter.changed_by) == (text.replace("\r\n", "\n"), 2, editor)
    assert LogEvent.objects.filter(verb="chapter.save", subject=f"chapter:{chapter.code}").count() == 1


def test_two_editors_do_not_overwrite_each_other_and_the_second_keeps_the_text(client, competition, editor):
    chapter = make_chapter(competition, revision=5)
    response = client.post(
        address("chapter_edit", competition, code=chapter.code), {"title": "T", "text": "Meine Fassung", "revision": 4})

    chapter.refresh_from_db()
    assert response.status_code == 409
    assert "Meine Fassung" in response.content.decode()
    assert "Meine Fassung" not in chapter.text
    assert "von jemand anderem" in response.content.decode()


def test_who_has_the_chapter_open_twice_is_not_told_of_somebody_else(client, competition, editor):
    chapter = make_chapter(competition, revision=5, changed_by=editor)
    response = client.post(
        address("chapter_edit", competition, code=chapter.code), {"title": "T", "text": "Meine Fassung", "revision": 4})

    assert "in einem anderen Fenster" in response.content.decode()


def test_a_character_that_cannot_be_printed_is_named_beside_the_field(client, competition, editor):
    chapter = make_chapter(competition)
    response = client.post(address("chapter_edit", competition, code=chapter.code), {"title": "T", "text": "漢", "revision": 1})

    assert response.status_code == 422
    assert "U+6F22" in response.content.decode()


def test_one_click_puts_the_reference_in_the_place_of_the_number(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition, "Zuerst 7.\nDann 10 Beiträge und noch 10.")
    client.post(address("chapter_replace", competition, code=chapter.code),
                {"line": 2, "column": 5, "old": "10", "new": "{{ numbers.admitted }}"})

    chapter.refresh_from_db()
    assert chapter.text == "Zuerst 7.\nDann {{ numbers.admitted }} Beiträge und noch 10."


def test_a_click_on_a_place_that_has_changed_replaces_nothing(client, competition, editor):
    chapter = make_chapter(competition, "Dann 11 Beiträge")
    client.post(address("chapter_replace", competition, code=chapter.code), {"line": 1, "column": 5, "old": "10", "new": "x"})
    client.post(address("chapter_replace", competition, code=chapter.code), {"line": 9, "column": 0, "old": "1", "new": "x"})

    chapter.refresh_from_db()
    assert (chapter.text, chapter.revision) == ("Dann 11 Beiträge", 1)


def test_chapters_move(client, competition, editor):
    for code in ("a", "b", "c"):
        make_chapter(competition, code=code)
    client.post(address("chapter_up", competition, code="c"))
    client.post(address("chapter_down", competition, code="a"))
    client.post(address("chapter_up", competition, code="c"))

    assert list(competition.chapters.values_list("code", flat=True)) == ["c", "a", "b"]


def test_a_chapter_is_deleted_only_after_a_question(client, competition, editor):
    chapter = make_chapter(competition)
    assert client.get(address("chapter_delete", competition, code=chapter.code)).status_code == 200
    assert Chapter.objects.filter(pk=chapter.pk).exists()

    client.post(address("chapter_delete", competition, code=chapter.code))
    assert not Chapter.objects.filter(pk=chapter.pk).exists()


def test_values_are_found_by_words(client, competition, editor):
    make_edition(competition)
    page = client.get(address("value_list", competition), {"q": "tab1 landkreise"}).content.decode()

    assert "tab1.district.yes.percent" in page
    assert "tab1.town.yes.percent" not in page


@pytest.mark.once
@pytest.mark.parametrize("count", [2, 12])
def test_the_list_of_chapters_costs_the_same_with_two_as_with_twelve(
    client, competition, editor, django_assert_max_num_queries, count
):
    make_edition(competition)
    for _number in range(count):
        make_chapter(competition, changed_by=editor)
    client.get(address("chapter_list", competition))
    with django_assert_max_num_queries(22):
        client.get(address("chapter_list", competition))


def test_the_book_is_built_as_a_job_that_gives_the_file(client, competition, editor, django_capture_on_commit_callbacks):
    edition = make_edition(competition)
    make_chapter(competition, "Es sind {{ numbers.admitted }}.\n\n{{ table tab1 }}\n\n{{ portraits }}")
    response = client.post(address("build_create", competition), {"edition": edition.pk})
    jobs.run_waiting()

    build = BookBuild.objects.get()
    assert response.url.startswith("/jobs/")
    assert (build.edition, build.references, build.built_by) == (edition, 1, editor)
    assert build.pages >= 6
    page = client.get(address("build_list", competition)).content.decode()
    assert build.pdf.code in page
    assert f"{build.pdf.name} ({build.pages} Seiten)" in client.get(response.url).content.decode()


def test_a_book_with_a_fault_fails_with_chapter_and_line_and_keeps_nothing(client, competition, editor):
    edition = make_edition(competition)
    make_chapter(competition, "Gut.\n\nEs sind 83.", code="zahlen")
    job = start_build(competition, edition, by=editor)
    jobs.run_waiting()

    job.refresh_from_db()
    assert job.state == "failed"
    assert "Ein Kapitel (zahlen), " in job.error
    assert "3: „83“" in job.error
    page = client.get(reverse("job_detail", args=[job.code])).content.decode()
    assert page.count("<li>Ein Kapitel (zahlen), ") == 1
    assert not BookBuild.objects.exists()


def test_two_clicks_start_one_build(competition, editor):
    edition = make_edition(competition)
    make_chapter(competition)

    assert start_build(competition, edition, by=editor) == start_build(competition, edition, by=editor)


def test_an_edition_of_another_competition_cannot_be_built(client, competition, editor):
    foreign = make_edition(make_competition())
    client.post(address("build_create", competition), {"edition": foreign.pk})

    assert jobs.run_waiting() == 0


def test_only_the_lead_publishes_and_then_everybody_reads_the_newest(client, competition, editor):
    edition = make_edition(competition)
    make_chapter(competition)
    first = build_book(competition, edition, by=editor)
    make_chapter(competition)
    second = build_book(competition, edition, by=editor)
    assert client.post(address("build_publish", competition, number=second.pk)).status_code == 403

    lead = make_role(competition, Role.Kind.OFFICE_LEAD).person
    publish_book(first, by=lead)
    client.force_login(lead)
    client.post(address("build_publish", competition, number=second.pk))

    first.refresh_from_db(), second.refresh_from_db()
    assert (first.is_published, second.is_published) == (False, True)
    access = dict(StoredFile.objects.filter(pk__in=[first.pdf_id, second.pdf_id]).values_list("pk", "access"))
    assert access == {first.pdf_id: "restricted", second.pdf_id: "public"}


def test_a_book_that_is_not_published_is_read_by_insiders_only(client, competition, editor):
    from lorbeer.shared import files

    build = build_book(competition, make_edition(competition), by=None) if make_chapter(competition) else None
    url = files.address_of(build.pdf)
    assert client.get(url).status_code == 200

    client.force_login(make_role(competition, Role.Kind.JUROR).person)
    assert client.get(url).status_code in (403, 404)
    client.logout()
    assert client.get(url).status_code in (302, 403, 404)


def test_every_cell_of_the_edition_s_tables_offers_its_references_beside_the_text(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition)

    page = client.get(address("chapter_edit", competition, code=chapter.code)).content.decode()

    for reference in ("{{ tab1.total.yes }}", "{{ tab1.total.yes.percent }}", "{{ tab1.district.yes }}", "{{ table tab1 }}"):
        assert f'data-insert="{reference}"' in page
    assert f'href="{address("value_list", competition)}?q=tab1.total.yes"' in page


# --- versions ---------------------------------------------------------------------------------------------------------


def test_every_text_of_a_chapter_is_kept_compared_and_brought_back(client, competition, editor):
    chapter = make_chapter(competition, "Alter Text")
    save_chapter(chapter, title="Anders", text="Neuer Text", revision=1, by=editor)
    save_chapter(chapter, title="Anders", text="Neuer Text", revision=2, by=editor)
    versions = address("chapter_versions", competition, code=chapter.code)
    assert versions in client.get(address("chapter_edit", competition, code=chapter.code)).text

    text = client.get(versions).text
    assert "<del>Alter</del> Text" in text
    assert "<ins>Neuer</ins> Text" in text
    assert str(editor) in text
    assert [one.number for one, _badge, _back in client.get(versions).context["shown"]] == [2, 1]     # the same again is none
    assert client.get(versions, {"before": 7, "after": 1}).status_code == 422

    client.post(address("chapter_bring_back", competition, code=chapter.code, number=1))
    chapter.refresh_from_db()
    assert (chapter.revision, chapter.text, chapter.taken_from, chapter.changed_by) == (3, "Alter Text", 1, editor)
    assert list(chapter.versions.values_list("number", "text")) == [(2, "Neuer Text"), (1, "Alter Text")]
    assert client.post(address("chapter_bring_back", competition, code=chapter.code, number=9)).status_code == 404
    assert LogEvent.objects.filter(verb="chapter.bring_back", subject=f"chapter:{chapter.code}").count() == 1


def test_an_import_that_changes_a_chapter_keeps_what_stood_there(competition, tmp_path):
    chapter = make_chapter(competition, "Alter Text")
    export_package(competition, tmp_path / "package")
    (file,) = (tmp_path / "package" / "book").glob("*.md")
    import_package(tmp_path / "package")
    assert not chapter.versions.exists()
    file.write_text(file.read_text("utf-8").replace("Alter", "Neuer"), "utf-8")
    import_package(tmp_path / "package")
    chapter.refresh_from_db()
    assert (chapter.revision, chapter.text, chapter.versions.get().text) == (2, "Neuer Text", "Alter Text")
