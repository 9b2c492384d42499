"""What always holds (docs/rules.md), where only a whole world can show it."""

import hashlib
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client

from lorbeer.awards.models import Announcement, Award, Portrait
from lorbeer.call.models import AwardGroup, Competition, Criterion, ExclusionClause, Phase, Prize, Purse
from lorbeer.call.services import change_rule, change_words
from lorbeer.editions import services as editions
from lorbeer.editions.models import Edition, Release
from lorbeer.editions.queries import codebook_of
from lorbeer.entries.models import Contributor, Entry, Move, Project, State
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.follow_up.tests.evidence import program, taken
from lorbeer.formal_check.models import Check, CheckedPoint
from lorbeer.intake import services as intake
from lorbeer.intake.models import Arrival, IncomingMail, Submission
from lorbeer.jury.models import Declaration, Item, Meeting, Member, Presence
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.people.models import Person, Role
from lorbeer.people.tests.factories import make_person
from lorbeer.questionnaire.models import Version
from lorbeer.screening.models import AssignmentRun, Attendance, JointSession, ProjectVote, Proposal, Rating, SessionItem, Vote
from lorbeer.shared import clock, log
from lorbeer.shared.models import LogEvent, LogSeal, StoredFile
from lorbeer.shared.tests.forgery import set_triggers_aside
from lorbeer.shared.text import Localized
from tests.pages import Answer, places, signed_in
from tests.world import HOME, WITHHELD_WORD

PROJECT = Path(__file__).resolve().parent.parent


@pytest.mark.once
def test_every_promise_names_tests_that_exist():
    text = (PROJECT / "docs" / "rules.md").read_text()
    sources = [*PROJECT.glob("tests/test_*.py"), *PROJECT.glob("src/lorbeer/*/tests/test_*.py")]
    written = set(re.findall(r"def (test_\w+)\(", "\n".join(path.read_text() for path in sources)))
    named = re.findall(r"`(test_\w+)`", text)

    assert [int(number) for number in re.findall(r"^## (\d+)\.", text, re.M)] == list(range(1, 12))
    assert all("`test_" in section for section in text.split("\n## ")[1:])
    assert sorted(set(named) - written) == []


def test_the_log_of_a_whole_world_is_sound_and_names_the_row_that_was_changed(world):
    log.seal_log()
    sound = log.verify()
    assert sound, str(sound)
    assert sound.seals == LogSeal.objects.count() > 500

    row = LogEvent.objects.filter(verb__startswith="jury").order_by("pk")[3]
    with transaction.atomic():
        set_triggers_aside()
        LogEvent.objects.filter(pk=row.pk).update(actor="somebody-else")
        changed = log.verify()
        transaction.set_rollback(True)

    assert not changed
    assert changed.event == row.pk


VOTE = Vote.objects.filter(sealed_at__isnull=False)
DECIDED = Item.objects.filter(result=Item.Result.AWARDED, yes__gt=0)
ACCEPTED = Submission.objects.filter(is_accepted=True)
KEYED_IN = Arrival.objects.exclude(channel="online").exclude(entry=None).order_by("-pk")
REVOKED = Release.objects.filter(revoked_at__isnull=False)


def exchange_votes() -> None:
    DECIDED.filter(pk=DECIDED.first().pk).update(yes=0, no=F("yes"))


def add_a_step() -> None:
    last = Move.objects.order_by("pk").last()
    Move.objects.create(entry=last.entry, name=last.name, source=last.source, target=last.target, by=last.by)


def delete_a_vote() -> None:
    vote = VOTE.first()
    Rating.objects.filter(vote=vote).delete()
    ProjectVote.objects.filter(vote=vote).delete()
    vote.delete()


