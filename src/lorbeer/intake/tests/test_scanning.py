"""Letters find their entries by the code on their cover sheet; where there is doubt, a person decides."""

import hashlib
import io
import re
from datetime import timedelta

import pikepdf
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import State
from lorbeer.entries.tests.factories import make_contributor
from lorbeer.intake import findings, keying, paper_sheets, services
from lorbeer.intake.covers import Cover
from lorbeer.intake.models import Arrival, Scan, ScanPart
from lorbeer.intake.scan_forms import DivideForm
from lorbeer.intake.tasks import office_tasks
from lorbeer.intake.tests.factories import OPEN, make_arrival, make_call, make_draft, make_office, make_person, make_submission
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared import clock, files, jobs, scans
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.log import attested
from lorbeer.shared.models import Job, Message
from lorbeer.shared.models import LogEvent as Event

pytestmark = pytest.mark.django_db


def scan_of(*pdfs: bytes, blanks: int = 0) -> bytes:
    """Papers one behind the other, as they lie on the scanner, each followed by empty pages."""
    written = io.BytesIO()
    with pikepdf.new() as whole:
        for data in pdfs:
            with pikepdf.open(io.BytesIO(data)) as one:
                whole.pages.extend(one.pages)
            for _number in range(blanks):
                whole.add_blank_page()
        whole.save(written)
    return written.getvalue()


def blank() -> bytes:
    written = io.BytesIO()
    Image.new("L", (400, 600), 255).save(written, "PDF")
    return written.getvalue()


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def attached(arrival, office, data):
    stored = services.attach_scan(arrival, data, by=office)
    scan = services.read_scan(arrival, stored, by=office)
    arrival.refresh_from_db()
    return scan


def handed_over(draft, writer, office):
    """A letter for an online draft, which its writer lets the office key in."""
    arrival = services.link_arrival(make_arrival(draft.entry.competition, office), draft.entry, by=office)
    with clock.at(OPEN):
        return services.hand_over(arrival, draft.entry, by=writer)


# --- one letter -------------------------------------------------------------------------------------------------------


def test_the_code_on_a_scan_finds_the_draft_by_itself_and_its_writer_may_let_the_office_key_it_in():
    writer, competition = make_person(), make_call()
    office = make_office(competition)
    draft = make_draft(competition, writer)
    arrival = make_arrival(competition, office)

    attached(arrival, office, scan_of(blank(), paper_sheets.cover_pdf(draft)))

    assert (arrival.entry, arrival.added_to) == (None, draft.entry)
    assert not entry_rules.can_read_draft(office, draft.entry)
    page = reverse("intake:entry_show", args=[competition.code, draft.entry.code])
    address = reverse("intake:letter_hand_over", args=[competition.code, draft.entry.code, arrival.number])
    with clock.at(OPEN):
        assert signed_in(office).post(address).status_code == 403
        with pytest.raises(Refused):
            services.hand_over(arrival, draft.entry, by=office)
        assert address in signed_in(writer).get(page).content.decode()
        assert "Der Entwurf wird dem Wettbewerbsbüro geöffnet." in signed_in(writer).get(address).content.decode()    # which changes nothing
        assert not entry_rules.can_read_draft(office, draft.entry)
        for _click in range(2):
            signed_in(writer).post(address)
    arrival.refresh_from_db()
    assert (arrival.entry, arrival.added_to) == (draft.entry, None)
    assert entry_rules.can_read_draft(office, draft.entry)
    event = Event.objects.get(verb="arrival.link")
    assert (event.detail["entry"], event.detail["how"]) == (draft.entry.code, "applicant")
    services.key_in(arrival, {"title": "Von Hand", "abstract": "Mit Tinte."}, by=office)
    draft.entry.refresh_from_db()
    assert draft.entry.state == State.SUBMITTED
    assert attested("intake") == []


