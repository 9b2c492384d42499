"""Nothing on any page tells of a vote before all votes on its entry are sealed: tried as everybody, on every address."""

import re
from datetime import timedelta
from pathlib import Path

import polib
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.entries.models import Bias, Contributor
from lorbeer.people.models import Role
from lorbeer.people.services import grant_role, take_role
from lorbeer.screening import queries, rules, services, tasks, urls
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock, desk, files, log
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.models import LogEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_errors")]
VOLATILE = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|(panel|tasks|bar|reason|figure|table|list|matrix)-[0-9a-f]{8}'
    r'|name="seed" value="\d+"|list=[\w:.-]+|saved \d\d:\d\d|gespeichert \d\d:\d\d'
)
KINDS = [*Role.Kind.values, "nobody", "applicant", "stranger", "office_screener"]
SECRET = "GEHEIM"
LISTS = ("assignment_show", "vote_list", "session_list", "opinion_list")
SUFFIXES = ("", "?format=csv", "?sort=-state", "?sort=due")


def house():
    """Two entries: on the first `own` and `other` sit, on the second nobody; and one of everybody else."""
    competition = make.make_competition()
    entry = make.make_entry(competition, projects=1)
    people = {kind: make.make_role(competition, kind) for kind in Role.Kind.values}
    people["applicant"] = make.make_person()
    Contributor.objects.create(entry=entry, person=people["applicant"], is_contact=True)
    people["stranger"] = make.make_person()
    Role.objects.create(competition=make.make_competition(), person=people["stranger"], kind=Role.Kind.OFFICE_LEAD)
    people["office_screener"] = make.make_role(competition, Role.Kind.OFFICE)
    make.make_role(competition, Role.Kind.SCREENER, people["office_screener"])
    people["own"] = make.make_role(competition)
    people["other"] = make.make_role(competition, person=make.make_person("O. Anders"))
    return competition, entry, people


def addresses(competition, entry, votes=(), session=None, run=None):
    """Every address of the app, with objects of this competition."""
    parts = {
        "competition": competition.code, "code": entry.code, "group": "towns", "project": 0,
        "vote": votes[0].code if votes else "AAAAAA-A", "person": "AAAAAA-A", "pair": "AAAAAA-A",
        "session": session.code if session else "AAAAAA-A", "run": run.code if run else "AAAAAA-A",
    }
    for pattern in urls.urlpatterns:
        names = pattern.pattern.converters
        yield pattern.name, reverse(
            f"screening:{pattern.name}", kwargs={"competition": competition.code} | {name: parts[name] for name in names}
        )


def client_of(person):
    client = Client(headers={"accept-language": "de"})
    if person is not None:
        client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def seen_by(person, competition, entry):
    """What all pages, their downloads and the desk show, without what changes from call to call."""
    client = client_of(person)
    seen = {}
    for name, url in addresses(competition, entry):
        for suffix in SUFFIXES if name in LISTS else ("",):
            answer = client.get(url + suffix)
            seen[name, suffix] = (answer.status_code, VOLATILE.sub("", answer.content.decode(errors="replace")))
            if answer.status_code != 200:                       # who is refused the list has nothing to sort or to download
                break
    seen["tasks"] = [(task.label, task.count, task.due_at, task.url) for task in desk.tasks_for(person, competition)
                     if "/screening/" in task.url]
    seen["pictures"] = [VOLATILE.sub("", picture.html) for picture in tasks.pictures_for(person, competition)]
    seen["votes"] = sorted(rules.votes_readable_by(person, competition).values_list("code", flat=True))
    seen["log"] = [
        event.subject for event in queries.log_without_sealed(
            LogEvent.objects.filter(scope=competition.code, verb__startswith="vote."), person, competition)
    ]
    return seen


STEPS = ("assigned", "opened", "written", "sealed")


