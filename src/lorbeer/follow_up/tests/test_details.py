"""What an event says, in words; each kind of detail that the sample competitions do not have."""

import csv
import io
import json
import re
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Entry
from lorbeer.follow_up import names, words
from lorbeer.follow_up.details import Reader
from lorbeer.follow_up.tests.factories import make_award
from lorbeer.people.models import Invitation, Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, log

pytestmark = pytest.mark.django_db
BERLIN = "Europe/Berlin"


def read(competition, verb, language="de", **detail):
    event = log.event(verb, scope=competition.code, **detail)
    with translation.override(language), timezone.override(BERLIN):
        html = str(Reader(competition, lambda: [event]).shown(event))
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(("verb", "detail", "said"), [
    ("phase.change", {"phase": "entries", "before": ["2017-06-11T22:00:00.000000Z", "2017-12-31T22:59:59.000000Z"], "after": ["", ""]},
     "Phase: Bewerbung · davor: 12.06.2017, 00:00 bis 31.12.2017, 24:00 · danach: ohne Termin"),
    ("call.rule", {"before": [["landkreis"], "x > 1"], "after": [[], ""]},
     "davor (2) Rechtsstellung: Kreis oder Landkreis Bedingung: x &gt; 1 danach: alle"),
    ("call.reword", {"kind": "prize", "before": {"label": {"de": "Preis"}}}, "Art: Preis davor (1) Wortlaut (de: Preis)"),
    ("check.record", {"verdict": "returned", "clause": "", "note": None}, "Entscheidung: zur Ergänzung zurückgegeben"),
    ("jury.tally", {"yes": 0, "secret": "ab"}, "Ja-Stimmen: 0"),
    ("entry.consent_withdraw", {"parts": ["abstract", "contact"]}, "Teile: die Kurzfassung, die Anschrift"),
    ("entry.release", {"part": "contact", "field": "website"}, "Teil: die Anschrift · Feld: Website"),
    ("scan.divide", {"parts": [[1, 1, 3]]}, "Teile (1) Teil: 1, erste Seite: 1, letzte Seite: 3"),
    ("jury.offline_preview", {"decisions": [[3, "awarded", "", 500_000]]},
     "Entscheidungen (1) Punkt: 3, Ergebnis: prämiert, Betrag: 5.000 €"),
    ("jury.vote_void", {"counted": [4, 1, 0]}, "ausgezählt (Ja-Stimmen: 4, Gegenstimmen: 1, Enthaltungen: 0)"),
    ("payment.record", {"cents": 1234500, "paid_on": "2018-07-16", "note_sha256": "a" * 64},
     f"Betrag: 12.345 € · bezahlt: 16.07.2018 Prüfsummen (1) Prüfsumme des Vermerks: {'a' * 64}"),
])
def test_what_an_event_says_is_written_in_words(verb, detail, said):
    assert read(make_competition(), verb, **detail).replace("\xa0", " ") == said


def test_people_are_named_wherever_their_code_stands():
    competition, one, other = make_competition(), make_person(name="A. Muster"), make_person(name="B. Muster")
    assert read(competition, "session.open", present=[one.code, other.code]) == "anwesend: A. Muster, B. Muster"
    assert read(competition, "jury.count", counted={one.code: [1, 4]}) == "ausgezählt (1) A. Muster: 1, 4"


def test_a_prize_and_a_group_are_called_as_the_call_calls_them():
    award, *_people = make_award()
    assert read(award.competition, "jury.decide", prize=award.prize.code, group=award.group.code) == (
        f"Preis: {award.prize.label} · Gruppe: {award.group.label}")


def test_an_invitation_is_named_by_its_address_while_it_is_there():
    competition = make_competition()
    invited = Invitation.objects.create(competition=competition, email="x@example.org", kind="juror", token_digest="0" * 64,
                                        expires_at=clock.now())
    event = log.event("role.invite", subject=f"invitation:{invited.pk}")

    def about():
        return str(words.about(event.subject, Reader(competition, lambda: [event]).names.name))

    assert about() == "Einladung x@example.org"
    invited.delete()
    assert about() == f"Einladung {event.subject.partition(':')[2]}"


@pytest.mark.parametrize("forged", [
    {"terms": 7}, {"land": ["x"]}, {"before": [1]}, {"counted": "x"}, {"order": [[{}]]}, {"options": [1]}, {"sheet": {"a": 1}},
])
def test_a_forged_detail_is_shown_as_it_is_and_stops_nobody(forged):
    assert read(make_competition(), "jury.reopen", **forged)
    event = log.event("x.y")
    event.detail = "text"
    assert Reader(make_competition(), lambda: [event]).shown(event) == ""


def test_markup_in_a_detail_stays_text():
    event = log.event("register.remove", reason="<b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in str(Reader(make_competition(), lambda: [event]).shown(event))


def test_a_download_says_the_same_words_as_the_page_and_holds_what_programs_read_beside_them(client):
    competition, chair = make_competition(), make_person(name="A. Muster")
    make_role(competition, Role.Kind.AUDITOR, reader := make_person(name="B. Muster"))
    entry = Entry.objects.create(competition=competition, title="Titel", applicant="Aastadt")
    log.record("session.open", subject=f"entry:{entry.code}", scope=competition.code, actor=chair, at="2017-06-11T22:00:00.000000Z",
               present=[chair.code, "k=v"])
    client.force_login(reader, backend=settings.AUTHENTICATION_BACKENDS[-1])
    client.cookies["django_language"] = "de"

    def rows():
        answer = client.get(reverse("follow_up:event_list", args=[competition.code]), {"format": "csv"})
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))

    (row,) = rows()
    assert row["Einzelheiten"] == "Zeit: 12.06.2017, 00:00 · anwesend: A. Muster, k=v"
    assert (row["Von"], row["Von (Kürzel)"]) == ("A. Muster", chair.code)
    assert (row["Worum es geht"], row["Worum es geht (Kürzel)"]) == (f"Beitrag {entry.code}", f"entry:{entry.code}")
    assert json.loads(row["Einzelheiten (JSON)"]) == {"present": [chair.code, "k=v"], "at": "2017-06-11T22:00:00.000000Z"}

    with CaptureQueriesContext(connection) as few:
        rows()
    people = [make_person(name=f"Person {number}") for number in range(40)]
    for person in people:
        log.record("session.open", scope=competition.code, actor=person, present=[person.code])
    with CaptureQueriesContext(connection) as many:
        found = rows()
    assert {row["Einzelheiten"] for row in found} >= {f"anwesend: {person}" for person in people}
    assert len(many) == len(few)
    with patch.object(names, "MOST_AT_ONCE", 7):                        # more codes than a database takes in one query
        assert rows() == found


@pytest.mark.parametrize(("verb", "detail", "said"), [
    ("call.rule", {"before": [["landkreis"], "x > 1"]}, "davor (Rechtsstellung: Kreis oder Landkreis; Bedingung: x > 1)"),
    ("scan.divide", {"parts": [[1, 1, 3], [2, 4, 5]]},
     "Teile (Teil: 1, erste Seite: 1, letzte Seite: 3; Teil: 2, erste Seite: 4, letzte Seite: 5)"),
    ("payment.record", {"note_sha256": "a" * 64, "cents": 100}, f"Betrag: 1 € · Prüfsumme des Vermerks: {'a' * 64}"),
])
def test_a_line_of_a_download_is_plain_text(verb, detail, said):
    competition = make_competition()
    event = log.event(verb, scope=competition.code, **detail)
    with translation.override("de"), timezone.override(BERLIN):
        assert Reader(competition, lambda: [event]).told(event).replace("\xa0", " ") == said
