"""Secret, approval and transferable votes on screen; bias for the office; other amounts in the simulator."""

import re

import pytest

from lorbeer.entries.models import Bias
from lorbeer.entries.services import declare_bias
from lorbeer.jury import distributions, services
from lorbeer.jury.models import Ballot, Envelope, Item, Member, Poll, Urn
from lorbeer.jury.tests.factories import decide_group, make_jury_competition, make_meeting, make_member
from lorbeer.jury.tests.test_ballots import ALL, scene
from lorbeer.jury.tests.test_views import declare, hidden, office_of, signed_in, url
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db


def test_a_secret_ballot_from_beginning_to_end():
    meeting, (item, *_more), members = scene()
    declare(meeting, *members)
    services.call_item(item, by=None)
    office = signed_in(office_of(meeting))
    assert "Geheime Abstimmung beginnen" in office.get(url("desk_show", meeting)).content.decode()

    begun = office.post(url("urn_begin", meeting, item.position))
    cookie = begun.cookies[f"urn-{Urn.objects.get().code}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", url("desk_show", meeting))
    assert cookie.value in office.get(url("desk_show", meeting)).content.decode()       # to carry it to another browser
    other = signed_in(office_of(meeting)).get(url("desk_show", meeting)).content.decode()
    assert cookie.value not in other
    assert 'name="urn_key"' in other

    for member, choice in zip(members, ("yes", "no", "yes"), strict=True):
        client = signed_in(member.person)
        page = client.get(url("mine_show", meeting)).content.decode()
        assert "Ihre geheime Stimme" in page
        answer = client.post(url("secret_cast", meeting, item.position), {"choice": choice}, follow=True).content.decode()
        assert "liegt in der Urne" in answer
        assert 'kern-btn--primary" type="submit" name="choice"' not in answer           # no page shows what it says
    wall = signed_in(members[0].person).get(url("wall_now", meeting)).content.decode()
    assert "3 Stimmen" in wall
    assert "3 von 3 geheimen Stimmen" in office.get(url("desk_votes", meeting)).content.decode()

    facts = {"result": "majority", "mode": "secret", "prize": "main"}
    elsewhere = signed_in(office_of(meeting)).post(url("item_decide", meeting, item.position), facts)
    assert elsewhere.status_code == 400
    assert "Schlüssel" in elsewhere.content.decode()
    done = office.post(url("item_decide", meeting, item.position), facts)
    assert done.status_code == 302
    assert done.cookies[f"urn-{cookie.key.removeprefix('urn-')}"]["max-age"] == 0
    item.refresh_from_db()
    assert (item.result, item.yes, item.no) == ("awarded", 2, 1)


def test_a_secret_ballot_is_given_up_after_being_asked_once():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    services.set_up_urn(item, by=None)
    services.cast_secretly(item, members[0], "yes", by=members[0].person)
    office = signed_in(office_of(meeting))
    assert "ungeöffnet vernichtet" in office.get(url("urn_void", meeting, item.position)).content.decode()
    assert Envelope.objects.exists()
    office.post(url("urn_void", meeting, item.position), {"shown": Urn.objects.get().code})
    assert not Urn.objects.exists()
    assert not Envelope.objects.exists()


def test_an_open_vote_is_given_up_at_the_desk_on_a_motion():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    office, address = signed_in(office_of(meeting)), url("ballots_give_up", meeting, item.position)
    assert address not in office.get(url("desk_show", meeting)).text
    services.cast_ballot(item, members[0], "no", by=members[0].person)
    desk = office.get(url("desk_show", meeting)).text
    assert address in desk
    assert re.search(r'value="open"[^>]*checked', desk)                 # the way that counts what was cast stands first
    decision = {"result": "not_awarded", "mode": "consensus"}
    assert "oder geben Sie die Abstimmung auf Antrag auf" in office.post(url("item_decide", meeting, item.position), decision).text
    page = office.get(address).text
    assert "Summen und den Antrag" in page
    assert office.post(address, {"motion": " "}).status_code == 400
    services.cast_ballot(item, members[1], "yes", by=members[1].person)
    old = {"motion": "Antrag: im Konsens", "shown": hidden(page)["shown"]}
    assert "Ihre Seite zeigte eine andere Entscheidung oder andere Stimmen" in office.post(address, old, follow=True).text
    assert Ballot.objects.count() == 2

    office.post(address, old | {"shown": hidden(office.get(address).text)["shown"]})
    office.post(url("item_decide", meeting, item.position), decision)
    item.refresh_from_db()
    assert (item.result, item.mode, Ballot.objects.exists()) == ("not_awarded", "consensus", False)
    assert "Antrag: im Konsens" in office.get(url("minutes_show", meeting)).text


