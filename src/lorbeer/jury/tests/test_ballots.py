"""Secret ballot, approval, single transferable vote, shortlists: what each promises."""

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lorbeer.call.models import Prize, Purse
from lorbeer.entries import services as entries
from lorbeer.entries.models import Bias
from lorbeer.jury import biases, minutes, offline, queries, ranking, recount, rules, secrecy, services
from lorbeer.jury.models import Ballot, Declaration, Envelope, Item, Meeting, Member, Poll, Reopening, Urn
from lorbeer.jury.queries import Budget
from lorbeer.jury.tasks import jury_tasks
from lorbeer.jury.tests.factories import decide, decide_group, make_entry, make_jury_competition, make_meeting, make_member
from lorbeer.jury.tests.test_views import office_of, signed_in, url
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db
ALL = {"modes": ["consensus", "open", "secret", "ranking", "approval", "stv"], "quorum": 0.5}


def scene(entries=3, members=3, **facts):
    meeting = make_meeting(make_jury_competition(jury=ALL, **facts), entries=entries, members=members)
    return meeting, list(meeting.items.order_by("position")), list(Member.objects.order_by("pk"))


def faults():
    return [str(fault) for fault in log.attested("jury")]


# --- secret -----------------------------------------------------------------------------------------------------------


def secretly(item, voices, **facts):
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    for member, choice in voices.items():
        services.cast_secretly(item, member, choice, by=member.person)
    return services.decide(item, mode="secret", urn_key=key, by=None, **facts)


def test_a_secret_ballot_keeps_the_sums_and_nothing_else():
    _meeting, (item, *_more), (a, b, c) = scene()

    decided = secretly(item, {a: "yes", b: "no", c: "yes"})

    assert (decided.result, decided.mode, decided.yes, decided.no, decided.abstained) == ("awarded", "secret", 2, 1, 0)
    assert not Urn.objects.exists()
    assert not Envelope.objects.exists()
    assert not Ballot.objects.exists()
    assert faults() == []


def everything():
    """All rows of the jury and the log, but for what is random or a time of its own."""
    rows = [one for model in (Item, Ballot, Urn, Envelope, Poll) for one in model.objects.order_by("pk")]
    told = [(event.verb, event.subject, event.actor, {key: value for key, value in event.detail.items()
                                                      if key not in ("urn", "at", "sha256")}) for event in LogEvent.objects.order_by("pk")]
    return [{key: value for key, value in one["fields"].items() if not key.endswith("_at")}
            for one in serializers.serialize("python", rows)], told


def test_if_two_jurors_exchange_their_votes_not_one_row_of_the_database_or_the_log_differs():
    _meeting, (item, *_more), (a, b, c) = scene()
    seen = []
    for voices in ({a: "yes", b: "no", c: "yes"}, {a: "no", b: "yes", c: "yes"}, {c: "no", b: "yes", a: "yes"}):
        with transaction.atomic():
            secretly(item, {member: voices[member] for member in (a, b, c)})
            seen.append(everything())
            transaction.set_rollback(True)
    assert seen[0] == seen[1] == seen[2]


def test_what_was_said_openly_is_gone_when_a_secret_ballot_begins():
    _meeting, (item, *_more), (a, b, c) = scene()
    services.call_item(item, by=None)
    services.cast_ballot(item, a, "no", by=a.person)
    services.cast_ballot(item, b, "yes", by=None)                       # a raised hand that the desk noted

    services.set_up_urn(item, by=None)

    assert not Ballot.objects.exists()
    assert faults() == []
    services.give_up_urn(item, by=None)
    assert not Ballot.objects.exists()


def test_an_envelope_tells_nothing_without_the_key_and_no_table_has_the_key():
    _meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    urn, key = services.set_up_urn(item, by=None)
    for member, choice in zip(members, ("yes", "yes", "abstain"), strict=True):
        services.cast_secretly(item, member, choice, by=member.person)

    sealed = list(Envelope.objects.values_list("sealed", flat=True))
    assert len(set(sealed)) == 3                                        # two of the same voice differ
    assert len({len(one) for one in sealed}) == 1                       # and all are of the same length
    assert secrecy.open_all(key, urn.code, sealed) == ["abstain", "yes", "yes"]
    other, other_key = secrecy.new_urn(urn.code)
    for wrong in (other_key, other, "", "x", key[:-4]):
        with pytest.raises(secrecy.WrongKey):
            secrecy.open_all(wrong, urn.code, sealed)
    with pytest.raises(secrecy.WrongKey):
        secrecy.open_all(key, "another", sealed)
    held = str(serializers.serialize("python", [*Urn.objects.all(), *Envelope.objects.all()])) + str(
        list(LogEvent.objects.values_list("detail", flat=True)))
    assert key not in held


def test_the_key_alone_opens_nothing_under_another_secret_key(settings):
    _public, key = secrecy.new_urn("a")
    envelope = secrecy.close(_public, "a", "no")
    assert secrecy.open_all(key, "a", [envelope]) == ["no"]
    settings.SECRET_KEY = "y" * 50
    with pytest.raises(secrecy.WrongKey):
        secrecy.open_all(key, "a", [envelope])


def test_a_secret_ballot_counts_only_when_everybody_entitled_has_voted_and_once_each():
    meeting, (item, second, *_more), (a, b, c) = scene()
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    services.cast_secretly(item, a, "no", by=a.person)
    services.cast_secretly(item, a, "yes", by=a.person)                 # exchanged, not added
    services.cast_secretly(item, b, "yes", by=b.person)

    with pytest.raises(Refused, match="1"):
        services.decide(item, mode="secret", urn_key=key, by=None)
    services.cast_secretly(item, c, "no", by=c.person)
    with pytest.raises(BadInput):
        services.decide(item, mode="secret", urn_key="lost", by=None)
    for act in (
        lambda: services.cast_secretly(item, c, "no", by=a.person),     # nobody votes for somebody else
        lambda: services.cast_ballot(item, c, "no", by=c.person),       # nor so that it can be seen
        lambda: services.decide(item, "awarded", by=None),              # nor is it decided past the urn
        lambda: services.call_item(second, by=None),
        lambda: services.set_up_urn(item, by=None),
    ):
        with pytest.raises(Refused):
            act()
    assert faults() == []
    decided = services.decide(item, mode="secret", urn_key=key, by=None)
    assert (decided.yes, decided.no) == (2, 1)
    assert meeting.items.get(pk=item.pk).entitled == 3


def cast_all(item, members, choices=("yes", "no", "yes")):
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    for member, choice in zip(members, choices, strict=False):
        services.cast_secretly(item, member, choice, by=member.person)
    return key


def test_an_urn_is_opened_once_and_its_sums_survive_a_refusal():
    meeting, (item, second, *_more), members = scene()
    key = cast_all(item, members)
    with pytest.raises(BadInput, match="2.*1"):
        services.decide(item, "not_awarded", mode="secret", urn_key=key, by=None)

    urn = Urn.objects.get()
    assert (urn.yes, urn.no, urn.abstained, bool(urn.counted_at)) == (2, 1, 0, True)
    assert set(Envelope.objects.values_list("sealed", flat=True)) == {""}
    assert faults() == []
    for act in (
        lambda: services.give_up_urn(item, by=None),
        lambda: services.set_up_urn(item, by=None),
        lambda: services.cast_secretly(item, members[0], "no", by=members[0].person),
        lambda: services.decide(item, "deferred", mode="secret", by=None),
        lambda: services.decide(item, "deferred", by=None),
        lambda: services.decide(item, "awarded", by=None),
        lambda: services.leave(meeting, members[0], by=None),
    ):
        with pytest.raises(Refused):
            act()
    Urn.objects.update(no=0)
    assert len(faults()) == 1
    Urn.objects.update(no=1)
    decided = services.decide(item, mode="secret", by=None)
    assert (decided.result, decided.yes, decided.no, decided.entitled) == ("awarded", 2, 1, 3)
    assert LogEvent.objects.filter(verb="jury.tally").count() == 1
    assert faults() == []


