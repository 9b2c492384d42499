from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lorbeer.awards.tests.factories import announce, make_decided_competition
from lorbeer.call.models import Competition, Phase
from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.models import BookBuild
from lorbeer.documentation.services import publish_book
from lorbeer.editions.services import release
from lorbeer.editions.tests.factories import make_edition
from lorbeer.entries.tests.factories import make_entry as plain_entry
from lorbeer.intake.tests.factories import FORM
from lorbeer.jury.services import close_meeting
from lorbeer.jury.tests.factories import decide, make_entry, make_jury_competition, make_meeting
from lorbeer.outreach.services import record_intent
from lorbeer.people.models import Role
from lorbeer.people.services import invite
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.models import LegalStatus, Municipality, RegisterEdition
from lorbeer.shared import clock, files
from lorbeer.shared.desk import tasks_for
from lorbeer.website import queries
from lorbeer.website.render import rendered
from lorbeer.website.tests.factories import make_page

pytestmark = pytest.mark.django_db
BACKEND = "lorbeer.people.backends.AccountBackend"


def text_of(answer) -> str:
    return answer.content.decode()


def test_the_start_page_lists_published_competitions_only(client):
    make_competition(title={"de": "Gezeigter Wettbewerb"})
    make_competition(title={"de": "Verborgener Wettbewerb"}, is_public=False)

    text = text_of(client.get(reverse("home")))

    assert "Gezeigter Wettbewerb" in text
    assert "Verborgener" not in text


@pytest.mark.once
def test_the_start_page_costs_the_same_for_one_and_for_ten_competitions(client):
    make_competition()
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("home"))
    for _number in range(9):
        make_competition()
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("home"))
    assert len(few) == len(many)


def test_the_poster_shows_what_the_call_says_and_nothing_typed_twice(client):
    competition = make_competition(aim={"de": "Gesucht: Ideen."})

    text = text_of(client.get(reverse("website:competition_home", args=[competition.code])))

    for fact in ("Gesucht: Ideen.", "25.000\N{NO-BREAK SPACE}€", "Kriterium 1", "Jetzt bewerben"):
        assert fact in text


@pytest.mark.parametrize(("moment", "state"), [
    (datetime(2017, 6, 1, tzinfo=UTC), (False, True)), (datetime(2017, 7, 1, tzinfo=UTC), (True, False)),
    (datetime(2018, 1, 1, tzinfo=UTC), (False, False)), (datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC), (True, False)),
])
def test_the_deadline_is_open_to_its_last_second(moment, state):
    competition = make_competition(closes=datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC))

    with clock.at(moment):
        found = queries.deadline(competition)

    assert (found.is_open, found.is_ahead) == state


def test_a_fund_shows_the_round_that_is_open_now():
    competition = make_competition(closes=datetime(2017, 9, 1, tzinfo=UTC))
    later = Phase.objects.create(competition=competition, kind="entries", round=2, starts_at=datetime(2017, 10, 1, tzinfo=UTC),
                                 ends_at=datetime(2017, 11, 1, tzinfo=UTC))

    with clock.at(datetime(2017, 10, 5, tzinfo=UTC)):
        assert queries.deadline(competition).phase == later


@pytest.mark.parametrize(("moment", "going_on", "places"), [
    (datetime(2017, 11, 1, tzinfo=UTC), "entries", ["now", "ahead", "ahead"]),
    (datetime(2018, 1, 10, tzinfo=UTC), "screening", ["past", "now", "now"]),
    (datetime(2018, 2, 10, tzinfo=UTC), "screening", ["past", "past", "now"]),
])
def test_what_comes_after_the_entries_is_not_going_on_while_they_are_taken_in(moment, going_on, places):
    """The formal check may name its end only, or a first day before the deadline: it begins with the last entry."""
    ends = datetime(2018, 1, 31, tzinfo=UTC)
    for starts in (None, datetime(2017, 10, 1, tzinfo=UTC)):
        competition = make_competition(closes=datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC))
        competition.phases.filter(kind="letters").delete()
        competition.phases.create(kind="check", starts_at=starts, ends_at=ends)
        competition.phases.create(kind="screening", ends_at=datetime(2018, 3, 1, tzinfo=UTC))

        with clock.at(moment):
            assert queries.going_on(competition).kind == going_on
            assert [step.place for step in queries.dates(competition)] == places