FORGERIES = {
    "the option of a sealed vote": ("screening_vote", lambda: VOTE.filter(pk=VOTE.first().pk).update(option="forged")),
    "the reason of a sealed vote": ("screening_vote", lambda: VOTE.filter(pk=VOTE.first().pk).update(reason="forged")),
    "points of a sealed vote": (
        "screening_vote", lambda: Rating.objects.filter(vote=VOTE.first(), points__isnull=False).update(points=F("points") + 1)),
    "the checksum of a vote": ("screening_vote", lambda: VOTE.filter(pk=VOTE.first().pk).update(sha256="1" * 64)),
    "a vote with its checksum opened again": (
        "screening_vote", lambda: VOTE.filter(pk=VOTE.first().pk).update(sealed_at=None, sha256="")),
    "a sealed vote deleted": ("screening_vote", delete_a_vote),
    "what the joint session found": (
        "screening_sessionitem", lambda: SessionItem.objects.filter(pk=SessionItem.objects.first().pk).update(dissent="forged")),
    "when something was proposed": (
        "screening_sessionitem", lambda: Proposal.objects.update(proposed_at=F("proposed_at") - timedelta(days=1))),
    "a proposal that no session made": ("screening_proposal", lambda: Proposal.objects.create(
        entry=Entry.objects.filter(proposals=None).first(), group=AwardGroup.objects.first())),
    "a proposal deleted": ("screening_sessionitem", lambda: Proposal.objects.exclude(item=None).first().delete()),
    "the result of an assignment": ("screening_assignmentrun", lambda: AssignmentRun.objects.update(result=[])),
    "a document": ("intake_submission", lambda: Submission.objects.filter(pk=Submission.objects.first().pk).update(document="{}")),
    "a document with its checksum": (
        "intake_submission", lambda: Submission.objects.filter(pk=Submission.objects.first().pk).update(
            document="{}", sha256=hashlib.sha256(b"{}").hexdigest())),
    "when a submission came": (
        "intake_submission", lambda: Submission.objects.filter(pk=Submission.objects.first().pk).update(
            submitted_at=F("submitted_at") - timedelta(days=1))),
    "which submission counts": (
        "intake_submission", lambda: Submission.objects.filter(pk=ACCEPTED.first().pk).update(is_accepted=False)),
    "the entry behind a letter": ("intake_arrival", lambda: Arrival.objects.filter(pk=KEYED_IN.first().pk).update(entry=Entry.objects.first())),
    "an online entry closed": ("intake_arrival", lambda: Arrival.objects.filter(channel="online").update(closed_at=F("arrived_at"))),
    "the round of an online entry": ("intake_arrival", lambda: Arrival.objects.filter(channel="online").update(round=7)),
    "the digest on a receipt blanked": (
        "intake_submission", lambda: Submission.objects.exclude(log_digest="").update(log_digest="")),
    "what the score of a ranking was": ("jury_item", lambda: DECIDED.filter(pk=DECIDED.first().pk).update(score=Decimal("0.5"))),
    "how many ballots a score is the mean of": (
        "jury_item", lambda: DECIDED.filter(pk=DECIDED.first().pk).update(ballots_counted=F("ballots_counted") + 1)),
    "who was in the joint session": (
        "screening_attendance", lambda: Attendance.objects.filter(pk=Attendance.objects.first().pk).delete()),
    "when somebody left the joint session": (
        "screening_attendance", lambda: Attendance.objects.filter(pk=Attendance.objects.first().pk).update(left_at=clock.now())),
    "who chaired the joint session": ("screening_jointsession", lambda: JointSession.objects.update(chaired_by=Person.objects.last())),
    "when an edition was frozen": ("editions_edition", lambda: Edition.objects.update(frozen_at=F("frozen_at") - timedelta(days=1))),
    "what a published questionnaire asks": (
        "questionnaire_version", lambda: Version.objects.exclude(published_at=None).update(definition={"schema": "forged"})),
    "the votes of the jury": ("jury_item", exchange_votes),
    "a dissent in the jury": ("jury_item", lambda: DECIDED.filter(pk=DECIDED.first().pk).update(dissent="forged")),
    "the checksum of the minutes": ("jury_meeting", lambda: Meeting.objects.exclude(minutes_sha256="").update(minutes_sha256="1" * 64)),
    "a jury meeting opened again": ("jury_meeting", lambda: Meeting.objects.update(closed_at=None)),
    "the day of a jury meeting": ("jury_meeting", lambda: Meeting.objects.update(held_on=F("held_on") + timedelta(days=1))),
    "money put back into a purse": ("call_purse", lambda: Purse.objects.filter(spent_cents__gt=0).update(spent_cents=1)),
    "the amount of an award": (
        "awards_award", lambda: Award.objects.filter(pk=Award.objects.first().pk).update(amount_cents=F("amount_cents") * 2)),
    "when the results were announced": (
        "awards_announcement", lambda: Announcement.objects.update(announced_at=F("announced_at") - timedelta(days=1))),
    "who announced the results": ("awards_announcement", lambda: Announcement.objects.update(decided_by=Person.objects.last())),
    "a step in the history": ("entries_move", lambda: Move.objects.order_by("pk")[9].delete()),
    "a step added": ("entries_move", add_a_step),
    "why a step was taken": ("entries_move", lambda: Move.objects.exclude(reason="").update(reason="forged")),
    "why a step was taken, said afterwards": ("entries_move", lambda: Move.objects.filter(reason="").update(reason="forged")),
    "when a step was taken": (
        "entries_move", lambda: Move.objects.filter(pk=Move.objects.order_by("pk")[9].pk).update(at=F("at") - timedelta(days=1))),
    "the state of an entry": (
        "entries_entry", lambda: Entry.objects.filter(pk=Entry.objects.filter(state=State.NOT_AWARDED).first().pk).update(state=State.AWARDED)),
    "the state of an entry that nobody has sent": (
        "entries_entry", lambda: Entry.objects.filter(history=None).update(state=State.AWARDED)),
    "an entry that nobody has begun": (
        "entries_entry", lambda: Entry.objects.create(competition=Competition.objects.first(), code="forged")),
    "the round of an entry": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(round=F("round") + 1)),
    "a published questionnaire": (
        "questionnaire_version", lambda: Version.objects.exclude(published_at=None).update(sha256="1" * 64)),
    "a deadline": ("call_phase", lambda: Phase.objects.filter(kind="entries").update(ends_at=F("ends_at") + timedelta(days=1))),
    "a setting of the call": ("call_competition", lambda: Competition.objects.update(paper_counts_by="arrival", time_zone="UTC")),
    "the rules of the jury": ("call_competition", lambda: Competition.objects.update(jury={"quorum": 0.1})),
    "the rule of a group": ("call_awardgroup", lambda: AwardGroup.objects.update(condition="forged")),
    "the words of a criterion": ("call_criterion", lambda: Criterion.objects.update(label={"de": "forged"})),
    "how much a criterion counts": ("call_criterion", lambda: Criterion.objects.filter(number=1).update(weight=9)),
    "what may be left out on a sheet": ("call_criterion", lambda: Criterion.objects.update(optional_in_special=~F("optional_in_special"))),
    "the order of the criteria": ("call_criterion", lambda: Criterion.objects.update(number=100 - F("number"))),
    "the words of a clause": ("call_exclusionclause", lambda: ExclusionClause.objects.update(label={"de": "forged"})),
    "the words of a group": ("call_awardgroup", lambda: AwardGroup.objects.update(heading={"de": "forged"})),
    "the cap": ("call_purse", lambda: Purse.objects.update(cap_cents=F("cap_cents") * 2)),
    "what a prize is worth": ("call_prize", lambda: Prize.objects.update(amount_cents=F("amount_cents") + 1)),
    "a verdict": ("formal_check_check", lambda: Check.objects.filter(verdict="excluded").update(verdict="admitted", clause=None)),
    "the points of a check deleted": ("formal_check_check", lambda: CheckedPoint.objects.all().delete()),
    "the title of an admitted entry": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(title="forged")),
    "a project of an admitted entry": (
        "entries_entry", lambda: Project.objects.create(entry=Entry.objects.filter(state=State.AWARDED).first(), position=9, title="forged")),
    "the population behind a group": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(population=7)),
    "who entered": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(applicant="forged")),
    "that an entry is not named": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(is_unlisted=True)),
    "what an entry asks for": ("entries_entry", lambda: Entry.objects.filter(state=State.AWARDED).update(amount_cents=1)),
    "when a letter arrived": ("intake_arrival", lambda: Arrival.objects.update(arrived_at=F("arrived_at") - timedelta(days=9))),
    "what became of a mail": ("intake_incomingmail", lambda: IncomingMail.objects.update(outcome="auto_reply", trouble="")),
    "a mail that nobody took in": ("intake_incomingmail", lambda: IncomingMail.objects.all().delete()),
    "the entry to which a mail was put": ("intake_arrival", lambda: Arrival.objects.exclude(added_to=None).update(added_to=None)),
    "that it was late": ("intake_arrival", lambda: Arrival.objects.update(timeliness="late")),
    "a member of the jury with a vote": ("jury_member", lambda: Member.objects.update(votes=False)),
    "who was in the room": ("jury_presence", lambda: Presence.objects.all().delete()),
    "when somebody left": (
        "jury_presence", lambda: Presence.objects.exclude(left_at=None).update(left_at=F("left_at") - timedelta(hours=1))),
    "when somebody declared": (
        "jury_declaration", lambda: Declaration.objects.update(declared_at=F("declared_at") - timedelta(days=1))),
    "who has declared": ("jury_declaration", lambda: Declaration.objects.all().delete()),
    "the file of the minutes": (
        "jury_meeting", lambda: Meeting.objects.exclude(minutes=None).update(
            minutes=JointSession.objects.exclude(minutes=None).first().minutes)),
    "the file of the session's minutes": (
        "screening_jointsession", lambda: JointSession.objects.exclude(minutes=None).update(
            minutes=Meeting.objects.exclude(minutes=None).first().minutes)),
    "the text on a winner": ("awards_portrait", lambda: Portrait.objects.update(description="forged")),
    "a text on a winner approved": ("awards_portrait", lambda: Portrait.objects.update(approved_at=clock.now())),
    "who approved a text": ("awards_portrait", lambda: Portrait.objects.exclude(approved_at=None).update(approved_by=None)),
    "the digest of an edition": ("editions_edition", lambda: Edition.objects.update(sha256="1" * 64)),
    "the file of an edition": ("editions_edition", lambda: Edition.objects.update(facts=F("codebook"))),
    "a part opened again": ("editions_release", lambda: Release.objects.filter(pk=REVOKED.first().pk).update(revoked_at=None)),
    "a part opened": (
        "editions_release", lambda: Release.objects.create(entry=Entry.objects.filter(releases=None).first(), part="entry")),
    "a closed field opened": ("editions_release", lambda: Release.objects.filter(field="office").update(revoked_at=None)),
    "a field kept closed": ("editions_release", lambda: Release.objects.filter(field="office").update(field="address")),
    "a release deleted": ("editions_release", lambda: Release.objects.filter(pk=Release.objects.first().pk).delete()),
    "a written consent": ("editions_release", lambda: Release.objects.filter(revoked_at=None).update(written_consent="forged")),
    "a payment": ("follow_up_payment", lambda: Payment.objects.update(amount_cents=1)),
    "the note of a payment": ("follow_up_payment", lambda: Payment.objects.update(note="forged")),
    "a payment deleted": ("follow_up_payment", lambda: Payment.objects.all().delete()),
    "a proof of use": ("follow_up_proofofuse", lambda: ProofOfUse.objects.update(state="accepted")),
    "who works on an entry": ("entries_contributor", lambda: Contributor.objects.filter(
        pk=Contributor.objects.first().pk).update(person=Person.objects.last())),
    "who is the contact of an entry": ("entries_contributor", lambda: Contributor.objects.update(is_contact=False)),
    "somebody added to an entry": (
        "entries_contributor", lambda: Contributor.objects.create(entry=Entry.objects.first(), person=Person.objects.last())),
    "uploads made public": ("shared_storedfile", lambda: StoredFile.objects.filter(kind="upload").update(access="public")),
    "who announced an entry": ("outreach_letterofintent", lambda: LetterOfIntent.objects.update(applicant="forged")),
    "when an entry was announced": (
        "outreach_letterofintent", lambda: LetterOfIntent.objects.update(received_at=F("received_at") - timedelta(days=1))),
    "the entry behind a letter of intent": (
        "outreach_letterofintent", lambda: LetterOfIntent.objects.filter(entry=None).update(entry=Entry.objects.first())),
    "a letter of intent that nobody sent": (
        "outreach_letterofintent", lambda: LetterOfIntent.objects.create(competition=Competition.objects.first(), applicant="forged")),
    "a role": ("people_role", lambda: Role.objects.filter(kind="office").update(kind="office_lead")),
    "a role added": ("people_role", lambda: Role.objects.create(
        competition=Competition.objects.first(), person=Role.objects.filter(kind="screener").first().person, kind="auditor")),
}

