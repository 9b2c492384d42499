"""A page says which of its texts are in another language: what applicants, screeners and authors wrote, and what the call has in that
one only (WCAG 3.1.2). One visit per page and role, without a browser.

German is found on English pages in two ways: by lines that read like German, and by words of the world's own German texts (a title, a
reason, the subject of a mail) that nothing English has. On German pages of a call in English its words are found in the same way.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.editions.tests.factories import announce, make_edition, make_entry
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.definition import CONSENT, PUBLIC_PARTS, Choice, Form, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared.codes import ALPHABET
from lorbeer.shared.templatetags import formats
from lorbeer.shared.text import Localized, LocalizedField
from tests.pages import signed_in
from tests.test_accessibility import FOR_EACH, NOT_PAGES, ROLES
from tests.world import Provider, World, addresses

pytestmark = [pytest.mark.once]
# Words of German that English does not have.
GERMAN = re.compile(r"\b(der|das|und|nicht|mit|für|ist|eine[rmns]?|wird|werden|auf|sich|auch|wir|Sie|zum|zur|von|bei|sind|oder)\b")
NOT_READ = {"script", "style", "template", "textarea", "code", "pre"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "abbr", "b", "br", "em", "i", "small", "span", "strong", "time", "wbr"}


READ_ALOUD = ("aria-label", "alt", "title", "placeholder", "label")


class Listener(HTMLParser):
    """Hears what of a page is said to be in `language`: lines, and texts one by one with those that stand in attributes."""

    def __init__(self, language: str = "en") -> None:
        super().__init__()
        self.language = language
        self.open: list[tuple[str, bool]] = []                          # name of an element, whether what is in it is heard
        self.lines, self.texts, self.broken = [""], [], []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in INLINE:
            self.lines.append("")
        facts = dict(attrs)
        self.broken += [f"{tag} {name}={value}" for name, value in attrs if value and "<span lang=" in value]
        heard = self.open[-1][1] if self.open else True
        heard = heard if facts.get("lang") is None else facts["lang"] == self.language
        self.texts += [facts[name] for name in READ_ALOUD if heard and facts.get(name)]
        if tag not in VOID:
            self.open.append((tag, tag not in NOT_READ and heard))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1][1]:
            self.lines[-1] += data
            if not self.open or self.open[-1][0] != "title":            # the title of a page takes no marks
                self.texts.append(data)


def german_lines(listener: Listener) -> list[str]:
    return [" ".join(line.split()) for line in listener.lines if len(set(GERMAN.findall(line))) >= 2]


# --- the words of the world ---------------------------------------------------------------------------------------------

WORD = re.compile(r"\b[^\W\d_]{3,}\b")                                 # no part of a code
CODE = re.compile(rf"\b[{ALPHABET}]{{5,}}-[{ALPHABET}]\b")                # one in letters alone looks like a word
# Names of people, bodies, places and files are the same in every language; the other fields hold no words, or a person's own language's.
NAMES = {"name", "applicant", "sender", "recipient_name", "employer", "office_address"}
NO_WORDS = re.compile(
    r"(sha256|digest|code|key|email|address|secret|mark|scope|subject|actor|verb|number|language|time_zone|source|option|reference|_id|_by|_to"
    r"|media_type|kind|question|definition|document|value|input|result|arguments|detail|act|fingerprint|password|recipient|codename|what|field)$")
NOT_OF_THE_WORLD = {"auth", "contenttypes", "account", "mfa", "sessions", "socialaccount"}
CODES = {"nein", "ende", "titel", "ort", "beginn", "zielgruppe", "datenschutz"}    # what questions and lists are called


def words(text: str) -> set[str]:
    return set(WORD.findall(CODE.sub("", text).casefold()))


def _texts(value: Any, language: str) -> Iterator[tuple[str, str]]:
    """Language and text of all that a field holds."""
    if isinstance(value, str):
        yield language, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, key if key in ("de", "en") else language)


@cache
def written() -> dict[str, set[str]]:
    """The words of what is written in the world, by language; "": names. It stays as it is for all tests."""
    found: dict[str, set[str]] = {"": set(), "de": set(), "en": set()}
    for model in apps.get_models():
        if model._meta.app_label in NOT_OF_THE_WORLD:
            continue
        fields = [one for one in model._meta.concrete_fields if isinstance(one, models.CharField | models.TextField | LocalizedField)
                  and not one.choices and not NO_WORDS.search(one.attname)
                  or (model._meta.label_lower, one.attname) == ("intake.arrival", "subject")]
        known = ["page__language"] if model._meta.label_lower == "website.pageversion" else []
        for row in model._default_manager.values("pk", *(one.attname for one in fields), *known):
            language = row.get("page__language", "de")
            for one in fields:
                for spoken, text in _texts(row[one.attname], "" if one.attname in NAMES else language):
                    found[spoken] |= words(text)
        for code in model._default_manager.values_list("code", flat=True) if hasattr(model, "code") else ():
            found[""] |= words(str(code))
    return found


@cache
def house(language: str) -> set[str]:
    """The words that the house itself says in `language`."""
    days = (*formats.WEEKDAYS[language], *formats.MONTHS[language], *formats.LONG_MONTHS[language],
            *formats.GERMAN_ZONES, *formats.GERMAN_ZONES.values())
    part, found = "msgid" if language == "en" else "msgstr", words(" ".join(days)) | {"http", "https"}
    for path in (settings.PROJECT_DIR / "src" / "lorbeer").glob("**/locale/de/LC_MESSAGES/django.po"):
        now = ""
        for line in Path(path).read_text("utf-8").splitlines():
            now = line.split(" ", 1)[0] if line.startswith("msg") else now
            found |= words(line.partition('"')[2]) if now.startswith(part) else set()
    return found


def foreign(page: str) -> set[str]:
    """Words of the world that nobody says in the language of `page`."""
    other = "de" if page == "en" else "en"
    return written()[other] - written()[page] - written()[""] - house(page) - CODES


def unmarked(listener: Listener, sought: set[str]) -> list[str]:
    """The texts that are said to be in the page's language, and hold one of the words."""
    return [" ".join(text.split()) for text in listener.texts
            if "@" not in text and not re.search("[0-9a-f]{40}", text) and words(text) & sought]