@pytest.mark.once
def test_a_letter_of_two_entries_of_another_competition_or_of_nobody_is_left_to_the_desk():
    competition = make_call()
    office = make_office(competition)
    first, second, elsewhere = make_draft(competition), make_draft(competition), make_draft()
    gone = Cover(competition.code, 1, elsewhere.entry.code).payload
    form = paper_sheets.paper_form_pdf(competition, current_version(competition))
    said = {}
    for name, data in {"none": blank(), "two": scan_of(paper_sheets.cover_pdf(first), paper_sheets.cover_pdf(second)),
                       "elsewhere": paper_sheets.cover_pdf(elsewhere), "form": form}.items():
        arrival = make_arrival(competition, office)
        scan = attached(arrival, office, data)
        assert arrival.entry is None, name
        said[name] = findings.of_codes(competition, [text for _page, text in scan.codes])

    assert set(said["two"].choices) == {first.entry, second.entry}
    assert elsewhere.entry.competition.code in said["elsewhere"].sentence
    assert len({finding.sentence for finding in said.values()}) == 4
    assert not any(finding.is_certain for finding in said.values())
    assert not findings.of_codes(competition, [gone]).is_certain
    assert not findings.of_codes(competition, ["LORBEER1:x"]).is_certain
    assert not findings.of_codes(competition, [Cover(competition.code, 2, first.entry.code).payload]).is_certain


@pytest.mark.once
def test_a_letter_that_follows_an_online_entry_is_added_and_opens_nothing():
    competition = make_call()
    office = make_office(competition)
    entry = make_submission(competition, make_person()).entry
    arrival = make_arrival(competition, office)

    attached(arrival, office, paper_sheets.cover_pdf(entry.draft))

    assert (arrival.entry, arrival.added_to) == (None, entry)
    assert attested("intake") == []
    assert not entry_rules.can_edit_draft(office, entry)
    with pytest.raises(Refused):
        services.submit_keyed(entry, by=office)


@pytest.mark.once
def test_what_is_handed_in_online_the_office_cannot_rewrite_though_a_letter_was_handed_over_before():
    writer, competition = make_person(), make_call()
    office = make_office(competition)
    draft = make_draft(competition, writer, {"title": "Ein Garten für alle", "abstract": "Wir graben gemeinsam um."})
    arrival = handed_over(draft, writer, office)
    with clock.at(OPEN):
        with pytest.raises(Refused):
            services.submit(draft.entry, by=writer)
        for _click in range(2):
            arrival = services.take_back(arrival, draft.entry, by=writer)
        assert (arrival.entry, arrival.added_to) == (None, draft.entry)
        submission = services.submit(draft.entry, by=writer)

        assert not entry_rules.can_read_draft(office, draft.entry)
        with pytest.raises(Refused):
            services.save_answer(draft, "title", 0, "Vom Büro", by=office)
        with pytest.raises(Refused):
            services.submit_keyed(draft.entry, by=office)
        withdrawn = services.withdraw(draft.entry, by=writer)
        services.resume(withdrawn, by=writer)
    assert not entry_rules.can_read_draft(office, draft.entry)
    draft.entry.competition.paper_keyed_twice = True
    assert not keying.is_keyed_twice(draft.entry)
    assert list(draft.entry.submissions.all()) == [submission]
    with pytest.raises(Refused):
        handed_over(draft, writer, office)
    assert attested("intake") == []


@pytest.mark.once
def test_a_letter_is_handed_over_only_while_the_entry_could_be_submitted():
    writer, competition = make_person(), make_call(closes=OPEN + timedelta(days=30))
    office = make_office(competition)
    draft = make_draft(competition, writer)
    arrival = services.link_arrival(make_arrival(competition, office), draft.entry, by=office)

    with clock.at(OPEN + timedelta(days=400)), pytest.raises(Refused):
        services.hand_over(arrival, draft.entry, by=writer)
    assert not entry_rules.can_read_draft(office, draft.entry)


@pytest.mark.once
def test_a_letter_is_led_to_a_draft_only_by_code_and_check_word_together():
    competition = make_call()
    office = make_office(competition)
    draft = make_draft(competition)
    arrival = make_arrival(competition, office)
    address = reverse("intake:arrival_link", args=[competition.code, arrival.number])
    word = Cover(competition.code, 1, draft.entry.code).word

    signed_in(office).post(address, {"code": draft.entry.code, "word": "DADADA"})
    arrival.refresh_from_db()
    assert arrival.added_to is None
    signed_in(office).post(address, {"code": draft.entry.code.lower(), "word": word.lower()})
    arrival.refresh_from_db()
    assert arrival.added_to == draft.entry


