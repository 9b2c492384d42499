from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation

from lorbeer.call.models import Prize, Purse
from lorbeer.entries.models import Bias, Contributor, Entry, Project, State
from lorbeer.entries.transitions import move
from lorbeer.formal_check import rules as check_rules
from lorbeer.formal_check.tests.factories import CLOSES
from lorbeer.intake import services as intake
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import make_arrival, make_call, make_submission
from lorbeer.jury import minutes, queries, ranking, services
from lorbeer.jury.forms import DecideForm
from lorbeer.jury.models import Ballot, Item, Meeting, Member
from lorbeer.jury.tests.factories import (
    decide,
    decide_group,
    make_closed_meeting,
    make_entry,
    make_jury_competition,
    make_meeting,
    make_member,
)
from lorbeer.people.models import Role
from lorbeer.people.services import take_role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.models import Proposal
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db


def items(meeting):
    return list(meeting.items.order_by("position"))


# --- members and agenda -----------------------------------------------------------------------------------------------


def test_who_cannot_be_called_up_is_told_the_state_of_the_entry():
    meeting = make_meeting(entries=1)
    entry = make_entry(meeting.competition, proposed=False, state=State.SCREENED)
    with pytest.raises(Refused, match="„vorgeprüft“") as refused:
        services.add_item(meeting, entry, by=None)
    assert "%" not in str(refused.value)


def test_appointing_gives_the_jurors_role_once():
    competition = make_jury_competition()
    person = make_person()

    services.appoint(competition, person, by=None)

    assert list(person.roles.values_list("kind", flat=True)) == ["juror"]
    with pytest.raises(Refused, match="already belongs|gehört"):
        services.appoint(competition, person, by=None)


def test_a_jury_has_one_chair_and_deputies_only_for_members():
    competition = make_jury_competition()
    chair = make_member(competition, kind=Member.Kind.CHAIR)
    deputy = make_member(competition, kind=Member.Kind.DEPUTY, deputy_for=chair)

    with pytest.raises(Refused):
        make_member(competition, kind=Member.Kind.CHAIR)
    with pytest.raises(BadInput):
        make_member(competition, kind=Member.Kind.DEPUTY)
    with pytest.raises(BadInput):
        make_member(competition, kind=Member.Kind.DEPUTY, deputy_for=deputy)
    with pytest.raises(BadInput):
        make_member(competition, deputy_for=chair)
    with pytest.raises(BadInput):
        make_member(make_jury_competition(), kind=Member.Kind.DEPUTY, deputy_for=chair)


def test_the_agenda_holds_the_rounds_proposals_by_group_and_applicant():
    competition = make_jury_competition()
    special = competition.groups.get(code="special")
    b = make_entry(competition, applicant="B")
    a = make_entry(competition, applicant="A")
    Proposal.objects.create(entry=b, group=special)
    make_entry(competition, proposed=False)
    make_entry(competition, round=2)
    make_entry(make_jury_competition())

    meeting = services.plan_meeting(competition, held_on=clock.today(), by=None)

    assert [(item.position, item.entry, item.group.code) for item in items(meeting)] == [
        (1, a, "main"),
        (2, b, "main"),
        (3, b, "special"),
    ]
    with pytest.raises(Refused):
        services.plan_meeting(competition, held_on=clock.today(), by=None)


def test_a_meeting_is_held_on_the_day_on_which_it_is_opened_and_times_of_another_day_name_it():
    competition = make_jury_competition()
    make_entry(competition)
    office, chair = make_role(competition).person, make_member(competition, kind="chair")
    opened = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)                  # 15:00 in Berlin
    with clock.at(opened):
        meeting = services.plan_meeting(competition, held_on=date(2026, 12, 7), by=office)
        services.move_meeting(meeting, date(2026, 12, 8), by=office)
        assert log.attested("jury") == []
        services.declare(meeting, chair, [], by=chair.person)
        services.open_meeting(meeting, by=office)
        services.arrive(meeting, chair, by=office)
        with pytest.raises(Refused):
            services.move_meeting(meeting, date(2026, 12, 9), by=office)
    with clock.at(opened + timedelta(hours=9, minutes=23)):
        decide(meeting.items.get())
        meeting = services.close_meeting(meeting, by=office)

    assert (meeting.held_on, queries.planned_for(meeting)) == (date(2026, 11, 27), date(2026, 12, 8))
    assert log.attested("jury") == []
    with translation.override("de"):
        told = minutes.content(meeting)
    facts = dict(told["facts"])
    assert (facts["Tag"], facts["Eröffnet"], facts["Geschlossen"]) == ("27.\xa0November 2026", "15:00", "28.11.2026, 00:23")
    assert told["presence"][0]["present"] == "15:00–28.11.2026, 00:23"


@pytest.mark.parametrize(("round", "days", "where"), [(7, 0, "round"), (1, -365, "held_on"), (1, 20 * 365, "held_on")])
def test_no_meeting_is_planned_for_a_round_that_does_not_exist_or_a_day_that_cannot_be_meant(round, days, where):
    competition = make_jury_competition()
    office = make_role(competition).person
    with pytest.raises(BadInput) as refusal:
        services.plan_meeting(competition, round, held_on=clock.today() + timedelta(days=days), by=office)
    assert refusal.value.where == where
    if where == "held_on":
        meeting = services.plan_meeting(competition, held_on=clock.today() - timedelta(days=7), by=office)    # led on paper last week
        with pytest.raises(BadInput):
            services.move_meeting(meeting, clock.today() + timedelta(days=days), by=office)