def test_nothing_that_can_be_asked_before_the_opening_is_refused_after_it():
    meeting, (item, *_more), members = scene(cap_cents=0)
    key = cast_all(item, members)
    other = make_jury_competition(code="other").prizes.get(code="main")
    for facts in ({}, {"prize": other}, {"amount_cents": 1}, {"yes": 3}):
        with pytest.raises((Refused, BadInput)):
            services.decide(item, mode="secret", urn_key=key, by=None, **facts)
    assert Urn.objects.get().counted_at is None
    assert not LogEvent.objects.filter(verb="jury.tally").exists()


def test_while_an_urn_stands_nobody_comes_or_goes_and_a_bias_ends_the_ballot():
    meeting, (item, *_more), (a, b, c) = scene()
    late = make_member(meeting.competition)
    cast_all(item, (a, b, c))
    for act in (
        lambda: services.leave(meeting, c, by=None),
        lambda: services.arrive(meeting, late, by=None),
        lambda: services.dismiss(late, by=None),
        lambda: services.appoint(meeting.competition, make_person(), kind="deputy", deputy_for=c, by=None),
    ):
        with pytest.raises(Refused):
            act()
    services.arrive(meeting, c, by=None)                                # safe to repeat
    entries.declare_bias(item.entry, by=c.person, reason="x")
    assert not Urn.objects.exists()
    assert not Envelope.objects.exists()
    assert LogEvent.objects.filter(verb="jury.void").count() == 1
    assert faults() == []


def test_fewer_than_three_do_not_vote_secretly():
    meeting, (item, *_more), (_a, _b, c) = scene()
    services.leave(meeting, c, by=None)
    services.call_item(item, by=None)
    with pytest.raises(Refused, match="2"):
        services.set_up_urn(item, by=None)
    with pytest.raises(Refused):
        services.decide(item, mode="secret", yes=2, no=0, by=None)
    assert faults() == []


def test_slips_of_paper_are_counted_by_hand_and_must_sum_to_the_voters():
    _meeting, (item, *_more), _members = scene()
    services.call_item(item, by=None)
    with pytest.raises(BadInput):
        services.decide(item, mode="secret", yes=2, no=0, by=None)
    decided = services.decide(item, mode="secret", yes=1, no=2, by=None)
    assert (decided.result, decided.yes, decided.no) == ("not_awarded", 1, 2)


def test_whoever_is_biased_has_no_part_in_a_secret_ballot():
    _meeting, (item, *_more), (a, b, c) = scene(members=3)
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    for member in (a, b, c):
        services.cast_secretly(item, member, "yes", by=member.person)
    Bias.objects.create(entry=item.entry, person=c.person, kind=Bias.Kind.DECLARED, reason="x")
    with pytest.raises(Refused):
        services.cast_secretly(item, c, "no", by=c.person)
    with pytest.raises(Refused, match="2"):                             # what is left of the ballot is no secret any more
        services.decide(item, mode="secret", urn_key=key, by=None)


# --- approval, transferable vote, shortlists --------------------------------------------------------------------------


def rank(meeting, orders, mode="ranking", **terms):
    """All these ballots on the main group, and the poll they lie in: the one that is open, else a new one."""
    group = meeting.competition.groups.get(code="main")
    poll = queries.poll_of(meeting, group) or services.open_poll(meeting, group, mode=mode, by=None, **terms)
    cast = services.cast_approval if poll.mode == "approval" else services.cast_ranking
    for member, order in orders.items():
        cast(meeting, group, member, order, by=None)
    return poll


def approve(meeting, marks, **terms):
    return rank(meeting, marks, "approval", **terms)


@pytest.mark.once
def test_opening_closing_and_looking_at_a_ballot_ask_as_often_for_six_items_as_for_two():
    asked = []
    for number in (2, 6):
        meeting, items, members = scene(entries=number)
        found = []
        with CaptureQueriesContext(connection) as opening:
            poll = approve(meeting, {})
        approve(meeting, {member: items[:1] for member in members if member.competition_id == meeting.competition_id})
        with CaptureQueriesContext(connection) as closing:
            services.close_poll(poll, by=None)
        poll.refresh_from_db()
        with CaptureQueriesContext(connection) as looking:
            ranking_plan = services.plan_ranking(poll)
        assert len(ranking_plan.outcomes) == number
        found += [len(opening), len(closing), len(looking)]
        asked.append(found)
    assert asked[0] == asked[1]


def test_an_approval_vote_goes_by_the_share_of_those_who_could_judge():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=5_000_000)
    Bias.objects.create(entry=a.entry, person=three.person, kind=Bias.Kind.DECLARED, reason="x")
    poll = approve(meeting, {one: [a, b], two: [a, c]})
    with pytest.raises(Refused, match="2"):                             # 2 of 3: nobody sees who is ahead
        services.close_poll(poll, by=None)
    with pytest.raises(BadInput):
        services.cast_approval(meeting, poll.group, three, [a], by=None)
    approve(meeting, {three: [b]})

    decided = decide_group(poll)

    assert [(item, item.result, item.place, item.yes, item.ballots_counted) for item in decided] == [
        (a, "awarded", 1, 2, 2), (b, "awarded", 2, 2, 3), (c, "not_awarded", 3, 1, 3)]
    assert faults() == []


def test_a_shortlist_leaves_the_others_out_and_votes_anew():
    meeting, (a, b, c), (one, two, three) = scene()
    with pytest.raises(BadInput):
        approve(meeting, {}, keep=3)

    out = decide_group(approve(meeting, {one: [a, b], two: [a], three: [a, b]}, keep=2))

    assert [(item, item.result, item.mode) for item in out] == [(c, "not_awarded", "approval")]
    assert not Ballot.objects.filter(item__in=[a, b]).exists()          # the next ballot begins anew
    poll = rank(meeting, {}, keep=1)
    assert ranking.ranking_of(poll).missing == [one, two, three]
    decide_group(rank(meeting, {member: [b, a] for member in (one, two, three)}))
    services.reopen(c, "Antrag: noch einmal ansehen", by=None)          # called back by a recorded motion
    assert {item.pk for item in ranking.items_to_rank(meeting, poll.group)} == {b.pk, c.pk}
    assert list(Poll.objects.values_list("number", "mode", "keep")) == [(1, "approval", 2), (2, "ranking", 1)]
    assert faults() == []
    text = str(minutes.content(meeting))
    assert "Antrag: noch einmal ansehen" in text
    assert len(minutes.polls_of(meeting)) == 2


def test_a_shortlist_whose_border_runs_through_a_tie_waits_for_the_jury():
    meeting, (a, b, c), members = scene()
    poll = services.close_poll(approve(meeting, dict(zip(members, ([a, b], [a, c], [a]), strict=True)), keep=2), by=None)
    with pytest.raises(Refused, match="2, 3"):
        services.decide_ranking(poll, by=None)
    out = services.decide_ranking(poll, tie_order=[c, b], tie_reason="Los", by=None)
    assert out == [b]
    assert faults() == []


