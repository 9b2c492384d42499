import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from lorbeer.awards import pictures, queries, rules, services
from lorbeer.awards.models import Announcement, Award
from lorbeer.awards.tests.factories import announce, make_decided_competition
from lorbeer.call.models import Letter
from lorbeer.jury.tests.test_two_at_once import together
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, phases
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


# --- approval, announcement, letters ----------------------------------------------------------------------------------


def test_the_sponsor_approves_and_then_the_office_announces(decided):
    competition, _winner, _loser, sponsor = decided
    office = make_role(competition, Role.Kind.OFFICE).person
    with pytest.raises(Refused):
        services.announce(competition, by=office)
    with pytest.raises(Refused):
        services.approve_results(competition, by=office)
    services.approve_results(competition, by=sponsor)
    with pytest.raises(Refused):
        services.approve_results(competition, by=sponsor)
    with pytest.raises(Refused):
        services.announce(competition, by=sponsor)
    services.announce(competition, by=office)
    with pytest.raises(Refused):
        services.announce(competition, by=office)


def test_a_mistyped_year_does_not_keep_the_results_back_for_ever():
    """No moment of an announcement can be changed, so one that cannot be meant is refused beside its field."""
    competition, _winner, _loser, sponsor = make_decided_competition()
    services.approve_results(competition, by=sponsor)
    office = signed_in(make_role(competition, Role.Kind.OFFICE).person)

    answer = office.post(reverse("awards:results_announce", args=[competition.code, 1]), {"day": "01.02.2099", "time": "10:00"})

    assert (answer.status_code, "ob das Jahr stimmt" in answer.text, "at:" in answer.text) == (400, True, False)
    assert Announcement.objects.get().announced_at is None
    assert not Message.objects.filter(kind="result").exists()


@pytest.mark.django_db(transaction=True)
def test_results_that_several_approve_at_once_are_approved_once():
    competition, _winner, _loser, sponsor = make_decided_competition()
    sponsors = [sponsor, *(make_role(competition, Role.Kind.SPONSOR).person for _number in range(3))]

    results = together(*[lambda by=by: services.approve_results(competition, by=by) for by in sponsors])

    assert [type(result) for result in results].count(Refused) == 3
    event = LogEvent.objects.get(verb="results.approve")
    assert event.actor == Announcement.objects.get().approved_by.code


def test_nothing_is_approved_before_the_meeting_is_closed():
    from lorbeer.jury.tests.factories import make_meeting

    meeting = make_meeting()
    sponsor = make_role(meeting.competition, Role.Kind.SPONSOR).person
    with pytest.raises(Refused):
        services.approve_results(meeting.competition, by=sponsor)


def test_winners_and_others_get_their_own_letter_once():
    competition, winner, loser, sponsor = make_decided_competition(office_email="buero@example.org")
    Letter.objects.create(
        competition=competition,
        code="result_won",
        subject="Gewonnen: {{ entry.title }}",
        body="Guten Tag {{ recipient.name }}, {{ award.list }}",
    )
    Letter.objects.create(
        competition=competition, code="result_not_won", subject="Ergebnis", body="Leider nicht: {{ entry.title }}"
    )
    nameless = make_person()
    announcement = announce(competition, sponsor)

    won, lost = (Message.objects.get(kind="result", subject=f"entry:{entry.code}") for entry in (winner, loser))
    assert won.title == "Gewonnen: Siegreicher Beitrag"
    assert "25.000" in won.body
    assert winner.contributors.get().person.email == won.recipient
    assert lost.body == "Leider nicht: Anderer Beitrag"
    assert (won.reply_to, lost.reply_to) == ("buero@example.org", "buero@example.org")  # who answers writes to the office
    assert won.attachments.get().blob.media_type == "application/pdf"
    assert services.write_result_letters(announcement, by=None) == 0  # a second time sends nothing
    assert Message.objects.filter(kind="result").count() == 2
    assert not Message.objects.filter(recipient=nameless.email).exists()


def test_a_competition_without_letters_uses_the_houses_words(decided):
    competition, winner, loser, sponsor = decided
    announce(competition, sponsor)
    assert "25.000" in Message.objects.get(subject=f"entry:{winner.code}").body
    assert "25.000" not in Message.objects.get(subject=f"entry:{loser.code}").body


def test_a_misspelt_placeholder_stops_the_announcement_as_a_whole(decided):
    competition, _winner, _loser, sponsor = decided
    Letter.objects.create(competition=competition, code="result_won", subject="x", body="{{ award.nothing }}")
    with pytest.raises(BadInput):
        announce(competition, sponsor)
    assert not queries.is_announced(competition, 1)
    assert not Message.objects.filter(kind="result").exists()


