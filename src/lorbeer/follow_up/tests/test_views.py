import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from lorbeer.entries.models import State
from lorbeer.entries.tests.factories import make_entry
from lorbeer.follow_up import audit, services
from lorbeer.follow_up.tests.factories import later, make_award, make_sent_proof, pay
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.tests import factories as screening
from lorbeer.shared import clock, desk, files, log, proof
from lorbeer.shared.models import LogEvent
from lorbeer.shared.templatetags.formats import moment

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def url(name, award, *more):
    return reverse(f"follow_up:{name}", args=[award.competition.code, *more])


def picture():
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(made, "PNG")
    return made.getvalue()


# --- money ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status", "sees_rows"), [
    (Role.Kind.OFFICE, 200, True), (Role.Kind.AUDITOR, 200, True), (Role.Kind.SPONSOR, 200, False), (Role.Kind.JUROR, 403, False),
    (Role.Kind.EDITOR, 403, False), (None, 404, False),
])
def test_rows_are_for_office_and_auditor_and_sums_for_the_sponsor(kind, status, sees_rows, awarded):
    award, _office, _winner = awarded
    person = make_role(award.competition, kind).person if kind else make_person()
    response = signed_in(person).get(url("payment_list", award))
    assert response.status_code == status
    assert (award.entry.applicant in response.content.decode()) == sees_rows
    if status == 200:
        download = signed_in(person).get(url("payment_list", award) + "?format=csv")
        assert ("text/csv" in download["Content-Type"]) == sees_rows


def test_nothing_stands_in_the_list_before_the_announcement():
    award, office, _winner = make_award(announced=False)
    page = signed_in(office).get(url("payment_list", award)).content.decode()
    assert award.entry.applicant not in page
    assert signed_in(office).get(url("award_show", award, award.code)).status_code == 404


@pytest.mark.parametrize("state", ["unpaid", "overdue", "open", "sent", "accepted", ""])
def test_the_filter_shows_what_it_says(state, awarded):
    proof, office, _winner = make_sent_proof(awarded)
    listing = signed_in(office).get(url("payment_list", proof.award) + f"?state={state}").context["listing"]
    assert listing.total == (1 if state in ("sent", "") else 0)


@pytest.mark.once
def test_the_list_costs_the_same_with_more_rows(awarded):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lorbeer.awards.models import Award

    award, office, _winner = awarded
    pay(award, office)
    client = signed_in(office)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url("payment_list", award)).status_code == 200
        return len(seen)

    cost()
    before = cost()
    item = award.item
    for number in range(5):
        item.pk, item.position = None, 100 + number
        item.entry = _another_entry(award)
        item.save()
        made = Award.objects.create(competition=award.competition, entry=item.entry, group=award.group, prize=award.prize,
                                    amount_cents=award.amount_cents, item=item)
        pay(made, office)
    assert cost() == before


def _another_entry(award):
    from lorbeer.jury.tests.factories import make_entry

    return make_entry(award.competition, proposed=False)


def test_the_office_pays_on_the_page_and_is_told_when_it_is_too_much(awarded):
    award, office, _winner = awarded
    client = signed_in(office)
    facts = {"amount": f"{award.amount_cents / 100 + 1:.2f}".replace(".", ","), "paid_on": clock.today().isoformat(), "note": ""}
    assert client.post(url("payment_record", award, award.code), facts).status_code == 400
    facts["amount"] = f"{award.amount_cents / 100:.2f}".replace(".", ",")
    assert client.post(url("payment_record", award, award.code), facts).status_code == 302
    assert award.payments.get().amount_cents == award.amount_cents
    assert client.get(url("award_show", award, award.code)).status_code == 200


def test_the_winner_reports_with_a_file_that_only_insiders_of_the_money_read(awarded):
    award, office, winner = awarded
    pay(award, office)
    client = signed_in(winner)
    assert client.get(url("proof_send", award, award.code)).status_code == 200
    facts = {"report": "Ein Garten.", "spent": "10", "files": [SimpleUploadedFile("beleg.png", picture())]}
    assert client.post(url("proof_send", award, award.code), facts).status_code == 302
    stored = award.proof.files.get()
    readers = {kind: bool(files.may_read(make_role(award.competition, kind).person, stored)) for kind in Role.Kind.values}
    assert {kind for kind, may in readers.items() if may} == {Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD, Role.Kind.AUDITOR}
    assert files.may_read(winner, stored)
    assert not files.may_read(make_person(), stored)
    assert "Ein Garten." in client.get(url("proof_send", award, award.code)).content.decode()


