"""Who sees which entry; the twins agree; bias closes the door at the query."""

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries import embargo, queries, services
from lorbeer.entries.models import Entry, State
from lorbeer.entries.names import address_key, body_key, mail_house
from lorbeer.entries.rules import can_read_draft, can_read_entry
from lorbeer.entries.tests.factories import make_contributor, make_entry, make_person
from lorbeer.entries.transitions import move
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.shared.errors import BadInput, Refused

pytestmark = pytest.mark.django_db
EVERYTHING = set(State.values)
ADMITTED = {"admitted", "screened", "proposed", "not_proposed", "awarded", "not_awarded"}


def codes(entries):
    return {entry.code for entry in entries}


@pytest.mark.parametrize(("kind", "states"), [
    ("office_lead", EVERYTHING), ("office", EVERYTHING), ("auditor", EVERYTHING), ("sponsor", ADMITTED),
    ("editor", ADMITTED), ("screener", ADMITTED), ("juror", ADMITTED), (None, set()),
])
def test_each_role_sees_the_entries_of_its_stage_and_the_twins_agree(kind, states, monkeypatch):
    monkeypatch.setattr(queries.opens_entries_to_jurors, "registered", [lambda _person, _competition: Q(round=1)])
    competition = make_competition()
    entries = [make_entry(competition=competition, state=state) for state in State.values]
    make_entry(state="admitted")                                        # of another competition
    person = make_role(competition, kind).person if kind else make_person()

    visible = queries.entries_visible_to(person, competition)

    assert {entry.state for entry in visible} == states
    assert codes(visible) == codes(entry for entry in entries if can_read_entry(person, entry))


@pytest.mark.parametrize(("kinds", "rounds"), [
    (("juror",), {2}), (("juror", "editor"), {2}), (("juror", "screener"), {1, 2}), (("juror", "office"), {1, 2}), (("screener",), {1, 2}),
])
def test_who_reads_as_a_juror_alone_reads_what_is_open_to_jurors(kinds, rounds, monkeypatch):
    monkeypatch.setattr(queries.opens_entries_to_jurors, "registered", [lambda _person, _competition: Q(round=2)])
    competition, person = make_competition(), make_person()
    entries = [make_entry(competition=competition, state="admitted", round=round) for round in (1, 2)]
    for kind in kinds:
        make_role(competition, kind, person)

    assert {entry.round for entry in queries.entries_visible_to(person, competition)} == rounds
    assert {entry.round for entry in entries if can_read_entry(person, entry)} == rounds


def test_an_applicant_sees_their_own_entry_in_every_state_and_no_other():
    competition = make_competition()
    entries = [make_entry(competition=competition, state=state) for state in State.values]
    make_entry(competition=competition)
    person = make_person()
    for entry in entries:
        make_contributor(entry, person)

    assert codes(queries.entries_visible_to(person, competition)) == codes(entries)


@pytest.mark.parametrize("kind", ["office_lead", "office", "auditor", "sponsor", "screener", "juror", "editor"])
def test_nobody_but_its_writers_reads_a_draft(kind):
    entry = make_entry(state="draft")

    assert not can_read_draft(make_role(entry.competition, kind).person, entry)
    assert can_read_draft(make_contributor(entry).person, entry)


def make_body(name="Musterstadt, Stadt", land="NW", key="05111000"):
    from datetime import date

    edition, _new = RegisterEdition.objects.get_or_create(
        sha256="0" * 64, defaults={"as_of": date(2017, 1, 1), "source": "Probe"}
    )
    return Municipality.objects.create(edition=edition, key=key, name=name, search_name=name.lower(),
                                       legal_status="kreisfrei", land_code=land)


def biased_by(ground, entry):
    competition = entry.competition
    if ground == "land":
        return make_role(competition, "screener", land_code="NW").person
    if ground == "employer":
        return make_role(competition, "screener", employer="Stadt Musterstadt").person
    if ground == "partner":
        entry.partners.add(make_body("Nachbarort", "HE", "06111000"))
        return make_role(competition, "screener", land_code="HE").person
    if ground == "partner_employer":
        entry.partners.add(make_body("Nachbarort", "HE", "06111000"))
        return make_role(competition, "screener", employer="Gemeinde Nachbarort").person
    if ground == "unknown_partner":
        Entry.objects.filter(pk=entry.pk).update(partner_keys=[body_key("Verein Nachbarschaft e. V.")])
        return make_role(competition, "screener", employer="Nachbarschaft (Verein)").person
    if ground == "address":
        Entry.objects.filter(pk=entry.pk).update(address_key=address_key("Markt-Straße 5 a, 12345 Musterstadt"))
        return make_role(competition, "screener", addresses="Weg 1, 54321 Wohnort\nMarktstr. 5A, 12345 Musterstadt").person
    if ground == "earlier_body":
        return make_role(competition, "screener", earlier_bodies="Kreis Anders\nMusterstadt, Stadt").person
    if ground == "mail_house":
        make_contributor(entry, make_person(email="erste@stadt-muster.de"))
        return make_role(competition, "screener", make_person(email="zweite@Stadt-Muster.de")).person
    person = make_role(competition, "screener").person
    if ground == "earlier_work":
        make_contributor(make_entry(applicant="Stadt Musterstadt"), person)
    if ground == "contributor":
        make_contributor(entry, person)
    if ground == "declared":
        services.declare_bias(entry, by=person, reason="Beratung")
    if ground == "office":
        services.record_bias(entry, person, by=make_role(competition, "office").person, reason="Ehe")
    return person


