import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lorbeer.call.models import Prize, Purse
from lorbeer.entries import embargo
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.jury import distributions, forms, minutes, queries, rules, services, urls
from lorbeer.jury.models import Ballot, Item, Meeting, Member
from lorbeer.jury.tasks import budget_picture
from lorbeer.jury.tests.factories import (
    decide,
    make_closed_meeting,
    make_entry,
    make_jury_competition,
    make_meeting,
    make_member,
)
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.models import ExpertOpinion, Proposal
from lorbeer.shared import clock, desk, jobs, log
from lorbeer.shared.documents import DocumentError
from lorbeer.shared.errors import Refused
from lorbeer.shared.files import address_of
from lorbeer.shared.models import Job, LogEvent
from lorbeer.shared.money import format_euro
from lorbeer.shared.tests import databases

pytestmark = pytest.mark.django_db

PAGES = [
    "desk_show",
    "desk_votes",
    "mine_show",
    "mine_table",
    "bias_declare",
    "dossier_show",
    "wall_show",
    "wall_now",
    "simulator_show",
    "minutes_show",
]


def signed_in(person):
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def url(name, meeting, *more):
    return reverse(f"jury:{name}", args=[meeting.competition.code, meeting.round, *more])


def office_of(meeting, kind=Role.Kind.OFFICE):
    return make_role(meeting.competition, kind).person


def release_opinions(meeting):
    for proposal in Proposal.objects.filter(entry__competition=meeting.competition):
        ExpertOpinion.objects.create(
            proposal=proposal, state="released", description=f"Beschreibung von {proposal.entry.title}", reasons="Gründe"
        )


def declare(meeting, *members):
    for member in members:
        services.declare(meeting, member, [], by=member.person)


# --- who comes in -----------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", PAGES)
def test_nothing_of_the_jury_exists_for_outsiders(name):
    meeting = make_meeting()
    address = url(name, meeting)
    stranger, elsewhere, applicant = make_person(), make_person(), make_person()
    make_role(make_jury_competition(), Role.Kind.JUROR, elsewhere)
    make_entry(meeting.competition, contact=applicant)

    assert Client().get(address).status_code == 302
    for person in (stranger, elsewhere, applicant):
        assert signed_in(person).get(address).status_code == 404
    for kind in (Role.Kind.SPONSOR, Role.Kind.SCREENER, Role.Kind.EDITOR):
        assert signed_in(make_role(meeting.competition, kind).person).get(address).status_code == 403


@pytest.mark.once
def test_every_page_opens_for_those_it_is_for_in_every_stage_of_the_day():
    meeting = make_meeting(opened=False, members=2)
    office, chair = office_of(meeting), Member.objects.get(kind="chair")
    release_opinions(meeting)
    in_office, in_chair = signed_in(office), signed_in(chair.person)

    def look():
        for name in ("desk_show", "desk_votes", "wall_show", "wall_now", "simulator_show", "minutes_show"):
            assert in_office.get(url(name, meeting)).status_code == 200, name
        for name in PAGES:
            assert in_chair.get(url(name, meeting), follow=True).status_code == 200, name
        assert in_office.get(reverse("jury:meeting_list", args=[meeting.competition.code])).status_code == 200
        assert in_office.get(reverse("jury:member_list", args=[meeting.competition.code])).status_code == 200

    look()
    declare(meeting, chair)
    services.open_meeting(meeting, by=None)
    for member in Member.objects.all():
        services.arrive(meeting, member, by=None)
    look()
    items = list(meeting.items.order_by("position"))
    services.call_item(items[0], by=None)
    look()
    services.decide(items[0], "awarded", no=0, dissent="", by=None)
    services.reopen(items[0], "Antrag", by=None)
    look()
    for item in items:
        decide(item)
    services.close_meeting(meeting, by=None)
    look()


def test_the_desk_names_what_keeps_the_meeting_open_and_the_question_to_close_is_not_asked():
    meeting = make_meeting(entries=1, opened=False)
    left = make_entry(meeting.competition, proposed=False, state=State.SCREENED)
    office = signed_in(office_of(meeting))
    assert left.code in office.get(url("desk_show", meeting)).content.decode()  # before the day begins
    services.open_meeting(meeting, by=None)
    for member in Member.objects.all():
        services.arrive(meeting, member, by=None)
    decide(meeting.items.get())

    asked = office.get(url("meeting_close", meeting), follow=True)

    assert asked.redirect_chain[-1][0] == url("desk_show", meeting)
    alert = asked.content.decode().split("Bevor die Sitzung geschlossen werden kann")[1].split('id="table"')[0]
    assert "Zu 1 Beitrag liegen alle Voten vor. Über ihn entscheidet eine gemeinsame Sitzung" in alert
    assert "stimmen erst" not in alert
    file = reverse("entries:entry_show", args=[meeting.competition.code, left.code])
    assert f'href="{file}"' in alert                                    # each code leads to what has to be done
    chair = signed_in(Member.objects.get(kind="chair").person).get(url("desk_show", meeting)).content.decode()
    assert "die das Wettbewerbsbüro ansetzt" in chair                   # and says who does it
    Entry.objects.filter(pk=left.pk).update(state=State.NOT_PROPOSED)
    assert office.get(url("meeting_close", meeting)).status_code == 200
    assert left.code not in office.get(url("desk_show", meeting)).content.decode().split("</main>")[0].split('id="agenda"')[0]


def test_the_desk_leads_to_each_of_many_things_that_keep_the_meeting_open():
    meeting = make_meeting(entries=0, opened=False)
    left = [make_entry(meeting.competition, proposed=False, state=State.SCREENED) for _number in range(7)]
    page = signed_in(office_of(meeting)).get(url("desk_show", meeting)).content.decode()
    assert "Die übrigen zeigen (2)" in page
    for entry in left:
        assert f'href="{reverse("entries:entry_show", args=[meeting.competition.code, entry.code])}"' in page


def test_the_auditor_follows_but_does_not_lead():
    meeting = make_meeting()
    auditor = signed_in(office_of(meeting, Role.Kind.AUDITOR))
    assert auditor.get(url("wall_show", meeting)).status_code == 200
    assert auditor.get(url("minutes_show", meeting)).status_code == 200
    assert auditor.get(url("desk_show", meeting)).status_code == 403
    assert auditor.post(url("item_call", meeting, 1)).status_code == 403
    assert auditor.post(url("meeting_close", meeting)).status_code == 403


def test_a_plain_member_does_not_lead():
    meeting = make_meeting()
    member = signed_in(Member.objects.filter(kind="member").first().person)
    for name, more in (
        ("meeting_close", ()),
        ("item_call", (1,)),
        ("item_decide", (1,)),
        ("item_reopen", (1,)),
        ("member_arrive", (Member.objects.first().person.code,)),
    ):
        assert member.post(url(name, meeting, *more)).status_code == 403
    assert not Item.objects.exclude(called_at=None).exists()


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_the_desk_leads_an_item_from_the_call_to_the_decision():
    meeting = make_meeting()
    client = signed_in(office_of(meeting))

    assert client.post(url("item_call", meeting, 1)).status_code == 302
    page = client.post(url("item_decide", meeting, 1), {"mode": "consensus", "result": "awarded", "prize": "main"}, follow=True)

    item = Item.objects.get(position=1)
    assert (item.result, item.amount_cents, item.yes) == ("awarded", 2_500_000, 3)
    assert "25.000" in page.content.decode()