@pytest.mark.once
def test_what_was_led_to_the_wrong_entry_is_taken_from_it_and_the_draft_closes_again():
    competition = make_call()
    office = make_office(competition)
    writer = make_person()
    draft = make_draft(competition, writer)
    arrival = handed_over(draft, writer, office)

    with pytest.raises(BadInput):
        services.unlink_arrival(arrival, by=office, reason=" ")
    services.unlink_arrival(arrival, by=office, reason="Falscher Umschlag")

    arrival.refresh_from_db()
    assert arrival.entry is None
    assert not entry_rules.can_read_draft(office, draft.entry)
    assert attested("intake") == []


@pytest.mark.once
def test_closing_a_letter_leaves_the_draft_of_its_writer_alone():
    competition = make_call()
    office = make_office(competition)
    writer = make_person()
    draft = make_draft(competition, writer)
    arrival = handed_over(draft, writer, office)

    services.close_arrival(arrival, by=office, reason="doppelt")

    draft.entry.refresh_from_db()
    assert draft.entry.state == State.DRAFT
    assert not entry_rules.can_read_draft(office, draft.entry)
    assert attested("intake") == []


@pytest.mark.once
@pytest.mark.parametrize("twice", [True, False])
def test_what_was_handed_over_only_the_office_writes_and_it_is_taken_back_until_it_has_begun(twice):
    writer, competition = make_person(), make_call(closes=OPEN + timedelta(days=30), paper_keyed_twice=twice)
    office, client = make_office(competition), signed_in(writer)
    draft = make_draft(competition, writer, {"title": "Ein Garten"})
    arrival = handed_over(draft, writer, office)
    page = reverse("intake:entry_show", args=[competition.code, draft.entry.code])
    back = reverse("intake:letter_take_back", args=[competition.code, draft.entry.code, arrival.number])
    section = reverse("intake:section_edit", args=[competition.code, draft.entry.code, "basics"])

    for day in (0, 400):                                                # before the deadline and long after it
        with clock.at(OPEN + timedelta(days=day)):
            shown = client.get(page).content.decode()
            assert "Das Wettbewerbsbüro erfasst diesen Beitrag." in shown
            assert (back in shown, "nähme Ihr Beitrag nicht teil" in shown) == ((True, False) if day == 0 else (False, True))
            assert "öffnet Ihren Entwurf niemandem" not in shown
            assert section not in shown
            refused = client.post(section, {"title": "Nachgebessert"})
            assert refused.status_code == 403
            assert "Nachgebessert" in refused.content.decode()
            with pytest.raises(Refused):
                services.save_answer(draft, "title", 0, "Nachgebessert", by=writer)
    with clock.at(OPEN + timedelta(days=31)):                           # nothing could be submitted, so nothing would take part
        assert client.post(back).status_code == 403
    with clock.at(OPEN):
        client.post(back)
        services.save_answer(draft, "title", 0, "Ein Garten für alle", by=writer)
        services.hand_over(arrival, draft.entry, by=writer)
        assert bool(entry_rules.can_read_draft(office, draft.entry)) is not twice     # to key it in blind, nobody has read it before
    with clock.at(OPEN + timedelta(hours=1)):
        services.start_key_in(arrival, by=office)
        services.save_answer(draft, "title", 0, "Von Hand", by=office)
        assert client.post(back).status_code == 403
        assert back not in client.get(page).content.decode()
    assert attested("intake") == []