@pytest.mark.parametrize(("one", "other", "same"), [
    ("Musterstr. 5, 12345 Musterstadt", "MUSTERSTRASSE 5, 12345 Musterstadt", True),
    ("Musterstr. 5, 12345 Musterstadt", "Stadt Musterstadt\nMuster-Straße 5\n12345 Musterstadt-Mitte", True),
    ("Rathauspl. 1, D-12345 Musterstadt", "Rathausplatz 1, 12345 Musterstadt", True),
    ("Am Alten Markt 3 a, 12345 Musterstadt", "am alten markt 3A, 12345 Musterstadt", True),
    ("Postfach 12 34, 12345 Musterstadt", "Postfach 1234, 12345 Musterstadt", True),
    ("Musterstr. 5, 12345 Musterstadt", "Musterstr. 50, 12345 Musterstadt", False),
    ("Musterstr. 5, 12345 Musterstadt", "Musterstr. 5, 54321 Musterstadt", False),
    ("Musterweg 5, 12345 Musterstadt", "Musterstr. 5, 12345 Musterstadt", False),
    ("Musterstr. 5, 2. OG, 12345 Musterstadt", "Andere Str. 9, 2. OG, 12345 Musterstadt", False),
    ("Musterstr. 5, 2. OG, 12345 Musterstadt", "Musterstraße 5, 12345 Musterstadt", True),
    ("Musterstr. 5 2. OG, 12345 Musterstadt", "Musterstraße 5, 12345 Musterstadt", True),
    ("Musterstr. 5, Haus B2, 12345 Musterstadt", "Andere Str. 9, Haus B2, 12345 Musterstadt", False),
    ("Musterstr. 5, Haus B2, 12345 Musterstadt", "Musterstr. 5, 12345 Musterstadt", True),
    ("Musterstr. 5, Zimmer 12, 12345 Musterstadt", "Andere Str. 9, Zimmer 12, 12345 Musterstadt", False),
    ("Musterstr. 5, Zimmer 12, 12345 Musterstadt", "Musterstr. 5, Zimmer 13, 12345 Musterstadt", True),
    ("Musterstr. 5, c/o Verein 1860, 12345 Musterstadt", "Andere Str. 9, c/o Verein 1860, 12345 Musterstadt", False),
    ("Musterstr. 5, c/o Verein 1860, 12345 Musterstadt", "Musterstr. 5, 12345 Musterstadt", True),
    ("Musterstr. 5, Postfach 12 34, 12345 Musterstadt", "Andere Str. 9, Postfach 12 34, 12345 Musterstadt", False),
    ("Musterstr. 5, Postfach 12 34, 12345 Musterstadt", "Musterstr. 5, 12345 Musterstadt", True),
    ("Straße des 17. Juni 135, 12345 Musterstadt", "Straße des 17. Juni 136, 12345 Musterstadt", False),
    ("L 7, 1, 68161 Mannheim", "L7, 1, 68161 Mannheim", True),
    ("L 7, 1, 68161 Mannheim", "L 7, 2, 68161 Mannheim", False),
    ("L 7, 1, 2. OG, 68161 Mannheim", "L 7, 1, 68161 Mannheim", True),
    ("12 rue du Port, 67000 Straßburg", "14 rue du Port, 67000 Straßburg", False),
])
def test_spellings_of_one_address_are_the_same(one, other, same):
    assert address_key(one)
    assert (address_key(one) == address_key(other)) is same


@pytest.mark.parametrize(
    "text", ["", "Musterstraße, 12345 Musterstadt", "Musterstraße 5", "Musterstadt", "12345 Musterstadt", "12345", "5, 5, 5",
             "L 7, 68161 Mannheim", "2. OG, 12345 Musterstadt", "Zimmer 12, 12345 Musterstadt"])