def test_the_minutes_of_a_closed_meeting_tell_the_jury_as_it_was_when_it_was_closed():
    meeting = make_meeting(entries=1)
    competition, (chair, *_rest) = meeting.competition, Member.objects.order_by("pk")
    absent = make_member(competition, constituency="Wissenschaft")
    deputy = make_member(competition, kind="deputy", deputy_for=chair)
    decide(meeting.items.get())
    def told():
        content = minutes.content(meeting)
        return content["presence"], dict(content["facts"])["Stimmberechtigte Mitglieder"]

    services.leave(meeting, chair, by=None)
    services.arrive(meeting, deputy, by=None)
    chair.person.roles.all().delete()                                   # an empty seat, for the chair has sat there
    _before, seats = told()
    meeting = services.close_meeting(meeting, by=None)
    closed = told()
    assert (closed[1], seats) == ("4", "4")
    assert {"name": absent.person.name, "role": "Mitglied, Wissenschaft", "present": "abwesend"} in closed[0]
    assert [row["role"] for row in closed[0]] == ["Vorsitz", *["Mitglied"] * 2, "Mitglied, Wissenschaft", f"Vertretung von {chair.person}"]

    services.dismiss(absent, by=None)
    late = make_member(competition)
    assert late.person.name not in str(told())
    assert told() == closed


def test_nobody_makes_a_jury_quorate_by_taking_absent_members_off_it_or_their_roles_while_a_meeting_is_open():
    meeting = make_meeting(members=3, entries=1)
    competition, office = meeting.competition, make_role(meeting.competition, Role.Kind.OFFICE_LEAD).person
    Meeting.objects.update(opened_at=None)
    absent = [make_member(competition) for _number in range(5)]
    Meeting.objects.update(opened_at=clock.now())
    item = meeting.items.get()

    with pytest.raises(Refused, match="läuft"):
        services.dismiss(absent[0], by=office)
    take_role(absent[1].person.roles.get(), by=office)
    assert queries.seats(competition) == 8
    with pytest.raises(Refused, match="3 von 8 Stimmen"):
        decide(item, "not_awarded")
    wrong = make_member(competition)
    services.dismiss(wrong, by=office)
    assert queries.seats(competition) == 8, "whoever was appointed since can go again"
    Meeting.objects.update(closed_at=clock.now())
    services.dismiss(absent[0], by=office)
    assert queries.seats(competition) == 6


def test_the_minutes_tell_who_joined_the_jury_and_whose_grounds_were_noted_anew_while_the_meeting_was_open():
    meeting = make_meeting(members=2, entries=1)
    decide(meeting.items.get(), "not_awarded")
    joined, gone = make_member(meeting.competition), make_member(meeting.competition)
    services.dismiss(gone, by=None)
    grounds = {"land_code": "", "employer": "Verein X", "addresses": "", "earlier_bodies": ""}
    services.note_grounds(joined.person.roles.get(), by=make_role(meeting.competition, Role.Kind.OFFICE).person, **grounds)
    services.close_meeting(meeting, by=None)
    make_member(meeting.competition)
    meeting.refresh_from_db()

    with translation.override("de"):
        told = minutes.content(meeting)["noted"]
    assert [sentence.split(" um ")[0] for sentence in told[:3]] == [f"{one.person.name} wurde" for one in (joined, gone, gone)]
    assert told[3].startswith(f"Wonach Lorbeer Befangenheiten von {joined.person.name} errechnet, wurde um")
    assert len(told) == 4
    assert "während die Sitzung lief" in told[0]
    assert "wieder von der Jury genommen" in told[2]


def test_later_proposals_join_the_agenda_in_order_until_it_is_opened_and_at_the_end_afterwards():
    meeting = make_meeting(entries=2, opened=False)
    first = make_entry(meeting.competition, applicant="A first")

    assert services.take_in_proposals(meeting, by=None) == 1
    assert items(meeting)[0].entry == first

    services.open_meeting(meeting, by=None)
    second = make_entry(meeting.competition, applicant="A before the first")
    assert services.take_in_proposals(meeting, by=None) == 1
    assert services.take_in_proposals(meeting, by=None) == 0
    assert items(meeting)[-1].entry == second
    assert [item.position for item in items(meeting)] == [1, 2, 3, 4]


def test_any_screened_entry_can_be_called_up_unless_the_call_says_proposals_only():
    meeting = make_meeting(entries=1)
    other = make_entry(meeting.competition, proposed=False)

    assert services.add_item(meeting, other, by=None).position == 2
    with pytest.raises(Refused):
        services.add_item(meeting, other, by=None)  # it is there already
    with pytest.raises(Refused):
        services.add_item(meeting, make_entry(meeting.competition, proposed=False, state=State.ADMITTED), by=None)
    with pytest.raises(Refused):
        services.add_item(meeting, make_entry(make_jury_competition(), proposed=False), by=None)
    with pytest.raises(Refused):
        services.add_item(meeting, make_entry(meeting.competition, proposed=False, round=2), by=None)

    competition = meeting.competition
    competition.jury |= {"proposals_only": True}
    competition.save()
    with pytest.raises(Refused):
        services.add_item(meeting, make_entry(competition, proposed=False), by=None)