@pytest.mark.once
@pytest.mark.parametrize("late", [True, False])
def test_what_came_for_a_draft_that_was_not_submitted_is_decided_by_the_office_and_both_sides_read_so(late):
    writer, competition = make_person(), make_call(closes=OPEN + timedelta(days=30), paper_counts_by="postmark")
    office = make_office(competition)
    draft = make_draft(competition, writer, {"title": "Ein Garten"})
    with clock.at(OPEN + timedelta(days=33)):
        postmark = (OPEN + timedelta(days=32 if late else 29)).date()
        arrival = make_arrival(competition, office, at=OPEN + timedelta(days=33), postmarked_on=postmark)
        arrival = services.link_arrival(arrival, draft.entry, by=office)
        shown = signed_in(writer).get(reverse("intake:entry_show", args=[competition.code, draft.entry.code])).content.decode()
        assert "was Sie hier einreichen" not in shown
        assert "Das Wettbewerbsbüro entscheidet" in shown
        assert ("kam der Eingang verspätet" in shown) is late
        assert any("show=left" in task.url for task in tasks_for(office, competition))
        client, address = signed_in(office), reverse("intake:arrival_show", args=[competition.code, arrival.number])
        assert arrival.number in client.get(reverse("intake:arrival_list", args=[competition.code]) + "?show=left").content.decode()
        up = reverse("intake:arrival_take_up", args=[competition.code, arrival.number])
        assert up in client.get(address).content.decode()

        for _click in range(2):
            assert client.post(up).status_code == 302
        arrival.refresh_from_db()
        assert (arrival.added_to, arrival.entry) == (None, None)
        assert not any("show=left" in task.url for task in tasks_for(office, competition))
        assert [one.recipient for one in Message.objects.filter(subject=f"entry:{draft.entry.code}")] == [writer.email]
        if late:
            arrival = services.admit_late(arrival, reason="Poststreik", by=office)
        submission = services.key_in(arrival, {"title": "Von Hand", "abstract": "Mit Tinte."}, by=office)
    assert submission.entry != draft.entry
    assert not entry_rules.can_read_draft(office, draft.entry)
    assert attested("intake") == []


@pytest.mark.once
def test_a_second_letter_waits_for_nobody_while_the_office_keys_in_the_first():
    writer, competition = make_person(), make_call(closes=OPEN + timedelta(days=30))
    office = make_office(competition)
    draft = make_draft(competition, writer, {"title": "Ein Garten"})
    first = handed_over(draft, writer, office)
    second = services.link_arrival(make_arrival(competition, office), draft.entry, by=office)
    show = reverse("intake:arrival_show", args=[competition.code, second.number])
    with clock.at(OPEN + timedelta(days=31)):
        assert not any("show=left" in task.url for task in tasks_for(office, competition))
        with pytest.raises(Refused, match=first.number):
            services.take_up(second, by=office)
        page = signed_in(office).get(show).content.decode()
        assert f"wird aus Eingang {first.number} erfasst" in page
        assert ("deshalb öffnet der Eingang nichts" in page, "Ist das der Beitrag?" in page) == (False, False)
        theirs = signed_in(writer).get(reverse("intake:entry_show", args=[competition.code, draft.entry.code])).content.decode()
        assert (f"erfasst Eingang {first.number} und sieht" in theirs, "was Sie hier einreichen" in theirs) == (True, False)
        services.close_arrival(first, by=office, reason="doppelt")      # nobody keys it in any more
        assert any("show=left" in task.url for task in tasks_for(office, competition))
        services.take_up(second, by=office)


@pytest.mark.once
def test_the_others_who_write_a_draft_are_told_when_it_is_handed_over_and_when_it_is_taken_back():
    writer, competition = make_person(), make_call(closes=OPEN + timedelta(days=30))
    draft = make_draft(competition, writer)
    other = make_contributor(draft.entry, make_person()).person
    arrival = handed_over(draft, writer, make_office(competition))
    with clock.at(OPEN):
        for _click in range(2):
            arrival = services.take_back(arrival, draft.entry, by=other)
    mails = Message.objects.filter(subject=f"entry:{draft.entry.code}").order_by("pk")
    assert [(one.recipient, "liest" in one.body or "lesen" in one.body) for one in mails] == [(other.email, True), (writer.email, True)]
    assert [f"/apply/{draft.entry.code}/" in one.body for one in mails] == [True, True]


