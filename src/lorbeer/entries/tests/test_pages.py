import pytest
from django.urls import reverse
from django.utils import translation

from lorbeer.call.models import Competition
from lorbeer.entries.models import Bias, State
from lorbeer.entries.queries import ADMITTED
from lorbeer.entries.tests.factories import make_contributor, make_entry
from lorbeer.entries.transitions import move
from lorbeer.intake.documents import head_facts
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.screening.documents import entry_facts
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "projects", "shown"), [
    (Competition.ApplicantKind.ORGANISATION, 0, False), (Competition.ApplicantKind.MUNICIPALITY, 2, True),
])
def test_lists_and_files_speak_of_lands_and_projects_only_where_a_call_has_them(client, kind, projects, shown):
    entry = make_entry(state=State.ADMITTED)
    Competition.objects.filter(pk=entry.competition_id).update(applicant_kind=kind, max_projects=projects)
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE_LEAD).person)

    listing = client.get(reverse("entries:entry_list", args=[entry.competition.code])).context["listing"]
    assert ("land" in [column.key for column in listing.columns]) == shown
    assert ("land" in listing.form.fields) == shown
    head = client.get(reverse("entries:entry_list", args=[entry.competition.code]), {"format": "csv"}).content.decode().splitlines()[0]
    assert ("Land" in head.split(";"), "Einwohner" in head.split(";")) == (shown, shown)
    where = [entry.competition.code, entry.code]
    file = client.get(reverse("entries:entry_tab", args=[*where, "history"]))
    projects = reverse("entries:entry_tab", args=[*where, "projects"])
    assert file.status_code == 200
    assert (projects in [tab["url"] for tab in file.context["tabs"]]) == shown
    assert client.get(projects).status_code == (200 if shown else 404)
    funnel = client.get(reverse("outreach:funnel_show", args=[entry.competition.code]))
    assert bool(funnel.context["choices"]) == shown


def test_a_person_who_applies_is_called_no_body_in_lists_files_and_documents(client):
    entry = make_entry(state=State.ADMITTED)
    place = entry.competition
    client.force_login(make_role(place, Role.Kind.OFFICE_LEAD).person)

    def labels() -> list[str]:
        place.refresh_from_db()
        entry.competition = place
        lists = [client.get(reverse(name, args=[place.code])).context["listing"].columns for name in (
            "entries:entry_list", "formal_check:check_list", "editions:publication_list", "outreach:intent_list")]
        with translation.override("de"):
            return [*(str(column.label) for columns in lists for column in columns if column.key == "applicant"),
                    head_facts(entry)[0][0], entry_facts(entry)[1][0]]

    assert labels() == ["Bewerbende Stelle"] * 6
    Competition.objects.filter(pk=place.pk).update(applicant_kind="person")
    assert labels() == ["Bewerbende Person"] * 6


@pytest.mark.parametrize("order", ["title", "-title"])
def test_the_order_of_the_list_tells_nothing_of_titles_that_it_does_not_show(client, order):
    first = make_entry(state=State.ADMITTED, title="M")
    place = first.competition
    hidden = [make_entry(competition=place, state=state, title=title)
              for state, title in ((State.DRAFT, "Z"), (State.WITHDRAWN, "A"), (State.DRAFT, "B"))]
    second = make_entry(competition=place, state=State.ADMITTED, title="N")
    client.force_login(make_role(place, Role.Kind.OFFICE_LEAD).person)

    rows = list(client.get(reverse("entries:entry_list", args=[place.code]), {"sort": order}).context["listing"].rows)

    shown = [first, second] if order == "title" else [second, first]
    assert rows == [*shown, *hidden]                                    # by age alone, whatever their titles are


def test_a_fund_with_rounds_has_a_column_and_a_filter_for_them_and_others_have_not(client):
    entry = make_entry(state=State.ADMITTED)
    place = entry.competition
    client.force_login(make_role(place, Role.Kind.OFFICE_LEAD).person)
    address = reverse("entries:entry_list", args=[place.code])

    def listing(**query):
        return client.get(address, query).context["listing"]

    assert "round" not in [column.key for column in listing().columns]
    assert "round" not in listing().form.fields

    place.phases.create(kind="entries", round=2)
    second = make_entry(competition=place, state=State.ADMITTED, round=2)
    assert "round" in [column.key for column in listing().columns]
    assert [row.code for row in listing(round="2").rows] == [second.code]
    assert {row.code for row in listing().rows} == {entry.code, second.code}
    assert [row.code for row in listing(sort="-round").rows] == [second.code, entry.code]


