import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.awards.models import Award
from lorbeer.documentation.book import ChapterText, compile_book
from lorbeer.documentation.figures import FIGURES, figure
from lorbeer.documentation.queries import dataset_of
from lorbeer.editions import queries as editions
from lorbeer.editions.dataset import collect
from lorbeer.editions.models import Release
from lorbeer.editions.services import freeze, parquet, release
from lorbeer.editions.services import publish as publish_edition
from lorbeer.enquiries.models import Enquiry
from lorbeer.entries.models import Contributor, Entry, Move
from lorbeer.entries.names import body_key
from lorbeer.entries.tests.factories import make_entry
from lorbeer.follow_up import retention, retention_schedule
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.tests.evidence import program, sealed_anew, taken
from lorbeer.follow_up.tests.factories import later, make_award
from lorbeer.formal_check.attest import checks, head_of
from lorbeer.intake import attest
from lorbeer.intake.models import (
    Arrival,
    Draft,
    DraftAnswer,
    DraftAnswerRevision,
    Enclosure,
    IncomingMail,
    RemovedPlace,
    Submission,
    UnreadText,
)
from lorbeer.intake.queries import document_of
from lorbeer.intake.services import add_arrival, admit_late, register_arrival, withdraw
from lorbeer.intake.services.attachments import file_reference
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.outreach.queries import addresses_of
from lorbeer.people.models import Invitation, Person, Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Choice, Form, Question, Section, Type
from lorbeer.questionnaire.frozen import canonical_document
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock, files, log, reasons
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, LogReason, Message, StoredFile
from lorbeer.shared.outbox import deliver_waiting, queue_mail
from lorbeer.shared.tests import databases
from lorbeer.shared.text import Localized
from lorbeer.statistics.queries import tables_of
from lorbeer.statistics.research.files import FORMATS
from lorbeer.statistics.research.variables import study_of
from lorbeer.statistics.services import keep_table

pytestmark = pytest.mark.django_db
RULES = {"months": {"contact": 60, "not_awarded": 24}}
YES_NO = (Choice("ja", Localized(de="ja")), Choice("nein", Localized(de="nein")))
FORM = Form(title=Localized(de="Bogen"), code="entry", lists={"ja_nein": YES_NO}, sections=(Section("a", Localized(de="A"), items=(
    Question("titel", Type.TEXT, Localized(de="Titel"), role="title"),
    Question("konzept", Type.YES_NO, Localized(de="Gibt es ein Konzept?"), list_name="ja_nein", choices=YES_NO),
    Question("mail", Type.EMAIL, Localized(de="E-Mail"), personal_data="contact"),
    Question("ausweis", Type.FILE, Localized(de="Vollmacht"), personal_data="contact"),
)),))
MAIL = "geheim@example.org"


def hand_in(entry, version):
    """A frozen submission with a contact in it, its draft, a receipt and a mail."""
    upload = upload_of(entry, f"power of attorney {entry.code} {MAIL}")
    answers = {("titel", 0): entry.title, ("konzept", 0): "ja", ("mail", 0): MAIL, ("ausweis", 0): [file_reference(upload)]}
    data, sha256 = canonical_document(FORM, version, answers, {"entry": entry.code})
    arrival = Arrival.objects.create(competition=entry.competition, entry=entry, channel="post", sender=MAIL)
    arrival.files.add(files.store(f"scan {entry.code}".encode(), name="scan.pdf", subject=f"arrival:{arrival.number}"))
    draft = Draft.objects.create(entry=entry, version=version)
    for name, value in (("titel", entry.title), ("mail", MAIL)):
        answer = DraftAnswer.objects.create(draft=draft, question=name, value=value)
        DraftAnswerRevision.objects.create(answer=answer, revision=1, value=f"{value} alt", changed_at=clock.now())
    answer = DraftAnswer.objects.create(draft=draft, question="ausweis", value=[])
    earlier = file_reference(upload_of(entry, f"earlier {entry.code}"))
    DraftAnswerRevision.objects.create(answer=answer, revision=1, value=[earlier], changed_at=clock.now())
    files.store(f"letter {entry.code}".encode(), name="brief.pdf", scope=entry.competition.code, subject=f"result:{entry.code}")
    submission = Submission.objects.create(
        entry=entry, number=1, version=version, arrival=arrival, document=data.decode(), sha256=sha256,
        receipt_file=files.store(f"receipt {entry.code} {MAIL}".encode(), name="receipt.pdf"),
    )
    submission.files.add(upload)
    return submission