@pytest.mark.parametrize(("moment", "places"), [
    (datetime(2018, 6, 11, 7, tzinfo=UTC), ["ahead", "now"]),
    (datetime(2018, 6, 11, 21, 59, tzinfo=UTC), ["now", "now"]),
    (datetime(2018, 6, 11, 22, tzinfo=UTC), ["past", "now"]),           # the next day in Berlin
])
def test_an_announcement_is_current_on_its_day(moment, places):
    competition = make_competition(closes=datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC))
    for kind, starts_at in (("announced", datetime(2018, 6, 11, 8, tzinfo=UTC)), ("book", datetime(2018, 6, 1, tzinfo=UTC))):
        competition.phases.create(kind=kind, starts_at=starts_at)

    with clock.at(moment):
        assert [step.place for step in queries.dates(competition)][-2:] == places


@pytest.mark.parametrize(("kind", "word"), [
    ("municipality", "Kommunen"), ("organisation", "Vereine, Gruppen und andere Träger"), ("person", "Einzelne Personen")])
def test_who_may_take_part_is_said_by_who_applies_and_by_groups_that_take_certain_entries_only(client, kind, word):
    competition = make_competition(applicant_kind=kind)
    competition.groups.filter(code="main").update(label={"de": "Ideen im Quartier"})
    address = reverse("website:competition_home", args=[competition.code])

    def told() -> tuple[str, str]:
        page = text_of(client.get(address)).split('id="who"')[1].split("</section>")[0]
        return page, rendered("{{ groups }}", competition, "de")

    page, part = told()
    assert (f"<p>{word}</p>" in page, "Ideen im Quartier" in page) == (True, False)
    assert (word in part, "Ideen im Quartier" in part) == (True, False)

    competition.groups.filter(code="main").update(condition="${age} > 17", label={"de": "Erwachsene"})
    page, part = told()
    assert (f"{word}, in dieser Prämierungsgruppe:" in page, "<li>Erwachsene</li>" in page, "Erwachsene" in part) == (True, True, True)


def test_a_prize_stands_on_the_start_page_under_the_name_that_the_call_gives_it(client):
    competition = make_competition()
    competition.prizes.filter(code="main").update(label={"de": "Förderung"})

    prizes = text_of(client.get(reverse("website:competition_home", args=[competition.code]))).split('id="prizes"')[1].split("</section>")[0]

    assert "Förderung" in prizes


def test_a_municipality_learns_its_group(client):
    edition = RegisterEdition.objects.create(as_of="2019-12-31", source="Muster", sha256="x")
    Municipality.objects.create(edition=edition, key="05999000", name="Musterstadt", search_name="musterstadt",
                                legal_status=LegalStatus.KREISFREI, land_code="NW")
    competition = make_competition(register_edition=edition)
    competition.groups.filter(code="main").update(legal_statuses=["kreisfrei"], label={"de": "kreisfreie Städte"})
    address = reverse("website:competition_home", args=[competition.code])

    assert "kreisfreie Städte" in text_of(client.get(address, {"place": "muster"})).split('id="who"')[1]
    assert "keine Kommune gefunden" in text_of(client.get(address, {"place": "<script>"}))
    Competition.objects.update(register_edition=None)                   # imported before there was a register: the newest is asked
    assert "kreisfreie Städte" in text_of(client.get(address, {"place": "muster"})).split('id="who"')[1]


def test_a_page_in_markdown_is_shown_without_what_could_harm(client):
    competition = make_competition()
    make_page(competition, text="**fett** <script>alert(1)</script>")

    text = text_of(client.get(reverse("website:page_show", args=[competition.code, "theme"])))

    assert "<strong>fett</strong>" in text
    assert "<script>alert" not in text
    assert client.get(reverse("website:page_show", args=[competition.code, "missing"])).status_code == 404