@pytest.mark.parametrize("kind", ["sponsor", "editor", "screener", "juror"])
def test_to_insiders_who_may_not_read_it_an_entry_that_is_not_admitted_does_not_exist(client, kind):
    entries = [make_entry(state=State.ADMITTED)]
    place = entries[0].competition
    entries += [make_entry(competition=place, state=state) for state in State.values]
    client.force_login(make_role(place, kind).person)

    def status(code, *name):
        return client.get(reverse(f"entries:entry_{'tab' if name else 'show'}", args=[place.code, code, *name])).status_code

    closed = [entry for entry in entries if entry.state not in ADMITTED]
    assert {entry.state for entry in closed} == {"draft", "submitted", "withdrawn", "inadmissible"}
    assert {(status(entry.code), status(entry.code, "history")) for entry in closed} == {(404, 404)}
    assert status("NONESUCH") == 404
    assert status(entries[0].code) != 404
    if kind in ("screener", "juror"):                                   # biased: they know that it is there, and hear why
        Bias.objects.create(entry=entries[0], person=place.roles.get().person, kind=Bias.Kind.DECLARED, reason="x")
        assert status(entries[0].code) == 403


def test_what_was_submitted_and_then_withdrawn_keeps_title_and_arrival_in_the_list(client):
    from lorbeer.intake.services import withdraw
    from lorbeer.intake.tests.factories import OPEN, make_draft, make_submission

    submission = make_submission()
    place, person = submission.entry.competition, submission.submitted_by
    withdraw(submission.entry, by=person)
    draft = make_draft(place, answers={"title": "Geheim"})
    withdraw(draft.entry, by=draft.entry.contributors.get().person)
    client.force_login(make_role(place, Role.Kind.OFFICE_LEAD).person)
    address = reverse("entries:entry_list", args=[place.code])

    rows = {row.code: row for row in client.get(address).context["listing"].rows}

    kept, private = rows[submission.entry.code], rows[draft.entry.code]
    assert (kept.title_told, kept.arrived_at, kept.channel) == ("Ein Garten für alle", OPEN, "online")
    assert (private.title_told, private.arrived_at) == (None, None)
    assert [row.code for row in client.get(address, {"q": "Garten"}).context["listing"].rows] == [kept.code]
    assert list(client.get(address, {"q": "Geheim"}).context["listing"].rows) == []
    for entry, shown in ((kept, "Ein Garten für alle"), (private, "(nicht eingereicht)")):
        page = client.get(reverse("entries:entry_tab", args=[place.code, entry.code, "history"])).content.decode()
        assert shown in page
    assert "Geheim" not in page


def test_of_what_happened_at_one_moment_the_history_shows_the_later_above(client):
    now = clock.now()
    with clock.at(now):
        entry = make_entry(state=State.DRAFT, created_at=now)
        for name in ("submit", "withdraw", "resume"):
            entry = move(entry, name, by=None)
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE).person)
    page = client.get(reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "history"])).content.decode()
    places = [page.rindex(word) for word in ("wieder aufgenommen", "zurückgezogen", "eingereicht", "begonnen")]
    assert places == sorted(places)


def test_the_file_leads_the_office_to_inviting_a_contact_person_where_nobody_has_an_account(client):
    entry = make_entry(state=State.SUBMITTED)
    office = make_role(entry.competition, Role.Kind.OFFICE).person
    people = reverse("intake:contributor_list", args=[entry.competition.code, entry.code])

    def leads(person):
        client.force_login(person)
        answer = client.get(reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "history"]))
        assert answer.status_code == 200
        return people in answer.content.decode()

    assert not leads(office)                                            # it came online
    entry.arrivals.create(competition=entry.competition, channel="post")
    assert leads(office)
    assert not leads(make_role(entry.competition, Role.Kind.AUDITOR).person)
    make_contributor(entry)
    assert not leads(office)