def faults_in(page: str, language: str, sought: Iterable[str]) -> list[str]:
    listener = Listener(language)
    listener.feed(page)
    lines = german_lines(listener) if language == "en" else []
    return [*lines, *unmarked(listener, set(sought)), *(f"a mark in an attribute: {one}" for one in listener.broken)]


def test_german_is_found_where_it_is_not_marked():
    page = """<html lang="en"><body><p>Wir sind <b>nicht</b> da.<p>The entry “<span lang="de">Wir und die anderen mit Herz</span>” is in.
    <div lang="de"><p>Das ist eine Begründung.</p></div><textarea>Das ist eine Antwort.</textarea></body></html>"""
    assert faults_in(page, "en", ()) == ["Wir sind nicht da."]


def test_a_word_is_found_in_text_and_attribute_and_a_mark_where_none_can_be():
    page = """<html lang="en"><head><title>Lauftreff</title></head><body><h1>Withdraw “Lauftreff”?</h1><p lang="de">Lauftreff</p>
    <img alt="Lauftreff"><img alt="Lauftreff" lang="de"><a aria-label="<span lang="de">Tisch</span>">…</a></body></html>"""
    assert faults_in(page, "en", ["lauftreff"]) == ["Withdraw “Lauftreff”?", "Lauftreff", "a mark in an attribute: a aria-label=<span lang="]