@pytest.mark.once
def test_what_came_for_a_draft_that_can_still_be_submitted_waits_for_nobody():
    competition = make_call(closes=OPEN + timedelta(days=30))
    office = make_office(competition)
    draft = make_draft(competition, make_person())
    arrival = services.link_arrival(make_arrival(competition, office), draft.entry, by=office)
    with clock.at(OPEN):
        assert not any("show=left" in task.url for task in tasks_for(office, competition))
        with pytest.raises(Refused):
            services.take_up(arrival, by=office)


@pytest.mark.once
def test_the_desk_sees_what_a_scan_says_and_where_it_leads():
    competition = make_call()
    office = make_office(competition)
    first, second = make_draft(competition), make_draft(competition)
    arrival = make_arrival(competition, office)
    client = signed_in(office)
    data = scan_of(paper_sheets.cover_pdf(first), paper_sheets.cover_pdf(second))

    page = client.post(reverse("intake:arrival_scan", args=[competition.code, arrival.number]),
                       {"scan": SimpleUploadedFile("scan.pdf", data)}, follow=True).content.decode()

    assert f"Gehört zu {first.entry.code}" in page
    assert f"Gehört zu {second.entry.code}" in page


# --- stacks -----------------------------------------------------------------------------------------------------------


def stack_of(competition, office, *pdfs, blanks=1):
    scan = services.receive_stack(competition, ContentFile(scan_of(*pdfs, blanks=blanks), name="stapel.pdf"), by=office)
    jobs.run_waiting()
    scan.refresh_from_db()
    return scan


def test_a_stack_is_divided_at_its_cover_sheets_and_each_letter_confirmed():
    competition = make_call()
    office = make_office(competition)
    draft = make_draft(competition)
    form = paper_sheets.paper_form_pdf(competition, current_version(competition))
    scan = stack_of(competition, office, blank(), paper_sheets.cover_pdf(draft), form, form)
    first, second, third, fourth = scan.parts.all()

    assert [(part.first_page, part.last_page) for part in (first, second, third, fourth)] == [(1, 2), (3, 4), (5, 8), (9, 12)]
    arrival = services.accept_part(second, by=office, entry=draft.entry, arrived_at=OPEN, sender="Verein Beispiel")
    services.leave_out_part(first, by=office, reason="leere Seiten")
    later = services.attach_part(third, make_arrival(competition, office), by=office)

    assert arrival.added_to == draft.entry
    with pikepdf.open(io.BytesIO(files.read(arrival.files.get()))) as part:
        assert len(part.pages) == 2
    assert later.entry is None
    with pytest.raises(Refused):                                        # once, and not again
        services.accept_part(second, by=office, entry=None, arrived_at=OPEN)
    assert Arrival.objects.count() == 2
    assert [event.detail["part"] for event in Event.objects.filter(verb="scan.decide").order_by("pk")] == [2, 1, 3]
    assert attested("intake") == []


@pytest.mark.once
def test_a_cover_sheet_twice_in_a_row_is_one_letter():
    assert [(part.first, part.last) for part in findings.parts_of(5, [(2, "LORBEER1:a"), (3, "LORBEER1:a"), (4, "LORBEER1:b")])] == [
        (1, 1), (2, 3), (4, 5)]
    assert findings.parts_of(0, []) == []


@pytest.mark.once
def test_the_desk_confirms_letter_by_letter_on_screen():
    competition = make_call()
    office = make_office(competition)
    draft = make_draft(competition)
    client = signed_in(office)
    with clock.at(OPEN):
        client.post(reverse("intake:stack_list", args=[competition.code]),
                    {"scan": SimpleUploadedFile("stapel.pdf", scan_of(paper_sheets.cover_pdf(draft), blank()))})
        scan = Scan.objects.get()
        address = reverse("intake:stack_show", args=[competition.code, scan.number])
        assert "wird gelesen" in client.get(address).content.decode()
        jobs.run_waiting()

        assert draft.entry.code in client.get(address).content.decode()
        part = reverse("intake:part_accept", args=[competition.code, scan.number, 1, 2])
        assert client.post(part, {"arrived_on": "", "sender": ""}).status_code == 422
        answer = client.post(part, {"arrived_on": "2017-10-02", "arrived_time": "09:00", "sender": "Verein Beispiel"})

    assert answer.headers["Location"] == address
    assert Arrival.objects.get().added_to == draft.entry
    assert client.get(part).status_code == 403