def test_what_was_typed_stays_when_the_decision_is_refused():
    meeting = make_meeting()
    client = signed_in(office_of(meeting))
    client.post(url("item_call", meeting, 1))

    page = client.post(
        url("item_decide", meeting, 1),
        {"mode": "consensus", "result": "awarded", "prize": "main", "yes": "1", "no": "2", "dissent": "Zu klein gedacht."},
    )

    assert page.status_code == 400
    assert "Zu klein gedacht." in page.content.decode()
    assert Item.objects.get(position=1).result == ""


def test_a_raised_hand_can_be_noted_at_the_desk():
    meeting = make_meeting(members=2)
    client = signed_in(office_of(meeting))
    client.post(url("item_call", meeting, 1))
    for member in Member.objects.all():
        client.post(url("ballot_record", meeting, 1, member.person.code), {"choice": "no"})
    client.post(url("item_decide", meeting, 1), {"mode": "open", "result": "majority"})
    assert (Item.objects.get(position=1).result, Ballot.objects.count()) == ("not_awarded", 2)


def test_the_desk_does_not_overwrite_what_a_member_has_voted_and_tells_whom_it_noted_for():
    meeting = make_meeting(members=2)
    own, raised = Member.objects.order_by("pk")
    declare(meeting, own, raised)
    office, screen, other = signed_in(office_of(meeting)), signed_in(own.person), signed_in(raised.person)
    office.post(url("item_call", meeting, 1))
    screen.post(url("ballot_cast", meeting, 1), {"choice": "yes"})

    answer = office.post(url("ballot_record", meeting, 1, own.person.code), {"choice": "no"}, follow=True).content.decode()
    for choice in ("no", "abstain"):                                    # the desk can correct what it noted itself
        office.post(url("ballot_record", meeting, 1, raised.person.code), {"choice": choice})

    assert "hat am eigenen Bildschirm abgestimmt" in answer
    assert {ballot.member: ballot.choice for ballot in Ballot.objects.all()} == {own: "yes", raised: "abstain"}
    desk = office.get(url("desk_show", meeting)).content.decode()
    assert url("ballot_record", meeting, 1, own.person.code) not in desk
    assert url("ballot_record", meeting, 1, raised.person.code) in desk
    told = "Der Sitzungstisch hat sie für Sie festgehalten"
    assert (told in screen.get(url("mine_show", meeting)).content.decode()) is False
    assert told in other.get(url("mine_show", meeting)).content.decode()

    other.post(url("ballot_cast", meeting, 1), {"choice": "yes"})
    office.post(url("ballot_record", meeting, 1, raised.person.code), {"choice": "no"})
    assert set(Ballot.objects.values_list("choice", "noted_by")) == {("yes", None)}
    assert [str(fault) for fault in log.attested("jury")] == []


def test_members_are_appointed_on_screen():
    meeting = make_meeting()
    client = signed_in(office_of(meeting))
    address = reverse("jury:member_list", args=[meeting.competition.code])
    person = make_role(meeting.competition, Role.Kind.JUROR).person

    refused = client.post(address, {"person": person.code, "kind": "deputy", "appointed_on": "2018-01-10", "votes": "on"})
    assert refused.status_code == 400
    client.post(address, {"person": person.code, "kind": "member", "appointed_on": "2018-01-10", "votes": "on"})
    assert Member.objects.get(person=person).appointed_on == date(2018, 1, 10)
    client.post(reverse("jury:member_dismiss", args=[meeting.competition.code, person.code]))
    assert not Member.objects.filter(person=person).exists()


# --- bias -------------------------------------------------------------------------------------------------------------


def biased_scene():
    """A meeting whose second member is biased for the current item, declared for all; (meeting, member, item)."""
    meeting = make_meeting(members=4)
    release_opinions(meeting)
    member = Member.objects.filter(kind="member").first()
    item = meeting.items.get(position=2)
    item.entry.title = "Geheimer Titel"
    item.entry.save()
    declare(meeting, *Member.objects.all())
    Bias.objects.create(entry=item.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="verwandt")
    services.call_item(item, by=None)
    return meeting, member, item


TOLD_IN = ("meeting_list", "desk_show", "wall_show", "wall_now", "minutes_show")


def test_no_sum_tells_a_biased_member_what_the_item_got_until_it_is_announced(monkeypatch):
    meeting, member, item = biased_scene()
    free = Member.objects.exclude(pk=member.pk).filter(kind="member").first()
    services.decide(item, "awarded", by=None)
    Member.objects.filter(kind="chair").update(kind="member")
    Member.objects.filter(pk=member.pk).update(kind="chair")            # the one with most pages
    spent = format_euro(queries.budget_of(meeting.competition, 1).spent)
    left = format_euro(queries.budget_of(meeting.competition, 1).left)

    def told(person):
        client, found = signed_in(person), set()
        for name in TOLD_IN:
            place = reverse("jury:meeting_list", args=[meeting.competition.code]) if name == "meeting_list" else url(name, meeting)
            text = client.get(place).content.decode().replace("&nbsp;", "\N{NO-BREAK SPACE}")
            found |= {name} if spent in text or left in text else set()
        pictures = "".join(picture.html for picture in budget_picture(person, meeting.competition))
        starts = re.findall(r'name="a_\w+"[^>]*value="(\d+)"', client.get(url("simulator_show", meeting)).content.decode())
        return found | ({"picture"} if spent in pictures or left in pictures else set()), starts

    office = office_of(meeting)
    assert told(office)[0] == {*TOLD_IN, "picture"}
    money = dict(meeting.competition.prizes.values_list("pk", "amount_cents"))
    meeting.competition.prizes.update(amount_cents=0)                   # a call without money has no such picture
    assert not [*budget_picture(office, meeting.competition)]
    for pk, cents in money.items():
        meeting.competition.prizes.filter(pk=pk).update(amount_cents=cents)
    assert told(free.person)[0] >= {"meeting_list", "wall_show", "picture"}
    hidden, starts = told(member.person)
    assert hidden == set()
    assert starts
    for other in meeting.items.filter(result=""):
        decide(other, "not_awarded")
    services.close_meeting(Meeting.objects.get(), by=None)
    assert told(member.person) == (set(), starts)

    monkeypatch.setattr(embargo.answer_announced, "registered", [lambda entry: True])
    assert told(member.person) == told(office)


def test_the_page_of_a_closed_meeting_says_whether_its_results_are_announced(monkeypatch):
    meeting = make_meeting(entries=1)
    decide(meeting.items.get(), "not_awarded")
    services.close_meeting(Meeting.objects.get(), by=None)

    def page():
        return signed_in(Member.objects.first().person).get(url("mine_show", meeting)).content.decode()

    assert "bleiben bis zur Bekanntgabe vertraulich" in page()
    monkeypatch.setattr(embargo.answer_announced, "registered", [lambda entry: True])
    assert "vertraulich" not in page()
    assert "Die Ergebnisse sind bekannt gegeben." in page()


