import hashlib
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lorbeer.awards.models import Award
from lorbeer.editions.dataset import collect
from lorbeer.editions.services import parquet
from lorbeer.entries.models import Contributor
from lorbeer.follow_up import retention
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.tests.factories import later, make_award
from lorbeer.intake.models import Arrival, Draft, DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.intake.queries import document_of
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Choice, Form, Question, Section, Type
from lorbeer.questionnaire.frozen import canonical_document
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent, Message, StoredFile
from lorbeer.shared.outbox import deliver_waiting
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
RULES = {"months": {"contact": 60, "not_awarded": 24}}
YES_NO = (Choice("ja", Localized(de="ja")), Choice("nein", Localized(de="nein")))
FORM = Form(title=Localized(de="Bogen"), code="entry", lists={"ja_nein": YES_NO}, sections=(Section("a", Localized(de="A"), items=(
    Question("titel", Type.TEXT, Localized(de="Titel"), role="title"),
    Question("konzept", Type.YES_NO, Localized(de="Gibt es ein Konzept?"), list_name="ja_nein", choices=YES_NO),
    Question("mail", Type.EMAIL, Localized(de="E-Mail"), personal_data="contact"),
)),))
MAIL = "geheim@example.org"


def hand_in(entry, version):
    """A frozen submission with a contact in it, its draft, a receipt and a mail."""
    answers = {("titel", 0): entry.title, ("konzept", 0): "ja", ("mail", 0): MAIL}
    data, sha256 = canonical_document(FORM, version, answers, {"entry": entry.code})
    arrival = Arrival.objects.create(competition=entry.competition, entry=entry, channel="post", sender=MAIL)
    arrival.files.add(files.store(f"scan {entry.code}".encode(), name="scan.pdf", subject=f"arrival:{arrival.number}"))
    draft = Draft.objects.create(entry=entry, version=version)
    for name, value in (("titel", entry.title), ("mail", MAIL)):
        answer = DraftAnswer.objects.create(draft=draft, question=name, value=value)
        DraftAnswerRevision.objects.create(answer=answer, revision=1, value=f"{value} alt", changed_at=clock.now())
    return Submission.objects.create(
        entry=entry, number=1, version=version, arrival=arrival, document=data.decode(), sha256=sha256,
        receipt_file=files.store(f"receipt {entry.code} {MAIL}".encode(), name="receipt.pdf"),
    )


def make_past(retention_rules=RULES):
    """(competition, winning submission, other submission, office): announced today, everything handed in."""
    award, office, _winner = make_award(retention=retention_rules)
    competition = award.competition
    version = add_version(competition, FORM)
    publish(version)
    loser = competition.entries.exclude(awards__isnull=False).get(contributors__isnull=False)
    won, lost = (hand_in(entry, version) for entry in (award.entry, loser))
    deliver_waiting()
    return competition, won, lost, office


def test_the_schedule_counts_months_from_the_announcement():
    competition, _won, _lost, _office = make_past()
    today = clock.today(competition.time_zone)
    rows = {row.awarded: row for row in retention.schedule(competition)}
    assert rows[False].due_on == retention.months_after(today, 24)
    assert rows[True].due_on == retention.months_after(today, 60)
    assert not rows[False].is_due
    with later(days=740):
        assert {row.awarded: row.is_due for row in retention.schedule(competition)} == {False: True, True: False}


def test_nothing_is_due_before_the_announcement_or_without_a_rule():
    award, _office, _winner = make_award(announced=False, retention=RULES)
    assert retention.schedule(award.competition) == []
    award, _office, _winner = make_award(retention={})
    with later(days=9999):
        assert retention.schedule(award.competition) == []


def test_the_day_before_nothing_is_erased_and_on_the_day_it_is():
    competition, _won, lost, office = make_past()
    due_on = next(row.due_on for row in retention.schedule(competition) if not row.awarded)
    days = (due_on - clock.today(competition.time_zone)).days
    with later(days=days - 1):
        assert retention.erase(competition, by=office).entries == 0
    with later(days=days):
        retention.erase(competition, by=office)
    lost.refresh_from_db()
    assert MAIL not in lost.document


def test_a_frozen_document_loses_its_contact_and_keeps_the_checksum_of_what_came_in():
    competition, won, lost, office = make_past()
    before = lost.sha256
    with later(days=740):
        retention.erase(competition, by=office)
    won.refresh_from_db()
    lost.refresh_from_db()
    assert MAIL in won.document
    assert MAIL not in lost.document
    assert lost.sha256 == before
    data = json.loads(lost.document)
    assert ["konzept", 0, "ja"] in data["answers"]
    assert list(data["meta"]["erased"]) == ["mail"]
    erasure = Erasure.objects.get(entry=lost.entry)
    assert erasure.documents[0]["erased_sha256"] == hashlib.sha256(lost.document.encode()).hexdigest()
    assert erasure.documents[0]["sha256"] == before
    shown = {answer.question.name: answer.text for answer in document_of(lost).sections()[0].items}
    assert "gelöscht" in shown["mail"] or "erased" in shown["mail"]


