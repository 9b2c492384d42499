"""The same entry twice through different doors: recognised, put together with nothing lost, and taken apart again."""

import subprocess
import time
import zlib
from itertools import combinations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lorbeer.call.models import Letter
from lorbeer.entries.models import Entry, State
from lorbeer.entries.transitions import move
from lorbeer.intake import likeness, queries, rules, services
from lorbeer.intake.alike_titles import alike, share, threes
from lorbeer.intake.models import Merger, MergerLetter, TextMark
from lorbeer.intake.tasks import office_tasks
from lorbeer.intake.tests.factories import COMPLETE, OPEN, make_arrival, make_call, make_office, make_person, make_submission
from lorbeer.intake.tests.test_services import PDF
from lorbeer.people.tests.factories import make_role
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.log import attested
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
TEXT = ("Seit vier Jahren graben und ernten wir im Garten hinter dem Rathaus, alte und neue Leute aus dem Viertel, "
        "und im Herbst wird aus dem Beet ein Fest, zu dem wir alle an einen Tisch bitten.")
SLIPS = TEXT.replace("hinter dem Rathaus", "hinterm Rathaus")


class Twice:
    """An online entry, and the same again by post, typed in with slips."""

    def __init__(self):
        self.competition = make_call()
        self.office, self.writer = make_office(self.competition), make_person()
        with clock.at(OPEN):
            self.online = make_submission(self.competition, self.writer, {"abstract": TEXT}, applicant="Stadt Musterstadt").entry
            arrival = make_arrival(self.competition, self.office, sender="Musterstadt, Stadt")
            self.paper = services.key_in(
                arrival, COMPLETE | {"title": "Ein Garten fuer alle", "abstract": SLIPS}, by=self.office).entry
        self.online.refresh_from_db()

    def merge(self, reason="auch mit der Post geschickt"):
        return services.merge_entries(self.online, self.paper, by=self.office, reason=reason)


def text_of(pdf):
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


# --- recognising ------------------------------------------------------------------------------------------------------


def test_the_same_entry_online_and_on_paper_is_pointed_out_once():
    twice = Twice()
    with clock.at(OPEN):
        make_submission(twice.competition, make_person(), {"title": "Lesepaten", "abstract": "Ganz anders."}, applicant="Gemeinde Anderswo")

    ((one, other, measure),) = likeness.duplicates(twice.competition)

    assert {one, other} == {twice.online, twice.paper}
    assert measure.same_body
    assert measure.title >= likeness.ALIKE_TITLE
    assert likeness.ALIKE_TEXT <= measure.text < 1
    assert likeness.duplicates_of(twice.online) == [twice.paper]


@pytest.mark.once
@pytest.mark.parametrize(("applicant", "title", "abstract", "is_pointed_out"), [
    ("Stadt Musterstadt", "Ein Garten für alle!", "Kurz.", True),       # same body, similar title
    ("Stadt Musterstadt", "Lesepaten", "Kurz.", False),                 # two entries of one body are allowed
    ("Verein Anderswo", "Ein Garten für alle", "Kurz.", False),         # the same title alone says nothing
    ("Verein Anderswo", "Lesepaten", SLIPS, True),                      # the same text does
    ("Verein Anderswo", "Lesepaten", TEXT[:90], False),                 # too short to tell
])
def test_the_measure(applicant, title, abstract, is_pointed_out):
    competition = make_call()
    first = make_submission(competition, make_person(), {"abstract": TEXT}, applicant="Stadt Musterstadt").entry
    second = make_submission(competition, make_person(), {"title": title, "abstract": abstract}, applicant=applicant).entry

    assert bool(likeness.duplicates(competition)) is is_pointed_out
    assert likeness.duplicates_of(first) == ([second] if is_pointed_out else [])


@pytest.mark.once
@pytest.mark.parametrize(("abstract", "other", "said"), [
    ("Wir graben.", "Wir graben.", "lange Texte zu 100 % gleich"), ("Wir graben.", "Sie lesen vor.", "lange Texte zu 0 % gleich")])
def test_short_texts_are_compared_word_by_word(abstract, other, said):
    competition = make_call()
    first, second = (make_submission(competition, make_person(), {"abstract": text}, applicant="Stadt A").entry for text in (abstract, other))
    client = signed_in(make_office(competition))
    assert "zu kurz" in client.get(reverse("intake:duplicate_list", args=[competition.code])).content.decode()
    page = client.get(reverse("intake:duplicate_show", args=[competition.code, first.code, second.code])).content.decode()
    assert said in page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.once