@pytest.mark.parametrize(("kind", "status"), [
    (Role.Kind.OFFICE_LEAD, 200), (Role.Kind.OFFICE, 200), (Role.Kind.EDITOR, 200), (Role.Kind.SCREENER, 403),
    (Role.Kind.JUROR, 403), (Role.Kind.AUDITOR, 403), (Role.Kind.SPONSOR, 403),
])
def test_pages_are_edited_by_office_and_editor(client, kind, status):
    role = make_role(make_competition(), kind)
    client.force_login(role.person, backend=BACKEND)

    page = client.get(reverse("website:page_list", args=[role.competition.code]))
    assert page.status_code == status
    new = reverse("website:page_new", args=[role.competition.code])
    assert page.content.decode().count(f'href="{new}"') == (2 if status == 200 else 0)     # above, and where no page is yet


def test_a_desk_is_for_those_who_have_something_to_do_there(client):
    competition = make_competition()
    address = reverse("website:desk", args=[competition.code])

    assert client.get(address).status_code == 302
    client.force_login(make_person(), backend=BACKEND)
    assert client.get(address).status_code == 404
    for kind in Role.Kind:
        client.force_login(make_role(competition, kind).person, backend=BACKEND)
        assert client.get(address).status_code == 200, kind


def test_the_menu_leads_to_no_desk_before_the_first_entry_is_begun(client):
    competition = make_competition()
    desk, apply = (reverse(name, args=[competition.code]) for name in ("website:desk", "intake:entry_start"))
    person = make_person()
    client.force_login(person, backend=BACKEND)
    assert f'href="{desk}"' not in text_of(client.get(apply))

    make_entry(competition, contact=person)

    assert f'href="{desk}"' in text_of(client.get(apply))
    assert client.get(desk).status_code == 200


def test_the_desk_of_a_new_lead_says_what_to_do_first_and_each_is_gone_once_done():
    competition = make_competition(sponsor={"de": "Musterministerium"}, opens=datetime(2017, 1, 1, tzinfo=UTC),
                                   closes=datetime(2017, 3, 1, tzinfo=UTC))
    screening = Phase.objects.create(competition=competition, kind=Phase.Kind.SCREENING)
    lead, office = (make_role(competition, kind).person for kind in (Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE))
    team = reverse("people:team_list", args=[competition.code]) + "#invite"

    def asked(person, day=datetime(2017, 2, 1, tzinfo=UTC)):
        found = Competition.objects.get(pk=competition.pk)
        with clock.at(day):
            return {(task.label, task.url) for task in tasks_for(person, found)}

    assert asked(office) == set()                                       # not theirs
    assert asked(lead) == {
        ("Termine der Auslobung festlegen", reverse("call:phases_edit", args=[competition.code])),
        ("Fragebogen schreiben oder einlesen", reverse("questionnaire:version_list", args=[competition.code])),
        ("Gemeindeverzeichnis einlesen lassen", reverse("outreach:register_show", args=[competition.code])),
        ("Vorprüfende einladen", team), ("Jury einladen", team), ("Auslober einladen", team)}

    Phase.objects.filter(pk=screening.pk).update(starts_at=datetime(2017, 3, 2, tzinfo=UTC), ends_at=datetime(2017, 3, 20, tzinfo=UTC))
    assert asked(lead, datetime(2017, 4, 1, tzinfo=UTC)) == set()       # over: nobody needs it any more
    RegisterEdition.objects.create(as_of="2017-12-31", source="Muster", sha256="x")
    version = add_version(competition, FORM)
    assert ("Fragebogen veröffentlichen", reverse("questionnaire:version_list", args=[competition.code])) in asked(lead)
    publish(version)
    make_role(competition, Role.Kind.SCREENER)
    with clock.at(datetime(2017, 2, 1, tzinfo=UTC)):
        for kind in (Role.Kind.SCREENER, Role.Kind.SPONSOR, Role.Kind.JUROR):
            invite(competition, by=lead, email=f"{kind}@example.org", name="", kind=kind)
    assert asked(lead) == set()
    make_role(competition, Role.Kind.JUROR)
    assert asked(lead) == {("Jury berufen", reverse("jury:member_list", args=[competition.code]))}


