"""The pages of the jury's day in a real browser: nothing for axe to find, the live views follow, all of it without scripts too."""

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lorbeer.entries.models import Bias
from lorbeer.jury import offline, queries, services
from lorbeer.jury.models import Member
from lorbeer.jury.tests.factories import decide, make_entry, make_jury_competition, make_meeting, make_member
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.models import ExpertOpinion, Proposal
from lorbeer.shared import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = (
    "Die Stadt verbindet Sprachförderung mit Nachbarschaftsarbeit und hält dafür in jedem Ortsteil eine Anlaufstelle offen. "
    "Ehrenamtliche begleiten Familien bei den ersten Schritten. "
) * 3


def make_day():
    """A meeting under way: ten votes, two decisions, one item on the table for which one member is biased."""
    modes = ["consensus", "open", "secret", "ranking", "approval", "stv"]
    competition = make_jury_competition(
        title={"de": "Zusammenleben Hand in Hand"}, cap_cents=100_000_000, jury={"modes": modes, "quorum": 0.5})
    for number, name in enumerate(("Stadt Musterstadt", "Stadt Beispielhausen", "Landkreis Nirgendwo", "Gemeinde Irgendwo")):
        make_entry(
            competition,
            applicant=name,
            title=f"Gemeinsam im Quartier {number + 1}: Begegnung, Sprache und Arbeit",
            contact=make_person(),
        )
    for proposal in Proposal.objects.all():
        ExpertOpinion.objects.create(proposal=proposal, state="released", description=TEXT, reasons=TEXT)
    members = [
        make_member(competition, kind=Member.Kind.CHAIR, person=make_person(name="A. Beispiel"), constituency="Wissenschaft")
    ]
    members += [
        make_member(competition, person=make_person(name=f"{letter}. Muster"), constituency="kommunale Spitzenverbände")
        for letter in "BCDE"
    ]
    make_member(competition, kind=Member.Kind.DEPUTY, deputy_for=members[1], person=make_person(name="F. Vertretung"))
    meeting = services.plan_meeting(competition, held_on=clock.today(), by=None)
    services.open_meeting(meeting, by=None)
    for member in members:
        services.declare(meeting, member, [], by=member.person)
        services.arrive(meeting, member, by=None)
    items = list(meeting.items.order_by("position"))
    decide(items[0])
    decide(items[1], "not_awarded", yes=1, dissent="Der Beitrag ist förderwürdig.")
    Bias.objects.create(entry=items[2].entry, person=members[2].person, kind=Bias.Kind.DECLARED, reason="Amt")
    services.call_item(items[2], by=None)
    meeting.refresh_from_db()
    return meeting, members


def pages_of(meeting, members, office):
    """(name, person, address) of every page of the jury."""
    code = meeting.competition.code

    def at(name, *more):
        return reverse(f"jury:{name}", args=[code, *more])

    chair, free, biased = members[0].person, members[1].person, members[2].person
    services.note_declaration(meeting, members[1], [], source="word", by=office)
    services.open_poll(meeting, meeting.competition.groups.get(code="main"), by=None)
    return [
        ("meeting_list", office, at("meeting_list")),
        ("member_list", office, at("member_list")),
        ("desk", office, at("desk_show", 1)),
        ("chair", chair, at("meeting_list")),
        ("reopen", office, at("item_reopen", 1, 1)),
        ("close", office, at("meeting_close", 1)),
        ("ranking", office, at("ranking_show", 1, "main")),
        ("mine", free, at("mine_show", 1)),
        ("mine_biased", biased, at("mine_show", 1)),
        ("bias", free, at("bias_declare", 1)),
        ("dossier", free, at("dossier_show", 1)),
        ("rank", free, at("ranking_cast", 1, "main")),
        ("poll_give_up", office, at("poll_give_up", 1, "main")),
        ("bias_list", office, at("bias_list", 1)),
        ("declaration_note", office, at("declaration_note", 1, free.code)),
        ("declaration_take_back", office, at("declaration_take_back", 1, free.code, 1)),
        ("member_grounds", office, at("member_grounds", free.code)),
        ("offline", office, at("offline_enter", 1)),
        ("wall", office, at("wall_show", 1)),
        ("simulator", office, at("simulator_show", 1)),
        ("minutes", office, at("minutes_show", 1)),
    ]