def test_the_very_same_document_in_two_arrivals_is_told_before_either_is_handed_in():
    competition = make_call()
    office = make_office(competition)
    arrivals = [make_arrival(competition, office, channel="email", sender=f"a{number}@example.org") for number in range(3)]
    for arrival, content in zip(arrivals, (PDF, PDF, PDF + b"\n%"), strict=True):
        services.attach_scan(arrival, SimpleUploadedFile("bogen.pdf", content), by=office)
    client = signed_in(office)
    pages = [client.get(reverse("intake:arrival_show", args=[competition.code, one.number])).content.decode() for one in arrivals]
    assert ["Genau dieselbe Datei" in page for page in pages] == [True, True, False]
    assert reverse("intake:arrival_show", args=[competition.code, arrivals[1].number]) in pages[0]


@pytest.mark.once
def test_other_competitions_and_what_was_withdrawn_are_left_alone():
    twice = Twice()
    with clock.at(OPEN):
        make_submission(make_call(), make_person(), {"abstract": TEXT}, applicant="Stadt Musterstadt")
    services.withdraw(twice.paper, by=twice.office, reason="zurückgezogen")

    assert likeness.duplicates(twice.competition) == []


@pytest.mark.once
def test_what_is_handed_in_anew_is_measured_anew():
    twice = Twice()
    before = set(TextMark.objects.filter(entry=twice.online).values_list("value", flat=True))
    with clock.at(OPEN):
        services.fill_draft(twice.online.draft, {"abstract": TEXT[::-1]}, by=twice.writer)
        services.submit(twice.online, by=twice.writer)

    after = set(TextMark.objects.filter(entry=twice.online).values_list("value", flat=True))
    assert len(before) == len(after) <= likeness.SKETCH
    assert not before & after


@pytest.mark.once
def test_thousands_of_entries_are_compared_in_a_moment_and_three_queries():
    competition = make_call()
    entries = Entry.objects.bulk_create([
        Entry(competition=competition, code=f"E{number:05}-X", state=State.SUBMITTED, title=f"Vorhaben {number}",
              applicant=f"Stadt {number}", applicant_key=f"{number}") for number in range(2_000)])
    TextMark.objects.bulk_create([
        TextMark(competition=competition, entry=entry, value=(0 if number == 1 else number) * 100 + place)
        for number, entry in enumerate(entries) for place in range(likeness.SKETCH)], batch_size=5_000)

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as asked:
        found = likeness.duplicates(competition)
    took = time.perf_counter() - began

    assert [(one.code, other.code) for one, other, _measure in found] == [("E00000-X", "E00001-X")]
    assert len(asked) == 3
    assert took < 3                                                     # 10,000 take 0.14 s


@pytest.mark.once
@given(st.lists(st.text("abcd ", max_size=12), max_size=30), st.sampled_from([0.3, likeness.ALIKE_TITLE, 0.9, 1.0]))
def test_titles_are_found_alike_as_if_each_had_been_compared_with_each(titles, least):
    sets = {number: threes(title) for number, title in enumerate(titles)}
    expected = {pair for pair in combinations(sets, 2) if share(sets[pair[0]], sets[pair[1]]) >= least}
    found, _compared = alike(sets, least, 10**6)
    assert sorted(found) == sorted(expected)


def many_of_one_body(competition, titles):
    Entry.objects.bulk_create([
        Entry(competition=competition, code=f"E{number:05}-X", state=State.SUBMITTED, title=title, applicant="Stadt", applicant_key="stadt")
        for number, title in enumerate(titles)])


def test_one_body_with_a_thousand_entries_is_compared_too():
    competition = make_call()
    titles = [f"{zlib.crc32(str(number).encode()):x} {zlib.crc32(str(-number).encode()):x}" for number in range(1, 1_001)]
    many_of_one_body(competition, [*titles, f"Das {titles[500]}"])
    found = likeness.compare(competition)
    assert ("E00500-X", "E01000-X") in {(one.code, other.code) for one, other, _measure in found.pairs}
    assert found.left_out == []
    assert [one.code for one in likeness.duplicates_of(Entry.objects.get(code="E01000-X"))].count("E00500-X") == 1