def test_a_refused_file_keeps_what_was_typed_and_sends_nothing(awarded):
    award, office, winner = awarded
    pay(award, office)
    facts = {"report": "Ein Garten.", "spent": "10", "files": [SimpleUploadedFile("beleg.exe", b"MZ\x90\x00")]}
    response = signed_in(winner).post(url("proof_send", award, award.code), facts)
    assert response.status_code == 400
    assert "Ein Garten." in response.content.decode()
    award.proof.refresh_from_db()
    assert award.proof.state == "open"


def test_the_office_returns_and_accepts_on_the_page(awarded):
    proof, office, _winner = make_sent_proof(awarded)
    award, client = proof.award, signed_in(office)
    assert client.post(url("proof_return", award, award.code), {"remarks": " "}).status_code == 400
    assert client.post(url("proof_return", award, award.code), {"remarks": "Belege fehlen."}).status_code == 302
    proof.refresh_from_db()
    assert (proof.state, proof.remarks) == ("returned", "Belege fehlen.")
    assert client.post(url("proof_remind", award, award.code)).status_code == 302
    assert client.get(url("award_show", award, award.code)).content.decode().count("Bericht fällig") == 1
    facts = {"report": "Neu.", "spent": "1"}
    told = client.post(url("proof_send", award, award.code), facts, follow=True).content.decode()
    assert "Der Bericht ist eingetragen." in told
    assert "Sie haben diesen Bericht selbst eingetragen" in told
    assert "Vielen Dank" not in told
    assert client.post(url("proof_accept", award, award.code)).status_code == 403
    client = signed_in(make_role(award.competition, Role.Kind.OFFICE_LEAD).person)
    assert client.get(url("proof_accept", award, award.code)).status_code == 200
    assert client.post(url("proof_accept", award, award.code)).status_code == 302
    proof.refresh_from_db()
    assert proof.state == "accepted"
    page = client.get(url("award_show", award, award.code)).content.decode()
    assert "ohne Beleg" in page
    assert "Bericht fällig" not in page
    assert client.get(url("proof_reopen", award, award.code)).status_code == 200
    assert client.post(url("proof_reopen", award, award.code), {"reason": " "}).status_code == 400
    assert client.post(url("proof_reopen", award, award.code), {"reason": "Falsche Zeile."}).status_code == 302
    assert "Falsche Zeile." in client.get(url("award_show", award, award.code)).content.decode()


@pytest.mark.parametrize("name", ["award_show", "proof_send"])
def test_an_award_does_not_exist_for_strangers_and_other_competitions(name, awarded):
    award, office, _winner = awarded
    other, other_office, _other = make_award()
    assert signed_in(make_person()).get(url(name, award, award.code)).status_code == 404
    assert signed_in(other_office).get(url(name, award, award.code)).status_code == 404
    assert signed_in(office).get(url(name, award, other.code)).status_code == 404
    assert Client().get(url(name, award, award.code)).status_code == 302


def test_desks_say_what_is_to_do_and_the_overdue_first():
    award, office, winner = make_award(retention={"proof_due_months": 1})
    role = office.roles.get().kind

    def labels(person, kind):
        return [task.url for task in desk.tasks_for(person, award.competition, kind) if "/money/" in task.url]

    assert labels(office, role) == [url("payment_list", award) + "?state=unpaid"]
    assert labels(winner, "applicant") == []
    pay(award, office)
    assert labels(winner, "applicant") == [url("proof_send", award, award.code)]
    with later(days=40):
        assert labels(office, role) == [url("payment_list", award) + "?state=overdue"]
    services.send_proof(award, report="x", spent_cents=1, by=winner)
    assert labels(winner, "applicant") == []
    assert labels(office, role) == [url("payment_list", award) + "?state=sent"]


