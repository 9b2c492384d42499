from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from lorbeer.call.models import CheckPoint, ExclusionClause, Letter
from lorbeer.call.tests.factories import make_competition, make_group
from lorbeer.entries.models import Entry
from lorbeer.formal_check import applicants, letters, queries, rules, services
from lorbeer.formal_check.models import Check
from lorbeer.formal_check.tasks import check_tasks
from lorbeer.formal_check.tests.factories import CLOSES, make_call, make_desk, make_edition, make_municipality, make_submission
from lorbeer.intake import services as intake
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import FORM
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import Message
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
LATER = datetime(2018, 1, 10, 9, tzinfo=UTC)


def mail(kind):
    return Message.objects.get(kind=kind)


def test_an_admitted_entry_has_its_group_a_check_and_a_mail():
    competition, office, entry = make_desk()

    check = services.admit(entry, by=office, findings={"form": (True, "")})

    entry.refresh_from_db()
    assert (entry.state, entry.group.code) == ("admitted", "main")
    assert (check.verdict, check.checked_by, check.points.get().fulfilled) == ("admitted", office, True)
    assert entry.group.label["de"] in mail("admission").body
    assert "{{" not in mail("admission").body


def test_an_exclusion_names_its_clause_in_check_history_and_notice():
    competition, office, entry = make_desk()
    clause = competition.clauses.get()

    check = services.exclude(entry, clause, by=office, reason="Eingereicht von einem Verein.")

    entry.refresh_from_db()
    assert entry.state == "inadmissible"
    assert check.clause == clause
    assert "1.2" in entry.history.last().reason
    body = mail("exclusion").body
    assert "nicht teilnahmeberechtigt (1.2)" in body
    assert "Eingereicht von einem Verein." in body


def test_the_database_refuses_an_exclusion_without_a_clause():
    from django.db import IntegrityError

    _competition, _office, entry = make_desk()
    with pytest.raises(IntegrityError):
        Check.objects.create(entry=entry, submission=entry.submissions.get(), verdict="excluded")


def test_a_clause_or_group_of_another_competition_is_refused():
    _competition, office, entry = make_desk()
    other = make_competition()
    with pytest.raises(BadInput):
        services.exclude(entry, other.clauses.get(), by=office)
    with pytest.raises(BadInput):
        services.admit(entry, by=office, group=other.groups.first(), reason="x")
    assert not Check.objects.exists()


def test_another_group_than_the_rules_needs_a_reason():
    competition, office, entry = make_desk()
    other = make_group(competition, code="other", position=5)

    with pytest.raises(BadInput):
        services.admit(entry, by=office, group=other)
    services.admit(entry, by=office, group=other, reason="Träger ist ein Verband.")

    entry.refresh_from_db()
    assert (entry.group, entry.group_reason) == (other, "Träger ist ein Verband.")


def test_nothing_is_sorted_into_the_special_category():
    competition, office, entry = make_desk()
    with pytest.raises(BadInput):
        services.admit(entry, by=office, group=competition.groups.get(is_special=True), reason="x")


def test_a_point_that_is_not_fulfilled_needs_a_reason_to_admit_all_the_same():
    _competition, office, entry = make_desk()
    with pytest.raises(BadInput):
        services.admit(entry, by=office, findings={"form": (False, "Seite 2 fehlt")})
    services.admit(entry, by=office, findings={"form": (False, "Seite 2 fehlt")}, reason="Seite 2 ist leer.")
    assert Check.objects.get().points.get().note == "Seite 2 fehlt"


def test_while_the_applicant_may_complete_the_entry_nobody_excludes_it_and_admitting_it_needs_a_reason():
    competition, office, entry = make_desk()
    clause = competition.clauses.get()
    services.return_for_completion(entry, until=clock.now() + timedelta(days=5), reason="Seite 3 fehlt.", by=office)

    for by in (office, None):
        with pytest.raises(Refused, match="zu ergänzen"):
            services.exclude(entry, clause, by=by, reason="Trotz Nachforderung unvollständig.")
        with pytest.raises(BadInput, match="schon vorher"):
            services.admit(entry, by=by)
    assert not rules.can_exclude(office, entry)
    with clock.at(clock.now() + timedelta(days=6)):
        assert rules.can_exclude(office, entry)
    services.admit(entry, by=office, reason="Seite 3 lag im Umschlag.")
    entry.refresh_from_db()
    assert entry.state == "admitted"


