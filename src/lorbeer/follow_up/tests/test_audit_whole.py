"""The evidence of a whole competition is checked and played again by a program that needs nothing of Lorbeer."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import transaction

from lorbeer.jury.simulation import Play
from lorbeer.screening import services
from lorbeer.screening.models import AssignmentRun
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent

AT = clock.now()
pytestmark = [pytest.mark.django_db, pytest.mark.once]                     # the round itself is played on both: jury/tests/test_simulation.py


def verified(folder):
    run = subprocess.run([sys.executable, "-I", "-c", f"import sys, runpy; sys.path.insert(0, {str(folder)!r});"
                          f"runpy.run_path({str(folder / 'verify.py')!r}, run_name='__main__')"], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_a_whole_round_is_played_again_from_its_evidence_and_each_forgery_is_told(tmp_path):
    play = Play(7, entries=14, screeners=5, jurors=6)                   # with a ballot on a group
    play.play()
    code = play.competition.code

    call_command("audit_export", code, str(tmp_path), stdout=io.StringIO())

    folder = tmp_path / code
    status, said = verified(folder)
    assert status == 0, said
    for what in ("seals", "assignments", "session decisions", "votes", "decisions", "entries"):
        assert what in said
    facts = json.loads((folder / "competition.json").read_text())
    assert (folder / "index.html").read_text().count("entries/") == len(list((folder / "entries").iterdir()))

    shutil.rmtree(folder / "entries")                                   # each has its own program, which was run above

    def forged(change):
        copy = json.loads(json.dumps(facts)) | {"files": {}}
        change(copy)
        (folder / "competition.json").write_text(json.dumps(copy))
        return verified(folder)

    decided = next(number for number, one in enumerate(facts["decisions"]) if one["decision"]["result"] == "awarded")
    lost = next(number for number, one in enumerate(facts["decisions"]) if one["decision"]["result"] == "not_awarded")

    def line_of(verb):
        return next(number for number, line in enumerate(facts["log"]) if line["event"]["verb"] == verb)

    def swapped(copy, *names):
        one, other = copy["decisions"][decided], copy["decisions"][lost]
        for name in names:
            for row, its in ((one, other), (one["decision"], other["decision"])):
                if name in row:
                    row[name], its[name] = its[name], row[name]

    event = next(number for number, line in enumerate(facts["log"]) if line["event"]["verb"] == "jury.decide")
    assert facts["log"][-1]["seal"]["digest"] in said                   # what to ask the installation for
    for change, word in (
        (lambda copy: copy["decisions"][decided]["decision"].update(amount_cents=1), "amount_cents"),
        (lambda copy: copy["decisions"][decided]["decision"].update(result="not_awarded"), "result"),
        (lambda copy: copy["purses"][0].update(spent_cents=1), "purse"),
        (lambda copy: copy["log"][event]["event"]["detail"].update(yes=99), "seal"),
        (lambda copy: copy["log"].pop(event), "item"),
        (lambda copy: copy["log"].pop(line_of("jury.poll_close")), "before it was closed"),
        (lambda copy: copy["log"].pop(line_of("jury.poll")), "somebody voted on it while no ballot was open"),
        (lambda copy: copy["log"].insert(line_of("jury.poll") + 1, copy["log"].pop(line_of("jury.poll_close"))),
         "somebody voted on it while no ballot was open"),
        (lambda copy: copy["log"][line_of("jury.poll")]["event"]["detail"].update(items=[99]), "something else than its ballot was opened for"),
        (lambda copy: copy["log"][line_of("jury.poll")]["event"]["detail"].update(items=[99]), "a ballot was closed on something else"),
        (lambda copy: copy["log"].pop(line_of("jury.count")), "a ballot on a group was going on when meeting"),
        (lambda copy: copy["log"][line_of("jury.poll")]["event"]["detail"].update(least=99), "was counted in another way than it was opened"),
        (lambda copy: copy["assignments"][0]["result"].pop(), "assignment"),
        (lambda copy: copy["sessions"][0].update(outcome="x"), "session"),
        (lambda copy: swapped(copy, "entry", "group", "subject"), "it was decided on another entry"),
        (lambda copy: swapped(copy, "subject"), "something else than was taken away"),
        (lambda copy: copy["decisions"][decided].update(told="Hauptpreis"), "something else than was taken away"),
        (lambda copy: copy["decisions"][decided]["decision"].update(group="x"), "not as it was recorded"),
        (lambda copy: copy["decisions"][decided]["decision"].update(dissent="x"), "not as it was recorded"),
        (lambda copy: copy["decisions"][decided]["decision"].update(out=["x"]), "out is"),
        (lambda copy: copy["decisions"][decided]["decision"].update(offline=True), "offline is"),
        (lambda copy: copy["meetings"][0].update(minutes_sha256="0" * 64), "minutes_sha256 is"),
        (lambda copy: copy["meetings"][0].update(held_on="2018-01-01"), "held_on is"),
        (lambda copy: copy["purses"][0].update(cap_cents=copy["purses"][0]["cap_cents"] + 1), "something else than was taken away"),
        (lambda copy: copy["competition"].update(title="Anders"), "something else than was taken away"),
        (lambda copy: copy["log"].pop(line_of("jury.declare")), "something is missing"),
        (lambda copy: copy["log"].pop(line_of("vote.seal")), "something is missing"),
        (lambda copy: copy["log"].pop(line_of("votes.open")), "something is missing"),
        (lambda copy: copy["log"].__delitem__(slice(-500, None)), "the end is missing"),
        (hidden_behind_a_link, "events before the last"),
    ):
        status, said = forged(change)
        assert status == 1
        assert word in said


def hidden_behind_a_link(copy):
    """A line that is given out for one of another competition."""
    number = next(number for number, line in enumerate(copy["log"]) if line["event"]["verb"] == "jury.declare")
    seal = copy["log"].pop(number)["seal"]
    copy["links"].append([seal["number"], seal["digest"]])


def test_whatever_a_seal_is_computed_from_a_ballot_that_was_exchanged_is_told(tmp_path):
    """Somebody who computes all seals anew still has to make the votes give the result."""
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import make_meeting

    meeting = make_meeting(entries=1)
    item = services.call_item(meeting.items.get(), by=None)
    for member, choice in zip(Member.objects.all(), ("yes", "yes", "no"), strict=True):
        services.cast_ballot(item, member, choice, by=member.person)
    services.decide(item, mode="open", by=None)
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    assert verified(tmp_path / "x")[0] == 0

    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text())
    next(line for line in facts["log"] if line["event"]["verb"] == "jury.ballot")["event"]["detail"]["choice"] = "no"
    seal_anew(facts)
    path.write_text(json.dumps(facts))
    status, said = verified(tmp_path / "x")
    assert status == 1
    assert "the ballots give other numbers" in said


def test_other_competitions_leave_no_gap_and_who_voted_was_there_declared_and_not_biased(tmp_path):
    """Somebody who takes an event out and computes all seals and the end anew still has to explain who voted."""
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import decide, make_meeting

    meeting = make_meeting(entries=1)
    log.record("page.change", scope="elsewhere")
    first = Member.objects.order_by("pk").first().person.code
    services.call_item(meeting.items.get(), by=None)
    log.record("page.change", scope="elsewhere")
    decide(meeting.items.get())
    log.record("page.change", scope="elsewhere")
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text())
    status, said = verified(tmp_path / "x")
    assert (status, len(facts["links"]) >= 3) == (0, True), said

    def without(verb):
        def change(copy):
            copy["log"] = [line for line in copy["log"] if line["event"]["verb"] != verb or line["event"]["detail"]["member"] != first]
        return change

    def biased(copy):
        extra = json.loads(json.dumps(copy["log"][0]))
        extra["event"] |= {"verb": "bias.declare", "subject": "entry:" + copy["decisions"][0]["decision"]["entry"], "detail": {"person": first}}
        copy["log"].insert(0, extra)

    for change, word in (
        (without("jury.arrive"), f"{first} voted and was not in the room"),
        (without("jury.declare"), f"{first} voted and had not declared"),
        (biased, f"{first} voted and was biased"),
        (lambda copy: copy["links"].pop(), "something is missing"),
        (lambda copy: copy["links"][-1].__setitem__(1, "0" * 64), "does not follow"),
    ):
        copy = json.loads(json.dumps(facts)) | {"files": {}}
        change(copy)
        if copy["links"] == facts["links"]:
            seal_in_a_row(copy)
        path.write_text(json.dumps(copy))
        status, said = verified(tmp_path / "x")
        assert (status, word in said) == (1, True), (word, said)


def test_a_motion_that_was_altered_left_out_or_added_is_told(tmp_path):
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.tests.factories import decide, make_meeting

    meeting = make_meeting(entries=2)
    item = meeting.items.get(position=1)
    decide(item, "awarded", no=1, yes=2, dissent="Zu wenig Wirkung")
    services.reopen(item, "Herr Beispiel beantragt, neu zu beraten", by=None)
    decide(item, "not_awarded")
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text())
    status, said = verified(tmp_path / "x")
    assert (status, "1 motions" in said) == (0, True), said
    reopened = next(number for number, line in enumerate(facts["log"]) if line["event"]["verb"] == "jury.reopen")

    def forge_before(copy):                                             # in the log, too, with all seals computed anew
        for before in (copy["motions"][0]["before"], copy["log"][reopened]["event"]["detail"]["before"]):
            before["amount_cents"] = 1
        seal_anew(copy)

    for change, word in (
        (lambda copy: copy["motions"][0].update(motion="Die Jury beantragt"), "the motion was altered"),
        (lambda copy: copy["motions"][0].update(dissent=""), "the dissent that the motion voids was altered"),
        (lambda copy: copy["motions"][0]["before"].update(yes=3), "what the motion voids was altered"),
        (lambda copy: copy["motions"][0].update(at="2018-03-22T10:00:00.000000Z"), "what the motion voids was altered"),
        (lambda copy: copy["motions"].clear(), "a motion is missing"),
        (lambda copy: copy["motions"].append(copy["motions"][0]), "a motion is there that the log does not know"),
        (lambda copy: copy["motions"][0].update(position=2), "a motion is there that the log does not know"),
        (forge_before, "the motion voids another amount_cents than was decided"),
    ):
        copy = json.loads(json.dumps(facts)) | {"files": {}}
        change(copy)
        path.write_text(json.dumps(copy))
        status, said = verified(tmp_path / "x")
        assert (status, word in said) == (1, True), (word, said)


def test_a_declaration_that_was_taken_back_is_played_too_and_one_on_which_a_vote_rests_is_told(tmp_path):
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.tests.factories import decide, make_meeting, make_member
    from lorbeer.jury.tests.test_views import office_of

    meeting = make_meeting(entries=2)
    member, office, first = make_member(meeting.competition), office_of(meeting), meeting.items.first()
    services.arrive(meeting, member, by=None)
    note = services.note_declaration(meeting, member, [(first.entry, "vom Papier")], source="word", by=office)
    services.take_back_note(note, "verwechselt", by=office)
    services.declare(meeting, member, [], by=member.person)
    decide(first)                                                       # with them: they are biased no more
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text())
    status, said = verified(tmp_path / "x")
    assert (status, "1 declarations taken back" in said) == (0, True), said

    def later(copy):                                                    # as if it had been taken back after the decision
        line = next(line for line in copy["log"] if line["event"]["verb"] == "jury.correct_declaration")
        copy["log"].remove(line)
        copy["log"].insert(-1, line)

    def never(copy):
        copy["log"] = [line for line in copy["log"] if line["event"]["verb"] != "bias.lift"]

    for change, word in ((later, "their declaration was taken back afterwards"), (never, f"{member.person.code} voted and was biased")):
        copy = json.loads(json.dumps(facts)) | {"files": {}}
        change(copy)
        seal_in_a_row(copy)
        path.write_text(json.dumps(copy))
        status, said = verified(tmp_path / "x")
        assert (status, word in said) == (1, True), (word, said)


def test_a_recorded_bias_that_was_taken_back_is_played_too_and_one_against_which_a_vote_stands_is_told(tmp_path):
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import decide, make_meeting
    from lorbeer.jury.tests.test_views import office_of

    meeting = make_meeting(entries=1)
    office, item, member = office_of(meeting), meeting.items.get(), Member.objects.order_by("pk").last()
    services.record_bias(meeting, member, item.entry, "Ehe", by=office)
    services.lift_bias(item, member, "verwechselt", by=office)
    decide(item)                                                        # with them
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text())
    status, said = verified(tmp_path / "x")
    assert (status, "1 biases taken back" in said) == (0, True), said

    lines = [line for line in facts["log"] if line["event"]["verb"] in ("bias.record", "bias.lift")]
    facts["log"] = [line for line in facts["log"] if line not in lines]
    sat = json.loads(json.dumps(lines[0]))                              # as if both had been after the decision, and after a joint session
    sat["event"] |= {"verb": "session.decide", "detail": {"session": "x", "outcome": "propose", "deciders": [member.person.code]}}
    facts["log"][-1:-1] = [sat, *lines]
    facts["files"] = {}
    seal_in_a_row(facts)
    path.write_text(json.dumps(facts))
    status, said = verified(tmp_path / "x")
    after = "and a bias that the office had recorded was taken back afterwards"
    for what in (f"{member.person.code} voted, {after}", f"{member.person.code} decided in the joint session, {after}"):
        assert (status, what in said) == (1, True), said


def test_a_closed_round_is_taken_away_while_another_is_judged_and_tells_nothing_of_it(tmp_path):
    from lorbeer.call.models import Purse
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury.tests.factories import make_closed_meeting, make_entry, make_jury_competition
    from lorbeer.screening.queries import options_of
    from lorbeer.screening.services import fill_seat
    from lorbeer.screening.tests.factories import fill, make_role, make_submission

    competition = make_jury_competition()
    made = clock.now()
    by_hand = AssignmentRun.objects.create(competition=competition, seed=1, input={}, input_sha256=log.digest({}), result=[],
                                           result_sha256=log.digest([]), objective=0)
    log.record("assignment.adjust", subject=f"assignment:{by_hand.code}", scope=competition.code, seed=1,
               input_sha256=by_hand.input_sha256, result_sha256=by_hand.result_sha256)
    first = make_entry(competition, round=2, state="admitted")
    make_submission(first)
    meeting = make_closed_meeting(competition, entries=2)
    Purse.objects.create(competition=competition, round=2, cap_cents=5)
    readers, lead = [make_role(competition) for _number in range(2)], make_role(competition, "office_lead")
    votes = [fill_seat(first, to, lead, "Anfang") for to in readers]

    def taken(name):
        with clock.at(made):
            number, left_out = audit_whole.write_whole(competition, tmp_path / name)
        assert left_out == [2]
        return {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in sorted((tmp_path / name).rglob("*")) if path.is_file()}

    before = taken("before")
    fill(votes[0], next(iter(options_of(competition))))
    services.seal_vote(votes[0], readers[0])
    assert taken("after") == before                                     # not how much has happened, either

    assert {name.split("/")[1] for name in before if name.startswith("entries/")} == {item.entry.code for item in meeting.items.all()}
    facts = json.loads(before["competition.json"])
    assert facts["left_out"] == {"rounds": [2], "subjects": [], "ballots": []}
    assert [one["round"] for one in facts["purses"]] == [1]
    assert "Runde 2" in before["index.html"].decode()
    told = before["competition.json"].decode()
    assert not any(word in told for word in (first.code, *(vote.code for vote in votes), *(vote.sheet_name for vote in votes)))
    status, said = verified(tmp_path / "after")
    assert (status, "Left out, because votes were open when this was written: round 2." in said) == (0, True), said
    assert "1 assignments" in said
    event = LogEvent.objects.filter(verb="evidence.export_whole").last()
    assert event.detail["facts_sha256"] in said

    facts["decisions"][0]["decision"]["result"] = "not_awarded"
    (tmp_path / "after" / "competition.json").write_text(json.dumps(facts))
    status, said = verified(tmp_path / "after")
    assert (status, "result is" in said, event.detail["facts_sha256"] in said) == (1, True, False)


def test_what_was_decided_while_other_votes_were_open_stands_without_numbers_that_would_count_them(tmp_path):
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury.services import close_meeting
    from lorbeer.jury.tests.factories import decide, make_entry, make_jury_competition, make_meeting
    from lorbeer.screening.services import fill_seat
    from lorbeer.screening.tests.factories import make_role, make_submission

    competition, found = make_jury_competition(), []
    reader, lead = make_role(competition), make_role(competition, "office_lead")
    for name in ("quiet", "busy"):                                      # twins: in one something happens to the open vote meanwhile
        point = transaction.savepoint()
        with clock.at(AT):
            entry = make_entry(competition, round=2, state="admitted", code="TWINTWIN-1")
            make_submission(entry)
            meeting = make_meeting(competition, entries=1)
            vote = fill_seat(entry, reader, lead, "Anfang")
            if name == "quiet":
                with pytest.raises(Refused, match="hat die Jury ihre Sitzung"):
                    audit_whole.write_whole(competition, tmp_path / "x")
                assert not (tmp_path / "x").exists()
            else:
                services.open_vote(vote, reader)
            decide(meeting.items.get())
            close_meeting(meeting, by=None)
            audit_whole.write_whole(competition, tmp_path / name)
        found.append(json.loads((tmp_path / name / "competition.json").read_text()))
        status, said = verified(tmp_path / name)
        assert (status, "later events of the other rounds" in said, "1 decisions" in said) == (0, True, True), said
        transaction.savepoint_rollback(point)

    for facts in found:
        assert all(set(line) == {"event", "reason"} and "id" not in line["event"] for line in facts["later"])
    assert [line["event"]["verb"] for line in found[0]["later"]] == [line["event"]["verb"] for line in found[1]["later"]]
    assert "jury.decide" in [line["event"]["verb"] for line in found[0]["later"]]

    facts = found[1]
    next(line for line in facts["later"] if line["event"]["verb"] == "jury.decide")["event"]["detail"]["yes"] = 99
    (tmp_path / "busy" / "competition.json").write_text(json.dumps(facts))
    status, said = verified(tmp_path / "busy")
    assert (status, "votes and voters differ" in said) == (1, True)


def seal_anew(facts):
    previous = None
    for line in facts["log"]:
        seal = line["seal"]
        seal["previous"] = previous or seal["previous"]
        seal["digest"] = previous = log.digest(
            {"number": seal["number"], "previous": seal["previous"], "sealed_at": seal["sealed_at"], "event": line["event"]})


def seal_in_a_row(facts):
    """As if the log held nothing but what is here: numbers without a gap, so that no link is needed, and seals that fit."""
    facts["links"] = []
    for number, line in enumerate(facts["log"]):
        line["seal"]["number"] = number + 1
    seal_anew(facts)


def test_votes_in_a_ballot_that_was_not_closed_stand_in_no_evidence_which_says_how_many_there_are(tmp_path):
    from lorbeer.follow_up import audit, audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import make_meeting

    meeting = make_meeting(entries=3)
    items, entry = list(meeting.items.order_by("position")), meeting.items.first().entry
    poll = services.open_poll(meeting, items[0].group, mode="ranking", by=None)
    for member in Member.objects.all():
        services.cast_ranking(meeting, poll.group, member, items, by=member.person)

    def taken(name):
        audit_whole.write_whole(meeting.competition, tmp_path / name)
        alone = json.loads(audit.files_of(entry)["evidence.json"])
        facts = json.loads((tmp_path / name / "competition.json").read_text())
        return facts, alone, [json.dumps(lines).count('"jury.rank"') for lines in (facts["log"], alone["log"])]

    facts, alone, ranks = taken("open")
    left = [{"meeting": meeting.code, "group": "main", "number": 1, "votes": 3}]
    assert (ranks, facts["left_out"]["ballots"], alone["left_out"]) == ([0, 0], left, left)
    status, said = verified(tmp_path / "open")
    assert (status, "ballot 1 on group main was not closed when this was written: 3 votes" in said) == (0, True), said
    facts["left_out"]["ballots"] = []                                   # as if they had been kept back without a word
    facts["files"] = {}
    (tmp_path / "open" / "competition.json").write_text(json.dumps(facts))
    status, said = verified(tmp_path / "open")
    assert (status, "other ballots on groups were not closed" in said) == (1, True), said

    services.give_up_poll(poll, "Antrag", by=None)                      # while it was open: nobody needs to know what stood in it
    poll = services.open_poll(meeting, poll.group, mode="ranking", by=None)
    for member in Member.objects.all():
        services.cast_ranking(meeting, poll.group, member, items, by=member.person)
    services.close_poll(poll, by=None)
    facts, alone, ranks = taken("closed")
    assert (ranks, facts["left_out"]["ballots"], alone["left_out"]) == ([3, 3], left, left)
    assert "aufgegeben wurde, bevor er geschlossen war" in (tmp_path / "closed" / "index.html").read_text()
    assert verified(tmp_path / "closed")[0] == 0


def test_an_award_with_fewer_approvals_than_were_fixed_is_told(tmp_path):
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import decide_group, make_jury_competition, make_meeting

    meeting = make_meeting(make_jury_competition(jury={"modes": ["approval"], "quorum": 0.5}), entries=2)
    a, b = meeting.items.order_by("position")
    poll = services.open_poll(meeting, a.group, mode="approval", by=None)
    for member in Member.objects.all():
        services.cast_approval(meeting, a.group, member, [a], by=member.person)
    decide_group(poll)
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    assert verified(tmp_path / "x")[0] == 0
    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text()) | {"files": {}}
    decided = [line["event"]["detail"] for line in facts["log"] if line["event"]["verb"] == "jury.decide"]
    next(one for one in decided if one["position"] == b.position)["result"] = "awarded"
    path.write_text(json.dumps(facts))
    status, said = verified(tmp_path / "x")
    assert (status, "item 2 of" in said, "won with fewer than were fixed" in said) == (1, True, True), said


def test_ballots_given_up_for_a_bias_known_too_late_are_played_too_and_a_decision_by_one_is_told(tmp_path):
    from lorbeer.entries.services import declare_bias
    from lorbeer.follow_up import audit_whole
    from lorbeer.jury import services
    from lorbeer.jury.models import Member
    from lorbeer.jury.tests.factories import decide_group, make_jury_competition, make_meeting

    meeting = make_meeting(make_jury_competition(jury={"modes": ["secret", "approval"], "quorum": 0.5}), entries=3, members=4)
    (a, b, c), members = meeting.items.order_by("position"), list(Member.objects.order_by("pk"))

    def secretly(voters):
        services.call_item(a, by=None)
        key = services.set_up_urn(a, by=None)[1]
        for member in voters:
            services.cast_secretly(a, member, "no", by=member.person)
        return key

    key = secretly(members)
    with pytest.raises(BadInput):                                       # counted, and refused
        services.decide(a, "awarded", mode="secret", urn_key=key, by=None)
    declare_bias(a.entry, by=members[0].person, reason="x")
    services.give_up_urn(a, "Antrag", by=None)
    services.decide(a, mode="secret", urn_key=secretly(members[1:]), by=None)
    for again in (False, True):
        poll = services.open_poll(meeting, b.group, mode="approval", by=None)
        for member in members:
            services.cast_approval(meeting, b.group, member, [c], by=member.person)
        if not again:
            services.close_poll(poll, by=None)
            declare_bias(b.entry, by=members[1].person, reason="x")
            services.give_up_poll(poll, "Antrag", by=None)
    decide_group(poll)
    audit_whole.write_whole(meeting.competition, tmp_path / "x")
    status, said = verified(tmp_path / "x")
    assert status == 0, said

    path = tmp_path / "x" / "competition.json"
    facts = json.loads(path.read_text()) | {"files": {}}
    assert (facts["polls"][0]["motion"], "1 motions" in said) == ("Antrag", True), said
    for change, told in (
        ({"motion": "Die Jury beantragt", "late": [], "ballots": 99, "keep": 1, "given_up_at": None},
         ["the motion was altered", "whose bias became known too late was altered", "was closed with another number of votes",
          "keep is not what was fixed", "given_up_at is not what the log says"]),
        ({"number": 3}, ["ballot 1 of group main in", "ballots on groups are there that the log does not know"]),
    ):
        first, second = facts["polls"]
        path.write_text(json.dumps(facts | {"polls": [first | change, second]}))
        status, said = verified(tmp_path / "x")
        assert (status, [word for word in told if word not in said]) == (1, []), said
    for verb, entry, who in (("jury.count", c.entry, members[2]), ("jury.decide", a.entry, members[3])):
        number = next(number for number, line in enumerate(facts["log"]) if line["event"]["verb"] == verb)
        extra = json.loads(json.dumps(facts["log"][number]))
        extra["event"] |= {"verb": "bias.declare", "subject": f"entry:{entry.code}", "detail": {"person": who.person.code}}
        facts["log"].insert(number, extra)
    path.write_text(json.dumps(facts))
    status, said = verified(tmp_path / "x")
    assert f"by then {members[2].person.code} was known to be biased for item 3" in said
    assert f"by then {members[3].person.code} was known to be biased\n" in said