def test_a_transferable_vote_fills_as_many_places_as_can_be_paid_and_keeps_its_stages():
    competition = make_jury_competition(jury=ALL, cap_cents=5_000_000)
    meeting = make_meeting(competition, entries=4, members=5)
    a, b, c, d = meeting.items.order_by("position")
    one, two, three, four, five = Member.objects.order_by("pk")
    poll = rank(meeting, {one: [a, b, c, d], two: [a, b, c, d], three: [a, b, c, d], four: [c, d, b, a], five: [c, d, b, a]}, "stv")

    decided = decide_group(poll)

    assert [item for item in decided if item.result == "awarded"] == [a, c]     # two blocks, a prize for each
    count = Poll.objects.get()
    assert (count.seats, count.result["quota"]) == (2, "2.00000")
    assert count.result["stages"][0]["votes"] == {"1": "3.00000", "2": "0.00000", "3": "2.00000", "4": "0.00000"}
    assert faults() == []


def test_a_transferable_vote_that_is_tied_asks_the_jury():
    competition = make_jury_competition(jury=ALL, cap_cents=2_500_000)
    meeting = make_meeting(competition, entries=3, members=4)
    a, b, c = meeting.items.order_by("position")
    one, two, three, four = Member.objects.order_by("pk")
    poll = services.close_poll(rank(meeting, {one: [a, b, c], two: [a, c, b], three: [b, a, c], four: [b, c, a]}, "stv"), by=None)
    with pytest.raises(Refused, match="1, 2"):
        services.decide_ranking(poll, by=None)
    decided = services.decide_ranking(poll, tie_order=[b, a], tie_reason="Stichwahl", by=None)
    assert [item for item in decided if item.result == "awarded"] == [b]
    assert faults() == []


def test_a_transferable_vote_never_elects_more_than_the_purse_can_pay():
    competition = make_jury_competition(jury=ALL, cap_cents=2_500_000)
    Prize.objects.filter(code="main").update(max_count=None)
    meeting = make_meeting(competition, entries=3, members=3)
    items = list(meeting.items.order_by("position"))
    with pytest.raises(BadInput, match="höchstens 1 Platz") as refused: # before anybody votes
        services.open_poll(meeting, items[0].group, mode="stv", seats=2, by=None)
    assert refused.value.where == "seats"
    Purse.objects.update(cap_cents=99_000_000)
    with pytest.raises(BadInput, match="höchstens 3 Plätze"):           # there are no more items
        services.open_poll(meeting, items[0].group, mode="stv", seats=999, by=None)
    Purse.objects.update(cap_cents=5_000_000)
    poll = services.close_poll(rank(meeting, dict.fromkeys(Member.objects.all(), items), "stv", seats=2), by=None)
    Purse.objects.update(cap_cents=2_500_000)                           # meanwhile there is less
    with pytest.raises(Refused, match="Preisgeld"):
        services.decide_ranking(poll, by=None)
    services.give_up_poll(poll, "Antrag: weniger Plätze", by=None)
    poll = rank(meeting, dict.fromkeys(Member.objects.all(), items), "stv")
    assert [item.amount_cents for item in decide_group(poll)] == [2_500_000, 0, 0]
    assert faults() == []


def test_a_transferable_vote_counts_a_prize_up_to_an_amount_by_what_is_asked_for():
    competition = make_jury_competition(jury=ALL, cap_cents=490_000)
    Prize.objects.filter(code="main").update(amount_cents=500_000, up_to=True)
    entries = [make_entry(competition, amount_cents=cents) for cents in (350_000, 240_000)]
    meeting = make_meeting(competition, entries=0, members=3)
    by_entry = {item.entry: item for item in meeting.items.all()}
    poll = rank(meeting, dict.fromkeys(Member.objects.all(), [by_entry[entry] for entry in entries]), "stv")
    prizes = list(poll.group.prizes.all())

    def places(cents, **how):
        return services.payable(prizes, Budget(cents, 0), by_entry.values(), **how)

    assert [places(cents) for cents in (0, 100_000, 350_000, 490_000, 590_000)] == [0, 1, 1, 1, 2]
    assert [places(cents, at_best=True) for cents in (0, 100_000, 240_000, 589_999, 590_000)] == [0, 1, 1, 1, 2]
    by_entry[entries[0]].entry.amount_cents = None                        # the jury says how much
    assert [places(cents, at_best=True) for cents in (1, 240_000, 240_001)] == [1, 1, 2]
    assert [item.amount_cents for item in decide_group(poll)] == [350_000, 0]


def test_a_bias_known_too_late_is_told_of_whose_vote_was_counted_wherever_they_were_when_it_was_decided():
    meeting, items, members = scene(members=5)
    group, voters, (gone, came) = items[0].group, members[:4], members[3:]
    services.leave(meeting, came, by=None)
    poll = services.close_poll(rank(meeting, dict.fromkeys(voters, items)), by=None)
    services.leave(meeting, gone, by=None)
    services.arrive(meeting, came, by=None)
    services.decide_ranking(poll, by=None)
    assert (biases.late_biases(meeting), biases.late_in_counts(meeting)) == ({}, {})
    for member in (gone, came):
        entries.declare_bias(items[0].entry, by=member.person, reason="verwandt")
    late = biases.late_biases(meeting)
    assert {item: [bias.person for bias in biases] for item, biases in late.items()} == {items[0].pk: [gone.person]}
    assert signed_in(office_of(meeting)).get(url("desk_show", meeting)).text.count("mitgezählt") == 1   # beside the item
    content = minutes.content(meeting)
    sentence = f"Befangenheit von {gone} bekannt; die Stimme war mitgezählt"
    assert [sentence in str(one["notes"]) for one in content["items"]] == [True, False, False]
    assert [str(content).count(f"Befangenheit von {came}"), minutes.polls_of(meeting, group)[0]["lines"][-1].split(" (")[0]] == [
        0, f"Wahlgang 1: Danach wurde eine Befangenheit von {gone} für Punkt 1 bekannt; die Stimme war mitgezählt"]


def test_a_bias_known_after_a_shortlist_was_counted_stands_at_its_ballot_in_minutes_and_at_the_desk():
    meeting, items, members = scene()
    a, b, _c = items
    services.decide_ranking(services.close_poll(rank(meeting, dict.fromkeys(members, items), keep=2), by=None), by=None)
    entries.declare_bias(a.entry, by=members[2].person, reason="verwandt")
    sentence = f"Wahlgang 1: Danach wurde eine Befangenheit von {members[2]} für Punkt 1 bekannt"

    def pages():
        free, biased = office_of(meeting), office_of(meeting)
        Bias.objects.create(entry=b.entry, person=biased, kind=Bias.Kind.DECLARED, reason="auch")
        return [sentence in signed_in(person).get(url("desk_show", meeting)).text for person in (free, biased)]

    assert biases.late_biases(meeting) == {}                           # nothing is decided on it yet
    assert pages() == [True, False]
    orders = {members[0]: [a, b], members[1]: [a, b], members[2]: [b]}
    services.decide_ranking(services.close_poll(rank(meeting, orders), by=None), by=None)
    assert biases.late_biases(meeting) == {}                           # and then without that vote
    assert [sentence in str(one) for one in minutes.content(meeting)["counts"]] == [True, False]