def test_a_project_competes_only_in_a_special_category():
    meeting = make_meeting(entries=0)
    special = meeting.competition.groups.get(code="special")
    entry = make_entry(meeting.competition, proposed=False)
    project = Project.objects.create(entry=entry, position=1, title="Projekt")
    foreign = Project.objects.create(entry=make_entry(meeting.competition), position=1, title="Projekt")

    with pytest.raises(Refused):
        services.add_item(meeting, entry, project=project, by=None)
    with pytest.raises(Refused):
        services.add_item(meeting, entry, project=foreign, group=special, by=None)
    assert services.add_item(meeting, entry, project=project, group=special, by=None).project == project


# --- the room ---------------------------------------------------------------------------------------------------------


def test_a_deputy_acts_only_while_the_member_is_away():
    meeting = make_meeting(members=2)
    competition = meeting.competition
    principal = make_member(competition)
    deputy = make_member(competition, kind=Member.Kind.DEPUTY, deputy_for=principal)
    spare = make_member(competition, kind=Member.Kind.DEPUTY, deputy_for=principal)

    services.arrive(meeting, deputy, by=None)
    services.arrive(meeting, spare, by=None)
    assert deputy in queries.acting_members(meeting)
    assert spare not in queries.acting_members(meeting)  # one seat, one voice
    assert queries.seats(competition) == 3

    services.arrive(meeting, principal, by=None)
    assert deputy not in queries.acting_members(meeting)
    assert principal in queries.acting_members(meeting)

    services.leave(meeting, principal, by=None)
    assert deputy in queries.acting_members(meeting)


def test_bias_of_a_member_does_not_let_the_deputy_in():
    meeting = make_meeting(members=2)
    principal = make_member(meeting.competition)
    deputy = make_member(meeting.competition, kind=Member.Kind.DEPUTY, deputy_for=principal)
    for member in (principal, deputy):
        services.arrive(meeting, member, by=None)
    item = items(meeting)[0]
    Bias.objects.create(entry=item.entry, person=principal.person, kind=Bias.Kind.DECLARED, reason="x")

    room = queries.room_for(item, meeting)

    assert principal in room.out
    assert len(room.entitled) == 2
    assert deputy not in room.entitled


def test_members_without_a_vote_do_not_count():
    meeting = make_meeting(members=2)
    guest = make_member(meeting.competition, votes=False)
    services.arrive(meeting, guest, by=None)

    assert queries.seats(meeting.competition) == 2
    assert guest not in queries.acting_members(meeting)


@pytest.mark.parametrize(("present", "quorate"), [(0, False), (1, False), (2, True), (4, True)])
def test_half_of_the_votes_are_a_quorum_of_a_half(present, quorate):
    meeting = make_meeting(members=4)
    for member in list(Member.objects.all())[present:]:
        services.leave(meeting, member, by=None)
    item = items(meeting)[0]
    services.call_item(item, by=None)

    assert queries.room_for(item, meeting).is_quorate is quorate
    if quorate:
        services.decide(item, "awarded", by=None)
    else:
        with pytest.raises(Refused):
            services.decide(item, "awarded", by=None)


def test_the_quorum_is_of_each_item_bias_can_break_it():
    meeting = make_meeting(members=4, entries=2)
    first, second = items(meeting)
    for member in list(Member.objects.all())[1:]:
        Bias.objects.create(entry=first.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="x")

    with pytest.raises(Refused):
        decide(first)
    assert decide(second).result == "awarded"


def test_every_ground_of_bias_sends_a_juror_out():
    meeting = make_meeting(members=1, entries=4)
    by_employer, by_contribution, by_office, free = items(meeting)
    person = make_member(meeting.competition, employer=by_employer.entry.applicant).person
    Contributor.objects.create(entry=by_contribution.entry, person=person)
    Bias.objects.create(entry=by_office.entry, person=person, kind=Bias.Kind.OFFICE, reason="x")

    assert [person.pk in queries.biased_person_ids(item.entry) for item in items(meeting)] == [True, True, True, False]
    assert list(queries.items_open_to(person, meeting)) == [free]


# --- votes ------------------------------------------------------------------------------------------------------------


def test_consensus_counts_all_who_are_entitled():
    meeting = make_meeting(members=3)
    awarded, declined, dissent = items(meeting)
    Bias.objects.create(entry=awarded.entry, person=Member.objects.first().person, kind=Bias.Kind.DECLARED, reason="x")

    awarded = decide(awarded)
    assert (awarded.yes, awarded.no, awarded.abstained, awarded.entitled, awarded.out_for_bias) == (2, 0, 0, 2, 1)
    assert list(awarded.out.all()) == [Member.objects.first()]
    declined = decide(declined, "not_awarded")
    assert (declined.yes, declined.no, declined.abstained) == (0, 3, 0)

    with pytest.raises(BadInput):
        decide(dissent, no=1)  # dissent needs its sentence
    with pytest.raises(BadInput):
        decide(dissent, yes=1, no=2, dissent="Zu wenig.")  # that is no consensus
    with pytest.raises(BadInput):
        decide(dissent, yes=3, no=1, dissent="Zu wenig.")  # four voices of three people
    assert decide(dissent, no=1, dissent="Zu wenig.").dissent == "Zu wenig."