@pytest.mark.once
def test_a_stack_is_for_office_and_auditor_and_no_picture():
    competition = make_call()
    office = make_office(competition)
    scan = stack_of(competition, office, blank())

    assert signed_in(make_person()).get(reverse("intake:stack_show", args=[competition.code, scan.number])).status_code == 404
    with pytest.raises(BadInput):
        services.receive_stack(competition, ContentFile(b"\x89PNG\r\n\x1a\n", name="bild.png"), by=office)
    with pytest.raises(Refused):
        services.receive_stack(competition, ContentFile(scan_of(blank()), name="stapel.pdf"), by=make_person())


# --- what no machine reads --------------------------------------------------------------------------------------------

DAMAGED = b"%PDF-1.7\n" + b"\x00\xff" * 4000


def test_a_stack_that_does_not_open_is_kept_with_its_checksum_and_becomes_an_arrival_or_is_left_out():
    competition = make_call()
    office = make_office(competition)
    client = signed_in(office)
    client.post(reverse("intake:stack_list", args=[competition.code]), {"scan": SimpleUploadedFile("kaputt.pdf", DAMAGED)})
    scan = Scan.objects.get()
    jobs.run_waiting()
    part = scan.parts.get()
    page = client.get(reverse("intake:stack_show", args=[competition.code, scan.number])).content.decode()

    assert "lässt sich nicht öffnen" in page
    assert hashlib.sha256(DAMAGED).hexdigest() in page
    assert any("bestätigen" in str(task.label) for task in office_tasks(office, competition))
    assert client.get(reverse("intake:part_accept", args=[competition.code, scan.number, 0, 0])).status_code == 200

    arrival = services.accept_part(part, by=office, entry=None, arrived_at=OPEN, sender="Stadt Muster")

    assert files.read(arrival.files.get()) == DAMAGED
    assert arrival.sha256 == hashlib.sha256(DAMAGED).hexdigest()
    assert attested("intake") == []
    assert client.get(reverse("intake:arrival_show", args=[competition.code, arrival.number])).status_code == 200
    assert not any("bestätigen" in str(task.label) for task in office_tasks(office, competition))


def test_a_damaged_stack_belongs_to_a_registered_letter_as_well_and_can_be_left_out():
    competition = make_call()
    office = make_office(competition)
    first, second = (services.receive_stack(competition, ContentFile(DAMAGED, name=f"{name}.pdf"), by=office) for name in "ab")
    jobs.run_waiting()

    services.leave_out_part(first.parts.get(), by=office, reason="noch einmal eingescannt")
    arrival = services.attach_part(second.parts.get(), make_arrival(competition, office), by=office)

    assert files.read(arrival.files.get()) == DAMAGED
    with pytest.raises(BadInput):
        services.receive_stack(competition, ContentFile(b"MZ" + DAMAGED, name="c.pdf"), by=office)


def test_letters_without_readable_cover_sheets_are_divided_by_hand():
    competition = make_call()
    office = make_office(competition)
    draft = make_draft(competition)
    scan = stack_of(competition, office, blank(), blank(), paper_sheets.cover_pdf(draft), blanks=1)
    client, whole = signed_in(office), scan.parts.get(position=1)
    assert (whole.first_page, whole.last_page) == (1, 4)
    address = reverse("intake:part_divide", args=[competition.code, scan.number, 1, 4])
    for wrong in ("", "1", "5", "zwei", "3, 9", "3.5"):
        refused = client.post(address, {"begins": wrong})
        assert refused.status_code == 422
    assert 'value="3.5"' in refused.content.decode()
    assert re.search(r"<details[^>]* open", refused.content.decode())
    assert scan.parts.count() == 2

    assert "In 2 Briefe geteilt" in client.post(address, {"begins": "3"}, follow=True).content.decode()

    assert [(one.position, one.first_page, one.last_page) for one in scan.parts.all()] == [(1, 1, 2), (3, 3, 4), (2, 5, 6)]
    arrivals = [services.accept_part(one, by=office, entry=None, arrived_at=OPEN) for one in scan.parts.exclude(position=2)]
    for arrival in arrivals:
        with pikepdf.open(io.BytesIO(files.read(arrival.files.get()))) as part:
            assert len(part.pages) == 2
    assert client.post(address, {"begins": "2"}).status_code == 403
    assert client.post(reverse("intake:part_divide", args=[competition.code, scan.number, 1, 2]), {"begins": "2"}).status_code == 403
    assert attested("intake") == []


