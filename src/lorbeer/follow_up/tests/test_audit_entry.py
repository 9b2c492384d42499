"""The evidence of one entry's decision says nothing that its program does not check against the log beside it."""

import io
import json
import subprocess
import sys
from copy import deepcopy

import pytest
from django.core.management import call_command

from lorbeer.awards.services import announce, approve_results
from lorbeer.follow_up.services import cancel_payment
from lorbeer.follow_up.tests.evidence import program, sealed_anew, taken
from lorbeer.follow_up.tests.factories import later, pay
from lorbeer.jury import services
from lorbeer.jury.simulation import Play
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def leaves(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner:
        yield path
    for name, content in inner:
        yield from leaves(content, (*path, name))


def at(value, path):
    for name in path:
        value = value[name]
    return value


def other(value):
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x" if isinstance(value, str) else "x"


def changed(facts, path):
    copy = deepcopy(facts)
    at(copy, path[:-1])[path[-1]] = other(at(copy, path))
    return copy


class Round(Play):
    """An invented round in which what won first is taken up again and wins once more."""

    def _reopen_some(self):
        item = self.meeting.items.filter(result="awarded").order_by("pk").first()
        prize = item.prize
        self._fill_room([item.entry_id])
        services.reopen(item, "Antrag: noch einmal", by=self.lead)
        self.watch.note_reopened(item)
        self._noted([services.decide(services.call_item(item, by=self.lead), "awarded", prize=prize, dissent="Eine dagegen.", by=self.lead)])


@pytest.fixture
def evidence(tmp_path):
    """Folder and facts of an entry that won in an invented round, whose decision was taken up again once, and of whose prize a part was paid
    and taken back."""
    play = Round(7, entries=14, screeners=5, jurors=6)
    play.play()
    award = play.competition.awards.get(item__reopenings__isnull=False)
    with later(days=3):
        approve_results(play.competition, by=make_role(play.competition, Role.Kind.SPONSOR).person)
        announce(play.competition, by=play.lead)
        cancel_payment(pay(award, play.lead, 100), reason="Zahlendreher", by=play.lead)
        pay(award, play.lead, 200)
    return taken(award.entry, tmp_path)


def test_no_single_change_goes_unnoticed_and_what_is_stated_is_proved_by_the_log(evidence, monkeypatch):
    """Also by somebody who makes the event anew that it was taken away; then all but a few named things still contradict the log."""
    folder, facts = evidence
    verify, told = program(folder, monkeypatch)
    assert verify(facts, folder) == []
    assert [name for name in ("history", "submissions", "checks", "votes", "session", "jury", "awards", "log") if not facts[name]] == []
    assert [len(facts["jury"][0]["motions"]), len(facts["awards"][0]["paid"])] == [1, 3]
    unnoticed, unproved = [], set()
    for path in leaves(facts):
        copy = changed(facts, path)
        unnoticed += [path] if verify(copy, folder) == [] else []
        if path[0] != "taken" and verify(sealed_anew(copy), folder) == []:
            unproved.add(".".join(name for name in path if isinstance(name, str)))
    assert unnoticed == []
    assert unproved == told - {"checks.points.label", "left_out.votes", "later", "submissions.erased.erased_at", "submissions.erased.questions"}


def test_nothing_is_left_out_of_it_unnoticed(evidence, monkeypatch):
    folder, facts = evidence
    verify, _told = program(folder, monkeypatch)
    for name in ("history", "submissions", "checks", "votes", "session", "jury", "awards", "log"):
        for place in range(len(facts[name])):
            copy = deepcopy(facts)
            del copy[name][place]
            assert verify(copy, folder) != []
            if name not in ("votes", "log"):                            # they may be missing where somebody must not read them, or are others'
                assert verify(sealed_anew(copy), folder) != []
    for name in facts["files"]:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept + b" ")
        assert verify(facts, folder) == [f"{name} was altered or is gone"]
        (folder / name).unlink()
        assert verify(facts, folder) == [f"{name} was altered or is gone"]
        (folder / name).write_bytes(kept)


def run(folder):
    found = subprocess.run([sys.executable, str(folder / "verify.py")], capture_output=True, text=True, check=False)
    return found.returncode, found.stdout


def test_the_seal_at_its_end_is_known_where_the_log_is_and_nowhere_else_once_somebody_made_it_anew(tmp_path, awarded):
    award, _office, _winner = awarded
    out = io.StringIO()
    call_command("audit_export", award.competition.code, award.entry.code, str(tmp_path), stdout=out)
    folder = tmp_path / award.entry.code
    facts, (status, said) = json.loads((folder / "evidence.json").read_text()), run(folder)
    digest = facts["taken"]["seal"]["digest"]
    assert (status, f"audit verify --witness {digest}" in said, digest in out.getvalue()) == (0, True, True), said
    assert log.verify(witness=digest)
    assert LogEvent.objects.get(verb="evidence.export").detail["facts_sha256"] == facts["taken"]["event"]["detail"]["facts_sha256"]

    facts["entry"]["title"] = "Anders"
    (folder / "evidence.json").write_text(json.dumps(facts))
    assert run(folder)[0] == 1
    (folder / "evidence.json").write_text(json.dumps(sealed_anew(facts)))
    status, said = run(folder)
    assert (status, digest in said) == (0, False)                       # a title stands in no event, but the seal is another one
    assert not log.verify(witness=facts["taken"]["seal"]["digest"])


def test_an_entrys_part_of_a_whole_competition_is_proved_inside_it_only(tmp_path, awarded):
    award, _office, _winner = awarded
    call_command("audit_export", award.competition.code, str(tmp_path), stdout=io.StringIO())
    folder = tmp_path / award.competition.code / "entries" / award.entry.code
    status, said = run(folder)
    assert (status, "proved by no seal of its own: run verify.py" in said) == (0, True)   # a forged competition.json beside it proves no more
    alone = folder.rename(tmp_path / award.entry.code)
    status, said = run(alone)
    assert (status, "a part of the evidence of a whole competition" in said) == (1, True)