def test_an_open_vote_needs_every_ballot_and_the_majority_decides():
    meeting = make_meeting(members=3, entries=2)
    first, second = items(meeting)
    members = list(Member.objects.all())
    services.call_item(first, by=None)
    services.cast_ballot(first, members[0], "yes", by=members[0].person)
    services.cast_ballot(first, members[1], "no", by=members[1].person)
    with pytest.raises(Refused):
        services.decide(first, mode="open", by=None)
    services.cast_ballot(first, members[2], "no", by=members[2].person)
    services.cast_ballot(first, members[2], "yes", by=members[2].person)  # changed before the decision

    with pytest.raises(BadInput):
        services.decide(first, "not_awarded", mode="open", by=None)
    first = services.decide(first, mode="open", by=None)
    assert (first.result, first.yes, first.no) == ("awarded", 2, 1)

    services.call_item(second, by=None)
    for member, choice in zip(members, ("yes", "no", "abstain"), strict=True):
        services.cast_ballot(second, member, choice, by=None)
    assert services.decide(second, mode="open", by=None).result == "not_awarded"  # a tie is no majority


def test_only_those_in_the_room_have_a_ballot():
    meeting = make_meeting(members=2, entries=2)
    item, later = items(meeting)
    absent = make_member(meeting.competition)
    biased = make_member(meeting.competition)
    stranger = make_member(make_jury_competition())
    services.arrive(meeting, biased, by=None)
    Bias.objects.create(entry=item.entry, person=biased.person, kind=Bias.Kind.DECLARED, reason="x")
    services.call_item(item, by=None)

    for member in (absent, biased, stranger):
        with pytest.raises(Refused):
            services.cast_ballot(item, member, "yes", by=member.person)
    with pytest.raises(Refused):
        services.cast_ballot(later, Member.objects.first(), "yes", by=None)  # not on the table
    with pytest.raises(BadInput):
        services.cast_ballot(item, Member.objects.first(), "rank", by=None)
    assert Ballot.objects.count() == 0


def test_ballots_of_somebody_who_leaves_do_not_count():
    meeting = make_meeting(members=3, entries=1)
    item = items(meeting)[0]
    members = list(Member.objects.all())
    services.call_item(item, by=None)
    for member in members:
        services.cast_ballot(item, member, "yes" if member == members[0] else "no", by=None)
    services.leave(meeting, members[2], by=None)

    item = services.decide(item, mode="open", by=None)

    assert (item.yes, item.no, item.result) == (1, 1, "not_awarded")


def test_one_vote_that_is_missing_is_one_and_no_award_is_of_less_than_a_cent():
    meeting = make_meeting(members=3, entries=1)
    item = items(meeting)[0]
    services.call_item(item, by=None)
    for member in list(Member.objects.all())[:2]:
        services.cast_ballot(item, member, "yes", by=None)
    with translation.override("de"), pytest.raises(Refused, match="1 von 3 Stimmen fehlt noch"):
        services.decide(item, mode="open", by=None)
    Prize.objects.filter(code="main").update(up_to=True)
    with translation.override("de"):
        assert "0,01" in str(DecideForm({"result": "awarded", "mode": "open", "amount": "-5"}, item=items(meeting)[0]).errors["amount"])


def test_only_the_ways_of_the_call_are_open():
    competition = make_jury_competition(jury={"modes": ["open"]})
    meeting = make_meeting(competition)
    with pytest.raises(Refused):
        decide(items(meeting)[0])
    with pytest.raises(Refused):
        services.open_poll(meeting, competition.groups.get(code="main"), by=None)


def test_an_item_is_decided_once_and_only_on_the_table():
    meeting = make_meeting()
    first, second, _third = items(meeting)
    with pytest.raises(Refused):
        services.decide(first, "awarded", by=None)
    decide(first)
    with pytest.raises(Refused):
        services.decide(first, "not_awarded", by=None)
    with pytest.raises(Refused):
        services.call_item(first, by=None)
    services.call_item(second, by=None)
    assert services.decide(second, "deferred", by=None).result == "deferred"
    assert decide(second).result == "awarded"  # deferred is not decided


def test_who_is_biased_does_not_record_the_decision():
    meeting = make_meeting()
    item = items(meeting)[0]
    chair = Member.objects.get(kind="chair")
    Bias.objects.create(entry=item.entry, person=chair.person, kind=Bias.Kind.DECLARED, reason="x")
    with pytest.raises(Refused):
        decide(item, by=chair.person)


# --- money ------------------------------------------------------------------------------------------------------------


def test_the_cap_is_never_exceeded_and_a_reopened_decision_gives_its_money_back():
    competition = make_jury_competition(cap_cents=5_000_000)  # two prizes of 25,000 euro
    meeting = make_meeting(competition, entries=3)
    first, second, third = items(meeting)
    decide(first)
    decide(second)
    with pytest.raises(Refused):
        decide(third)
    assert Purse.objects.get().spent_cents == 5_000_000
    third.refresh_from_db()
    assert third.result == ""

    services.reopen(first, "Antrag von A. Beispiel", by=None)
    assert Purse.objects.get().spent_cents == 2_500_000
    decide(third)
    assert queries.budget_of(competition, 1).left == 0
    assert LogEvent.objects.filter(verb="jury.reopen").get().detail["before"]["amount_cents"] == 2_500_000