def other_does(entry, person):
    """Bring the other vote on step by step: yields the name of each."""
    vote = make.make_vote(entry, person, seat=2, due_on=clock.today())
    yield "assigned"
    services.open_vote(vote, person)
    yield "opened"
    services.save_sheet(vote, **make.full_sheet(entry.competition), by=person)
    services.save_sheet(vote, reason=SECRET, by=person)
    yield "written"
    services.seal_vote(vote, person)
    yield "sealed"


@pytest.mark.once
@pytest.mark.parametrize("viewer", ["own", "office_screener"])
def test_no_page_of_a_screener_depends_on_the_other_vote_while_their_own_is_open(viewer):
    competition, entry, people = house()
    make.make_vote(entry, people[viewer], seat=1, due_on=clock.today())
    before = seen_by(people[viewer], competition, entry)

    for step in other_does(entry, people["other"]):
        assert seen_by(people[viewer], competition, entry) == before, step


@pytest.mark.once
@pytest.mark.parametrize("viewer", ["own", "office_screener"])
def test_nor_after_their_own_is_sealed_until_the_other_is_too(viewer):
    competition, entry, people = house()
    make.seal(make.make_vote(entry, people[viewer], seat=1))
    before = seen_by(people[viewer], competition, entry)

    for step in other_does(entry, people["other"]):
        same = seen_by(people[viewer], competition, entry) == before
        assert same is (step != "sealed"), step