def test_an_old_page_gives_up_no_other_open_vote_with_the_same_sums():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    office, address = signed_in(office_of(meeting)), url("ballots_give_up", meeting, item.position)
    services.cast_ballot(item, members[0], "yes", by=members[0].person)
    old = {"motion": "Antrag: von gestern", "shown": hidden(office.get(address).text)["shown"]}
    services.give_up_vote(item, "Antrag: noch einmal", by=None)
    services.cast_ballot(item, members[0], "yes", by=members[0].person)
    assert "Ihre Seite zeigte eine andere Entscheidung oder andere Stimmen" in office.post(address, old, follow=True).text
    assert Ballot.objects.count() == 1


@pytest.mark.parametrize("is_kept", [True, False])
def test_no_button_and_no_answer_tells_whoever_is_biased_for_an_item_whether_it_stayed_on_the_shortlist(is_kept):
    meeting, (item, other, last), members = scene()
    lead = office_of(meeting)
    Bias.objects.create(entry=item.entry, person=lead, kind=Bias.Kind.DECLARED, reason="x")
    poll = services.open_poll(meeting, item.group, mode="approval", keep=1, by=None)
    for member in members:
        services.cast_approval(meeting, item.group, member, [item if is_kept else other], by=member.person)
    decide_group(poll)
    client, row = signed_in(lead), {name: url(name, meeting, item.position) for name in ("item_call", "item_reopen")}
    desk = client.get(url("desk_show", meeting)).text
    assert [place in desk for place in row.values()] == [False, False]
    assert url("item_reopen", meeting, last.position) in desk
    answers = {client.post(place, {"motion": "x"}).status_code for place in row.values()}
    assert answers == {403}
    assert "befangen" in client.post(row["item_call"]).text


def test_an_old_page_gives_up_no_other_secret_ballot_and_takes_up_no_other_decision_than_it_showed():
    meeting, (item, *_more), members = scene()
    services.call_item(item, by=None)
    office, void, again = signed_in(office_of(meeting)), url("urn_void", meeting, item.position), url("item_reopen", meeting, item.position)
    services.set_up_urn(item, by=None)
    old = {"shown": hidden(office.get(void).text)["shown"]}
    services.give_up_urn(item, by=None)
    services.set_up_urn(item, by=None)
    services.cast_secretly(item, members[0], "yes", by=members[0].person)
    assert "Ihre Seite zeigte eine andere Entscheidung oder andere Stimmen" in office.post(void, old, follow=True).text
    assert Envelope.objects.exists()
    services.give_up_urn(item, by=None)

    services.decide(item, "awarded", by=None)
    old = {"motion": "Antrag: noch einmal", "shown": hidden(office.get(again).text)["shown"]}
    services.reopen(item, "Antrag: zuvor", by=None)
    services.call_item(item, by=None)
    services.decide(item, "not_awarded", by=None)
    assert "Ihre Seite zeigte eine andere Entscheidung oder andere Stimmen" in office.post(again, old, follow=True).text
    assert Item.objects.get(pk=item.pk).result == "not_awarded"
    office.post(again, old | {"shown": hidden(office.get(again).text)["shown"]})
    assert Item.objects.get(pk=item.pk).result == ""