@pytest.mark.parametrize(("last", "hint"), [(3, "Nur Seite 3 kann eine sein."), (4, "Von 3 bis 4, mehrere mit Komma getrennt.")])
def test_where_only_one_page_can_begin_a_letter_it_is_named_alone(last, hint):
    assert DivideForm(part=ScanPart(first_page=2, last_page=last, position=1)).fields["begins"].help_text == hint


def divided(competition, office, *last_pages):
    """A stack in parts that end on these pages, as if a machine had divided it; nothing of it is read."""
    stored = files.store(scan_of(*[blank()] * last_pages[-1]), name="stapel.pdf", stored_by=office, scope=competition.code, subject="scan:x")
    scan = Scan.objects.create(competition=competition, file=stored, pages=last_pages[-1], codes=[[2, "LORBEER1:a"]], read_at=OPEN)
    firsts = [1, *(last + 1 for last in last_pages[:-1])]
    for position, (first, last) in enumerate(zip(firsts, last_pages, strict=True), 1):
        ScanPart.objects.create(scan=scan, position=position, first_page=first, last_page=last)
    return scan


def pages_of(scan):
    return [(one.first_page, one.last_page) for one in scan.parts.all()]


@pytest.mark.once
def test_what_was_divided_wrongly_is_joined_again_and_the_log_tells_it():
    competition = make_call()
    office = make_office(competition)
    scan, client = divided(competition, office, 1, 3, 4), signed_in(office)
    shown = reverse("intake:stack_show", args=[competition.code, scan.number])
    joins = [reverse("intake:part_join", args=[competition.code, scan.number, *pages]) for pages in ((1, 1), (2, 3), (4, 4))]
    assert [one in client.get(shown).content.decode() for one in joins] == [False, True, True]

    answer = client.post(joins[1])

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{shown}#page-1")
    assert pages_of(scan) == [(1, 3), (4, 4)]
    assert scan.parts.first().codes == ["LORBEER1:a"]
    event = Event.objects.get(verb="scan.join")
    assert (event.actor, event.detail["parts"]) == (office.code, [[1, 1, 1], [2, 2, 3]])
    twice = client.post(joins[1])                                       # a second click joins nothing else
    assert twice.status_code == 403
    assert "inzwischen anders geteilt oder zusammengefügt" in twice.content.decode()
    assert pages_of(scan) == [(1, 3), (4, 4)]
    services.divide_part(scan.parts.first(), [2], by=office)
    assert pages_of(scan) == [(1, 1), (2, 3), (4, 4)]
    assert client.get(reverse("intake:part_accept", args=[competition.code, scan.number, 8, 9])).status_code == 404


@pytest.mark.once
def test_only_pages_that_follow_one_another_are_joined_and_only_before_they_are_decided():
    competition = make_call()
    office = make_office(competition)
    first, second, third = divided(competition, office, 1, 2, 3).parts.all()
    services.leave_out_part(second, by=office, reason="leer")

    for wrong, person in ((first, office), (second, office), (third, office), (third, make_person())):
        with pytest.raises(Refused):
            services.join_part(wrong, by=person)
    assert ScanPart.objects.count() == 3