COMPARED_BY = {"call_purse": ("call", "jury"),
               "entries_entry": ("entries", "formal_check"), "shared_storedfile": ("documentation",)}    # others: by their own app


def test_the_evidence_of_every_entry_of_a_whole_world_is_as_the_log_says(world, tmp_path, monkeypatch):
    differing = {}
    for entry in Entry.objects.select_related("competition", "group"):
        folder, facts = taken(entry, tmp_path)
        verify, _told = program(folder, monkeypatch)
        differing[entry.code] = verify(facts, folder)
    assert {code: found for code, found in differing.items() if found} == {}


def test_the_tables_of_a_whole_world_are_as_the_log_says_and_each_forgery_is_named(world):
    planted = Entry.objects.get(title__endswith=WITHHELD_WORD)
    assert [(fault.table, fault.scope, fault.code) for fault in log.attested()] == [("entries_entry", HOME, planted.code)]
    Entry.objects.filter(pk=planted.pk).update(title=planted.title.removesuffix(WITHHELD_WORD).strip(), is_unlisted=False)
    opened = Release.objects.filter(part="entry").order_by("pk").first().entry
    editions.withdraw_consent(opened, by=None)
    editions.release(opened, ["abstract"], by=None, written_consent="Letter of 3 March")
    editions.revoke(opened, ["contact/office", "contact/website"], by=make_person())
    editions.release(opened, ["contact/website"], by=None)
    sorted_by = AwardGroup.objects.filter(competition=world.home, is_special=False).first()
    criterion = world.home.criteria.first()
    change_words(world.home, "criterion", criterion.code, {"label": Localized(de="Anders")}, reason="x", by=make_person())
    change_rule(world.home, sorted_by.code, legal_statuses=["land"], condition="", reason="x", by=make_person())
    assert list(map(str, log.attested())) == []
    missed = []
    set_triggers_aside()                                                # once: each time all tables are read anew
    for what, (table, forge) in FORGERIES.items():
        with transaction.atomic():
            forge()
            found = log.attested(*COMPARED_BY.get(table, (table.rpartition("_")[0],)))
            if table not in {fault.table for fault in found[:2]}:                          # a file is missed by several tables
                missed.append(f"{what}: {list(map(str, found))}")
            transaction.set_rollback(True)
    assert not missed, "\n".join(missed)
    assert log.attested() == []