@pytest.mark.once
def test_a_return_that_another_commits_just_before_the_verdict_is_kept(monkeypatch):
    competition, office, entry = make_desk()
    lock = services._lock

    def wait(waiting, **facts):                                         # another is before us at the lock
        monkeypatch.setattr(services, "_lock", lock)
        services.return_for_completion(
            type(entry).objects.get(pk=entry.pk), until=clock.now() + timedelta(days=5), reason="Seite 3 fehlt.", by=office)
        lock(waiting, **facts)

    for verdict in (lambda: services.exclude(entry, competition.clauses.get(), by=office), lambda: services.admit(entry, by=office)):
        monkeypatch.setattr(services, "_lock", wait)
        with pytest.raises((Refused, BadInput), match="zu ergänzen|schon vorher"):
            verdict()
        assert entry.state == "submitted"
    assert not Message.objects.filter(kind__in=("admission", "exclusion")).exists()


def test_an_unknown_check_point_is_refused():
    _competition, office, entry = make_desk()
    with pytest.raises(BadInput):
        services.admit(entry, by=office, findings={"nothing": (True, "")})
    entry.refresh_from_db()
    assert entry.state == "submitted"
    assert not Check.objects.exists()


@pytest.mark.parametrize("by_office", [True, False])
def test_what_came_late_is_not_admitted_before_somebody_has_decided(by_office):
    _competition, office, entry = make_desk()
    arrival = entry.submissions.get().arrival
    Arrival.objects.filter(pk=arrival.pk).update(timeliness="late")

    with pytest.raises(Refused):
        services.admit(entry, by=office if by_office else None)
    assert not rules.can_admit(office, entry)

    arrival.refresh_from_db()
    intake.admit_late(arrival, reason="Der Server stand still.", by=office)
    services.admit(entry, by=office)
    entry.refresh_from_db()
    assert entry.state == "admitted"


@pytest.mark.parametrize("kind", ["screener", "juror", "editor", "sponsor", "auditor", None])
def test_only_the_office_decides(kind):
    competition, _office, entry = make_desk()
    person = make_role(competition, kind).person if kind else make_person()
    for act in (
        lambda: services.admit(entry, by=person),
        lambda: services.exclude(entry, competition.clauses.get(), by=person),
        lambda: services.return_for_completion(entry, until=clock.now() + timedelta(days=1), reason="x", by=person),
    ):
        with pytest.raises(Refused):
            act()
    assert not Check.objects.exists()
    assert not Message.objects.exclude(kind="receipt").exists()


@pytest.mark.parametrize("state", ["draft", "withdrawn", "admitted", "inadmissible", "awarded"])
def test_only_a_submitted_entry_is_checked(state):
    competition, office, entry = make_desk()
    type(entry).objects.filter(pk=entry.pk).update(state=state)
    for one in (entry, type(entry).objects.get(pk=entry.pk)):           # also from a page that is out of date
        with pytest.raises(Refused):
            services.admit(one, by=office)
        with pytest.raises(Refused):
            services.return_for_completion(one, until=clock.now() + timedelta(days=1), reason="x", by=office)
    assert not Check.objects.exists()


def test_a_verdict_on_a_version_that_is_no_longer_the_newest_is_refused():
    _competition, office, entry = make_desk()
    with pytest.raises(Refused):
        services.admit(entry, by=office, seen=entry.submissions.get().number - 1)
    services.admit(entry, by=office, seen=entry.submissions.get().number)


@pytest.mark.django_db(transaction=True)
def test_of_two_verdicts_at_once_one_counts():
    competition, office, entry = make_desk()
    clause = competition.clauses.get()

    def decide(number):
        try:
            mine = type(entry).objects.get(pk=entry.pk)
            services.admit(mine, by=office) if number % 2 else services.exclude(mine, clause, by=office)
        except (Refused, OperationalError):
            return 0
        else:
            return 1
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, range(4))) == 1
    assert Check.objects.count() == 1
    assert Message.objects.filter(kind__in=("admission", "exclusion")).count() == 1


# --- completion ---