@pytest.mark.parametrize("who", ROLES)
def test_an_english_page_marks_what_is_german_on_it(world, pages, who):
    provider, faults, read = Provider(world.home), [], 0
    for address in addresses():
        if not address.name or NOT_PAGES.match(address.name):
            continue
        for row in provider.rows(address, 3):
            place = reverse(address.name, kwargs=row)
            answer = pages.get(who, place)
            if answer.status == 200 and b"<html" in answer.content[:2000]:
                assert '<html lang="en"' in answer.text[:2000], place
                faults += [f"{place}: {fault[:160]}" for fault in faults_in(answer.text, "en", foreign("en"))]
                read += 1
                if address.name not in FOR_EACH:
                    break
    assert read > 5
    assert not faults, "\n".join(dict.fromkeys(faults))


# Where the words of a call stand on pages that say much themselves: (who, address, what it names).
OF_THE_CALL = [
    ("nobody", "home"), ("nobody", "website:competition_home"), ("nobody", "website:page_show"), ("nobody", "entry_search"),
    ("office_lead", "call:call_show"), ("office_lead", "call:words_edit"), ("office_lead", "call:letter_list"),
    ("office_lead", "call:letter_edit"), ("office_lead", "entries:entry_list"), ("office_lead", "website:page_list"),
    ("office_lead", "website:desk"), ("office_lead", "jury:desk_show"), ("office_lead", "screening:session_show"),
    ("office_lead", "awards:portrait_write"), ("winner", "website:desk"), ("winner", "follow_up:award_show"), ("juror", "jury:mine_show"),
]


def test_a_german_page_marks_what_a_call_has_in_english_only(world):
    sought = foreign("de")
    speak_english_only(world)
    provider, faults = Provider(World.load().home), []
    clients = {who: signed_in(world, who) for who, _name in OF_THE_CALL}
    by_name = {address.name: address for address in addresses()}
    for who, name in OF_THE_CALL:
        places = [reverse(name, kwargs=row) for row in provider.rows(by_name[name], 3)]
        place, answer = next((place, answer) for place in places if (answer := clients[who].get(place)).status_code == 200)
        faults += [f"{place}: {fault[:160]}" for fault in faults_in(answer.content.decode(), "de", sought)]
    assert not faults, "\n".join(dict.fromkeys(faults))


def speak_english_only(world: World) -> None:
    """The calls of the world as if they had been written in English alone; what people wrote is then English, too."""
    for model in apps.get_app_config("call").get_models():
        fields = [one.attname for one in model._meta.concrete_fields if isinstance(one, LocalizedField)]
        for row in model._default_manager.all() if fields else ():
            said = {name: {"en": text["en"]} for name in fields if (text := getattr(row, name)).get("en")}
            model._default_manager.filter(pk=row.pk).update(**said)
    for place in (world.home, world.elsewhere):
        type(place).objects.filter(pk=place.pk).update(languages=["en"])
        place.pages.filter(language="de", kind="page").delete()
        place.pages.update(language="en")
        place.letters.update(language="en")


# --- a third language ---------------------------------------------------------------------------------------------------

OUI_NON = (Choice("ja", Localized(fr="Certainement")), Choice("nein", Localized(fr="Jamais")))
DOMAINES = (Choice("sport", Localized(fr="Gymnastique")), Choice("kultur", Localized(fr="Théâtre")))
FRENCH = Form(title=Localized(fr="Formulaire"), code="entry", lists={"on": OUI_NON, "domaines": DOMAINES}, sections=(
    Section("all", Localized(fr="Ensemble"), items=(
        Question("titel", Type.TEXT, Localized(fr="Intitulé"), required="yes", role="title", publishable=True),
        Question("name", Type.TEXT, Localized(fr="Appellation"), role="applicant_name", publishable=True),
        Question("kurztext", Type.LONG_TEXT, Localized(fr="Chansons"), role="abstract", publishable=True),
        Question("q1", Type.SINGLE, Localized(fr="Humeur joyeuse"), list_name="on", choices=OUI_NON, publishable=True, role="duration"),
        Question("felder", Type.MULTI, Localized(fr="Disciplines pratiquées"), list_name="domaines", choices=DOMAINES, publishable=True,
                 role="field_of_action", relevant="${q1} = 'ja'"),
        Question("einwilligung", Type.SINGLE, Localized(fr="Accord"), list_name="on", choices=OUI_NON, role=CONSENT, releases=PUBLIC_PARTS),
    )),))
