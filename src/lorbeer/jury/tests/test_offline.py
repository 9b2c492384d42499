"""Without the network: what goes out, and what comes back."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from lorbeer.call.models import Purse
from lorbeer.entries.models import Bias
from lorbeer.jury import minutes, offline, queries, services
from lorbeer.jury.models import Item, Member
from lorbeer.jury.tests import factories
from lorbeer.jury.tests.factories import make_entry, make_jury_competition, make_member
from lorbeer.jury.tests.test_views import office_of, release_opinions, signed_in, url
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db


def day(hour, minute=0):
    return datetime(2018, 3, 22, hour, minute, tzinfo=UTC)


def make_meeting(*given, **facts):
    """One of the day of the records."""
    with clock.at(clock.now() if clock.now().year == 2018 else day(9)):
        return factories.make_meeting(*given, **facts)


def record(meeting, *decisions, **facts):
    everybody = [member.person.code for member in Member.objects.order_by("pk")]
    rows = [
        {"item": item.position, "entry": item.entry.code, "project": item.project and item.project.position, "group": item.group.code,
         "at": "2018-03-22T11:04:00.000Z", "present": everybody, "result": "awarded", "mode": "consensus",
         "prize": "main", "amount": "", "yes": None, "no": None, "abstained": None, "dissent": ""} | changes
        for item, changes in decisions
    ]
    return json.dumps({"lorbeer": "offline meeting", "version": 2, "meeting": meeting.code, "decisions": rows} | facts)


def digest_in(answer):
    return re.search(r'name="shown" value="(\w+)"', answer.text)[1]


def test_the_preview_tells_all_that_will_be_entered_and_what_it_leaves_of_the_money():
    with clock.at(day(9)):
        meeting = make_meeting(entries=3)
        a, b, c = meeting.items.order_by("position")
        services.call_item(c, by=None)
        services.decide(c, "awarded", by=None)                          # online, before the network went
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
    with clock.at(day(9)):
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


def test_a_record_of_the_day_for_which_the_meeting_was_planned_is_entered_when_it_is_opened_on_screen_the_day_after():
    with clock.at(day(9)):
        meeting = make_meeting(entries=1, opened=False)
    with clock.at(day(9) + timedelta(days=1)):
        services.open_meeting(meeting, by=None)
        for member in Member.objects.all():
            services.declare(meeting, member, [], by=member.person)
        item = meeting.items.get()
        services.enter_offline(meeting, offline.read_record(record(meeting, (item, {})), meeting), by=office_of(meeting))
        meeting.refresh_from_db()
        with translation.override("de"):
            facts = dict(minutes.content(meeting)["items"][0]["facts"])
    assert meeting.held_on == clock.day(day(9), "Europe/Berlin"), "it was held then, whenever it was opened on screen"
    assert "um 12:04" in facts["Erfasst"]
    assert log.attested("jury") == []


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


def test_the_package_opens_no_expert_opinion_to_a_chair_who_has_not_declared():
    meeting = make_meeting(entries=2, opened=False)
    release_opinions(meeting)
    chair = Member.objects.get(kind=Member.Kind.CHAIR)

    def page(person):
        answer = signed_in(person).get(url("offline_package", meeting))
        return zipfile.ZipFile(io.BytesIO(answer.content)).read("index.html").decode()

    told = page(chair.person)
    assert (told.count("Beschreibung von"), "Gutachten fehlen" in told) == (0, True)
    assert page(office_of(meeting)).count("Beschreibung von") == 2
    services.declare(meeting, chair, [], by=chair.person)
    told = page(chair.person)
    assert (told.count("Beschreibung von"), "Gutachten fehlen" in told) == (2, False)
    services.add_item(meeting, make_entry(meeting.competition).proposals.get().entry, by=None)
    assert page(chair.person).count("Beschreibung von") == 0, "the agenda has grown: asked anew"


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
    {"amount": "2.5000"},
    {"amount": "2_5"},
    {"amount": "٢٥٠٠٠"},
    {"amount": "25,0000"},
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
    {"item": "1"}, {"item": True}, {"entry": 7}, {"entry": None}, {"entry": "\0"}, {"project": "1"}, {"project": 0},
    {"group": None}, {"out": "alle"},
    {"at": "gestern"}, {"at": "2018-03-22T11:04:00"}, {"present": "alle"}, {"present": [1]},
    {"result": "deferred"}, {"yes": -1}, {"yes": "3"}, {"yes": 1.5},
    {"at": "0001-01-01T00:00:00Z"}, {"at": "9999-12-31T23:59:59-23:00"}, {"item": 10**30}, {"item": 0}, {"present": ["\ud800"]},
    {"dissent": "\ud800"}, {"dissent": "x" * 2001}, {"dissent": "\0"}, {"prize": None},
])
def test_a_record_of_a_strange_shape_is_refused(changes):
    meeting = make_meeting(entries=1)
    text = record(meeting, (meeting.items.get(), changes))
    with pytest.raises(BadInput):
        offline.read_record(text, meeting)
    assert signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())}).status_code == 400


def test_what_is_wrong_in_a_record_is_named_with_its_item_and_field():
    meeting = make_meeting(entries=2)
    a, b = meeting.items.order_by("position")
    for changes, said in (
        ({"no": 1.5}, "Punkt 2, Feld „Nein“: In der Aufzeichnung steht „1.5“"),
        ({"abstained": "\ud800"}, "Feld „Enthaltungen“"),
        ({"prize": ""}, "Punkt 2, Feld „Preis“"),
        ({"at": "gestern"}, "Punkt 2, Feld „Entschieden um“: In der Aufzeichnung steht „gestern“"),
    ):
        text = record(meeting, (a, {}), (b, changes))
        answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
        assert answer.status_code == 400
        assert said in answer.text.replace("\xa0", " "), changes


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


def enter(meeting, *decisions):
    return services.enter_offline(meeting, offline.read_record(record(meeting, *decisions), meeting), by=office_of(meeting))


@pytest.mark.parametrize(("typed", "cents"), [("5.000", 500_000), ("3.500,50", 350_050), ("5000", 500_000), ("4 000 €", 400_000), ("", None)])
def test_an_amount_is_read_as_at_the_desk(typed, cents):
    meeting = make_meeting(entries=1)
    item = meeting.items.get()
    item.group.prizes.update(up_to=True)
    item.entry.amount_cents = 77_700
    item.entry.save()
    enter(meeting, (item, {"amount": typed}))
    item.refresh_from_db()
    assert item.amount_cents == (cents or 77_700)


def test_the_minutes_tell_the_times_of_the_record_for_decisions_and_for_who_was_there():
    with clock.at(day(9)):
        meeting = make_meeting(entries=2)
    a, b = meeting.items.order_by("position")
    gone = Member.objects.order_by("pk").last()
    others = [one.person.code for one in Member.objects.exclude(pk=gone.pk)]
    with clock.at(day(16)):
        enter(meeting, (a, {"at": "2018-03-22T11:04:00Z"}), (b, {"at": "2018-03-22T12:30:00Z", "present": others}))
        told = minutes.content(meeting)
    assert next(row for row in told["presence"] if row["name"] == gone.person.name)["present"] == "10:00–13:30"
    assert [dict(map(tuple, one["facts"]))["Erfasst"].replace("\xa0", " ") for one in told["items"]] == [
        "nachträglich: ohne Netz entschieden, nach der Aufzeichnung um 12:04 Uhr",
        "nachträglich: ohne Netz entschieden, nach der Aufzeichnung um 13:30 Uhr"]
    assert [str(fault) for fault in log.attested("jury")] == []


def times(meeting):
    """As the minutes tell them: who was there from when to when."""
    return {row["name"]: row["present"] for row in minutes.content(meeting)["presence"]}


def codes(*members):
    return [one.person.code for one in members]


def test_who_is_noted_on_screen_after_the_record_is_there_from_then_on_and_others_since_the_record():
    with clock.at(day(15)):
        meeting = make_meeting(entries=1)                               # opened and noted when the network was back
        *others, late = Member.objects.order_by("pk")
        enter(meeting, (meeting.items.get(), {"present": codes(*others)}))
        assert times(meeting) == {**{str(one): "12:04–" for one in others}, str(late): "16:00–"}
        assert set(queries.present_members(meeting)) == {*others, late}
    assert [str(fault) for fault in log.attested("jury")] == []


def test_what_went_on_on_screen_after_a_record_stays_and_what_was_before_is_put_together_by_time(tmp_path):
    with clock.at(day(9)):
        meeting = make_meeting(entries=4, members=6)
        a, b, c, _d = meeting.items.order_by("position")
    chair, stayed, home, out, voter, never = Member.objects.order_by("pk")
    with clock.at(day(10)):
        services.leave(meeting, never, by=None)
    text = record(meeting, (a, {"at": "2018-03-22T11:00:00Z", "present": codes(chair, stayed, home, never)}),   # the network is away
                  (b, {"at": "2018-03-22T11:30:00Z", "present": codes(chair, stayed, home, voter)}))
    with clock.at(day(12)):
        services.leave(meeting, home, by=None)                          # and back
    with clock.at(day(12, 10)):
        services.call_item(c, by=None)
        services.cast_ballot(c, voter, "yes", by=voter.person)
    with clock.at(day(14)):
        office = signed_in(office_of(meeting))
        shown = office.post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
        told = re.sub(r"\s+", " ", strip_tags(shown.text))
        for one in (f"{voter} war von 12:00 bis 12:30 Uhr nicht im Raum.", f"{out} war von 12:00 bis 13:10 Uhr nicht im Raum.",
                    f"{never} war von 12:00 bis 12:30 Uhr im Raum.", "Seit 13:10 Uhr ging die Sitzung am Bildschirm weiter",
                    f"Punkt {c.position} bleibt aufgerufen."):
            assert one in told, one
        assert f"{home} war" not in told
        assert office.post(url("offline_enter", meeting), {"text": text, "shown": digest_in(shown)}).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.current, c.ballots.get().member) == (c, voter)
    assert set(queries.present_members(meeting)) == {chair, stayed, out, voter}
    assert times(meeting) == {
        str(chair): "10:00–", str(stayed): "10:00–", str(home): "10:00–13:00", str(out): "10:00–12:00, 13:10–",
        str(voter): "10:00–12:00, 12:30–", str(never): "10:00–11:00, 12:00–12:30"}
    assert [item.entitled for item in (Item.objects.get(pk=a.pk), Item.objects.get(pk=b.pk))] == [4, 4]
    assert [str(fault) for fault in log.attested("jury")] == []
    assert played_again(meeting, tmp_path) == (0, "")


def played_again(meeting, folder):
    """What the program that goes with the evidence finds wrong in it."""
    from lorbeer.follow_up import audit_whole
    from lorbeer.follow_up.tests.test_audit_whole import verified

    audit_whole.write_whole(meeting.competition, folder / "x")
    status, said = verified(folder / "x")
    return status, said if status else ""


def test_who_goes_by_the_record_takes_their_open_votes_along_where_nothing_has_happened_since():
    with clock.at(day(9)):
        meeting = make_meeting(entries=2)
        a, b = meeting.items.order_by("position")
        services.call_item(b, by=None)
        *others, gone = Member.objects.order_by("pk")
        services.cast_ballot(b, gone, "yes", by=gone.person)            # then the network is away
    text = record(meeting, (a, {"present": codes(*others)}))
    answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    told = re.sub(r"\s+", " ", strip_tags(answer.text))
    assert f"{gone} ist seit 12:04 Uhr nicht mehr im Raum." in told
    assert f"Die offenen Stimmen von {gone} gehen mit: Punkte {b.position}." in told
    assert b.ballots.exists()
    services.enter_offline(meeting, offline.read_record(text, meeting), shown=digest_in(answer), by=office_of(meeting))
    assert not b.ballots.exists()
    assert [str(fault) for fault in log.attested("jury")] == []


def test_a_second_record_of_the_same_day_corrects_the_presence_of_the_first():
    with clock.at(day(15)):
        meeting = make_meeting(entries=3)
    a, b, c = meeting.items.order_by("position")
    *others, late = Member.objects.order_by("pk")
    with clock.at(day(15)):
        enter(meeting, (a, {"at": "2018-03-22T11:00:00Z"}), (c, {"at": "2018-03-22T14:00:00Z"}))
        enter(meeting, (b, {"at": "2018-03-22T12:00:00Z", "present": codes(*others)}))
        assert times(meeting) == {**{str(one): "12:00–" for one in others}, str(late): "12:00–13:00, 16:00–"}
    assert [str(fault) for fault in log.attested("jury")] == []


def test_votes_cast_on_screen_and_a_record_of_the_same_item_are_told_apart_by_people():
    with clock.at(day(9)):
        meeting = make_meeting(entries=1)
        item = services.call_item(meeting.items.get(), by=None)
        one = Member.objects.first()
        services.cast_ballot(item, one, "no", by=one.person)
    with pytest.raises(BadInput, match="am Bildschirm 1 offene Stimme abgegeben"):
        enter(meeting, (item, {}))
    assert item.ballots.exists()
    services.give_up_vote(item, "Antrag: es gilt, was ohne Netz entschieden wurde", by=None)
    enter(meeting, (item, {}))


def test_while_a_secret_ballot_stands_no_record_is_entered():
    with clock.at(day(9)):
        meeting = make_meeting(make_jury_competition(jury={"modes": ["consensus", "secret"], "quorum": 0.5}), entries=2)
        a, b = meeting.items.order_by("position")
        services.set_up_urn(services.call_item(b, by=None), by=None)
    text = record(meeting, (a, {}))
    answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    assert answer.status_code == 400
    assert "geheime Abstimmung" in answer.text


def test_who_was_entitled_is_judged_by_the_moment_of_the_decision_and_a_bias_known_since_is_told_as_late(tmp_path):
    with clock.at(day(9)):
        meeting = make_meeting(entries=2, members=4)
        a, b = meeting.items.order_by("position")
        *_others, late = Member.objects.order_by("pk")
        services.record_bias(meeting, late, b.entry, "war bekannt", by=office_of(meeting))
    with clock.at(day(14)):
        services.declare(meeting, late, [(a.entry, "ist mir eingefallen")], by=late.person)
    counted = {"mode": "open", "yes": 4, "no": 0, "abstained": 0}
    text = record(meeting, (a, counted), (b, counted | {"yes": 3}))
    with clock.at(day(17)):
        answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
        services.enter_offline(meeting, offline.read_record(text, meeting), shown=digest_in(answer), by=office_of(meeting))
        one, other = minutes.content(meeting)["items"]
    told = f"Eine Befangenheit von {late}, anwesend bei der Entscheidung, wurde erst danach bekannt (22. März 2018, 15:00 Uhr)."
    assert [note.replace("\xa0", " ") for note in one["notes"]] == [told]
    assert other["notes"] == []
    a.refresh_from_db()
    b.refresh_from_db()
    assert (a.entitled, a.yes, list(a.out.all())) == (4, 4, [])
    assert (b.entitled, b.yes, list(b.out.all())) == (3, 3, [late])
    assert told in re.sub(r"\s+", " ", strip_tags(answer.text))
    assert [str(fault) for fault in log.attested("jury")] == []
    assert played_again(meeting, tmp_path) == (0, "")


def test_a_bias_that_was_said_in_the_room_is_noted_first_and_then_counts_from_the_decision_on():
    with clock.at(day(9)):
        meeting = make_meeting(entries=1, members=4)
    item, said = meeting.items.get(), Member.objects.order_by("pk").last()
    change = {"mode": "open", "yes": 3, "no": 0, "abstained": 0, "out": codes(said)}
    with clock.at(day(17)):
        with pytest.raises(BadInput, match="keine Befangenheit vermerkt"):
            enter(meeting, (item, change))
        services.record_bias(meeting, said, item.entry, "im Raum erklärt", by=office_of(meeting))
        enter(meeting, (item, change))
        (told,) = minutes.content(meeting)["items"]
    item.refresh_from_db()
    assert (item.entitled, list(item.out.all()), told["notes"]) == (3, [said], [])


def test_a_record_names_its_items_by_what_they_are_about_and_not_by_a_number_under_which_another_stands_by_now():
    competition = make_jury_competition()
    first = make_entry(competition, applicant="B-Stadt")
    make_entry(competition, applicant="C-Stadt")
    jury = [make_member(competition, kind=Member.Kind.MEMBER if number else Member.Kind.CHAIR) for number in range(3)]
    with clock.at(day(8)):
        meeting = services.plan_meeting(competition, held_on=day(8).date(), by=None)
        item = meeting.items.get(entry=first)
        page = zipfile.ZipFile(io.BytesIO(offline.package(meeting, office_of(meeting)))).read("index.html").decode()
        assert f'data-item="{first.code}/0/main" data-number="1" data-entry="{first.code}" data-project="" data-group="main"' in page
        before = record(meeting, (item, {}))
        make_entry(competition, applicant="A-Stadt")
        services.take_in_proposals(meeting, by=None)
        for member in jury:
            services.declare(meeting, member, [], by=member.person)
        services.open_meeting(meeting, by=None)
    item.refresh_from_db()
    assert item.position == 2
    with clock.at(day(13)):
        client = signed_in(office_of(meeting))
        answer = client.post(url("offline_enter", meeting), {"record": io.BytesIO(before.encode())})
        assert answer.status_code == 400
        assert f"Punkt 1: Was unter dieser Nummer entschieden wurde (Beitrag {first.code}), ist inzwischen Punkt 2:" in (
            answer.text.replace("\xa0", " "))
        assert not Item.objects.exclude(result="").exists()
        enter(meeting, (item, {}))                                      # from a package that was taken since
    assert [one.entry for one in meeting.items.exclude(result="")] == [first]


@pytest.mark.parametrize(("changes", "said"), [
    ({"entry": "AAAAAA-A"}, "steht nicht auf der Tagesordnung"),
    ({"project": 1}, "steht nicht auf der Tagesordnung"),
    ({"group": "special"}, "steht nicht auf der Tagesordnung"),
])
def test_what_does_not_stand_on_the_agenda_is_not_entered(changes, said):
    meeting = make_meeting(entries=1)
    with pytest.raises(BadInput, match=said):
        enter(meeting, (meeting.items.get(), changes))


def test_a_record_of_an_older_package_that_names_numbers_alone_is_refused_with_what_to_do():
    meeting = make_meeting(entries=1)
    with pytest.raises(BadInput, match="aus einem älteren Paket.*am Sitzungstisch"):
        offline.read_record(record(meeting, (meeting.items.get(), {}), version=1), meeting)


def test_what_a_motion_made_void_is_not_entered_again_from_the_old_file():
    with clock.at(day(9)):
        meeting = make_meeting(entries=1)
    item = meeting.items.get()
    with clock.at(day(14)):
        enter(meeting, (item, {}))
        services.reopen(item, "Antrag: noch einmal", by=None)
        with pytest.raises(BadInput, match="auf Antrag wieder aufgenommen"):
            enter(meeting, (item, {}))
    with clock.at(day(15)):
        enter(meeting, (item, {"at": "2018-03-22T14:30:00Z"}))


def test_nothing_was_decided_before_a_meeting_that_was_led_on_screen_was_opened():
    with clock.at(day(11)):
        meeting = make_meeting(entries=2)
        a, b = meeting.items.order_by("position")
        services.call_item(b, by=None)
        services.decide(b, "awarded", by=None)
    with clock.at(day(14)):
        with pytest.raises(BadInput, match=r"um 12:00\sUhr eröffnet"):
            enter(meeting, (a, {"at": "2018-03-22T10:30:00Z"}))
        enter(meeting, (a, {"at": "2018-03-22T11:30:00Z"}))


def test_nothing_unseen_of_a_record_comes_into_the_minutes():
    meeting = make_meeting(entries=1)
    item = meeting.items.get()
    enter(meeting, (item, {"dissent": "Ab\u202ege\ufefflehnt\u0007"}))
    item.refresh_from_db()
    assert item.dissent == "Abgelehnt"


def test_a_mark_that_an_editor_put_before_the_record_does_no_harm():
    meeting = make_meeting(entries=1)
    text = record(meeting, (meeting.items.get(), {}))
    answer = signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode("utf-8-sig"))})
    assert answer.status_code == 200
    assert digest_in(answer)


@pytest.mark.parametrize("changes", [{"at": "2018-03-22T11:05:00.000Z"}, {"present": "fewer"}])
def test_another_time_or_another_room_than_was_shown_is_shown_again(changes):
    meeting = make_meeting(entries=1, members=4)
    item, office = meeting.items.get(), office_of(meeting)
    deputy = make_member(meeting.competition, kind=Member.Kind.DEPUTY, deputy_for=Member.objects.order_by("pk").last())
    codes = [one.person.code for one in Member.objects.exclude(pk=deputy.pk)]
    if "present" in changes:                                            # the same number of votes, one of them the deputy's
        services.declare(meeting, deputy, [], by=deputy.person)
        changes = {"present": [*codes[:-1], deputy.person.code]}
    shown = services.preview_offline(meeting, offline.read_record(record(meeting, (item, {"present": codes})), meeting), by=office).shown
    with pytest.raises(services.NotAsShown):
        services.enter_offline(
            meeting, offline.read_record(record(meeting, (item, {"present": codes} | changes)), meeting), shown=shown, by=office)


def test_whoever_may_not_see_sums_learns_none_from_a_refusal_and_every_look_is_in_the_log():
    with clock.at(day(9)):
        meeting = make_meeting(make_jury_competition(cap_cents=2_500_000 + 7_850), entries=3)
    hidden, a, _c = meeting.items.order_by("position")
    services.call_item(hidden, by=None)
    services.decide(hidden, "awarded", by=None)
    chair = Member.objects.get(kind=Member.Kind.CHAIR).person
    Bias.objects.create(entry=hidden.entry, person=chair, kind=Bias.Kind.OFFICE, reason="x")
    text = record(meeting, (a, {}))
    answer = signed_in(chair).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())})
    assert answer.status_code == 400
    assert "78,50" not in answer.text
    assert "mehr, als vom Preisgeld noch übrig ist." in answer.text.replace("\xa0", " ")
    assert "78,50" in signed_in(office_of(meeting)).post(url("offline_enter", meeting), {"record": io.BytesIO(text.encode())}).text
    looks = LogEvent.objects.filter(verb="jury.offline_preview").order_by("pk")
    assert [(one.actor == chair.code, one.detail["refused"]) for one in looks] == [(True, True), (False, True)]
    services.call_item(a, by=chair)
    with pytest.raises(Refused) as refused:
        services.decide(a, "awarded", by=chair)
    assert "78,50" not in str(refused.value)
