"""Without the network: what goes out, and what comes back."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime

import pytest
from django.utils.html import strip_tags

from lorbeer.call.models import Purse
from lorbeer.entries.models import Bias
from lorbeer.jury import minutes, offline, services
from lorbeer.jury.models import Item, Member
from lorbeer.jury.tests.factories import make_jury_competition, make_meeting
from lorbeer.jury.tests.test_views import office_of, signed_in, url
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db


def record(meeting, *decisions, **facts):
    everybody = [member.person.code for member in Member.objects.order_by("pk")]
    rows = [
        {"item": item.position, "at": "2018-03-22T11:04:00.000Z", "present": everybody, "result": "awarded", "mode": "consensus",
         "prize": "main", "amount": "", "yes": None, "no": None, "abstained": None, "dissent": ""} | changes
        for item, changes in decisions
    ]
    return json.dumps({"lorbeer": "offline meeting", "version": 1, "meeting": meeting.code, "decisions": rows} | facts)


def digest_in(answer):
    return re.search(r'name="shown" value="(\w+)"', answer.text)[1]


def test_the_preview_tells_all_that_will_be_entered_and_what_it_leaves_of_the_money():
    meeting = make_meeting(entries=3)
    a, b, c = meeting.items.order_by("position")
    services.call_item(c, by=None)
    services.decide(c, "awarded", by=None)                              # online, before the network went
    biased, gone = list(Member.objects.order_by("pk"))[1:]
    Bias.objects.create(entry=a.entry, person=biased.person, kind=Bias.Kind.DECLARED, reason="x")
    text = record(meeting, (a, {"mode": "open", "yes": 1, "no": 0, "abstained": 1, "dissent": "Einspruch"}),
                  (b, {"result": "not_awarded", "prize": "", "at": "2018-03-22T11:30:00Z",
                       "present": [one.person.code for one in Member.objects.exclude(pk=gone.pk)]}))
    page = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    told = re.sub(r"\s+", " ", strip_tags(page.text))

    assert a.entry.title in told
    for one in ("12:04", "12:30", "offene Abstimmung", "Ja 1, Nein 0, Enthaltungen 1 von 2", "Einspruch", f"(befangen): {biased}",
                "kein Preis (einstimmig)", "Preisgeld in dieser Aufzeichnung: 25.000", "Vorher verfügbar: 75.000", "danach: 50.000",
                "von 100.000"):
        assert one in told, one
    assert Purse.objects.get().spent_cents == 2_500_000


def test_what_has_changed_since_the_preview_is_shown_again_and_not_entered():
    meeting = make_meeting(entries=2)
    a, b = meeting.items.order_by("position")
    text, client = record(meeting, (a, {})), signed_in(office_of(meeting))
    shown = client.post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    services.call_item(b, by=None)
    services.decide(b, "awarded", by=None)

    again = client.post(url("offline_enter", meeting), {"text": text, "shown": digest_in(shown)})

    a.refresh_from_db()
    assert (again.status_code, a.result) == (200, "")
    assert "Bitte sehen Sie es noch einmal an" in again.text
    assert client.post(url("offline_enter", meeting), {"text": text, "shown": digest_in(again)}).status_code == 302
    a.refresh_from_db()
    assert a.result == "awarded"


@pytest.mark.parametrize(("times", "said"), [
    (("2018-03-21T11:04:00Z",), "die Sitzung war am 22."),
    (("2018-03-23T11:04:00Z",), "die Sitzung war am 22."),
    (("2019-03-22T11:04:00Z",), "die Sitzung war am 22."),
    (("2018-03-22T17:00:00Z",), "in der Zukunft"),
    (("2018-03-22T11:04:00Z", "2018-03-22T11:03:59Z"), "früher als der Punkt davor"),
    (("2018-03-22T11:04:00Z", "2018-03-22T11:04:00Z"), ""),
    (("2018-03-22T12:04:00+02:00", "2018-03-22T11:03:00+01:00"), "früher als der Punkt davor"),
])
def test_a_record_is_of_the_day_in_order_and_not_of_the_future(times, said):
    with clock.at(datetime(2018, 3, 22, 16, 0, tzinfo=UTC)):
        meeting = make_meeting(entries=len(times))
        text = record(meeting, *((item, {"at": at}) for item, at in zip(meeting.items.order_by("position"), times, strict=True)))
        answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    assert answer.status_code == (400 if said else 200)
    assert said in answer.text.replace("\xa0", " ")
    assert said == "" or "Sitzungstisch" in answer.text


def test_a_meeting_may_end_after_midnight():
    with clock.at(datetime(2018, 3, 23, 7, 0, tzinfo=UTC)):
        meeting = make_meeting(entries=1)
        text = record(meeting, (meeting.items.get(), {"at": "2018-03-23T00:40:00+01:00"}))
        assert services.preview_offline(meeting, offline.read_record(text, meeting), by=office_of(meeting)).items


def test_the_package_holds_the_agenda_without_what_is_closed_to_whoever_leads():
    meeting = make_meeting(entries=3)
    a, b, c = meeting.items.order_by("position")
    office, member = office_of(meeting), Member.objects.last()
    Bias.objects.create(entry=a.entry, person=office, kind=Bias.Kind.DECLARED, reason="geheimer Grund")
    Bias.objects.create(entry=b.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="geheimer Grund")

    answer = signed_in(office).get(url("offline_package", meeting))

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    page = archive.read("index.html").decode()
    assert sorted(archive.namelist()) == ["agenda.pdf", "index.html"]
    assert archive.read("agenda.pdf").startswith(b"%PDF-1.7")
    assert a.entry.applicant not in page
    assert b.entry.applicant in page
    assert c.entry.applicant in page
    assert f"Verlässt den Raum (befangen):</strong> {member.person.name}" in page
    assert "geheimer Grund" not in page
    assert not re.search(r"(src|href)=|url\(|@import", page)             # nothing to fetch


def test_whatever_an_entry_is_called_it_does_not_become_part_of_the_page():
    meeting = make_meeting(entries=1)
    entry = meeting.items.get().entry
    entry.applicant = "</script><script>alert(1)</script>"
    entry.save()
    page = zipfile.ZipFile(io.BytesIO(offline.package(meeting, office_of(meeting)))).read("index.html").decode()
    assert "<script>alert" not in page


def test_what_was_decided_without_the_network_is_entered_as_such():
    meeting = make_meeting(entries=3)
    a, b, _c = meeting.items.order_by("position")
    gone = Member.objects.last()
    others = [member.person.code for member in Member.objects.exclude(pk=gone.pk)]
    text = record(meeting, (b, {}), (a, {"result": "not_awarded", "prize": "", "present": others, "yes": 1, "no": 1, "mode": "open"}))
    client = signed_in(office_of(meeting))

    shown = client.post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    assert shown.status_code == 200
    assert not Item.objects.exclude(result="").exists()                 # it asks first
    assert not LogEvent.objects.filter(verb="jury.offline").exists()
    assert client.post(url("offline_enter", meeting), {"text": text}).status_code == 200    # without having been shown: shown
    assert not Item.objects.exclude(result="").exists()
    client.post(url("offline_enter", meeting), {"text": text, "shown": digest_in(shown)})

    a.refresh_from_db()
    b.refresh_from_db()
    assert (b.result, b.offline, b.entitled) == ("awarded", True, 3)
    assert (a.result, a.offline, a.entitled, a.yes, a.no) == ("not_awarded", True, 2, 1, 1)
    assert a.decided_at > b.decided_at                                  # in the order in which they were taken
    assert "ohne Netz entschieden" in str(minutes.content(meeting))
    assert [str(fault) for fault in log.attested("jury")] == []


@pytest.mark.parametrize("changes", [
    {"present": []},                                                    # no quorum
    {"present": ["AAAAAA-A"]},
    {"prize": "special"},
    {"prize": "nothing"},
    {"mode": "ranking"},
    {"mode": "secret"},                                                 # not a way of this call
    {"yes": 7, "no": 0, "mode": "open"},
    {"amount": "99999"},
    {"amount": "1e99"},
    {"amount": "NaN"},
    {"item": 77},
])
def test_a_record_is_entered_whole_or_not_at_all(changes):
    meeting = make_meeting(entries=2)
    a, b = meeting.items.order_by("position")
    decisions = offline.read_record(record(meeting, (a, {}), (b, changes)), meeting)

    with pytest.raises(BadInput) as refused:
        services.enter_offline(meeting, decisions, by=office_of(meeting))

    assert not re.search(r"\b(amount|prize|yes|mode): ", str(refused.value))
    assert not Item.objects.exclude(result="").exists()
    assert Purse.objects.get().spent_cents == 0


def test_the_cap_holds_for_what_was_decided_without_the_network():
    meeting = make_meeting(make_jury_competition(cap_cents=2_500_000), entries=2)
    a, b = meeting.items.order_by("position")
    with pytest.raises(BadInput, match=f"{b.position}"):
        services.enter_offline(meeting, offline.read_record(record(meeting, (a, {}), (b, {})), meeting), by=office_of(meeting))
    assert Purse.objects.get().spent_cents == 0


@pytest.mark.parametrize("text", [
    "", "[]", "null", "{", "[" * 50_000, '{"lorbeer": "offline meeting"}', "x" * 2_000_000,
])
def test_whatever_is_no_record_gets_a_sentence(text):
    meeting = make_meeting(entries=1)
    with pytest.raises(BadInput):
        offline.read_record(text, meeting)
    answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode() or b" ")})
    assert answer.status_code == 400


@pytest.mark.parametrize("changes", [
    {"item": "1"}, {"item": True}, {"at": "gestern"}, {"at": "2018-03-22T11:04:00"}, {"present": "alle"}, {"present": [1]},
    {"result": "deferred"}, {"yes": -1}, {"yes": "3"}, {"yes": 1.5},
    {"dissent": "x" * 2001}, {"dissent": "\0"}, {"prize": None},
])
def test_a_record_of_a_strange_shape_is_refused(changes):
    meeting = make_meeting(entries=1)
    with pytest.raises(BadInput):
        offline.read_record(record(meeting, (meeting.items.get(), changes)), meeting)


def test_a_record_of_another_meeting_or_with_an_item_twice_is_refused():
    meeting = make_meeting(entries=1)
    item = meeting.items.get()
    for text in (record(meeting, (item, {})).replace(meeting.code, "K7QD4X-M"), record(meeting, (item, {}), (item, {})), record(meeting)):
        with pytest.raises(BadInput):
            offline.read_record(text, meeting)


def test_only_whoever_leads_takes_the_package_and_enters_a_record():
    meeting = make_meeting(entries=1)
    juror = Member.objects.last().person
    assert signed_in(juror).get(url("offline_package", meeting)).status_code == 403
    assert signed_in(juror).post(url("offline_enter", meeting), {"text": record(meeting, (meeting.items.get(), {}))}).status_code == 403


def test_whoever_is_biased_enters_no_decision_on_that_item():
    meeting = make_meeting(entries=1)
    item, office = meeting.items.get(), office_of(meeting)
    Bias.objects.create(entry=item.entry, person=office, kind=Bias.Kind.DECLARED, reason="x")
    answer = signed_in(office).post(url("offline_enter", meeting), {"text": record(meeting, (item, {}))})
    assert answer.status_code == 400
    item.refresh_from_db()
    assert not item.result