def upload_of(entry, text):
    return files.store(text.encode(), name="vollmacht.pdf", scope=entry.competition.code, subject=f"entry:{entry.code}")


def make_past():
    """(competition, winning submission, other submission, office): announced today, everything handed in."""
    award, office, _winner = make_award(retention=RULES)
    competition = award.competition
    version = add_version(competition, FORM)
    publish(version)
    loser = competition.entries.exclude(awards__isnull=False).get(contributors__isnull=False)
    won, lost = (hand_in(entry, version) for entry in (award.entry, loser))
    deliver_waiting()
    return competition, won, lost, office


past_database = databases.scene("past", make_past)


@pytest.fixture
def past(past_database, db):
    """(competition, winning submission, other submission, office) of `make_past`; whatever the test does is undone."""
    with databases.seen(past_database) as made:
        yield made


def test_the_schedule_counts_months_from_the_announcement(past):
    competition, _won, _lost, _office = past
    today = clock.today(competition.time_zone)
    rows = {row.awarded: row for row in retention_schedule.schedule(competition)}
    assert rows[False].due_on == retention.months_after(today, 24)
    assert rows[True].due_on == retention.months_after(today, 60)
    assert not rows[False].is_due
    with later(days=740):
        assert {row.awarded: row.is_due for row in retention_schedule.schedule(competition)} == {False: True, True: False}


def test_nothing_is_due_before_the_announcement_or_without_a_rule(past):
    award, _office, _winner = make_award(announced=False, retention=RULES)
    assert retention_schedule.schedule(award.competition) == []
    competition, *_others = past
    competition.retention = {}
    competition.save()
    with later(days=9999):
        assert retention_schedule.schedule(competition) == []


def test_the_day_before_nothing_is_erased_and_on_the_day_it_is(past):
    competition, _won, lost, office = past
    due_on = next(row.due_on for row in retention_schedule.schedule(competition) if not row.awarded)
    days = (due_on - clock.today(competition.time_zone)).days
    with later(days=days - 1):
        assert retention.erase(competition, by=office).entries == 0
    with later(days=days):
        retention.erase(competition, by=office)
    lost.refresh_from_db()
    assert MAIL not in lost.document


def test_a_frozen_document_loses_its_contact_and_keeps_the_checksum_of_what_came_in(past):
    competition, won, lost, office = past
    before = lost.sha256
    Entry.objects.filter(pk=lost.entry_id).update(address_key="12345 hauptstrasse7", partner_keys=["anna beispiel"])
    with later(days=740):
        retention.erase(competition, by=office)
    entry = Entry.objects.get(pk=lost.entry_id)
    assert (entry.address_key, entry.partner_keys) == ("", [])          # what was made of answers goes with them
    won.refresh_from_db()
    lost.refresh_from_db()
    assert MAIL in won.document
    assert MAIL not in lost.document
    assert lost.sha256 == before
    data = json.loads(lost.document)
    assert ["konzept", 0, "ja"] in data["answers"]
    assert list(data["meta"]["erased"]) == ["ausweis", "mail"]
    erasure = Erasure.objects.get(entry=lost.entry)
    assert erasure.documents[0]["erased_sha256"] == hashlib.sha256(lost.document.encode()).hexdigest()
    assert erasure.documents[0]["sha256"] == before
    shown = {answer.question.name: answer.text for answer in document_of(lost).sections()[0].items}
    assert "gelöscht" in shown["mail"] or "erased" in shown["mail"]


def test_drafts_receipts_scans_mails_and_accounts_go_too(past):
    competition, won, lost, office = past
    person = Contributor.objects.get(entry=lost.entry).person
    Message.objects.create(recipient=MAIL, title="x", body=MAIL, state="done", scope=competition.code, subject=f"entry:{lost.entry.code}")
    keys = [files.key_of(lost.receipt_file.blob_id), files.key_of(lost.arrival.files.get().blob_id)]
    with later(days=740):
        retention.erase(competition, by=office)
    person.refresh_from_db()
    assert (person.name, person.is_active) == ("", False)
    assert not person.has_usable_password()
    answers = dict(DraftAnswer.objects.filter(draft__entry=lost.entry).values_list("question", "value"))
    assert answers == {"mail": None, "ausweis": None, "titel": lost.entry.title}
    assert not DraftAnswerRevision.objects.filter(answer__draft__entry=lost.entry, answer__question="mail").exists()
    lost.refresh_from_db()
    assert lost.receipt_file is None
    assert won.receipt_file is not None
    assert not lost.arrival.files.exists()
    assert not StoredFile.objects.filter(blob__sha256__in=[key.rpartition("/")[2] for key in keys]).exists()
    assert not Message.objects.filter(subject=f"entry:{lost.entry.code}", body__contains=MAIL).exists()
    assert not Arrival.objects.filter(entry=lost.entry, sender=MAIL).exists()


