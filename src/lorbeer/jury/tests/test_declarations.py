"""What a member declares on paper or by word, noted by the office: it counts as theirs, and everybody can see where it comes from."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lorbeer.entries.models import Bias
from lorbeer.entries.queries import entries_visible_to
from lorbeer.entries.rules import can_read_entry
from lorbeer.entries.services import record_bias
from lorbeer.jury import biases, minutes, queries, services
from lorbeer.jury.models import DeclarationNote, Item, Meeting, Member
from lorbeer.jury.tests.factories import decide, decide_group, make_entry, make_jury_competition, make_meeting, make_member
from lorbeer.jury.tests.test_views import office_of, signed_in, url
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.screening import services as screening
from lorbeer.screening.models import ExpertOpinion, JointSession, Proposal
from lorbeer.screening.rules import can_read_opinion, opinions_readable_by
from lorbeer.shared import clock, desk, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.files import address_of
from lorbeer.shared.models import LogEvent, StoredFile
from lorbeer.shared.tests.test_files import pdf

pytestmark = pytest.mark.django_db


def undeclared_meeting(**facts):
    """An open meeting in which the last member has not declared: (meeting, member)."""
    meeting = make_meeting(**facts)
    member = make_member(meeting.competition)
    services.arrive(meeting, member, by=None)
    return meeting, member


def sent(meeting, **facts):
    return {"source": "paper", "said_on": clock.today(meeting.competition.time_zone).isoformat(), "confirm": "on",
            "up_to": queries.newest_batch(meeting)} | facts


def opened_to(person, meeting, opinions):
    """What a juror gets of entries and opinions of a round: of each address its status, and what rules and their twins allow."""
    competition, client = meeting.competition, signed_in(person)
    proposals = [one.proposal for one in opinions]
    places = [[competition.code, one.entry.code] for one in proposals]
    status = {client.get(reverse(name, args=[*place, *more])).status_code for place in places for name, more in [
        ("entries:entry_tab", ("history",)), ("screening:opinion_show", ("main", 0)), ("screening:opinion_pdf", ("main", 0))]}
    listed = client.get(reverse("screening:opinion_list", args=[competition.code]))
    table = client.get(listed.wsgi_request.path, {"format": "csv"}).content.decode()
    named = {one.entry.code for one in proposals if one.entry.code in listed.text}
    assert named == {one.entry.code for one in proposals if one.entry.code in table}
    assert named == set(entries_visible_to(person, competition).values_list("code", flat=True))
    assert named == {one.entry.code for one in proposals if can_read_entry(person, one.entry)}
    assert set(opinions_readable_by(person, competition)) == {one for one in opinions if can_read_opinion(person, one)}
    assert len(opinions_readable_by(person, competition)) == len(named)
    return status, len(named), "Bitte erklären Sie zuerst" in listed.text


@pytest.mark.once
def test_entries_and_opinions_open_to_a_juror_when_they_have_declared_and_not_by_another_way(monkeypatch):
    monkeypatch.setattr("lorbeer.screening.documents.opinion_pdf", lambda _opinion: b"%PDF")
    meeting = make_meeting(entries=2, opened=False)
    make_entry(meeting.competition)                                     # that has come before the jury since, and stands on no agenda
    opinions = [ExpertOpinion.objects.create(proposal=proposal, state="released", description="Was.", reasons="Warum.")
                for proposal in Proposal.objects.order_by("pk")]
    first, second, third = Member.objects.order_by("pk")
    shut, wide = ({403}, 0, True), ({200, 403}, 2, False)

    assert opened_to(first.person, meeting, opinions) == shut
    refused = signed_in(first.person).get(reverse("intake:entry_pdf", args=[meeting.competition.code, opinions[0].proposal.entry.code]))
    assert (refused.status_code, "auf Ihrer eigenen Seite" in refused.text) == (403, True)
    services.declare(meeting, first, [], by=first.person)
    assert opened_to(first.person, meeting, opinions) == wide
    assert opened_to(second.person, meeting, opinions) == shut
    services.declare(meeting, second, [(opinions[0].proposal.entry, "Mein Amt")], by=second.person)
    assert opened_to(second.person, meeting, opinions) == ({200, 403}, 1, False)
    services.add_item(meeting, opinions[2].proposal.entry, by=None)     # the agenda has grown: asked anew, also for this one
    assert opened_to(first.person, meeting, opinions) == shut
    services.declare(meeting, first, [], by=first.person)
    assert opened_to(first.person, meeting, opinions) == ({200}, 3, False)
    Meeting.objects.update(closed_at=clock.now())                      # nothing is left to be biased for
    assert opened_to(third.person, meeting, opinions) == ({200}, 3, False)
    Item.objects.all().delete()
    DeclarationNote.objects.all().delete()
    Meeting.objects.all().delete()                                      # nobody can declare yet, nor read before
    assert opened_to(first.person, meeting, opinions) == shut


def test_a_declaration_on_paper_gives_the_vote_and_says_where_it_comes_from():
    meeting, member = undeclared_meeting()
    office = office_of(meeting)
    a, b, _c = meeting.items.order_by("position")
    assert member not in queries.room_for(b, meeting).entitled

    client = signed_in(office)
    assert url("declaration_note", meeting, member.person.code) in client.get(url("bias_list", meeting)).text
    answer = client.post(url("declaration_note", meeting, member.person.code), sent(meeting, **{
        f"biased_{a.entry.code}": "on", f"reason_{a.entry.code}": "Mein Amt",
        "scan": SimpleUploadedFile("erklaerung.pdf", pdf(), "application/pdf"),
    }))

    assert answer.url == url("bias_list", meeting)
    assert member in queries.room_for(b, meeting).entitled
    assert member in queries.room_for(a, meeting).out
    bias = Bias.objects.get()
    assert (bias.person, bias.entry, bias.kind) == (member.person, a.entry, Bias.Kind.OFFICE)
    for page in (client.get(url("bias_list", meeting)).text, signed_in(member.person).get(url("bias_declare", meeting)).text,
                 signed_in(member.person).get(url("mine_show", meeting)).text, client.get(url("minutes_show", meeting)).text):
        assert "vom Wettbewerbsbüro nach einem Papier vom" in page
        assert office.name in page
    event = LogEvent.objects.get(verb="jury.note_declaration")
    assert (event.actor, event.detail["member"], event.detail["note"]["source"]) == (office.code, member.person.code, "paper")
    assert event.detail["note"]["biased"] == [a.entry.code]
    assert [str(fault) for fault in log.attested("jury") if "declaration" in fault.table] == []


def test_the_scan_is_for_the_member_the_office_and_the_auditor():
    meeting, member = undeclared_meeting()
    services.note_declaration(meeting, member, [], source="paper", said_on=clock.today("Europe/Berlin"), by=office_of(meeting),
                              scan=SimpleUploadedFile("erklaerung.pdf", pdf(), "application/pdf"))
    address = address_of(StoredFile.objects.get(original=None, subject__startswith="declaration:"))
    other = Member.objects.first()
    may = [member.person, office_of(meeting), office_of(meeting, Role.Kind.AUDITOR)]
    may_not = [other.person, office_of(meeting, Role.Kind.SPONSOR), office_of(meeting, Role.Kind.SCREENER)]

    assert [signed_in(person).get(address).status_code for person in may] == [200, 200, 200]
    assert [signed_in(person).get(address).status_code for person in may_not] == [403, 403, 403]


def test_by_word_means_in_the_open_meeting_and_needs_no_day():
    meeting = make_meeting(opened=False)
    member, office = Member.objects.last(), office_of(meeting)
    with pytest.raises(Refused, match="mündlich"):
        services.note_declaration(meeting, member, [], source="word", by=office)
    assert signed_in(office).post(url("declaration_note", meeting, member.person.code), sent(meeting, source="word")).status_code == 400
    services.open_meeting(meeting, by=office)
    refused = signed_in(office).post(url("declaration_note", meeting, member.person.code), sent(meeting, source="word", said_on=""))
    assert "nicht als anwesend vermerkt" in refused.text
    services.arrive(meeting, member, by=office)

    signed_in(office).post(url("declaration_note", meeting, member.person.code), sent(meeting, source="word", said_on=""))

    note = DeclarationNote.objects.get()
    assert (note.source, note.said_on, note.noted_by) == ("word", clock.today("Europe/Berlin"), office)
    assert "als in der Sitzung mündlich erklärt" in str(minutes.content(meeting))


@pytest.mark.parametrize(("facts", "said"), [
    ({"said_on": ""}, "der auf dem Papier steht"),
    ({"said_on": "2999-01-01"}, "nach 2199"),
    ({"said_on": (clock.now() + timedelta(days=3)).date().isoformat()}, "in der Zukunft"),
    ({"confirm": ""}, "für die ganze Liste gilt"),
    ({"source": "telephone"}, ""),
    ({"scan": SimpleUploadedFile("x.pdf", b"no pdf")}, "x.pdf"),
])
def test_what_does_not_fit_is_refused_with_a_sentence_and_nothing_is_noted(facts, said):
    meeting, member = undeclared_meeting()
    answer = signed_in(office_of(meeting)).post(url("declaration_note", meeting, member.person.code), sent(meeting, **facts))
    assert answer.status_code == 400
    assert said in answer.text
    assert not DeclarationNote.objects.exists()
    assert not meeting.declarations.filter(member=member).exists()


def test_who_may_note_is_the_office_without_a_bias_of_its_own_and_nobody_for_themselves():
    meeting, member = undeclared_meeting()
    address = url("declaration_note", meeting, member.person.code)
    biased, own = office_of(meeting), make_role(meeting.competition, Role.Kind.OFFICE, member.person).person
    Bias.objects.create(entry=meeting.items.first().entry, person=biased, kind=Bias.Kind.OFFICE, reason="x")
    chair = meeting.competition.jury_members.get(kind="chair").person
    for person in (biased, own, chair, office_of(meeting, Role.Kind.AUDITOR), office_of(meeting, Role.Kind.SPONSOR)):
        client = signed_in(person)
        assert client.get(address).status_code == 403
        assert client.post(address, sent(meeting)).status_code == 403
    assert not meeting.declarations.filter(member=member).exists()
    assert "jemand anderes aus dem Wettbewerbsbüro" in signed_in(biased).get(address).text


def test_what_the_member_has_declared_stays_and_they_can_add_to_what_was_noted():
    meeting, member = undeclared_meeting()
    a, b, c = meeting.items.order_by("position")
    services.declare(meeting, member, [(a.entry, "selbst")], by=member.person)
    services.note_declaration(meeting, member, [(b.entry, "vom Papier")], source="paper", said_on=clock.today("Europe/Berlin"),
                              by=office_of(meeting))
    client = signed_in(member.person)
    client.post(url("bias_declare", meeting), {
        "confirm": "on", f"biased_{c.entry.code}": "on", f"reason_{c.entry.code}": "fiel mir noch ein", "up_to": c.batch})

    kinds = dict(Bias.objects.filter(person=member.person).values_list("entry", "kind"))
    assert kinds == {a.entry_id: "declared", b.entry_id: "office", c.entry_id: "declared"}
    assert DeclarationNote.objects.count() == 1


def test_a_paper_does_not_cover_what_came_onto_the_agenda_after_it_was_read():
    meeting, member = undeclared_meeting()
    form = sent(meeting)
    item = services.add_item(meeting, make_entry(meeting.competition), by=None)
    signed_in(office_of(meeting)).post(url("declaration_note", meeting, member.person.code), form)
    assert member in queries.room_for(item, meeting).undeclared
    assert member in queries.room_for(meeting.items.first(), meeting).entitled


def test_whoever_has_left_has_not_declared_by_word_just_now():
    meeting, member = undeclared_meeting()
    services.leave(meeting, member, by=None)
    with pytest.raises(Refused, match="nicht als anwesend"):
        services.note_declaration(meeting, member, [], source="word", by=office_of(meeting))


def test_a_paper_older_than_an_item_does_not_cover_it_and_the_list_tells_which_declaration_counts():
    now = clock.now()
    with clock.at(now - timedelta(days=9)):
        meeting = make_meeting()
        member = make_member(meeting.competition)
        services.arrive(meeting, member, by=None)
        services.declare(meeting, member, [], by=member.person)
    office, old = office_of(meeting), meeting.items.first()
    item = services.add_item(meeting, make_entry(meeting.competition), by=None)
    signed_in(office).post(url("declaration_note", meeting, member.person.code), sent(
        meeting, said_on=(now - timedelta(days=3)).date().isoformat()))
    assert member in queries.room_for(item, meeting).undeclared
    assert member in queries.room_for(old, meeting).entitled
    early = signed_in(office).post(url("declaration_note", meeting, member.person.code), sent(
        meeting, said_on=(now - timedelta(days=30)).date().isoformat()))
    assert early.status_code == 400
    assert "stand noch nichts auf der Tagesordnung" in early.context["form"].errors["said_on"][0]

    services.note_declaration(meeting, member, [], source="paper", said_on=clock.today("Europe/Berlin"), by=office)

    assert member in queries.room_for(item, meeting).entitled
    assert meeting.declarations.get(member=member).declared_at >= now   # not the first one's day
    assert [str(fault) for fault in log.attested("jury") if "declaration" in fault.table] == []


def test_after_the_meeting_and_during_a_secret_ballot_nothing_is_noted():
    meeting, member = undeclared_meeting(competition=make_jury_competition(jury={"modes": ["secret", "consensus"], "quorum": 0.5}), members=4)
    item, office = meeting.items.first(), office_of(meeting)
    services.call_item(item, by=None)
    services.set_up_urn(item, by=None)
    with pytest.raises(Refused, match="geheime Abstimmung"):
        services.note_declaration(meeting, member, [], source="word", by=office)
    services.give_up_urn(item, by=None)
    for one in meeting.items.all():
        decide(one, "not_awarded")
    services.close_meeting(meeting, by=None)
    with pytest.raises(Refused, match="geschlossen"):
        services.note_declaration(meeting, member, [], source="paper", said_on=clock.today("Europe/Berlin"), by=office)


def test_the_log_finds_a_note_that_was_changed():
    meeting, member = undeclared_meeting()
    services.note_declaration(meeting, member, [], source="word", by=office_of(meeting))
    assert [fault for fault in log.attested("jury") if fault.table == "jury_declarationnote"] == []
    DeclarationNote.objects.update(source="paper")
    assert [fault.table for fault in log.attested("jury")] == ["jury_declarationnote"]


# --- taken back ---------------------------------------------------------------------------------------------------------


COMPARED = {"jury_declaration", "jury_declarationnote", "entries_bias", "shared_logreason"}


def noted_for(meeting, member, office, biased=(), **facts):
    return services.note_declaration(
        meeting, member, biased, **{"source": "paper", "said_on": clock.today("Europe/Berlin"), "by": office} | facts)


def test_what_was_noted_for_the_wrong_member_is_taken_back_with_what_it_closed_and_gave():
    meeting, member = undeclared_meeting()
    a, b, _c = meeting.items.order_by("position")
    office = office_of(meeting)
    note = noted_for(meeting, member, office, [(a.entry, "vom Papier")],
                     scan=SimpleUploadedFile("erklaerung.pdf", pdf(), "application/pdf"))
    scan = address_of(note.scan)
    client, own, address = signed_in(office), signed_in(member.person), url("declaration_take_back", meeting, member.person.code, note.number)
    assert address in client.get(url("bias_list", meeting)).text
    assert address not in own.get(url("mine_show", meeting)).text
    asked = client.get(address).text
    assert a.entry.applicant in asked
    assert "muss sich neu erklären" in asked
    assert client.post(address, {"why": " "}).status_code == 400

    answer = client.post(address, {"why": "Das Papier war von Frau Beispiel"}, follow=True)

    assert "Zurückgenommen" in answer.text
    assert [member in room for room in (queries.room_for(a, meeting).undeclared, queries.room_for(b, meeting).undeclared)] == [True, True]
    assert member in queries.present_members(meeting)                   # in the room they stay
    assert not Bias.objects.exists()
    for page in (answer.text, own.get(url("bias_declare", meeting)).text, client.get(url("minutes_show", meeting)).text):
        assert f"irrtümlich vermerkt, zurückgenommen von {office.name}" in page
        assert "Frau Beispiel" not in page
    assert (client.get(scan).status_code, own.get(scan).status_code) == (200, 403)
    assert "Scan des Papiers" not in own.get(url("bias_declare", meeting)).text
    event = LogEvent.objects.get(verb="jury.correct_declaration")
    assert (event.actor, event.detail["member"], event.detail["up_to"]) == (office.code, member.person.code, 0)
    assert event.reason.words == "Das Papier war von Frau Beispiel"
    assert [str(fault) for fault in log.attested("jury", "entries", "shared") if fault.table in COMPARED] == []
    assert client.post(address, {"why": "noch einmal"}).status_code == 403
    services.declare(meeting, member, [], by=member.person)
    assert member in queries.room_for(a, meeting).entitled


def test_what_the_member_said_themselves_and_what_else_is_known_stays_when_a_note_is_taken_back():
    meeting, member = undeclared_meeting()
    a, b, c = meeting.items.order_by("position")
    office = office_of(meeting)
    services.declare(meeting, member, [(a.entry, "selbst")], by=member.person)
    record_bias(b.entry, member.person, by=office, reason="vorher bekannt")
    later = services.add_item(meeting, make_entry(meeting.competition), by=None)
    note = noted_for(meeting, member, office, [(b.entry, "vom Papier"), (c.entry, "vom Papier")])
    assert member in queries.room_for(later, meeting).entitled

    services.take_back_note(note, "verwechselt", by=office)

    assert set(Bias.objects.values_list("entry", "kind")) == {(a.entry_id, "declared"), (b.entry_id, "office")}
    assert member in queries.room_for(c, meeting).entitled
    assert member in queries.room_for(later, meeting).undeclared
    assert [str(fault) for fault in log.attested("jury", "entries", "shared") if fault.table in COMPARED] == []


def test_no_vote_loses_its_ground_and_the_refusal_says_what_to_do():
    meeting, member = undeclared_meeting()
    a, b, _c = meeting.items.order_by("position")
    office = office_of(meeting)
    note = noted_for(meeting, member, office)
    decide(a, "not_awarded")
    services.call_item(b, by=None)
    services.cast_ballot(b, member, "yes", by=office)
    with pytest.raises(Refused, match="für die Punkte 1, 2 abgestimmt"):
        services.take_back_note(note, "verwechselt", by=office)
    services.reopen(a, "Antrag", by=None)
    with pytest.raises(Refused, match="für Punkt 2 abgestimmt.* gegangen"):
        services.take_back_note(note, "verwechselt", by=office)
    services.leave(meeting, member, by=None)
    services.take_back_note(note, "verwechselt", by=office)
    assert not meeting.declarations.filter(member=member).exists()


@pytest.mark.once
def test_a_note_on_which_a_vote_in_a_closed_ballot_rests_waits_for_the_ballot_whoever_leaves():
    meeting, member = undeclared_meeting(competition=make_jury_competition(jury={"modes": ["ranking"], "quorum": 0.3}), members=2)
    items, office = list(meeting.items.order_by("position")), office_of(meeting)
    note = noted_for(meeting, member, office)
    poll = services.open_poll(meeting, items[0].group, by=None)
    for one in queries.acting_members(meeting):
        services.cast_ranking(meeting, poll.group, one, items, by=None)
    with pytest.raises(Refused, match="gegangen"):                      # as long as it is open
        services.take_back_note(note, "verwechselt", by=office)
    services.close_poll(poll, by=None)
    services.leave(meeting, member, by=None)
    with pytest.raises(Refused, match="wartet auf die Entscheidung"):
        services.take_back_note(note, "verwechselt", by=office)
    services.give_up_poll(poll, "Antrag", by=None)
    services.take_back_note(note, "verwechselt", by=office)


def test_who_was_there_but_did_not_decide_has_no_vote_that_stands():
    meeting, member = undeclared_meeting()
    office = office_of(meeting)
    decide(meeting.items.first(), "not_awarded")                        # before the declaration
    note = noted_for(meeting, member, office)
    services.take_back_note(note, "verwechselt", by=office)
    assert note.meeting.declaration_notes.get().taken_back_by == office


def test_taking_back_is_for_whoever_may_note_and_not_during_a_secret_ballot_nor_afterwards():
    meeting, member = undeclared_meeting(competition=make_jury_competition(jury={"modes": ["secret", "consensus"], "quorum": 0.5}), members=4)
    office, item = office_of(meeting), meeting.items.first()
    note = noted_for(meeting, member, office)
    address, own = url("declaration_take_back", meeting, member.person.code, 1), make_role(meeting.competition, Role.Kind.OFFICE, member.person)
    for person in (own.person, meeting.competition.jury_members.get(kind="chair").person, office_of(meeting, Role.Kind.AUDITOR)):
        assert signed_in(person).post(address, {"why": "x"}).status_code == 403
    services.call_item(item, by=None)
    services.set_up_urn(item, by=None)
    with pytest.raises(Refused, match="geheime Abstimmung"):
        services.take_back_note(note, "verwechselt", by=office)
    services.give_up_urn(item, by=None)
    for one in meeting.items.all():
        decide(one, "not_awarded")
    services.close_meeting(meeting, by=None)
    with pytest.raises(Refused, match="geschlossen"):
        services.take_back_note(note, "verwechselt", by=office)
    assert url("declaration_take_back", meeting, member.person.code, 1) not in signed_in(office).get(url("bias_list", meeting)).text


def test_whoever_leaves_the_jury_takes_what_was_noted_of_them_along_and_the_log_agrees():
    meeting = make_meeting(opened=False)
    member, office = make_member(meeting.competition), office_of(meeting)
    services.take_back_note(noted_for(meeting, member, office), "verwechselt", by=office)
    noted_for(meeting, member, office)
    assert [note.number for note in meeting.declaration_notes.all()] == [1, 2]
    services.dismiss(member, by=office)
    assert not meeting.declaration_notes.exists()
    assert [str(fault) for fault in log.attested("jury") if fault.table in COMPARED] == []


def test_the_log_finds_a_note_that_was_taken_back_around_it():
    meeting, member = undeclared_meeting()
    office = office_of(meeting)
    noted_for(meeting, member, office)
    DeclarationNote.objects.update(taken_back_at=clock.now(), taken_back_by=office)
    assert [fault.table for fault in log.attested("jury")] == ["jury_declarationnote"]


def test_what_the_office_recorded_by_itself_is_taken_back_with_a_reason_on_the_list():
    meeting = make_meeting(members=4)
    a, b, _c = meeting.items.order_by("position")
    member, office = Member.objects.order_by("pk").last(), office_of(meeting)
    client, record = signed_in(office), url("bias_record", meeting, member.person.code)
    lift = url("bias_lift", meeting, member.person.code, a.entry.code)
    listed = client.get(url("bias_list", meeting)).text
    assert (record in listed, lift in listed) == (True, False)
    assert client.get(lift).status_code == 403
    assert client.post(record, {"entry": a.entry.code, "reason": " "}).status_code == 400
    assert "ist für 1 weiteren Beitrag befangen" in client.post(record, {"entry": a.entry.code, "reason": "Ehe"}, follow=True).text
    assert (member in queries.room_for(a, meeting).out, member in queries.room_for(b, meeting).entitled) == (True, True)
    revision = Meeting.objects.get().revision
    assert lift in client.get(url("bias_list", meeting)).text
    assert "kommt in den Raum zurück" in client.get(lift).text
    assert client.post(lift, {"why": " "}).status_code == 400

    answer = client.post(lift, {"why": "Gemeint war Herr Beispiel"}, follow=True).text

    assert "Befangenheit ist zurückgenommen" in answer
    assert "Herr Beispiel" not in answer
    assert member in queries.room_for(a, meeting).entitled
    assert not Bias.objects.exists()
    assert Meeting.objects.get().revision > revision                    # who follows the meeting sees it
    event = LogEvent.objects.get(verb="bias.lift")
    assert (event.actor, event.subject, event.detail["person"]) == (office.code, f"entry:{a.entry.code}", member.person.code)
    assert event.reason.words == "Gemeint war Herr Beispiel"
    assert [str(fault) for fault in log.attested("jury", "entries", "shared") if fault.table in COMPARED] == []
    assert client.post(lift, {"why": "noch einmal"}).status_code == 403


def test_a_recorded_bias_stays_where_a_vote_stands_against_it_a_declaration_brought_it_or_a_ballot_waits():
    meeting = make_meeting(make_jury_competition(jury={"modes": ["secret", "open", "consensus", "ranking"], "quorum": 0.3}), members=5)
    a, b, c = meeting.items.order_by("position")
    (*_rest, second, member), office = Member.objects.order_by("pk"), office_of(meeting)

    def refused(item, why, of=member):
        with pytest.raises(Refused, match=why):
            services.lift_bias(item, of, "verwechselt", by=office)

    decide(a, "not_awarded")
    services.call_item(b, by=None)
    services.cast_ballot(b, member, "yes", by=member.person)
    for item in (a, b):
        services.record_bias(meeting, member, item.entry, "Ehe", by=office)
        refused(item, f"über Punkt {item.position} abgestimmt")
    services.reopen(a, "Antrag", by=None)
    services.lift_bias(a, member, "verwechselt", by=office)
    services.leave(meeting, member, by=None)
    services.lift_bias(b, member, "verwechselt", by=office)

    noted_for(meeting, member, office, [(c.entry, "vom Papier")])
    refused(c, "kam mit einer Erklärung")
    services.call_item(b, by=None)
    services.record_bias(meeting, second, a.entry, "Ehe", by=office)
    services.set_up_urn(b, by=None)
    refused(a, "geheime Abstimmung", second)
    with pytest.raises(Refused, match="geheime Abstimmung"):
        services.record_bias(meeting, second, b.entry, "Ehe", by=office)
    services.give_up_urn(b, by=None)
    poll = services.open_poll(meeting, a.group, by=None)
    for one in queries.acting_members(meeting):
        services.cast_ranking(meeting, a.group, one, [item for item in (a, b, c) if (one, item) != (second, a)], by=None)
    services.close_poll(poll, by=None)
    refused(a, "wartet auf die Entscheidung", second)
    assert [str(fault) for fault in log.attested("jury", "entries") if fault.table in COMPARED] == []
    services.give_up_poll(poll, "Antrag", by=None)
    for one in (a, b, c):
        decide(one, "not_awarded")
    services.close_meeting(meeting, by=None)
    refused(a, "geschlossen", second)


def test_the_places_of_the_screening_are_no_way_round_the_jurys_day_and_the_other_way_round():
    meeting = make_meeting(make_jury_competition(jury={"modes": ["secret", "consensus"], "quorum": 0.3}), members=5)
    a, b, c = meeting.items.order_by("position")
    member, office = Member.objects.order_by("pk").last(), office_of(meeting)
    make_role(meeting.competition, Role.Kind.SCREENER, member.person)
    for item in (a, b):
        screening.record_bias(item.entry, member.person, "Ehe", by=office)
    services.call_item(c, by=None)
    services.set_up_urn(c, by=None)
    with pytest.raises(Refused, match="geheime Abstimmung"):
        screening.lift_bias(b.entry, member.person, "verwechselt", by=office)
    with pytest.raises(Refused, match="geheime Abstimmung"):
        screening.record_bias(c.entry, member.person, "Ehe", by=office)
    services.give_up_urn(c, by=None)
    sat = JointSession.objects.create(competition=meeting.competition, held_on=meeting.held_on).items.create(entry=a.entry, position=99)
    sat.deciders.add(member.person)
    with pytest.raises(Refused, match="gemeinsamen Sitzung"):
        services.lift_bias(a, member, "verwechselt", by=office)
    sat.delete()
    services.lift_bias(a, member, "verwechselt", by=office)
    screening.lift_bias(b.entry, member.person, "verwechselt", by=office)
    assert not Bias.objects.exists()
    for item in (a, b, c):
        decide(item, "not_awarded")
    screening.record_bias(b.entry, member.person, "Ehe", by=office)     # known only since
    with pytest.raises(Refused, match="über Punkt 2 abgestimmt"):
        screening.lift_bias(b.entry, member.person, "verwechselt", by=office)
    services.close_meeting(meeting, by=None)
    with pytest.raises(Refused, match="geschlossen"):
        screening.lift_bias(b.entry, member.person, "verwechselt", by=office)


def test_recording_and_taking_back_a_bias_is_for_the_office_and_nobody_does_it_for_themselves():
    meeting = make_meeting()
    chair, member = Member.objects.get(kind="chair"), Member.objects.order_by("pk").last()
    own = make_role(meeting.competition, Role.Kind.OFFICE, member.person)
    item = meeting.items.first()
    record_bias(item.entry, member.person, by=None, reason="x")
    for person in (chair.person, own.person, office_of(meeting, Role.Kind.AUDITOR)):
        for address in (url("bias_record", meeting, member.person.code), url("bias_lift", meeting, member.person.code, item.entry.code)):
            assert signed_in(person).get(address).status_code == 403
    assert Bias.objects.count() == 1


@pytest.mark.once
def test_whoever_votes_in_the_meeting_decides_of_nobody_else_whether_they_vote_be_it_through_the_places_of_the_screening():
    meeting = make_meeting()
    entry, (_chair, voter, other) = meeting.items.first().entry, Member.objects.order_by("pk")
    office = make_role(meeting.competition, Role.Kind.OFFICE, voter.person).person
    make_role(meeting.competition, Role.Kind.SCREENER, other.person)
    for act in (
        lambda: services.record_bias(meeting, other, entry, "Ehe", by=office),
        lambda: services.note_declaration(meeting, other, [(entry, "Ehe")], source="word", by=office),
        lambda: screening.record_bias(entry, other.person, "Ehe", by=office),
        lambda: screening.save_profile(other.person, meeting.competition, office, capacity=None, fields=[], languages=[], land_code="",
                                       employer=entry.applicant, earlier_bodies=""),
    ):
        with pytest.raises(Refused, match="Sie stimmen in dieser Jury selbst ab"):
            act()
    Member.objects.filter(pk=voter.pk).update(votes=False)
    services.record_bias(meeting, other, entry, "Ehe", by=office)


@pytest.mark.once
def test_the_minutes_name_who_recorded_a_bias_and_that_it_was_taken_back_and_the_page_warns_of_a_closed_ballot():
    meeting = make_meeting(make_jury_competition(jury={"modes": ["ranking"], "quorum": 0.3}))
    items, (*_more, member), office = list(meeting.items.order_by("position")), Member.objects.order_by("pk"), office_of(meeting)
    poll = services.open_poll(meeting, items[0].group, by=None)
    for one in Member.objects.all():
        services.cast_ranking(meeting, poll.group, one, items, by=None)
    ask = url("bias_record", meeting, member.person.code)
    assert "alle stimmen neu ab" not in signed_in(office).get(ask).text
    services.close_poll(poll, by=None)
    assert "alle stimmen neu ab" in signed_in(office).get(ask).text
    services.record_bias(meeting, member, items[0].entry, "Ehe", by=office)
    services.give_up_poll(poll, "Antrag", by=None)
    assert "alle stimmen neu ab" not in signed_in(office).get(ask).text
    services.lift_bias(items[0], member, "verwechselt", by=office)
    noted_for(meeting, member, office, [(items[1].entry, "vom Papier")])
    services.record_bias(meeting, member, items[2].entry, "Ehe", by=office)

    of_note, first, second = minutes.content(meeting)["noted"]

    start = f"Befangenheit von {member} für Punkt %s: vom Wettbewerbsbüro vermerkt ({office.name}, "
    assert (first.startswith(start % 1), f"; irrtümlich vermerkt, zurückgenommen von {office.name}, " in first) == (True, True), first
    assert (second.startswith(start % 3), "zurückgenommen" in second) == (True, False), second
    assert "Papier" in of_note
    assert "Ehe" not in str(minutes.content(meeting))
    assert minutes.content(meeting, without={items[2].entry_id})["noted"] == [of_note, first]


@pytest.mark.once
def test_the_list_costs_the_same_for_few_and_many_notes():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(members):
        meeting = make_meeting(members=members)
        office = office_of(meeting)
        for member in meeting.competition.jury_members.all():
            services.note_declaration(meeting, member, [], source="word", by=office)
            services.record_bias(meeting, member, meeting.items.first().entry, "x", by=office)
        client = signed_in(office)
        client.get(url("bias_list", meeting))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("bias_list", meeting))
        return len(asked)

    assert cost(2) == cost(8)


def test_a_bias_that_becomes_known_after_a_decision_stands_beside_it_and_is_a_task():
    meeting = make_meeting(members=5)
    item, other = meeting.items.order_by("position")[:2]
    member, away = Member.objects.filter(kind="member").order_by("pk")[:2]
    chair = Member.objects.get(kind="chair")
    lead = office_of(meeting, Role.Kind.OFFICE_LEAD)
    services.leave(meeting, away, by=None)
    decide(item, "awarded")
    assert biases.late_biases(meeting) == {}
    record_bias(item.entry, member.person, by=lead, reason="Ehe")
    record_bias(item.entry, away.person, by=lead, reason="war nicht im Raum")
    record_bias(other.entry, member.person, by=lead, reason="noch nicht entschieden")

    sentence = f"Eine Befangenheit von {member}, anwesend bei der Entscheidung, wurde erst danach bekannt"
    told = str(minutes.content(meeting))
    assert told.count(sentence.split(",")[0]) == told.count("wurde erst danach bekannt") > 0
    assert "Ehe" not in told
    for person in (chair.person, lead):
        page = signed_in(person).get(url("desk_show", meeting)).text
        assert sentence in page
        assert "Nach 1 Entscheidung ist eine Befangenheit bekannt geworden" in [
            task.label for task in desk.tasks_for(person, meeting.competition)]
    services.reopen(item, "Antrag: neu beraten", by=None)
    assert biases.late_biases(meeting) == {}


def test_taking_back_a_bias_names_the_entry_that_its_page_showed_whatever_the_agenda_is_by_then():
    competition = make_jury_competition()
    for number in range(2):
        make_entry(competition, applicant=f"Bernau {number}")
    meeting = make_meeting(competition, entries=0, opened=False)
    first, second = meeting.items.order_by("position")
    member, office = Member.objects.order_by("pk").last(), office_of(meeting)
    for item in (first, second):
        record_bias(item.entry, member.person, by=office, reason="Ehe")
    address, client = url("bias_lift", meeting, member.person.code, second.entry.code), signed_in(office)
    assert "Bernau 1" in client.get(address).text

    make_entry(competition, applicant="Ahlen")
    client.post(url("agenda_extend", meeting))                          # which numbers the agenda anew
    second.refresh_from_db()
    assert second.position == 3
    client.post(address, {"why": "Gemeint war jemand anders"})

    assert [bias.entry for bias in Bias.objects.all()] == [first.entry]
    assert client.get(url("bias_lift", meeting, member.person.code, "gibt-es-nicht")).status_code == 404


def noted_employer(meeting, member, *bodies):
    """The office notes under which grounds a member is biased, on their page; the answer."""
    return signed_in(office_of(meeting)).post(
        reverse("jury:member_grounds", args=[meeting.competition.code, member.person.code]),
        {"land_code": "", "employer": bodies[0] if bodies else "", "addresses": "", "earlier_bodies": "\n".join(bodies[1:])}, follow=True)


def tasks_of(person, competition):
    return [task.label for task in desk.tasks_for(person, competition)]


def test_a_bias_that_is_computed_only_after_a_decision_is_told_like_one_that_was_declared_too_late():
    meeting = make_meeting(members=5)
    item, other, last = meeting.items.order_by("position")
    member, away = Member.objects.filter(kind="member").order_by("pk")[:2]
    lead, chair = office_of(meeting, Role.Kind.OFFICE_LEAD), Member.objects.get(kind="chair")
    services.leave(meeting, away, by=None)
    decide(item, "awarded")
    for person in (member, away):
        assert noted_employer(meeting, person, item.entry.applicant, other.entry.applicant).status_code == 200
    decide(other, "not_awarded")                                        # they had left the room for that

    sentence = f"Eine Befangenheit von {member}, anwesend bei der Entscheidung, wurde erst danach bekannt. Lorbeer berechnet sie"
    assert {key: [bias.person for bias in biases] for key, biases in biases.late_biases(meeting).items()} == {item.pk: [member.person]}
    assert str(minutes.content(meeting)).count("erst danach bekannt. Lorbeer") == str(minutes.content(meeting)).count(sentence) > 0
    for person in (chair.person, lead):
        assert signed_in(person).get(url("desk_show", meeting)).text.count(sentence) == 1
        assert "Nach 1 Entscheidung ist eine Befangenheit bekannt geworden" in tasks_of(person, meeting.competition)
    noted_employer(meeting, member)                                     # it was somebody of the same name
    assert biases.late_biases(meeting) == {}
    noted_employer(meeting, member, item.entry.applicant)
    decide(last, "not_awarded")
    meeting = services.close_meeting(meeting, by=None)
    told = minutes.content(meeting)["items"]

    noted_employer(meeting, member, last.entry.applicant)               # years later: the minutes stay as they were written
    assert minutes.content(meeting)["items"] == told
    assert sentence in str(told)
    assert [str(fault) for fault in log.attested("jury")] == []


def test_a_bias_that_is_computed_after_a_shortlist_stands_at_its_ballot_and_is_a_task_until_the_shortlist_is_taken_up_again():
    meeting = make_meeting(members=3)
    kept, out, _other = meeting.items.order_by("position")
    members, group = list(Member.objects.order_by("pk")), kept.group
    poll = services.open_poll(meeting, group, keep=1, by=None)
    for one in members:
        services.cast_ranking(meeting, group, one, list(meeting.items.order_by("position")), by=one.person)
    decide_group(poll)
    lead, label = office_of(meeting, Role.Kind.OFFICE_LEAD), "Nach der engeren Wahl ist eine Befangenheit bekannt geworden"
    assert not any(label in task for task in tasks_of(lead, meeting.competition))
    noted_employer(meeting, members[2], kept.entry.applicant)

    sentence = f"Danach wurde eine Befangenheit von {members[2]} für Punkt\N{NO-BREAK SPACE}1 bekannt; die Stimme war mitgezählt. Lorbeer"
    assert [sentence in line for one in minutes.content(meeting)["counts"] for line in one["lines"]].count(True) == 1
    for person in (members[0].person, lead):                            # the chair is the first
        assert sentence in signed_in(person).get(url("desk_show", meeting)).text
        assert [label in task for task in tasks_of(person, meeting.competition)].count(True) == 1
    biased = office_of(meeting, Role.Kind.OFFICE_LEAD)                  # who is biased for something of the group reads nothing of it
    record_bias(out.entry, biased, by=None, reason="x")
    assert not any(label in task for task in tasks_of(biased, meeting.competition))
    for item in meeting.items.filter(result="not_awarded"):
        services.reopen(item, "Antrag: neu wählen", by=None)
    assert not any(label in task for task in tasks_of(lead, meeting.competition))