def test_a_dossier_without_opinions_prints_the_entries_that_the_reader_may_read():
    from io import BytesIO

    from pypdf import PdfReader

    from lorbeer.call.models import AwardGroup
    from lorbeer.intake.tests.factories import make_call, make_submission

    competition = make_call(screening={"options": [], "seats": 0}, jury={"modes": ["consensus"], "quorum": 0.5})
    group = AwardGroup.objects.filter(competition=competition).first()
    for title in ("Brunnen", "Garten"):
        entry = make_submission(competition, answers={"title": title, "contact_email": "geheim@example.org"}).entry
        type(entry).objects.filter(pk=entry.pk).update(state="admitted", group=group, title=title)
    member = make_member(competition)
    meeting = services.plan_meeting(competition, held_on=clock.today(), by=None)
    declare(meeting, member)
    closed = meeting.items.get(entry__title="Garten")
    Bias.objects.create(entry=closed.entry, person=member.person, kind=Bias.Kind.DECLARED, reason="x")
    client = signed_in(member.person)

    assert url("dossier_pdf", meeting) in client.get(url("dossier_show", meeting)).content.decode()
    answer = client.get(url("dossier_pdf", meeting))

    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).split())
    assert "Brunnen" in text
    assert "Wir graben gemeinsam um." in text
    assert "Garten" not in text
    assert "geheim@example.org" not in text                             # contact data is nothing to judge by
    assert member.person.name in text


def test_the_desk_offers_to_close_the_meeting_only_when_nothing_else_is_missing():
    meeting = make_meeting(entries=1)
    decide(meeting.items.get())
    client = signed_in(office_of(meeting))
    assert "Über alles ist entschieden. Sie können die Sitzung schließen." in client.get(url("desk_show", meeting)).text
    make_entry(meeting.competition)                                     # proposed, and not on the agenda yet
    page = client.get(url("desk_show", meeting)).text
    assert "Bevor die Sitzung geschlossen werden kann" in page
    assert "Sie können die Sitzung schließen." not in page
    assert "Was vor dem Schließen der Sitzung noch fehlt, steht oben." in page


def test_a_jury_that_only_ranks_is_offered_no_decision_on_one_item():
    meeting = make_meeting(make_jury_competition(jury={"modes": ["ranking"], "quorum": 0.5}), entries=1)
    item = meeting.items.get()
    client = signed_in(office_of(meeting))
    services.call_item(item, by=None)

    page = client.get(url("desk_show", meeting)).content.decode()
    assert "Entscheidung festhalten" not in page
    assert page.count(f'href="{url("ranking_show", meeting, item.group.code)}"') == 2    # on the table and at the group
    assert client.post(url("item_decide", meeting, item.position), {"result": "deferred"}).status_code in (400, 403, 409)

    opened = client.post(url("poll_open", meeting, item.group.code), {"mode": "ranking"}, follow=True).text
    assert "Rangfolge; die Preise der Gruppe" in opened
    assert "Abgegeben: 0 von 3 Stimmzetteln" in opened
    for member in Member.objects.all():
        services.cast_ranking(meeting, item.group, member, [item], by=None)
    assert "Wahlgang schließen" in client.get(url("ranking_show", meeting, item.group.code)).text
    assert client.post(url("ranking_show", meeting, item.group.code), {"ballot": "1"}).status_code == 400    # before it is closed
    client.post(url("poll_close", meeting, item.group.code), {"ballot": "1"})
    page = client.post(url("ranking_show", meeting, item.group.code), {"ballot": "1"}).content.decode()
    assert not Item.objects.exclude(result="").exists()                 # it asks first
    done = client.post(url("ranking_show", meeting, item.group.code), hidden(page), follow=True).content.decode()
    assert "Über 1 Punkt ist nach dem Wahlgang entschieden. 1 Preis ist vergeben." in done


@pytest.mark.parametrize(("modes", "told"), [(["open", "ranking"], False), (["consensus", "open"], True)])
def test_only_a_jury_that_decides_by_consensus_is_told_what_to_do_in_a_consensus(modes, told):
    meeting = make_meeting(make_jury_competition(jury={"modes": modes, "quorum": 0.5}))
    services.call_item(meeting.items.first(), by=None)
    desk = signed_in(office_of(meeting)).get(url("desk_show", meeting)).content.decode()
    declare(meeting, Member.objects.first())
    mine = signed_in(Member.objects.first().person).get(url("mine_show", meeting)).content.decode()

    assert ["wenn alle zustimmen (Konsens)" in desk, "Bei einem Konsens ist hier nichts zu tun." in mine] == [told, told]
    assert "wenn auf den Bildschirmen abgestimmt wird" in desk
    assert "Stimmen Sie erst ab, wenn der Vorsitz dazu aufruft." in mine


def hidden(page):
    """What a page carries along unseen."""
    form = page.split("</h1>")[1]
    fields = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', form)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def test_the_desk_shows_who_gets_how_much_by_a_ranking_and_decides_nothing_else():
    meeting = make_meeting(make_jury_competition(cap_cents=5_000_000), entries=3, members=2)
    a, b, c = meeting.items.order_by("position")
    client, address = signed_in(office_of(meeting)), url("ranking_show", meeting, "main")
    poll = services.open_poll(meeting, a.group, by=None)
    for member in Member.objects.all():
        services.cast_ranking(meeting, a.group, member, [c, a, b], by=None)
    services.close_poll(poll, by=None)

    asked = client.post(address, {"ballot": "1"}).content.decode()
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in asked.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]]
    assert [(item.entry.applicant in row, "25.000" in row, "kein Preis" in row) for item, row in zip((c, a, b), rows, strict=True)] == [
        (True, True, False), (True, True, False), (True, False, True)]
    assert not Item.objects.exclude(result="").exists()

    purse = meeting.competition.purses.get()
    Purse.objects.filter(pk=purse.pk).update(cap_cents=2_500_000)       # meanwhile there is less money
    refused = client.post(address, hidden(asked))
    assert refused.status_code == 400
    assert "nichts entschieden" in refused.content.decode()
    assert 'name="shown"' not in refused.content.decode()
    assert not Item.objects.exclude(result="").exists()

    client.post(address, hidden(client.post(address, {"ballot": "1"}).content.decode()))
    assert list(Item.objects.order_by("position").values_list("result", flat=True)) == ["not_awarded", "not_awarded", "awarded"]


def test_the_log_keeps_who_tried_which_order_among_the_tied_before_deciding():
    meeting = make_meeting(make_jury_competition(cap_cents=2_500_000), entries=2, members=2)
    a, b = meeting.items.order_by("position")
    office = office_of(meeting)
    client, address = signed_in(office), url("ranking_show", meeting, "main")
    poll = services.open_poll(meeting, a.group, by=None)
    for member, order in zip(Member.objects.all(), ([a, b], [b, a]), strict=True):
        services.cast_ranking(meeting, a.group, member, order, by=None)
    services.close_poll(poll, by=None)

    for order in ("", "2, 1", "1, 2"):
        client.post(address, {"ballot": "1", "tie_order": order, "tie_reason": "Losgeheimnis"})

    looks = LogEvent.objects.filter(verb="jury.poll_preview").order_by("pk")
    assert [(one.actor, one.detail["group"], one.detail["broken"], one.detail["refused"]) for one in looks] == [
        (office.code, "main", [], True), (office.code, "main", [2, 1], False), (office.code, "main", [1, 2], False)]
    assert "Losgeheimnis" not in str([one.detail for one in looks])     # the log never forgets
    assert not Item.objects.exclude(result="").exists()
    assert [str(fault) for fault in log.attested("jury")] == []


