"""The pages of the results in a real browser."""

import pytest
from django.urls import reverse

from lorbeer.awards import services
from lorbeer.awards.models import Award
from lorbeer.awards.tests.factories import make_decided_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Die Stadt verbindet Sprachförderung mit Nachbarschaftsarbeit und hält in jedem Ortsteil eine Anlaufstelle offen. " * 4


def test_no_page_of_the_results_has_a_barrier_or_leaves_the_screen(new_page, barriers):
    competition, winner, loser, sponsor = make_decided_competition(title={"de": "Zusammenleben Hand in Hand"})
    office = make_role(competition, Role.Kind.OFFICE_LEAD, make_person(name="A. Beispiel")).person
    editor = make_role(competition, Role.Kind.EDITOR).person
    award = Award.objects.get()
    applicant, other = winner.contributors.get().person, loser.contributors.get().person
    faults, sessions = [], {}

    def look(name, person, view, *args):
        if person.pk not in sessions:
            sessions[person.pk] = new_page(person)
        found = barriers(sessions[person.pk], reverse(f"awards:{view}", args=[competition.code, *args]))
        faults.extend(f"{name}: {fault}" for fault in found)

    look("sponsor", sponsor, "result_list")
    look("approve", sponsor, "results_approve", 1)
    look("before", applicant, "result_show", winner.code)
    services.approve_results(competition, by=sponsor)
    look("office", office, "result_list")
    look("announce", office, "results_announce", 1)
    services.announce(competition, by=office)
    portrait = services.write_portrait(award, description=TEXT, reasons=TEXT, by=editor)
    services.draw_sample_picture(portrait, by=editor)
    look("portraits", editor, "portrait_list")
    look("portrait", editor, "portrait_write", award.code)
    services.send_portrait_for_proof(portrait, by=editor)
    look("won", applicant, "result_show", winner.code)
    look("lost", other, "result_show", loser.code)
    look("proof", applicant, "portrait_proof", award.code)
    assert faults == []


def test_the_sponsor_approves_with_the_keyboard_alone(new_page):
    competition, _winner, _loser, sponsor = make_decided_competition()
    page = new_page(sponsor)
    page.goto(reverse("awards:result_list", args=[competition.code]))
    page.get_by_role("link", name="Ergebnisse freigeben").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ergebnisse freigeben").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Die Ergebnisse sind freigegeben.").first.wait_for()
    assert competition.announcements.get().approved_by == sponsor