def test_drafts_receipts_scans_mails_and_accounts_go_too():
    competition, won, lost, office = make_past()
    person = Contributor.objects.get(entry=lost.entry).person
    Message.objects.create(recipient=MAIL, title="x", body=MAIL, state="done", scope=competition.code, subject=f"entry:{lost.entry.code}")
    keys = [files.key_of(lost.receipt_file.blob_id), files.key_of(lost.arrival.files.get().blob_id)]
    with later(days=740):
        retention.erase(competition, by=office)
    person.refresh_from_db()
    assert (person.name, person.is_active) == ("", False)
    assert not person.has_usable_password()
    answers = dict(DraftAnswer.objects.filter(draft__entry=lost.entry).values_list("question", "value"))
    assert answers == {"mail": None, "titel": lost.entry.title}
    assert not DraftAnswerRevision.objects.filter(answer__draft__entry=lost.entry, answer__question="mail").exists()
    lost.refresh_from_db()
    assert lost.receipt_file is None
    assert won.receipt_file is not None
    assert not lost.arrival.files.exists()
    assert not StoredFile.objects.filter(blob__sha256__in=[key.rpartition("/")[2] for key in keys]).exists()
    assert not Message.objects.filter(subject=f"entry:{lost.entry.code}", body__contains=MAIL).exists()
    assert not Arrival.objects.filter(entry=lost.entry, sender=MAIL).exists()


def test_an_account_with_a_role_or_another_entry_stays():
    competition, won, lost, office = make_past()
    person = Contributor.objects.get(entry=lost.entry).person
    other = make_person()
    Contributor.objects.create(entry=lost.entry, person=other)
    Contributor.objects.create(entry=won.entry, person=other)
    make_role(competition, Role.Kind.JUROR, person)
    with later(days=740):
        retention.erase(competition, by=office)
    for one in (person, other):
        one.refresh_from_db()
        assert one.is_active
        assert one.name


def test_letters_of_intent_lose_their_contact():
    competition, _won, _lost, office = make_past()
    LetterOfIntent.objects.create(competition=competition, applicant="Stadt", contact_name="A. Beispiel", contact_email=MAIL,
                                  received_at=clock.now() - timedelta(days=100))
    with later(days=1):
        late = LetterOfIntent.objects.create(competition=competition, applicant="Dorf", contact_email="neu@example.org")
    with later(days=740):
        retention.erase(competition, by=office)
    assert not LetterOfIntent.objects.filter(contact_email=MAIL).exists()
    late.refresh_from_db()
    assert late.contact_email


def test_statistics_and_editions_stay_bit_for_bit():
    competition, _won, _lost, office = make_past()
    with later(days=2000):
        before = collect(competition)
        table = parquet(before)
        assert retention.erase(competition, by=office).documents == 2
        after = collect(competition)
    assert after == before
    assert parquet(after) == table


def test_erasing_again_erases_nothing_and_both_times_are_in_the_log():
    competition, _won, lost, office = make_past()
    with later(days=740):
        assert retention.erase(competition, by=office).entries > 0
        again = retention.erase(competition, by=office)
    assert (again.entries, again.documents, again.mails, again.files) == (0, 0, 0, 0)
    event = LogEvent.objects.get(verb="data.erase", subject=f"entry:{lost.entry.code}")
    assert MAIL not in json.dumps(event.detail)
    log.seal_log()
    assert log.verify()


def test_the_log_is_compared_with_what_an_erasure_left_of_a_document():
    competition, won, lost, office = make_past()
    for one in (won, lost):
        log.record("submission.accept", subject=f"entry:{one.entry.code}", scope=competition.code, number=1, sha256=one.sha256)
    assert log.attested("intake") == []
    with later(days=740):
        retention.erase(competition, by=office)
    assert log.attested("intake") == []
    for one in (lost, won):
        one.refresh_from_db()
        Submission.objects.filter(pk=one.pk).update(document=one.document.replace('"ja"', '"nein"'))
        (fault,) = log.attested("intake")
        assert fault.code == f"{one.entry.code}/1"
        Submission.objects.filter(pk=one.pk).update(document=one.document)


def test_only_the_office_erases():
    competition, _won, _lost, _office = make_past()
    with pytest.raises(Refused):
        retention.erase(competition, by=make_role(competition, Role.Kind.AUDITOR).person)


def test_the_command_shows_and_does_the_same():
    competition, _won, lost, _office = make_past()

    def run(*words):
        out = StringIO()
        call_command("data_erase", competition.code, *words, stdout=out)
        return out.getvalue()

    with clock.at(clock.now() + timedelta(days=740)):
        planned = run("--dry-run")
        lost.refresh_from_db()
        assert MAIL in lost.document
        done = run()
        lost.refresh_from_db()
        assert MAIL not in lost.document
        assert planned.startswith(done)
    with pytest.raises(CommandError):
        call_command("data_erase", "nowhere")


def test_a_winner_keeps_everything_until_the_longer_time_is_over():
    competition, won, _lost, office = make_past()
    assert Award.objects.filter(entry=won.entry).exists()
    with later(days=740):
        retention.erase(competition, by=office)
    won.refresh_from_db()
    assert won.receipt_file is not None
    with later(days=1900):
        retention.erase(competition, by=office)
    won.refresh_from_db()
    assert MAIL not in won.document