def test_the_desk_shows_who_is_ahead_only_when_the_ballot_is_closed():
    meeting = make_meeting(entries=2, members=2)
    a, b = meeting.items.order_by("position")
    client, address = signed_in(office_of(meeting)), url("ranking_show", meeting, "main")
    one, two = Member.objects.all()
    poll = services.open_poll(meeting, a.group, by=None)
    services.cast_ranking(meeting, a.group, one, [b, a], by=None)

    def told():
        page = client.get(address).text.split("<main")[1]
        return [word in page for word in (a.entry.title, b.entry.title, one.person.name, two.person.name)]

    assert "Abgegeben: 1 von 2 Stimmzetteln" in client.get(address).text
    assert told() == [False, False, False, True]                        # of whoever is missing it names no more than that
    assert f"Es fehlen: {two}." in client.get(address).text
    refused = client.post(address, {"ballot": "1"})
    assert (refused.status_code, a.entry.title in refused.content.decode().split("<main")[1]) == (400, False)

    services.cast_ranking(meeting, a.group, two, [b, a], by=None)
    assert told() == [False] * 4                                        # all are in, and can change still
    services.close_poll(poll, by=None)
    assert told() == [True, True, False, False]
    client.post(url("poll_give_up", meeting, "main"), {"ballot": "1", "motion": "Antrag: neu"})
    assert "Antrag: neu" in client.get(address).text


def test_a_jury_that_only_ranks_says_how_much_goes_to_an_entry_that_names_no_amount():
    meeting = make_meeting(make_jury_competition(jury={"modes": ["ranking"], "quorum": 0.5}), entries=2, members=1)
    Prize.objects.filter(code="main").update(amount_cents=500_000, up_to=True)
    a, b = meeting.items.order_by("position")
    Entry.objects.filter(pk=a.entry_id).update(amount_cents=300_000)
    client, address = signed_in(office_of(meeting)), url("ranking_show", meeting, "main")
    poll = services.open_poll(meeting, a.group, by=None)
    services.cast_ranking(meeting, a.group, Member.objects.get(), [b, a], by=None)
    services.close_poll(poll, by=None)

    refused = client.post(address, {"ballot": "1"})
    page = refused.content.decode()
    assert (refused.status_code, "amount:" in page) == (400, False)
    assert f"Punkt {b.position} ({b.entry.applicant}" in page
    amount = f"amount_{b.position}"
    assert (f'name="{amount}"' in page, f'name="amount_{a.position}"' in page) == (True, False)
    above = client.post(address, {"ballot": "1", amount: "5000,01"})
    assert (above.status_code, "Dieser Preis beträgt höchstens" in above.content.decode()) == (400, True)

    client.post(address, hidden(client.post(address, {"ballot": "1", amount: "2.000,00"}).content.decode()))
    assert list(meeting.items.order_by("position").values_list("result", "amount_cents")) == [("awarded", 300_000), ("awarded", 200_000)]


def test_an_award_names_its_prize():
    meeting = make_meeting(entries=1)
    client = signed_in(office_of(meeting))
    client.post(url("item_call", meeting, 1))
    desk = client.get(url("desk_show", meeting)).content.decode()
    assert 'value="main" selected' in desk
    assert re.search(r">Preis *</label>", desk)                         # and is not said to be optional
    page = client.post(url("item_decide", meeting, 1), {"mode": "consensus", "result": "awarded", "prize": ""})
    assert (page.status_code, Item.objects.get().result) == (400, "")
    assert "Eine Prämierung nennt ihren Preis" in page.content.decode()


def test_a_closed_meeting_is_not_closed_again():
    meeting = make_closed_meeting(entries=1)
    asked = signed_in(office_of(meeting)).get(url("meeting_close", meeting), follow=True)
    assert asked.redirect_chain[-1][0] == url("desk_show", meeting)
    assert "Die Sitzung ist geschlossen" in asked.content.decode()


def test_a_decision_taken_up_again_stays_in_the_minutes_with_its_motion():
    meeting = make_meeting(entries=1)
    decide(meeting.items.get())
    services.reopen(meeting.items.get(), "Die Summe war falsch notiert.", by=None)
    page = signed_in(office_of(meeting)).get(url("minutes_show", meeting)).content.decode()
    assert "Die Summe war falsch notiert." in page
    assert "25.000" in page
    assert "wieder aufgenommen, noch nicht entschieden" in page
    assert str(rules.can_close(meeting).reason) == "1 Punkt der Tagesordnung ist noch nicht entschieden."

    decide(meeting.items.get(), "not_awarded")
    services.reopen(meeting.items.get(), "Doch ein Preis.", by=None)
    assert minutes.item_notes(meeting.items.get())[-1] == "Zuvor entschieden: nicht prämiert (Konsens: einstimmig)."


biased_database = databases.scene("biased", biased_scene)


@pytest.fixture
def biased(biased_database, db):
    """(meeting, member, item) of `biased_scene`; whatever the test does is undone."""
    with databases.seen(biased_database) as made:
        yield made


@pytest.mark.parametrize("name", [*PAGES, "dossier_pdf"])
def test_a_biased_member_finds_no_trace_of_the_item_on_any_page(name, biased):
    meeting, member, item = biased
    Member.objects.filter(kind="chair").update(kind="member")
    Member.objects.filter(pk=member.pk).update(kind="chair")  # even the chair's desk keeps silent
    response = signed_in(member.person).get(url(name, meeting))
    text = response.content.decode(errors="replace")

    assert response.status_code == 200
    if name != "desk_show":  # the agenda of the desk names the item, no more
        assert "Geheimer Titel" not in text
    assert f"Beschreibung von {item.entry.title}" not in text
    assert "verwandt" not in text
    free = Member.objects.exclude(pk=member.pk).filter(kind="member").first()
    if name in ("mine_show", "mine_table", "wall_show", "wall_now", "dossier_show"):
        assert "Geheimer Titel" in signed_in(free.person).get(url(name, meeting)).content.decode()


def test_a_biased_member_cannot_vote_rank_or_lead_the_item(biased):
    meeting, member, item = biased
    client = signed_in(member.person)
    client.post(url("ballot_cast", meeting, item.position), {"choice": "no"})
    assert Ballot.objects.count() == 0
    group = item.group
    page = client.get(url("ranking_cast", meeting, group.code))
    assert "Geheimer Titel" not in page.content.decode()
    Member.objects.filter(kind="chair").update(kind="member")
    Member.objects.filter(pk=member.pk).update(kind="chair")
    assert (
        client.post(url("item_decide", meeting, item.position), {"mode": "consensus", "result": "awarded"}).status_code == 403
    )
    assert client.get(url("ranking_show", meeting, group.code)).status_code == 403
    assert client.post(url("item_reopen", meeting, item.position), {"motion": "x"}).status_code == 403