FRENCH_WORDS = words("Certainement Jamais Gymnastique Théâtre Intitulé Humeur joyeuse Disciplines pratiquées Chorales Concours Chansons"
                     " Tableau Médaille")


@pytest.fixture
def french_edition(db):
    """A call in French alone, with a published edition and two tables."""
    place = make_competition(languages=["fr"], title={"fr": "Concours"}, aim={"fr": "Chansons"}, office_name={"fr": "Chansons"},
                             applicant_kind="organisation")
    place.groups.update(label=Localized(fr="Chorales"), heading=Localized(fr="Chorales"))
    place.prizes.update(label=Localized(fr="Médaille"))
    publish(add_version(place, FRENCH))
    announce(place)
    for _number in range(3):
        make_entry(place, title="Chansons", applicant="Aachor", answers={"kurztext": "Chansons"}, land_code="", legal_status="")
    make_edition(place)
    for code, number, facts in (
            ("tab1", 1, {"question": "q1", "kind": "cross", "rows": "group", "least": 0}),
            ("tab2", 2, {"question": "felder", "kind": "choices", "rows": "group", "least": 0, "filter": {"q1": ["ja"]}}),
            ("tab3", 3, {"question": "q1", "kind": "cross", "rows": "q1", "least": 0})):
        place.tables.create(code=code, number=number, title=Localized(fr="Tableau"), definition=facts)
    return place


@pytest.mark.parametrize("reader", ["de", "en"])
@pytest.mark.parametrize("kind", ["nobody", "applicant", "office_lead"])
def test_every_page_marks_what_a_call_says_in_a_language_that_the_house_does_not_speak(french_edition, client, kind, reader):
    place, faults, met = french_edition, [], set()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = reader
    if kind != "nobody":
        who = place.entries.first().contributors.first().person if kind == "applicant" else make_role(place, kind).person
        client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[-1])
        who.choose_language(reader)
    for name, url in french_places(place):
        answer = client.get(url)
        if answer.status_code == 200 and b"<html" in (content := answer.getvalue())[:2000]:
            page = content.decode()
            assert f'<html lang="{reader}"' in page[:2000], url
            met |= {name} if words(page) & FRENCH_WORDS else set()
            faults += [f"{url}: {fault[:160]}" for fault in faults_in(page, reader, FRENCH_WORDS)]
            faults += [f"{url}: wrongly marked: {one}" for one in re.findall(r'lang="(?:de|en)"[^>]*>[^<]*', page) if words(one) & FRENCH_WORDS]
    assert not faults, "\n".join(dict.fromkeys(faults))
    assert met >= {"catalogue:entry_list", "catalogue:entry_detail", "statistics:table_show"}
    assert kind != "office_lead" or met >= {"statistics:table_explore", "statistics:research_list", "documentation:value_list"}


def french_places(place):
    """The pages of a call, and some as one comes to them by choosing something."""
    for address in addresses():
        if address.name and not NOT_PAGES.match(address.name):
            with suppress(IndexError):                                  # this call has nothing for it
                yield from [(address.name, reverse(address.name, kwargs=row)) for row in Provider(place).rows(address, 3)]
    yield "catalogue:entry_list", reverse("catalogue:entry_list", args=[place.code]) + "?group=main&q1=ja"
    yield "entry_search", reverse("entry_search") + "?q=Aachor"
    for rows in ("group", "q1"):
        yield "statistics:table_explore", reverse("statistics:table_explore", args=[place.code]) + (
            f"?question=q1&second=felder&rows={rows}&only=q1%3Dja&also=felder_sport%3D1&besides=group%3Dmain&least=0")