def test_no_ballot_on_a_group_goes_past_open_votes_on_one_of_its_items():
    meeting, (a, b, c), (one, two, three) = scene()
    services.call_item(b, by=None)
    services.cast_ballot(b, one, "yes", by=three.person)                # the desk notes a raised hand
    services.cast_ballot(b, two, "no", by=two.person)
    services.cast_ballot(b, two, "yes", by=two.person)                  # changed, not added
    with pytest.raises(Refused, match="Punkt 2"):                       # that vote is ended first
        rank(meeting, {})
    services.call_item(c, by=None)                                      # nor where another item has been called
    with pytest.raises(Refused, match="Zu Punkt\N{NO-BREAK SPACE}2 sind 2 offene Stimmen abgegeben"):
        rank(meeting, {})
    services.give_up_vote(b, "Antrag: alle auf einmal", by=None)
    poll = rank(meeting, {member: [a, b, c] for member in (one, two, three)})
    meeting.refresh_from_db()
    assert meeting.current is None
    assert sorted(Ballot.objects.values_list("choice", flat=True)) == ["rank"] * 9
    services.give_up_poll(poll, "Antrag: einzeln", by=None)
    services.call_item(b, by=None)
    services.cast_ballot(b, one, "yes", by=one.person)
    services.set_up_urn(b, by=None)                                     # takes what was said openly
    assert not Ballot.objects.exists()
    with pytest.raises(Refused, match="Punkt 2"):
        rank(meeting, {})
    assert faults() == []


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("mode", "facts"), [("consensus", {}), ("secret", {"yes": 3, "no": 0, "abstained": 0})])
def test_nothing_is_decided_past_open_votes_unless_they_are_given_up_on_a_motion_that_the_minutes_name(mode, facts):
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    for member in members:
        services.cast_ballot(item, member, "no", by=member.person)
    with pytest.raises(Refused, match="als offene Abstimmung fest, oder geben Sie"):
        services.decide(item, "awarded" if mode == "consensus" else "", mode=mode, by=None, **facts)
    assert list(item.ballots.values_list("choice", flat=True)) == ["no"] * 3

    with pytest.raises(BadInput, match="Antrag"):
        services.give_up_vote(item, " ", by=None)
    services.give_up_vote(item, "Antrag: Die Aussprache geht weiter", by=None)
    with pytest.raises(Refused, match="nichts aufzugeben"):
        services.give_up_vote(item, "Antrag: noch einmal", by=None)
    services.decide(item, "awarded" if mode == "consensus" else "", mode=mode, by=None, **facts)

    assert faults() == []
    (notes,) = [one["notes"] for one in minutes.content(meeting)["items"]]
    assert [plain(one).split(" um ")[0] for one in notes] == ["Eine offene Abstimmung darüber (bis dahin ja 0, nein 3, Enthaltungen 0) wurde"]
    assert notes[0].endswith("auf Antrag aufgegeben: Antrag: Die Aussprache geht weiter")
    with pytest.raises(Refused, match="ist entschieden"):
        services.give_up_vote(item, "Antrag: noch einmal", by=None)


def test_the_minutes_name_an_open_vote_that_ended_with_a_deferral():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    services.cast_ballot(item, members[0], "no", by=members[0].person)
    services.decide(item, "deferred", by=None)
    assert not Ballot.objects.exists()
    decide(item, "not_awarded")
    (notes,) = [one["notes"] for one in minutes.content(meeting)["items"]]
    assert [plain(one).split(" um ")[0] for one in notes] == ["Eine offene Abstimmung darüber (bis dahin ja 0, nein 1, Enthaltungen 0) endete"]
    assert faults() == []


def test_no_secret_ballot_that_is_begun_and_given_up_takes_an_open_vote_out_of_the_minutes():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    for member in members:
        services.cast_ballot(item, member, "no", by=member.person)
    services.set_up_urn(item, by=None)
    services.give_up_urn(item, by=None)
    services.decide(item, "awarded", by=None)
    (notes,) = [one["notes"] for one in minutes.content(meeting)["items"]]
    assert len(notes) == 2
    assert plain(notes[0]).startswith("Eine offene Abstimmung darüber (bis dahin ja 0, nein 3, Enthaltungen 0) endete um ")
    assert notes[0].endswith(", als eine geheime Abstimmung darüber begann.")
    assert faults() == []


def test_the_minutes_name_open_votes_that_lapsed_because_whoever_had_cast_them_left():
    meeting, (item, other, *_more), members = scene()
    services.call_item(item, by=None)
    for member in members[1:]:
        services.cast_ballot(item, member, "no", by=member.person)
    for member in members:
        services.leave(meeting, member, by=None)
        services.arrive(meeting, member, by=None)
    services.decide(item, "awarded", by=None)
    decide(other)
    notes, none = [one["notes"] for one in minutes.content(meeting)["items"]]
    assert [plain(one).split(" (")[0] for one in notes] == [
        "2 offene Stimmen darüber verfielen, denn die Mitglieder, die sie abgegeben hatten, verließen den Raum"]
    assert none == []
    assert faults() == []


def test_the_log_tells_a_decision_past_open_votes(monkeypatch):
    _meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    services.cast_ballot(item, members[0], "no", by=members[0].person)
    monkeypatch.setattr("lorbeer.jury.services.decisions._require_no_voices", lambda _item: None)
    services.decide(item, "awarded", by=None)
    assert ["als offene Stimmen dazu vorlagen" in one for one in faults()] == [True]


@pytest.mark.parametrize("is_closed", [False, True])
def test_while_a_ballot_on_its_group_is_going_on_no_item_is_decided_past_it(is_closed):
    meeting, (a, b, c), members = scene()
    special = make_entry(meeting.competition)
    other = services.add_item(meeting, special, group=meeting.competition.groups.get(code="special"), by=None)
    for member in members:
        services.declare(meeting, member, [], by=member.person)
    poll = rank(meeting, dict.fromkeys(members, [a, b, c]))
    if is_closed:
        services.close_poll(poll, by=None)
    there = tuple(one.person.code for one in members)
    record = [offline.Decision(2, b.entry.code, None, b.group.code, clock.now(), there, "not_awarded", "consensus", "", "",
                               None, None, None, "")]
    meeting.items.filter(pk=b.pk).update(called_at=clock.now())
    Meeting.objects.filter(pk=meeting.pk).update(current=b)             # as if it had been on the table all the time
    office = make_role(meeting.competition, "office").person
    for act in (
        lambda: services.decide(b, "not_awarded", by=None),
        lambda: services.decide(b, "deferred", by=None),
        lambda: services.set_up_urn(b, by=None),
        lambda: services.call_item(a, by=None),
        lambda: services.enter_offline(meeting, record, by=office),
    ):
        with pytest.raises((Refused, BadInput), match="Wahlgang zur Gruppe"):
            act()
    services.call_item(other, by=None)                                  # of another group
    services.decide(other, "not_awarded", by=None)
    services.give_up_poll(poll, "Antrag: einzeln", by=None)
    decide(b, "not_awarded")
    assert faults() == []


def test_how_a_ballot_is_counted_is_fixed_before_and_nobody_sees_who_is_ahead_before_it_is_closed():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=2_500_000)
    with pytest.raises(Refused):                                        # none is open
        services.cast_ranking(meeting, a.group, one, [a, b, c], by=None)
    poll = rank(meeting, {member: [a, b, c] for member in (one, two, three)})
    with pytest.raises(Refused):                                        # one of another kind
        services.cast_approval(meeting, a.group, one, [a], by=None)
    with pytest.raises(Refused):
        services.open_poll(meeting, a.group, mode="approval", by=None)
    with pytest.raises(Refused):                                        # all are in, and it is open still
        services.plan_ranking(poll)

    poll = services.close_poll(poll, by=None)

    assert [one.ranked.item for one in services.plan_ranking(poll).outcomes] == [a, b, c]
    services.leave(meeting, one, by=None)                               # a closed ballot stands, whoever comes or goes
    for act in (
        lambda: services.cast_ranking(meeting, a.group, three, [c, b, a], by=None),
        lambda: services.close_poll(poll, by=None),
        lambda: services.open_poll(meeting, a.group, mode="stv", by=None),
        lambda: services.call_item(a, by=None),                         # nor is an item decided past it
        lambda: services.add_item(meeting, make_entry(meeting.competition), by=None),
    ):
        with pytest.raises(Refused):
            act()
    assert faults() == []
    decided = services.decide_ranking(poll, by=None)
    assert [(item, item.result, item.entitled, item.ballots_counted) for item in decided] == [
        (a, "awarded", 3, 3), (b, "not_awarded", 3, 3), (c, "not_awarded", 3, 3)]
    with pytest.raises(Refused):
        services.give_up_poll(poll, "Antrag", by=None)
    text = minutes.polls_of(meeting)[0]["lines"]
    assert "Rangfolge; die Preise der Gruppe" in text[0]
    assert "stand fest, als er um" in text[0]
    assert "3 Stimmzetteln geschlossen" in text[1]
    assert faults() == []