def test_the_dossier_opens_after_the_declaration_and_without_what_was_declared():
    meeting = make_meeting()
    meeting.declarations.all().delete()
    release_opinions(meeting)
    member = Member.objects.filter(kind="member").first()
    client = signed_in(member.person)
    entry = meeting.items.get(position=1).entry
    assert client.get(url("dossier_show", meeting)).url == url("bias_declare", meeting)
    assert client.get(url("dossier_pdf", meeting)).status_code == 403
    assert client.get(url("mine_show", meeting)).url == url("bias_declare", meeting)

    unconfirmed = client.post(url("bias_declare", meeting), {})
    assert unconfirmed.status_code == 400
    unreasoned = client.post(url("bias_declare", meeting), {"confirm": "on", f"biased_{entry.code}": "on"})
    assert unreasoned.status_code == 400
    assert not Bias.objects.exists()
    client.post(
        url("bias_declare", meeting), {"confirm": "on", f"biased_{entry.code}": "on", f"reason_{entry.code}": "Mein Amt"}
    )

    text = client.get(url("dossier_show", meeting)).content.decode()
    assert entry.title not in text
    assert meeting.items.get(position=2).entry.title in text
    assert client.get(url("dossier_pdf", meeting)).content.startswith(b"%PDF")


def test_a_biased_member_reads_the_minutes_without_the_item(biased):
    meeting, member, item = biased
    services.decide(item, "awarded", no=1, dissent="Vertrauliches Wort", by=None)
    for other in meeting.items.filter(result=""):
        decide(other)
    meeting = services.close_meeting(meeting, by=None)
    free = Member.objects.exclude(pk=member.pk).filter(kind="member").first()

    biased_text = signed_in(member.person).get(url("minutes_show", meeting)).content.decode()
    assert "Vertrauliches Wort" not in biased_text
    assert "Vertrauliches Wort" in signed_in(free.person).get(url("minutes_show", meeting)).content.decode()
    from lorbeer.shared.files import address_of

    assert signed_in(member.person).get(address_of(meeting.minutes)).status_code == 403
    assert signed_in(free.person).get(address_of(meeting.minutes)).status_code == 200

    make_role(meeting.competition, Role.Kind.OFFICE, person=member.person)      # the office’s page leaves the item out, too
    client = signed_in(member.person)
    assert "Vertrauliches Wort" not in client.get(url("minutes_show", meeting)).text
    assert client.get(address_of(meeting.minutes)).status_code == 403
    assert address_of(meeting.minutes) not in client.get(url("desk_show", meeting)).text


def test_an_item_that_is_added_later_is_asked_for_alone():
    meeting = make_meeting()
    member, office = Member.objects.first(), signed_in(office_of(meeting))
    client = signed_in(member.person)
    assert client.get(url("mine_show", meeting)).status_code == 200
    assert "Alle haben sich erklärt." in office.get(url("bias_list", meeting)).content.decode()
    old, item = meeting.items.first(), services.add_item(meeting, make_entry(meeting.competition), by=None)
    assert "3 Mitglieder haben sich noch nicht erklärt." in office.get(url("bias_list", meeting)).content.decode()
    services.call_item(item, by=None)
    assert "Ohne Stimme, bis sie sich" in office.get(url("desk_show", meeting)).content.decode()
    assert client.get(url("mine_show", meeting)).url == url("bias_declare", meeting)
    page = client.get(url("bias_declare", meeting)).content.decode()
    assert item.entry.code in page
    assert old.entry.code not in page
    unseen = services.add_item(meeting, make_entry(meeting.competition), by=None)   # while the page was being read
    page = client.post(url("bias_declare", meeting), {"confirm": "on", "up_to": item.batch}, follow=True).text
    assert ("Inzwischen ist die Tagesordnung gewachsen" in page, "Dossier ist offen" in page) == (True, False)
    assert item.entry.code not in page
    assert unseen.entry.code in page
    client.post(url("bias_declare", meeting), {"confirm": "on", "up_to": unseen.batch})
    assert client.get(url("mine_show", meeting)).status_code == 200


def test_where_the_jury_decides_on_proposals_alone_nothing_else_is_offered_to_call_up():
    meeting = make_meeting(entries=1)
    make_entry(meeting.competition, proposed=False)
    office = signed_in(office_of(meeting))
    assert "Einen weiteren Beitrag aufrufen" in office.get(url("desk_show", meeting)).text
    meeting.competition.jury |= {"proposals_only": True}
    meeting.competition.save()
    page = office.get(url("desk_show", meeting)).text
    assert "Einen weiteren Beitrag aufrufen" not in page
    assert url("item_add", meeting) not in page


def test_what_a_page_says_names_no_field():
    meeting = make_meeting()
    item, member = meeting.items.first(), Member.objects.first()
    services.call_item(item, by=None)
    page = signed_in(member.person).post(url("ballot_cast", meeting, item.position), {"choice": "perhaps"}, follow=True).content.decode()
    assert "Bitte stimmen Sie" in page
    assert "choice:" not in page


def test_after_the_meeting_nobody_declares_a_bias_for_it():
    meeting = make_closed_meeting(entries=2)
    meeting.declarations.all().delete()
    chair = meeting.competition.jury_members.get(kind="chair")
    entry = meeting.items.first().entry
    client = signed_in(chair.person)
    in_file = reverse("entries:bias_declare", args=[meeting.competition.code, entry.code])

    page = client.get(url("bias_declare", meeting)).content.decode()
    assert "Die Sitzung ist geschlossen" in page
    assert "<form method=\"post\">" not in page
    answer = client.post(url("bias_declare", meeting), {f"biased_{entry.code}": "on", f"reason_{entry.code}": "x", "confirm": "on"})
    assert "Die Sitzung ist geschlossen" in answer.content.decode()
    assert client.post(in_file, {"reason": "Zu spät"}).status_code == 403
    assert not Bias.objects.exists()
    assert not meeting.declarations.exists()


# --- the wall ---------------------------------------------------------------------------------------------------------


def test_the_wall_tells_presence_until_the_meeting_is_closed():
    meeting = make_meeting()
    client = signed_in(office_of(meeting))
    assert "anwesend" in client.get(url("wall_show", meeting)).content.decode()

    for item in meeting.items.all():
        decide(item, "not_awarded")
    services.close_meeting(meeting, by=None)

    page = client.get(url("wall_show", meeting)).content.decode()
    assert "Die Sitzung ist geschlossen." in page
    assert "anwesend" not in page
    assert "beschlussfähig" not in page


def test_the_wall_shows_nothing_private():
    meeting = make_meeting(members=3)
    item = meeting.items.get(position=1)
    biased = Member.objects.last()
    Bias.objects.create(entry=item.entry, person=biased.person, kind=Bias.Kind.DECLARED, reason="Geheimer Grund")
    for entry in (item.entry,):
        ExpertOpinion.objects.create(
            proposal=entry.proposals.get(), state="released", description="Geheime Beschreibung", reasons="Geheime Gründe"
        )
    services.call_item(item, by=None)
    voters = [member for member in Member.objects.all() if member != biased]
    services.cast_ballot(item, voters[0], "no", by=None)
    client = signed_in(office_of(meeting))
    text = client.get(url("wall_show", meeting)).content.decode()

    assert item.entry.title in text
    assert biased.person.name in text  # who has left the room is seen by everybody in it
    assert all(member.person.name not in text for member in voters)  # but not who votes
    assert "Geheim" not in text

    services.cast_ballot(item, voters[1], "yes", by=None)
    services.decide(item, mode="open", dissent="Geheimer Einwand", by=None)
    assert "Geheim" not in client.get(url("wall_show", meeting)).content.decode()


