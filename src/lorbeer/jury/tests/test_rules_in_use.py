"""What the call says of voting and prizes stays as it is while the jury votes by it, and what a meeting was held under stays with it."""

import pytest

from lorbeer.call.tests.factories import import_changed
from lorbeer.jury import minutes, queries, services
from lorbeer.jury.models import Meeting
from lorbeer.jury.tests.factories import decide, make_jury_competition, make_meeting
from lorbeer.shared import log

pytestmark = pytest.mark.django_db


def set_to(table, **lines):
    return lambda tables: (tables[table][0] if isinstance(tables[table], list) else tables[table]).update(lines)


CHANGES = {
    "jury.modes": set_to("jury", modes=["consensus"]), "jury.quorum": set_to("jury", quorum=0.1),
    "jury.proposals_only": set_to("jury", proposals_only=True), "jury.exclude_own_land": set_to("jury", exclude_own_land=True),
    "prizes.main.amount": set_to("prizes", amount=4000), "prizes.main.up_to": set_to("prizes", up_to=True),
    "prizes.main.max_count": set_to("prizes", max_count=1), "prizes.second": lambda tables: tables["prizes"].append(
        {"code": "second", "group": "main", "label": "Zweiter Preis", "amount": 10}),
}


def meeting_with_rules(**facts):
    return make_meeting(make_jury_competition(jury={"modes": ["consensus", "open", "ranking"], "quorum": 0.6}), entries=2, **facts)


@pytest.mark.parametrize("place", CHANGES)
def test_no_import_changes_rules_or_prizes_while_a_meeting_is_open(tmp_path, place):
    meeting = meeting_with_rules()
    poll = services.open_poll(meeting, meeting.items.first().group, mode="ranking", by=None)
    competition = meeting.competition
    assert import_changed(competition, tmp_path / "same", lambda tables: None) == []
    before = queries.rules_of(competition), list(competition.prizes.values("code", "amount_cents", "up_to", "max_count"))
    (fault,) = import_changed(competition, tmp_path / "other", CHANGES[place])
    assert fault.startswith(f"{place}: ")
    assert "Sitzung der Jury (Runde\N{NO-BREAK SPACE}1) läuft" in fault
    competition.refresh_from_db()
    assert (queries.rules_of(competition), list(competition.prizes.values("code", "amount_cents", "up_to", "max_count"))) == before
    services.give_up_poll(poll, "Antrag", by=None)                      # nobody is stuck


def test_the_refusal_says_how_the_line_read(tmp_path):
    meeting = meeting_with_rules()
    (fault,) = import_changed(meeting.competition, tmp_path / "modes", CHANGES["jury.modes"])
    assert fault.endswith("(bisher: consensus, open, ranking)")
    (fault,) = import_changed(meeting.competition, tmp_path / "amount", CHANGES["prizes.main.amount"])
    assert fault.endswith("(bisher: 25000)")


def test_until_a_meeting_is_opened_and_for_the_next_one_the_rules_may_change(tmp_path):
    meeting = make_meeting(entries=1, opened=False)
    assert import_changed(meeting.competition, tmp_path / "planned", CHANGES["jury.quorum"]) == []
    meeting = services.open_meeting(meeting, by=None)
    assert meeting.rules["quorum"] == 0.1


def test_a_closed_meeting_keeps_what_it_was_held_under(tmp_path):
    meeting = meeting_with_rules()
    for item in meeting.items.all():
        decide(item, "not_awarded")
    meeting = services.close_meeting(meeting, by=None)
    assert import_changed(meeting.competition, tmp_path / "next", CHANGES["jury.quorum"]) == []
    meeting = Meeting.objects.select_related("competition").get(pk=meeting.pk)
    assert meeting.competition.jury["quorum"] == 0.1
    assert [words for name, words in minutes.content(meeting)["facts"] if name == "Beschlussfähigkeit"] == [
        "je Punkt mindestens 60\N{NO-BREAK SPACE}% der Stimmen"]
    assert [fault for fault in log.attested() if fault.table == "jury_meeting"] == []
    Meeting.objects.update(rules={"quorum": 0.1})
    assert [fault.table for fault in log.attested() if fault.table == "jury_meeting"] == ["jury_meeting"]
    (fault,) = import_changed(meeting.competition, tmp_path / "cap", set_to("purses", cap=200_000))
    assert (fault.split(":")[0], "nennt diese Obergrenze" in fault) == ("purses.1.cap", True)


@pytest.mark.parametrize(("change", "refused"), [
    (set_to("prizes", amount=4000), "prizes.main.amount"), (set_to("prizes", amount=30_000, up_to=True), ""),
    (set_to("prizes", amount=4000, up_to=True), "prizes.main.amount"), (set_to("prizes", max_count=1), ""),
    (set_to("prizes", group="special"), "prizes.main.group"),
])
def test_a_prize_that_was_won_changes_to_nothing_that_contradicts_it(tmp_path, change, refused):
    meeting = make_meeting(entries=1)
    decide(meeting.items.get())
    meeting = services.close_meeting(meeting, by=None)
    faults = import_changed(meeting.competition, tmp_path / "x", change)
    assert [fault.split(":")[0] for fault in faults][:1] == ([refused] if refused else [])