def make_returned(**facts):
    competition, office, entry = make_desk(closes=CLOSES, **facts)
    with clock.at(LATER):
        services.return_for_completion(entry, until=LATER + timedelta(days=7), reason="Die Anlage fehlt.", by=office)
    return competition, office, entry


def test_a_returned_entry_waits_for_its_applicant_and_then_for_its_check_again():
    competition, _office, entry = make_returned()

    with clock.at(LATER + timedelta(days=1)):
        assert queries.next_waiting(competition) is None
    with clock.at(LATER + timedelta(days=8)):
        assert queries.next_waiting(competition) == entry
    body = mail("completion").body
    assert "Die Anlage fehlt." in body and "17. Januar 2018" in body or "January" in body
    assert f"/{competition.code}/apply/{entry.code}/" in body           # the way to it, not only that there is one


def test_a_returned_entry_shows_its_applicant_why_and_until_when_instead_of_the_passed_deadline():
    competition, _office, entry = make_returned()
    client = Client()
    client.force_login(entry.contributors.get().person)

    def page(name, at, *more):
        with clock.at(at):
            return client.get(reverse(f"intake:{name}", args=[competition.code, entry.code, *more])).content.decode()

    shown = page("entry_show", LATER + timedelta(days=1))
    assert "an Sie zurückgegeben" in shown
    assert "Die Anlage fehlt." in shown
    assert "in 6 Tagen" in shown
    assert "ist eingereicht und zählt" not in shown
    section = page("section_edit", LATER + timedelta(days=1), "basics")
    assert "zu ergänzen bis" in section
    assert "Die Frist ist vorbei" not in section
    assert "die Frist zur Ergänzung ist vorbei" in page("entry_show", LATER + timedelta(days=8))


def test_who_is_asked_can_submit_after_the_deadline_until_the_date_and_nobody_else():
    competition, _office, entry = make_returned()
    other = make_submission(competition).entry

    def resubmit(which, at, text):
        with clock.at(at):
            person = which.contributors.get().person
            intake.save_answer(which.draft, "title", 0, text, by=person)
            return intake.submit(which, by=person)

    with pytest.raises(Refused):
        resubmit(other, LATER + timedelta(days=1), "Zu spät")
    with pytest.raises(Refused):
        resubmit(entry, LATER + timedelta(days=7, seconds=1), "Zu spät")
    assert resubmit(entry, LATER + timedelta(days=1), "Ergänzt").number == 2
    with clock.at(LATER + timedelta(days=1)):
        assert queries.next_waiting(competition) == other or queries.waiting(competition).filter(pk=entry.pk).exists()
    with pytest.raises(Refused):                                        # asked once, completed once
        resubmit(entry, LATER + timedelta(days=2), "Noch einmal")


def test_a_second_click_returns_nothing_twice_and_a_stale_page_overwrites_no_reason():
    _competition, office, entry = make_returned()

    def again(reason, known=0):
        with clock.at(LATER + timedelta(hours=1)):
            return services.return_for_completion(entry, until=LATER + timedelta(days=7), reason=reason, by=office, seen=1, known=known)

    first = Check.objects.get()
    assert again("Die Anlage fehlt.") == first
    with pytest.raises(Refused, match="inzwischen"):
        again("Etwas anderes.")
    assert (Check.objects.count(), Message.objects.filter(kind="completion").count()) == (1, 1)
    assert again("Etwas anderes.", known=1) != first                    # who has read it may ask for more


def test_who_completes_an_entry_is_told_that_it_can_be_handed_in_once():
    competition, _office, entry = make_returned()
    client = Client()
    client.force_login(entry.contributors.get().person)
    with clock.at(LATER + timedelta(days=1)):
        intake.save_answer(entry.draft, "title", 0, "Ergänzt", by=None)
        page = client.get(reverse("intake:entry_submit", args=[competition.code, entry.code])).content.decode()
    assert "Sie können einmal einreichen" in page
    assert "erneut einreichen" not in page


@pytest.mark.parametrize(("reason", "days"), [("", 1), ("  ", 1), ("x", -1)])
def test_a_return_needs_a_reason_and_a_date_to_come(reason, days):
    _competition, office, entry = make_desk()
    with pytest.raises(BadInput):
        services.return_for_completion(entry, until=clock.now() + timedelta(days=days), reason=reason, by=office)