def test_votes_are_kept_out_of_the_log_unless_their_own_ballot_is_closed():
    meeting, items, members = scene()
    home = meeting.competition

    def kept():
        votes = LogEvent.objects.filter(queries.votes_in(queries.unclosed_polls(home))).order_by("pk")
        shown = LogEvent.objects.exclude(queries.votes_in(queries.unclosed_polls(home)))
        assert shown.count() + votes.count() == LogEvent.objects.count()
        return [(event.verb, event.detail["number"]) for event in votes]

    poll = rank(meeting, dict.fromkeys(members, items))
    assert kept() == [("jury.rank", 1)] * 3
    services.give_up_poll(poll, "Antrag", by=None)
    assert kept() == [("jury.rank", 1)] * 3                             # nobody ever needs to know them
    poll = approve(meeting, dict.fromkeys(members, []))
    assert kept() == [("jury.rank", 1)] * 3 + [("jury.approve", 2)] * 3
    services.close_poll(poll, by=None)
    assert kept() == [("jury.rank", 1)] * 3
    services.give_up_poll(poll, "Antrag", by=None)                      # its count could be seen, so of this one everything shows
    assert kept() == [("jury.rank", 1)] * 3


def test_another_way_of_counting_needs_a_motion_and_new_ballots_and_the_minutes_name_it():
    meeting, (a, b, c), members = scene()
    poll = services.close_poll(rank(meeting, dict.fromkeys(members, [a, b, c])), by=None)
    with pytest.raises(BadInput):
        services.give_up_poll(poll, " ", by=None)

    services.give_up_poll(poll, "Antrag: lieber Zustimmung", by=None)

    assert not Ballot.objects.exists()
    decide_group(approve(meeting, dict.fromkeys(members, [b]), keep=1))
    first, second = minutes.polls_of(meeting)
    assert "nachdem seine Auszählung zu sehen war" in first["lines"][2]
    assert "Antrag: lieber Zustimmung" in first["lines"][2]
    assert "Zustimmungswahl; engere Wahl" in second["lines"][0]
    assert faults() == []
    for forged, true in (({"motion": "Ein anderer"}, {"motion": "Antrag: lieber Zustimmung"}), ({"ballots": 99}, {"ballots": 3})):
        Poll.objects.filter(number=1).update(**forged)
        assert len(faults()) == 1
        Poll.objects.filter(number=1).update(**true)
    Poll.objects.filter(number=2).update(keep=2)
    assert len(faults()) == 1


def test_the_log_alone_gives_every_count_again_and_tells_a_forged_one():
    meeting, (a, b, c), (one, two, three) = scene()
    decide_group(rank(meeting, {one: [a, b, c], two: [a, c, b], three: [c, a, b]}))
    assert faults() == []

    count = Poll.objects.get()
    count.result["order"].reverse()
    count.save()
    assert len(faults()) == 1

    count.result["order"].reverse()
    count.save()
    said = recount.defaultdict(dict)
    *before, event = list(log.told(*recount.VERBS))[:6]                 # opened, three ballots, closed, then the count
    for one in before:
        recount.follow(said, one)
    assert recount.counted(said, event) == sorted([item, place] for item, place, _kept in event.detail["order"])
    said[event.scope, meeting.code, a.position][two.person.code, recount.RANK]["rank"] = 3
    assert recount.counted(said, event) != sorted([item, place] for item, place, _kept in event.detail["order"])


def test_the_desks_of_those_who_may_decide_remind_of_a_closed_ballot_and_of_nobody_else(django_assert_num_queries):
    meeting, (a, b, c), members = scene()
    home = meeting.competition
    office, chair, member = make_role(home, "office").person, members[0].person, members[1].person
    url = f"/{home.code}/jury/1/ranking/main/"

    def told(person):
        return [(task.label, task.role) for task in jury_tasks(person, home) if task.url == url]

    poll = rank(meeting, {one: [a, b, c] for one in members})
    before = [(task.label, task.count, task.note) for task in jury_tasks(member, home)]
    assert [told(one) for one in (office, chair)] == [[], []]           # open: nothing to decide by yet
    poll = services.close_poll(poll, by=None)
    label = f"„{poll.group}“: nach dem geschlossenen Wahlgang entscheiden"
    assert [told(one) for one in (office, chair, make_role(home, "auditor").person)] == [[(label, "office")], [(label, "juror")], []]
    assert [(task.label, task.count, task.note) for task in jury_tasks(member, home)] == before
    make_role(home, "office_lead", chair)
    assert told(chair) == [(label, "office_lead"), (label, "juror")]    # on each of their desks

    bias = Bias.objects.create(entry=b.entry, person=chair, kind=Bias.Kind.OFFICE, reason="x")
    assert [told(one) for one in (office, chair)] == [[(label, "office")], []]      # they may not decide on this group
    bias.delete()
    special = home.groups.get(code="special")
    for item in (b, c):
        Item.objects.filter(pk=item.pk).update(group=special)
    with django_assert_num_queries(2):
        assert len(queries.polls_to_decide(office, [meeting])) == 1
    Poll.objects.create(meeting=meeting, group=special, number=1, mode="ranking", closed_at=poll.closed_at)
    with django_assert_num_queries(2):
        assert [one.group.code for one in queries.polls_to_decide(office, [meeting])] == ["main", "special"]
    Poll.objects.filter(group=special).update(given_up_at=poll.closed_at, motion="x")
    assert told(office) == [(label, "office")]
    services.decide_ranking(poll, by=None)
    assert told(office) == []


def test_the_log_tells_a_count_on_other_terms_than_its_opening_and_one_of_an_open_ballot(monkeypatch):
    meeting, (a, b, c), members = scene()
    decide_group(rank(meeting, {member: [a, b, c] for member in members}))
    *before, close, count = log.told("jury.poll", "jury.rank", "jury.poll_close", "jury.count")
    fault = "ausgezählt wurde anders, als der Wahlgang eröffnet war, oder bevor er geschlossen war"

    def told(*events):
        monkeypatch.setattr(recount.log, "told", lambda *_verbs: events)
        return [str(one).partition(": ")[2] for one in recount.polls()]

    assert told(*before, close, count) == []
    assert told(*before, count, close) == [fault]
    as_counted = count.detail
    for other in ({"keep": 2}, {"seats": 2}, {"prize": "other"}):       # none of them changes the order
        count.detail = as_counted | other
        assert told(*before, close, count) == [fault], other
    count.detail = as_counted | {"mode": "approval"}
    assert told(*before, close, count)[0] == fault