def test_an_account_with_a_role_or_another_entry_stays(past):
    competition, won, lost, office = past
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


def test_letters_of_intent_lose_their_contact(past):
    competition, _won, _lost, office = past
    LetterOfIntent.objects.create(competition=competition, applicant="Stadt", contact_name="A. Beispiel", contact_email=MAIL,
                                  received_at=clock.now() - timedelta(days=100))
    with later(days=1):
        late = LetterOfIntent.objects.create(competition=competition, applicant="Dorf", contact_email="neu@example.org")
    with later(days=740):
        retention.erase(competition, by=office)
    assert not LetterOfIntent.objects.filter(contact_email=MAIL).exists()
    late.refresh_from_db()
    assert late.contact_email


def test_statistics_and_editions_stay_bit_for_bit(past):
    competition, _won, _lost, office = past
    with later(days=2000):
        before = collect(competition)
        table = parquet(before)
        assert retention.erase(competition, by=office).documents == 2
        after = collect(competition)
    assert after == before
    assert parquet(after) == table


def published_work(edition, client):
    """Everything that names `edition`, as it is made now: tables, figures, book, files for researchers, open data."""
    editions._content.cache_clear()                                     # what the store holds, not what was read before
    competition = edition.competition
    study = study_of(edition)
    data = dataset_of(competition, edition)
    text = "{{ numbers.admitted }} Beiträge, {{ tab1.total.ja.percent }}\n\n{{ table tab1 }}\n\n{{ figure tab1 }}"
    chapter = ChapterText("zahlen", "Zahlen", text)
    book = compile_book([chapter], data)
    made = {
        "edition": [edition.sha256, *(files.read(one) for one in (edition.answers, edition.codebook, edition.facts))],
        "tables": tables_of(edition), "book": book.data, "book files": book.files,
        "figures": {name: figure(data, name) for name in [*FIGURES, "tab1"]},
        "page": client.get(reverse("statistics:table_show", args=[competition.code, "tab1"])).context["table"],
        "rows": study.columns,                                          # SPSS and Stata write the moment into their files
    }
    made |= {form: FORMATS[form].write(study) for form in ("csv", "ddi")}
    for kind in ("csv", "json", "geojson", "parquet"):
        made[f"open data: {kind}"] = client.get(reverse("catalogue:entry_export", args=[competition.code, kind])).content
    return made


def test_tables_figures_book_research_files_and_open_data_of_an_edition_outlive_an_erasure_bit_for_bit(past, client):
    competition, won, lost, office = past
    for entry in (won.entry, lost.entry):
        release(entry, list(Release.Part.values), by=None)
    edition = publish_edition(freeze(competition, by=office), by=office)
    keep_table(competition, title={"de": "Gibt es ein Konzept?"}, definition={"question": "konzept"}, by=office)
    before = published_work(edition, client)
    assert before["tables"][0]["rows"][-1]["cells"]["ja"]["count"] == 2
    assert won.entry.code in before["open data: csv"].decode("utf-8-sig")

    with later(days=2000):
        assert retention.erase(competition, by=office).documents == 2
        after = published_work(type(edition).objects.get(pk=edition.pk), client)

    assert {name for name in before if before[name] != after[name]} == set()


def test_erasing_again_erases_nothing_and_both_times_are_in_the_log(past):
    competition, _won, lost, office = past
    with later(days=740):
        assert retention.erase(competition, by=office).entries > 0
        again = retention.erase(competition, by=office)
    assert (again.entries, again.documents, again.mails, again.files) == (0, 0, set(), set())
    event = LogEvent.objects.get(verb="data.erase", subject=f"entry:{lost.entry.code}")
    assert MAIL not in json.dumps(event.detail)
    log.seal_log()
    assert log.verify()