def test_what_was_not_compared_is_said_on_the_page(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_COMPARISONS", 20)
    competition = make_call()
    many_of_one_body(competition, ["Ein Garten"] * 40)
    page = signed_in(make_office(competition)).get(reverse("intake:duplicate_list", args=[competition.code])).content.decode()
    assert "Nicht alle Titel wurden verglichen." in page
    assert "Stadt: 40 Beiträge" in page


def test_a_second_copy_of_an_admitted_entry_is_pointed_out_and_leads_to_it():
    twice = Twice()
    move(twice.online, "admit", by=twice.office)

    ((one, other, _measure),) = likeness.duplicates(twice.competition)
    assert {one, other} == {twice.online, twice.paper}
    assert likeness.duplicates_of(twice.paper) == [twice.online]
    with pytest.raises(Refused, match=twice.online.code):               # the admitted one does not go
        services.merge_entries(twice.paper, twice.online, by=twice.office, reason="doppelt")
    page = signed_in(twice.office).get(reverse("intake:duplicate_show", args=[twice.competition.code, twice.paper.code, twice.online.code]))
    assert page.context["can_merge"]
    merger = twice.merge()
    twice.online.refresh_from_db()
    twice.paper.refresh_from_db()
    assert (twice.online.state, twice.paper.state) == (State.ADMITTED, State.WITHDRAWN)
    assert twice.paper.submissions.exists()
    assert rules.can_undo_merger(twice.office, merger)


@pytest.mark.once
def test_two_admitted_entries_and_later_stages_are_left_alone():
    twice = Twice()
    for entry in (twice.online, twice.paper):
        move(entry, "admit", by=twice.office)
    assert likeness.duplicates(twice.competition) == []
    Entry.objects.filter(pk=twice.online.pk).update(state=State.SCREENED)
    Entry.objects.filter(pk=twice.paper.pk).update(state=State.SUBMITTED)
    assert likeness.duplicates(twice.competition) == []
    with pytest.raises(Refused):
        twice.merge()


# --- putting together -------------------------------------------------------------------------------------------------


def test_put_together_one_counts_and_nothing_of_the_other_is_lost():
    twice = Twice()
    arrivals, documents = twice.paper.arrivals.count(), [one.document for one in twice.paper.submissions.all()]

    merger = twice.merge()

    twice.paper.refresh_from_db()
    assert (merger.entry, merger.other, merger.by) == (twice.online, twice.paper, twice.office)
    assert twice.paper.state == State.WITHDRAWN
    assert queries.accepted_submission(twice.paper) is None
    assert queries.accepted_submission(twice.online)
    assert twice.paper.arrivals.count() == arrivals
    assert [one.document for one in twice.paper.submissions.all()] == documents
    assert likeness.duplicates(twice.competition) == []
    assert attested("intake", "entries") == []


@pytest.mark.once
def test_the_file_of_the_one_that_counts_shows_all_of_the_other_and_the_other_leads_there():
    twice = Twice()
    scan = services.attach_scan(twice.paper.arrivals.get(), b"%PDF-1.4\n" + _pdf()[9:], by=twice.office, name="umschlag.pdf")
    twice.merge()
    client = signed_in(twice.office)
    tab = reverse("entries:entry_tab", args=[twice.competition.code, twice.online.code, "merged"])
    page = client.get(tab).content.decode()

    for text in (twice.paper.code, twice.paper.arrivals.get().number, twice.paper.submissions.get().receipt_number, "umschlag.pdf",
                 "hinterm Rathaus", "auch mit der Post geschickt"):
        assert text in page
    assert client.get(f"/files/{scan.code}/umschlag.pdf").status_code in (200, 404)
    other = client.get(reverse("entries:entry_tab", args=[twice.competition.code, twice.paper.code, "merged"])).content.decode()
    assert tab in other
    content = client.get(reverse("entries:entry_tab", args=[twice.competition.code, twice.paper.code, "content"])).content.decode()
    assert f"mit {twice.online.code} zusammengeführt" in content


def _pdf():
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.new("L", (40, 60), 255).save(written, "PDF")
    return written.getvalue()


@pytest.mark.once
def test_its_writer_learns_where_it_leads_and_cannot_take_it_up_again():
    twice = Twice()
    services.merge_entries(twice.paper, twice.online, by=twice.office, reason="doppelt")
    twice.online.refresh_from_db()

    page = signed_in(twice.writer).get(reverse("intake:entry_show", args=[twice.competition.code, twice.online.code])).content.decode()
    assert f"mit {twice.paper.code} zusammengeführt" in page
    with clock.at(OPEN):
        assert not rules.can_resume_now(twice.writer, twice.online)
        with pytest.raises(Refused):
            services.resume(twice.online, by=twice.writer)


@pytest.mark.once
def test_without_a_reason_nothing_is_put_together_nor_taken_apart():
    twice = Twice()

    for act in (lambda: twice.merge(" "), lambda: services.keep_apart(twice.online, twice.paper, by=twice.office, reason="")):
        with pytest.raises(BadInput):
            act()
    assert not Merger.objects.exists()
    merger = twice.merge()
    with pytest.raises(BadInput):
        services.undo_merger(merger, by=twice.office, reason="")
    with pytest.raises(IntegrityError), transaction.atomic():           # nor past the service
        Merger.objects.filter(pk=merger.pk).update(reason="")


@pytest.mark.once
def test_only_the_office_and_only_what_is_handed_in_and_undecided_of_one_round():
    twice = Twice()
    elsewhere = make_submission(make_call(), make_person()).entry
    auditor = make_role(twice.competition, "auditor").person

    for by, other in ((make_person(), twice.paper), (twice.writer, twice.paper), (auditor, twice.paper),
                      (twice.office, elsewhere), (twice.office, twice.online)):
        with pytest.raises(Refused):
            services.merge_entries(twice.online, other, by=by, reason="doppelt")
    move(twice.paper, "admit", by=twice.office)
    with pytest.raises(Refused):
        twice.merge()


@pytest.mark.once
def test_an_entry_to_which_others_lead_does_not_lead_away_itself():
    twice = Twice()
    with clock.at(OPEN):
        third = make_submission(twice.competition, make_person(), {"abstract": TEXT}, applicant="Stadt Musterstadt").entry
    twice.merge()

    with pytest.raises(Refused):
        services.merge_entries(third, twice.online, by=twice.office, reason="auch doppelt")
    assert services.merge_entries(twice.online, third, by=twice.office, reason="auch doppelt")


def test_taken_apart_the_other_counts_again_as_it_was_handed_in():
    twice = Twice()
    merger = twice.merge()

    services.undo_merger(merger, by=twice.office, reason="doch zwei")

    twice.paper.refresh_from_db()
    assert twice.paper.state == State.SUBMITTED
    assert queries.accepted_submission(twice.paper).number == 1
    assert len(likeness.duplicates(twice.competition)) == 1
    assert [step.name for step in twice.paper.history.all()] == ["submit", "merge", "part"]
    with pytest.raises(Refused):
        services.undo_merger(merger, by=twice.office, reason="noch einmal")
    assert attested("intake", "entries") == []


@pytest.mark.once
def test_after_the_formal_check_it_stays_as_it_is():
    twice = Twice()
    merger = twice.merge()
    move(twice.online, "admit", by=twice.office)
    merger.refresh_from_db()

    with pytest.raises(Refused):
        services.undo_merger(merger, by=twice.office, reason="zu spät")


@pytest.mark.once
def test_two_that_only_look_alike_are_not_pointed_out_again():
    twice = Twice()
    services.keep_apart(twice.online, twice.paper, by=twice.office, reason="zwei Gärten")

    assert likeness.duplicates(twice.competition) == []
    twice.paper.refresh_from_db()
    assert twice.paper.state == State.SUBMITTED
    assert attested("intake", "entries") == []


@pytest.mark.once
def test_what_was_changed_behind_the_log_is_found():
    merger = Twice().merge()
    Merger.objects.filter(pk=merger.pk).update(kind="apart")

    assert [fault.table for fault in attested("intake")] == ["intake_merger"]


@pytest.mark.once
def test_on_screen_from_the_list_to_the_file_and_back():
    twice = Twice()
    client = signed_in(twice.office)
    listed = client.get(reverse("intake:duplicate_list", args=[twice.competition.code])).content.decode()
    one, other, _measure = likeness.duplicates(twice.competition)[0]
    show = reverse("intake:duplicate_show", args=[twice.competition.code, one.code, other.code])
    assert show in listed
    assert "hinterm Rathaus" in client.get(show).content.decode()

    assert client.post(f"{show}merge/", {"counts": one.code, "reason": ""}).status_code == 422
    answer = client.post(f"{show}merge/", {"counts": other.code, "reason": "doppelt"})
    assert answer.headers["Location"] == reverse("entries:entry_tab", args=[twice.competition.code, other.code, "merged"])
    undo = reverse("intake:duplicate_undo", args=[twice.competition.code, other.code, one.code])
    assert undo in client.get(answer.headers["Location"]).content.decode()
    client.post(undo, {"reason": "doch nicht"})
    assert client.post(f"{show}apart/", {"apart-reason": "zwei Gärten"}).status_code == 302
    assert not likeness.duplicates(twice.competition)
    for name in ("duplicate_show", "duplicate_undo"):
        address = reverse(f"intake:{name}", args=[twice.competition.code, one.code, other.code])
        assert signed_in(twice.writer).get(address).status_code in (403, 404)


# --- who hears of it --------------------------------------------------------------------------------------------------


def mails(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def test_both_applicants_hear_which_number_counts_and_that_nothing_is_lost():
    twice = Twice()
    services.fill_draft(twice.paper.draft, {}, by=None)
    with clock.at(OPEN):
        other_writer = make_person(language="en")
        second = make_submission(twice.competition, other_writer, {"abstract": SLIPS}, applicant="Stadt Musterstadt").entry
        services.merge_entries(twice.online, second, by=twice.office, reason="Der Bürgermeister hat es auch geschickt")

    german, english = mails("merger")
    assert [german.recipient, english.recipient] == [twice.writer.email, other_writer.email]
    for mail in (german, english):
        assert twice.online.code in mail.body
        assert second.code in mail.body
        assert "Bürgermeister" not in mail.body                         # the reason is for the record
        assert mail.reply_to == twice.competition.office_email
    assert "Es zählt: Beitrag " + twice.online.code in german.body
    assert "Nichts ist verloren" in german.body
    assert "It counts: entry " + twice.online.code in english.body
    assert "{" not in english.body

    with clock.at(OPEN):
        services.undo_merger(Merger.objects.get(), by=twice.office, reason="doch zwei")
    german, english = mails("parting")
    assert f"gilt die Nummer {twice.online.code}" in german.body
    assert f"the number {second.code} holds" in english.body


def test_who_works_on_both_entries_hears_it_once():
    twice = Twice()
    with clock.at(OPEN):
        second = make_submission(twice.competition, twice.writer, {"abstract": SLIPS}, applicant="Stadt Musterstadt").entry
        services.merge_entries(twice.online, second, by=twice.office, reason="zweimal angefangen")
    assert len(mails("merger")) == 1


def test_keeping_two_entries_apart_tells_nobody():
    twice = Twice()
    services.keep_apart(twice.online, twice.paper, by=twice.office, reason="zwei Vorhaben")
    assert not Message.objects.filter(kind__in=["merger", "parting"]).exists()
    assert not MergerLetter.objects.exists()


def test_whom_no_mail_reaches_gets_a_letter_that_stays_a_task_until_it_is_sent():
    twice = Twice()
    twice.merge()
    letter = MergerLetter.objects.get()
    office = signed_in(twice.office)
    assert (letter.entry, letter.kind, [mail.recipient for mail in mails("merger")]) == (twice.paper, "merger", [twice.writer.email])
    url = reverse("intake:duplicate_list", args=[twice.competition.code])
    assert url in [task.url for task in office_tasks(twice.office, twice.competition)]
    assert letter.number in office.get(url).content.decode()

    pdf = office.get(reverse("intake:merger_letter_pdf", args=[twice.competition.code, letter.number]))
    text = text_of(pdf.content)
    assert twice.online.code in text
    assert twice.paper.code in text
    assert "Nichts ist verloren" in text
    office.post(reverse("intake:merger_letter_posted", args=[twice.competition.code, letter.number]))
    office.post(reverse("intake:merger_letter_posted", args=[twice.competition.code, letter.number]))

    letter.refresh_from_db()
    assert letter.posted_by == twice.office
    assert LogEvent.objects.filter(verb="duplicate.post").count() == 1
    assert url not in [task.url for task in office_tasks(twice.office, twice.competition)]
    services.undo_merger(Merger.objects.get(), by=twice.office, reason="doch zwei")
    assert MergerLetter.objects.get(posted_at=None).kind == "parting"


def test_a_letter_that_has_not_gone_out_is_not_needed_when_it_is_taken_back():
    twice = Twice()
    services.undo_merger(twice.merge(), by=twice.office, reason="doch zwei")
    assert not MergerLetter.objects.exists()


def test_the_letters_are_for_the_office_alone():
    twice = Twice()
    twice.merge()
    number = MergerLetter.objects.get().number
    for person in (twice.writer, make_person(), make_role(twice.competition, "juror").person, make_role(twice.competition, "auditor").person):
        assert signed_in(person).get(reverse("intake:merger_letter_pdf", args=[twice.competition.code, number])).status_code in (403, 404)
        assert signed_in(person).post(reverse("intake:merger_letter_posted", args=[twice.competition.code, number])).status_code in (403, 404)
    assert MergerLetter.objects.get().posted_at is None


def test_the_call_writes_its_own_words():
    twice = Twice()
    Letter.objects.create(competition=twice.competition, code="merger", language="de", subject="Zusammen: {{ entry.title }}",
                          body="{{ merger.leads }} gehört jetzt zu {{ merger.counts }}.")
    twice.merge()
    (mail,) = mails("merger")
    assert mail.body == f"{twice.paper.code} gehört jetzt zu {twice.online.code}."