def test_the_desk_tells_of_a_bias_that_became_known_too_late_and_asks_for_a_motion():
    meeting, (item, b, c), members = scene(members=4)
    office = signed_in(office_of(meeting))
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    for member in members:
        services.cast_secretly(item, member, "no", by=member.person)
    with pytest.raises(BadInput):
        services.decide(item, "awarded", mode="secret", urn_key=key, by=None)
    declare_bias(item.entry, by=members[3].person, reason="x")
    assert f"Befangenheit von {members[3]}" in office.get(url("desk_show", meeting)).text
    assert office.post(url("urn_void", meeting, item.position), {"motion": ""}).status_code == 400
    office.post(url("urn_void", meeting, item.position), {"motion": "Antrag: noch einmal", "shown": Urn.objects.get().code})
    assert not Urn.objects.exists()

    services.decide(item, "not_awarded", by=None)
    poll = services.open_poll(meeting, b.group, mode="ranking", by=None)
    for member in members:
        services.cast_ranking(meeting, b.group, member, [b, c], by=member.person)
    services.close_poll(poll, by=None)
    declare_bias(b.entry, by=members[2].person, reason="x")
    for page in (url("desk_show", meeting), url("ranking_show", meeting, "main")):
        assert f"die Stimme liegt darin: {members[2]} (Punkt 2)" in office.get(page).text
    assert "Nach diesem Wahlgang kann nichts entschieden werden." in office.get(page).text


def test_whoever_is_biased_neither_sees_nor_begins_a_secret_ballot():
    meeting, (item, *_more), members = scene(members=4)
    office, out = office_of(meeting), members[3]
    declare(meeting, *members)
    for person in (office, out.person):
        Bias.objects.create(entry=item.entry, person=person, kind=Bias.Kind.DECLARED, reason="x")
    services.call_item(item, by=None)
    assert signed_in(office).post(url("urn_begin", meeting, item.position)).status_code == 403
    services.set_up_urn(item, by=None)
    page = signed_in(out.person).get(url("mine_show", meeting)).content.decode()
    assert "geheime Stimme" not in page
    signed_in(out.person).post(url("secret_cast", meeting, item.position), {"choice": "yes"})
    assert not Envelope.objects.exists()


def test_a_vote_by_htmx_gives_the_part_back_and_a_refused_one_the_whole_page():
    meeting, (item, other, *_more), members = scene()
    member = members[0]
    declare(meeting, *members)
    services.call_item(item, by=None)
    client = signed_in(member.person)
    part = client.post(url("ballot_cast", meeting, item.position), {"choice": "yes"}, headers={"HX-Request": "true"})
    assert part.content.decode().startswith('<div id="mine"')
    assert Ballot.objects.get().choice == "yes"
    refused = client.post(url("ballot_cast", meeting, other.position), {"choice": "yes"}, headers={"HX-Request": "true"})
    assert refused.headers["HX-Redirect"] == url("mine_show", meeting)


def test_the_wall_counts_no_voice_of_a_deputy_whose_member_has_come_back():
    meeting, (item, *_more), (a, b, *_rest) = scene()
    deputy = make_member(meeting.competition, kind=Member.Kind.DEPUTY, deputy_for=b)
    declare(meeting, a, b, deputy)
    services.leave(meeting, b, by=None)
    services.arrive(meeting, deputy, by=None)
    services.call_item(item, by=None)
    for one in (deputy, a):
        services.cast_ballot(item, one, "yes", by=one.person)
    office = signed_in(office_of(meeting))
    assert office.get(url("wall_show", meeting)).context["cast"] == 2
    services.arrive(meeting, b, by=None)
    assert office.get(url("wall_show", meeting)).context["cast"] == 1


def test_the_votes_of_others_leave_my_page_as_it_is_and_change_the_desk_and_the_wall():
    meeting, (item, *_more), (a, b, *_rest) = scene()
    declare(meeting, a, b)
    services.call_item(item, by=None)
    me, office = signed_in(a.person), signed_in(office_of(meeting))

    def tags():
        pages = (me, "mine_table"), (me, "wall_now"), (office, "desk_votes")
        return [client.get(url(name, meeting)).headers["ETag"] for client, name in pages]

    before = tags()
    services.cast_ballot(item, b, "yes", by=b.person)
    mine, wall, desk = tags()
    assert mine == before[0]
    assert wall != before[1]
    assert desk != before[2]
    services.cast_ballot(item, a, "yes", by=None)
    assert tags()[0] != before[0]                                       # my own: the desk may have noted a raised hand