def test_with_one_desk_the_way_leads_straight_to_it(client):
    role = make_role(make_competition(), Role.Kind.JUROR)
    client.force_login(role.person, backend=BACKEND)

    assert client.get(reverse("desk_list")).url == reverse("website:desk", args=[role.competition.code])
    make_role(make_competition(), Role.Kind.JUROR, role.person)
    assert client.get(reverse("desk_list")).status_code == 200


def test_an_operator_finds_all_competitions_their_teams_and_the_import(client):
    led, invited, alone = (make_competition(is_public=False) for _number in range(3))
    make_role(led, Role.Kind.OFFICE_LEAD)
    operator = make_person(is_operator=True)
    invite(invited, by=operator, email="leitung@example.org", name="", kind=Role.Kind.OFFICE_LEAD)
    make_role(led, Role.Kind.EDITOR, operator)                          # one desk alone does not hide the rest
    client.force_login(operator, backend=BACKEND)

    answer = client.get(reverse("desk_list"))
    text = text_of(answer)

    assert [(one, one.has_lead, one.is_lead_invited) for one in answer.context["operated"]] == [
        (led, True, False), (invited, False, True), (alone, False, False)]
    for place in (led, invited, alone):
        assert f'href="{reverse("people:team_list", args=[place.code])}"' in text
        assert f"<code>{place.code}</code>" in text                     # two may have one title
        assert client.get(reverse("call:call_show", args=[place.code])).status_code == 200
    assert f'href="{reverse("package_import")}"' in text
    assert client.get(reverse("package_import").removesuffix("packages/")).url == reverse("desk_list")

    client.force_login(make_person(), backend=BACKEND)
    assert client.get(reverse("operator_home")).status_code == 404
    assert reverse("package_import") not in text_of(client.get(reverse("desk_list")))