@pytest.mark.once
def test_pages_that_became_an_arrival_of_their_own_are_free_again_once_that_is_closed():
    competition = make_call()
    office = make_office(competition)
    scan = divided(competition, office, 1, 2)
    right, wrong = (services.accept_part(one, by=office, entry=None, arrived_at=OPEN) for one in scan.parts.all())
    part = scan.parts.last()
    with pytest.raises(Refused):
        services.attach_part(part, right, by=office)

    services.close_arrival(wrong, by=office, reason="gehört zum Brief davor")
    address = reverse("intake:part_accept", args=[competition.code, scan.number, 2, 2])
    assert address in signed_in(office).get(reverse("intake:stack_show", args=[competition.code, scan.number])).content.decode()
    signed_in(office).post(reverse("intake:part_attach", args=[competition.code, scan.number, 2, 2]), {"arrival": right.number})

    assert [arrival.files.count() for arrival in (right, wrong)] == [2, 1]
    part.refresh_from_db()
    assert part.arrival == right
    assert attested("intake") == []


@pytest.mark.once
def test_nobody_registers_other_pages_than_were_seen():
    competition = make_call()
    office = make_office(competition)
    seen = divided(competition, office, 2).parts.get()
    services.divide_part(ScanPart.objects.get(), [2], by=office)

    with pytest.raises(Refused):
        services.accept_part(seen, by=office, entry=None, arrived_at=OPEN)
    assert not Arrival.objects.exists()


def test_when_reading_ends_without_a_result_the_office_is_told_and_goes_on_by_hand():
    competition = make_call()
    office = make_office(competition)
    scan = services.receive_stack(competition, ContentFile(scan_of(blank(), blanks=1), name="stapel.pdf"), by=office)
    with pytest.raises(Refused):
        services.go_on_unread(scan, by=office)                          # it is still going to be read
    Job.objects.update(state="failed", finished_at=OPEN, error="weg")
    assert any(scan.number in str(task.label) for task in office_tasks(office, competition))
    client = signed_in(office)
    assert "Von Hand weitermachen" in client.get(reverse("intake:stack_show", args=[competition.code, scan.number])).content.decode()

    client.post(reverse("intake:stack_go_on", args=[competition.code, scan.number]))

    scan.refresh_from_db()
    assert (scan.pages, [(one.first_page, one.last_page) for one in scan.parts.all()]) == (2, [(1, 2)])
    assert not any(scan.number in str(task.label) for task in office_tasks(office, competition))
    assert "konnte nicht maschinell angesehen werden" in findings.of_part(scan.parts.get()).sentence


def test_of_pages_that_nobody_looked_at_it_is_never_said_that_there_is_no_code_on_them(monkeypatch):
    competition = make_call()
    office = make_office(competition)
    monkeypatch.setattr(scans, "STACK_PAGES", 2)
    scan = stack_of(competition, office, blank(), blank(), blanks=1)
    whole = scan.parts.get()
    assert "nicht alle konnten angesehen werden" in findings.of_part(whole).sentence

    read, unread = services.divide_part(whole, [3], by=office)

    assert "Darauf ist kein Code" in findings.of_part(read).sentence
    assert "konnte nicht maschinell angesehen werden" in findings.of_part(unread).sentence
    page = signed_in(office).get(reverse("intake:stack_show", args=[competition.code, scan.number])).content.decode()
    assert "ob ein Code eines Deckblatts darauf ist" in page
    assert "unten" not in findings.of_part(read).sentence               # on this page the field for the code is not there
    arrival = services.accept_part(unread, by=office, entry=None, arrived_at=OPEN)
    assert "konnte nicht maschinell angesehen werden" in findings.of_scan(arrival.scans.get()).sentence


@pytest.mark.parametrize(("language", "sentence"), [("de", "Nur die ersten 2 von 4 Seiten"), ("en", "Only the first 2 of 4 pages")])
def test_why_a_stack_could_not_be_read_is_said_in_the_language_of_the_reader(monkeypatch, language, sentence):
    competition = make_call()
    office = make_office(competition)
    monkeypatch.setattr(scans, "STACK_PAGES", 2)
    scan = stack_of(competition, office, blank(), blank(), blanks=1)

    client = signed_in(office)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    assert sentence in client.get(reverse("intake:stack_show", args=[competition.code, scan.number])).content.decode()
