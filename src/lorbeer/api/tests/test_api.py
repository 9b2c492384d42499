"""The read API keeps its own description, tells nothing that the public pages do not, and can be used from anywhere."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lorbeer.api.description import openapi
from lorbeer.api.endpoints import ENDPOINTS
from lorbeer.catalogue.tests.test_catalogue import WORD, costs
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import announce, make_call, make_edition, make_entry, make_place, make_role
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.entries.transitions import move
from lorbeer.people.models import Role
from lorbeer.statistics.models import TableDefinition

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def place(db):
    """A call with a winner, another entry, one that is withheld, and a table."""
    competition = make_call(title={"de": "Wettbewerb", "en": "Competition"}, languages=["de", "en"])
    winner = make_entry(competition, title="Gemeinschaftsgarten", land_code="BY",
                        municipality=make_place("Musterort", latitude=48.1, longitude=11.5))
    make_award(competition, winner)
    make_entry(competition, title="Sprachcafé", answers={"felder": ["kultur"]})
    make_entry(competition, title=WORD, released=False)
    TableDefinition.objects.create(competition=competition, code="tab1", number=1, title={"de": "Konzept"},
                                   definition={"question": "q1", "kind": "cross", "rows": "group"})
    make_edition(competition)
    return competition


def get(client, path, status=200, **query):
    response = client.get(f"{API}{path}", query)
    assert response.status_code == status, response.content
    return json.loads(response.content)


def addresses(competition, codes=()):
    """Every address of the API for this competition."""
    found = []
    for one in ENDPOINTS:
        path = one.path.replace("{competition}", competition.code).replace("{number}", "1")
        found += [path.replace("{code}", code) for code in ("tab1", *codes)] if "{code}" in path else [path]
    return [*found, "openapi.json"]


def everything(client, competition, codes=(), **headers):
    """{address: bytes} of the whole API."""
    return {path: client.get(f"{API}{path}", headers=headers).content for path in addresses(competition, codes)}


def test_entries_are_found_as_in_the_public_database(client, place):
    base = f"competitions/{place.code}/entries"

    def titles(**query):
        return [one["title"] for one in get(client, base, **query)["entries"]]

    assert titles() == ["Gemeinschaftsgarten", "Sprachcafé"]
    assert titles(q="Gemeinschaftsgärten") == ["Gemeinschaftsgarten"]
    assert titles(award="none") == ["Sprachcafé"]
    assert titles(land="BY") == ["Gemeinschaftsgarten"]
    assert titles(answer="felder:kultur") == ["Sprachcafé"]
    assert titles(answer=["felder:kultur", "felder:sport"], land=["BY", "NW"]) == ["Gemeinschaftsgarten", "Sprachcafé"]
    assert get(client, base)["withheld"] == 1


def test_pages_follow_each_other_and_keep_what_was_asked(client, place, settings):
    first = get(client, f"competitions/{place.code}/entries", per_page=1, q="Beitrag Stadt garten café")
    assert first["total"] == 0
    first = get(client, f"competitions/{place.code}/entries", per_page=1, group=place.groups.first().code)
    assert (first["total"], first["pages"], len(first["entries"]), first["links"]["previous"]) == (2, 2, 1, None)
    second = json.loads(client.get(first["links"]["next"].removeprefix(settings.BASE_URL)).content)
    assert second["entries"] != first["entries"]
    assert second["links"]["next"] is None
    assert second["links"]["previous"] == first["links"]["self"] == first["links"]["first"]
    assert get(client, f"competitions/{place.code}/entries", page=1_000_000)["entries"] == []


def test_an_entry_tells_what_was_released_and_null_for_the_rest(client, place):
    entry = place.entries.get(title="Gemeinschaftsgarten")
    address = f"competitions/{place.code}/entries/{entry.code}"
    told = get(client, address)
    assert told["abstract"] == "Wir graben gemeinsam um."
    assert told["answers"] == {"q1": ["ja"], "felder": ["sport"]}
    assert [award["amount_cents"] for award in told["awards"]] == [100_000]
    services.revoke(entry, [Release.Part.ABSTRACT, Release.Part.ANSWERS, Release.Part.CONTACT], by=None)
    told = get(client, address)
    assert (told["abstract"], told["answers"], told["contact"]) == (None, None, None)
    assert told["title"] == "Gemeinschaftsgarten"


def test_what_is_a_code_stands_in_words_beside_it(client, place):
    entry = place.entries.get(title="Gemeinschaftsgarten")
    told = get(client, f"competitions/{place.code}/entries/{entry.code}", language="en")
    group = place.groups.get(code=told["group"])
    assert (told["label_land"], told["label_group"], told["awards"][0]["label_group"]) == ("Bayern", str(group), str(group.heading))
    assert told["label_answers"]["felder"] == {"label": "Handlungsfelder", "values": ["Sport"]}
    assert told["label_answers"]["q1"]["values"] == ["yes"]


def test_a_narrowed_answer_says_what_was_asked_for_and_where_people_read_the_same(client, place, settings):
    base = f"competitions/{place.code}/entries"
    assert get(client, base)["search"] is None
    told = get(client, base, q="Garten", land="BY", answer="felder:sport", within="1")["search"]
    assert told["in_words"] == "„Garten“, auch in zusammengesetzten Wörtern; Land: Bayern; Handlungsfelder: Sport"
    assert told["choices"] == {"land": ["BY"], "felder": ["sport"]}
    page = client.get(told["address"].removeprefix(settings.BASE_URL)).content.decode()
    assert "Gemeinschaftsgarten" in page
    assert "Sprachcafé" not in page


def test_all_competitions_are_searched_as_on_their_page(client, place):
    other = make_call(title={"de": "Zweiter"})
    make_entry(other, title="Garten am Hafen", land_code="SH")
    make_edition(other)
    quiet = make_call(announced=False)
    make_entry(quiet, title="Geheimer Garten")
    make_edition(quiet)

    def titles(**query):
        return [one["title"] for one in get(client, "entries", **query)["entries"]]

    assert set(titles()) == {"Gemeinschaftsgarten", "Sprachcafé", "Garten am Hafen"}
    assert titles(q="Gärten") == ["Garten am Hafen"]
    assert set(titles(q="garten", within="1")) == {"Garten am Hafen", "Gemeinschaftsgarten"}
    assert titles(competition=place.code, award="any") == ["Gemeinschaftsgarten"]
    assert titles(year="1999") == []
    told = get(client, "entries", q="Hafne")
    assert (told["asked"], told["answered"], told["total"]) == ("Hafne", "Hafen", 1)
    (found,) = get(client, "entries", land="SH")["entries"]
    assert (found["competition"]["code"], found["year"], found["label_land"]) == (other.code, 2018, "Schleswig-Holstein")
    facets = {one["name"]: {choice["value"]: choice["count"] for choice in one["choices"]}
              for one in get(client, "facets", land="SH")["facets"]}
    assert (facets["competition"], facets["land"]) == ({other.code: 1}, {"BY": 1, "NW": 1, "SH": 1})
    for wrong in ({"competition": quiet.code}, {"competition": "absent"}, {"group": "absent"}):
        detail = get(client, "entries", status=422, **wrong)["errors"][0]["detail"]
        assert other.code in detail or "group" in wrong
        assert quiet.code not in detail.partition("Es gibt:")[2]


def test_facets_count_what_the_filters_leave(client, place):
    told = get(client, f"competitions/{place.code}/facets", land="BY")
    assert told["total"] == 1
    fields = next(facet for facet in told["facets"] if facet["name"] == "felder")
    assert [(one["value"], one["count"]) for one in fields["choices"]] == [("felder:sport", 1)]


def test_a_table_tells_its_base(client, place):
    told = get(client, f"competitions/{place.code}/tables/tab1")
    assert told["base"] == 3                                            # figures count the withheld, too
    assert told["rows"][-1]["cells"]["ja"] == {"count": 3, "percent": 100.0}
    assert get(client, f"competitions/{place.code}/tables")["tables"][0]["title"] == "Konzept"


def test_labels_are_in_the_language_asked_for_whatever_the_browser_was_left_in(client, place):
    client.cookies["django_language"] = "en"
    path = f"{API}competitions/{place.code}"
    for query, headers, title in (({}, {}, "Wettbewerb"), ({}, {"accept-language": "en-GB,de;q=0.5"}, "Competition"),
                                  ({"language": "de"}, {"accept-language": "en"}, "Wettbewerb")):
        response = client.get(path, query, headers=headers)
        assert json.loads(response.content)["title"] == title
        assert response["Vary"] == "Accept-Language"
    assert response["Content-Language"] == "de"


def test_an_answer_that_has_not_changed_costs_nothing_and_one_that_has_is_sent(client, place):
    path = f"{API}competitions/{place.code}/entries"
    first = client.get(path)
    assert first["Cache-Control"] == "public, no-cache"                 # asked anew each time: what is taken back is gone at once
    again = client.get(path, headers={"if-none-match": f'W/{first["ETag"]}, "x"'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    services.revoke(place.entries.get(title="Sprachcafé"), list(Release.Part.values), by=None)
    changed = client.get(path, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "Sprachcafé" not in changed.content.decode()


def test_every_web_page_may_read_it_and_nobody_is_known_there(client, place):
    path = f"{API}competitions/{place.code}/entries"
    preflight = client.options(path, headers={"origin": "https://example.org", "access-control-request-method": "GET"})
    assert (preflight.status_code, preflight["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    for response in (preflight, client.get(path), client.get(f"{API}nowhere"), client.get(path, {"lnad": "BY"})):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response
    public = everything(client, place)
    client.force_login(make_role(place, Role.Kind.OFFICE_LEAD).person)
    assert everything(client, place) == public
    assert "Set-Cookie" not in client.get(path)
    place.is_public = False
    place.save()
    assert client.get(path).status_code == 404                          # also for the office: it is the public's door


@pytest.mark.parametrize(("path", "query", "status", "wrong"), [
    ("nowhere", {}, 404, []), ("competitions/absent", {}, 404, []), ("competitions/absent/entries", {"land": "XX"}, 400, ["land"]),
    ("competitions/{code}/entries", {"lnad": "BY"}, 400, ["lnad"]), ("competitions/{code}/entries", {"page": "0", "per_page": "x"}, 400,
                                                                  ["page", "per_page"]),
    ("competitions/{code}/entries", {"page": ["1", "2"]}, 400, ["page"]), ("competitions/{code}/entries", {"group": "absent"}, 422, ["group"]),
    ("competitions/{code}/entries", {"answer": "felder:absent"}, 422, ["answer"]), ("competitions/{code}/entries/none", {}, 404, []),
    ("competitions/{code}/editions/99999999999", {}, 404, []), ("competitions/{code}/entries", {"q": "a\0b"}, 400, ["q"]),
    ("competitions/{code}/entries/", {}, 404, []), ("competitions/{code}", {"language": "fr"}, 400, ["language"]),
    ("competitions/{code}/entries", {"round": "٣"}, 400, ["round"]),
])
def test_refusals_are_problems_that_name_what_is_wrong(client, place, path, query, status, wrong):
    response = client.get(f"{API}{path.replace('{code}', place.code)}", query)
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (status, "application/problem+json", "no-store")
    told = json.loads(response.content)
    assert told["status"] == status
    assert told["detail"].endswith((".", "”.", "“.")) or "/openapi.json" in told["detail"]
    assert [one["parameter"] for one in told.get("errors", [])] == wrong


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_there(client, place, method):
    response = getattr(client, method)(f"{API}competitions/{place.code}")
    assert (response.status_code, response["Content-Type"], response["Allow"]) == (405, "application/problem+json", "GET, HEAD, OPTIONS")


def test_our_own_faults_are_problems_too(client, place, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("lorbeer.api.answers._place", lambda code: 1 / 0)
    response = client.get(f"{API}competitions/{place.code}")
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert "ZeroDivision" not in response.content.decode()


# --- what must stay hidden --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hide", ["never released", "unlisted", "revoked", "unlisted later", "not announced", "excluded later"])
def test_nothing_of_a_withheld_entry_is_in_any_answer(client, hide, place):
    entry = make_entry(
        place, title=f"{WORD} Titel", applicant=f"Stadt {WORD}", answers={"kurztext": f"Im {WORD}."},
        released=hide != "never released", is_unlisted=hide == "unlisted", round=2 if hide == "not announced" else 1)
    entry.projects.create(position=1, title=f"Projekt {WORD}")
    make_edition(place)

    def text():
        return b"".join(everything(client, place, [entry.code]).values()).decode()

    if hide in ("revoked", "unlisted later", "excluded later"):
        assert WORD in text()                                           # the test can see it while it is there
    if hide == "revoked":
        services.revoke(entry, list(Release.Part.values), by=None)
    if hide == "unlisted later":
        type(entry).objects.filter(pk=entry.pk).update(is_unlisted=True)
    if hide == "excluded later":
        move(entry, "reopen", by=None, reason="Ein Versehen.")
    assert "Gemeinschaftsgarten" in text()
    assert WORD not in text()
    assert entry.code not in text().replace(f"entries/{entry.code}", "")
    assert get(client, f"competitions/{place.code}/entries", q=WORD)["total"] == 0


@pytest.mark.parametrize("secret", ["award", "withheld", "edition", "release"])
def test_twins_that_differ_in_what_is_not_public_yet_answer_alike(client, secret):
    """Before the announcement: an award, another entry, an edition, a release. Compared bit by bit, with the number of queries."""
    competition = make_call(announced=False)
    entry = make_entry(competition, state="admitted", released=secret != "release")
    make_edition(competition)

    def seen():
        found = {}
        for path in addresses(competition, [entry.code]):
            with CaptureQueriesContext(connection) as captured:
                found[path] = (client.get(f"{API}{path}").content, len(captured))
        return found

    seen()
    before = seen()
    if secret == "award":
        make_award(competition, entry)
        type(entry).objects.filter(pk=entry.pk).update(state="awarded")
    elif secret == "withheld":
        make_entry(competition, released=False)
    elif secret == "edition":
        competition.aim = {"de": "Ein anderes Ziel, damit sich die Ausgabe unterscheidet"}
        make_entry(competition)
        services.freeze(competition, by=None)
    else:
        services.release(entry, ["entry"], by=None)
    assert seen() == before
    announce(competition)
    make_edition(competition)
    assert seen() != before                                             # the test can tell when something shows


def test_a_competition_in_preparation_answers_like_one_that_does_not_exist(client):
    hidden = make_call(is_public=False)
    make_entry(hidden)
    make_edition(hidden)
    here = everything(client, hidden)
    type(hidden).objects.filter(pk=hidden.pk).update(code="moved-away")
    assert everything(client, hidden) == here
    assert hidden.code.encode() not in b"".join(here.values())


@pytest.mark.once
def test_answers_cost_the_same_queries_with_three_entries_and_thirty(client):
    few, many = costs(client, lambda place, code: [
        f"{API}{path}{'?per_page=100' if path.endswith('entries') else ''}" for path in addresses(place, [code])])
    assert few == many


# --- the description --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_description_is_openapi_and_readable(client, language, place):
    from openapi_spec_validator import validate

    with translation.override(language):
        validate(openapi())
    assert json.loads(client.get(f"{API}openapi.json", {"language": language}).content)["openapi"] == "3.1.0"
    page = client.get("/api/", headers={"accept-language": language}).content.decode()
    for one in ENDPOINTS:
        assert f"GET /api/v1/{one.path}" in page


def test_the_examples_of_the_readable_page_can_be_opened(client, place):
    import re

    links = re.findall(r'href="(/api/v1/[^"]+)"', client.get("/api/").content.decode())
    assert len(links) > 5
    assert [client.get(link.replace("&amp;", "&")).status_code for link in links] == [200] * len(links)