def test_the_wall_tells_of_a_ballot_on_a_group_how_many_have_voted_and_no_more():
    meeting, items, members = scene()
    group, client = items[0].group, signed_in(members[2].person)
    assert "Der nächste Punkt wird gleich aufgerufen." in client.get(url("wall_now", meeting)).text
    poll = services.open_poll(meeting, group, mode="ranking", by=None)
    services.cast_ranking(meeting, group, members[0], items, by=members[0].person)
    desk = signed_in(office_of(meeting)).get(url("desk_show", meeting)).text
    assert "läuft ein Wahlgang; der Weg dorthin steht unten" in desk
    assert url("item_call", meeting, 1) not in desk                     # nothing of it can be called
    page = client.get(url("wall_now", meeting)).text
    assert f"Wahlgang zu „{group}“: Rangfolge" in page
    assert "1 von 3 haben abgestimmt" in page
    assert "Der nächste Punkt" not in page
    services.cast_ranking(meeting, group, members[1], items, by=members[1].person)
    assert "2 von 3 haben abgestimmt" in client.get(url("wall_now", meeting)).text
    services.cast_ranking(meeting, group, members[2], items, by=members[2].person)
    services.close_poll(poll, by=None)
    page = client.get(url("wall_now", meeting)).text
    assert "Geschlossen mit 3 Stimmzetteln. Die Entscheidung folgt." in page
    assert not any(item.entry.applicant in page for item in items)


def test_a_group_is_shortened_by_approval_on_screen():
    meeting, (a, b, c), members = scene()
    declare(meeting, *members)
    office, address = signed_in(office_of(meeting)), url("ranking_show", meeting, "main")
    assert "1 bis 2" in office.post(url("poll_open", meeting, "main"), {"mode": "approval", "keep": "3"}).text
    refused = office.post(url("poll_open", meeting, "main"), {"mode": "approval", "keep": "2", "seats": "2"})
    assert (refused.status_code, list(refused.context["poll_form"].errors)) == (400, ["seats"])
    office.post(url("poll_open", meeting, "main"), {"mode": "approval", "keep": "2", "prize": "main"})      # the only one there is
    for member in members:
        client = signed_in(member.person)
        assert "Beiträgen zustimmen" in client.get(url("mine_show", meeting)).content.decode()
        client.post(url("approval_cast", meeting, "main"), {"ballot": "1", f"item_{a.position}": "on", f"item_{b.position}": "on"})
    page = office.post(url("poll_close", meeting, "main"), {"ballot": "1"}, follow=True).text
    assert "Zustimmungswahl; engere Wahl mit 2 Punkten" in page
    assert "Der Wahlgang ist geschlossen; Ihre Stimme ändert sich nicht mehr." in client.get(url("mine_show", meeting)).text
    asked = office.post(address, {"ballot": "1"}).content.decode()
    assert "2 Punkte bleiben in der engeren Wahl" in asked
    assert Poll.objects.get().counted_at is None
    shown = asked.split('name="shown" value="')[1].split('"')[0]
    office.post(address, {"ballot": "1", "shown": shown})
    assert Poll.objects.get().counted_at
    assert [item.result for item in meeting.items.order_by("position")] == ["", "", "not_awarded"]
    minutes = office.get(url("minutes_show", meeting)).content.decode()
    assert "Engere Wahl: Punkte 1, 2." in minutes
    assert Item.objects.get(pk=c.pk).mode == "approval"