@pytest.mark.parametrize("name", ["wall_now", "mine_table", "desk_votes"])
def test_a_view_that_is_up_to_date_gets_304_and_any_change_a_new_one(name):
    meeting = make_meeting()
    chair = Member.objects.get(kind="chair")
    declare(meeting, chair)
    client = signed_in(chair.person)
    first = client.get(url(name, meeting))
    etag = first["ETag"]
    again = client.get(url(name, meeting), HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert re.search(r"If-None-Match", first.content.decode())

    services.call_item(meeting.items.get(position=1), by=None)
    changed = client.get(url(name, meeting), HTTP_IF_NONE_MATCH=etag)
    assert changed.status_code == 200
    Bias.objects.create(entry=meeting.items.get(position=1).entry, person=chair.person, kind=Bias.Kind.OFFICE, reason="x")
    closed = client.get(url(name, meeting), HTTP_IF_NONE_MATCH=changed["ETag"])
    assert closed.status_code == 200  # a bias noted elsewhere shows at once


# --- money and lists --------------------------------------------------------------------------------------------------


def test_the_simulator_compares_distributions_and_says_what_each_leaves():
    competition = make_jury_competition(cap_cents=50_000_000)
    meeting = make_meeting(competition)
    text = (
        signed_in(office_of(meeting))
        .get(url("simulator_show", meeting), {"a_main": 17, "a_special": 4, "b_main": 30, "b_special": 0})
        .content.decode()
        .replace("\N{NO-BREAK SPACE}", " ")
    )
    assert "465.000 €" in text  # 17 × 25,000 + 4 × 10,000
    assert "35.000 €" in text  # what A leaves
    assert "250.000 €" in text  # what B lacks


def test_the_simulator_counts_a_prize_up_to_an_amount_by_what_was_applied_for():
    competition = make_jury_competition(cap_cents=5_000_000)
    Prize.objects.filter(code="main").update(amount_cents=500_000, up_to=True)
    for cents in (300_000, 120_000, 900_000, None):
        make_entry(competition, amount_cents=cents)
    meeting = make_meeting(competition, entries=0, members=1)
    item = meeting.items.get(entry__amount_cents=120_000)
    decide(item)                                                        # what is awarded comes first
    prize = [Prize.objects.get(code="main")]

    worth = distributions.worths(meeting, prize)

    assert worth == {"main": [120_000, 500_000, 500_000, 300_000]}      # nobody knows what the fourth asks for
    totals = [distributions.distribution(prize, {"main": count}, 0, worth).total for count in (1, 4, 5)]
    assert totals == [120_000, 1_420_000, 1_920_000]
    page = signed_in(office_of(meeting)).get(url("simulator_show", meeting), {"a_main": 2}).content.decode()
    assert "6.200\N{NO-BREAK SPACE}€" in page
    assert "bis zu 5.000" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_my_page_shows_what_i_have_ranked():
    meeting = make_meeting(entries=2, members=1)
    member = Member.objects.get()
    declare(meeting, member)
    a, b = meeting.items.order_by("position")
    client = signed_in(member.person)
    tag = client.get(url("mine_table", meeting)).headers["ETag"]
    services.open_poll(meeting, a.group, by=None)
    assert "Beiträge ordnen" in client.get(url("mine_table", meeting), headers={"If-None-Match": tag}).text   # without reloading
    assert "abgegeben" not in client.get(url("mine_show", meeting)).content.decode()
    bias = Bias.objects.create(entry=a.entry, person=member.person, kind=Bias.Kind.OFFICE, reason="x")
    services.cast_ranking(meeting, a.group, member, [b], by=member.person)
    bias.delete()                                                       # it was recorded by mistake
    panel = client.get(url("mine_show", meeting)).text.split("Wahlgänge über ganze Gruppen")[1]
    assert "unvollständig: bitte neu ordnen" in panel
    assert "abgegeben" not in panel
    services.cast_ranking(meeting, a.group, member, [b, a], by=member.person)
    panel = client.get(url("mine_show", meeting)).content.decode().split("Wahlgänge über ganze Gruppen")[1]
    assert "abgegeben" in panel
    assert panel.index(b.entry.applicant) < panel.index(a.entry.applicant)
    services.add_item(meeting, make_entry(meeting.competition), by=None)
    services.declare(meeting, member, [], by=member.person)
    panel = client.get(url("mine_show", meeting)).text.split("Wahlgänge über ganze Gruppen")[1]
    assert "unvollständig" not in panel                                 # what comes later is for the next ballot


def test_a_dossier_without_opinions_says_that_the_entries_are_in_the_pdf():
    meeting = make_meeting(entries=1, members=1)
    member = Member.objects.get()
    declare(meeting, member)
    client = signed_in(member.person)
    assert "Die Beiträge selbst stehen im PDF." in client.get(url("dossier_show", meeting)).content.decode()
    release_opinions(meeting)
    assert "Die Beiträge selbst stehen im PDF." not in client.get(url("dossier_show", meeting)).content.decode()


def make_short_and_long():
    """(chair of three items, chair of twelve): some decided, the last one called."""
    chairs = []
    for count in (3, 12):
        meeting = make_meeting(entries=count)
        release_opinions(meeting)
        chair = meeting.competition.jury_members.get(kind="chair")
        declare(meeting, chair)
        for item in list(meeting.items.order_by("position"))[:-1]:
            if item.position % 2:
                decide(item, "not_awarded")
        services.call_item(meeting.items.order_by("-position").first(), by=None)
        chairs.append(chair)
    return chairs


short_and_long_database = databases.scene("short_and_long", make_short_and_long)


@pytest.fixture
def short_and_long(short_and_long_database, db):
    """The chairs of `make_short_and_long`; whatever the test does is undone."""
    with databases.seen(short_and_long_database) as made:
        yield made


@pytest.mark.once
@pytest.mark.parametrize("name", ["desk_show", "wall_now", "mine_table", "dossier_show", "bias_declare", "minutes_show"])
def test_pages_cost_the_same_number_of_queries_with_three_items_as_with_twelve(name, short_and_long):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(chair):
        meeting = Meeting.objects.get(competition=chair.competition)
        client = signed_in(chair.person)
        client.get(url(name, meeting))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name, meeting)).status_code == 200
        return len(queries)

    short, long = short_and_long
    assert cost(short) == cost(long)