NONSENSE = [("shared_logevent", "at", "id"), ("shared_logseal", "sealed_at", "number"), ("intake_arrival", "arrived_at", "id"),
            ("jury_item", "decided_at", "id"), ("jury_item", "amount_cents", "id"), ("editions_edition", "frozen_at", "id"),
            ("jury_meeting", "held_on", "id"), ("call_phase", "ends_at", "id")]


@pytest.mark.once
@pytest.mark.parametrize(("table", "column", "key"), NONSENSE)
def test_what_is_no_time_or_number_is_named_as_a_row_and_the_rest_is_still_looked_at(world, table, column, key):
    """SQLite only: PostgreSQL refuses what is no time."""
    log.seal_log()
    before = {str(fault) for fault in log.attested()}
    with transaction.atomic():
        set_triggers_aside()
        with connection.cursor() as cursor:
            which = " WHERE result = 'awarded'" if table == "jury_item" else ""
            cursor.execute(f"UPDATE {table} SET {column} = 'zzz' WHERE {key} = (SELECT max({key}) FROM {table}{which})")
            cursor.execute("UPDATE awards_award SET amount_cents = amount_cents + 1")
        chain, faults = log.verify(), [fault for fault in log.attested() if str(fault) not in before]
        with pytest.raises(CommandError) as told:
            call_command("audit_verify")
        transaction.set_rollback(True)

    assert "awards_award" in {fault.table for fault in faults}
    if table.startswith("shared_"):
        assert not chain
        assert chain.event == LogEvent.objects.filter(seal__isnull=False).order_by("seal__number").last().pk
    else:
        named = [fault for fault in faults if fault.table == table]
        assert named
        assert str(named[0]) in str(told.value)