def test_an_old_page_does_nothing_to_the_ballot_that_has_taken_the_place_of_its_own():
    meeting, (a, b, c), members = scene()
    office, juror = signed_in(office_of(meeting)), signed_in(members[0].person)
    first = services.open_poll(meeting, a.group, mode="approval", keep=2, by=None)
    pages = office.get(url("poll_give_up", meeting, "main")).text, juror.get(url("approval_cast", meeting, "main")).text
    assert [hidden(page)["ballot"] for page in pages] == ["1", "1"]
    seen = {"ballot": "1"}
    services.give_up_poll(first, "falsche Art", by=None)
    second = services.open_poll(meeting, a.group, mode="approval", seats=1, least=3, by=None)
    sentence = "Ihre Seite zeigte einen anderen Wahlgang"
    answer = juror.post(url("approval_cast", meeting, "main"), seen | {"item_1": "on"}, follow=True).text
    assert (sentence in answer, "mindestens 3 Zustimmungen" in answer, Ballot.objects.exists()) == (True, True, False)
    for member in members:
        services.cast_approval(meeting, a.group, member, [a], shown=second, by=None)
    with pytest.raises(Refused, match="noch ein Wahlgang"):             # between look and lock
        services.cast_approval(meeting, a.group, members[0], [b], shown=first, by=None)
    with pytest.raises(Refused, match="noch ein Wahlgang"):
        services.cast_ranking(meeting, a.group, members[0], [a, b, c], shown=first, by=None)
    assert 'name="ballot" value="2"' in office.get(url("ranking_show", meeting, "main")).text           # the button that closes it
    for name, data in (("poll_close", {}), ("poll_close", seen), ("poll_give_up", seen | {"motion": "Der erste war falsch"})):
        assert sentence in office.post(url(name, meeting, "main"), data, follow=True).text
    second.refresh_from_db()
    assert (second.closed_at, second.given_up_at, Ballot.objects.count()) == (None, None, 9)

    second = services.close_poll(second, by=None)
    assert sentence in office.post(url("ranking_show", meeting, "main"), seen, follow=True).text
    shown = services.fingerprint(services.plan_ranking(second))
    Poll.objects.filter(pk=second.pk).update(number=3)                  # which ballot it is belongs to what was shown
    with pytest.raises(Refused, match="hat sich inzwischen geändert"):
        services.decide_ranking(second, shown=shown, by=None)


def test_whoever_opens_a_ballot_after_somebody_else_did_is_told_so():
    meeting, (a, *_more), _members = scene()
    office = signed_in(office_of(meeting))
    services.open_poll(meeting, a.group, mode="approval", least=3, by=None)
    for data in ({"mode": "ranking", "keep": "1"}, {"mode": "ranking", "keep": "viele"}):
        page = office.post(url("poll_open", meeting, "main"), data, follow=True).text
        assert ("Zu dieser Gruppe läuft schon ein Wahlgang" in page, "mindestens 3 Zustimmungen" in page) == (True, True)
    assert Poll.objects.count() == 1
    services.give_up_poll(Poll.objects.get(), "neu", by=None)
    type(meeting).objects.filter(pk=meeting.pk).update(closed_at=clock.now())
    assert "Die Sitzung ist geschlossen" in office.post(url("poll_open", meeting, "main"), {"mode": "ranking"}, follow=True).text


def test_a_transferable_vote_shows_its_stages_before_it_decides():
    competition = make_jury_competition(jury=ALL, cap_cents=2_500_000)
    meeting = make_meeting(competition, entries=2, members=3)
    a, b = meeting.items.order_by("position")
    poll = services.open_poll(meeting, a.group, mode="stv", by=None)
    for member in Member.objects.all():
        services.cast_ranking(meeting, a.group, member, [b, a], by=None)
    services.close_poll(poll, by=None)
    office = signed_in(office_of(meeting))
    address = url("ranking_show", meeting, "main")
    assert "Regeln 45 bis 52" in office.get(address).content.decode()
    assert "zählt der Stimmzettel trotzdem für die Quote" in office.get(address).text
    page = office.post(address, {"ballot": "1"}).content.decode()
    assert "Stufe 1, erste Präferenzen. Stimmen je Punkt: 1: 0, 2: 3. Gewählt: 2." in page
    assert Poll.objects.get().counted_at is None


