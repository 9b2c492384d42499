"""Who reads what, through services and pages: never biased, the same again from the same input, and a sentence if not."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from lorbeer.entries.models import Bias
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import canonical_json
from lorbeer.screening import assignment, queries, services
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message


def with_people(entries: int, *homes: str):
    competition = make.make_competition()
    people = [make.make_role(competition, land_code=home) for home in homes]
    return competition, people, [make.make_entry(competition, land_code="NW") for _number in range(entries)]


@pytest.mark.django_db
def test_nobody_reads_an_entry_of_the_own_land_employer_or_declared_bias():
    competition, people, entries = with_people(6, "NW", "BY", "", "", "", "")
    home, _far, employed, declared, office, _free = people
    Role.objects.filter(person=employed).update(employer=entries[0].applicant)
    type(entries[0]).objects.filter(pk=entries[0].pk).update(applicant="Stadt Beispielhausen", applicant_key="beispielhausen")
    Role.objects.filter(person=employed).update(employer="Beispielhausen, Stadt")
    Bias.objects.create(entry=entries[1], person=declared, kind=Bias.Kind.DECLARED, reason="x")
    Bias.objects.create(entry=entries[2], person=office, kind=Bias.Kind.OFFICE, reason="x")

    with pytest.raises(BadInput):                           # the one from NW may read nothing, so loads cannot be equal
        services.propose_assignment(competition, 1, 3, None)
    Role.objects.filter(person=home).delete()
    run = services.propose_assignment(competition, 1, 3, None)

    pairs = {tuple(pair) for pair in run.result}
    assert len(pairs) == 12
    for entry, person in ((entries[0], employed), (entries[1], declared), (entries[2], office)):
        assert (entry.code, person.code) not in pairs
    assert set(run.explanation["excluded"]) == {"employer", "declared", "office"}


@pytest.mark.django_db
@pytest.mark.once
def test_what_somebody_has_read_already_counts_in_their_capacity_and_in_equal_loads(client):
    competition, people, _none = with_people(0, "", "", "", "")
    full, busy, *idle = people
    office = make.make_role(competition, Role.Kind.OFFICE)
    for _number in range(2):                                            # two entries that are through
        entry = make.make_entry(competition)
        for person in (full, busy):
            make.seal(make.make_vote(entry, person))
    waiting = [make.make_entry(competition) for _number in range(4)]
    services.save_profile(full, competition, office, capacity=2, fields=[], languages=[], land_code="", employer="", earlier_bodies="")

    run = services.propose_assignment(competition, 1, 3, office)

    assert {entry for entry, _person in run.result} == {entry.code for entry in waiting}
    assert run.explanation["loads"][full.code] == 2
    assert sorted(run.explanation["loads"][one.code] for one in (busy, *idle)) == [3, 3, 4]      # of the new ones busy gets one or two
    assert full.code not in {person for _entry, person in run.result}
    client.force_login(office)
    assert page(client, "seats_show", competition, code=waiting[0].code).text.count("übernimmt höchstens 2") == 1
    form = page(client, "seat_fill", competition, code=waiting[0].code).context["form"]
    assert set(form.fields["to"].queryset) == {busy, *idle}
    shown = page(client, "run_show", competition, run=run.code).text
    assert "Zu 2 Beiträgen liegen bereits alle Voten vor" in shown
    assert len(services.accept_assignment(run, office, None)) == 8


@pytest.mark.django_db
def test_own_land_counts_only_where_the_call_says_so():
    competition, _people, _entries = with_people(3, "NW", "NW")
    with pytest.raises(BadInput):
        services.propose_assignment(competition, 1, 3, None)
    competition.screening = make.SCREENING | {"exclude_own_land": False}
    competition.save()

    assert len(services.propose_assignment(competition, 1, 3, None).result) == 6


@pytest.mark.django_db
def test_what_cannot_be_is_said_with_names_and_numbers():
    competition, people, entries = with_people(3, "NW", "NW", "BY")

    with pytest.raises(BadInput) as caught:
        services.propose_assignment(competition, 1, 3, None, spread=10)

    sentence = str(caught.value)
    assert str(people[2]) in sentence
    assert str(people[0]) not in sentence
    assert [entry.code in sentence for entry in entries].count(True) == 1      # one is enough to show it
    assert "braucht: 2" in sentence
    assert "vorhandene: 1" in sentence                      # two places are needed, there is one


@pytest.mark.django_db
@pytest.mark.once
def test_whoever_holds_a_place_already_is_not_named_among_those_who_could_take_the_missing_one():
    competition, (holder, other), (entry,) = with_people(1, "", "")
    make.make_vote(entry, holder)
    Bias.objects.create(entry=entry, person=other, kind=Bias.Kind.OFFICE, reason="x")

    with pytest.raises(BadInput) as caught, translation.override("en"):
        services.propose_assignment(competition, 1, 3, None, spread=10)

    sentence = str(caught.value)
    assert f"Places that are given there already: {holder}. Who else may read there: nobody." in sentence
    assert "Places needed: 1, places there are: 0." in sentence


@pytest.mark.django_db
def test_a_proposal_assigns_nothing_and_is_the_same_again_from_its_recorded_input():
    competition, _people, _entries = with_people(5, "BY", "BY", "HE")
    run = services.propose_assignment(competition, 1, 11, None)

    assert not Vote.objects.exists()
    again = assignment.solve(assignment.Problem.from_json(run.input))
    assert [list(pair) for pair in again.pairs] == run.result
    assert assignment.digest(run.input) == run.input_sha256
    assert assignment.digest(run.result) == run.result_sha256


@pytest.mark.django_db
def test_accepting_assigns_exactly_the_result_and_only_once():
    competition, _people, entries = with_people(5, "BY", "BY", "HE")
    run = services.propose_assignment(competition, 1, 11, None)

    services.accept_assignment(run, None, clock.today())

    assert sorted(Vote.objects.values_list("entry__code", "screener__code")) == sorted(map(tuple, run.result))
    assert all(sorted(entry.votes.values_list("seat", flat=True)) == [1, 2] for entry in entries)
    with pytest.raises(Refused):
        services.accept_assignment(run, None, clock.today())


@pytest.mark.django_db
def test_a_proposal_is_stale_when_somebody_declared_a_bias_since():
    competition, people, entries = with_people(5, "BY", "BY", "HE", "HE")
    run = services.propose_assignment(competition, 1, 11, None)
    Bias.objects.create(entry=entries[0], person=people[0], kind=Bias.Kind.DECLARED, reason="x")

    with pytest.raises(Refused):
        services.accept_assignment(run, None, clock.today())
    assert not Vote.objects.exists()


@pytest.mark.django_db
def test_a_second_run_fills_what_is_free_and_moves_nothing():
    competition, people, entries = with_people(4, "BY", "BY", "HE", "HE")
    services.accept_assignment(services.propose_assignment(competition, 1, 1, None), None, None)
    given_back = Vote.objects.first()
    services.declare_bias(given_back, given_back.screener, "verwandt")
    make.make_entry(competition)
    before = set(Vote.objects.values_list("entry", "screener"))

    run = services.propose_assignment(competition, 1, 2, None)
    services.accept_assignment(run, None, None)

    assert before < set(Vote.objects.values_list("entry", "screener"))
    assert len(run.result) == 3
    assert not queries.entries_short_of_screeners(competition, 1).exists()
    assert not Vote.objects.filter(entry=given_back.entry, screener=given_back.screener).exists()


# --- pages ------------------------------------------------------------------------------------------------------------


def page(client, name, competition, method="get", data=None, **parts):
    url = reverse(f"screening:{name}", kwargs={"competition": competition.code} | parts)
    return getattr(client, method)(url, data or {})


@pytest.fixture
def desk(client):
    """An office at its desk, six entries, four people; the call asks for fields."""
    competition, people, entries = with_people(6, "", "", "", "")
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    client.force_login(office)
    return client, competition, people, entries, office


@pytest.mark.django_db
def test_the_office_computes_looks_changes_and_accepts_without_scripts(desk):
    client, competition, people, entries, office = desk
    answer = page(client, "run_propose", competition, "post", {"seed": "7", "spread": "1"})
    run = competition.assignment_runs.get()
    assert answer.url == reverse("screening:run_show", args=[competition.code, run.code])
    proposed = page(client, "run_show", competition, run=run.code).content.decode()
    assert str(people[0]) in proposed
    assert f"{len(run.result)} Plätze. Je Person 3 Beiträge." in proposed
    entry, giver = run.result[0]
    taker = next(person.code for person in people if [entry, person.code] not in run.result)

    asked = page(client, "run_entry", competition, data={"giver": giver, "taker": taker}, run=run.code, code=entry).content.decode()
    assert "4 statt 3 Beiträge" in asked
    assert "2 statt 3 Beiträge" in asked
    page(client, "run_change", competition, "post", {"giver": giver, "taker": taker}, run=run.code, code=entry)

    changed = competition.assignment_runs.latest("pk")
    assert (changed.based_on, changed.changes) == (run, [[entry, giver, taker]])
    assert {tuple(pair) for pair in run.result} ^ {tuple(pair) for pair in changed.result} == {(entry, giver), (entry, taker)}
    shown = page(client, "run_show", competition, run=changed.code).content.decode()
    assert "Die Lasten unterscheiden sich stärker als verlangt" in shown
    assert "Je Person zwischen 2 und 4 Beiträge." in shown
    late = page(client, "run_accept", competition, "post", {"due_on": "2018-01-31"}, run=changed.code)
    assert (late.status_code, "wären alle Voten sofort überfällig" in late.text, Vote.objects.count()) == (400, True, 0)
    page(client, "run_accept", competition, "post", {"due_on": ""}, run=changed.code)
    assert sorted(Vote.objects.values_list("entry__code", "screener__code")) == sorted(map(tuple, changed.result))
    log.seal_now()
    assert log.verify()


@pytest.mark.django_db
def test_two_places_are_swapped_and_loads_stay(desk):
    client, competition, _people, _entries, office = desk
    run = services.propose_assignment(competition, 1, 7, office)
    readers = {}
    for entry, person in run.result:
        readers.setdefault(entry, set()).add(person)
    entry, giver = run.result[0]
    against, taker = next((other, person) for other, person in run.result if person not in readers[entry] and giver not in readers[other])

    answer = page(client, "run_change", competition, "post", {"giver": giver, "taker": taker, "against": against}, run=run.code, code=entry)

    changed = competition.assignment_runs.latest("pk")
    assert answer.status_code == 302
    assert changed.explanation["loads"] == run.explanation["loads"]
    assert {(entry, taker), (against, giver)} <= {tuple(pair) for pair in changed.result}


@pytest.mark.django_db
def test_what_would_break_a_rule_by_hand_is_refused_at_once(desk):
    client, competition, people, entries, office = desk
    Bias.objects.create(entry=entries[0], person=people[3], kind=Bias.Kind.DECLARED, reason="x")
    services.save_profile(people[2], competition, office, capacity=3, fields=[], languages=[], land_code="", employer="", earlier_bodies="")
    pinned = services.pin(entries[0], people[0], office, "kennt das Gebiet")
    run = services.propose_assignment(competition, 1, 7, office)
    code = entries[0].code
    other = next(person for entry, person in run.result if entry == code and person != people[0].code)

    for giver, taker, word in ((other, people[3].code, "hat sich befangen erklärt"), (people[0].code, people[3].code, "fest zugeordnet"),
                               (other, other, "abgibt"), ("XXXX", people[1].code, "inzwischen"), (other, "XXXX", "Vorprüf")):
        with pytest.raises(BadInput) as caught:
            services.change_by_hand(run, [(code, giver, taker)], office)
        assert word in " ".join([str(caught.value), *caught.value.faults])
    assert competition.assignment_runs.count() == 1
    page(client, "pair_lift", competition, "post", pair=pinned.code)
    assert not entries[0].pair_rules.exists()
    for state in ("inadmissible", "not_awarded"):
        type(entries[1]).objects.filter(pk=entries[1].pk).update(state=state)
        rule = {"entry": entries[1].code, "person": people[1].pk, "kind": "pinned", "reason": "x"}
        refused = page(client, "pair_add", competition, "post", rule)
        assert (refused.status_code, "eine Regel änderte nichts" in refused.text) == (400, True)


@pytest.mark.django_db
def test_a_case_without_solution_names_the_rules_and_what_helps_on_the_page(client):
    competition, people, _entries = with_people(3, "NW", "NW", "BY")
    client.force_login(make.make_role(competition, Role.Kind.OFFICE_LEAD))

    answer = page(client, "run_propose", competition, "post", {"seed": "7", "spread": "9"})

    text = html.unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "eigenes Land" in text
    assert "Laden Sie eine weitere Person ohne Befangenheit ein" in text


@pytest.mark.django_db
def test_the_file_goes_out_and_comes_in_again_and_hostile_ones_are_refused_row_by_row(desk):
    client, competition, people, entries, office = desk
    type(people[0]).objects.filter(pk=people[0].pk).update(name="=1+1")
    type(entries[0]).objects.filter(pk=entries[0].pk).update(applicant="@SUM(A1)")
    run = services.propose_assignment(competition, 1, 7, office)
    text = page(client, "run_export", competition, run=run.code).content.decode("utf-8-sig")
    lines = text.strip().split("\r\n")
    assert not [cell for line in lines for cell in line.split(";") if cell.startswith(("=", "@", "+", "-"))]

    def send(content):
        return page(client, "run_import", competition, "post", {"file": SimpleUploadedFile("orte.csv", content)}, run=run.code)

    entry, giver = run.result[0]
    taker = next(person.code for person in people if [entry, person.code] not in run.result)
    changed = text.replace(lines[1], lines[1].replace(giver, taker))
    assert send(changed.encode()).status_code == 302
    latest = competition.assignment_runs.latest("pk")
    assert latest.changes == [[entry, giver, taker]]

    hostile = {
        "\n".join([*lines, "XXXXXX-X;;;" + giver]): "XXXXXX-X", "\n".join([*lines, lines[1]]): "Zeile 2",
        "\n".join([*lines, f"{entry};;;=cmd|' /C calc'!A0"]): "Zeile 14", "\n".join(lines[:-1]): "1 statt 2",
        "Beitrag;Beitrag;Personenkennung": "zweimal", "nur;dies": "erste Zeile", "": "leer",
        "\n".join([lines[0], *([lines[1]] * 200)]): "und 149 weitere",
    }
    for content, word in hostile.items():
        answer = send(content.encode())
        assert (answer.status_code, word in html.unescape(answer.content.decode())) == (400, True), content[:300]
    for raw in (b"PK\x03\x04", b"\xff\xfe\x00", b"Beitrag;Personenkennung\n\x00;x", "Beitrag;Personenkennung\nÄ".encode("latin-1")):
        assert send(raw).status_code == 400
    assert competition.assignment_runs.count() == 2
    assert send(text.encode()).status_code == 400                # says the same: nothing to change
    assert send(changed.replace(";", "\t").encode("utf-16")).status_code == 302


# --- what somebody can read and must not ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_profiles_and_pairs_reach_the_solver_and_the_places_given_by_hand(desk):
    client, competition, people, entries, office = desk
    answer = page(client, "profile_edit", competition, "post", {
        "capacity": "1", "land_code": "BY", "employer": "", "earlier_bodies": "Stadt Beispielhausen\nKreis Muster"}, person=people[0].code)
    assert answer.status_code == 302
    page(client, "pair_add", competition, "post", {
        "entry": entries[1].code.lower(), "person": people[1].pk, "kind": "forbidden", "reason": "war dort Gast"})
    run = services.propose_assignment(competition, 1, 7, office)

    assert run.explanation["loads"][people[0].code] == 1
    assert [entries[1].code, people[1].code] not in run.result
    assert run.explanation["excluded"] == {"forbidden": 1}
    services.accept_assignment(run, office, None)
    place = Vote.objects.exclude(screener__in=[people[0], people[1]]).exclude(entry__votes__screener=people[0]).first()
    with pytest.raises(BadInput):                                # has room for one
        services.reassign(place, people[0], office, "Tausch")
    place = Vote.objects.filter(entry=entries[1]).exclude(screener=people[0]).first()
    with pytest.raises(BadInput):
        services.reassign(place, people[1], office, "Tausch")
    log.seal_now()
    assert log.verify()


@pytest.mark.django_db
def test_what_entries_answer_is_compared_with_what_people_know():
    competition, people, _entries = with_people(0, "", "")
    competition.screening = make.SCREENING | {"seats": 1, "fields": "field", "language": "tongue"}
    competition.save()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    entries = []
    for number in range(4):
        entry = make.make_entry(competition, submitted=False)
        rows = [["aim", 0, 'Ein ["field",0,["sport"]] im Text'], ["field", 0, [["art", "sport"][number % 2]]],
                ["tongue", 0, "fr" if number == 3 else "de"]]
        make.make_submission(entry, canonical_json(make.ANSWERS | {"answers": rows}))
        entries.append(entry)
    for person, field, languages in zip(people, ("art", "sport"), ([], ["de"]), strict=True):
        services.save_profile(person, competition, office, capacity=None, fields=[field], languages=languages, land_code="",
                              employer="", earlier_bodies="")
    run = services.propose_assignment(competition, 1, 7, office, priority="fields", spread=4)

    assert sorted(map(tuple, run.result)) == sorted(
        [(entries[0].code, people[0].code), (entries[1].code, people[1].code), (entries[2].code, people[0].code),
         (entries[3].code, people[0].code)])
    assert run.explanation["points"] == {people[0].code: 20, people[1].code: 10}
    assert run.explanation["excluded"] == {"language": 1}


@pytest.mark.django_db
def test_where_the_call_asks_for_it_one_reader_knows_the_field_and_entries_for_which_that_cannot_be_are_named(client):
    competition, people, _entries = with_people(0, "", "", "")
    competition.screening = make.SCREENING | {"fields": "field", "expert": True}
    competition.save()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    entries = []
    for field in ("art", "art", "sport", "work"):
        entry = make.make_entry(competition, submitted=False)
        make.make_submission(entry, canonical_json(make.ANSWERS | {"answers": [["aim", 0, "x"], ["field", 0, [field]]]}))
        entries.append(entry)
    for person, fields in zip(people, (["art"], ["sport"], []), strict=True):
        services.save_profile(person, competition, office, capacity=None, fields=fields, languages=[], land_code="", employer="",
                              earlier_bodies="")
    Bias.objects.create(entry=entries[2], person=people[1], kind=Bias.Kind.DECLARED, reason="x")

    run = services.propose_assignment(competition, 1, 7, office)

    assert run.explanation["unknown"] == {entries[2].code: "nobody", entries[3].code: "nobody"}
    assert {(entries[0].code, people[0].code), (entries[1].code, people[0].code)} <= set(map(tuple, run.result))
    client.force_login(office)
    shown = page(client, "run_show", competition, run=run.code).content.decode()
    assert "Für 2 Beiträge wäre niemand dabei, der das Feld kennt" in shown
    assert shown.count("niemand, der ihn lesen darf, kennt eines seiner Felder") == 2
    assert "eine Person, die das Feld kennt" in shown                   # what the rule costs
    giver = people[0].code                                              # by hand it may be given up, and the page says so
    taker = next(one.code for one in people if [entries[0].code, one.code] not in run.result)
    changed = services.change_by_hand(run, [(entries[0].code, giver, taker)], office)
    assert changed.explanation["unknown"][entries[0].code] == "busy"
    assert "ist nicht bewiesen" in page(client, "run_show", competition, run=changed.code).content.decode()


# --- somebody drops out ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_where_no_proposal_is_possible_at_once_the_next_one_gives_nothing_back_to_whoever_drops_out(client):
    competition, (kept_apart, second, third, ill), entries = with_people(8, "", "", "", "")
    office = make.make_role(competition, Role.Kind.OFFICE)
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    for number, entry in enumerate(entries):
        for person in (ill if number < 4 else kept_apart, second if number % 2 else third):
            make.make_vote(entry, person)
    for entry in entries[:4]:
        services.keep_apart(entry, kept_apart, office, "Absprache")     # so loads would differ by two

    answer = page(client, "rest_free", competition, "post", {"reason": "krank"}, person=ill.code)

    assert answer.status_code == 400
    assert str(ill) in answer.text
    again = html.unescape(re.search(r'action="([^"]+/propose/[^"]*)"', answer.text)[1])
    assert client.post(again, {"seed": 3, "spread": 1, "priority": "even"}).status_code == 400
    assert client.post(again, {"seed": 3, "spread": 3, "priority": "even"}).status_code == 302
    run = competition.assignment_runs.get()
    assert run.stands_in_for == ill
    assert {person for _entry, person in run.result} == {second.code, third.code}
    assert len(run.result) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("begun", [False, True])
def test_who_drops_out_gives_the_rest_away_and_nobody_else_is_moved(desk, begun):
    client, competition, people, entries, office = desk
    services.accept_assignment(services.propose_assignment(competition, 1, 7, office), office, None)
    ill = people[0]
    if begun:
        make.seal(ill.votes.order_by("pk").first())
    sealed = list(ill.votes.filter(sealed_at__isnull=False).values_list("pk", flat=True))
    others = sorted(Vote.objects.exclude(screener=ill).values_list("entry", "screener"))

    answer = page(client, "rest_free", competition, "post", {"reason": "krank"}, person=ill.code)

    run = competition.assignment_runs.latest("pk")
    assert answer.url == reverse("screening:run_show", args=[competition.code, run.code])
    (mail,) = Message.objects.filter(recipient=ill.email, title__startswith="Ihre Beiträge gehen an andere")
    assert ("Ihre Rolle in der Vorprüfung ist beendet" in mail.body, "Sie bleiben in der Vorprüfung" in mail.body) == (begun, not begun)
    assert not any(word in mail.body for word in ("krank", *(entry.code for entry in entries), *(one.name for one in people if one != ill)))
    page(client, "rest_free", competition, "post", {"reason": "krank"}, person=ill.code)
    assert Message.objects.filter(title=mail.title).count() == 1        # a second click tells nobody twice
    assert (run.stands_in_for, len(run.result)) == (ill, 3 - len(sealed))
    assert list(ill.votes.values_list("pk", flat=True)) == sealed
    assert ill.roles.filter(kind=Role.Kind.SCREENER).exists() is not begun
    services.accept_assignment(run, office, None)
    assert set(others) <= set(Vote.objects.values_list("entry", "screener"))
    assert not queries.entries_short_of_screeners(competition, 1).exists()
    log.seal_now()
    assert log.verify()


@pytest.mark.django_db
def test_only_the_lead_ends_the_role_of_somebody_who_has_begun(desk):
    client, competition, people, _entries, office = desk
    services.accept_assignment(services.propose_assignment(competition, 1, 7, office), office, None)
    services.open_vote(people[0].votes.first(), people[0])
    member = make.make_role(competition, Role.Kind.OFFICE)

    with pytest.raises(Refused):
        services.free_rest(people[0], competition, 1, member, "krank")
    assert people[0].votes.count() == 3


@pytest.mark.django_db
def test_who_judges_sees_no_proposal_and_no_rule_and_changes_none(client):
    competition, _people, entries = with_people(4, "", "", "")
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    judge = make.make_role(competition, Role.Kind.OFFICE)
    make.make_role(competition, Role.Kind.SCREENER, judge)
    run = services.propose_assignment(competition, 1, 7, office)
    services.accept_assignment(run, office, None)
    rule = services.keep_apart(entries[0], judge, office, "x")
    again = services.change_by_hand
    client.force_login(judge)

    for name, parts in (("run_show", {"run": run.code}), ("run_export", {"run": run.code}), ("run_import", {"run": run.code}),
                        ("run_entry", {"run": run.code, "code": entries[0].code}), ("screener_list", {}),
                        ("profile_edit", {"person": judge.code}), ("rest_free", {"person": judge.code})):
        assert page(client, name, competition, **parts).status_code == 403, name
    for name, parts in (("run_change", {"run": run.code, "code": entries[0].code}), ("pair_lift", {"pair": rule.code}), ("pair_add", {})):
        assert page(client, name, competition, "post", **parts).status_code == 403, name
    with pytest.raises(Refused):
        again(run, [], judge)
    seen = queries.log_without_sealed(LogEvent.objects.filter(scope=competition.code), judge, competition)
    assert not seen.filter(verb__in=queries.OF_PLACES).exists()