def test_evidence_is_as_the_log_says_after_an_erasure_too(past, tmp_path, monkeypatch):
    competition, _won, lost, office = past
    log.record("submission.accept", subject=f"entry:{lost.entry.code}", scope=competition.code, number=1, sha256=lost.sha256,
               receipt=lost.receipt_number, submitted_at=log.moment(lost.submitted_at), channel=lost.arrival.channel, seal=lost.log_digest)
    with later(days=740):
        retention.erase(competition, by=office)
    folder, facts = taken(lost.entry, tmp_path)
    verify, _told = program(folder, monkeypatch)
    assert (verify(facts, folder), len(facts["submissions"][0]["erased"])) == ([], 1)
    facts["submissions"][0]["erased"] = []
    assert verify(sealed_anew(facts), folder) == ["submission 1: another erasure than in the log"]


def test_the_log_is_compared_with_what_an_erasure_left_of_a_document(past):
    competition, won, lost, office = past
    for one in (won, lost):
        log.record("submission.accept", subject=f"entry:{one.entry.code}", scope=competition.code, number=1, sha256=one.sha256)
    release(lost.entry, ["abstract"], by=office, written_consent="Brief von Frau Muster")

    def faults():
        tables = ("intake_submission", "editions_release")
        return [fault for fault in log.attested("intake", "editions") if fault.table in tables]

    assert faults() == []
    with later(days=740):
        retention.erase(competition, by=office)
    assert faults() == []
    assert lost.entry.releases.get().written_consent == Release.ERASED
    for one in (lost, won):
        one.refresh_from_db()
        Submission.objects.filter(pk=one.pk).update(document=one.document.replace('"ja"', '"nein"'))
        (fault,) = faults()
        assert fault.code == f"{one.entry.code}/1"
        Submission.objects.filter(pk=one.pk).update(document=one.document)


def test_why_an_entry_was_withdrawn_is_in_the_log_as_a_hash_that_says_nothing_and_goes_with_the_contact(past):
    competition, _won, lost, office = past
    entry = make_entry(competition=competition, applicant="Musterort")
    withdraw(entry, by=None, reason="Frau Muster ist krank.")
    step, event = entry.history.get(), LogEvent.objects.get(verb="entry.withdraw")

    def faults():
        return [str(fault) for fault in log.attested("entries") if fault.table == "entries_move" and entry.code in fault.code]

    assert "Muster" not in json.dumps(event.detail)
    assert event.detail["reason_sha256"] not in ("", log.digest("Frau Muster ist krank."), log.digest(["", "Frau Muster ist krank."]))
    assert faults() == []
    with later(days=740):
        retention.erase(competition, by=office)
    step.refresh_from_db()
    assert (step.reason, step.secret, faults()) == (Move.ERASED, "", [])
    Move.objects.filter(pk=step.pk).update(reason="Frau Muster hat keine Lust.")
    assert len(faults()) == 1


def test_why_an_arrival_was_admitted_late_goes_with_the_contact_and_the_log_holds_a_hash(past):
    competition, _won, lost, office = past
    of_entry = register_arrival(competition, channel="post", by=office, sender="Musterort")
    alone = register_arrival(competition, channel="post", by=office, sender="Niemand")
    Arrival.objects.filter(pk__in=[of_entry.pk, alone.pk]).update(timeliness="late")
    for arrival in (of_entry, alone):
        admit_late(arrival, reason="Frau Muster war krank.", by=None)
    add_arrival(of_entry, lost.entry, by=office)
    told = [event.detail for event in LogEvent.objects.filter(verb="arrival.admit_late")]

    def faults():
        return [str(fault) for fault in attest.arrivals() if fault.code in (of_entry.number, alone.number)]

    assert "Muster" not in json.dumps(told)
    assert log.digest("Frau Muster war krank.") not in json.dumps(told)
    assert faults() == []
    with later(days=740):
        retention.erase(competition, by=office)
    assert list(Arrival.objects.filter(timeliness="admitted_late").values_list("late_reason", "secret")) == [("–", "")] * 2
    assert faults() == []
    Arrival.objects.filter(pk=alone.pk).update(late_reason="Herr Muster war krank.")
    assert len(faults()) == 1