def test_the_office_sees_for_what_each_member_must_leave_and_nobody_else_does():
    meeting = make_meeting(entries=2)
    item, member = meeting.items.order_by("position").first(), Member.objects.last()
    Bias.objects.create(entry=item.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="geheimer Grund")
    page = signed_in(office_of(meeting)).get(url("bias_list", meeting)).content.decode()
    assert item.entry.applicant in page
    assert "geheimer Grund" not in page
    assert signed_in(Member.objects.first().person).get(url("bias_list", meeting)).status_code == 403


def test_other_amounts_are_tried_without_changing_anything():
    competition = make_jury_competition(cap_cents=46_500_000)
    prizes = list(competition.prizes.order_by("pk"))
    counts = {"main": 17, "special": 4}
    assert distributions.distribution(prizes, counts, 46_500_000, {}).total == 46_500_000
    other = distributions.distribution(prizes, counts, 46_500_000, {}, {"special": 1_500_000})
    assert (other.total, other.missing) == (48_500_000, 2_000_000)
    meeting = make_meeting(competition, entries=1)
    page = signed_in(office_of(meeting)).get(
        url("simulator_show", meeting) + "?a_main=17&a_special=4&b_main=17&b_special=4&b_special_euro=5000").content.decode()
    assert "465.000" in page
    assert "445.000" in page


@pytest.mark.parametrize(("mode", "place", "verb"), [("ranking", "ranking_cast", "jury.rank"), ("approval", "approval_cast", "jury.approve")])
def test_a_ballot_on_a_group_stands_in_the_log_with_its_name_and_every_page_of_it_says_so(mode, place, verb):
    meeting = make_meeting(make_jury_competition(jury={"modes": [mode, "secret"], "quorum": 0.5}), entries=2)
    group, member, office = meeting.items.first().group, Member.objects.first(), signed_in(office_of(meeting))
    cast = {"ballot": "1"} | {f"item_{item.position}": str(number) for number, item in enumerate(meeting.items.all(), 1)}
    client = signed_in(member.person)
    assert "kein solcher Wahlgang eröffnet" in client.get(url(place, meeting, group.code)).text
    services.open_poll(meeting, group, mode=mode, by=None)
    lead = client.get(url(place, meeting, group.code)).text
    assert "Im Protokoll der Vorgänge stehen Sie mit Ihrer Stimme, sobald der Wahlgang geschlossen ist" in lead
    assert "Wird er aufgegeben, bevor er geschlossen ist, liest sie niemand" in lead
    client.post(url(place, meeting, group.code), cast)

    assert "nicht geheim" in office.get(url("ranking_show", meeting, group.code)).text
    event = LogEvent.objects.get(verb=verb)
    assert (event.actor, event.detail["member"]) == (member.person.code, member.person.code)
    for page in ("minutes_show", "wall_show", "desk_show"):             # no page does
        assert not re.search(rf"{re.escape(member.person.name)}[^<]{{0,40}}(Rang|stimmt zu)", office.get(url(page, meeting)).text)


def test_of_a_secret_vote_neither_log_nor_tables_hold_a_voice_beside_a_name():
    meeting, (item, *_more), members = scene()
    declare(meeting, *members)
    services.call_item(item, by=None)
    _urn, key = services.set_up_urn(item, by=None)
    for member, choice in zip(members, ("yes", "no", "yes"), strict=True):
        services.cast_secretly(item, member, choice, by=member.person)
    services.decide(item, mode="secret", prize=item.group.prizes.first(), urn_key=key, by=None)

    assert LogEvent.objects.filter(verb="jury.envelope", detail__has_key="member").count() == 3
    for event in LogEvent.objects.filter(verb__startswith="jury."):
        assert "choice" not in event.detail
        if "yes" in event.detail:                                       # sums, beside which nobody is named one by one
            assert "member" not in event.detail
    assert not Ballot.objects.exists()
    assert not Envelope.objects.exclude(sealed="").exists()