CUTS = {
    "the last fifty events": "number > (SELECT max(number) FROM shared_logseal) - 50",
    "everything after the first receipts": "number > 200",
    "the whole log": "number > 0",
}


@pytest.mark.parametrize("which", CUTS)
def test_a_log_cut_short_is_found_without_anything_from_outside(world, which):
    log.seal_log()
    with transaction.atomic():
        set_triggers_aside()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT event_id FROM shared_logseal WHERE {CUTS[which]}")
            gone = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(f"DELETE FROM shared_logseal WHERE {CUTS[which]}")
            LogEvent.objects.filter(pk__in=gone)._raw_delete("default")
        found = [log.verify(), *log.attested()]
        transaction.set_rollback(True)

    # PostgreSQL gives out numbers that nobody keeps; there the tables and the receipts tell.
    assert any(isinstance(one, log.Fault) or not one for one in found)
    if connection.vendor == "sqlite" or which != "the last fifty events":
        assert not found[0]


def test_the_database_refuses_to_spend_more_than_the_cap(world):
    purse = Purse.objects.filter(competition=world.home).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Purse.objects.filter(pk=purse.pk).update(spent_cents=purse.cap_cents + 1)


HOSTILE = "{{ 7|add:70 }}{% now %}<script>alert('Übel')</script><b onclick=alert(1)>"
FORMULA = "=cmd|' /C calc'!A1"


