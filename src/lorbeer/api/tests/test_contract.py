"""The API against its own description: requests that it allows and that it forbids, made up by schemathesis, through the real WSGI application.

Checked for each answer: a documented status, media type and headers; a body that fits its schema (which allows no other key); no
error of ours; what the description forbids is refused, what it allows is answered; methods that are not there answer 405.
"""

from collections import Counter

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.generation.modes import GenerationMode

from lorbeer.api.description import openapi
from lorbeer.api.endpoints import ENDPOINTS
from lorbeer.awards.models import Portrait
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_place
from lorbeer.editions.tests.test_editions import make_award
from lorbeer.shared import files
from lorbeer.shared.tests import databases
from lorbeer.statistics.models import TableDefinition

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def make_published():
    """A call with two editions, a winner with portrait and picture, an entry of which parts are withheld, and two tables."""
    from io import BytesIO

    from PIL import Image

    competition = make_call(title={"de": "Wettbewerb", "en": "Competition"}, languages=["de", "en"], is_sample=True,
                            sample_note={"de": "Erfunden."})
    town = make_place("Musterort", latitude=48.1, longitude=11.5)
    winner = make_entry(competition, title="Garten", land_code="BY", municipality=town)
    winner.projects.create(position=1, title="Beet")
    award = make_award(competition, winner)
    memory = BytesIO()
    Image.new("RGB", (60, 40), "#17513f").save(memory, "PNG")
    picture = files.store(memory.getvalue(), name="bild.png", scope=competition.code, subject=f"portrait:{award.code}",
                          alternative_text="Ein Beet", credit="A. Beispiel")
    Portrait.objects.create(award=award, description="So war es.", reasons="Darum.", picture=picture, approved_at=award.decided_at)
    make_edition(competition)
    bare = make_entry(competition, title="Café", population=None, legal_status="", land_code="")
    bare.releases.exclude(part="entry").delete()
    make_entry(competition, released=False)
    for number, definition in enumerate([
        {"question": "q1", "kind": "cross", "rows": "land", "least": 2}, {"question": "felder", "kind": "choices"},
    ]):
        TableDefinition.objects.create(
            competition=competition, code=f"tab{number}", number=number, title={"de": "Tabelle"}, definition=definition)
    make_edition(competition)
    return competition, winner, bare


published_database = databases.scene("published_api", make_published)


@pytest.fixture
def published(published_database, db):
    with databases.seen(published_database) as made:
        yield made


@pytest.fixture
def kept_open():
    """A server gives the connection back after each request; what the test has written would go with it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def described(published, kept_open):
    """The description as it is served, with names in its paths of which some exist; asked through the WSGI application."""
    from lorbeer.wsgi import application

    competition, winner, bare = published
    document = openapi()
    document["servers"] = [{"url": "http://testserver/api/v1"}]
    there = {"competition": [competition.code, "absent"], "number": [1, 2, 99], "code": [winner.code, bare.code, "tab0", "tab1", "absent"]}
    for path in document["paths"].values():
        for parameter in path["get"]["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"]["enum"] = there[parameter["name"]]
    # What is well formed may still name what this competition does not have.
    config = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": [200, 304, 404, 422]}}})
    found = schemathesis.openapi.from_dict(document, config=config)
    found.app = application
    return found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", [one.name.removeprefix("api_") for one in ENDPOINTS])
def test_every_answer_is_as_described(described, name, mode):
    """`positive`: requests that the description allows; `negative`: those that it forbids."""
    operation = described.find_operation_by_id(name)
    statuses = Counter()

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case):
        answer = case.call_and_validate()
        statuses[answer.status_code] += 1

    asked()
    if mode is GenerationMode.POSITIVE:
        assert statuses[200], statuses                                  # something was there to be checked
    else:
        assert set(statuses) <= {400, 404, 405, 422}, statuses             # 422: well formed, and nothing of this competition