def test_letters_are_counted_as_they_will_be_sent(decided):
    competition, _winner, loser, sponsor = decided
    loser.contributors.all().delete()
    count = queries.letter_count(competition, 1)
    announce(competition, sponsor)
    assert (count.won, count.not_won, count.by_post) == (1, 0, [loser])
    assert Message.objects.filter(kind="result").count() == count.total


def test_the_certificate_names_winner_prize_and_amount(decided):
    competition, winner, _loser, sponsor = decided
    announce(competition, sponsor)
    text = (
        PdfReader(BytesIO(services.certificate(Award.objects.get()))).pages[0].extract_text().replace("\N{NO-BREAK SPACE}", " ")
    )
    for wanted in (winner.applicant, winner.title, "25.000 €"):
        assert wanted in text


# --- portraits --------------------------------------------------------------------------------------------------------


def written(competition, sponsor):
    announce(competition, sponsor)
    return services.write_portrait(Award.objects.get(), description="Text", reasons="Gründe", by=None)


def test_a_portrait_is_printed_as_it_was_approved_by_the_winner():
    competition, winner, loser, sponsor = make_decided_competition(office_email="buero@example.org")
    portrait = written(competition, sponsor)
    reader, other = winner.contributors.get().person, loser.contributors.get().person
    with pytest.raises(Refused):
        services.approve_portrait(portrait, by=reader)  # not sent yet
    services.send_portrait_for_proof(portrait, by=None)
    with pytest.raises(Refused):
        services.approve_portrait(portrait, by=other)
    with pytest.raises(Refused):
        services.approve_portrait(portrait, by=sponsor)
    assert services.approve_portrait(portrait, by=reader).approved_by == reader
    proof = Message.objects.get(kind="portrait_proof", recipient=reader.email)
    assert proof.reply_to == "buero@example.org"

    same = services.write_portrait(portrait.award, description="Text", reasons="Gründe", by=None)
    assert same.approved_at
    changed = services.write_portrait(portrait.award, description="Anderer Text", reasons="Gründe", by=None)
    assert (changed.approved_at, changed.sent_for_proof_at) == (None, None)


def test_remarks_go_back_to_the_office_and_wait_for_a_new_text(decided):
    competition, winner, _loser, sponsor = decided
    portrait = written(competition, sponsor)
    reader = winner.contributors.get().person
    services.send_portrait_for_proof(portrait, by=None)
    services.object_to_portrait(portrait, by=reader, remarks="Der Name stimmt nicht.")
    with pytest.raises(Refused):
        services.approve_portrait(portrait, by=reader)
    assert not queries.portraits_to_proof(reader, competition)
    portrait = services.write_portrait(portrait.award, description="Besser", reasons="", by=None)
    services.send_portrait_for_proof(portrait, by=None)
    assert list(queries.portraits_to_proof(reader, competition)) == [portrait]
    services.approve_portrait(portrait, by=reader)


def test_a_portrait_is_not_sent_before_the_announcement(decided):
    competition, winner, _loser, _sponsor = decided
    portrait = services.write_portrait(Award.objects.get(), description="Text", reasons="", by=None)
    with pytest.raises(Refused):
        services.send_portrait_for_proof(portrait, by=None)
    assert not queries.portraits_to_proof(winner.contributors.get().person, competition)
    assert not Message.objects.filter(kind="portrait_proof").exists()


def test_the_sun_of_a_sample_picture_stands_whole_in_a_band_of_five_to_two():
    for number in range(12):
        image = Image.open(BytesIO(pictures.sample_picture(f"K7QD4X-{number}"))).convert("RGB")
        sky = image.crop((360, 0, 1200, 160))                           # right of the word, above the band
        assert max(high - low for low, high in sky.getextrema()) < 24, number


def test_sample_pictures_are_the_same_for_an_entry_and_differ_between_entries():
    one = pictures.sample_picture("K7QD4X-M")
    assert one == pictures.sample_picture("K7QD4X-M")
    assert one != pictures.sample_picture("M7QD4X-K")
    assert Image.open(BytesIO(one)).size == (1200, 800)