def test_what_names_no_house_is_compared_with_nothing(text):
    assert address_key(text) == ""


@pytest.mark.parametrize("ground", [
    "land", "employer", "partner", "partner_employer", "unknown_partner", "address", "earlier_body", "mail_house",
    "earlier_work", "contributor", "declared", "office"])
def test_every_ground_of_bias_closes_the_door_at_the_query(ground):
    entry = make_entry(state="admitted", land_code="NW", municipality=make_body(), applicant="Stadt Musterstadt")
    other = make_entry(competition=entry.competition, state="admitted", land_code="BY", applicant="Anderswo")
    person = biased_by(ground, entry)
    entry.refresh_from_db()

    assert codes(queries.without_biased(Entry.objects.all(), person)) == {other.code}
    assert queries.is_biased(person, entry)
    assert queries.biased_sets(entry.competition, [entry.pk, other.pk]) == {person.pk: frozenset([entry.pk])}
    found = queries.biased_people(entry)
    assert [finding.person for finding in found] == [person]
    assert (person.pk, entry.pk) in queries.biased_pairs(entry.competition)
    assert (person.pk, other.pk) not in queries.biased_pairs(entry.competition)
    kinds = {"partner_employer": "partner", "unknown_partner": "partner", "earlier_body": "earlier", "mail_house": "organisation",
             "earlier_work": "earlier"}
    listed = {} if ground in ("land", "partner") else {(person.pk, entry.pk): kinds.get(ground, ground)}
    assert queries.listed_bias(entry.competition, "screener") == listed
    if ground != "contributor":                                         # who wrote it may read what they wrote
        assert codes(queries.entries_visible_to(person, entry.competition)) == {other.code}
        assert not can_read_entry(person, entry)


def test_where_the_call_does_not_count_the_own_land_nobody_is_biased_by_it():
    competition = make_competition(screening={"exclude_own_land": False})
    entry = make_entry(competition=competition, state="admitted", land_code="NW")
    person = make_role(competition, "screener", land_code="NW").person

    assert codes(queries.entries_visible_to(person, competition)) == {entry.code}
    assert queries.biased_people(entry) == []


@pytest.mark.parametrize("kind", ["office", "office_lead", "auditor", "juror", "screener"])
def test_for_all_at_once_bias_is_what_it_is_for_one_whatever_their_roles(kind):
    competition = make_competition(screening={"exclude_own_land": True}, jury={"exclude_own_land": kind == "juror"})
    entries = [make_entry(competition=competition, state="admitted", land_code=land) for land in ("NW", "BY")]
    people = [make_role(competition, kind, land_code="NW").person, make_role(competition, kind, employer=entries[1].applicant).person]
    services.record_bias(entries[0], people[1], by=None, reason="x")
    make_role(make_competition(), kind, people[0], land_code="BY")       # elsewhere

    sets = queries.biased_sets(competition, [entry.pk for entry in entries])

    for person in people:
        assert sets.get(person.pk, frozenset()) == {entry.pk for entry in entries if queries.is_biased(person, entry)}


def test_bias_of_another_competition_does_not_count_here():
    entry = make_entry(state="admitted", land_code="NW")
    person = make_role(entry.competition, "screener").person
    make_role(make_competition(), "screener", person, land_code="NW")

    assert not queries.is_biased(person, entry)


def test_somebody_who_also_edits_stays_out_of_what_they_are_biased_for():
    entry = make_entry(state="admitted", land_code="NW")
    person = make_role(entry.competition, "screener", land_code="NW").person
    make_role(entry.competition, "editor", person)

    assert not queries.entries_visible_to(person, entry.competition).exists()
    assert not can_read_entry(person, entry)


def test_bias_needs_a_reason_and_the_right_person():
    entry = make_entry(state="admitted")
    screener = make_role(entry.competition, "screener").person

    with pytest.raises(BadInput):
        services.declare_bias(entry, by=screener, reason="  ")
    with pytest.raises(Refused):
        services.declare_bias(entry, by=make_person(), reason="Neugier")
    with pytest.raises(Refused):
        services.record_bias(entry, screener, by=screener, reason="für andere")
    first = services.declare_bias(entry, by=screener, reason="Beratung")
    assert services.declare_bias(entry, by=screener, reason="noch einmal").pk == first.pk


@pytest.mark.parametrize(("one", "other", "same"), [
    ("Stadt Musterstadt", "Musterstadt, Stadt", True), ("STADT MÜNSTER", "Münster", True),
    ("Landkreis Kassel", "Stadt Kassel", False), ("Stadt", "Stadt", True), ("Neustadt an der Weinstraße", "Neustadt", False),
])
def test_spellings_of_a_body_are_compared_without_idle_words(one, other, same):
    assert (body_key(one) == body_key(other)) is same