def test_what_a_ballot_is_about_is_fixed_when_it_is_opened_and_what_comes_later_is_for_the_next_one(monkeypatch):
    meeting, (a, b, c), members = scene()
    one, two, three = members
    poll = rank(meeting, {one: [a, b, c]})
    late = services.add_item(meeting, make_entry(meeting.competition), by=None)     # nobody has declared for it yet
    assert list(ranking.items_beside(poll)) == [late]
    with pytest.raises(BadInput):
        services.cast_ranking(meeting, a.group, two, [a, b, c, late], by=None)
    rank(meeting, {two: [a, b, c], three: [b, a, c]})
    with pytest.raises(Refused, match="Wahlgang"):
        services.call_item(late, by=None)
    poll = services.close_poll(poll, by=None)
    with pytest.raises(Refused):                                        # a closed ballot's group stays as it is
        services.add_item(meeting, make_entry(meeting.competition), by=None)
    assert [item.position for item in services.decide_ranking(poll, by=None)] == [1, 2, 3]
    assert "Wahlgang 1 über die Punkte 1, 2, 3" in minutes.polls_of(meeting)[0]["lines"][0]
    assert services.open_poll(meeting, a.group, by=None).items == [late.position]
    assert faults() == []

    Poll.objects.filter(number=1).update(items=[1, 2, 3, 4])
    assert len(faults()) == 1
    events = [event for event in log.told("jury.poll", "jury.rank", "jury.poll_close", "jury.count") if event.detail["number"] == 1]
    monkeypatch.setattr(recount.log, "told", lambda *_verbs: events)
    Poll.objects.filter(number=1).update(items=[1, 2, 3])
    Poll.objects.filter(number=2).delete()
    assert list(recount.polls()) == []
    opened, vote, close = events[0], events[1], events[-2]
    for event, change, count in (
        (opened, {"items": [1, 2]}, 7), (vote, {"order": []}, 2), (vote, {"order": [4]}, 2), (close, {"items": [1]}, 1)
    ):
        before, event.detail = event.detail, event.detail | change
        assert len(list(recount.polls())) == count, change
        event.detail = before


def test_the_desk_learns_whose_vote_is_missing_and_why_and_nobody_undeclared_is_passed_over():
    meeting, (a, b, c), (one, two, three) = scene()
    Declaration.objects.filter(member=three).delete()
    poll = rank(meeting, {one: [a, b, c]})
    standing = ranking.ranking_of(poll)
    assert (standing.missing, standing.undeclared, standing.expected) == ([two, three], [three], 3)
    rank(meeting, {two: [a, b, c]})
    with pytest.raises(Refused, match=f"Noch nicht erklärt.*{three}"):
        services.close_poll(poll, by=None)
    services.leave(meeting, three, by=None)
    assert services.close_poll(poll, by=None).ballots == 2


def test_whoever_is_biased_for_all_of_a_ballot_casts_no_empty_one():
    meeting, (a, b, c), (one, two, three) = scene()
    for item in (a, b, c):
        Bias.objects.create(entry=item.entry, person=three.person, kind=Bias.Kind.DECLARED, reason="x")
    poll = rank(meeting, {})
    with pytest.raises(Refused, match="befangen"):
        services.cast_ranking(meeting, a.group, three, [], by=None)
    rank(meeting, dict.fromkeys((one, two), [a, b, c]))
    services.give_up_poll(services.close_poll(poll, by=None), "Antrag", by=None)
    rank(meeting, {}, "approval")
    with pytest.raises(Refused, match="befangen"):
        services.cast_approval(meeting, a.group, three, [], by=None)


def test_a_bias_that_becomes_known_between_closing_and_deciding_ends_a_ballot_on_a_motion_and_the_minutes_name_it():
    meeting, (a, b, c), (one, two, three) = scene()
    poll = services.close_poll(rank(meeting, dict.fromkeys((one, two, three), [a, b, c])), by=None)
    entries.declare_bias(b.entry, by=two.person, reason="x")
    told = f"{two} (Punkt 2)".replace("(", r"\(").replace(")", r"\)")
    for act in (services.plan_ranking, lambda poll: services.decide_ranking(poll, by=None)):
        with pytest.raises(Refused, match=told):
            act(poll)
    assert f"Danach wurde eine Befangenheit von {two}, deren oder dessen Stimme darin liegt, für Punkt 2 bekannt." in \
        minutes.polls_of(meeting)[0]["lines"]

    services.give_up_poll(poll, "Antrag: neu abstimmen", by=None)

    assert Poll.objects.get().late == [[two.person.code, 2]]
    assert f"Befangenheit von {two}" in minutes.polls_of(meeting)[0]["lines"][2]
    assert faults() == []
    decide_group(rank(meeting, {one: [a, b, c], two: [a, c], three: [a, b, c]}))
    assert faults() == []
    Poll.objects.filter(number=1).update(late=[])
    assert len(faults()) == 1


def test_a_bias_that_becomes_known_after_a_secret_count_ends_it_on_a_motion_and_the_minutes_name_it():
    _meeting, (item, *_more), (a, b, c, d) = scene(members=4)
    key = cast_all(item, (a, b, c, d), ("yes", "no", "no", "yes"))
    with pytest.raises(BadInput):                                       # the sums stand, and say no
        services.decide(item, "awarded", mode="secret", urn_key=key, by=None)
    entries.declare_bias(item.entry, by=b.person, reason="x")
    with pytest.raises(Refused, match=f"Befangenheit von {b}"):
        services.decide(item, mode="secret", by=None)
    with pytest.raises(BadInput):
        services.give_up_urn(item, " ", by=None)

    services.give_up_urn(item, "Antrag: noch einmal", by=None)

    assert faults() == []
    decided = secretly(item, {a: "yes", c: "no", d: "yes"})
    assert (decided.result, decided.entitled) == ("awarded", 3)
    (note,) = minutes.content(item.meeting)["items"][0]["notes"]
    assert "(ja 2, nein 2, Enthaltungen 0)" in note
    assert f"Befangenheit von {b}" in note
    assert note.endswith("Antrag: noch einmal")
    assert faults() == []
    event = LogEvent.objects.get(verb="jury.void")
    assert "noch einmal" not in str(event.detail)                       # words can be erased


def test_only_items_that_are_tied_with_each_other_are_put_in_an_order_and_the_minutes_state_no_other_tie():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=2_500_000)
    poll = services.close_poll(rank(meeting, {one: [a, b, c], two: [b, a, c], three: [c, a, b]}), by=None)     # a: 2/3, b: 1/2, c: 1/3
    for order in ([a, b], [c], [b, b], [a, b, c]):
        with pytest.raises(BadInput) as refused:
            services.plan_ranking(poll, tie_order=order, tie_reason="Los")
        assert refused.value.where == "tie_order"
    assert {item.dissent for item in services.decide_ranking(poll, by=None)} == {""}


def test_of_a_tie_all_are_named_once_and_those_who_were_tied_carry_how_it_was_broken():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=2_500_000)
    poll = services.close_poll(approve(meeting, {one: [a, b], two: [a, b], three: [c]}), by=None)
    for order in ([a], [b, a, a], [b, a, c]):
        with pytest.raises((BadInput, Refused)):
            services.plan_ranking(poll, tie_order=order, tie_reason="Los")
    decided = services.decide_ranking(poll, tie_order=[b, a], tie_reason="Los", by=None)
    assert [(item, item.dissent) for item in decided] == [(b, "Los"), (a, "Los"), (c, "")]


def test_in_a_transferable_vote_an_order_that_the_count_did_not_need_is_refused():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=2_500_000)
    poll = services.close_poll(rank(meeting, {one: [a, b, c], two: [a, c, b], three: [b, a, c]}, "stv"), by=None)
    with pytest.raises(BadInput):
        services.plan_ranking(poll, tie_order=[c, b], tie_reason="Los")
    assert services.decide_ranking(poll, by=None)[0] == a