def test_a_drawn_picture_is_marked_as_a_sample(decided):
    competition, _winner, _loser, sponsor = decided
    portrait = written(competition, sponsor)
    services.draw_sample_picture(portrait, by=None)
    assert portrait.picture.is_sample
    assert "Beispielbild" in portrait.picture.alternative_text


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_result_goes_from_the_sponsor_over_the_office_to_the_winner_on_screen(decided):
    competition, winner, loser, sponsor = decided
    office = signed_in(make_role(competition, Role.Kind.OFFICE_LEAD).person)
    applicant, other = signed_in(winner.contributors.get().person), signed_in(loser.contributors.get().person)
    page = reverse("awards:result_show", args=[competition.code, winner.code])
    sponsor_client = signed_in(sponsor)
    assert "25.000" in sponsor_client.get(reverse("awards:result_list", args=[competition.code])).content.decode()
    assert sponsor_client.get(reverse("awards:results_announce", args=[competition.code, 1])).status_code == 403
    sponsor_client.post(reverse("awards:results_approve", args=[competition.code, 1]))
    confirm = office.get(reverse("awards:results_announce", args=[competition.code, 1])).content.decode()
    assert "2 Briefe" in confirm or "2 letters" in confirm
    assert "25.000" not in applicant.get(page).content.decode()
    assert office.post(reverse("awards:results_announce", args=[competition.code, 1]), {}).status_code == 400
    both = {"at_once": "on", "day": "2099-12-01", "time": "10:00"}       # which of the two is meant?
    assert office.post(reverse("awards:results_announce", args=[competition.code, 1]), both).status_code == 400
    assert "25.000" not in applicant.get(page).content.decode()
    done = office.post(reverse("awards:results_announce", args=[competition.code, 1]), {"at_once": "on"}, follow=True)
    assert "Die Ergebnisse sind bekannt gegeben; die Schreiben" in done.content.decode()

    assert "25.000" in applicant.get(page).content.decode()
    assert applicant.get(reverse("awards:result_show", args=[competition.code, loser.code])).status_code == 404
    assert "25.000" not in other.get(reverse("awards:result_show", args=[competition.code, loser.code])).content.decode()
    award = Award.objects.get()
    certificate = reverse("awards:certificate_pdf", args=[competition.code, award.code])
    assert applicant.get(certificate).content.startswith(b"%PDF")
    assert other.get(certificate).status_code == 404


def test_a_portrait_is_written_drawn_sent_and_approved_on_screen(decided):
    competition, winner, loser, sponsor = decided
    announce(competition, sponsor)
    award = Award.objects.get()
    editor = signed_in(make_role(competition, Role.Kind.EDITOR).person)
    applicant = signed_in(winner.contributors.get().person)

    def at(name):
        return reverse(f"awards:{name}", args=[competition.code, award.code])

    assert applicant.get(at("portrait_proof")).status_code == 404
    assert editor.post(at("portrait_write"), {"description": "", "reasons": ""}).status_code == 400
    editor.post(at("portrait_write"), {"description": "Ein Text", "reasons": "Gute Gründe"})
    editor.post(at("picture_draw"))
    assert editor.get(at("portrait_write")).status_code == 200
    editor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert len(re.findall(r'<textarea[^>]* lang="de"', editor.get(at("portrait_write")).text)) == 2
    assert applicant.get(at("portrait_proof")).status_code == 403
    editor.post(at("portrait_send"))
    assert "Ein Text" in applicant.get(at("portrait_proof")).content.decode()
    assert applicant.get(reverse("awards:portrait_list", args=[competition.code])).status_code == 404
    assert editor.get(at("portrait_proof")).status_code == 403
    assert signed_in(loser.contributors.get().person).get(at("portrait_proof")).status_code == 404
    assert applicant.post(at("portrait_proof"), {"remarks": ""}).status_code == 400
    applicant.post(at("portrait_approve"))
    assert Award.objects.get().portrait.approved_at
    assert editor.get(reverse("awards:portrait_list", args=[competition.code])).status_code == 200