def test_the_entry_file_has_a_tab_only_after_the_announcement():
    award, office, _winner = make_award(announced=False)
    address = reverse("entries:entry_show", args=[award.competition.code, award.entry.code]) + "payment/"
    assert signed_in(office).get(address).status_code == 404
    award, office, winner = make_award()
    address = reverse("entries:entry_show", args=[award.competition.code, award.entry.code]) + "payment/"
    assert signed_in(office).get(address).status_code == 200
    assert signed_in(winner).get(address).status_code == 200


@pytest.mark.parametrize("kind", [Role.Kind.OFFICE, Role.Kind.AUDITOR, Role.Kind.SPONSOR, Role.Kind.EDITOR])
def test_the_next_entry_opens_also_where_it_has_no_such_tab(kind):
    award, _office, _winner = make_award()
    for title in ("A davor", "Z danach"):
        make_entry(competition=award.competition, state=State.NOT_AWARDED, title=title, group=award.group)
    for entry in award.competition.entries.exclude(pk=award.entry_id):
        screening.make_submission(entry)
    client = signed_in(make_role(award.competition, kind).person)
    file = reverse("entries:entry_show", args=[award.competition.code, award.entry.code])
    listed = client.get(reverse("entries:entry_list", args=[award.competition.code])).content.decode()
    token = listed.split(f"{file}?list=")[1].split('"')[0]
    page = client.get(f"{file}payment/?list={token}").content.decode()
    beside = {href for href in re.findall(r'href="([^"]+)"', page) if f"list={token}" in href and not href.startswith((file, "?"))}
    assert len(beside) == 2
    assert [client.get(href).status_code for href in sorted(beside)] == [200, 200]


@pytest.mark.parametrize(("kind", "status"), [(Role.Kind.OFFICE, 200), (Role.Kind.AUDITOR, 403), (Role.Kind.SPONSOR, 403), (None, 404)])
def test_erasure_is_for_the_office(kind, status):
    award, _office, _winner = make_award(retention={"months": {"contact": 1}})
    client = signed_in(make_role(award.competition, kind).person if kind else make_person())
    assert client.get(url("retention_show", award)).status_code == status
    if status == 200:
        assert client.get(url("retention_erase", award)).status_code == 200
        assert client.post(url("retention_erase", award)).status_code == 302


# --- audit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status"), [
    (Role.Kind.AUDITOR, 200), (Role.Kind.OFFICE_LEAD, 200), (Role.Kind.OFFICE, 403), (Role.Kind.SPONSOR, 403),
    (Role.Kind.JUROR, 403), (None, 404),
])
def test_the_log_is_for_the_auditor_and_the_lead(kind, status, awarded):
    award, _office, _winner = awarded
    client = signed_in(make_role(award.competition, kind).person if kind else make_person())
    assert client.get(url("event_list", award)).status_code == status
    exported = client.post(url("evidence_download", award, award.entry.code))
    assert exported.status_code == status


def test_the_log_is_searched_by_entry_person_event_and_day(awarded):
    award, office, _winner = awarded
    pay(award, office)
    make_award()
    client = signed_in(make_role(award.competition, Role.Kind.AUDITOR).person)

    def found(**words):
        return list(client.get(url("event_list", award), words).context["listing"].everything)

    assert {event.scope for event in found()} == {award.competition.code}
    assert {event.verb for event in found(verb="payment.record")} == {"payment.record"}
    page = client.get(url("event_list", award), {"verb": "payment.record"}).content.decode()
    assert '<option value="payment.record" selected>Zahlung festgehalten</option>' in page
    assert "Zahlung festgehalten" in page.split("<tbody")[1]
    assert "payment.record" not in page.split("<tbody")[1].split("</tbody")[0]
    row = " ".join(re.sub(r"<[^>]+>", " ", page.split("<tbody")[1].split("</tbody")[0]).split())
    assert (f"Beitrag {award.entry.code}" in row, str(office) in row, "Betrag: " in row) == (True, True, True)
    assert re.findall(r"entry:|person:|system:|cents:", row) == []
    download = client.get(url("event_list", award), {"verb": "payment.record", "format": "csv"}).content.decode("utf-8-sig")
    assert ("Zahlung festgehalten" in download, "payment.record" in download) == (True, True)
    assert "payment.record" in {event.verb for event in found(entry=award.entry.code.lower())}
    assert {event.actor for event in found(who=office.email)} == {office.code}
    assert found(entry="NIRGENDS") == []
    assert len(found(day=clock.today().isoformat())) == len(found())
    assert found(day=(clock.today() - timedelta(days=400)).isoformat()) == []


