"""The pages that people work on: usable for everybody, on a telephone too, and kept as typed."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.call.models import Phase
from lorbeer.call.services import change_words
from lorbeer.entries.models import Entry
from lorbeer.intake.documents import pdf_sections
from lorbeer.intake.models import Arrival
from lorbeer.intake.queries import document_of
from lorbeer.people.models import Role
from lorbeer.screening import queries, services, windows
from lorbeer.screening.models import Vote
from lorbeer.screening.tasks import tasks_for
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db(transaction=True)


def stage():
    """A competition in the middle of its screening: office, a screener with an open sheet, an open session."""
    competition = make.make_competition(is_sample=True, sample_note={"de": "Die Antworten sind erfunden."})
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD, make.make_person("A. Beispiel"))
    people = [make.make_role(competition, person=make.make_person(name)) for name in ("B. Beispiel", "C. Muster")]
    for options in (("suitable", "special"), ("suitable", "suitable")):
        entry = make.make_entry(competition, projects=1)
        for person, option in zip(people, options, strict=True):
            make.seal(make.make_vote(entry, person), option)
    session = make.make_session(competition, office)
    run_entry = make.make_entry(competition, projects=2)
    open_vote = make.make_vote(run_entry, people[0], due_on=clock.today() + timedelta(days=3))
    services.open_vote(open_vote, people[0])
    return competition, office, people[0], open_vote, session


def run_entry_of(run):
    return Entry.objects.get(code=run.result[0][0])


def other_than(run):
    """Somebody who could take the first place of a proposal."""
    taken = {one for entry, one in (*run.result, *run.input["fixed"]) if entry == run.result[0][0]}
    return next(one[0] for one in run.input["screeners"] if one[0] not in taken)


def test_no_page_breaks_accessibility_or_the_width_of_a_telephone(new_page, axe):
    competition, office, screener, vote, session = stage()
    run = services.propose_assignment(competition, 1, 7, office, spread=5)
    spare = make.make_role(competition, person=make.make_person("D. Frei"))
    later = services.propose_assignment(competition, 1, 7, office, spread=5)
    services.pin(run_entry_of(later), spare, office, "kennt das Gebiet")
    item = session.items.filter(diverging=True).get()

    def url(name, **parts):
        return reverse(f"screening:{name}", kwargs={"competition": competition.code} | parts)

    pages = {
        office: [
            url("assignment_show"), url("run_show", run=run.code), url("session_list"), url("screener_list"),
            url("profile_edit", person=spare.code), url("run_import", run=later.code), url("rest_free", person=screener.code),
            f"{url('run_entry', run=later.code, code=run_entry_of(later).code)}?giver={later.result[0][1]}&taker={other_than(later)}",
            url("session_show", session=session.code), url("item_show", session=session.code, code=item.entry.code),
            url("agreeing_confirm", session=session.code), url("agreement_show"), url("agreement_pairs"), url("abstention_list"),
        ],
        screener: [
            url("vote_list"), url("vote_write", code=vote.entry.code), url("votes_show", code=item.entry.code), url("offline_show"),
            url("vote_abstain", code=vote.entry.code),
        ],
    }
    faults = []
    for person, addresses in pages.items():
        page = new_page(person, width=360)
        for address in addresses:
            answer = page.goto(address)
            assert answer.status == 200, address
            page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
            if page.evaluate("document.documentElement.scrollWidth") > 360:
                faults.append(f"{address} is wider than a telephone")
            faults += axe(page)
    assert faults == []


def test_what_is_typed_is_kept_by_itself_and_sealing_shows_the_sheet_once_more(new_page):
    competition, _office, screener, vote, _session = stage()
    page = new_page(screener)
    page.goto(reverse("screening:vote_write", args=[competition.code, vote.entry.code]))

    page.fill("#id_reason_c1", "Gut begründet.")
    page.locator("#saved", has_text=re.compile(r"\d\d:\d\d")).wait_for()

    assert vote.ratings.get(criterion__code="c1").reason == "Gut begründet."
    for code in ("c1", "c2"):
        page.check(f"input[name=points_{code}][value='3']")
    page.fill("#id_reason_c2", "Auch gut.")
    page.check("input[name=option][value=suitable]")
    page.fill("#id_reason", "Insgesamt preiswürdig.")
    page.click("button[name=_seal]")                                    # while what was typed last is on its way
    page.wait_for_url("**/seal/")
    assert "Auch gut." in page.content()
    assert Vote.objects.get(pk=vote.pk).sealed_at is None
    page.get_by_role("button", name="Votum abgeben und versiegeln").click()
    page.wait_for_url("**/mine/")

    assert Vote.objects.get(pk=vote.pk).sealed_at is not None


def test_what_was_typed_as_the_session_ended_is_on_the_sheet_after_the_next_sign_in_of_its_screener(new_page, live_server):
    competition, office, screener, vote, _session = stage()
    address = reverse("screening:vote_write", args=[competition.code, vote.entry.code])
    page = new_page(screener)
    page.on("dialog", lambda one: one.accept())
    page.goto(address)
    page.context.clear_cookies()
    page.fill("#id_reason_c1", "Im letzten Augenblick.")
    page.goto("/account/login/")

    def become(person):
        client = Client()
        client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])

    become(office)
    with page.expect_response("**/save/") as answer:
        page.goto("/")
    assert (answer.value.status, "letzten Augenblick" in page.content()) == (403, False)
    become(screener)
    page.goto(address)
    page.get_by_role("status").get_by_text("Jetzt ist es gespeichert").wait_for()
    expect(page.locator("#id_reason_c1")).to_have_value("Im letzten Augenblick.")
    assert vote.ratings.get(criterion__code="c1").reason == "Im letzten Augenblick."


def test_saved_is_said_only_while_it_is_and_what_comes_late_changes_nothing(new_page):
    competition, _office, screener, vote, _session = stage()
    page, held = new_page(screener), []
    page.goto(reverse("screening:vote_write", args=[competition.code, vote.entry.code]))
    page.route("**/save/", lambda route: held.append(route) if "json" in route.request.headers["accept"] else route.continue_())
    status = page.locator("#saved")

    with page.expect_request("**/save/"):
        page.fill("#id_reason", "Erst halb.")
        page.locator("#id_reason").blur()
    expect(status).to_have_text("")
    page.locator("#id_reason").press_sequentially(" Und mehr")
    with page.expect_response("**/save/"):
        held.pop().continue_()
    expect(status).to_have_text("")                                     # the first half is, the second is not
    with page.expect_request("**/save/"):
        page.locator("#id_reason").blur()
    page.locator("#id_reason").press_sequentially(" noch")
    page.click("button[name=_seal]")                                    # the request under way is still on its way
    page.wait_for_url("**/seal/")
    assert held.pop().fetch().ok
    vote.refresh_from_db()
    assert (vote.reason, windows.waiting_in(vote)) == ("Erst halb. Und mehr noch", {})


def complete(vote, person, **changes):
    """Fill the sheet in, and give the form that its page would send."""
    services.save_sheet(vote, **make.full_sheet(vote.entry.competition), by=person)
    ratings = {"points_c1": "3", "reason_c1": "Gut.", "points_c2": "3", "reason_c2": "Gut."}
    return ratings | {"option": "suitable", "reason": "Preiswürdig."} | changes


def addresses_of(vote):
    return [reverse(f"screening:vote_{name}", args=[vote.entry.competition.code, vote.entry.code]) for name in ("save", "seal", "write")]


def shown_in(answer):
    return re.search(r'name="shown" value="(\w+)"', answer.text)[1]


def test_what_is_sealed_is_what_was_shown_and_a_late_save_in_between_is_shown_first(client):
    """A save that was under way when its page was left can reach the server after the sheet was shown."""
    _competition, _office, screener, vote, _session = stage()
    complete(vote, screener)
    save, seal, _write = addresses_of(vote)
    client.force_login(screener)
    shown = shown_in(client.get(seal))
    services.save_sheet(vote, reason="kam verspätet", by=screener)

    answer = client.post(seal, {"shown": shown})

    assert answer.status_code == 422
    assert "kam verspätet" in answer.text
    assert "Bitte sehen Sie Ihren Bogen noch einmal an" in answer.text
    assert client.post(seal).status_code == 422                         # nothing is sealed that nobody has looked at
    assert Vote.objects.get(pk=vote.pk).sealed_at is None
    client.post(seal, {"shown": shown_in(answer)})
    sealed = Vote.objects.get(pk=vote.pk)
    assert (sealed.sealed_at is not None, sealed.reason) == (True, "kam verspätet")


def test_a_save_that_comes_after_the_seal_changes_nothing_and_is_no_fault(client, monkeypatch):
    _competition, _office, screener, vote, _session = stage()
    sent = complete(vote, screener, reason="zu spät")
    save, seal, write = addresses_of(vote)
    client.force_login(screener)

    def while_it_is_saved(*args, **facts):                              # the seal comes between the look and the lock
        services.seal_vote(vote, screener)
        return kept(*args, **facts)

    kept = services.keep_sheet
    monkeypatch.setattr(services, "keep_sheet", while_it_is_saved)
    during = client.post(save, sent, headers={"accept": "application/json"})
    monkeypatch.undo()
    after = client.post(save, sent, headers={"accept": "application/json"})
    by_button = client.post(save, sent, follow=True)

    for answer in (during, after, by_button):
        assert answer.status_code == 200
        assert "wird am Bogen nichts mehr gespeichert" in answer.text
    assert by_button.redirect_chain[-1][0] == write
    assert services.is_intact(queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get())
    assert Vote.objects.get(pk=vote.pk).reason != "zu spät"


def test_a_window_that_is_still_open_after_the_seal_says_that_nothing_is_saved_any_more(new_page):
    _competition, _office, screener, vote, _session = stage()
    complete(vote, screener)
    page = new_page(screener)
    page.goto(addresses_of(vote)[2])
    services.seal_vote(vote, screener)

    page.fill("#id_reason", "In einem anderen Fenster getippt.")

    page.locator("#saved", has_text="wird am Bogen nichts mehr gespeichert").wait_for()
    assert "In einem anderen Fenster" not in Vote.objects.get(pk=vote.pk).reason


def test_voting_works_without_scripts(new_page):
    competition, _office, screener, vote, _session = stage()
    page = new_page(screener, java_script_enabled=False)
    page.goto(reverse("screening:vote_write", args=[competition.code, vote.entry.code]))

    page.check("input[name=points_c1][value='2']")
    page.fill("#id_reason_c1", "Von Hand.")
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.wait_for_load_state()

    rating = vote.ratings.get(criterion__code="c1")
    assert (rating.points, rating.reason) == (2, "Von Hand.")


@pytest.mark.parametrize("projects", [0, 1])
def test_only_where_there_are_projects_the_session_reads_how_they_are_proposed(client, projects):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    entry = make.make_screened(competition, projects=projects)
    session = make.make_session(competition, office)
    client.force_login(office)

    page = client.get(reverse("screening:item_show", args=[competition.code, session.code, entry.code])).content.decode()

    assert ("Ein Einzelprojekt kann auch dann vorgeschlagen werden" in page) == bool(projects)


def test_where_one_person_reads_each_entry_the_pages_say_so(client):
    competition = make.make_competition(screening=make.SCREENING | {"seats": 1})
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    client.force_login(office)
    sessions = reverse("screening:session_list", args=[competition.code])
    make.make_entry(competition)
    assert "Noch haben sich keine Voten für Sie geöffnet." in client.get(sessions).content.decode()

    make.make_screened(competition, ("suitable",))
    page = client.get(sessions).content.decode()
    lead = " ".join(client.get(reverse("screening:assignment_show", args=[competition.code])).content.decode().split())

    assert "Jeder Beitrag hat ein Votum" in page
    assert "keine Voten für Sie geöffnet" not in page
    assert "Zur Vorprüfung gehört 1 Person." in lead
    assert "Die Vorprüfung trifft sich und entscheidet anhand der Voten." in page


def test_a_joint_session_of_three_readers_speaks_of_no_two(client):
    competition = make.make_competition(screening=make.SCREENING | {"seats": 3})
    client.force_login(make.make_role(competition, Role.Kind.OFFICE_LEAD))
    page = client.get(reverse("screening:session_list", args=[competition.code])).content.decode()
    assert "Wo Urteile voneinander abweichen, trifft sich die Vorprüfung." in page
    assert "zwei" not in page.split("<main")[1].split("</main")[0]


def test_a_joint_session_that_is_going_on_stays_in_sight_when_another_round_moves(client):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    make.make_screened(competition, ("suitable", "special"))
    session = make.make_session(competition, office)
    make.make_screened(competition, round=2)
    client.force_login(office)

    page = client.get(reverse("screening:session_list", args=[competition.code]))
    own = reverse("screening:session_show", args=[competition.code, session.code])
    assert own in page.content.decode()
    assert [(tab["url"][-8:], tab["current"]) for tab in page.context["round_tabs"]] == [("?round=1", True), ("?round=2", False)]
    other = client.get(reverse("screening:session_list", args=[competition.code]) + "?round=2")
    assert own not in other.content.decode()
    assert "?round=1" in other.content.decode()

    urls = [task.url for task in tasks_for(office, competition)]
    assert own in urls
    assert reverse("screening:session_list", args=[competition.code]) + "?round=2" in urls


def test_a_vote_without_a_date_of_its_own_is_due_when_the_screening_ends():
    competition = make.make_competition()
    vote = make.make_vote(make.make_entry(competition), due_on=None)
    Phase.objects.filter(competition=competition, kind="screening").delete()

    def due():
        return [task.due_at for task in tasks_for(vote.screener, competition)]

    assert due() == [None]
    end = clock.now().replace(microsecond=0) + timedelta(days=9)
    Phase.objects.create(competition=competition, kind="screening", ends_at=end)
    assert due() == [end]
    Vote.objects.update(due_on=end.date() - timedelta(days=3))
    assert due()[0] < end


def test_the_next_session_is_offered_as_soon_as_there_is_something_for_its_agenda():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    waiting = make.make_vote(make.make_entry(competition))              # its last vote takes weeks

    def offered():
        return [(task.label, task.note) for task in tasks_for(office, competition) if "Sitzung planen" in task.label]

    assert offered() == []
    make.make_screened(competition)
    assert offered() == [("Gemeinsame Sitzung planen: 1 Beitrag", "Beiträge, zu denen alle Voten vorliegen: 1 von 2")]
    session = make.make_session(competition, office)
    assert offered() == []
    services.decide_item(session.items.get(), "propose", by=None)
    services.close_session(session, by=None)
    assert offered() == []

    make.make_screened(competition)
    assert waiting.sealed_at is None
    assert offered() == [("Gemeinsame Sitzung planen: 1 Beitrag", "Beiträge, zu denen alle Voten vorliegen: 2 von 3")]


def test_the_question_to_close_names_what_is_not_decided_and_what_has_not_come_that_far(client):
    competition = make.make_competition()
    left = make.make_screened(competition, ("suitable", "special"))
    office = make.make_role(competition, Role.Kind.OFFICE)
    session = make.make_session(competition, office)
    behind = make.make_entry(competition)
    through = make.make_screened(competition)
    arrival = Arrival.objects.create(competition=competition, channel="email")
    client.force_login(office)

    page = client.get(reverse("screening:session_close", args=[competition.code, session.code])).content.decode()

    item = reverse("screening:item_show", args=[competition.code, session.code, left.code])
    assert f'href="{item}"' in page
    assert all(f">{code}</a>" in page for code in (behind.code, through.code, arrival.number))
    assert "Mit „Neues anfügen“" in page
    asked = client.get(item).content.decode()
    assert "Argumente" in asked
    assert "Argumente (freiwillig)" not in re.sub(r"<[^>]+>", "", asked)


def test_a_proposed_assignment_says_that_it_leaves_out_what_has_all_its_votes(client):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    make.make_entry(competition)
    for _number in range(2):
        make.make_role(competition, Role.Kind.SCREENER)

    def page():
        run = services.propose_assignment(competition, 1, 1, office)
        return client.get(reverse("screening:run_show", args=[competition.code, run.code])).content.decode()

    client.force_login(office)
    assert "liegen bereits alle Voten vor" not in page()
    make.make_screened(competition)
    assert "Zu 1 Beitrag liegen bereits alle Voten vor" in page()


def test_what_nobody_answered_is_called_so_on_the_page_as_in_the_pdf(client):
    entry = make.make_entry(make.make_competition(), submitted=False)
    make.make_submission(entry, json.dumps(make.ANSWERS | {"answers": [["aim", 0, None]]}))
    vote = make.make_vote(entry)
    services.open_vote(vote, vote.screener)
    client.force_login(vote.screener)
    page = client.get(reverse("screening:vote_write", args=[entry.competition.code, entry.code])).content.decode()
    sections = pdf_sections(document_of(entry.submissions.get()))
    assert "nicht beantwortet" in page
    assert [answer["value"] for answer in sections[0]["answers"]] == ["nicht beantwortet"]


def test_the_sheet_says_what_the_ends_of_the_scale_mean(client):
    vote = make.make_vote()
    services.open_vote(vote, vote.screener)
    client.force_login(vote.screener)
    page = client.get(reverse("screening:vote_write", args=[vote.entry.competition.code, vote.entry.code])).content.decode()
    assert "0 heißt gar nicht erfüllt, 4 heißt voll erfüllt" in page


def test_a_call_without_opinions_does_not_say_that_there_are_no_proposals(client):
    competition = make.make_competition(screening=make.SCREENING | {"opinions": False})
    client.force_login(make.make_role(competition, Role.Kind.OFFICE))
    page = client.get(reverse("screening:opinion_list", args=[competition.code])).content.decode()
    assert "In diesem Wettbewerb gibt es keine Kurzgutachten." in page
    assert "noch keine Vorschläge" not in page


def test_a_finished_later_round_does_not_hide_an_earlier_one_that_is_not():
    competition = make.make_competition()
    make.make_entry(competition)
    make.make_entry(competition, round=2, state="proposed")
    assert queries.current_round(competition) == 1
    make.make_entry(competition, round=3)
    assert queries.current_round(competition) == 3
    competition.entries.update(state="proposed")
    assert queries.current_round(competition) == 3


@pytest.mark.parametrize("again", [False, True])
def test_a_sealed_sheet_says_that_the_words_of_a_criterion_were_changed_and_how_they_read(again):
    entry = make.make_entry(make.make_competition())
    competition = entry.competition
    criterion = competition.criteria.order_by("number").first()
    before, code = criterion.label["de"], criterion.code
    lead = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    change_words(competition, "criterion", code, {"label": Localized(de=before), "description": Localized(de="So war es")}, reason="x", by=lead)
    vote = make.seal(make.make_vote(entry))
    page = reverse("screening:vote_write", args=[competition.code, entry.code])
    client = Client(headers={"accept-language": "de"})
    client.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
    said = "Bei der Versiegelung lautete es"
    assert said not in client.get(page).content.decode()

    change_words(competition, "criterion", code, {"label": Localized(de="Ganz anders")}, reason="klarer", by=lead)
    if again:
        change_words(competition, "criterion", code, {"label": Localized(de=before)}, reason="doch nicht", by=lead)

    text = client.get(page).content.decode()
    assert (said in text, "So war es" in text) == (not again, not again)


@pytest.mark.once
def test_a_decision_of_the_session_is_shown_once_more_with_all_that_was_typed_before_it_is_recorded(client):
    competition, office, _screener, _vote, session = stage()
    item = session.items.get(diverging=True)
    client.force_login(office)
    url = reverse("screening:item_decide", args=[competition.code, session.code, item.entry.code])
    sent = {"outcome": "propose", "proposed": ["entry:towns", "project:1:special"], "arguments": "Zeile 1\nZeile <2>", "dissent": "B. nicht"}

    asked = client.post(url, sent)

    kept = {name: [value for one, value in asked.context["kept"] if one == name] for name in sent}
    assert (asked.status_code, kept) == (200, {name: value if isinstance(value, list) else [value] for name, value in sent.items()})
    assert "niemand kann sie ändern oder zurücknehmen" in asked.text
    assert office.name in asked.text
    item.refresh_from_db()
    assert (item.decided_at, client.post(url, sent | {"proposed": []}).status_code) == (None, 400)     # nothing is asked that would be refused
    changed = client.post(url, sent | {"_change": "yes"})
    assert (changed.status_code, changed.context["form"]["arguments"].value()) == (200, sent["arguments"])
    assert client.post(url, kept | {"_confirmed": "yes"}).status_code == 302
    item.refresh_from_db()
    assert (item.outcome, item.arguments, item.dissent, item.proposals.count()) == ("propose", sent["arguments"], "B. nicht", 2)


@pytest.mark.once
def test_the_second_click_of_a_double_click_on_seal_leads_to_the_sealed_sheet(client, monkeypatch):
    vote = make.fill(make.make_vote())
    client.force_login(vote.screener)
    url, sheet = (reverse(f"screening:{name}", args=[vote.entry.competition.code, vote.entry.code]) for name in ("vote_seal", "vote_write"))
    shown = client.get(url).context["shown"]
    # The first click is through between the look and the lock of the second.
    monkeypatch.setattr(services, "missing_in", lambda one: services.seal_vote(one, one.screener) and [])

    answer = client.post(url, {"shown": shown})

    assert (answer.status_code, answer.get("Location")) == (302, sheet)


@pytest.mark.once
def test_what_is_wrong_on_a_sheet_is_named_with_its_criterion_and_project(client):
    _competition, _office, screener, vote, _session = stage()
    client.force_login(screener)
    url = reverse("screening:vote_save", args=[vote.entry.competition.code, vote.entry.code])
    sent = {"points_c1": "9", "reason_c2": "x" * 20_001, "project_2_points_c1": "9"}

    page, said = client.post(url, sent), client.post(url, sent, headers={"accept": "application/json"}).json()

    assert page.status_code == 400
    for label in ("Punkte zu Kriterium 1", "Begründung zu Kriterium 2", "Einzelprojekt 2, Punkte zu Kriterium 1"):
        assert label in page.text
        assert label in said["said"]


@pytest.mark.once
def test_a_form_without_its_reason_is_answered_as_wrong(client):
    competition, office, screener, vote, session = stage()
    where = [competition.code, vote.entry.code]
    for person, name, args in (
        (screener, "vote_abstain", where), (screener, "bias_declare", where), (office, "seat_fill", where),
        (office, "vote_reassign", [competition.code, vote.code]), (office, "vote_withdraw", [competition.code, vote.code]),
        (office, "rest_free", [competition.code, screener.code]), (office, "session_open", [competition.code, session.code]),
    ):
        client.force_login(person)
        url = reverse(f"screening:{name}", args=args)
        assert (client.get(url).status_code, client.post(url, {"chaired_by": "0"}).status_code) == (200, 400), name


@pytest.mark.once
def test_a_number_out_of_bounds_is_answered_in_our_own_words(client):
    competition, office, *_rest = stage()
    client.force_login(office)

    answer = client.post(reverse("screening:run_propose", args=[competition.code]), {"seed": "-1", "spread": "51"})

    assert "-1 ist hier zu klein. Bitte geben Sie 0 oder mehr an." in answer.text
    assert "51 ist hier zu groß. Bitte geben Sie 50 oder weniger an." in answer.text


def test_where_all_have_sealed_the_page_says_that_nobody_is_to_be_reminded(client):
    competition = make.make_competition()
    client.force_login(make.make_role(competition, Role.Kind.OFFICE_LEAD))
    make.make_screened(competition)
    page = client.get(reverse("screening:assignment_show", args=[competition.code]))
    assert "Niemand hat ein offenes Votum" in page.text
    assert {(row["value"], row["of"]) for row in page.context["figure"]} == {(1, 1)}