def test_the_database_itself_refuses_to_overdraw():
    make_jury_competition(cap_cents=100)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.update(spent_cents=101)


def test_prizes_keep_to_their_group_amount_and_number():
    competition = make_jury_competition()
    meeting = make_meeting(competition)
    first, second, third = items(meeting)
    special = Prize.objects.get(code="special")
    with pytest.raises(BadInput):
        decide(first, prize=special)
    with pytest.raises(BadInput):
        decide(first, amount_cents=2_499_999)
    with pytest.raises(BadInput):
        decide(first, "not_awarded", prize=Prize.objects.get(code="main"))

    main = Prize.objects.get(code="main")
    main.up_to, main.max_count = True, 1
    main.save()
    with pytest.raises(BadInput):
        decide(first, amount_cents=2_500_001)
    with pytest.raises(BadInput):
        decide(first, amount_cents=0)
    assert decide(first, amount_cents=1_234_567).amount_cents == 1_234_567
    with pytest.raises(Refused):
        decide(second, amount_cents=1)  # there is only one
    assert Purse.objects.get().spent_cents == 1_234_567


def test_a_prize_up_to_an_amount_is_what_was_applied_for_and_never_silently_the_most():
    competition = make_jury_competition()
    Prize.objects.filter(code="main").update(amount_cents=500_000, up_to=True)
    for cents in (300_000, 800_000, None):
        make_entry(competition, amount_cents=cents)
    modest, greedy, silent = items(make_meeting(competition, entries=0))

    assert [DecideForm(item=item)["amount"].value() for item in (modest, greedy, silent)] == ["3.000,00", "5.000,00", None]
    assert decide(modest).amount_cents == 300_000
    assert decide(greedy).amount_cents == 500_000
    with pytest.raises(BadInput) as refused:
        decide(silent)
    assert refused.value.where == "amount"
    assert services.decide(silent, "awarded", amount_cents=120_000, by=None).amount_cents == 120_000


# --- ranking ----------------------------------------------------------------------------------------------------------


def rank(meeting, orders):
    """These ballots, and the poll they lie in: the one that is open, else a new one."""
    group = meeting.competition.groups.get(code="main")
    poll = queries.poll_of(meeting, group) or services.open_poll(meeting, group, by=None)
    for member, order in orders.items():
        services.cast_ranking(meeting, group, member, order, by=member.person)
    return poll


def test_a_ranking_gives_prizes_from_the_top_until_the_purse_is_empty():
    competition = make_jury_competition(cap_cents=5_000_000)
    meeting = make_meeting(competition, entries=3, members=2)
    a, b, c = items(meeting)
    one, two = Member.objects.all()
    poll = services.close_poll(rank(meeting, {one: [b, a, c], two: [b, c, a]}), by=None)
    with pytest.raises(Refused, match="tied|gleich"):
        services.decide_ranking(poll, by=None)  # a and c are tied where the money ends

    decided = services.decide_ranking(poll, tie_order=[c, a], tie_reason="Los", by=None)

    assert [(item, item.result, item.place) for item in decided] == [
        (b, "awarded", 1),
        (c, "awarded", 2),
        (a, "not_awarded", 2),
    ]
    assert Purse.objects.get().spent_cents == 5_000_000


def test_a_ranking_gives_first_second_and_third_prize_in_the_order_of_the_call():
    competition = make_jury_competition(cap_cents=0)
    Prize.objects.filter(code="main").update(amount_cents=0, max_count=1, position=1)
    group = competition.groups.get(code="main")
    Prize.objects.create(competition=competition, group=group, code="second", label={"de": "2. Preis"}, amount_cents=0, max_count=2, position=2)
    competition.purses.all().delete()                                   # honours need no purse
    meeting = make_meeting(competition, entries=4, members=2)
    a, b, c, d = items(meeting)
    one, two = Member.objects.all()
    poll = services.close_poll(rank(meeting, {one: [b, a, c, d], two: [a, b, c, d]}), by=None)
    with pytest.raises(Refused, match="tied|gleich"):
        services.decide_ranking(poll, by=None)  # a and b share the first place, but there is one first prize

    decided = services.decide_ranking(poll, tie_order=[b, a], tie_reason="Los", by=None)

    assert [(item, item.prize.code if item.prize else "") for item in decided] == [(b, "main"), (a, "second"), (c, "second"), (d, "")]
    assert [item.amount_cents for item in decided] == [0, 0, 0, 0]


def test_a_tie_far_from_the_border_needs_no_breaking():
    meeting = make_meeting(make_jury_competition(cap_cents=100_000_000), entries=2, members=2)
    a, b = items(meeting)
    one, two = Member.objects.all()
    poll = rank(meeting, {one: [a, b], two: [b, a]})

    assert [row.is_tied for row in ranking.ranking_of(poll).rows] == [True, True]
    assert [item.place for item in decide_group(poll)] == [1, 1]