def test_a_meeting_is_not_closed_while_a_ballot_is_going_on_and_the_log_tells_one_that_was(monkeypatch):
    meeting, (item, *_more), members = scene(entries=1)
    poll = rank(meeting, {member: [item] for member in members})
    Item.objects.filter(pk=item.pk).update(result="not_awarded")        # as it could be once
    with pytest.raises(Refused, match="Wahlgang zur Gruppe"):
        services.close_meeting(meeting, by=None)
    assert not rules.can_close(meeting)
    Item.objects.filter(pk=item.pk).update(result="")
    services.give_up_poll(poll, "Antrag: einzeln", by=None)
    opened, *_votes, void = events = list(log.told(*recount.VERBS))
    monkeypatch.setattr(recount.log, "told", lambda *_verbs: events)
    close = LogEvent(verb="jury.close", subject=opened.subject, scope=opened.scope, detail={})
    events.append(close)
    assert list(recount.polls()) == []
    events.remove(void)
    assert "als die Sitzung geschlossen wurde" in str(next(recount.polls()))


def test_a_ballot_is_not_closed_without_a_quorum_for_each_of_its_items():
    meeting, (a, b, c), (one, two, three) = scene()
    rank(meeting, {})
    for member in (two, three):                                         # known only while it is open
        Bias.objects.create(entry=a.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="x")
    poll = rank(meeting, {one: [a, b, c], two: [b, c], three: [b, c]})
    with pytest.raises(Refused, match=f"Punkt {a.position}: 1 von 3"):
        services.close_poll(poll, by=None)
    Bias.objects.filter(person=three.person).delete()
    rank(meeting, {three: [a, b, c]})
    services.close_poll(poll, by=None)


def test_the_group_of_a_closed_ballot_takes_in_no_proposal_before_it_is_decided():
    meeting, items, members = scene()
    poll = services.close_poll(rank(meeting, dict.fromkeys(members, items)), by=None)
    make_entry(meeting.competition)
    with pytest.raises(Refused, match="geschlossen"):
        services.take_in_proposals(meeting, by=None)
    services.decide_ranking(poll, by=None)
    assert services.take_in_proposals(meeting, by=None) == 1


def test_what_was_closed_to_its_author_meanwhile_is_gone_when_a_ballot_is_closed():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=2_500_000)
    poll = rank(meeting, {one: [b, a, c], two: [b, a, c], three: [a, b, c]})
    Bias.objects.create(entry=a.entry, person=three.person, kind=Bias.Kind.DECLARED, reason="x")
    poll = services.close_poll(poll, by=None)
    assert not Ballot.objects.filter(item=a, member=three).exists()
    assert [(row.item, row.ballots) for row in ranking.ranking_of(poll).rows] == [(b, 3), (a, 2), (c, 3)]
    assert faults() == []


def test_what_nobody_approves_of_gets_nothing_and_how_many_must_is_fixed_at_the_opening():
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=7_500_000)
    poll = services.close_poll(approve(meeting, {one: [a, b], two: [a], three: []}), by=None)
    assert poll.least == 1
    assert [(one.ranked.item, bool(one.prize)) for one in services.plan_ranking(poll).outcomes] == [(a, True), (b, True), (c, False)]
    services.give_up_poll(poll, "Antrag: mindestens zwei", by=None)

    poll = services.close_poll(approve(meeting, {one: [a, b], two: [a], three: []}, keep=2, least=2), by=None)
    assert [one.ranked.item for one in services.plan_ranking(poll).outcomes if one.kept] == [a]     # fewer than could stay
    services.give_up_poll(poll, "Antrag: doch Preise", by=None)

    decided = decide_group(approve(meeting, {one: [a, b], two: [a, b], three: [c]}, seats=1, least=2), tie_order=[b, a], tie_reason="Los")
    assert [(item, item.result, item.amount_cents) for item in decided] == [
        (b, "awarded", 2_500_000), (a, "not_awarded", 0), (c, "not_awarded", 0)]
    assert "Zustimmungswahl; höchstens 1 Preis (die Preise der Gruppe" in minutes.polls_of(meeting)[2]["lines"][0]
    assert "nur mit mindestens 2 Zustimmungen" in minutes.polls_of(meeting)[2]["lines"][0]
    assert faults() == []
    Poll.objects.filter(number=3).update(least=1)
    assert len(faults()) == 1


def test_the_log_tells_an_award_with_too_few_approvals(monkeypatch):
    meeting, (a, b, c), (one, two, three) = scene(cap_cents=5_000_000)
    decide_group(approve(meeting, {one: [a, b], two: [a, b], three: [a]}, least=2))
    events = list(log.told(*recount.VERBS))
    monkeypatch.setattr(recount.log, "told", lambda *_verbs: events)
    assert list(recount.polls()) == []
    won = next(event for event in events if event.verb == "jury.decide" and event.detail["position"] == b.position)
    lost = next(event for event in events if event.verb == "jury.decide" and event.detail["position"] == c.position)
    lost.detail = lost.detail | {"result": "awarded"}
    assert [fault.code for fault in recount.polls()] == [f"{meeting.code}/3"]
    won.detail = won.detail | {"yes": 3}
    assert [fault.code for fault in recount.polls()] == [f"{meeting.code}/2", f"{meeting.code}/3"]


@pytest.mark.parametrize(("terms", "where"), [
    ({"mode": "stv", "keep": 2, "seats": 3}, "seats"), ({"mode": "ranking", "keep": 2, "prize": True}, "prize"),
    ({"mode": "stv", "least": 2}, "least"), ({"mode": "approval", "least": 4}, "least"), ({"mode": "ranking", "keep": 3}, "keep")])
def test_terms_that_contradict_each_other_are_refused_beside_their_field(terms, where):
    meeting, (a, _b, _c), _members = scene()
    if terms.get("prize"):
        terms = terms | {"prize": a.group.prizes.get()}
    with pytest.raises(BadInput) as refused:
        services.open_poll(meeting, a.group, by=None, **terms)
    assert refused.value.where == where
    assert not Poll.objects.exists()


def call_and_decide(item):
    services.call_item(item, by=None)
    services.decide(item, "awarded", by=None)


def test_nobody_votes_in_any_way_without_a_declaration():
    meeting, (item, *_more), (a, b, c) = scene()
    Declaration.objects.filter(member=c).delete()
    poll = rank(meeting, {})
    with pytest.raises(Refused, match="erklären Sie"):
        services.cast_ranking(meeting, item.group, c, meeting.items.all(), by=c.person)
    services.give_up_poll(poll, "Antrag: einzeln", by=None)
    services.call_item(item, by=None)
    for act in (
        lambda: services.cast_ballot(item, c, "yes", by=c.person),
        lambda: services.set_up_urn(item, by=None),                     # two voices are too few
    ):
        with pytest.raises(Refused):
            act()
    assert [services.decide(item, "awarded", by=None).entitled] == [2]
    Declaration.objects.filter(member=b).delete()
    with pytest.raises(Refused, match=str(b)):
        call_and_decide(meeting.items.last())


def test_what_is_added_later_asks_for_another_declaration():
    meeting, _items, (a, _b, _c) = scene()
    item = services.add_item(meeting, make_entry(meeting.competition), by=None)
    services.call_item(item, by=None)
    assert not queries.has_declared(a, meeting)
    assert not rules.can_open_dossier(a, meeting)
    assert [queries.room_for(one, meeting).entitled == [] for one in meeting.items.order_by("position")] == [False, False, False, True]
    with pytest.raises(Refused):
        services.cast_ballot(item, a, "yes", by=a.person)
    services.declare(meeting, a, [], up_to=item.batch - 1, by=a.person)     # sent from a page that did not show it yet
    assert not queries.has_declared(a, meeting)
    services.declare(meeting, a, [], by=a.person)
    services.cast_ballot(item, a, "yes", by=a.person)
    assert queries.has_declared(a, meeting)
    assert faults() == []