def test_reasons_beside_the_log_are_read_there_and_go_by_their_age(client, past):
    competition, _won, _lost, office = past
    event = reasons.record("assignment.withdraw", subject="vote:X", scope=competition.code, actor=office, previous="Y",
                           why="Frau Muster ist krank.")
    client.force_login(make_role(competition, Role.Kind.AUDITOR).person)

    def page():
        return client.get(reverse("follow_up:event_list", args=[competition.code])).content.decode()

    assert "Muster" not in json.dumps(event.detail)
    assert "Frau Muster ist krank." in page()
    assert log.attested("shared") == []
    LogReason.objects.update(words="Frau Muster mag nicht.")
    assert len(log.attested("shared")) == 1
    LogReason.objects.update(words="–", secret="")                      # nothing in the log says that it was erased
    assert len(log.attested("shared")) == 1
    LogReason.objects.update(words="Frau Muster ist krank.")
    with later(days=740):
        assert retention.erase(competition, by=office).reasons == 1
        assert "ist krank" not in page()
    assert log.attested("shared") == []


@pytest.mark.parametrize("answered", [False, True])
def test_the_sender_of_a_mail_is_no_applicants_name_after_the_erasure(past, answered):
    competition, _won, lost, office = past
    entry = lost.entry
    Arrival.objects.filter(entry=entry).update(channel="email", sender=f"Frau Geheim <{MAIL}>")
    Entry.objects.filter(pk=entry.pk).update(applicant="Frau Geheim", state="admitted")
    entry.refresh_from_db()
    Contributor.objects.filter(entry=entry).delete()
    if answered:
        entry.draft.version = add_version(competition, replace(FORM, sections=(Section("a", Localized(de="A"), items=(
            *FORM.sections[0].items, Question("name", Type.TEXT, Localized(de="Name"), role="applicant_name"))),)))
        publish(entry.draft.version)
        document = json.loads(lost.document)
        document["answers"].append(["name", 0, "Frau Geheim"])
        Submission.objects.filter(pk=lost.pk).update(document=json.dumps(document), version=entry.draft.version)
    log.record("check.record", subject=f"entry:{entry.code}", scope=competition.code, head=head_of(entry))

    def faults():
        return [fault for fault in checks() if fault.table == "entries_entry"]

    assert faults() == []
    with later(days=740):
        retention.erase(competition, by=office)
    entry.refresh_from_db()
    assert entry.applicant == ("Frau Geheim" if answered else "–")
    assert answered or entry.applicant_key == body_key("–")
    assert faults() == []
    Entry.objects.filter(pk=entry.pk).update(applicant="Herr Anders")
    assert len(faults()) == 1


def test_only_the_office_erases(past):
    competition, _won, _lost, _office = past
    with pytest.raises(Refused):
        retention.erase(competition, by=make_role(competition, Role.Kind.AUDITOR).person)


def test_the_command_shows_and_does_the_same(past):
    competition, _won, lost, _office = past

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
    with pytest.raises(BadInput, match="nowhere"):
        call_command("data_erase", "nowhere")


def test_a_winner_keeps_everything_until_the_longer_time_is_over(past):
    competition, won, _lost, office = past
    assert Award.objects.filter(entry=won.entry).exists()
    with later(days=740):
        retention.erase(competition, by=office)
    won.refresh_from_db()
    assert won.receipt_file is not None
    with later(days=1900):
        retention.erase(competition, by=office)
    won.refresh_from_db()
    assert MAIL not in won.document


def plant(competition):
    """What personal data there is beside entries, each with a word that is found again."""
    Address.objects.create(competition=competition, category="multiplikatoren", name="geheim", email=MAIL)
    Address.objects.create(competition=competition, category="multiplikatoren", name="geheim ohne Mail")
    LetterOfIntent.objects.create(competition=competition, applicant="Stadt", contact_name="geheim", contact_email=MAIL,
                                  received_at=clock.now() - timedelta(days=100))
    Invitation.objects.create(competition=competition, email=MAIL, name="geheim", kind=Role.Kind.JUROR, token_digest="x" * 64,
                              expires_at=clock.now())
    stray = Arrival.objects.create(competition=competition, channel="email", sender=MAIL, subject="geheim", note="geheim")
    stray.files.add(files.store(b"geheim irrlaeufer", name="geheim.eml", subject=f"arrival:{stray.number}"))
    IncomingMail.objects.create(arrival=stray, sha256="1" * 64, fingerprint="1" * 64, message_id="<geheim@x>", outcome="office",
                                answer="sent", details=["geheim"], text="geheim")
    make_person(name="geheim", email=f"nie.{MAIL}")                      # signed up, and never applied
    for scope, subject in ((competition.code, "wave:erste"), (competition.code, "person:x"), ("", "")):
        queue_mail(recipient=MAIL, recipient_name="geheim", title="Sehr geehrte Frau geheim", body="geheim", scope=scope, subject=subject)