@pytest.mark.once
def test_what_somebody_typed_is_shown_as_typed_and_never_obeyed(world):
    """An applicant types template code, markup, a formula and a path; the entry then stands on everybody's pages."""
    person = make_person(name=FORMULA)
    Entry.objects.filter(competition=world.home, state=State.SUBMITTED).update(title=HOSTILE, applicant=FORMULA)
    draft = intake.start_draft(world.home, by=person, applicant=FORMULA)
    intake.fill_draft(draft, {"kurztext": HOSTILE, "titel": f"../../etc/{HOSTILE}"}, by=person)
    world._people["hostile"] = person
    shown, faults = 0, []
    for who in ("office", "auditor", "hostile"):
        client = signed_in(world, who)
        also = [f"/{world.home.code}/entries/?format=csv", f"/{world.home.code}/entries/?format=xlsx",
                f"/{world.home.code}/apply/{draft.entry.code}/preview/"]
        for place in [*(place for _address, place in places(world, 2 if who == "office" else 1)), *also]:
            answer = Answer.of(client.get(place))
            if answer.status != 200 or "pdf" in answer.kind:            # in print all of this is plain text
                continue
            text = answer.text
            shown += "7|add:70" in text
            if "<script>alert('Übel')" in text and "html" in answer.kind:
                faults.append(f"{place}: markup comes back as markup")
            if "<b onclick" in text and "html" in answer.kind:
                faults.append(f"{place}: an attribute comes back as an attribute")
            if "csv" in answer.kind and re.search(r"(^|[;,\t])\"?=cmd", text, re.M):
                faults.append(f"{place}: a formula comes back as a formula")
            if re.search(r"<f>=?cmd", text):
                faults.append(f"{place}: a formula stands in a cell of a workbook")

    assert shown > 5, "the text must be on some pages, else nothing has been tried"
    assert not faults, "\n".join(faults)


def test_every_question_of_every_frozen_edition_can_be_counted(world):
    counted = 0
    for edition in Edition.objects.select_related("competition"):
        client = Client()
        client.force_login(world.person("editor" if edition.competition_id == world.home.pk else "elsewhere editor"))
        for question in dict.fromkeys(one["question"] for one in codebook_of(edition) if one["values"] or one["choice"]):
            answer = client.get(f"/{edition.competition.code}/statistics/explore/?question={question}&least=0")
            assert (answer.status_code, question) == (200, question)
            counted += 1
        names = [one["name"] for one in codebook_of(edition)]
        assert len(set(names)) == len(names)
    assert counted > 5