# --- when it begins ---


@pytest.mark.parametrize("by_office", [True, False])
def test_what_its_applicant_can_still_change_is_not_judged_yet(by_office):
    competition, office, entry = make_desk()
    by, clause = office if by_office else None, competition.clauses.get()
    with clock.at(CLOSES):                                              # the last second still counts
        assert "31. Dezember 2017" in str(rules.can_be_checked(entry).reason)
        for verdict in (lambda: services.admit(entry, by=by), lambda: services.exclude(entry, clause, by=by),
                        lambda: services.return_for_completion(entry, until=LATER, reason="Es fehlt etwas.", by=by)):
            with pytest.raises(Refused):
                verdict()
        assert (queries.next_waiting(competition), queries.progress(competition)[0].waiting) == (None, 0)
        assert list(check_tasks(office, competition)) == []
    with clock.at(CLOSES + timedelta(seconds=1)):
        assert [task.count for task in check_tasks(office, competition)] == [1]
        services.admit(entry, by=by)


def test_a_call_without_a_deadline_is_checked_as_entries_come():
    competition, office, entry = make_desk(closes=None)
    assert services.admit(entry, by=office)


# --- order, groups, doubles ---


def test_the_next_one_is_the_next_in_order_of_arrival_and_then_from_the_beginning():
    competition = make_call(closes=CLOSES)
    entries = [make_submission(competition, at=datetime(2017, 10, day, tzinfo=UTC)).entry for day in (2, 3, 4)]

    assert queries.next_waiting(competition) == entries[0]
    assert queries.next_waiting(competition, after=entries[0]) == entries[1]
    assert queries.next_waiting(competition, after=entries[2]) == entries[0]
    services.admit(entries[1], by=None)
    assert queries.next_waiting(competition, after=entries[0]) == entries[2]
    assert [(row.done, row.total) for row in queries.progress(competition)] == [(1, 3)]


def make_grouped():
    body = make_municipality(legal_status="kreisangehoerig")
    competition = make_call(register_edition=body.edition, closes=CLOSES)
    competition.groups.filter(code="main").update(legal_statuses=["kreisangehoerig"])
    make_group(competition, code="kreis", position=3, legal_statuses=["landkreis"])
    entry = make_submission(competition).entry
    entry.municipality, entry.legal_status = body, body.legal_status
    entry.save()
    return competition, body, entry


def test_bodies_of_different_groups_need_a_decision_with_a_reason():
    competition, body, entry = make_grouped()
    same = make_municipality(body.edition, legal_status="kreisangehoerig")
    entry.partners.add(same, body)
    assert queries.proposal(entry).is_clear
    assert queries.partners(entry) == [same]

    entry.partners.add(make_municipality(body.edition, legal_status="landkreis"))
    found = queries.proposal(entry)
    assert (found.group.code, [one.code for one in found.others], found.is_clear) == ("main", ["kreis"], False)
    with pytest.raises(BadInput):
        services.admit(entry, by=None)
    services.admit(entry, by=None, reason="Die Stadt führt das Vorhaben.")


def test_partners_written_as_text_are_looked_up_whichever_way_the_entry_came(client):
    edition = make_edition()
    town = make_municipality(edition, name="Würzburg, Stadt", legal_status="kreisfrei", key="09663000")
    competition = make_call(register_edition=edition, closes=CLOSES)
    others = Section("others", Localized(de="Partner"), items=(Question("others_named", Type.TEXT, Localized(de="Mit wem?"), role="partner"),))
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, others))))
    office = make_role(competition, Role.Kind.OFFICE).person
    entry = make_submission(competition, answers={"others_named": "Stadt Würzburg und Hintertupfing"}).entry
    assert list(entry.partners.all()) == [town]
    assert queries.unknown_partners(entry) == ["Hintertupfing"]
    client.force_login(office)
    page = client.get(reverse("formal_check:check_show", args=[competition.code, entry.code])).content.decode()
    assert "Mehrere Stellen nehmen gemeinsam teil" in page
    assert "Würzburg, Stadt" in page
    assert "Hintertupfing" in page


def test_where_no_group_takes_the_applicant_one_must_be_chosen():
    competition, _body, entry = make_grouped()
    entry.legal_status = "kreisfrei"
    entry.save()
    assert queries.proposal(entry).group is None
    with pytest.raises(BadInput):
        services.admit(entry, by=None)