def test_ballots_are_as_the_log_says_whatever_takes_them_away_and_forged_ones_are_named():
    meeting = make_meeting(entries=4, members=3)
    a, b, c, d = items(meeting)
    one, two, three = Member.objects.all()

    def faults():
        return [(fault.code, fault.what) for fault in log.attested("jury") if fault.table == "jury_ballot"]

    services.call_item(a, by=None)
    for member, choice in ((one, "yes"), (one, "no"), (two, "yes"), (three, "yes")):
        services.cast_ballot(a, member, choice, by=member.person)
    services.leave(meeting, three, by=None)
    services.decide(a, "deferred", by=None)
    services.call_item(b, by=None)
    for member in (one, two):
        services.cast_ballot(b, member, "yes", by=member.person)
    services.decide(b, mode="open", by=None)
    services.reopen(b, motion="Noch einmal", by=None)
    other = services.add_item(meeting, make_entry(meeting.competition), group=meeting.competition.groups.get(code="special"), by=None)
    for member in (one, two):
        services.declare(meeting, member, [], by=member.person)
    services.call_item(other, by=None)
    services.cast_ballot(other, one, "no", by=one.person)
    services.cast_ballot(other, two, "abstain", by=two.person)
    rank(meeting, {one: [a, b, c, d]})
    rank(meeting, {one: [d, c, b, a]})
    Bias.objects.create(entry=a.entry, person=one.person, kind=Bias.Kind.DECLARED, reason="x")
    rank(meeting, {one: [d, c, b]})
    assert Ballot.objects.count() == 5
    assert faults() == []
    for forge in (
        lambda: Ballot.objects.exclude(rank=None).update(rank=5 - F("rank")),
        lambda: Ballot.objects.filter(member=two).update(choice="yes"),
        lambda: Ballot.objects.filter(member=two).update(member=three),
        lambda: Ballot.objects.filter(member=two).delete(),
        lambda: Ballot.objects.create(item=a, member=two, choice="yes"),
    ):
        with transaction.atomic():
            forge()
            assert len(faults()) == 1
            assert "yes" not in str(faults())
            transaction.set_rollback(True)


def test_everybody_ranks_everything_but_what_they_are_biased_for():
    meeting = make_meeting(entries=3, members=2)
    a, b, c = items(meeting)
    one, two = Member.objects.all()
    Bias.objects.create(entry=a.entry, person=two.person, kind=Bias.Kind.DECLARED, reason="x")
    poll = rank(meeting, {})
    group = poll.group

    with pytest.raises(BadInput):
        services.cast_ranking(meeting, group, two, [a, b, c], by=None)
    with pytest.raises(BadInput):
        services.cast_ranking(meeting, group, one, [a, b], by=None)
    with pytest.raises(BadInput):
        services.cast_ranking(meeting, group, one, [a, b, b], by=None)
    services.cast_ranking(meeting, group, one, [c, b, a], by=None)
    assert ranking.ranking_of(poll).missing == [two]
    with pytest.raises(Refused):
        services.close_poll(poll, by=None)
    services.cast_ranking(meeting, group, two, [b, c], by=None)
    rows = ranking.ranking_of(poll).rows
    assert [(row.item, row.share * 100, row.ballots) for row in rows] == [(b, 75, 2), (c, 50, 2), (a, 0, 1)]


def test_the_minutes_of_a_ranking_hold_score_and_ballots_and_send_nobody_out_of_the_room():
    from lorbeer.jury.minutes import content

    meeting = make_meeting(entries=3, members=2)
    a, b, c = items(meeting)
    one, two = Member.objects.all()
    Bias.objects.create(entry=a.entry, person=two.person, kind=Bias.Kind.DECLARED, reason="x")
    decide_group(rank(meeting, {one: [c, b, a], two: [b, c]}))

    with translation.override("en"):
        facts = {item["number"]: dict(item["facts"]) for item in content(meeting)["items"]}
    assert {number: (one["Score"], one["Ballots"]) for number, one in facts.items()} == {
        str(b.position): ("75%", "2"),
        str(c.position): ("50%", "2"),
        str(a.position): ("0%", "1"),
    }
    assert facts[str(a.position)]["Biased, without a vote on it"] == two.person.name
    assert "Left the room for bias" not in facts[str(a.position)]


def test_scores_show_as_many_decimals_as_tell_them_apart():
    scores = [Decimal("0.68333333"), Decimal("0.67916667"), Decimal("0.5"), Decimal("0.5")]
    with translation.override("de"):
        assert list(ranking.score_texts(scores[:1]).values()) == ["68\N{NO-BREAK SPACE}%"]
        texts = ranking.score_texts(scores)
    assert [texts[score] for score in scores] == [f"{number}\N{NO-BREAK SPACE}%" for number in ("68,3", "67,9", "50,0", "50,0")]


def test_what_is_asked_for_is_paid_and_the_first_that_does_not_fit_ends_the_awards():
    competition = make_jury_competition(cap_cents=900_000)
    Prize.objects.filter(code="main").update(amount_cents=500_000, up_to=True)
    entries = [make_entry(competition, amount_cents=cents) for cents in (300_000, 800_000, 200_000, 50_000)]
    meeting = make_meeting(competition, entries=0, members=1)
    by_entry = {item.entry: item for item in items(meeting)}
    decided = decide_group(rank(meeting, {Member.objects.get(): [by_entry[entry] for entry in entries]}))

    # 800,000 is cut to the prize's 500,000; 200,000 does not fit into the 100,000 left, and 50,000 stands below it.
    assert [item.amount_cents for item in decided] == [300_000, 500_000, 0, 0]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_amounts_below_each_other_in_the_minutes_have_the_same_number_of_digits():
    from lorbeer.jury.minutes import content

    competition = make_jury_competition(cap_cents=5_000_000)
    meeting = make_meeting(competition, entries=2)
    decide(items(meeting)[0])
    column = [row[-1] for row in content(meeting)["money"]["rows"]]
    assert column == ["25.000\u00a0€", "25.000\u00a0€", "25.000\u00a0€"]

    competition.purses.update(cap_cents=5_000_050)
    column = [row[-1] for row in content(meeting)["money"]["rows"]]
    assert column == ["25.000,00\u00a0€", "25.000,00\u00a0€", "25.000,50\u00a0€"]