def test_the_log_tells_a_motion_that_was_changed_removed_or_added():
    _meeting, (item, second, *_more), _members = scene()
    decide(item, dissent="Ohne mich")
    services.reopen(item, "Antrag: noch einmal", by=None)
    assert faults() == []
    event = LogEvent.objects.get(verb="jury.reopen")
    assert "noch einmal" not in str(event.detail)
    assert "Ohne mich" not in str(event.detail)
    row = Reopening.objects.get()
    for facts in ({"motion": "Anderer Antrag"}, {"before": row.before | {"mode": "open"}}, {"before": row.before | {"dissent": ""}},
                  {"by": Member.objects.first().person}):
        Reopening.objects.update(**facts)
        assert len(faults()) == 1, facts
        Reopening.objects.update(motion=row.motion, before=row.before, by=None)
    added = Reopening.objects.create(item=second, motion="x", before={})
    assert len(faults()) == 1
    added.delete()
    row.delete()
    assert len(faults()) == 1


def test_the_log_tells_for_whom_a_member_sits():
    scene()
    Member.objects.filter(pk=Member.objects.first().pk).update(constituency="Andere")
    assert len(faults()) == 1


def test_only_what_the_call_names_is_done():
    meeting = make_meeting(make_jury_competition(), entries=2, members=3)
    item = meeting.items.order_by("position").first()
    services.call_item(item, by=None)
    group = item.group
    for act in (
        lambda: services.set_up_urn(item, by=None),
        lambda: services.decide(item, mode="secret", yes=3, by=None),
        lambda: services.cast_approval(meeting, group, Member.objects.first(), [], by=None),
        lambda: services.open_poll(meeting, group, mode="stv", by=None),
        lambda: services.open_poll(meeting, group, mode="approval", by=None),
    ):
        with pytest.raises(Refused):
            act()


def test_the_minutes_name_way_and_votes_of_what_a_motion_made_void_and_secret_ballots_that_were_given_up():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    services.set_up_urn(item, by=None)
    services.give_up_urn(item, by=None)
    services.set_up_urn(item, by=None)
    services.decide(item, "deferred", by=None)                          # it was going on, and was never counted
    services.call_item(item, by=None)
    for member, choice in zip(members, ("yes", "yes", "no"), strict=True):
        services.cast_ballot(item, member, choice, by=member.person)
    services.decide(item, mode="open", by=None)
    services.reopen(item, "Antrag: noch einmal", by=None)
    decide(item, "not_awarded", no=2, yes=1, dissent="Schade")
    services.reopen(item, "Antrag: doch", by=None)
    decide(item, "not_awarded", offline=True)
    services.reopen(item, "Antrag: mit Netz", by=None)

    (told,) = [one["notes"] for one in minutes.content(meeting)["items"]]

    assert [one.split(" um ")[0] for one in told[:2]] == ["Eine geheime Abstimmung darüber wurde"] * 2
    assert [plain(one) for one in told[2:]] == [
        "Auf Antrag wieder aufgenommen: Antrag: noch einmal",
        "Zuvor entschieden: prämiert, 25.000 € (offene Abstimmung: ja 2, nein 1, Enthaltungen 0).",
        "Auf Antrag wieder aufgenommen: Antrag: doch",
        "Zuvor entschieden: nicht prämiert (Konsens: ja 1, nein 2, Enthaltungen 0).",
        "Abweichende Meinung damals: Schade",
        "Auf Antrag wieder aufgenommen: Antrag: mit Netz",
        "Zuvor entschieden: nicht prämiert (Konsens: einstimmig, nachträglich eingetragen, ohne Netz entschieden).",
    ]
    assert faults() == []


# --- where bias leaves no quorum --------------------------------------------------------------------------------------


def left_without_a_quorum(**facts):
    """Four members, three of them biased for the first item."""
    meeting, items, members = scene(members=4, **facts)
    for member in members[1:]:
        services.declare(meeting, member, [(items[0].entry, "Amt")], by=member.person)
    return meeting, items, members


def test_an_item_for_which_bias_leaves_no_quorum_is_taken_off_the_agenda_on_a_motion_and_the_meeting_closes():
    meeting, (item, *others), members = left_without_a_quorum()
    with pytest.raises(Refused, match="von der Tagesordnung"):
        decide(item, "not_awarded")
    office = signed_in(office_of(meeting))
    assert "Von der Tagesordnung nehmen" in office.get(url("desk_show", meeting)).text
    for motion, status in (("", 400), ("Antrag des Vorsitzes: zu viele sind befangen.", 302)):
        assert office.post(url("item_take_off", meeting, item.position), {"motion": motion}).status_code == status

    item.refresh_from_db()
    assert (item.result, item.mode, item.out.count()) == ("not_awarded", "", 3)
    told = minutes.content(meeting)["items"][0]
    assert told["result"] == "kein Preis (von der Tagesordnung genommen, wegen Befangenheit nicht beschlussfähig)"
    assert told["notes"] == ["Auf Antrag von der Tagesordnung genommen: Antrag des Vorsitzes: zu viele sind befangen."]
    assert str(members[1]) in dict(told["facts"])["Befangen, hat den Raum verlassen"]
    for other in others:
        decide(other, "not_awarded")
    assert services.close_meeting(meeting, by=None).closed_at
    assert "über 2 Punkte entschieden" in str(minutes.content(meeting)["intro"])
    assert faults() == []


def test_what_was_taken_off_is_taken_up_again_when_further_members_were_appointed():
    meeting, (item, *_others), _members = left_without_a_quorum()
    services.call_item(item, by=None)
    services.take_off(item, "Antrag A", by=None)
    with pytest.raises(Refused, match="Es liegt an der Befangenheit"):
        services.reopen(item, "Antrag B", by=None)
    for _number in range(2):
        member = make_member(meeting.competition)
        services.declare(meeting, member, [], by=member.person)
        services.arrive(meeting, member, by=None)
    services.reopen(item, "Antrag B", by=None)
    decide(item)
    notes = minutes.content(meeting)["items"][0]["notes"]
    assert notes[1:] == ["Zuvor entschieden: nicht prämiert (von der Tagesordnung genommen, wegen Befangenheit nicht beschlussfähig).",
                         "Antrag damals: Antrag A"]
    assert faults() == []


def test_nothing_is_taken_off_the_agenda_that_the_jury_can_decide_on():
    meeting, (first, second, _third), members = left_without_a_quorum()
    services.call_item(second, by=None)
    with pytest.raises(Refused, match="kann über diesen Punkt entscheiden"):
        services.take_off(second, "Antrag", by=None)
    services.call_item(first, by=None)
    for member in members[1:]:
        services.leave(meeting, member, by=None)                        # too few, but not for bias: they may come back
    with pytest.raises(Refused, match="kann über diesen Punkt entscheiden"):
        services.take_off(first, "Antrag", by=None)


@pytest.mark.parametrize("mode", ["ranking", "approval", "stv"])
def test_a_ballot_on_a_group_is_refused_before_anybody_votes_where_bias_leaves_no_quorum_for_one_of_its_items(mode):
    meeting, (item, *others), _members = left_without_a_quorum()
    with pytest.raises(Refused, match=f"Punkt {item.position}: 1 von 4 .*von der Tagesordnung"):
        services.open_poll(meeting, item.group, mode=mode, by=None)
    services.call_item(item, by=None)
    services.take_off(item, "Antrag", by=None)
    assert services.open_poll(meeting, item.group, mode=mode, by=None).items == [one.position for one in others]