@pytest.mark.parametrize("name", ["imprint", "privacy", "accessibility"])
def test_the_legal_pages_are_there(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(("languages", "asked", "shown"), [
    (["en"], "de", "en"), (["de"], "en", "de"), (["de", "en"], "en", "en"), (["de", "en"], "de", "de"),
])
def test_a_competition_speaks_its_own_languages(client, languages, asked, shown):
    competition = make_competition(languages=languages)

    text = text_of(client.get(reverse("website:competition_home", args=[competition.code]), headers={"accept-language": asked}))

    assert f'<html lang="{shown}"' in text
    assert ("Apply now" if shown == "en" else "Jetzt bewerben") in text


def test_who_has_chosen_a_language_keeps_it(client, settings):
    competition = make_competition(languages=["en"])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"

    assert '<html lang="de"' in text_of(client.get(reverse("website:competition_home", args=[competition.code])))


def test_a_call_speaks_languages_that_the_house_does_not(client, settings):
    competition = make_competition(languages=["de", "fr"], title={"de": "Preis", "fr": "Prix"})
    competition.prizes.update(label={"de": "Förderung", "fr": "Subvention"})
    for language, title in (("de", "Regeln"), ("fr", "Règlement")):
        make_page(competition, "rules", language=language, title=title)
    address = reverse("website:competition_home", args=[competition.code])
    german = text_of(client.get(address, headers={"accept-language": "pl,de;q=0.5"}))
    assert ('<html lang="de"' in german, 'lang="fr">Français</button>' in german) == (True, True)

    asked = text_of(client.get(address, headers={"accept-language": "fr-CH, fr;q=0.9, de;q=0.5"}))
    client.post(reverse("site:language_set"), {"language": "fr", "next": address})
    for text in (asked, text_of(client.get(address))):
        assert '<html lang="en"' in text
        assert '<h1 class="l-poster__title"><span lang="fr">Prix</span></h1>' in text
        assert '<span lang="fr">Règlement</span></a>' in text
        assert "<title>Start · Prix" in text                             # where no element can stand, it is not marked
        assert [word in text for word in ("Prix", "Règlement", "Apply now", "Preis", "Jetzt bewerben")] == [
            True, True, True, False, False]
    other = make_competition(languages=["de"])
    assert '<html lang="de"' in text_of(client.get(reverse("website:competition_home", args=[other.code])))


def test_winners_of_several_rounds_stand_under_their_rounds_the_newest_first(client):
    competition = make_jury_competition()
    older, newer = (make_entry(competition, applicant=name) for name in ("Altstadt", "Neustadt"))
    for entry in (older, newer):
        release(entry, ["entry"], by=None)
    meeting = make_meeting(competition, entries=0)
    for item in meeting.items.all():
        decide(item)
    close_meeting(meeting, by=None)
    announce(competition, make_role(competition, Role.Kind.SPONSOR).person)
    address = reverse("website:competition_home", args=[competition.code])
    assert "w-section__round" not in text_of(client.get(address))

    type(newer).objects.filter(pk=newer.pk).update(round=2)
    first = competition.announcements.get()
    competition.announcements.create(round=2, approved_at=first.approved_at, announced_at=first.announced_at)
    text = text_of(client.get(address))
    places = [text.index(word) for word in ("Runde 2, ", "Neustadt", "Runde 1, ", "Altstadt")]
    assert places == sorted(places)


def test_the_winners_link_only_to_pages_that_are_there(client):
    from lorbeer.editions.models import Release
    from lorbeer.editions.services import revoke
    from lorbeer.editions.tests import factories as editions
    from lorbeer.editions.tests.test_editions import make_award

    competition = editions.make_call()
    listed, closed, unlisted, later = (
        editions.make_entry(competition, applicant=name) for name in ("Offenstadt", "Zustadt", "Geheimstadt", "Nachstadt"))
    for entry in (listed, closed, unlisted, later):
        make_award(competition, entry)
    address = reverse("website:competition_home", args=[competition.code])
    page = text_of(client.get(address))
    assert f"/catalogue/{listed.code}/" not in page                     # there is no edition yet
    assert reverse("catalogue:entry_list", args=[competition.code]) not in page.split("<main")[1].split("<h2")[0]

    revoke(closed, list(Release.Part.values), by=None)
    revoke(later, list(Release.Part.values), by=None)
    type(unlisted).objects.filter(pk=unlisted.pk).update(is_unlisted=True)
    editions.make_edition(competition)
    page = text_of(client.get(address))

    linked = [entry.applicant for entry in (listed, closed, unlisted, later) if f"/catalogue/{entry.code}/" in page]
    assert linked == ["Offenstadt"]
    assert page.count("nicht genannt") == 3
    assert client.get(reverse("catalogue:entry_detail", args=[competition.code, listed.code])).status_code == 200
    assert [entry.applicant for entry in (closed, unlisted, later) if entry.applicant in page or entry.title in page] == []


@pytest.mark.parametrize("how", ["never agreed", "took it back", "made unlisted"])
def test_a_winner_is_named_in_public_only_while_it_agrees(client, how):
    from lorbeer.editions.queries import facts_of, published_edition
    from lorbeer.editions.services import withdraw_consent
    from lorbeer.editions.tests import factories as editions
    from lorbeer.editions.tests.test_editions import make_award

    competition = editions.make_call()
    entry = editions.make_entry(competition, applicant="Geheimstadt", title="Stilles Haus", released=how != "never agreed")
    other = editions.make_entry(competition, applicant="Offenstadt", title="Lautes Haus")
    for one in (entry, other):
        make_award(competition, one)
    editions.make_edition(competition)
    if how == "took it back":
        withdraw_consent(entry, by=None)
    elif how == "made unlisted":
        type(entry).objects.filter(pk=entry.pk).update(is_unlisted=True)

    for address in ("website:competition_home", "catalogue:entry_list", "statistics:table_list"):
        page = text_of(client.get(reverse(address, args=[competition.code])))
        assert [word for word in ("Geheimstadt", "Stilles Haus", entry.code) if word in page] == []
    home = text_of(client.get(reverse("website:competition_home", args=[competition.code])))
    assert home.count("nicht genannt") == 1
    # In the order of the alphabet it would stand first, and so it did in the dataset.
    assert 0 < home.index("Offenstadt") < home.index("nicht genannt")
    assert [award["entry"] for award in facts_of(published_edition(competition))["awards"]] == [other.code, ""]
    assert client.get(reverse("catalogue:entry_detail", args=[competition.code, entry.code])).status_code == 404
    assert entry.code not in client.get(reverse("catalogue:entry_export", args=[competition.code, "json"])).text


def test_an_applicants_desk_shows_the_phases_of_their_own_round(client):
    competition = make_jury_competition()
    entry = make_entry(competition, contact=make_person())
    competition.phases.create(kind="entries", round=2, starts_at=clock.now() - timedelta(days=2), ends_at=clock.now() + timedelta(days=2))
    client.force_login(entry.contributors.get().person, backend=BACKEND)
    page = text_of(client.get(reverse("website:desk", args=[competition.code])))
    assert "Phasen der Runde 1" in page
    assert "Phasen der Runde 2" not in page


def test_the_public_page_links_to_the_book_once_it_is_published(client):
    competition = make_competition()
    pdf = files.store(b"%PDF-1.7", name="buch.pdf", stored_by=None, scope=competition.code, subject=f"book:{competition.code}")
    build = BookBuild.objects.create(competition=competition, edition=make_edition(competition), pdf=pdf, pages=64)
    address, book = reverse("website:competition_home", args=[competition.code]), reverse("file_download", args=[pdf.code, pdf.name])
    assert book not in text_of(client.get(address))
    assert client.get(book).status_code == 404

    publish_book(build, by=None)

    page = text_of(client.get(address))
    assert book in page
    assert "Dokumentation (PDF, 64 Seiten)" in page
    assert client.get(book).status_code == 200


def test_a_deadline_within_the_day_is_told_with_its_hour_and_the_end_of_a_day_without(client):
    noon = make_competition(closes=datetime(2099, 5, 4, 10, 0, tzinfo=UTC))
    end = make_competition(closes=datetime(2099, 12, 31, 22, 59, 59, tzinfo=UTC))

    home = text_of(client.get(reverse("home")))
    assert "2099, 12:00" in home
    assert "2099, 24:00" not in home
    assert "2099, 12:00" in text_of(client.get(reverse("website:competition_home", args=[noon.code])))
    assert "2099, 23:59" not in text_of(client.get(reverse("website:competition_home", args=[end.code])))


def test_a_call_without_prizes_has_no_heading_over_nothing(client):
    competition = make_competition()
    address = reverse("website:competition_home", args=[competition.code])
    assert 'id="prizes"' in text_of(client.get(address))

    competition.purses.all().delete()
    for group in competition.groups.all():
        group.prizes.all().delete()

    assert 'id="prizes"' not in text_of(client.get(address))


def test_the_desk_says_how_many_of_the_municipalities_are_unnamed():
    competition = make_competition()
    for facts in ({"applicant": "Stadt Eins"}, {"applicant": "Stadt Eins"}, {"applicant": "Stadt Zwei", "is_unlisted": True}):
        plain_entry(competition=competition, state="admitted", **facts)
    admitted = queries.key_figures(competition, Role.Kind.OFFICE)[1]
    assert (admitted["value"], admitted["note"]) == ("3", "von 2 Kommunen, davon 1 ungenannt")


@pytest.mark.parametrize(("language", "of_one"), [("de", ["Absichtserklärung", "Preis"]), ("en", ["letter of intent", "prize"])])
def test_a_number_on_the_desk_bends_what_it_counts(language, of_one):
    competition, _winner, _loser, sponsor = make_decided_competition()
    announce(competition, sponsor)
    office = make_role(competition, Role.Kind.OFFICE).person            # what the office notes counts at once
    record_intent(competition, applicant="Stadt A", contact_email="a@example.org", subject="Ein Garten", by=office)
    with translation.override(language):
        figures = queries.key_figures(competition, Role.Kind.OFFICE)
    assert [(one["value"], one["label"]) for one in (figures[0], figures[-1])] == [("1", word) for word in of_one]