def test_no_page_of_the_day_has_a_barrier_or_leaves_the_screen(new_page, barriers):
    meeting, members = make_day()
    office = make_role(meeting.competition, Role.Kind.OFFICE_LEAD).person
    faults, sessions = [], {}
    pages = pages_of(meeting, members, office)

    def look(name, person, address):
        if person.pk not in sessions:
            sessions[person.pk] = new_page(person)
        faults.extend(f"{name}: {fault}" for fault in barriers(sessions[person.pk], address))

    for page in pages:
        look(*page)
    services.give_up_poll(meeting.polls.get(), "Antrag: einzeln", by=None)
    item = services.call_item(meeting.items.get(position=3), by=None)
    for stage in ("on the table", "secret"):
        if stage == "secret":
            services.set_up_urn(item, by=None)
        for name, person, address in pages:
            if name in ("desk", "mine") or (name == "mine_biased" and stage == "on the table"):
                look(f"{name}, {stage}", person, address)
    look("void", office, reverse("jury:urn_void", args=[meeting.competition.code, 1, 3]))
    assert faults == []


def test_the_page_of_the_package_works_without_a_server_and_gives_a_record_that_can_be_entered(new_page, tmp_path):
    meeting, members = make_day()
    office = make_role(meeting.competition, Role.Kind.OFFICE).person
    with zipfile.ZipFile(io.BytesIO(offline.package(meeting, office))) as archive:
        archive.extractall(tmp_path)
    page = new_page()
    page.goto((tmp_path / "index.html").as_uri())
    item = meeting.items.get(position=4)
    form = page.locator("form[data-number='4']")
    noted = form.locator(".noted")
    expect(noted).to_be_hidden()
    form.get_by_label("Ergebnis").select_option("awarded")
    page.get_by_role("button", name="Ergebnisse als Datei sichern").click()     # gives no file: there is no prize yet
    expect(form.get_by_text("Eine Prämierung nennt ihren Preis")).to_be_visible()
    form.locator("[name=prize]").select_option("main")
    expect(form.get_by_text("Eine Prämierung nennt ihren Preis")).to_be_hidden()
    page.get_by_label("F. Vertretung").first.check()                    # what comes later
    expect(noted.locator("input[name=here]:checked")).to_have_count(5)
    noted.get_by_label("F. Vertretung").first.check()                   # it was so then, too
    said = noted.locator("input[name=out]").first.get_attribute("value")
    noted.locator("input[name=out]").first.check()                      # and said then that they are biased
    when = noted.get_by_label("Entschieden um")
    earlier = datetime.fromisoformat(when.input_value()) - timedelta(minutes=2)
    when.fill(f"{earlier:%Y-%m-%dT%H:%M}")
    no = form.locator("[name=no]")
    no.fill("1.5")
    expect(form.locator("#no-4")).to_be_visible()
    page.get_by_role("button", name="Ergebnisse als Datei sichern").click()     # gives no file
    expect(no).to_be_focused()
    no.fill("")
    amount = form.get_by_label("Betrag in Euro")
    amount.fill("1e3")
    expect(form.get_by_text("Das ist kein Betrag in Euro")).to_be_visible()
    page.get_by_role("button", name="Ergebnisse als Datei sichern").click()     # gives no file
    expect(amount).to_be_focused()
    form.locator("[name=prize] option[value=main]").evaluate("option => { option.dataset.upTo = 'yes' }")
    for typed, left in (
            ("5.000", "970.000 €"), ("3.500,50", "971.499,50 €"), ("5000", "970.000 €"), ("1_000", ""), ("٥", ""), ("1,2345", ""),
            ("", "950.000 €")):
        amount.fill(typed)
        expect(form.get_by_text("Das ist kein Betrag in Euro"), typed).to_be_visible(visible=left == "")
        expect(page.locator("#left"), typed).to_contain_text(left)
    page.reload()                                                       # it was kept
    expect(form.get_by_label("Ergebnis")).to_have_value("awarded")
    expect(when).to_have_value(f"{earlier:%Y-%m-%dT%H:%M}")
    expect(page.locator("#left")).to_contain_text("950.000")
    with page.expect_download() as download:
        page.get_by_role("button", name="Ergebnisse als Datei sichern").click()
    (decision,) = offline.read_record(Path(download.value.path()).read_text(), meeting)
    assert (decision.position, decision.result, decision.prize, len(decision.present)) == (4, "awarded", "main", 6)
    assert decision.about == (item.entry.code, None, item.group.code)
    assert decision.out == (said,)
    assert f"{decision.at:%M:%S}" == f"{earlier:%M}:00"
    services.record_bias(meeting, next(one for one in members if one.person.code == said), item.entry, "im Raum erklärt",
                         by=office)
    services.enter_offline(meeting, [decision], by=office)
    assert meeting.items.get(position=4).offline


