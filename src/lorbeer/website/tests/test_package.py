"""The website in the competition package: what goes out comes in again, pictures included."""

from datetime import date

import pytest

from lorbeer.call.package import export_package, import_package
from lorbeer.call.tests.factories import make_competition
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized
from lorbeer.website import services
from lorbeer.website.models import Page, PageVersion
from lorbeer.website.tests.factories import make_page
from lorbeer.website.tests.test_render import make_asset, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(tmp_path):
    """A competition with pages, a newer draft, an unpublished page, news and a picture; and its package."""
    competition = make_competition(languages=["de", "en"], code="muster", retention={"months": {"contact": 60}})
    make_asset(competition, caption=Localized({"de": "Der Markt", "en": "The market"}), in_press_kit=True)
    page = make_page(competition, text="![](markt.png)\n\n{{ dates.entries.end }} {{ numbers.admitted }}\n")
    services.save_page(page, title="Thema neu", text="Neuer Text\n", revision=1, by=None)
    make_page(competition, "theme", language="en", title="Theme", text="Text\n")
    make_page(competition, "later", title="Später", text="Text\n", published=False)
    make_page(competition, "imprint", title="Impressum", text="Text\n", in_menu=False)
    make_page(competition, "start", title="Start", text="Los\n", kind="news", shown_on=date(2017, 6, 12))
    export_package(competition, tmp_path / "one")
    return competition, tmp_path / "one"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_goes_out_comes_in_again_byte_for_byte(exported, tmp_path):
    competition, folder = exported
    assert sorted(str(path.relative_to(folder / "pages")) for path in (folder / "pages").rglob("*") if path.is_file()) == [
        "01-theme.de.draft.md", "01-theme.de.md", "01-theme.en.md", "02-later.de.draft.md", "90-imprint.de.md", "media.toml",
        "media/markt.png", "news/2017-06-12-start.de.md"]
    competition.delete()

    again = import_package(folder)
    export_package(again, tmp_path / "two")

    assert contents(folder / "pages") == contents(tmp_path / "two" / "pages")
    page = again.pages.get(code="theme", language="de")
    assert (page.published.title, page.newest.title) == ("Thema", "Thema neu")
    assert again.pages.get(code="later").published is None
    asset = again.assets.get()
    assert (dict(asset.alternative_text), asset.credit, asset.in_press_kit) == ({"de": "Ein Marktplatz mit Ständen"}, "© Musterstadt", True)


@pytest.mark.parametrize("text", ["Ohne Ende", "Mit Ende\n", "Zwei\n\n\n", "\nEine Zeile vorher", "    eingerückt", ""])
def test_a_text_comes_in_again_to_the_last_line_and_makes_no_version(tmp_path, text):
    competition = make_competition(languages=["de"], code="muster", retention={"months": {"contact": 60}})
    page = make_page(competition, text=text)
    export_package(competition, tmp_path)
    import_package(tmp_path)
    assert list(PageVersion.objects.filter(page=page).values_list("text", flat=True)) == [text]


def test_importing_the_same_again_makes_no_version_and_another_text_keeps_the_former(exported):
    competition, folder = exported
    before, stored = PageVersion.objects.count(), competition.assets.get().file_id
    import_package(folder)
    assert (PageVersion.objects.count(), competition.assets.get().file_id) == (before, stored)

    (folder / "pages" / "02-later.de.draft.md").rename(folder / "pages" / "02-later.de.md")
    (folder / "pages" / "01-theme.en.md").write_text("# Theme\n\nOther\n", "utf-8")
    import_package(folder)
    page = Page.objects.get(code="theme", language="en")
    assert [one.text for one in page.versions.all()] == ["Other\n", "Text\n"]
    assert page.published.text == "Other\n"
    assert Page.objects.get(code="later").published is not None


@pytest.mark.parametrize(("name", "content", "word"), [
    ("pages/thema.md", b"# T\n", "thema.md"), ("pages/20-neu.de.md", b"ohne Titel", "# "), ("pages/20-neu.fr.md", b"# T\n", "de, en"),
    ("pages/news/heute.de.md", b"# T\n", "2017-06-19-start"), ("pages/news/2017-13-01-x.de.md", b"# T\n", "2017-06-19-start"),
    ("pages/news/2017-06-12-theme.de.md", b"# T\n", "06-12-theme"), ("pages/20-neu.de.md", b"# T\n\n{{ nichts }}", "nichts"),
    ("pages/20-neu.de.md", b"# T\n\n![](fehlt.png)", "fehlt.png"), ("pages/media/neu.png", b"x", "media.toml"),
    ("pages/media.toml", b'[[files]]\nname = "weg.png"\n', "weg.png"), ("pages/media.toml", b'[[files]]\nname = "../a.png"\n', "name"),
    ("pages/media.toml", b'[[files]]\nname = "markt.png"\nunbekannt = 1\n', "unbekannt"), ("pages/media/markt.png", b"MZ\x90", "markt.png"),
    ("pages/20-files.de.md", b"# T\n", ""),
])
def test_a_fault_in_the_website_is_named_with_its_file_and_nothing_is_imported(exported, name, content, word):
    _competition, folder = exported
    (folder / name).write_bytes(content)
    if name == "pages/20-files.de.md":                                  # “files/new/” has two parts, “files/de/” is free
        import_package(folder)
        return
    before = PageVersion.objects.count()
    with pytest.raises(BadInput) as error:
        import_package(folder)
    assert any(word in fault for fault in error.value.faults), error.value.faults
    assert PageVersion.objects.count() == before


def test_a_picture_that_is_replaced_in_the_package_is_replaced(exported):
    competition, folder = exported
    (folder / "pages" / "media" / "markt.png").write_bytes(picture("#ffffff").read())
    before = competition.assets.get().file.blob_id
    import_package(folder)
    assert competition.assets.get().file.blob_id != before