@pytest.mark.once
@pytest.mark.parametrize("viewer", ["office", "office_lead"])
def test_the_office_sees_how_many_are_sealed_but_never_a_word_nor_which(viewer):
    competition, entry, people = house()
    second = make.make_entry(competition)
    for one in (entry, second):
        make.make_vote(one, people["other"], seat=1)
    before = {}
    for first in (entry, second):
        # Whichever of the two is sealed, the office sees the same.
        vote = Vote.objects.get(entry=first, screener=people["other"])
        if first is entry:
            point = transaction.savepoint()
            make.seal(vote, reason=SECRET)
            before = seen_by(people[viewer], competition, entry)
            transaction.savepoint_rollback(point)
        else:
            make.seal(vote, reason=SECRET)
    after = seen_by(people[viewer], competition, entry)
    before.pop("log"), after.pop("log")

    assert after == before
    assert SECRET not in str(after)
    assert {"1 of 2", "1 von 2"} & set(re.findall(r"1 (?:of|von) 2", after["assignment_show", ""][1]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mine", [None, "open", "sealed"])
@pytest.mark.parametrize("theirs", ["open", "sealed"])
def test_rule_and_queryset_of_votes_agree_for_everybody(kind, mine, theirs):
    competition, entry, people = house()
    person = people.get(kind) or make.make_person()
    other = make.make_vote(entry, people["other"], seat=2)
    if theirs == "sealed":
        make.seal(other)
    if mine:
        Role.objects.get_or_create(competition=competition, person=person, kind=Role.Kind.SCREENER)
        if entry.contributors.filter(person=person).exists():
            entry.contributors.all().delete()
        own = make.make_vote(entry, person, seat=1)
        if mine == "sealed":
            make.seal(own)
    votes = Vote.objects.select_related("entry__competition")

    readable = {vote for vote in votes if rules.can_read_vote(person, vote)}

    assert set(rules.votes_readable_by(person, competition)) == readable
    expected = set(votes.filter(screener=person)) | ({votes.get(pk=other.pk)} if (mine, theirs) == ("sealed", "sealed") else set())
    assert readable == expected


def test_a_pair_that_is_open_is_read_by_its_screeners_office_and_auditor_and_by_nobody_biased():
    competition, entry, people = house()
    votes = [make.seal(make.make_vote(entry, people[name])) for name in ("own", "other")]
    for kind, reads in (("own", True), ("other", True), ("office", True), ("office_lead", True), ("auditor", True),
                        ("screener", False), ("sponsor", False), ("juror", False), ("editor", False), ("applicant", False)):
        for vote in Vote.objects.filter(pk__in=[one.pk for one in votes]):
            assert bool(rules.can_read_vote(people[kind], vote)) is reads, kind
    Bias.objects.create(entry=entry, person=people["office"], kind=Bias.Kind.OFFICE, reason="x")

    assert not rules.votes_readable_by(people["office"], competition).exists()
    assert not rules.can_read_vote(people["office"], Vote.objects.get(pk=votes[0].pk))


def test_those_present_read_what_is_on_the_agenda_once_the_session_is_open():
    competition, entry, people = house()
    for name in ("own", "other"):
        make.seal(make.make_vote(entry, people[name]))
    session = make.make_session(competition, people["office"], opened=False)
    item = session.items.get()
    assert not rules.can_see_item(people["screener"], item)
    assert not rules.items_readable_by(people["screener"], session).exists()

    session = services.open_session(session, people["office"], present=[people["screener"], people["own"]])
    item.refresh_from_db()

    assert rules.can_see_item(people["screener"], session.items.get())
    assert rules.items_readable_by(people["screener"], session).count() == 1
    assert rules.votes_readable_by(people["screener"], competition).count() == 2
    assert not rules.items_readable_by(people["juror"], session).exists()
    Bias.objects.create(entry=entry, person=people["screener"], kind=Bias.Kind.DECLARED, reason="x")
    assert not rules.can_see_item(people["screener"], session.items.get())
    assert not rules.items_readable_by(people["screener"], session).exists()


@pytest.mark.parametrize(("viewer", "opens"), [
    ("own", True), ("present", True), ("invited later", False), ("office", True), ("auditor", True), ("biased", False)])
def test_the_minutes_open_for_those_alone_who_see_every_item(viewer, opens):
    competition, entry, people = house()
    for name in ("own", "other"):
        make.seal(make.make_vote(entry, people[name]))
    people |= {"present": make.make_role(competition), "biased": make.make_role(competition)}
    session = make.make_session(competition, people["office"], opened=False)
    session = services.open_session(session, people["office"], present=[people["present"], people["biased"]])
    Bias.objects.create(entry=entry, person=people["biased"], kind=Bias.Kind.DECLARED, reason="x")
    session.minutes = files.store(
        b"%PDF-1.7", name="minutes.pdf", stored_by=None, scope=competition.code, subject=f"session:{session.code}")
    session.closed_at = clock.now()
    session.save(update_fields=["minutes", "closed_at"])
    person = make.make_role(competition) if viewer == "invited later" else people[viewer]

    client = client_of(person)
    page = client.get(reverse("screening:session_show", args=[competition.code, session.code])).text

    assert client.get(files.address_of(session.minutes)).status_code == (200 if opens else 403)
    assert (files.address_of(session.minutes) in page) is opens
    assert (rules.items_readable_by(person, session).count() == 1) is opens


@pytest.mark.once
def test_nobody_reaches_anything_of_another_competition():
    competition, entry, people = house()
    vote = make.make_vote(entry, people["own"])
    elsewhere = make.make_competition()
    for kind in KINDS:
        person = people.get(kind)
        if person:
            for role in (Role.Kind.OFFICE_LEAD, Role.Kind.SCREENER, Role.Kind.AUDITOR):
                Role.objects.create(competition=elsewhere, person=person, kind=role)
        client = client_of(person)

        for name, url in addresses(elsewhere, entry, [vote]):
            if entry.code in url or vote.code in url:
                for answer in (client.get(url), client.post(url)):
                    assert answer.status_code in ((302,) if person is None else (404, 405)), (kind, name)


@pytest.mark.once
def test_outsiders_change_nothing_by_any_address():
    competition, entry, people = house()
    vote = make.make_vote(entry, people["own"], due_on=clock.today())
    make.make_screened(competition)
    session = make.make_session(competition, people["office"], opened=False)
    run = None
    before = list(Vote.objects.values()), list(session.items.values())

    for kind in ("sponsor", "editor", "juror", "applicant", "stranger", "auditor"):
        client = client_of(people[kind])
        for name, url in addresses(competition, entry, [vote], session, run):
            answer = client.post(url, {"option": "suitable", "outcome": "propose", "reason": "x"})
            assert answer.status_code in (302, 403, 404, 405), (kind, name)

    assert before == (list(Vote.objects.values()), list(session.items.values()))


def test_biased_screeners_find_their_entry_closed():
    competition, entry, people = house()
    vote = make.make_vote(entry, people["own"])
    Role.objects.filter(person=people["own"]).update(land_code="NW")
    client = client_of(people["own"])

    assert client.get(reverse("screening:vote_write", args=[competition.code, entry.code])).status_code == 403
    assert client.post(reverse("screening:vote_open", args=[competition.code, entry.code])).status_code == 403
    vote.refresh_from_db()
    assert vote.opened_at is None


TO_SEAT = {"untouched": lambda vote: vote, "opened": lambda vote: services.open_vote(vote, vote.screener), "written": make.fill,
           "sealed": make.seal}


def answers_about(competition, people, votes):
    """For each vote what the office gets and leaves behind when it moves the place or takes it back: the names of the seats apart."""
    found = {}
    for state, vote in votes.items():
        for name, posted in (("vote_reassign", {"to": people["screener"].pk, "reason": "krank"}), ("vote_withdraw", {"reason": "krank"})):
            point, events, client = transaction.savepoint(), LogEvent.objects.count(), client_of(people["office_lead"])
            shown = client.get(url := reverse(f"screening:{name}", args=[competition.code, vote.code]))
            with CaptureQueriesContext(connection) as captured:
                answer = client.post(url, posted)
            lines = [(event.verb, event.actor, sorted(event.detail)) for event in LogEvent.objects.order_by("pk")[events:]]
            text = VOLATILE.sub("", shown.content.decode() + answer.content.decode()).replace(vote.code, "").replace(vote.entry.code, "")
            there = sorted(Vote.objects.values_list("code", "screener__code"))
            found.setdefault(name, {})[state] = (
                answer.status_code, answer.get("Location", ""), text.replace(vote.entry.title, ""), len(captured), lines, there)
            transaction.savepoint_rollback(point)
    return found


@pytest.mark.parametrize("gone", ["", "role", "account"])
def test_moving_or_taking_back_a_place_tells_nobody_whether_it_is_untouched_opened_or_sealed(gone):
    competition, _entry, people = house()
    votes = {state: make.make_vote(make.make_entry(competition, title="Beitrag"), people["own"], seat=1) for state in TO_SEAT}
    for state, bring in TO_SEAT.items():
        bring(votes[state])
    if gone == "role":
        people["own"].roles.all().delete()
    elif gone:
        type(people["own"]).objects.filter(pk=people["own"].pk).update(is_active=False)

    for name, answers in answers_about(competition, people, votes).items():
        for state, answer in answers.items():
            assert [part for part, same in zip(answer, answers["untouched"], strict=True) if part != same] == [], (name, state)
        status, _location, _text, _queries, lines, there = answers["untouched"]
        if gone and name == "vote_withdraw":
            told = gone == "role"                                       # by a mail; an account that is closed gets none
            assert (status, [code for code, _person in there], len(lines)) == (302, [votes["sealed"].code], 3 + told)
        else:
            assert (status, len(there), lines) == (403, 4, [])


def test_whoever_has_begun_nothing_can_still_be_moved():
    competition, _entry, people = house()
    votes = {state: make.make_vote(make.make_entry(competition), people["own"], seat=1) for state in ("one", "two")}
    for answers in answers_about(competition, people, votes).values():
        assert {answer[0] for answer in answers.values()} == {302}


def test_an_office_member_who_judges_does_not_see_the_assignment_until_their_own_is_sealed():
    competition, entry, people = house()
    vote = make.make_vote(entry, people["office_screener"])

    assert not rules.can_assign(people["office_screener"], competition, 1)
    assert rules.can_assign(people["office"], competition, 1)
    with pytest.raises(LorbeerError):
        services.propose_assignment(competition, 1, 1, people["office_screener"])
    make.seal(vote)
    assert not rules.can_assign(people["office_screener"], competition, 1)      # the other vote on it may still be open
    make.seal(make.make_vote(entry, people["own"]))
    assert rules.can_assign(people["office_screener"], competition, 1)


def test_an_office_in_which_all_screen_is_told_that_nobody_can_assign_and_what_to_do_whatever_has_been_voted():
    competition = make.make_competition()
    entry = make.make_entry(competition)
    alone = make.make_role(competition, Role.Kind.SCREENER, make.make_role(competition, Role.Kind.OFFICE_LEAD))
    client, page = client_of(alone), reverse("screening:assignment_show", args=[competition.code])
    label = "Jemanden für die Zuteilung finden, der nicht vorprüft"

    def told():
        answer, labels = client.get(page), [task.label for task in tasks.tasks_for(alone, competition)]
        return answer.status_code, "kann sich jetzt niemand darum kümmern" in answer.text, label in labels

    assert told() == (403, True, True)
    assert "nimmt Ihnen die Leitung des Büros die Rolle der Vorprüfung" in client.get(page).text
    make.seal(make.make_vote(entry))
    assert told() == (403, True, True)
    second = make.make_role(competition, Role.Kind.OFFICE)              # who may assign, and looks after it
    assert told() == (403, False, False)
    assert "jemand anderes aus dem Wettbewerbsbüro" in client.get(page).text
    assert client_of(second).get(page).status_code == 200
    second.is_active = False
    second.save(update_fields=["is_active"])
    assert told() == (403, True, True)
    alone.roles.filter(kind=Role.Kind.SCREENER).delete()
    assert client_of(alone).get(page).status_code == 200


def test_every_message_of_the_app_is_said_in_german():
    catalogue = polib.pofile(str(Path(rules.__file__).parent / "locale" / "de" / "LC_MESSAGES" / "django.po"))

    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


@pytest.mark.once
def test_the_same_number_of_queries_for_three_rows_as_for_thirty():
    competition, _entry, people = house()
    office, own = people["office"], people["own"]

    def grow(number):
        for _one in range(number):
            entry = make.make_entry(competition, projects=1)
            make.make_vote(entry, own, seat=1)
            screened = make.make_entry(competition)
            make.seal(make.make_vote(screened, own, seat=1), "suitable")
            make.seal(make.make_vote(screened, people["other"], seat=2), "special")

    def cost():
        counts = {}
        session = queries.session_to_hold(competition, 1)
        for person, name, parts in (
            (own, "vote_list", {}), (office, "assignment_show", {}), (office, "session_list", {}),
            (office, "session_show", {"session": session.code}), (own, "session_list", {}), (office, "opinion_list", {}),
        ):
            client = client_of(person)
            url = reverse(f"screening:{name}", kwargs={"competition": competition.code} | parts)
            client.get(url)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            counts[name, person.pk] = len(captured)
        return counts

    grow(2)
    make.make_session(competition, office)
    few = cost()
    grow(8)
    services.refresh_agenda(queries.session_to_hold(competition, 1), office)

    assert cost() == few


@pytest.mark.parametrize("bad", ["", "abc"])
def test_a_bad_day_for_the_session_gets_a_sentence(bad):
    competition, _entry, people = house()
    make.make_screened(competition)
    answer = client_of(people["office"]).post(reverse("screening:session_plan", args=[competition.code]), {"held_on": bad})

    assert answer.status_code == 400
    assert not competition.joint_sessions.exists()


def test_whoever_followed_a_round_in_the_office_takes_no_place_beside_one_that_was_given_before():
    competition, entry, people = house()
    make.make_vote(entry, people["other"], seat=2)
    later, fresh = people["office"], make.make_entry(competition)
    lead = people["office_lead"]
    assert rules.can_assign(later, competition, 1)                      # sees how far the other one is
    make.make_role(competition, Role.Kind.SCREENER, later)
    assert not rules.can_assign(later, competition, 1)

    with pytest.raises(LorbeerError, match="im Büro verfolgt"):
        services.fill_seat(entry, later, lead, "Ersatz")
    with pytest.raises(LorbeerError, match="im Büro verfolgt"):
        services.pin(entry, later, lead, "Ersatz")
    run = services.propose_assignment(competition, 1, 1, lead)
    assert [entry.code, later.code] not in run.result
    services.fill_seat(fresh, later, lead, "neu")                       # nobody had a place there


def test_nor_does_whoever_is_of_the_office_no_more():
    """The log knows when they were: taking the office's role away first changes nothing."""
    competition, entry, people = house()
    lead, later = people["office_lead"], make.make_person("S. Wechsel")
    grant_role(competition, later, Role.Kind.OFFICE, by=lead)
    make.make_vote(entry, people["other"], seat=2)
    take_role(Role.objects.get(competition=competition, person=later), by=lead)
    left, after = make.make_entry(competition), make.make_entry(competition)
    make.make_vote(left, people["other"], seat=2)                       # given when they had left
    grant_role(competition, later, Role.Kind.SCREENER, by=lead)

    with pytest.raises(LorbeerError, match="im Büro verfolgt"):
        services.fill_seat(entry, later, lead, "Ersatz")
    for one in (left, after):
        services.fill_seat(one, later, lead, "Ersatz")


def test_an_office_member_who_screens_sees_no_proposal_for_a_round_in_which_they_could_get_a_place():
    """A proposal names the other reader of each of their own entries; nobody who may read one looks at it."""
    competition, entry, people = house()
    lead, both = people["office_lead"], people["office_screener"]
    run = services.propose_assignment(competition, 1, 1, lead)
    assert not competition.assignment_runs.exclude(accepted_at=None).exists()
    client = client_of(both)
    for name, parts in (("run_show", {"run": run.code}), ("run_export", {"run": run.code}), ("assignment_show", {}),
                        ("run_entry", {"run": run.code, "code": entry.code}), ("run_accept", {"run": run.code}), ("screener_list", {})):
        assert client.get(reverse(f"screening:{name}", kwargs={"competition": competition.code} | parts)).status_code == 403, name
    with pytest.raises(LorbeerError, match="noch Beiträge zu beurteilen"):
        services.propose_assignment(competition, 1, 2, both)
    assert client_of(lead).get(reverse("screening:run_show", args=[competition.code, run.code])).status_code == 200


def test_the_log_knows_since_when_places_and_roles_are_given():
    """Both decide who may take a place beside another: `may_have_followed`."""
    competition, entry, people = house()
    lead = people["office_lead"]
    run = services.propose_assignment(competition, 1, 1, lead)
    votes = services.accept_assignment(run, lead, None)
    services.reassign(votes[0], next(one for one in (people["own"], people["other"], people["screener"], people["office_screener"])
                                     if not entry.votes.filter(screener=one).exists()), lead, "Tausch")
    role = grant_role(make.make_competition(), make.make_person(), Role.Kind.SCREENER, by=lead)
    for rows, name, table in ((Vote.objects.filter(pk=votes[0].pk), "assigned_at", "screening_vote"),
                              (Vote.objects.filter(pk=votes[1].pk), "assigned_at", "screening_vote"),
                              (Role.objects.filter(pk=role.pk), "since", "people_role")):

        def faults(table=table):
            return [fault for fault in log.attested("people", "screening") if fault.table == table and fault.scope in (
                role.competition.code, *([competition.code] if table == "screening_vote" else []))]

        assert faults() == []
        held = rows.values_list(name, flat=True).get()
        rows.update(**{name: held + timedelta(days=1)})
        assert name in str(faults()[0]), table
        rows.update(**{name: held})
        assert faults() == []