def test_closing_moves_every_entry_of_the_round_and_makes_the_awards_and_minutes():
    competition = make_jury_competition()
    passed_over = make_entry(competition, proposed=False)
    elsewhere = make_entry(competition, proposed=False, round=2)
    meeting = make_meeting(competition, entries=2)
    first, second = items(meeting)
    decide(first)
    with pytest.raises(Refused):
        services.close_meeting(meeting, by=None)
    decide(second, "not_awarded")

    meeting = services.close_meeting(meeting, by=None)

    states = {
        entry: (entry.refresh_from_db(), entry.state)[1]
        for entry in (first.entry, second.entry, passed_over, elsewhere)
    }
    assert list(states.values()) == ["awarded", "not_awarded", "not_awarded", "not_proposed"]
    award = competition.awards.get()
    assert (award.entry, award.amount_cents, award.item) == (first.entry, 2_500_000, first)
    assert len(meeting.minutes_sha256) == 64
    assert meeting.minutes.blob_id == meeting.minutes_sha256
    with pytest.raises(Refused):
        services.reopen(first, "Antrag", by=None)
    with pytest.raises(Refused):
        services.arrive(meeting, Member.objects.first(), by=None)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.ADMITTED, State.SCREENED, State.PROPOSED])
def test_no_meeting_closes_while_an_entry_of_its_round_would_be_left_without_a_result(state):
    meeting = make_meeting(entries=1)
    decide(items(meeting)[0])
    left = make_entry(meeting.competition, state=state, proposed=state == State.PROPOSED)
    make_entry(meeting.competition, state=state, round=2)

    with pytest.raises(Refused, match=left.code):
        services.close_meeting(meeting, by=None)

    meeting.refresh_from_db()
    assert meeting.closed_at is None
    if state != State.PROPOSED:                                         # what check and joint session would do
        Entry.objects.filter(pk=left.pk).update(state=State.PROPOSED)
        Proposal.objects.create(entry=left, group=left.group)
    assert services.take_in_proposals(meeting, by=None) == 1
    decide(items(meeting)[1], "not_awarded")
    services.close_meeting(meeting, by=None)
    left.refresh_from_db()
    assert left.state == State.NOT_AWARDED


def test_without_a_screening_an_admitted_entry_must_come_onto_the_agenda_before_the_meeting_closes():
    competition = make_jury_competition(screening={"seats": 0})
    make_entry(competition, proposed=False, state=State.ADMITTED)
    meeting = make_meeting(competition, entries=0)
    decide(items(meeting)[0])
    late = make_entry(competition, proposed=False, state=State.ADMITTED)

    with pytest.raises(Refused, match=late.code):
        services.close_meeting(meeting, by=None)

    services.take_in_proposals(meeting, by=None)
    decide(items(meeting)[1], "not_awarded")
    services.close_meeting(meeting, by=None)
    assert set(competition.entries.values_list("state", flat=True)) == {"awarded", "not_awarded"}


def test_after_the_meeting_has_closed_nothing_is_admitted_to_its_round():
    meeting = make_meeting(make_jury_competition(closes=CLOSES), entries=1)
    entry = make_entry(meeting.competition, proposed=False, state=State.SUBMITTED)
    other = make_entry(meeting.competition, proposed=False, state=State.SUBMITTED, round=2)
    assert check_rules.can_be_admitted(entry)

    Meeting.objects.filter(pk=meeting.pk).update(opened_at=clock.now(), closed_at=clock.now())

    assert "geschlossen" in str(check_rules.can_be_admitted(entry).reason)
    assert check_rules.can_be_admitted(other)


def test_what_came_late_and_was_not_let_in_keeps_no_meeting_open():
    competition = make_call()
    entry = make_submission(competition).entry
    meeting = make_meeting(competition, entries=1)

    Arrival.objects.update(timeliness=Arrival.Timeliness.LATE)
    assert not queries.unfinished(meeting)

    Arrival.objects.update(timeliness=Arrival.Timeliness.ADMITTED_LATE, late_reason="Streik der Post")
    assert [kind.things for kind in queries.unfinished(meeting)] == [[entry]]


def test_what_came_by_mail_and_is_not_keyed_in_yet_keeps_the_meeting_open():
    competition = make_call()
    meeting = make_meeting(competition, entries=1)
    decide(items(meeting)[0])
    arrival = make_arrival(competition, channel="email")
    make_arrival(competition, channel="email", round=2)

    with pytest.raises(Refused, match=arrival.number):
        services.close_meeting(meeting, by=None)

    draft = intake.start_key_in(arrival, by=None)                       # a draft is no entry either
    with pytest.raises(Refused, match=arrival.number):
        services.close_meeting(meeting, by=None)

    move(draft.entry, "withdraw", by=None)                              # it was none
    assert services.close_meeting(meeting, by=None).closed_at


