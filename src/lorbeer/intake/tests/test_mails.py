"""Taking in mails: each becomes exactly one thing, nothing is lost, and nobody is answered who should not be."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lorbeer.entries.models import State
from lorbeer.intake import attest, queries, services
from lorbeer.intake.models import Arrival, IncomingMail
from lorbeer.intake.tests.factories import OPEN, make_arrival, make_call, make_draft, make_office
from lorbeer.intake.tests.mails import EICAR, clamd, make_bounce, make_mail
from lorbeer.intake.tests.test_mail_reading import MAILS
from lorbeer.questionnaire import pdfform
from lorbeer.shared import clock, files, virus
from lorbeer.shared.errors import BadInput, NotStored, Refused
from lorbeer.shared.models import LogEvent, Message, StoredFile
from lorbeer.shared.outbox import queue_mail

pytestmark = pytest.mark.django_db
FORM = b"%PDF-1.7 filled"


@pytest.fixture(autouse=True)
def _now():
    with clock.at(OPEN):
        yield


@pytest.fixture
def call():
    return make_call(is_public=True)


@pytest.fixture
def filled(monkeypatch, call):
    """A PDF that is read as a filled-in form with these answers."""
    form = SimpleNamespace(**vars(pdfform.Filled(call.code, "entry", 1, "", {"title": "Ein Garten"})))  # which tests may change

    def read(data, spoken=""):
        if data != FORM:
            raise BadInput("Dies ist kein Bogen.")
        return form

    monkeypatch.setattr(pdfform, "read", read)
    return form


def with_form(**heads):
    return make_mail(attachments=[("Bogen.pdf", FORM)], **heads)


def rows():
    return [Arrival.objects.count(), IncomingMail.objects.count(), StoredFile.objects.count(), Message.objects.count(),
            LogEvent.objects.count()]


def faults():
    """What the log does not say of arrivals, mails and submissions."""
    return [str(one) for look in (attest.submissions, attest.arrivals, attest.mails) for one in look()]


def test_a_mail_is_kept_unaltered_with_its_attachments_and_acknowledged(call):
    raw = make_mail("Hallöchen", attachments=[("Beilage.bin", b"\0\1\2")])

    arrival = services.take_in(raw).arrival

    assert (arrival.channel, arrival.sender, arrival.subject) == ("email", "Anna Beispiel <anna@example.net>", "Unsere Bewerbung")
    mail, attached = arrival.files.order_by("pk")
    assert (files.read(mail), mail.blob_id, files.read(attached)) == (raw, arrival.mail.sha256, b"\0\1\2")
    assert (arrival.mail.outcome, arrival.mail.trouble, arrival.mail.text) == ("office", "no_form", "Hallöchen")
    answer = Message.objects.get()
    assert (answer.recipient, answer.kind) == ("anna@example.net", "arrival")
    assert arrival.number in answer.body
    assert "Hallöchen" not in answer.body
    assert "Bewerbung" not in answer.title
    assert queries.to_key_in(call, 1).get() == arrival
    assert faults() == []


def forwarding(inner, name=None):
    """A mail to which another one is attached: as such, or as a file of that name."""
    message = message_from_bytes(make_mail("Zur Kenntnis.", subject="WG: Bewerbung", message_id="<zwei@example.net>"), policy=policy.default)
    if name:
        message.add_attachment(inner, maintype="application", subtype="octet-stream", filename=name)
    else:
        message.add_attachment(message_from_bytes(inner, policy=policy.default))
    return message.as_bytes()


@pytest.mark.parametrize("deep", ["attached", "as a file", "twice"])
def test_a_form_in_a_forwarded_mail_waits_for_the_office_and_is_read_in_without_its_sender(call, filled, deep):
    inner = with_form(**{"from": "Bert Beispiel <bert@example.net>"})
    raw = {"attached": forwarding(inner), "as a file": forwarding(inner, "Mail.EML"), "twice": forwarding(forwarding(inner))}[deep]

    arrival = services.take_in(raw).arrival

    assert (arrival.mail.outcome, arrival.mail.trouble, arrival.entry) == ("office", "forwarded", None)
    assert "Bert Beispiel" in arrival.mail.details[0]["de"]
    assert FORM in [files.read(one) for one in arrival.files.all()]
    draft, _faults = services.start_from_mail(arrival, by=make_office(call))
    assert (draft.entry.title, draft.entry.applicant) == ("Ein Garten", "")
    assert faults() == []


def test_a_form_attached_beside_a_forwarded_mail_is_read_at_once(call, filled):
    message = message_from_bytes(with_form(), policy=policy.default)
    message.add_attachment(message_from_bytes(make_mail("Dazu schrieb man uns dies."), policy=policy.default))
    assert services.take_in(message.as_bytes()).arrival.mail.outcome == "draft"


def test_the_same_mail_twice_is_one_arrival_by_bytes_or_by_another_way(call):
    first = services.take_in(make_mail()).arrival
    before = rows()

    for again in (make_mail(), b"Delivered-To: z@example.org\n" + make_mail()):
        taken = services.take_in(again)
        assert (taken.arrival, taken.is_new) == (first, False)
    assert rows() == before
    assert services.take_in(make_mail("Etwas anderes unter derselben Message-ID")).is_new


@pytest.mark.once
@pytest.mark.parametrize(("received", "at", "expected"), [
    ("Mon, 02 Oct 2017 11:00:07 +0200", None, datetime(2017, 10, 2, 9, 0, 7, tzinfo=UTC)),
    ("Mon, 02 Oct 2017 11:00:07 +0200", OPEN - timedelta(minutes=5), OPEN - timedelta(minutes=5)),
    (None, None, OPEN),
    ("Mon, 01 Jan 2035 11:00:07 +0200", None, OPEN),                    # the future: it is here now
    ("Sun, 01 Jan 1995 11:00:07 +0200", None, datetime(1995, 1, 1, 9, 0, 7, tzinfo=UTC)),
])
def test_what_our_server_noted_counts_and_never_the_date_of_the_sender(call, received, at, expected):
    raw = make_mail(date="Fri, 01 Sep 2017 10:00:00 +0200")
    raw = (f"Received: from a by b; {received}\n".encode() if received else b"") + raw

    assert services.take_in(raw, arrived_at=at).arrival.arrived_at == expected


def test_a_form_becomes_a_draft_that_the_office_submits(call, filled):
    filled.answers = {"title": "Ein Garten", "amount": "kein Betrag", ("project_title", 1): "Beet"}
    filled.faults = ["Die dritte Seite fehlt."]

    arrival = services.take_in(with_form()).arrival

    entry = arrival.entry
    assert (entry.state, entry.title, entry.applicant) == (State.DRAFT, "Ein Garten", "Anna Beispiel")
    assert queries.draft_answers(entry.draft) == {("title", 0): "Ein Garten", ("project_title", 1): "Beet"}
    assert arrival.mail.outcome == "draft"
    assert arrival.mail.details[0] == "Die dritte Seite fehlt."
    assert len(arrival.mail.details) == 2
    assert services.submit_keyed(entry, by=make_office(call)).submitted_at == arrival.arrived_at
    assert faults() == []


@pytest.mark.once
def test_a_title_from_a_form_cannot_turn_its_direction(call, filled):
    filled.answers = {"title": "Garten\u202egnp.\ufffe"}

    assert services.take_in(with_form()).arrival.entry.title == "Gartengnp."


@pytest.mark.once
@pytest.mark.parametrize(("change", "trouble"), [
    ({"version": 7}, "form_refused"), ({"form": "other"}, "form_refused"), ({"entry": "K7QD4X-M"}, "names_entry"),
])
def test_a_form_that_fits_nothing_is_for_the_office(call, filled, change, trouble):
    for name, value in change.items():
        setattr(filled, name, value)

    arrival = services.take_in(with_form()).arrival

    assert (arrival.mail.outcome, arrival.mail.trouble, arrival.entry) == ("office", trouble, None)
    assert Arrival.objects.filter(queries.TROUBLED).get() == arrival


@pytest.mark.once
def test_of_a_pdf_that_is_no_form_the_office_reads_why(call, filled):
    mail = services.take_in(make_mail(attachments=[("a.pdf", b"%PDF-1.7 gedruckt"), ("b.pdf", b"%PDF-1.7 gescannt")])).arrival.mail

    assert (mail.trouble, mail.details) == ("no_form", ["„a.pdf“: Dies ist kein Bogen.", "„b.pdf“: Dies ist kein Bogen."])


@pytest.mark.once
def test_the_form_is_found_behind_a_hundred_attachments_and_what_is_not_listed_is_counted(call, filled):
    raw = make_mail(attachments=[*((f"{number}.txt", b"x%d" % number) for number in range(130)), ("Bogen.pdf", FORM)])

    arrival = services.take_in(raw).arrival

    assert (arrival.mail.outcome, arrival.entry.title) == ("draft", "Ein Garten")
    assert arrival.files.filter(kind=files.UPLOAD).count() == 101
    (details,) = arrival.mail.details
    said = details["de"]
    assert details["en"].startswith("30 more attachments")
    assert said.startswith("30 weitere Anhänge sind hier nicht aufgeführt")
    assert f"{arrival.number}.eml" in said
    many = services.take_in(make_mail(subject="2", attachments=[(f"{number}.pdf", b"%%PDF-%d" % number) for number in range(125)])).arrival
    assert (many.mail.trouble, many.files.filter(kind=files.UPLOAD).count()) == ("no_form", 120)
    assert many.mail.details[-1]["de"].startswith("5 weitere Anhänge")


@pytest.mark.once
def test_who_knows_the_code_of_a_draft_cannot_write_into_it(call, filled):
    draft = make_draft(call, answers={"title": "Unser Titel"})
    filled.entry = draft.entry.code

    services.take_in(with_form())

    assert queries.draft_answers(draft) == {("title", 0): "Unser Titel"}


@pytest.mark.once
def test_two_forms_in_one_mail_are_for_the_office(call, filled):
    mail = make_mail(attachments=[("a.pdf", FORM), ("b.pdf", FORM)])

    assert services.take_in(mail).arrival.mail.trouble == "several_forms"


@pytest.mark.once
def test_a_late_form_waits_for_the_decision_and_is_read_then(call, filled):
    end = call.phases.get(kind="entries").ends_at
    with clock.at(end + timedelta(days=1)):
        arrival = services.take_in(with_form()).arrival
        assert (arrival.timeliness, arrival.mail.trouble, arrival.entry) == ("late", "late", None)
        office = make_office(call)
        services.admit_late(arrival, reason="Serverausfall", by=office)
        draft, left_out = services.start_from_mail(Arrival.objects.get(), by=office)

    assert (queries.draft_answers(draft), left_out) == ({("title", 0): "Ein Garten"}, [])
    assert "nach der Frist" in Message.objects.get(kind="arrival").body


@pytest.mark.parametrize("heads", [
    {"auto_submitted": "auto-replied"}, {"precedence": "bulk"}, {"return_path": "<>"}, {"x_auto_response_suppress": "All"},
])
def test_automatic_mails_stand_in_the_register_closed_and_are_never_answered(call, heads):
    arrival = services.take_in(make_mail(**heads)).arrival

    assert (arrival.mail.outcome, arrival.mail.answer) == ("auto_reply", "automatic")
    assert arrival.closed_at
    assert not Message.objects.exists()
    assert not queries.to_key_in(call, 1).exists()
    services.reopen_arrival(arrival, by=make_office(call), reason="Doch ein Beitrag")
    assert queries.to_key_in(call, 1).get() == arrival
    assert faults() == []


def test_what_was_closed_as_automatic_is_counted_in_the_list_and_can_be_opened_again(call, client):
    office = make_office(call)
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    place = reverse("intake:arrival_list", args=[call.code])
    assert "als automatisch geschlossen" not in client.get(place).content.decode()
    arrival = services.take_in(make_mail("Wir machen mit! Anna", precedence="bulk")).arrival
    services.take_in(make_mail("", precedence="bulk", message_id="<zwei@example.net>"))
    other = services.take_in(make_mail(message_id="<drei@example.net>")).arrival
    services.close_arrival(other, by=office, reason="doppelt")
    assert "1 Mail mit einem Text wurde als automatisch geschlossen" in client.get(place).content.decode()
    page = client.get(f"{place}?show=automatic").content.decode()
    again = reverse("intake:arrival_reopen", args=[call.code, arrival.number])
    assert again in page
    assert other.number not in page
    assert "Als automatische Mail geschlossen." in client.get(reverse("intake:arrival_show", args=[call.code, arrival.number])).content.decode()
    client.post(again, {"reason": "Von einem Menschen."})
    assert "als automatisch geschlossen" not in client.get(place).content.decode()
    assert queries.to_key_in(call, 1).get() == arrival


@pytest.mark.once
def test_what_the_house_says_of_a_mail_is_read_in_the_readers_language_and_the_rest_marked(call, filled, client):
    office = make_office(call)
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    mails = (make_mail(precedence="bulk"), forwarding(with_form()), make_mail(attachments=[("a.pdf", b"%PDF-1.7 x")], message_id="<b@x>"))
    automatic, forwarded, refused = (
        client.get(reverse("intake:arrival_show", args=[call.code, services.take_in(raw).arrival.number])).content.decode() for raw in mails)

    assert '<p class="l-event__text">automatic mail</p>' in automatic
    assert "The attached mail says that it is from" in forwarded
    assert '<span lang="de">„a.pdf“: Dies ist kein Bogen.</span>' in refused


@pytest.mark.parametrize("heads", [
    {"auto_submitted": "auto-replied"}, {"precedence": "bulk"}, {"return_path": "<>", "from": "postmaster@example.net"},
])
def test_a_form_that_a_program_sends_is_read_and_only_the_acknowledgement_is_left_out(call, filled, heads):
    arrival = services.take_in(with_form(**heads)).arrival

    assert (arrival.mail.outcome, arrival.mail.answer, arrival.entry.title) == ("draft", "automatic", "Ein Garten")
    assert arrival.closed_at is None
    scan = services.take_in(make_mail(subject="Scan", attachments=[("scan.jpg", b"\xff\xd8\xff")], **heads)).arrival
    assert (scan.mail.outcome, scan.mail.trouble, scan.closed_at) == ("office", "no_form", None)
    assert queries.to_key_in(call, 1).filter(pk=scan.pk).exists()
    assert not Message.objects.exists()
    assert faults() == []


@pytest.mark.once
def test_our_own_acknowledgement_coming_back_ends_there(call, settings):
    from lorbeer.shared.outbox import as_email

    services.take_in(make_mail())
    answer = as_email(Message.objects.get()).message().as_bytes()

    arrival = services.take_in(answer).arrival

    assert arrival.mail.outcome == "auto_reply"
    assert Message.objects.count() == 1


def test_a_bounce_is_noted_with_the_mail_that_came_back(call):
    lost = queue_mail(recipient="weg@example.net", title="Aufruf", body="x", scope=call.code, kind="wave")

    arrival = services.take_in(make_bounce(lost.message_id)).arrival

    lost.refresh_from_db()
    assert (arrival.mail.outcome, lost.bounced_at) == ("bounce", OPEN)
    assert Message.objects.count() == 1


@pytest.mark.once
def test_one_sender_gets_a_few_acknowledgements_a_day_and_our_own_addresses_none(call):
    answers = [services.take_in(make_mail(f"Nr. {number}")).arrival.mail.answer for number in range(7)]

    assert answers == ["sent"] * 5 + ["too_many"] * 2
    own = make_mail(**{"from": call.office_email or "noreply@localhost"})
    assert services.take_in(own).arrival.mail.answer in ("no_address", "automatic")


@pytest.mark.once
def test_acknowledgements_are_counted_without_the_plus_part_and_by_domain(call, monkeypatch):
    from lorbeer.intake.services import mails

    def answers(*senders):
        return [services.take_in(make_mail(**{"from": one})).arrival.mail.answer for one in senders]

    assert answers(*(f"Opfer+{number}@example.net" for number in range(7))) == ["sent"] * 5 + ["too_many"] * 2
    monkeypatch.setattr(mails, "MOST_IN_DOMAIN", 7)
    assert answers(*(f"opfer{number}@example.net" for number in range(4))) == ["sent"] * 2 + ["too_many"] * 2
    assert answers("anna@example.com") == ["sent"]
    with clock.at(OPEN + timedelta(hours=2)):
        assert answers("bert@example.net") == ["sent"]


@pytest.mark.once
def test_none_of_our_own_addresses_is_answered_and_a_stranger_with_a_plus_is(call, settings):
    call.office_email = "buero@example.org"
    call.save(update_fields=["office_email"])
    settings.MAIL_FROM, settings.IMAP_ACCOUNT = "Wettbewerbe <absender@example.org>", "imaps://konto%40example.org@mail.example.org"
    own = ["absender@example.org", "Konto@example.org", "konto+x@example.org", f"beitraege+{call.code}@example.org",
           "buero+x@example.org"]

    answers = {one: services.take_in(make_mail(**{"from": one})).arrival.mail.answer for one in own}

    assert answers == dict.fromkeys(own, "no_address")
    settings.IMAP_ACCOUNT = "imaps://postfach@mail.example.org"
    assert services.take_in(make_mail(**{"from": "postfach@example.org"})).arrival.mail.answer == "no_address"
    assert services.take_in(make_mail(**{"from": f"anna+{call.code}@example.net"})).arrival.mail.answer == "sent"


def test_the_address_or_the_form_says_for_which_competition_a_mail_is(call, filled):
    other = make_call(is_public=True, office_email="anderes@example.org")

    assert services.take_in(make_mail(to="Büro <Anderes@example.org>")).arrival.competition == other
    assert services.take_in(make_mail(to=f"beitraege+{other.code}@example.org", subject="2")).arrival.competition == other
    assert services.take_in(with_form(to="anderes@example.org")).arrival.competition == call
    both = f"anderes@example.org, x+{call.code}@example.org"
    copies = [services.take_in(make_mail(to=both, delivered_to=one, subject="4")).arrival.competition for one in both.split(", ")]
    assert copies == [other, call]
    crowd = ", ".join(f"a{number}@example.net" for number in range(3000))
    assert services.take_in(make_mail(to=f"{crowd}, anderes@example.org", subject="5")).arrival.competition == other
    with pytest.raises(Refused):
        services.take_in(make_mail(to="niemand@example.org", subject="3"))
    assert services.take_in(make_mail(to="niemand@example.org", subject="3"), competition=call).arrival.competition == call


# --- viruses ----------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_what_the_scanner_finds_is_locked_away_and_for_the_office(call, filled, settings, client):
    office = make_office(call)
    raw = make_mail(attachments=[("Bogen.pdf", FORM), ("gut.pdf.exe", EICAR)])
    with clamd() as settings.CLAMD:
        assert virus.scan([b"harmlos"]) == ""
        arrival = services.take_in(raw).arrival

    assert (arrival.mail.trouble, arrival.mail.details, arrival.entry) == ("infected", ["Win.Test.EICAR_HDB-1"], None)
    assert not Message.objects.exists()
    mail, form, infected = arrival.files.order_by("pk")
    assert [bool(files.may_read(office, one)) for one in (mail, form, infected)] == [False, True, False]
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    assert [client.get(files.original_address(one)).status_code for one in (mail, form, infected)] == [403, 200, 403]
    page = client.get(f"/{call.code}/arrivals/{arrival.number}/").content.decode()
    assert files.address_of(form) in page
    assert files.address_of(infected) not in page
    assert files.address_of(mail) not in page


@pytest.mark.once
def test_a_mail_waits_while_the_scanner_cannot_be_asked_or_refuses_to_look(call, settings, monkeypatch):
    with clamd() as settings.CLAMD:
        from lorbeer.intake.tests import mails

        monkeypatch.setattr(mails.Clamd, "limit", 10)
        with pytest.raises(virus.NotScanned):
            services.take_in(make_mail())
    for away in (settings.CLAMD, "unix:/nirgends/clamd.ctl"):
        settings.CLAMD = away
        with pytest.raises(virus.NotScanned):
            services.take_in(make_mail())
    assert rows()[:4] == [0, 0, 0, 0]


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_what_goes_wrong_at_the_end_leaves_nothing_behind(call, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    monkeypatch.setattr("lorbeer.intake.letters.queue_acknowledgement", fail)
    before = rows()
    with pytest.raises(RuntimeError):
        services.take_in(make_mail())

    assert rows() == before


def with_pdf(data):
    """A mail with something that pretends to be a PDF."""
    return (b'From: a@example.net\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: application/pdf; name="f.pdf"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n" + b64encode(b"%PDF-" + data) + b"\r\n--b--\r\n")


@pytest.mark.once
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(raw=st.one_of(MAILS, st.binary(max_size=200).map(with_pdf)))
def test_any_bytes_become_one_arrival_with_one_outcome(call, raw):
    with clock.at(OPEN):
        before, known = rows(), IncomingMail.objects.count()
        taken = services.take_in(raw)

        assert IncomingMail.objects.count() == known + taken.is_new == Arrival.objects.count()
        assert taken.is_new or rows() == before
        assert taken.arrival.files.filter(blob=taken.arrival.mail.sha256).exists()
        assert str(taken)


# --- at the desk ------------------------------------------------------------------------------------------------------


def test_the_desk_puts_a_mail_to_an_entry_and_gets_no_right_to_that_one(call, client):
    office, draft = make_office(call), make_draft(call, answers={"title": "Geheim"})
    arrival = services.take_in(make_mail()).arrival
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    place = f"/{call.code}/arrivals/{arrival.number}/"

    assert client.post(f"{place}add/", {"code": "ABC"}).status_code == 422
    assert client.post(f"{place}add/", {"code": draft.entry.code.lower()}).status_code == 302

    arrival.refresh_from_db()
    assert (arrival.added_to, arrival.entry) == (draft.entry, None)
    assert not queries.to_key_in(call, 1).exists()
    assert client.get(f"/{call.code}/apply/{draft.entry.code}/").status_code == 403
    assert client.post(f"{place}key-in/").status_code == 403
    assert faults() == []
    client.post(f"{place}add/", {"code": ""})
    assert queries.to_key_in(call, 1).get() == arrival


@pytest.mark.once
def test_the_page_of_a_mail_shows_hostile_text_as_text_and_hands_the_mail_out_as_a_file(call, client):
    text = "<script>alert(1)</script> {{ 7|add:7 }}"
    arrival = services.take_in(make_mail(text, subject="<img src=x>")).arrival
    client.force_login(make_office(call), backend="lorbeer.people.backends.AccountBackend")

    page = client.get(f"/{call.code}/arrivals/{arrival.number}/").content.decode()
    mail = client.get(files.address_of(arrival.files.get()))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7|add:7 }}" in page
    assert "<img src=x>" not in page
    assert mail["Content-Disposition"].startswith("attachment")
    assert mail["Content-Type"] == "message/rfc822"


@pytest.mark.once
def test_the_desk_starts_a_draft_from_a_mail_without_its_address_as_a_name(call, client):
    arrival = services.take_in(make_mail()).arrival
    client.force_login(make_office(call), backend="lorbeer.people.backends.AccountBackend")

    client.post(f"/{call.code}/arrivals/{arrival.number}/key-in/")

    arrival.refresh_from_db()
    assert (arrival.entry.applicant, arrival.entry.title) == ("Anna Beispiel", "")


def test_the_office_is_told_of_mails_that_could_not_be_read(call, filled):
    from lorbeer.intake.tasks import office_tasks

    filled.version = 9
    services.take_in(with_form())
    make_arrival(call)

    told = [(task.url.partition("?")[2], task.count) for task in office_tasks(make_office(call), call)]

    assert told == [("show=troubled", 1), ("show=to_key", 2)]


@pytest.mark.once
def test_an_upload_in_which_the_scanner_finds_something_is_refused_and_waits_for_no_scanner(settings):
    def upload(data):
        return files.accept_upload(ContentFile(data, name="text.txt"))

    with clamd() as settings.CLAMD:
        assert files.read(upload(b"Guten Tag")) == b"Guten Tag"
        with pytest.raises(BadInput, match="Win.Test.EICAR_HDB-1"):
            upload(EICAR)
    with pytest.raises(NotStored):
        upload(b"Guten Tag, noch einmal")
    assert StoredFile.objects.count() == 1


def test_a_mail_that_nobody_can_read_goes_to_the_office_it_names_and_else_is_told_for_what_it_is():
    competition = make_call(is_public=True, office_email="kom26@example.org")
    make_call(is_public=True)
    nested = b"From: anna@example.net\r\nTo: kom26@example.org\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number) for number in range(3000))

    taken = services.take_in(nested)

    assert (taken.arrival.competition, taken.arrival.mail.trouble) == (competition, "unreadable")
    for raw in (b"", b"\xff\0 nothing"):
        with pytest.raises(Refused, match="nicht als E-Mail lesbar"):
            services.take_in(raw)