def test_a_juror_whose_role_is_taken_has_no_seat():
    meeting = make_meeting(members=3)
    lead = make_role(meeting.competition, Role.Kind.OFFICE_LEAD).person
    chair = meeting.competition.jury_members.get(kind="chair")
    role = chair.person.roles.get()
    take = reverse("people:role_take", args=[meeting.competition.code, chair.person.code, role.kind])

    refused = signed_in(lead).post(take)
    assert refused.status_code == 403
    assert "als anwesend vermerkt" in refused.content.decode()
    assert "als anwesend vermerkt" in signed_in(lead).get(reverse("people:team_list", args=[meeting.competition.code])).text

    services.leave(meeting, chair, by=None)
    assert signed_in(lead).post(take).status_code == 302
    desk = signed_in(lead).get(url("desk_show", meeting))
    room = desk.context["room"]
    assert (len(room.entitled), room.seats) == (2, 3)                   # an empty seat: the quorum does not shrink
    assert "keine Rolle mehr, kein Sitz" in desk.text
    assert reverse("jury:member_arrive", args=[meeting.competition.code, 1, chair.person.code]) not in desk.text
    with pytest.raises(Refused, match="nicht mehr"):
        services.arrive(meeting, chair, by=None)


def test_a_presence_without_the_role_counts_for_nothing():
    """However the role went (a person was erased, an account closed): the seat is filled by nobody."""
    meeting = make_meeting(members=3)
    chair = meeting.competition.jury_members.get(kind="chair")
    chair.person.roles.all().delete()

    assert [member.pk for member in queries.present_members(meeting)] == [
        member.pk for member in queries.members_of(meeting.competition) if member.pk != chair.pk]
    assert not rules.can_run(chair.person, meeting.competition)
    services.leave(meeting, chair, by=None)
    Meeting.objects.update(closed_at=clock.now())
    assert queries.seats(meeting.competition) == 2                      # the next meeting has a seat less, unless a deputy fills it
    make_member(meeting.competition, kind="deputy", deputy_for=chair)
    assert queries.seats(meeting.competition) == 3


# --- minutes ----------------------------------------------------------------------------------------------------------


def test_the_minutes_say_who_decided_what_and_print_the_newest_seal():
    from io import BytesIO

    from pypdf import PdfReader

    from lorbeer.shared.files import read
    from lorbeer.shared.models import LogEvent

    meeting = make_meeting(members=3)
    competition = meeting.competition
    absent = make_member(competition)
    first, second, third = meeting.items.order_by("position")
    biased = Member.objects.filter(kind="member").first()
    Bias.objects.create(entry=first.entry, person=biased.person, kind=Bias.Kind.DECLARED, reason="Grund bleibt geheim")
    decide(first)
    decide(second, "not_awarded", yes=1, dissent="Wäre förderfähig gewesen.")
    decide(third)
    services.reopen(third, "Antrag auf neue Beratung", by=None)
    decide(third, "not_awarded")

    meeting = services.close_meeting(meeting, by=None)

    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(read(meeting.minutes))).pages)
    text = re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{SOFT HYPHEN}", "").replace("-\n", ""))
    for wanted in (
        first.entry.applicant,
        second.entry.applicant,
        third.entry.applicant,
        "25.000 €",
        absent.person.name,
        biased.person.name,
        "Wäre förderfähig gewesen",
        "Antrag auf neue Beratung",
    ):
        assert wanted in text, wanted
    assert "Grund bleibt geheim" not in text
    seal = LogEvent.objects.get(verb="jury.minutes").detail["seal"]
    assert len(seal) == 64
    assert seal in text.replace(" ", "")


def test_the_page_says_which_of_two_numbers_belongs_to_the_minutes_and_which_to_the_log():
    from io import BytesIO

    from pypdf import PdfReader

    from lorbeer.shared.files import read

    meeting = make_closed_meeting()
    page = signed_in(office_of(meeting)).get(url("minutes_show", meeting)).content.decode()
    assert "Prüfsumme des PDF (SHA-256)" in page
    assert "Im PDF selbst steht eine andere Zahl: der neueste Wert der Protokollkette" in page
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(read(meeting.minutes))).pages).split())
    assert "Neuester Wert der Protokollkette" in text


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), DocumentError("kein Satz")])
def test_minutes_whose_making_fails_leave_the_meeting_closed_and_are_written_later(monkeypatch, error):
    meeting = make_meeting(entries=1)
    decide(meeting.items.get(), "not_awarded")
    lead = office_of(meeting, Role.Kind.OFFICE_LEAD)
    client, label = signed_in(lead), "Niederschrift der Jurysitzung schreiben"

    def fails(*_args, **_facts):
        raise error

    monkeypatch.setattr("lorbeer.jury.minutes.render_pdf", fails)
    answer = client.post(url("meeting_close", meeting), follow=True)
    meeting.refresh_from_db()
    assert (answer.status_code, meeting.closed_at is None, meeting.minutes_sha256) == (200, False, "")
    assert "Die Sitzung ist geschlossen, und alle ihre Entscheidungen sind gespeichert" in answer.text
    assert url("minutes_write", meeting) in answer.text
    for person in (lead, Member.objects.get(kind="chair").person):
        assert label in [task.label for task in desk.tasks_for(person, meeting.competition)]
    assert url("minutes_write", meeting) not in signed_in(Member.objects.filter(kind="member").first().person).get(
        url("minutes_show", meeting)).text
    assert "konnte gerade nicht geschrieben werden" in client.post(url("minutes_write", meeting), follow=True).text
    monkeypatch.undo()
    assert "Die Niederschrift ist geschrieben" in client.post(url("minutes_write", meeting), follow=True).text
    meeting.refresh_from_db()
    assert address_of(meeting.minutes) in client.get(url("minutes_show", meeting)).text
    assert label not in [task.label for task in desk.tasks_for(lead, meeting.competition)]
    assert client.post(url("minutes_write", meeting)).status_code == 403
    assert LogEvent.objects.get(verb="jury.minutes").actor == lead.code


def test_minutes_whose_making_was_cut_off_are_written_by_the_worker(monkeypatch):
    meeting = make_meeting(entries=1)
    decide(meeting.items.get(), "not_awarded")
    office = office_of(meeting)
    monkeypatch.setattr("lorbeer.jury.services.closing.make_minutes", lambda meeting, by: meeting)     # as if killed right there
    services.close_meeting(meeting, by=office)
    monkeypatch.undo()
    assert jobs.run_waiting() == 0                                      # a minute is left to whoever closes it
    Job.objects.update(run_at=clock.now())
    jobs.run_waiting()
    meeting.refresh_from_db()
    assert meeting.minutes_sha256
    assert LogEvent.objects.get(verb="jury.minutes").actor == office.code


def test_a_closed_meeting_writes_its_minutes_once():
    from lorbeer.jury.minutes import write_minutes

    meeting = make_closed_meeting()
    assert write_minutes(meeting, by=None).minutes_sha256 == meeting.minutes_sha256


def test_somebody_elses_bias_noted_meanwhile_reaches_the_wall():
    meeting = make_meeting()
    item = meeting.items.get(position=1)
    services.call_item(item, by=None)
    client = signed_in(office_of(meeting))
    etag = client.get(url("wall_now", meeting))["ETag"]
    member = Member.objects.filter(kind="member").first()
    Bias.objects.create(entry=item.entry, person=member.person, kind=Bias.Kind.OFFICE, reason="x")

    answer = client.get(url("wall_now", meeting), HTTP_IF_NONE_MATCH=etag)

    assert answer.status_code == 200
    assert member.person.name in answer.content.decode()