def test_results_download_as_a_list(decided):
    competition, winner, _loser, _sponsor = decided
    office = signed_in(make_role(competition, Role.Kind.OFFICE).person)
    answer = office.get(reverse("awards:result_list", args=[competition.code]), {"format": "csv"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert winner.title in content.decode("utf-8-sig")


def test_results_of_another_competition_do_not_exist(decided):
    competition, winner, _loser, _sponsor = decided
    stranger = signed_in(make_decided_competition()[3])
    award = winner.awards.get()
    for name, args in (
        ("result_list", []),
        ("results_approve", [1]),
        ("results_announce", [1]),
        ("result_show", [winner.code]),
        ("certificate_pdf", [award.code]),
        ("portrait_list", []),
        ("portrait_write", [award.code]),
    ):
        assert stranger.get(reverse(f"awards:{name}", args=[competition.code, *args])).status_code == 404, name
    own = stranger.get(reverse("awards:result_show", args=[competition.code, winner.code]))
    assert own.status_code == 404


# --- what applicants find after the announcement ----------------------------------------------------------------------


def test_after_the_announcement_desk_and_entry_page_lead_to_the_result(decided):
    competition, winner, loser, sponsor = decided
    people = {entry: entry.contributors.get().person for entry in (winner, loser)}

    def pages(entry):
        browser = signed_in(people[entry])
        return browser.get(reverse("website:desk", args=[competition.code])).content.decode()

    result = {entry: reverse("entries:entry_tab", args=[competition.code, entry.code, "award"]) for entry in people}
    assert not any(result[entry] in pages(entry) for entry in people)

    announce(competition, sponsor)

    for entry, word in ((winner, "Alles Weitere steht"), (loser, "Diesmal kein Preis")):
        assert result[entry] in pages(entry)
        assert word in pages(entry)


def test_the_winner_reads_what_comes_next_with_dates(decided):
    competition, winner, _loser, sponsor = decided
    announce(competition, sponsor)
    own = signed_in(winner.contributors.get().person).get(reverse("awards:result_show", args=[competition.code, winner.code]))
    text = own.content.decode()
    for word in ("Wie es weitergeht", "Ihr Porträt", "Veröffentlichung", "Preisgeld", "Bericht über das Preisgeld"):
        assert word in text
    assert [step.is_done for step in own.context["steps"]] == [False] * 4
    assert [bool(step.at) for step in own.context["steps"]] == [False, False, False, True]
    office = make_role(competition, Role.Kind.OFFICE).person
    assert "Wie es weitergeht" not in signed_in(office).get(
        reverse("awards:result_show", args=[competition.code, winner.code])).content.decode()


def test_the_results_of_a_round_stand_under_the_phases_of_that_round(decided):
    competition, _winner, _loser, sponsor = decided
    competition.phases.create(kind="entries", round=2, starts_at=clock.now() - timedelta(days=2), ends_at=clock.now() + timedelta(days=2))
    page = signed_in(sponsor).get(reverse("awards:result_list", args=[competition.code])).content.decode()
    assert "Phasen der Runde 1" in page
    assert "Phasen der Runde 2" not in page


# --- calls without a sponsor, without money, and before their date ----------------------------------------------------


def test_a_call_without_a_sponsor_speaks_of_none_from_the_closing_of_the_meeting_to_the_announcement(decided):
    competition, _winner, _loser, _sponsor = decided
    lead, staff = (make_role(competition, kind).person for kind in (Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE))
    url = reverse("awards:result_list", args=[competition.code])

    def pages():
        return [signed_in(one).get(where).content.decode()
                for one in (lead, staff) for where in (url, reverse("website:desk", args=[competition.code]))]

    before = pages()
    with pytest.raises(Refused) as refused:
        services.announce(competition, by=staff)
    not_theirs = rules.can_approve(staff, competition, 1)
    services.approve_results(competition, by=lead)

    assert all("freigegeben" in str(one) for one in (refused.value, pages()[0], pages()[1]))
    assert "Leitung des Wettbewerbsbüros" in str(not_theirs.reason)
    assert not [one for one in (str(refused.value), str(not_theirs.reason), *before, *pages()) if "Auslober" in one]


def test_a_winner_of_a_prize_without_money_is_promised_none_and_one_with_money_is(decided):
    competition, winner, _loser, sponsor = decided
    announce(competition, sponsor)
    desk = reverse("website:desk", args=[competition.code])
    person = winner.contributors.get().person

    assert "Urkunde, Preisgeld, Porträt" in signed_in(person).get(desk).content.decode()
    Award.objects.update(amount_cents=0)
    competition.prizes.update(amount_cents=0)
    page = signed_in(person).get(desk).content.decode()
    assert ("Urkunde, Porträt und Veröffentlichung" in page, "Preisgeld" in page) == (True, False)


def test_whoever_announces_before_the_date_of_the_call_is_told_so_and_the_bar_shows_it_as_done(decided):
    competition, _winner, _loser, sponsor = decided
    office = make_role(competition, Role.Kind.OFFICE).person
    services.approve_results(competition, by=sponsor)
    confirm = reverse("awards:results_announce", args=[competition.code, 1])
    phase = competition.phases.create(kind="announced", starts_at=clock.now() - timedelta(days=1))
    assert "Die Auslobung nennt" not in signed_in(office).get(confirm).content.decode()
    phase.starts_at = clock.now() + timedelta(days=30)
    phase.save()

    def places():
        return {step.kind: (step.place, step.starts_at) for step in phases.steps(competition.phases.all())}

    assert "Die Auslobung nennt für die Bekanntgabe den " in signed_in(office).get(confirm).content.decode()
    services.announce(competition, by=office, at=clock.now() + timedelta(days=1))
    assert places()["announced"] == ("ahead", phase.starts_at)        # nobody learns from the bar what is only set
    made = Announcement.objects.get()
    Announcement.objects.update(announced_at=made.approved_at)
    assert places()["announced"] == ("now", made.approved_at)