def findings(word="geheim"):
    """Tables, stored and kept files in which the word stands."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            if word in str(cursor.fetchall()):
                found.append(model._meta.label)
    folders = (Path(settings.VAR_DIR) / "mail", files.local_folder())
    return found + [path.name for folder in folders for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


@pytest.fixture
def own_folders(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    }


def test_when_all_is_due_nobody_is_found_anywhere(own_folders, django_capture_on_commit_callbacks):
    competition, won, lost, office = make_past()                        # with files in these folders
    for submission in (won, lost):
        Person.objects.filter(contributions__entry=submission.entry).update(name="geheim")
        queue_mail(recipient=MAIL, title="geheim", body="geheim", scope=competition.code, subject=f"entry:{submission.entry.code}")
    Person.objects.filter(contributions__entry=lost.entry).update(is_active=False)
    plant(competition)
    deliver_waiting()
    before = findings()
    assert {"people.Person", "outreach.Address", "people.Invitation", "shared.Message", "intake.Arrival", "00000001.eml"[:4]} - {
        name[:4] if name.endswith(".eml") else name for name in before} == set()

    with later(days=1900), django_capture_on_commit_callbacks(execute=True):
        planned = retention.erase(competition, by=office, dry_run=True)
        done = retention.erase(competition, by=office)

    assert findings() == []
    assert done.counts() == planned.counts()
    assert not StoredFile.objects.filter(subject__startswith="result:").exists()
    with later(days=1900):
        assert not any(retention.erase(competition, by=office).counts().values())


def test_what_is_to_be_erased_is_counted_with_as_many_queries_for_many_entries_and_people_as_for_few(past):
    competition, _won, lost, office = past

    def planned():
        with later(days=1900), CaptureQueriesContext(connection) as asked:
            plan = retention.erase(competition, by=office, dry_run=True)
        return plan, len(asked)

    before, few = planned()
    for _another in range(3):
        entry = make_entry(competition=competition, round=lost.entry.round)
        hand_in(entry, lost.version)
        for again in (entry, lost.entry):                               # with others, and each of them twice
            Contributor.objects.get_or_create(entry=again, person=make_person())
    twice = Contributor.objects.filter(entry=lost.entry).first().person
    Contributor.objects.create(entry=entry, person=twice)
    LetterOfIntent.objects.create(competition=competition, entry=entry, person=twice, contact_name="x", received_at=clock.now())
    plan, many = planned()

    assert many == few
    assert (plan.entries, plan.documents) == (before.entries + 3, before.documents + 3)
    with later(days=1900):
        done = retention.erase(competition, by=office)
    assert (done.sentences(), done.counts()) == (plan.sentences(), plan.counts())
    twice.refresh_from_db()
    assert not twice.is_active                                          # all that held the account has gone


def test_of_an_entry_that_came_by_mail_nothing_is_left_even_where_no_worker_sent_the_answers(own_folders, django_capture_on_commit_callbacks):
    competition, won, lost, office = make_past()
    for submission in (won, lost):
        entry, arrival = submission.entry, submission.arrival
        Person.objects.filter(contributions__entry=entry).update(name="geheim")
        Arrival.objects.filter(pk=arrival.pk).update(channel="email", subject="Bewerbung von Frau geheim")
        came = files.store(b"geheimes Bild", name="geheim.jpg", subject=f"arrival:{arrival.number}")
        arrival.files.add(came)
        Enclosure.objects.create(arrival=arrival, file=came, question="ausweis", reason="begins")
        UnreadText.objects.create(draft=entry.draft, person=office, field="titel", text="geheim")
        [contact, *_more] = sorted(retention.personal_questions(entry.draft.version, "contact") - {"ausweis"})
        RemovedPlace.objects.create(draft=entry.draft, repeat="projekt", place=1, answers=[[contact, "geheim"]])
        for subject in (f"arrival:{arrival.number}", f"entry:{entry.code}"):
            queue_mail(recipient=MAIL, recipient_name="geheim", title="Frau geheim", body="geheim", scope=competition.code, subject=subject)
    assert {"intake.Arrival", "intake.RemovedPlace", "intake.UnreadText", "shared.Message", "shared.StoredFile"} <= {*findings()}

    with later(days=1900), django_capture_on_commit_callbacks(execute=True):
        retention.erase(competition, by=office)

    assert findings() == []
    assert not Enclosure.objects.exists()
    assert not Message.objects.exclude(title="–").exists()
    with later(days=1900):
        assert deliver_waiting() == 0


def test_a_mail_that_is_about_to_leave_is_not_taken_away(past):
    competition, won, _lost, office = past
    with later(days=1900):
        mail = queue_mail(recipient=MAIL, title="Auskunft", body="x", scope=competition.code, subject=f"entry:{won.entry.code}")
        retention.erase(competition, by=office)
        assert deliver_waiting() == 1
    mail.refresh_from_db()
    assert (mail.recipient, mail.state) == (MAIL, "done")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has VACUUM for it: docs/erasure.md")
def test_what_is_deleted_is_overwritten_in_the_file():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)


def test_the_distribution_list_stays_while_something_is_to_come_and_counts_afterwards_what_it_counted(past):
    competition, _won, _lost, office = past
    plant(competition)
    wave = Wave.objects.create(competition=competition, code="zweite", letter=competition.letters.create(code="x", language="de"))
    phase = competition.phases.create(kind="letters", round=2, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=900))
    with later(days=740):
        retention.erase(competition, by=office)
        assert Address.objects.filter(email=MAIL).exists()
    phase.delete()
    assert addresses_of(wave).count() == 1
    with later(days=741):
        assert retention.erase(competition, by=office).addresses == 2
    assert not Address.objects.filter(email=MAIL).exists()
    assert competition.addresses.exclude(email="").count() >= 1
    assert not addresses_of(wave).exists()                               # and nobody writes to what is left of it


def test_what_belongs_to_no_entry_stays_until_its_own_time_is_over(past):
    competition, _won, _lost, office = past
    with later(days=100):
        plant(competition)
        seen = make_person(joined_at=clock.now() - timedelta(days=100), last_login=clock.now())
    with later(days=740):
        retention.erase(competition, by=office)
    seen.refresh_from_db()
    assert seen.is_active
    assert Person.objects.get(email=f"nie.{MAIL}").is_active
    assert Message.objects.filter(recipient=MAIL).count() == 3
    assert Invitation.objects.exists()


def test_an_account_with_a_letter_of_intent_for_another_competition_stays(past):
    competition, _won, lost, office = past
    person = Contributor.objects.get(entry=lost.entry).person
    LetterOfIntent.objects.create(competition=competition, applicant="Stadt", person=person, received_at=clock.now() + timedelta(days=500))
    with later(days=740):
        retention.erase(competition, by=office)
    person.refresh_from_db()
    assert person.is_active


def test_the_page_says_what_is_due_beside_entries(client, past):
    competition, _won, _lost, office = past
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    address = reverse("follow_up:retention_show", args=[competition.code])
    with later(days=1900):
        retention.erase(competition, by=office)
        clean = client.get(address).content.decode()
        Address.objects.create(competition=competition, category="x", name="geheim", email=MAIL)
        due = client.get(address).content.decode()
    assert "Heute ist nichts zu löschen" in clean
    assert "1 Adresse des Verteilers" in due
    assert reverse("follow_up:retention_erase", args=[competition.code]) in due


def test_messages_of_readers_that_nobody_confirmed_go_by_their_own_date_and_with_those_whom_they_were_for(past):
    competition, won, lost, office = past
    now = clock.now()
    for number, (submission, left) in enumerate([(won, timedelta(hours=-1)), (lost, timedelta(days=9_999)), (won, timedelta(days=9_999))]):
        Enquiry.objects.create(entry=submission.entry, token_digest=f"{number:064}", sender_name="Ada",
                               sender_email=f"ada-{number}@example.org", text="Wie haben Sie das gemacht?", written_at=now, erase_at=now + left)
    retention.erase(competition, by=office, dry_run=True)
    assert Enquiry.objects.count() == 3
    retention.erase(competition, by=office)                             # nothing else is due today
    assert set(Enquiry.objects.values_list("sender_email", flat=True)) == {"ada-1@example.org", "ada-2@example.org"}
    with later(days=25 * 31):                                           # months: those without a prize are due
        retention.erase(competition, by=office)
    assert set(Enquiry.objects.values_list("sender_email", flat=True)) == {"ada-2@example.org"}