def test_the_office_notes_by_what_a_member_is_kept_away_and_the_room_follows():
    meeting = make_meeting(entries=2)
    member, item, office = Member.objects.last(), meeting.items.first(), office_of(meeting)
    Entry.objects.filter(pk=item.entry_id).update(address_key="12345 musterstrasse5")
    address = reverse("jury:member_grounds", args=[meeting.competition.code, member.person.code])
    client = signed_in(office)
    assert address in client.get(reverse("jury:member_list", args=[meeting.competition.code])).text
    assert signed_in(member.person).get(address).status_code == 403
    refused = client.post(address, {"addresses": "Musterstraße"})
    assert refused.status_code == 400
    assert "keine vollständige Anschrift" in refused.text

    assert client.post(address, {"addresses": "Musterstr. 5, 12345 Musterstadt", "employer": "Verein X"}).status_code == 302

    assert member in queries.room_for(item, meeting).out
    assert "gleiche Straßenanschrift" in client.get(url("bias_list", meeting)).text
    assert "Musterstr. 5" in client.get(address).text
    assert [fault for fault in log.attested("people") if member.person.code in str(fault)] == []


def test_whoever_votes_moves_nobody_in_or_out_of_the_room_by_their_grounds_of_bias_and_nobody_themselves():
    meeting = make_meeting(entries=1)
    entry, (_chair, voter, other) = meeting.items.get().entry, Member.objects.order_by("pk")
    client = signed_in(make_role(meeting.competition, Role.Kind.OFFICE, voter.person).person)
    Role.objects.filter(person=voter.person, kind=Role.Kind.JUROR).update(employer=entry.applicant)

    for member, employer in ((other, entry.applicant), (voter, "")):
        refused = client.post(
            reverse("jury:member_grounds", args=[meeting.competition.code, member.person.code]), {"employer": employer})
        assert refused.status_code == 403
    assert [member.pk for member in queries.room_for(meeting.items.get(), meeting).out] == [voter.pk]


def test_the_line_on_top_of_a_page_of_one_round_tells_of_that_round():
    meeting = make_meeting(entries=1)
    meeting.competition.phases.all().delete()
    now = clock.now()
    for round, kind in ((1, "jury"), (2, "entries")):
        meeting.competition.phases.create(kind=kind, round=round, starts_at=now, ends_at=now + timedelta(days=1))
    client = signed_in(office_of(meeting))
    top = [client.get(address).text.split('class="l-where__phase">')[1].split("<")[0]
           for address in (url("desk_show", meeting), reverse("jury:meeting_list", args=[meeting.competition.code]))]
    assert top == ["Jury", "Bewerbung"]


@pytest.mark.parametrize("cap", [5_000_000, 0])
def test_the_simulator_begins_with_three_ways_that_differ(cap):
    competition = make_jury_competition(cap_cents=cap)
    competition.prizes.exclude(code="main").delete()
    meeting = make_meeting(competition, entries=4)
    page = signed_in(office_of(meeting)).get(url("simulator_show", meeting)).text
    assert len({re.search(rf'name="{way}_main"[^>]*value="(\d+)"', page)[1] for way in "abc"}) == 3


@pytest.mark.once
def test_whoever_is_not_signed_in_is_answered_the_same_on_every_address_of_the_jury(client):
    competition = make_meeting(opened=False).competition
    values = {"competition": competition.code, "round": 1, "position": 1, "number": 1, "person": "NIEMAND-0", "group": "main",
              "code": "NICHTS-0"}

    answers = {one.name: client.get(reverse(f"jury:{one.name}", kwargs={
        name: values[name] for name in ("competition", *one.pattern.converters)})) for one in urls.urlpatterns}

    assert {answer.status_code for answer in answers.values()} == {302}
    assert {answer.url.partition("?")[0] for answer in answers.values()} == {reverse("account_login")}


def test_the_office_plans_a_meeting_for_another_day_at_its_desk_until_it_is_opened():
    meeting = make_meeting(opened=False)
    office, another = signed_in(office_of(meeting)), clock.today() + timedelta(days=9)
    assert "Anderer Tag" in office.get(url("desk_show", meeting)).text

    refused = office.post(url("meeting_move", meeting), {"held_on": str(another.replace(year=another.year - 1))})
    assert (refused.status_code, "Bitte prüfen Sie das Jahr" in refused.text) == (400, True)
    assert office.post(url("meeting_move", meeting), {"held_on": str(another)}).status_code == 302
    meeting.refresh_from_db()
    assert meeting.held_on == another
    juror = signed_in(meeting.competition.jury_members.first().person)
    assert juror.post(url("meeting_move", meeting), {"held_on": str(another)}).status_code == 403

    services.open_meeting(meeting, by=None)
    assert "Anderer Tag" not in office.get(url("desk_show", meeting)).text
    assert office.post(url("meeting_move", meeting), {"held_on": str(another)}).status_code in (403, 409)
    again = office.post(reverse("jury:meeting_plan", args=[meeting.competition.code]), {"round": "9", "held_on": str(another)})
    assert (again.status_code, "keine Runde 9" in again.text.replace("\xa0", " ")) == (400, True)


def test_an_old_page_closes_no_meeting_that_has_gone_on_since():
    meeting = make_meeting(entries=1)
    item = decide(meeting.items.get())
    office = signed_in(office_of(meeting))
    shown = hidden(office.get(url("meeting_close", meeting)).text)
    services.reopen(item, "Antrag", by=None)
    decide(item, "not_awarded")

    for old in (shown, {"shown": "9" * 5000}):
        answer = office.post(url("meeting_close", meeting), old, follow=True)
        meeting.refresh_from_db()
        assert (meeting.closed_at, "weitergegangen" in answer.text) == (None, True)
    office.post(url("meeting_close", meeting), hidden(office.get(url("meeting_close", meeting)).text))
    meeting.refresh_from_db()
    assert meeting.closed_at


@pytest.mark.parametrize(("modes", "offered"), [
    (["consensus", "open", "ranking"], "wie die Stimmen ergeben (offene Abstimmung)"),
    (["secret"], "wie die Stimmen ergeben (geheime Abstimmung)"),
    (["open", "secret"], "wie die Stimmen ergeben (offene Abstimmung, geheime Abstimmung)"),
    (["consensus"], None),
])
def test_only_ways_of_voting_that_the_call_has_are_named_where_the_votes_decide(modes, offered):
    meeting = make_meeting(make_jury_competition(jury={"modes": modes, "quorum": 0.5}), entries=1)
    choices = dict(forms.DecideForm(item=meeting.items.get()).fields["result"].choices)
    assert choices.get(forms.MAJORITY) == offered


def test_of_one_item_the_pages_speak_as_of_several_without_bending_a_word_wrongly():
    meeting = make_meeting(entries=1)
    office, member = signed_in(office_of(meeting)), Member.objects.order_by("pk").last()
    pages = [office.get(url("desk_show", meeting)).text, signed_in(member.person).get(url("mine_show", meeting)).text]
    assert [("Noch zu entscheidende Punkte: 1 von 1." in page, "Punkte, die Ihnen zugänglich sind: 1 von 1." in page, "1 Punkten" in page)
            for page in pages] == [(True, False, False), (False, True, False)]
