"""From the screen to Word and back: what an editor sees and chooses, and what never gets lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation import handouts, views_check
from lorbeer.documentation.models import Correction, Handout
from lorbeer.documentation.services import save_chapter
from lorbeer.documentation.tests.factories import address, make_chapter, make_dataset, make_edition
from lorbeer.documentation.tests.test_word import edited
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import files, jobs
from lorbeer.shared.models import LogEvent, StoredFile

pytestmark = pytest.mark.django_db
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def given_out(competition, editor):
    """A handout of all chapters, and its document."""
    edition = competition.editions.first()
    made = handouts.make_document(competition, edition, [one.code for one in competition.chapters.all()])
    return handouts.keep_handout(competition, edition, made, by=editor), made[0]


def send(client, competition, content, name="korrigiert.docx"):
    return client.post(address("correction_create", competition), {"document": SimpleUploadedFile(name, content, WORD)})


def test_a_document_is_written_as_long_work_and_only_for_those_who_work_on_the_book(client, competition, editor):
    make_edition(competition)
    make_chapter(competition, code="eins")

    response = client.post(address("handout_create", competition), {"chapters": ["eins"]})
    jobs.run_waiting()

    handout = Handout.objects.get()
    assert response.url == reverse("job_detail", args=[jobs.Job.objects.get().code])
    assert [one["code"] for one in handout.chapters] == ["eins"]
    assert client.get(files.address_of(handout.document)).status_code == 200
    client.force_login(make_role(competition, Role.Kind.JUROR).person)
    assert client.get(files.address_of(handout.document)).status_code == 403
    assert LogEvent.objects.filter(verb="book.give_out", subject=f"handout:{handout.code}").exists()


def test_changes_are_shown_and_taken_in_one_by_one(client, competition, editor):
    make_edition(competition)
    chapter = make_chapter(competition, "Es sind {{ numbers.admitted }} Beiträge.\n\nEin zweiter Absatz.\n\nEin dritter.", code="eins")
    _handout, content = given_out(competition, editor)

    response = send(client, competition, edited(content, (">Ein zweiter", ">Kein zweiter"), (">Ein dritter", ">Ein letzter"), (">10<", ">11<")))
    correction = Correction.objects.get()
    here = address("correction_chapter", competition, correction=correction.code, code="eins")

    assert response.url == address("correction_show", competition, correction=correction.code)
    row = client.get(response.url).context["rows"][0]
    assert (row["count"], row["refused"]) == (2, 1)                     # a computed number is no change that could be taken in
    page = client.get(here)
    shown = page.content.decode()
    assert "<del>Ein</del>" in shown
    assert "<ins>letzter</ins>" in shown
    assert "bleibt „10“" in shown
    keys = {one["change"].before.text: one["change"].key for one in page.context["changes"]}
    assert [text for text, key in keys.items() if f'value="{key}"' not in shown] == ["Es sind 10 Beiträge."]
    client.post(here, {"revision": chapter.revision, "change": [keys["Ein dritter."]]})

    chapter.refresh_from_db()
    assert chapter.text == "Es sind {{ numbers.admitted }} Beiträge.\n\nEin zweiter Absatz.\n\nEin letzter."
    assert [one["change"].before.text for one in client.get(here).context["changes"]] == ["Es sind 10 Beiträge.", "Ein zweiter Absatz."]


def test_a_chapter_saved_while_somebody_looks_at_its_changes_is_not_overwritten(client, competition, editor):
    chapter = make_chapter(competition, "Eins ist gut.\n\nZwei ist besser.", code="eins")
    _handout, content = given_out(competition, editor)
    send(client, competition, edited(content, (">Eins ist gut", ">Eins ist schlecht")))
    here = address("correction_chapter", competition, correction=Correction.objects.get().code, code="eins")
    key = client.get(here).context["changes"][0]["change"].key
    save_chapter(chapter, title=chapter.title, text="Eins ist gut.\n\nZwei ist am besten.", revision=chapter.revision, by=None)

    response = client.post(here, {"revision": chapter.revision, "change": [key]})
    chapter.refresh_from_db()

    assert response.status_code == 409
    assert chapter.text == "Eins ist gut.\n\nZwei ist am besten."
    client.post(here, {"revision": chapter.revision, "change": [key]})
    chapter.refresh_from_db()
    assert chapter.text == "Eins ist schlecht.\n\nZwei ist am besten."


@pytest.mark.parametrize(("content", "said"), [
    (b"not a document", "nicht gespeichert"), ("elsewhere", "nicht hier ausgegeben"), ("macros", "Makros"),
])
def test_what_is_no_document_of_this_book_is_refused_beside_the_field(client, competition, editor, content, said):
    make_chapter(competition, code="eins")
    _handout, good = given_out(competition, editor)
    if content == "macros":
        content = edited(good, **{"word/vbaProject.bin": "x"})
    if content == "elsewhere":
        other = make_competition()
        make_chapter(other, code="eins")
        content = given_out(other, editor)[1]

    response = send(client, competition, content)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Correction.objects.exists()


def test_the_document_that_came_back_is_not_kept(client, competition, editor):
    make_chapter(competition, code="eins")
    _handout, content = given_out(competition, editor)
    before = StoredFile.objects.count()

    send(client, competition, content)

    assert StoredFile.objects.count() == before
    assert Correction.objects.count() == 1


def test_a_chapter_that_was_deleted_meanwhile_is_named(client, competition, editor):
    make_chapter(competition, code="eins", title="Erstes")
    make_chapter(competition, code="zwei", title="Zweites")
    _handout, content = given_out(competition, editor)
    competition.chapters.get(code="zwei").delete()

    page = client.get(send(client, competition, content).url)

    assert "Das Kapitel „Zweites“ steht nicht" in page.content.decode()
    assert (page.context["rows"], [one.code for one in page.context["done"]]) == ([], ["eins"])


def test_strangers_learn_nothing_of_corrections(client, competition, editor):
    make_chapter(competition, code="eins")
    _handout, content = given_out(competition, editor)
    send(client, competition, content)
    correction = Correction.objects.get()
    client.force_login(make_person())

    for name, facts in (("handout_list", {}), ("correction_show", {"correction": correction.code}), ("text_check", {}),
                        ("correction_chapter", {"correction": correction.code, "code": "eins"})):
        assert client.get(address(name, competition, **facts)).status_code == 404, name


# --- the number check -----------------------------------------------------------------------------------------------------

CHECKED = "Zugelassen wurden 10 Beiträge.\n\nTab. 1: Gibt es ein Konzept? (n=12)"


@pytest.mark.parametrize("sent", [{"text": CHECKED}, {"document": SimpleUploadedFile("text.md", CHECKED.encode())}])
def test_a_text_is_shown_with_its_numbers_marked_and_not_kept(client, competition, editor, sent):
    make_edition(competition)
    if "document" in sent:
        sent["document"].seek(0)
    before = StoredFile.objects.count()

    response = client.post(address("text_check", competition), sent)
    page = response.content.decode()

    assert [one["count"] for one in response.context["counts"]] == [1, 1, 0]
    assert 'class="mark-proved"' in page
    assert 'class="mark-contradicted"' in page
    assert StoredFile.objects.count() == before


def test_a_text_is_held_against_the_edition_that_was_chosen_else_the_one_the_public_reads(client, competition, editor):
    public, newer = make_edition(competition), make_edition(competition, 2, dataset=make_dataset(numbers={"received": 13}))
    type(public).objects.filter(pk=public.pk).update(is_published=True)
    text = "Eingegangen sind 12 Beiträge."

    usual = client.post(address("text_check", competition), {"text": text})
    chosen = client.post(address("text_check", competition), {"text": text, "edition": newer.pk})

    assert [one["count"] for one in usual.context["counts"]] == [1, 0, 0]
    assert "Ausgabe 1 vom 1. Juni 2018, veröffentlicht" in usual.text.replace("\u00a0", " ")
    assert [one["count"] for one in chosen.context["counts"]] == [0, 1, 0]
    assert "Verglichen mit: Ausgabe 2 vom 1. Juni 2018, nicht öffentlich" in chosen.text.replace("\u00a0", " ")
    assert "(widersprochen)" in chosen.text


@pytest.mark.parametrize("sent", [{"text": "8 9 " * 2_001}, {"text": "  "}, {"document": SimpleUploadedFile("x.docx", b"PK\x03\x04 no")}])
def test_what_cannot_be_checked_is_told_beside_the_field(client, competition, editor, sent):
    make_edition(competition)

    assert client.post(address("text_check", competition), sent).status_code == 422


@pytest.mark.once
@pytest.mark.parametrize("text", ["zwei-" * 30_000, "zwei Preise. " * 2_001, "8 9 " * 2_001])
def test_a_text_with_too_many_numbers_is_refused_before_any_is_held(client, competition, editor, monkeypatch, text):
    make_edition(competition)
    read, held = [], []
    find = views_check.mentions
    monkeypatch.setattr(views_check, "mentions", lambda one: read.append(len(one)) or find(one))
    monkeypatch.setattr(views_check, "check", lambda *_facts: held.append(1) or [])

    assert client.post(address("text_check", competition), {"text": text}).status_code == 422
    assert held == []
    assert sum(read) < 35_000                                           # it stops at the first that is too much