def test_what_was_noted_in_a_package_stands_in_the_next_one_under_the_number_that_its_item_has_by_then(new_page, tmp_path):
    meeting = make_meeting(entries=2, opened=False)
    office = make_role(meeting.competition, Role.Kind.OFFICE).person
    item = meeting.items.order_by("position").first()

    def opened(name):
        with zipfile.ZipFile(io.BytesIO(offline.package(meeting, office))) as archive:
            archive.extractall(tmp_path / name)
        page.goto((tmp_path / name / "index.html").as_uri())
        return page.locator("form[data-number='1'] [name=result]"), page.locator("form[data-number='2'] [name=result]")

    page = new_page()
    opened("before")[0].select_option("not_awarded")
    make_entry(meeting.competition, applicant="AA-Stadt")
    services.take_in_proposals(meeting, by=None)
    item.refresh_from_db()
    assert item.position == 2
    first, second = opened("after")
    expect(first).to_have_value("")
    expect(second).to_have_value("not_awarded")


def test_the_wall_and_the_own_page_follow_the_desk_without_reloading(new_page):
    meeting, members = make_day()
    office = make_role(meeting.competition, Role.Kind.OFFICE).person
    code = meeting.competition.code
    wall, mine = new_page(office), new_page(members[1].person)
    wall.goto(reverse("jury:wall_show", args=[code, 1]))
    mine.goto(reverse("jury:mine_show", args=[code, 1]))
    expect(wall.get_by_text("Quartier").first).to_be_visible()

    item = meeting.items.get(position=4)
    services.call_item(item, by=None)

    wall.get_by_text(item.entry.applicant).first.wait_for()
    mine.get_by_text(item.entry.applicant).first.wait_for()
    mine.get_by_role("button", name="Ja, ein Preis").click()
    mine.get_by_text("Ihre Stimme ist abgegeben").first.wait_for()
    wall.get_by_text("1 Stimme ist abgegeben").first.wait_for()


def test_a_member_votes_and_the_desk_decides_without_scripts(new_page):
    meeting, members = make_day()
    code = meeting.competition.code
    mine = new_page(members[1].person, java_script_enabled=False)
    mine.goto(reverse("jury:mine_show", args=[code, 1]))
    mine.get_by_role("button", name="Kein Preis").click()
    expect(mine.get_by_text("Ihre Stimme ist abgegeben").first).to_be_visible()
    item = meeting.items.get(position=3)
    for member in queries.room_for(item, meeting).entitled:             # nothing is decided past the vote of one
        if member.pk != members[1].pk:
            services.cast_ballot(item, member, "no", by=member.person)

    desk = new_page(members[0].person, java_script_enabled=False)
    desk.goto(reverse("jury:desk_show", args=[code, 1]))
    desk.get_by_label("nicht prämiert").check()
    with desk.expect_navigation():
        desk.get_by_role("button", name="Entscheidung festhalten").click()
    assert meeting.items.get(position=3).result == "not_awarded"