@pytest.mark.once
def test_the_log_costs_the_same_with_more_rows(awarded):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    award, office, _winner = awarded
    client = signed_in(make_role(award.competition, Role.Kind.AUDITOR).person)

    def cost():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url("event_list", award)).status_code == 200
        return len(seen)

    log.seal_log()
    cost()
    before = cost()
    for _number in range(30):
        log.record("x.y", scope=award.competition.code, actor=make_person())
    assert cost() == before


def test_votes_are_not_found_before_all_seats_are_sealed():
    entry = screening.make_entry(screening.make_competition())
    first = screening.seal(screening.make_vote(entry, seat=1))
    second = screening.make_vote(entry, seat=2)
    auditor = make_role(entry.competition, Role.Kind.AUDITOR).person
    client = signed_in(auditor)
    address = reverse("follow_up:event_list", args=[entry.competition.code])
    listing = client.get(address, {"entry": entry.code}).context["listing"]
    assert not [event for event in listing.everything if event.subject in (f"vote:{first.code}", first.sheet_name)]
    assert json.loads(unpacked(audit.evidence(auditor, entry))["evidence.json"])["votes"] == []
    assert second.sealed_at is None


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def check(folder):
    return subprocess.run([sys.executable, str(folder / "verify.py")], capture_output=True, text=True, check=False)


def test_evidence_can_be_checked_without_lorbeer_and_tells_when_it_was_altered(tmp_path):
    entry = screening.make_screened(screening.make_competition())
    for one in entry.submissions.all():
        log.record("submission.accept", subject=f"entry:{entry.code}", scope=entry.competition.code, number=one.number, sha256=one.sha256,
                   receipt=one.receipt_number, submitted_at=log.moment(one.submitted_at), channel="online", seal=one.log_digest)
    auditor = make_role(entry.competition, Role.Kind.AUDITOR).person
    content = unpacked(audit.evidence(auditor, entry))
    for name, data in content.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    facts = json.loads(content["evidence.json"])
    assert len(facts["votes"]) == 2
    assert facts["votes"][0]["sheet"]["reason"] in content["index.html"].decode()
    assert "<script" not in content["index.html"].decode()
    assert content["index.html"].count(">preiswürdig<".encode()) == 2
    assert not [code for code in (b">suitable<", b">screen<", b">screened<", b">vote.seal<") if code in content["index.html"]]
    assert check(tmp_path).returncode == 0, check(tmp_path).stdout
    for spoil in (
        lambda f: f["log"][0]["event"].update(actor="X"), lambda f: f["votes"][0]["sheet"].update(reason="anders"),
        lambda f: f["history"][0].update(reason="anders", secret="0"),
        lambda f: f["log"].pop(next(i for i, line in enumerate(f["log"]) if line["event"]["verb"] == "vote.seal")),
    ):
        spoiled = json.loads(content["evidence.json"])
        spoil(spoiled)
        (tmp_path / "evidence.json").write_text(json.dumps(spoiled))
        assert check(tmp_path).returncode == 1
    (tmp_path / "evidence.json").write_bytes(content["evidence.json"])
    (tmp_path / "submissions" / "1.json").write_text("{}")
    assert check(tmp_path).returncode == 1
    assert LogEvent.objects.filter(verb="evidence.export", actor=auditor.code).exists()


def test_evidence_of_an_award_holds_the_jurys_item_and_minutes(awarded):
    award, _office, _winner = awarded
    auditor = make_role(award.competition, Role.Kind.AUDITOR).person
    content = unpacked(audit.evidence(auditor, award.entry))
    facts = json.loads(content["evidence.json"])
    assert [(one["decision"]["result"], one["decision"]["amount_cents"]) for one in facts["jury"]] == [("awarded", award.amount_cents)]
    assert not [code for code in (b">awarded<", b">consensus<", b">award<") if code in content["index.html"]]
    assert [data[:4] for name, data in content.items() if name.startswith("minutes/jury-")] == [b"%PDF"]


