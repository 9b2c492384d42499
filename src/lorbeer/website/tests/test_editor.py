"""Writing the website: drafts, versions, two at once, publishing, the menu, files, news."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, files
from lorbeer.shared.models import LogEvent
from lorbeer.shared.text import Localized
from lorbeer.website import services
from lorbeer.website.merging import merged
from lorbeer.website.models import Asset, Page
from lorbeer.website.tests.factories import make_page
from lorbeer.website.tests.test_render import make_asset, picture

pytestmark = pytest.mark.django_db
BACKEND = "lorbeer.people.backends.AccountBackend"
NEW = {"kind": "page", "code": "theme", "language": "de", "title": "Thema", "text": "Erste Fassung"}


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def office(client):
    role = make_role(make_competition(languages=["de", "en"]), Role.Kind.OFFICE)
    client.force_login(role.person, backend=BACKEND)
    return role


def url(name, competition, *rest):
    return reverse(f"website:{name}", args=[competition.code, *rest])


def edit(page):
    return url("page_edit", page.competition, page.code, page.language)


# --- drafts and publishing --------------------------------------------------------------------------------------------


def test_a_page_is_a_draft_until_it_is_published_and_a_newer_draft_changes_nothing_outside(client, office):
    place, outside = office.competition, Client()
    client.post(url("page_new", place), NEW)
    page, public = Page.objects.get(), url("page_show", place, "theme")
    assert outside.get(public).status_code == 404

    client.post(edit(page), {"title": "Thema", "text": "Zweite Fassung", "revision": 1, "_publish": "1"})
    assert "Zweite Fassung" in text_of(outside.get(public))
    client.post(edit(page), {"title": "Anderes", "text": "Dritte Fassung", "revision": 2})
    shown = text_of(outside.get(public))

    assert ("Zweite Fassung" in shown, "Dritte" in shown, "Anderes" in shown) == (True, False, False)
    assert "Anderes" not in text_of(outside.get(url("competition_home", place)))
    client.post(url("page_hide", place, "theme", "de"))
    assert outside.get(public).status_code == 404
    assert [one.number for one in page.versions.all()] == [3, 2, 1]


def test_a_preview_and_what_is_refused_keep_nothing(client, office):
    page = make_page(office.competition, text="Erste Fassung")

    preview = client.post(edit(page), {"title": "Thema", "text": "Neue *Fassung*", "revision": 1, "_preview": "1"})
    live = client.post(url("page_preview", office.competition, "de"), {"title": "Thema", "text": "Neue **Fassung** {{ nichts }}"})

    assert (preview.status_code, "<em>Fassung</em>" in text_of(preview)) == (200, True)
    assert "<strong>Fassung</strong>" in text_of(live)
    assert "nichts" in text_of(live).split("<ul>")[1]
    assert client.post(url("page_preview", office.competition, "fr"), {"text": "x"}).status_code == 404
    refused = client.post(edit(page), {"title": "", "text": "Mein Text", "revision": 1})
    assert (refused.status_code, "Mein Text" in text_of(refused)) == (422, True)
    for broken in ({}, NEW | {"code": "nicht erlaubt"}, NEW | {"language": "fr"}, NEW | {"code": "files", "language": "de"} | {"kind": "x"}):
        assert client.post(url("page_new", office.competition), broken).status_code == 422
    assert [one.text for one in page.versions.all()] == ["Erste Fassung"]


def test_a_second_page_of_one_name_is_refused_and_keeps_what_was_typed(client, office):
    make_page(office.competition)
    answer = client.post(url("page_new", office.competition), NEW | {"text": "Mein langer Text"})
    assert (answer.status_code, "Mein langer Text" in text_of(answer)) == (422, True)
    news = client.post(url("page_new", office.competition), NEW | {"kind": "news", "language": "en", "shown_on": "2017-06-12"})
    assert news.status_code == 422                                      # a page cannot be news in another language
    assert Page.objects.count() == 1


def test_news_of_a_later_day_say_from_when_they_are_read(client, office):
    ahead = make_page(office.competition, "ahead", kind="news", shown_on=date(2999, 3, 1), published=False)
    past = make_page(office.competition, "past", kind="news", shown_on=date(2017, 3, 1), published=False)
    sent = {"title": "Thema", "text": "Neues", "revision": 1, "_publish": "1"}
    assert "ab dem 1. März 2999" in client.post(edit(ahead), sent, follow=True).text.replace("\u00a0", " ")
    assert "ab dem" not in client.post(edit(past), sent, follow=True).text


def test_saving_the_same_again_is_no_version_and_what_cannot_be_published_is_kept_as_a_draft(client, office):
    page = make_page(office.competition, text="Text\n")
    client.post(edit(page), {"title": "Thema", "text": "Text\n", "revision": 1})
    assert page.versions.count() == 1

    answer = client.post(edit(page), {"title": "Thema", "text": "{{ nichts }}", "revision": 1, "_publish": "1"}, follow=True)

    page.refresh_from_db()
    assert (page.newest.text, page.published.text) == ("{{ nichts }}", "Text\n")
    assert "Nicht veröffentlicht" in text_of(answer)


def test_the_log_tells_who_saved_and_published_what_and_nothing_of_the_text(office):
    page = make_page(office.competition, by=office.person)
    services.save_page(page, title="Thema", text="Geheimer Plan", revision=1, by=office.person)
    services.publish_page(page, revision=2, by=office.person)

    events = list(LogEvent.objects.filter(subject="page:theme.de").order_by("pk").values_list("verb", "actor"))

    assert events == [(f"page.{verb}", office.person.code) for verb in ("create", "save", "publish")]
    assert not any("Geheimer" in str(event.detail) for event in LogEvent.objects.all())


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mine", "theirs", "both"), [
    ("A\nb\nc", "a\nb\nC", "A\nb\nC"),                                  # different lines
    ("a\nb\nc\nd", "x\na\nb\nc", "x\na\nb\nc\nd"),                      # added at both ends
    ("a\nc", "a\nb\nc", "a\nc"),                                        # only one changed something
    ("A\nb\nc", "A\nb\nc", "A\nb\nc"),                                  # both the same
    ("A\nb\nc", "X\nb\nc", None), ("a\nB\nc", "a\nb\nX", None), ("a\nc", "a\nX\nc", None), ("a\nb\nx\nc", "a\nb\ny\nc", None),
])
def test_what_two_changed_in_different_places_is_brought_together(mine, theirs, both):
    assert merged("a\nb\nc", mine, theirs) == both
    assert merged("a\nb\nc", theirs, mine) == both


def test_of_two_who_write_at_once_neither_loses_a_word(client, office):
    page = make_page(office.competition, text="Eins\n\nZwei\n\nDrei")
    other = make_role(office.competition, Role.Kind.EDITOR).person
    services.save_page(page, title="Thema", text="Eins neu\n\nZwei\n\nDrei", revision=1, by=other)

    answer = client.post(edit(page), {"title": "Thema", "text": "Eins\n\nZwei\n\nDrei neu", "revision": 1})

    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["text"].value(), form["revision"].value()) == ("Eins neu\n\nZwei\n\nDrei neu", 2)
    client.post(edit(page), {"title": "Thema", "text": form["text"].value(), "revision": 2})
    page.refresh_from_db()
    assert page.newest.text == "Eins neu\n\nZwei\n\nDrei neu"


def test_where_two_contradict_both_texts_are_shown_and_nothing_is_saved(client, office):
    page = make_page(office.competition, text="Eins")
    services.save_page(page, title="Thema", text="Eins von anderen", revision=1, by=make_person())

    answer = client.post(edit(page), {"title": "Mein Titel", "text": "Eins von mir", "revision": 1, "_publish": "1"})

    assert answer.status_code == 409
    assert (answer.context["form"]["title"].value(), answer.context["form"]["text"].value()) == ("Mein Titel", "Eins von mir")
    assert "von <ins>anderen</ins>" in text_of(answer)
    page.refresh_from_db()
    assert (page.newest.text, page.published.number) == ("Eins von anderen", 1)


def test_only_the_version_that_was_looked_at_is_published(office):
    page = make_page(office.competition, published=False)
    services.save_page(page, title="Thema", text="Anders", revision=1, by=None)
    with pytest.raises(services.Refused, match="inzwischen geändert"):
        services.publish_page(page, revision=1, by=None)
    assert services.publish_page(page, revision=2, by=None).published.text == "Anders"


# --- versions ---------------------------------------------------------------------------------------------------------


def test_versions_say_who_and_when_are_compared_and_brought_back(client, office):
    page = make_page(office.competition, text="Alter Text", by=office.person)
    services.save_page(page, title="Thema", text="Neuer Text", revision=1, by=office.person)
    address = url("page_versions", office.competition, "theme", "de")

    text = text_of(client.get(address))
    assert text.count(str(office.person)) >= 2
    assert "<del>Alter</del> Text" in text
    assert "<ins>Neuer</ins> Text" in text
    assert "zweimal dieselbe" in text_of(client.get(address, {"before": 1, "after": 1}))
    assert client.get(address, {"before": 7, "after": 1}).status_code == 422

    client.post(url("page_bring_back", office.competition, "theme", "de", 1))
    page.refresh_from_db()
    assert (page.newest.number, page.newest.text, page.newest.taken_from, page.published.number) == (3, "Alter Text", 1, 1)
    assert client.post(url("page_bring_back", office.competition, "theme", "de", 9)).status_code == 404


def test_deleting_asks_once_and_takes_all_versions(client, office):
    page = make_page(office.competition)
    address = url("page_delete", office.competition, "theme", "de")
    assert "mit allen Fassungen" in text_of(client.get(address))
    client.post(address)
    assert not Page.objects.filter(pk=page.pk).exists()


# --- menu and languages -----------------------------------------------------------------------------------------------


def test_the_menu_has_the_order_that_the_office_gives_it_in_all_languages(client, office):
    place = office.competition
    for code in ("eins", "zwei", "drei"):
        for language in ("de", "en"):
            make_page(place, code, title=f"{code} {language}", language=language)
    client.post(url("page_up", place, "drei", "de"))
    client.post(url("page_down", place, "eins", "de"))
    client.post(url("page_arrange", place, "zwei", "en"), {})           # out of the menu

    def menu(language):
        text = text_of(client.get(url("page_show", place, "drei"), headers={"accept-language": language}))
        return re.findall(r"(eins|zwei|drei) (?:de|en)", text.split("<aside")[1])

    assert menu("de") == menu("en") == ["drei", "eins"]
    assert Page.objects.filter(code="zwei", in_menu=False).count() == 2


def test_a_page_that_is_not_translated_says_so(client):
    place = make_competition(languages=["de", "en"])
    make_page(place, title="Thema", text="Deutscher Text")
    german, english = (text_of(client.get(url("page_show", place, "theme"), headers={"accept-language": one})) for one in ("de", "en"))
    assert "Not translated" in english
    assert '<div class="l-prose w-page" lang="de"><p>Deutscher Text</p></div>' in english
    assert "Nicht übersetzt" not in german


def test_the_office_sees_what_is_missing_and_what_is_older(client, office):
    place = office.competition
    with clock.at(datetime(2017, 6, 1, tzinfo=UTC)):
        make_page(place, "eins", title="Eins", language="en")
        make_page(place, "zwei", title="Zwei")
    with clock.at(datetime(2017, 6, 9, tzinfo=UTC)):
        make_page(place, "eins", title="Eins")
    text = text_of(client.get(url("page_list", place)))
    assert text.count("älter als die andere Sprache") == 1
    assert text.count("fehlt") == 1
    assert f"{url('page_new', place)}?code=zwei&amp;language=en" in text


@pytest.mark.once
def test_the_list_of_pages_costs_the_same_for_three_and_for_thirty(client, office):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(url("page_list", office.competition))
        return len(queries)

    for number in range(3):
        make_page(office.competition, f"seite-{number}")
    few = cost()
    for number in range(3, 30):
        make_page(office.competition, f"seite-{number}")
    assert cost() == few


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_usual_page_begins_with_a_text_that_has_no_fault(client, office, language):
    from lorbeer.website import lint, skeletons

    for code in skeletons.USUAL:
        begun = skeletons.begin(code, language)
        assert (skeletons.FOLDER / f"{code}.{language}.md").exists()
        found = [*lint.findings(begun["title"], begun["text"], office.competition, language),
                 *lint.long_sentences(code, begun["text"], language)]
        assert [one.text for one in found if "competition." not in one.text] == [], code    # this call has no sponsor to name
    assert client.get(url("page_new", office.competition), {"like": "press", "language": language}).status_code == 200


# --- news -------------------------------------------------------------------------------------------------------------


def test_news_stand_on_their_day_and_not_before(client):
    place = make_competition(languages=["de"])
    make_page(place, "start", title="Es beginnt", kind="news", shown_on=date(2017, 6, 12))
    with clock.at(datetime(2017, 6, 11, 21, 59, tzinfo=UTC)):           # 23:59 in Berlin
        assert client.get(url("news_show", place, "start")).status_code == 404
        assert "Es beginnt" not in text_of(client.get(url("news_list", place)))
    with clock.at(datetime(2017, 6, 11, 22, tzinfo=UTC)):
        assert client.get(url("news_show", place, "start")).status_code == 200
        for page in ("news_list", "competition_home"):
            assert "Es beginnt" in text_of(client.get(url(page, place)))
    assert client.get(url("page_show", place, "start")).status_code == 404      # it has one address


def test_the_feed_is_atom_with_whole_texts_and_absolute_addresses(client):
    place = make_competition(languages=["de"])
    make_page(place, "alt", title="Älter", kind="news", shown_on=date(2017, 6, 12), text="[bewerben](apply) & mehr")
    make_page(place, "neu", title="Neuer", kind="news", shown_on=date(2017, 7, 1))
    make_page(place, "entwurf", title="Entwurf", kind="news", shown_on=date(2017, 7, 1), published=False)

    answer = client.get(url("news_feed", place))

    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    atom = "{http://www.w3.org/2005/Atom}"
    root = ElementTree.fromstring(answer.content)
    assert [one.findtext(f"{atom}title") for one in root.findall(f"{atom}entry")] == ["Neuer", "Älter"]
    assert root.find(f"{atom}author/{atom}name").text == "Wettbewerbsbüro"
    entry = root.findall(f"{atom}entry")[1]
    assert entry.find(f"{atom}link").get("href") == f"http://testserver{url('news_show', place, 'alt')}"
    assert f'href="http://testserver{reverse("intake:entry_start", args=[place.code])}"' in entry.findtext(f"{atom}summary")
    assert entry.findtext(f"{atom}published").startswith("2017-06-12T00:00:00+02:00")


# --- pictures and documents -------------------------------------------------------------------------------------------


def test_a_picture_is_public_only_where_the_public_meets_it(client):
    place = make_competition(languages=["de"])
    asset = make_asset(place)
    address = files.address_of(asset.file)
    draft = make_page(place, text="![](markt.png)", published=False)
    assert client.get(address).status_code == 404

    services.publish_page(draft, revision=1, by=None)
    assert client.get(address).status_code == 200
    services.hide_page(draft, by=None)
    assert client.get(address).status_code == 404
    services.describe_asset(asset, by=None, in_press_kit=True)
    assert client.get(address).status_code == 200
    type(place).objects.filter(pk=place.pk).update(is_public=False)     # a call that is not out yet
    assert client.get(address).status_code == 404
    client.force_login(make_role(place, Role.Kind.EDITOR).person, backend=BACKEND)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(("lost", "word"), [("credit", "Bildnachweis"), ("alternative_text_de", "Alternativtext")])
def test_a_picture_on_a_published_page_keeps_its_credit_and_its_words(client, office, lost, word):
    place = office.competition
    asset = make_asset(place)
    page = make_page(place, text="![](markt.png)", published=False)
    address = reverse("website:file_edit", args=[place.code, asset.name])
    facts = {"credit": "© Musterstadt", "alternative_text_de": "Ein Marktplatz mit Ständen"}
    assert client.post(address, facts | {lost: ""}).status_code == 302  # nobody sees it yet
    assert client.post(address, facts).status_code == 302
    services.publish_page(page, revision=1, by=None)
    for sent in ({}, {"file": picture("#aa0000")}):
        answer = client.post(address, facts | {lost: ""} | sent)
        assert answer.status_code == 422
        assert "Thema" in answer.text
        assert word in answer.text
        asset.refresh_from_db()
        assert (asset.credit, asset.alternative_text["de"]) == ("© Musterstadt", "Ein Marktplatz mit Ständen")


def test_files_are_added_described_replaced_and_deleted_on_screen(client, office):
    place = office.competition
    words = {"alternative_text_de": "Ein Markt", "credit": "© Stadt"}
    assert client.post(url("file_new", place), {"file": picture(name="Großer Markt.PNG"), **words}).status_code == 302
    asset = Asset.objects.select_related("file").get()
    assert (asset.name, dict(asset.alternative_text), asset.lacks) == ("grosser-markt.png", {"de": "Ein Markt"}, [])

    assert client.post(url("file_new", place), {"file": picture(name="grosser-markt.png")}).status_code == 422
    for wrong in ({"file": picture(), "name": "../x.png"}, {"file": io.BytesIO(b"MZ program")}, {}):
        assert client.post(url("file_new", place), wrong).status_code == 422
    first = asset.file
    client.post(url("file_edit", place, asset.name), {"file": picture("#ffffff"), **words, "is_download": "on"})
    asset.refresh_from_db()
    assert (asset.file != first, asset.is_download, type(first).objects.filter(pk=first.pk).exists()) == (True, True, False)

    page = make_page(place, text="![](grosser-markt.png)")
    assert "Thema" in text_of(client.post(url("file_delete", place, asset.name), follow=True))
    assert Asset.objects.exists()
    services.delete_page(page, by=None)
    client.post(url("file_delete", place, asset.name))
    assert not Asset.objects.exists()


def test_the_press_kit_has_pictures_without_their_metadata_and_says_their_credits(client):
    place = make_competition(languages=["de"])
    assert client.get(url("press_kit", place)).status_code == 404
    make_asset(place, in_press_kit=True, caption=Localized({"de": "Der Markt"}))
    make_asset(place, "geheim.png")

    answer = client.get(url("press_kit", place))

    with zipfile.ZipFile(io.BytesIO(answer.content)) as kit:
        assert kit.namelist() == ["markt.jpg", "LIESMICH.txt"]
        assert kit.read("markt.jpg").startswith(b"\xff\xd8")
        read = kit.read("LIESMICH.txt").decode()
    assert "Der Markt" in read
    assert "Nachweis: © Musterstadt" in read


def test_downloads_come_from_the_call_and_from_what_the_office_marked(client):
    place = make_competition(languages=["de"])
    assert "Downloads" not in text_of(client.get(url("competition_home", place)))
    make_asset(place, is_download=True, title=Localized({"de": "Merkblatt"}))
    text = text_of(client.get(url("competition_home", place)))
    assert re.search(r'<a href="[^"]+/markt.png">Merkblatt \(PNG, [^)]+\)</a>', text)


@pytest.mark.parametrize(("written", "reader", "shown"), [
    ("de", "en", '<span lang="de">Gärten</span><br><small class="l-muted">title</small>'),
    ("de", "de", '<span lang="de">Gärten</span><br><small class="l-muted">Titel</small>'),
    ("fr", "de", '<span lang="en"><span lang="fr">Jardins</span></span><br><small class="l-muted">Titel</small>'),
    ("fr", "en", '<span lang="en"><span lang="fr">Jardins</span></span><br><small class="l-muted">title</small>'),
])
def test_what_a_value_is_called_is_said_to_its_writer_and_the_value_as_the_page_says_it(client, written, reader, shown):
    office = make_role(make_competition(languages=[written], title={"de": "Gärten", "fr": "Jardins"}), Role.Kind.OFFICE)
    client.force_login(office.person, backend=BACKEND)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = reader
    page = make_page(office.competition, language=written)
    for address in (url("page_new", office.competition), edit(page)):
        assert shown in text_of(client.get(address))


def test_a_german_page_is_written_as_german_also_by_those_who_read_english(client, office):
    page = make_page(office.competition, code="fragen", title="Fragen und Antworten", text="Wer darf mitmachen?")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    shown = text_of(client.get(edit(page)))

    assert '<span aria-current="page"><span lang="de">Fragen und Antworten</span></span>' in shown
    assert re.search(r'<h2[^>]*><span lang="de">Fragen und Antworten</span></h2>', shown)
    assert re.search(r'<textarea[^>]* lang="de"', shown)
    assert re.search(r'<input[^>]*name="title"[^>]* lang="de"', shown)