@pytest.mark.parametrize(("email", "house"), [
    ("a@stadt-muster.de", "stadt-muster.de"), ("a@IT.Stadt-Muster.DE", "it.stadt-muster.de"), ("a@gmx.de", ""), ("a@example.org", ""),
    ("a@stadt.example", ""), ("a@localhost", ""), ("", "")])
def test_only_addresses_of_a_body_tell_where_somebody_works(email, house):
    assert mail_house(email) == house


@pytest.mark.once
def test_the_pairs_cost_the_same_for_thirty_entries_as_for_three():
    competition = make_competition()
    for _ in range(3):
        make_role(competition, "screener", land_code="NW", employer="Stadt Musterstadt")

    def cost(number):
        for _ in range(number):
            make_entry(competition=competition, state="admitted", land_code="NW")
        with CaptureQueriesContext(connection) as caught:
            queries.biased_pairs(competition)
        return len(caught)

    assert cost(3) == cost(27)


@pytest.mark.parametrize(("kind", "shown"), [
    ("office", "awarded"), ("auditor", "awarded"), ("juror", "awarded"), ("screener", "screened"), (None, "admitted")])
def test_before_the_announcement_a_result_looks_like_what_its_reader_may_know(kind, shown, monkeypatch):
    monkeypatch.setattr(embargo.answer_announced, "registered", [])
    entry = make_entry(state="awarded")
    roles = {kind} if kind else set()

    assert embargo.state_shown(entry, roles) == embargo.state_reader(roles)(entry) == shown
    monkeypatch.setattr(embargo.answer_announced, "registered", [lambda found: True])
    assert embargo.state_shown(entry, roles) == embargo.state_reader(roles)(entry) == "awarded"


@pytest.mark.once
@pytest.mark.parametrize(("before", "decision"), [("proposed", "award"), ("not_proposed", "decline"), ("not_proposed", "award")])
def test_nothing_changes_for_a_screener_when_the_jury_decides_until_the_announcement(before, decision, monkeypatch):
    monkeypatch.setattr(embargo.answer_announced, "registered", [])
    entry = make_entry(state=before)
    editing = {"screener", "editor"}

    def seen():
        entry.refresh_from_db()
        found = [state for state in State.values if Entry.objects.filter(embargo.looking_like(state, editing), pk=entry.pk).exists()]
        return embargo.state_shown(entry, {"screener"}), embargo.state_reader(editing)(entry), found

    known = seen()
    move(entry, decision, by=None)

    assert seen() == known == (before, before, [before])
    monkeypatch.setattr(embargo.answer_announced, "registered", [lambda found: True])
    assert seen()[0] in ("awarded", "not_awarded")


def test_a_sponsor_learns_no_proposal_before_the_jury():
    assert embargo.mask_for({Role.Kind.SPONSOR}) == {"proposed": "screened", "not_proposed": "screened"}


# --- invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_is_valid_once_and_its_token_is_kept_nowhere():
    entry = make_entry(state="draft")
    contact, friend = make_contributor(entry, is_contact=True).person, make_person()
    invitation, token = services.invite_co_editor(entry, "Freundin@Example.org", by=contact)

    assert token not in str(vars(invitation))
    assert services.accept_invitation(token, by=friend) == entry
    assert can_read_draft(friend, entry)
    with pytest.raises(Refused):
        services.accept_invitation(token, by=make_person())


def test_invitations_end_by_time_by_revocation_and_by_a_newer_one():
    from datetime import timedelta

    from lorbeer.shared import clock

    entry = make_entry(state="draft")
    contact = make_contributor(entry, is_contact=True).person
    _old, replaced = services.invite_co_editor(entry, "a@example.org", by=contact)
    newest, token = services.invite_co_editor(entry, "a@example.org", by=contact)

    with pytest.raises(Refused):
        services.accept_invitation(replaced, by=make_person())
    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(Refused):
        services.accept_invitation(token, by=make_person())
    services.revoke_invitation(newest, by=contact)
    with pytest.raises(Refused):
        services.accept_invitation(token, by=make_person())
    assert entry.contributors.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides by what is in the tables")
def test_ones_own_entries_are_found_from_the_person_however_many_a_competition_has():
    plan = queries.entries_written_by(1, 1).explain().splitlines()
    assert "entries_contributor USING INDEX" in plan[0]
    assert "entries_entry USING INTEGER PRIMARY KEY" in plan[1]