def test_the_command_writes_evidence_once(tmp_path, awarded):
    award, _office, _winner = awarded
    out = StringIO()
    call_command("audit_export", award.competition.code, award.entry.code, str(tmp_path), stdout=out)
    assert (tmp_path / award.entry.code / "index.html").exists()
    with pytest.raises(CommandError):
        call_command("audit_export", award.competition.code, award.entry.code, str(tmp_path))
    with pytest.raises(CommandError):
        call_command("audit_export", award.competition.code, "NIRGENDS", str(tmp_path))


def stands(place, **facts):
    """What the page says when it looks anew."""
    cache.clear()
    return audit.standing(place, **facts)


def test_the_standing_is_kept_for_a_minute_and_names_a_broken_log(monkeypatch, awarded):
    place = awarded[0].competition
    monkeypatch.setattr(log, "_attestors", {})
    log.seal_log()
    proof.walk_and_keep(by="worker")
    log.record("x.y")
    log.seal_log()
    assert stands(place).tone == "success"
    monkeypatch.setattr(log, "digest_of", lambda *facts: "0" * 64)
    assert audit.standing(place).tone == "success"
    assert stands(place).tone == "danger"


def test_the_standing_says_who_walked_along_the_whole_log_when_and_when_the_next_walk_is_due(monkeypatch, awarded):
    place = awarded[0].competition
    monkeypatch.setattr(log, "_attestors", {})
    log.seal_log()
    unwalked = stands(place)
    assert (unwalked.tone, "noch nicht im Ganzen" in unwalked.title) == ("warning", True)
    for by, who in (("worker", "Lorbeer selbst"), ("command", "wer diese Installation betreibt")):
        proof.walk_and_keep(by=by)
        log.record("x.y")
        log.seal_log()
        walked = stands(place)
        assert (walked.tone, who in walked.text, "(Ereignisse: 1)" in walked.text) == ("success", True, True)
        assert moment(proof.proof().ended) in walked.text
        assert moment(proof.proof().next_at) in walked.text
        assert "Ereignisse: 1" not in stands(place, counted=False).text
    with later(minutes=25):
        assert (stands(place).tone, "zu lange" in stands(place).title) == ("warning", True)


def test_the_standing_tells_nobody_what_is_wrong_with_another_competition(monkeypatch, awarded):
    here, elsewhere = awarded[0].competition, make_award()[0].competition
    faults = [log.Fault("shelf_book", elsewhere.code, "K7QD", "anderswo"), log.Fault("shelf_book", here.code, "M3QD", "hier")]
    monkeypatch.setattr(log, "_attestors", {"shelf": [lambda: faults]})
    broken = log.record("entry.admit", scope=elsewhere.code, subject="entry:GEHEIM")
    log.seal_log()
    proof.walk_and_keep(by="worker")
    assert (stands(here).text, stands(elsewhere).text) == tuple(map(str, reversed(faults)))
    faults.pop()
    proof.walk_and_keep(by="worker")
    told = stands(here)
    assert (told.tone, "K7QD" in told.text, elsewhere.code in told.text) == ("danger", False, False)

    real = log.digest_of
    monkeypatch.setattr(log, "digest_of", lambda *facts: "0" * 64 if facts[-1].pk == broken.pk else real(*facts))
    proof.walk_and_keep(by="worker")
    told = stands(here)
    assert (told.tone, str(broken.pk) in told.text, "entry.admit" in told.text) == ("danger", False, False)
    assert "entry.admit" in stands(elsewhere).text
    cache.clear()


def test_the_office_cancels_a_payment_on_a_page_of_its_own_and_the_winner_does_not(awarded):
    award, office, winner = awarded
    payment = pay(award, office)
    address = url("payment_cancel", award, award.code, 1)
    assert address in signed_in(office).get(url("award_show", award, award.code)).content.decode()
    assert signed_in(winner).post(address, {"reason": "x"}).status_code == 403
    assert signed_in(office).post(url("payment_cancel", award, award.code, 2), {"reason": "x"}).status_code == 404

    assert signed_in(office).post(address, {"reason": "doppelt eingetragen"}).status_code == 302

    page = signed_in(office).get(url("award_show", award, award.code)).content.decode()
    assert address not in page
    assert "doppelt eingetragen" in page
    assert payment.cancelled_by.amount_cents == -payment.amount_cents