def test_entries_and_applicants_are_counted_apart():
    competition, body, entry = make_grouped()
    twin = make_submission(competition, applicant="Anders").entry
    twin.municipality = body
    twin.save()
    stranger = make_submission(competition, applicant="Verein C").entry

    assert applicants.counts(competition) == applicants.Counts(entries=3, applicants=2, several=1, above=0)
    assert applicants.same_applicant(entry) == [twin]
    assert applicants.same_applicant(stranger) == []


# --- letters ---


def test_the_preview_is_the_mail():
    competition, office, entry = make_desk()
    before = letters.admission(entry, competition.groups.get(code="main"))
    services.admit(entry, by=office)
    sent = mail("admission")
    assert [(one.recipient, one.title, one.body) for one in before] == [(sent.recipient, sent.title, sent.body)]


def test_the_competitions_own_letter_is_used_in_the_readers_language():
    competition, office, entry = make_desk()
    person = entry.contributors.get().person
    person.language = "en"
    person.save()
    for language, word in (("de", "Zugelassen"), ("en", "Admitted")):
        Letter.objects.create(competition=competition, code="admission", language=language, subject=f"{word}: {{{{ entry.title }}}}",
                              body="{{ recipient.name }} {{ check.group }} {{ office.name }}")
    services.admit(entry, by=office)
    assert mail("admission").title == f"Admitted: {entry.title}"


@pytest.mark.parametrize(("written", "read", "until"), [
    ("en", "de", "31 January 2018, 24:00 (CET)"), ("de", "en", "31. Januar 2018, 24:00 Uhr (MEZ)"),
])
def test_what_is_filled_into_a_notice_is_in_the_language_of_the_letter(written, read, until):
    competition = make_call(languages=[written])
    entry = make_submission(competition, by=make_person(language=read)).entry
    Letter.objects.create(competition=competition, code="completion", language=written, subject="x", body="{{ check.until }}")

    [mail] = letters.completion(entry, "", datetime(2018, 1, 31, 22, 59, 59, tzinfo=UTC))

    assert mail.body.strip() == until


def test_a_wrong_letter_stops_the_verdict_instead_of_going_out():
    competition, office, entry = make_desk()
    Letter.objects.create(competition=competition, code="exclusion", subject="x", body="{{ check.paragraph }}")
    with pytest.raises(BadInput, match=r"check\.paragraph"):
        services.exclude(entry, competition.clauses.get(), by=office)
    entry.refresh_from_db()
    assert entry.state == "submitted"
    assert not Check.objects.exists()


def test_clauses_without_number_and_reason_leave_no_brackets():
    competition, office, entry = make_desk()
    clause = ExclusionClause.objects.create(competition=competition, code="late", number="", label={"de": "verspätet"})
    services.exclude(entry, clause, by=office)
    body = mail("exclusion").body
    assert "()" not in body
    assert "%(" not in body
    assert "verspätet" in body


def test_the_office_roles_are_the_same_in_rule_and_navigation():
    competition, _office, entry = make_desk()
    lead = make_role(competition, Role.Kind.OFFICE_LEAD).person
    auditor = make_role(competition, Role.Kind.AUDITOR).person
    assert rules.can_check(lead, entry)
    assert not rules.can_check(auditor, entry)
    assert rules.can_see_checks(auditor, competition)
    assert CheckPoint.objects.filter(competition=competition).count() == 1


@pytest.mark.parametrize("forge", [
    lambda entry, other: Entry.objects.update(municipality=other),
    lambda entry, other: entry.partners.add(other),
    lambda entry, other: Entry.objects.update(address_key="12345 anderestrasse9"),
    lambda entry, other: Entry.objects.update(partner_keys=["nachbarschaft"]),
])
def test_the_bodies_behind_an_admitted_entry_are_compared_with_the_log(forge):
    competition, office, entry = make_desk()
    edition = make_edition()
    entry.municipality, other = make_municipality(edition), make_municipality(edition)
    entry.save(update_fields=["municipality"])
    services.admit(entry, by=office)
    assert log.attested("formal_check") == []

    forge(entry, other)

    assert {fault.table for fault in log.attested("formal_check")} == {"entries_entry"}
