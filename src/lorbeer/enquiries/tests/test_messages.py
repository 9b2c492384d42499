"""A reader's message reaches the office of an entry, publishes no address, and leaves nothing behind."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lorbeer.editions import services as releases
from lorbeer.editions.models import Release
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_person, make_role
from lorbeer.enquiries import services
from lorbeer.enquiries.attest import closings
from lorbeer.enquiries.models import Closing, Enquiry
from lorbeer.people.models import Role
from lorbeer.shared import clock, jobs, limits, log, outbox
from lorbeer.shared.models import Job, LogEvent, Message

pytestmark = pytest.mark.django_db
WORD = "Xylophonfrage"
SENT = {"name": "Ada Muster", "email": "ada@example.org", "text": f"Wie haben Sie das gemacht? {WORD}\nUnd was hat es gekostet?", "topic": ""}


@pytest.fixture
def entry(db):
    """A public entry with one contributor."""
    entry = make_entry(make_call(office_email="buero@example.org"), title="Garten", by=make_person(email="amt@example.org"))
    make_edition(entry.competition)
    return entry


def place_of(entry, rest="message/"):
    return f"/{entry.competition.code}/catalogue/{entry.code}/{rest}"


def link_in(message):
    return re.search(r"http://127\.0\.0\.1:8000(\S+)", message.body)[1]


def write(client, entry, **changes):
    return client.post(place_of(entry), SENT | changes)


def test_a_message_is_passed_on_once_its_sender_has_confirmed_the_address(client, entry):
    assert place_of(entry) in client.get(place_of(entry, "")).content.decode()
    answer = write(client, entry)
    assert (answer.status_code, answer["Location"]) == (302, place_of(entry, "message/sent/"))
    (first,) = Message.objects.filter(kind="enquiry_link")
    assert first.recipient == "ada@example.org"
    assert not Message.objects.filter(kind="enquiry").exists()

    page = client.get(link_in(first)).content.decode()                  # a mail program opens the link by itself
    assert WORD in page
    assert not Message.objects.filter(kind="enquiry").exists()

    done = client.post(link_in(first), follow=True)
    assert "Ihre Nachricht ist unterwegs" in done.content.decode()
    (mail,) = Message.objects.filter(kind="enquiry")
    assert (mail.recipient, mail.reply_to) == ("amt@example.org", "ada@example.org")
    assert f"> Wie haben Sie das gemacht? {WORD}\n> Und was hat es gekostet?" in mail.body
    assert "Ada Muster" in mail.body
    again = client.post(link_in(first))
    assert again.status_code == 404                                     # a second click sends nothing
    assert Message.objects.filter(kind="enquiry").count() == 1


def test_the_mail_with_the_link_sends_nobody_what_a_stranger_typed(client, entry):
    write(client, entry, email="opfer@example.org", name="Kaufen Sie Pillen")
    (mail,) = Message.objects.filter(kind="enquiry_link")
    for words in (WORD, "Pillen"):
        assert words not in mail.body + mail.title + mail.recipient_name


def test_no_address_of_the_office_is_told(client, entry):
    releases.revoke(entry, [Release.Part.CONTACT], by=None)
    answers = [client.get(place_of(entry, "")), client.get(place_of(entry)), write(client, entry), client.get(place_of(entry, "message/sent/"))]
    answers.append(client.get(link_in(Message.objects.get(kind="enquiry_link"))))
    answers.append(client.post(link_in(Message.objects.get(kind="enquiry_link")), follow=True))
    told = "".join(answer.content.decode() for answer in answers) + Message.objects.filter(kind="enquiry_link").first().body
    assert "amt@example.org" not in told


def test_nothing_is_kept_once_it_is_passed_on_and_the_log_knows_no_word(client, entry, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    write(client, entry)
    client.post(link_in(Message.objects.get(kind="enquiry_link")))
    assert list(Enquiry.objects.values_list("sender_name", "sender_email", "text")) == [("", "", "")]
    outbox.deliver_waiting()
    mail = Message.objects.get(kind="enquiry")
    assert (mail.state, mail.body, mail.reply_to) == ("done", "", "")
    outbox.forget(Message.objects.filter(kind="enquiry_link"))
    log.seal_log()
    said = "".join(f"{one.subject} {one.actor} {one.detail}" for one in LogEvent.objects.all())
    kept = "".join(str(row) for row in [*Message.objects.values(), *Enquiry.objects.values()])
    for word in (WORD, "Ada", "ada@"):
        assert word not in said
        assert word not in kept
    assert LogEvent.objects.filter(verb="enquiry.pass_on", subject=f"entry:{entry.code}").count() == 1


def test_a_mail_that_was_given_up_keeps_its_text_so_that_it_can_be_sent_again(client, entry, settings):
    write(client, entry)
    client.post(link_in(Message.objects.get(kind="enquiry_link")))
    taken = outbox.leases.claim(Message, lease=outbox.LEASE, limit=10)
    mail = next(one for one in taken if one.kind == "enquiry")
    outbox.give_up(mail, "kaputt")
    mail.refresh_from_db()
    assert WORD in mail.body


def test_what_nobody_confirms_is_deleted_with_its_mail(client, entry):
    write(client, entry)
    link = link_in(Message.objects.get(kind="enquiry_link"))
    outbox.deliver_waiting()
    with clock.at(clock.now() + timedelta(hours=services.HOURS_TO_CONFIRM, seconds=1)):
        assert client.get(link).status_code == 404
        assert client.post(link).status_code == 404
        assert services.forget_expired() == 1
    assert not Enquiry.objects.exists()
    assert not Message.objects.filter(recipient="ada@example.org").exists()
    assert not Message.objects.filter(kind="enquiry").exists()


@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("broken", [
    "\r\nBcc: opfer@example.org", "\nBcc: opfer@example.org", "\rX: y", "\x0bX: y", "\u2028Bcc: z@example.org", "\x00"])
def test_no_line_of_a_mails_head_can_be_written(client, entry, field, broken):
    answer = write(client, entry, **{field: SENT[field] + broken})
    assert answer.status_code in (302, 422)
    for message in Message.objects.filter(kind="enquiry_link"):
        assert message.recipient == "ada@example.org"
        client.post(link_in(message))
    for message in Message.objects.filter(scope=entry.competition.code):
        head = message_from_bytes(outbox.as_email(message).message().as_bytes(), policy=policy.default)
        assert head["Bcc"] is None
        assert head["X"] is None
        assert "opfer" not in str(head["To"]) + str(head["Reply-To"]) + str(head["Subject"])


def test_a_title_with_line_ends_stays_in_one_line_of_the_head(client, entry):
    type(entry).objects.filter(pk=entry.pk).update(title="Garten\r\nBcc: opfer@example.org")
    write(client, entry)
    client.post(link_in(Message.objects.get(kind="enquiry_link")))
    mail = message_from_bytes(outbox.as_email(Message.objects.get(kind="enquiry")).message().as_bytes(), policy=policy.default)
    assert mail["Bcc"] is None


@pytest.mark.parametrize(("changes", "said"), [
    ({"name": ""}, "Bitte füllen Sie dieses Feld aus"), ({"email": "keine"}, "so aus: name@example.org"), ({"text": "kurz"}, "mindestens 20"),
    ({"text": "x" * 4001}, "4000"), ({"name": "Kauf auf www.example.org"}, "Adresse"),
])
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(client, entry, changes, said):
    answer = write(client, entry, **changes)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert ("Ada Muster" in text) or "name" in changes
    assert not Message.objects.exists() or not Message.objects.filter(kind="enquiry_link").exists()


def test_machines_are_answered_as_people_and_nothing_is_kept(client, entry):
    person, machine = write(client, entry, email="erste@example.org"), write(client, entry, topic="https://example.org")
    assert (machine.status_code, machine["Location"]) == (person.status_code, person["Location"])
    assert Enquiry.objects.count() == 1
    assert "topic" in client.get(place_of(entry)).content.decode()


def test_one_address_gets_few_links(client, entry):
    most = limits.LIMITS["enquiries:message_write"].per_target
    assert [write(client, entry).status_code for _number in range(most + 1)] == [302] * most + [429]


def test_only_confirmed_messages_fill_the_day_of_an_office(client, entry, monkeypatch):
    """Else whoever can open no mailbox could close the form for everybody."""
    monkeypatch.setattr(services, "MOST_A_DAY", 2)
    assert [write(client, entry, email=f"u{number}@example.org").status_code for number in range(4)] == [302] * 4
    links = [link_in(mail) for mail in Message.objects.filter(kind="enquiry_link").order_by("pk")]
    assert [client.post(link).status_code for link in links[:3]] == [302, 302, 403]
    assert Message.objects.filter(kind="enquiry").count() == 2
    answer = write(client, entry, email="andere@example.org")
    assert answer.status_code == 403
    assert "morgen" in answer.content.decode()
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):          # the link still holds
        assert client.post(links[2]).status_code == 302


def test_the_worker_deletes_what_nobody_confirms_though_nobody_writes_again(client, entry):
    write(client, entry)
    write(client, entry, email="andere@example.org")
    outbox.deliver_waiting()
    (job,) = Job.objects.filter(name="enquiries.forget")                # one for all of an hour
    over = Enquiry.objects.first().erase_at
    with clock.at(over - timedelta(seconds=1)):
        jobs.run_waiting()
    assert Enquiry.objects.count() == 2
    with clock.at(over + timedelta(hours=1, seconds=1)):
        jobs.run_waiting()
    assert not Enquiry.objects.exists()
    assert not Message.objects.filter(kind="enquiry_link").exclude(body="").exists()
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@pytest.mark.parametrize("text", ["\u200b" * 60, "\u2800" * 60, "\u3164 " * 30, "Kurz." + " \n\u00ad\u2060" * 30])
def test_what_nobody_sees_fills_no_message(client, entry, text):
    answer = write(client, entry, text=text)
    assert answer.status_code == 422
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("hide", ["revoked", "never released", "not announced", "unlisted"])
def test_what_is_not_public_cannot_be_written_to_not_even_by_an_old_link(client, hide, entry):
    write(client, entry)
    link = link_in(Message.objects.get(kind="enquiry_link"))
    if hide == "revoked":
        releases.revoke(entry, list(Release.Part.values), by=None)
    elif hide == "unlisted":
        type(entry).objects.filter(pk=entry.pk).update(is_unlisted=True)
    elif hide == "not announced":
        entry.competition.announcements.all().delete()
    else:
        entry = make_entry(entry.competition, released=False)
        make_edition(entry.competition)
    for path in ("message/", "message/sent/"):
        assert client.get(place_of(entry, path)).status_code == 404
    assert write(client, entry).status_code == 404
    if hide != "never released":
        page = client.get(link)
        assert page.status_code == 404
        assert "Garten" not in page.content.decode()
        assert "nicht mehr öffentlich" in page.content.decode()
        answer = client.post(link)
        assert answer.status_code == 403
        assert not Message.objects.filter(kind="enquiry").exists()


def test_applicants_switch_the_form_off_and_on(client, entry):
    write(client, entry)
    waiting = link_in(Message.objects.get(kind="enquiry_link"))
    client.force_login(entry.contributors.get().person)
    tab = f"/{entry.competition.code}/entries/{entry.code}/messages/"
    assert "Formular abschalten" in client.get(tab).content.decode()
    assert client.post(place_of(entry, "messages/switch/")).status_code == 302
    assert "Formular einschalten" in client.get(tab).content.decode()
    client.logout()
    assert place_of(entry) not in client.get(place_of(entry, "")).content.decode()
    assert client.get(place_of(entry)).status_code == 403
    assert client.post(waiting).status_code == 404                      # what waited is deleted
    assert not Enquiry.objects.exists()
    log.seal_log()
    assert list(closings()) == []
    client.force_login(entry.contributors.get().person)
    client.post(place_of(entry, "messages/switch/"))
    client.logout()
    assert client.get(place_of(entry)).status_code == 200


@pytest.mark.parametrize("who", ["nobody", "stranger", Role.Kind.SPONSOR, Role.Kind.EDITOR, Role.Kind.AUDITOR, Role.Kind.JUROR])
def test_nobody_else_switches_it(client, entry, who):
    if who == "stranger":
        client.force_login(make_person())
    elif who != "nobody":
        client.force_login(make_role(entry.competition, who).person)
    assert client.post(place_of(entry, "messages/switch/")).status_code in (302, 403, 404)
    assert not Closing.objects.exists()


def test_the_office_switches_it_on_the_applicants_word(client, entry):
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE).person)
    client.post(place_of(entry, "messages/switch/"))
    assert Closing.objects.get().entry == entry


def test_where_nobody_can_be_reached_no_form_is_offered(client, entry):
    entry.contributors.all().delete()                                   # and the entry form names no address
    assert place_of(entry) not in client.get(place_of(entry, "")).content.decode()
    answer = client.get(place_of(entry))
    assert answer.status_code == 403
    assert "niemand mehr zu erreichen" in answer.content.decode()


def test_an_entry_that_came_on_paper_is_reached_by_the_address_that_its_form_names(client):
    paper = make_entry(make_call(), title="Auf Papier", answers={"mail": "rathaus@example.org"})
    paper.contributors.all().delete()
    make_edition(paper.competition)
    write(client, paper)
    client.post(link_in(Message.objects.get(kind="enquiry_link")))
    assert Message.objects.get(kind="enquiry").recipient == "rathaus@example.org"


def test_who_reads_the_file_of_an_entry_does_not_learn_who_reads_the_database(client, entry):
    write(client, entry)
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE).person)
    assert "ada@example.org" not in client.get(f"/{entry.competition.code}/entries/{entry.code}/history/").content.decode()


def test_an_entry_page_costs_the_same_whether_its_form_is_open_or_not(client, entry):
    def cost():
        client.get(place_of(entry, ""))
        with CaptureQueriesContext(connection) as captured:
            client.get(place_of(entry, ""))
        return len(captured)

    open_cost = cost()
    services.switch_off(entry, by=entry.contributors.get().person)
    assert cost() <= open_cost


def test_a_switch_that_was_turned_past_the_log_is_found(entry):
    person = entry.contributors.get().person
    services.switch_off(entry, by=person)
    log.seal_log()
    assert list(closings()) == []
    Closing.objects.all().delete()
    assert [fault.code for fault in closings()] == [entry.code]
    services.switch_on(entry, by=person)
    Closing.objects.create(entry=entry, closed_at=clock.now())
    assert [fault.code for fault in closings()] == [entry.code]