def test_a_project_can_win_while_its_entry_does_not():
    meeting = make_meeting(entries=0)
    entry = make_entry(meeting.competition, proposed=False)
    project = Project.objects.create(entry=entry, position=1, title="Projekt")
    item = services.add_item(meeting, entry, project=project, group=meeting.competition.groups.get(code="special"), by=None)
    decide(item)

    services.close_meeting(meeting, by=None)

    entry.refresh_from_db()
    assert entry.state == "not_awarded"
    assert meeting.competition.awards.get().project == project


def test_every_change_raises_the_revision():
    meeting = make_meeting(entries=1)
    before = (meeting.revision, meeting.pulse)
    item = items(meeting)[0]
    steps = [
        lambda: services.leave(meeting, Member.objects.last(), by=None),
        lambda: services.arrive(meeting, Member.objects.last(), by=None),
        lambda: services.call_item(item, by=None),
        lambda: services.cast_ballot(item, Member.objects.first(), "yes", by=None),
        lambda: services.give_up_vote(item, "Antrag", by=None),
        lambda: services.decide(item, "awarded", by=None),
        lambda: services.reopen(item, "Antrag", by=None),
    ]
    for step in steps:
        step()
        meeting.refresh_from_db()
        assert (meeting.revision, meeting.pulse) > before
        before = (meeting.revision, meeting.pulse)


def test_all_that_happens_stands_in_the_log_without_names():
    meeting = make_closed_meeting()
    verbs = set(LogEvent.objects.values_list("verb", flat=True))
    assert {
        "jury.appoint",
        "jury.plan",
        "jury.open",
        "jury.arrive",
        "jury.call",
        "jury.decide",
        "jury.close",
        "jury.minutes",
        "awards.create",
    } <= verbs
    names = [member.person.name for member in Member.objects.select_related("person")]
    assert not any(name in str(event.detail) for event in LogEvent.objects.all() for name in names)
    assert Item.objects.filter(meeting=meeting, result="").count() == 0
    make_role(meeting.competition)


@pytest.mark.parametrize("counts", [True, False])
def test_a_jurors_own_land_counts_where_the_call_says_so(counts):
    competition = make_jury_competition(jury={"exclude_own_land": counts})
    entry = make_entry(competition, land_code="NW")
    person = make_member(competition).person
    person.roles.update(land_code="NW")

    assert (person.pk in queries.biased_person_ids(entry)) is counts
    meeting = services.plan_meeting(competition, held_on=clock.today(), by=None)
    assert queries.items_open_to(person, meeting).exists() is not counts


# --- what minutes and desks say about it ------------------------------------------------------------------------------


def test_nothing_is_called_unanimous_against_which_a_dissent_is_recorded():
    from lorbeer.jury.minutes import votes_text

    agreed, disputed, voted = items(make_meeting(members=2))
    with translation.override("de"):
        assert votes_text(decide(agreed)) == "einstimmig"
        assert votes_text(decide(disputed, dissent="Zu wenig.")) == "im Konsens, mit abweichender Meinung"
        assert votes_text(decide(voted, mode="open", yes=2, no=0, dissent="Zu wenig.")) == "ja 2, nein 0, Enthaltungen 0"


def test_planning_the_meeting_is_not_late_while_the_phase_of_the_jury_lasts():
    from lorbeer.jury.tasks import jury_tasks

    competition = make_jury_competition()
    competition.phases.filter(kind="jury").delete()
    starts = datetime(2018, 3, 13, 23, tzinfo=UTC)
    phase = competition.phases.create(kind="jury", round=1, starts_at=starts, ends_at=starts + timedelta(days=9))
    make_entry(competition)
    office = make_role(competition).person
    with clock.at(starts + timedelta(hours=12)):
        assert [task.due_at for task in jury_tasks(office, competition) if task.due_at] == [phase.ends_at]


def test_a_meeting_is_not_late_on_its_own_day():
    from lorbeer.jury.tasks import jury_tasks

    competition = make_jury_competition()
    office = make_role(competition).person
    with clock.at(datetime(2018, 3, 22, 14, tzinfo=UTC)):
        meeting = make_meeting(competition)
        going_on = [task.due_at for task in jury_tasks(office, competition)]
        Meeting.objects.filter(pk=meeting.pk).update(opened_at=None)
        planned = [task.due_at for task in jury_tasks(office, competition)]
        assert going_on
        assert planned
        assert all(moment > clock.now() for moment in going_on + planned)


def test_the_chair_finds_the_desk_of_the_meeting_among_the_tasks_and_a_member_their_own_page():
    from lorbeer.jury.tasks import jury_tasks

    meeting = make_meeting()
    competition = meeting.competition
    chair, member = competition.jury_members.order_by("pk")[:2]
    for one in (chair, member):
        services.declare(meeting, one, [], by=one.person)
    (lead,), (follow,) = (list(jury_tasks(one.person, competition)) for one in (chair, member))
    assert (lead.url, follow.url) == (f"/{competition.code}/jury/1/", f"/{competition.code}/jury/1/mine/")
