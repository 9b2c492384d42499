"""What a stranger writes into a mail makes no page wider than the screen."""

from dataclasses import replace

import pytest
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import letters
from lorbeer.intake import services as intake
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import COMPLETE, FORM, OPEN, make_arrival, make_call, make_office, make_submission
from lorbeer.questionnaire.definition import Limits, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock, files
from lorbeer.shared.models import Message
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = "Sammelpostfach" * 40


def test_a_sender_subject_file_or_applicant_without_a_blank_makes_no_page_wider(new_page):
    competition = make_call()
    office = make_office(competition)
    arrival = make_arrival(competition, by=office, channel="email")
    Arrival.objects.filter(pk=arrival.pk).update(sender=ENDLESS[:300], subject=ENDLESS[:500])
    arrival.files.add(files.store(b"x", name=f"{ENDLESS[:140]}.txt", scope=competition.code, subject=f"arrival:{arrival.number}"))
    entry = make_submission(competition, answers=COMPLETE | {"title": ENDLESS[:200]}, applicant=ENDLESS[:300]).entry
    where = [competition.code]
    addresses = [
        reverse("intake:arrival_list", args=where), reverse("intake:arrival_show", args=[*where, arrival.number]),
        reverse("entries:entry_list", args=where), reverse("formal_check:check_list", args=where),
        *(reverse("entries:entry_tab", args=[*where, entry.code, tab]) for tab in ("content", "attachments", "history")),
        reverse("formal_check:check_show", args=[*where, entry.code]),
    ]
    page, wide = new_page(office), {}
    for address in addresses:
        assert page.goto(address).status == 200, address
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate("Math.max(document.documentElement.scrollWidth,"
                                  " ...[...document.querySelectorAll('table, main *')].map(one => one.scrollWidth))")
            if found > width:
                wide[address, width] = found
    assert wide == {}


def test_the_longest_title_and_name_are_received_and_answered():
    """The head of a mail is shorter than what an entry may be called."""
    competition = make_call()
    arrival = make_arrival(competition, by=make_office(competition))
    answers = COMPLETE | {"title": "Ein Garten " * 40, "applicant": "Verein " * 40, "contact_email": "a@example.org"}
    with clock.at(OPEN):
        entry = intake.key_in(arrival, answers, by=None, applicant="Verein " * 40).entry
    mail = Message.objects.get(subject=f"entry:{entry.code}")
    assert (len(mail.title), mail.title[-1], len(mail.recipient_name) <= 200) == (300, "…", True)


def test_an_entry_with_the_longest_title_and_contact_is_handed_in_and_every_mail_about_it_is_written():
    competition = make_competition()
    contact = Question("contact", Type.TEXT, Localized(de="Kontakt"), role="contact_name", limits=Limits(characters=300))
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("who", Localized(de="Wer"), items=(contact,))))))
    answers = COMPLETE | {"title": "T" * 500, "contact": "N" * 300, "contact_email": "a@example.org"}
    with clock.at(OPEN):
        entry = intake.key_in(make_arrival(competition), answers, by=None, applicant="A" * 300).entry
        letters.queue_withdrawal(entry)
    mails = Message.objects.filter(subject=f"entry:{entry.code}").order_by("pk")
    assert [(one.kind, len(one.title), one.recipient_name) for one in mails] == [
        ("receipt", 300, "N" * 200), ("withdrawal", 300, "N" * 200)]
    assert all("T" * 500 in one.body for one in mails)
