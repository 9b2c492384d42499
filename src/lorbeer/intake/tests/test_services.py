"""Promises 1 and 2: nothing acknowledged is lost; a deadline is judged per channel."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest.mock import Mock

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.utils import translation

from lorbeer.call.models import Letter, Phase
from lorbeer.call.tests.factories import make_competition, make_group
from lorbeer.entries import queries as entry_queries
from lorbeer.entries.models import Entry, State
from lorbeer.intake import queries, rules, services
from lorbeer.intake.models import Arrival, Draft, DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.intake.tests.factories import (
    COMPLETE,
    FORM,
    OPEN,
    make_arrival,
    make_call,
    make_contributor,
    make_draft,
    make_office,
    make_person,
    make_submission,
)
from lorbeer.outreach.services import record_intent
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.definition import Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared import clock, files
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.keeping import MOST_WAITING, PAGE, NoRoom, Page, page_of
from lorbeer.shared.models import LogEvent, Message, StoredFile
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
CLOSES = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)                 # 23:59:59 in Berlin
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
"""


@pytest.fixture(autouse=True)
def while_open():
    with clock.at(OPEN):
        yield


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_double_click_starts_one_entry():
    competition, person = make_call(), make_person()

    drafts = {services.start_draft(competition, by=person, applicant="Verein").pk for _ in range(2)}

    assert len(drafts) == 1
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("moment", [OPEN.replace(year=2016), OPEN.replace(year=2018)])
def test_an_entry_is_begun_only_while_the_round_is_open(moment):
    competition = make_call(closes=CLOSES)

    with clock.at(moment), pytest.raises(Refused):
        services.start_draft(competition, by=make_person())

    assert Entry.objects.count() == 0


def test_one_applicant_starts_no_more_entries_than_the_call_allows():
    competition, person = make_call(max_entries_per_applicant=1), make_person()
    first = make_draft(competition, person, {"title": "Erster"})

    with translation.override("de"), pytest.raises(Refused, match=r"höchstens 1 Bewerbung\."):
        services.start_draft(competition, by=person, applicant="Verein")
    services.withdraw(first.entry, by=person)

    assert services.start_draft(competition, by=person, applicant="Verein").entry.state == State.DRAFT


def test_nobody_gets_past_the_limit_by_withdrawing_and_taking_up_again():
    competition, person = make_call(max_entries_per_applicant=2), make_person()
    withdrawn = [make_draft(competition, person, {"title": title}).entry for title in ("Erster", "Zweiter")]
    helper = make_contributor(withdrawn[0]).person
    withdrawn = [services.withdraw(entry, by=person) for entry in withdrawn]
    later = [make_draft(competition, person, {"title": title}).entry for title in ("Dritter", "Vierter")]

    for by in (person, helper):                                         # whoever clicks: the contact person's entries count
        with pytest.raises(Refused, match="Ziehen Sie zuerst"):
            services.resume(withdrawn[0], by=by)
    services.withdraw(later[0], by=person)
    services.resume(withdrawn[0], by=helper)

    assert competition.entries.exclude(state=State.WITHDRAWN).count() == 2
    with pytest.raises(Refused):
        services.resume(withdrawn[1], by=person)


def test_an_answer_keeps_what_was_there_before():
    draft = make_draft()
    ann, bob = draft.entry.contributors.get().person, make_contributor(draft.entry).person
    first = services.save_answer(draft, "title", 0, "alt", by=ann, revision=0)
    second = services.save_answer(draft, "title", 0, "neu", by=bob, revision=first.revision)

    assert (second.value, second.revision, second.changed_by) == ("neu", 2, bob)
    kept = DraftAnswerRevision.objects.get()
    assert (kept.value, kept.revision, kept.changed_by, kept.was_refused) == ("alt", 1, ann, False)


def test_a_collision_keeps_both_texts_and_lets_somebody_choose():
    draft = make_draft(answers={"title": "Anfang"})
    ann, bob = draft.entry.contributors.get().person, make_contributor(draft.entry).person
    services.save_answer(draft, "title", 0, "Text von Ann", by=ann, revision=1)

    with pytest.raises(services.Conflict) as caught:
        services.save_answer(draft, "title", 0, "Text von Bob", by=bob, revision=1)

    assert DraftAnswer.objects.get(question="title").value == "Text von Ann"
    refused = DraftAnswerRevision.objects.get(was_refused=True)
    assert (refused.value, refused.changed_by, caught.value.current.value) == ("Text von Bob", bob, "Text von Ann")
    assert list(queries.refused_texts(draft)) == [refused]
    services.settle_conflict(refused, by=bob, keep_mine=True, value="Text von beiden")
    assert DraftAnswer.objects.get(question="title").value == "Text von beiden"
    assert "Text von Ann" in DraftAnswerRevision.objects.filter(was_refused=False).values_list("value", flat=True)
    assert list(queries.refused_texts(draft)) == []


def test_a_collision_in_one_answer_does_not_hold_up_the_others():
    draft = make_draft(answers={"title": "eins"})
    person = draft.entry.contributors.get().person
    services.save_answer(draft, "title", 0, "zwei", by=person, revision=1)

    saved = services.save_answers(
        draft, [services.Change("title", "drei", 0, 1), services.Change("abstract", "Text", 0, 0)], by=person
    )

    assert [conflict.current.value for conflict in saved.conflicts] == ["zwei"]
    assert queries.draft_answers(draft) == {("title", 0): "zwei", ("abstract", 0): "Text"}


def sends(draft, by, page, turn, value, revision):
    """What became of a text that a page sends, whichever request of its it is."""
    return services.save_answers(draft, [services.Change("title", value, revision=revision)], by=by, page=Page(page, turn))


def test_a_page_does_not_collide_with_itself_where_an_answer_was_lost_and_its_older_text_never_wins():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person

    assert sends(draft, anna, "P", 1, "Ein", 1).changed == 1            # the answer to this one is lost on the way
    assert not sends(draft, anna, "P", 3, "Ein Garten", 1).conflicts
    assert not sends(draft, anna, "P", 2, "Ein Gar", 1).conflicts       # and this one comes late
    assert not sends(draft, anna, "P", 4, "Ein Garten", 1).conflicts    # typed and undone:
    assert not sends(draft, anna, "P", 5, "Ein Park", 3).conflicts
    assert not sends(draft, anna, "P", 6, "Ein Garten", 3).conflicts

    assert queries.draft_answers(draft)["title", 0] == "Ein Garten"
    assert not queries.refused_texts(draft)


@pytest.mark.parametrize(("there", "revision"), [("Anfang", 1), (None, 0)])
def test_a_text_that_its_page_has_taken_back_since_is_not_brought_back_by_coming_late(there, revision):
    draft = make_draft(answers={"title": there} if there else {})
    anna = draft.entry.contributors.get().person

    assert not sends(draft, anna, "P", 2, there, revision).changed      # typed, and put back to what it was
    late = sends(draft, anna, "P", 1, "Verworfen", revision)
    assert (late.changed, late.conflicts, queries.draft_answers(draft).get(("title", 0))) == (0, [], there)
    assert sends(draft, make_contributor(draft.entry).person, "Q", 1, "Von Bob", 1).changed


def test_a_text_that_was_put_back_to_what_it_was_is_no_second_one_when_it_comes_once_more():
    draft = make_draft(answers={"title": "Anfang"})
    anna, bob = draft.entry.contributors.get().person, make_contributor(draft.entry).person
    sends(draft, anna, "P", 1, "Anfang", 1)
    assert sends(draft, bob, "Q", 1, "Von Bob", 1).changed
    assert not sends(draft, anna, "P", 1, "Anfang", 1).conflicts
    assert queries.draft_answers(draft)["title", 0] == "Von Bob"


def test_an_older_text_that_comes_after_the_choice_is_put_to_no_second_one():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    services.save_answer(draft, "title", 0, "Von anderswo", by=None)
    assert sends(draft, anna, "P", 3, "Mein Text", 1).conflicts
    services.settle_conflict(queries.refused_texts(draft)[0], by=anna, keep_mine=False)

    assert not sends(draft, anna, "P", 2, "Mein Te", 1).conflicts
    assert sends(draft, anna, "P", 4, "Mein Text, neu", 1).conflicts
    assert [one.value for one in queries.refused_texts(draft)] == ["Mein Text, neu"]


def test_another_window_and_a_program_collide():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    sends(draft, anna, "P", 1, "Von Anna", 1)

    for page in ("Q", ""):
        assert len(sends(draft, anna, page, 2, f"Anders {page}", 1).conflicts) == 1
    assert queries.draft_answers(draft)["title", 0] == "Von Anna"


def test_the_same_page_in_the_hands_of_somebody_else_is_another_one(rf):
    anna, bob = make_person(), make_person()

    def page_in_the_hands_of(person, name="P:3"):
        request = rf.post("/", {PAGE: name})
        request.user = person
        return page_of(request)

    assert page_in_the_hands_of(anna) == page_in_the_hands_of(anna)
    assert page_in_the_hands_of(anna).turn == 3
    assert page_in_the_hands_of(anna).code != page_in_the_hands_of(bob).code
    assert {page_in_the_hands_of(anna, name) for name in ("", "P", "P:x", "ü:1", "P:9999999")} == {Page("")}


def test_without_a_script_a_page_that_was_left_and_come_back_to_says_something_new_though_it_counts_nothing():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    sends(draft, anna, "P", 0, "Von P", 1)
    sends(draft, anna, "Q", 0, "Von Q", 2)
    assert not sends(draft, anna, "P", 0, "Von P", 1).conflicts         # the same form twice

    assert len(sends(draft, anna, "P", 0, "Neu von P", 1).conflicts) == 1
    assert [one.value for one in queries.refused_texts(draft)] == ["Neu von P"]


def test_of_a_text_that_waits_the_latest_turn_of_its_page_stays_also_where_it_says_again_what_it_had_said():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    services.save_answer(draft, "title", 0, "Von anderswo", by=None)
    for turn, text in ((1, "Mein"), (3, "Mein"), (2, "Mein Te")):
        sends(draft, anna, "P", turn, text, 1)

    assert [one.value for one in queries.refused_texts(draft)] == ["Mein"]


def test_who_types_after_a_collision_what_they_had_before_has_that_put_to_the_choice():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    sends(draft, anna, "P", 1, "Von Anna", 1)
    sends(draft, make_contributor(draft.entry).person, "Q", 1, "Von Bob", 2)
    sends(draft, anna, "P", 2, "Von Anna!", 1)

    for turn in (3, 4):
        assert len(sends(draft, anna, "P", turn, "Von Anna", 1).conflicts) == 1
    assert [one.value for one in queries.refused_texts(draft)] == ["Von Anna"]


def test_what_a_page_sends_once_more_after_another_window_changed_it_is_no_second_text_and_does_not_overwrite():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    sends(draft, anna, "P", 1, "Von P", 1)
    sends(draft, anna, "Q", 1, "Von Q", 2)

    for turn in (1, 2):
        again = sends(draft, anna, "P", turn, "Von P", 1)
        assert (again.changed, again.conflicts, again.answers) == (0, [], {})      # nor does the page learn what it would overwrite then
    assert len(sends(draft, anna, "P", 3, "Neu von P", 1).conflicts) == 1
    assert queries.draft_answers(draft)["title", 0] == "Von Q"


def test_a_page_that_goes_on_typing_after_a_collision_puts_its_latest_text_to_the_choice_once():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    services.save_answer(draft, "title", 0, "Von anderswo", by=None)
    for turn, text in ((1, "Mein"), (3, "Mein Text"), (2, "Mein Te"), (4, "Mein Text.")):
        assert len(sends(draft, anna, "P", turn, text, 1).conflicts) == 1

    [refused] = queries.refused_texts(draft)
    assert refused.value == "Mein Text."
    services.settle_conflict(refused, by=anna, keep_mine=False)
    assert not sends(draft, anna, "P", 5, "Mein Text.", 1).conflicts    # it was chosen; the page is still open and sends its other answers
    assert queries.draft_answers(draft)["title", 0] == "Von anderswo"


def waiting_for_a_choice(draft, by):
    """As many texts of somebody as may wait beside the title, each from a program."""
    texts = [f"Text {number}" for number in range(MOST_WAITING)]
    for text in texts:
        with pytest.raises(services.Conflict):
            services.save_answer(draft, "title", 0, text, by=by, revision=0)
    return texts


def test_of_texts_that_wait_there_is_a_limit_for_each_person_and_what_finds_no_room_is_named_and_saved_once_there_is():
    draft = make_draft(answers={"title": "Anfang"})
    anna = draft.entry.contributors.get().person
    texts = waiting_for_a_choice(draft, anna)
    new = [services.Change("title", "Noch einer", revision=0), services.Change("abstract", "Kurz", revision=0)]

    saved = services.save_answers(draft, new, by=anna)
    assert ([one.question for one in saved.unkept], saved.conflicts) == (["title"], [])
    assert queries.draft_answers(draft) == {("title", 0): "Anfang", ("abstract", 0): "Kurz"}
    with pytest.raises(NoRoom, match="title"):
        services.save_answer(draft, "title", 0, "Noch einer", by=anna, revision=0)
    assert sends(draft, anna, "", 0, "Text 3", 0).conflicts             # the same words once more need no room
    assert [one.value for one in queries.refused_texts(draft)] == texts

    bob = make_contributor(draft.entry).person
    assert sends(draft, bob, "", 0, "Von Bob", 0).conflicts
    services.settle_conflict(queries.refused_texts(draft)[0], by=anna, keep_mine=False)
    assert sends(draft, anna, "P", 1, "Noch", 0).conflicts
    assert sends(draft, anna, "P", 2, "Noch einer", 0).conflicts        # nor does a text that is typed on
    assert [one.value for one in queries.refused_texts(draft)] == [*texts[1:], "Von Bob", "Noch einer"]


def test_the_same_text_twice_is_no_collision():
    draft = make_draft(answers={"title": "gleich"})
    person = draft.entry.contributors.get().person

    answer = services.save_answer(draft, "title", 0, "gleich", by=person, revision=0)

    assert (answer.revision, DraftAnswerRevision.objects.count()) == (1, 0)


@pytest.mark.once
def test_saving_thirty_answers_costs_as_many_queries_as_saving_three(django_assert_num_queries):
    from django.test.utils import CaptureQueriesContext

    draft = make_draft()
    person = draft.entry.contributors.get().person
    few = [services.Change(name, "x") for name in ("abstract", "partner_name")]
    with CaptureQueriesContext(connection) as small:
        services.save_answers(draft, few, by=person)
    many = [services.Change("project_title", f"p{place}", place) for place in range(1, 31)]
    many += [services.Change(name, "y") for name in ("abstract", "partner_name")]

    with CaptureQueriesContext(connection) as large:
        services.save_answers(draft, many, by=person)

    assert len(large) <= len(small) + 2                                 # one more for revisions, one for updates


@pytest.mark.parametrize(("question", "place", "value"), [
    ("nothing", 0, "x"), ("title", 1, "x"), ("project_title", 0, "x"), ("project", 0, 51), ("agreed", 0, "perhaps"),
])
def test_what_the_form_does_not_ask_is_refused_and_nothing_is_saved(question, place, value):
    draft = make_draft()

    with pytest.raises(BadInput):
        services.save_answers(draft, [services.Change("title", "gut"), services.Change(question, value, place)], by=None)

    assert DraftAnswer.objects.count() == 0


def test_strangers_and_the_office_cannot_write_in_a_draft():
    draft = make_draft()

    for person in (make_person(), make_office(draft.entry.competition)):
        with pytest.raises(Refused):
            services.save_answer(draft, "title", 0, "fremd", by=person)

    assert DraftAnswer.objects.count() == 0


def test_a_place_can_be_added_and_removed_and_the_rest_moves_up():
    draft = make_draft()
    person = draft.entry.contributors.get().person
    for number in (1, 2):
        services.change_places(draft, "project", by=person)
        services.save_answer(draft, "project_title", number, f"Projekt {number}", by=person)

    with pytest.raises(BadInput):
        services.change_places(draft, "project", by=person)
    services.change_places(draft, "project", by=person, remove=1)

    assert queries.draft_answers(draft) == {("project", 0): 1, ("project_title", 1): "Projekt 2"}


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_attached_and_frozen_with_the_submission():
    draft = make_draft(answers=COMPLETE)
    person = draft.entry.contributors.get().person

    stored = services.attach_file(draft, "attachment", 0, ContentFile(PDF, "../../plan.pdf"), by=person)
    submission = services.submit(draft.entry, by=person)

    assert (stored.name, files.read(stored)) == ("plan.pdf", PDF)
    assert list(submission.files.all()) == [stored]
    assert queries.accepted_document(draft.entry).value("attachment")[0]["sha256"] == hashlib.sha256(PDF).hexdigest()


@pytest.mark.parametrize(("name", "data"), [
    ("plan.pdf", b"MZ this is a program"), ("plan.exe", PDF), ("plan.pdf", b""), ("bild.png", b"\x89PNG\r\n\x1a\nbroken"),
])
def test_hostile_files_are_refused_with_a_sentence_and_leave_nothing(name, data):
    draft = make_draft()

    with pytest.raises(BadInput) as caught:
        services.attach_file(draft, "attachment", 0, ContentFile(data, name), by=draft.entry.contributors.get().person)

    assert str(caught.value)
    assert (StoredFile.objects.count(), DraftAnswer.objects.count()) == (0, 0)


def test_an_answer_cannot_name_the_file_of_another_entry():
    other, draft = make_draft(), make_draft()
    theirs = services.attach_file(other, "attachment", 0, ContentFile(PDF, "a.pdf"), by=other.entry.contributors.get().person)

    with pytest.raises(BadInput):
        services.save_answer(draft, "attachment", 0, [{"code": theirs.code}], by=draft.entry.contributors.get().person)

    assert queries.draft_answers(draft) == {}


@pytest.mark.once
def test_a_file_that_is_taken_out_stays_while_another_answer_or_a_text_to_choose_names_it():
    draft = make_draft()
    person = draft.entry.contributors.get().person
    services.attach_file(draft, "attachment", 0, ContentFile(PDF, "a.pdf"), by=person)
    first, named = StoredFile.objects.get(), queries.draft_answers(draft)["attachment", 0]
    with pytest.raises(services.Conflict):                              # taken out meanwhile by a page that knew nothing of it
        services.save_answer(draft, "attachment", 0, named[:1] * 2, by=person, revision=99)

    services.save_answer(draft, "attachment", 0, None, by=person)
    assert list(StoredFile.objects.all()) == [first]
    [refused] = queries.refused_texts(draft)
    services.settle_conflict(refused, by=person, keep_mine=True)
    services.save_answer(draft, "attachment", 0, None, by=person)
    assert not StoredFile.objects.exists()


@pytest.mark.once
def test_a_page_from_before_the_first_receipt_submits_nothing_after_withdrawing_and_taking_up_again():
    submission = make_submission()
    entry, person = submission.entry, submission.submitted_by
    services.resume(services.withdraw(entry, by=person), by=person)

    with pytest.raises(services.Overtaken, match=submission.receipt_number):
        services.submit(entry, by=person, number=1)
    assert services.submit(entry, by=person, number=2).number == 2


def test_what_is_taken_out_of_a_draft_goes_unless_a_submission_holds_it():
    draft = make_draft(answers=COMPLETE)
    person = draft.entry.contributors.get().person

    def attach(name):
        return services.attach_file(draft, "attachment", 0, ContentFile(PDF, name), by=person)

    def take_out():
        services.save_answer(draft, "attachment", 0, None, by=person)

    first = attach("a.pdf")
    take_out()
    assert not StoredFile.objects.exists()
    second = attach("b.pdf")
    services.submit(draft.entry, by=person)
    third = attach("c.pdf")
    take_out()

    assert list(StoredFile.objects.filter(kind=files.UPLOAD)) == [second]
    assert draft.entry.submissions.get().files.get() == second
    assert [event.detail["file"] for event in LogEvent.objects.filter(verb="draft.detach").order_by("pk")] == [first.code, third.code]


def test_a_question_takes_as_many_files_as_it_asks_for():
    draft = make_draft()
    person = draft.entry.contributors.get().person
    for name in ("a.pdf", "b.pdf"):
        services.attach_file(draft, "attachment", 0, ContentFile(PDF, name), by=person)

    with pytest.raises(BadInput, match="2 "):
        services.attach_file(draft, "attachment", 0, ContentFile(PDF, "c.pdf"), by=person)
    assert sorted(StoredFile.objects.values_list("name", flat=True)) == ["a.pdf", "b.pdf"]


def test_a_file_whose_answer_is_only_worded_anew_stays():
    draft = make_draft(answers=COMPLETE)
    person = draft.entry.contributors.get().person
    stored = services.attach_file(draft, "attachment", 0, ContentFile(PDF, "a.pdf"), by=person)
    named = queries.draft_answers(draft)["attachment", 0]

    services.save_answer(draft, "attachment", 0, [{**named[0], "caption": "Plan"}], by=person)

    assert StoredFile.objects.filter(pk=stored.pk).exists()


def test_a_file_that_no_answer_takes_is_not_kept(monkeypatch):
    draft = make_draft()
    monkeypatch.setattr("lorbeer.intake.services.attachments.save_answers", Mock(side_effect=BadInput("no")))
    with pytest.raises(BadInput):
        services.attach_file(draft, "attachment", 0, ContentFile(PDF, "a.pdf"), by=draft.entry.contributors.get().person)
    assert not StoredFile.objects.exists()


# --- submission -------------------------------------------------------------------------------------------------------


def test_a_submission_is_frozen_counted_moved_logged_and_acknowledged():
    competition = make_call()
    answers = {("project", 0): 1, ("project_title", 1): "Hochbeete", "amount": 5000, "applicant": "Verein Muster"}

    submission = make_submission(competition, answers=answers)

    entry = Entry.objects.get()
    assert (entry.state, entry.title, entry.applicant) == (State.SUBMITTED, "Ein Garten für alle", "Verein Muster")
    assert (entry.amount_cents, entry.group.code) == (500_000, "main")
    assert [project.title for project in entry.projects.all()] == ["Hochbeete"]
    assert submission.sha256 == hashlib.sha256(submission.document.encode()).hexdigest()
    assert queries.accepted_document(entry).by_role("title") == "Ein Garten für alle"
    assert [move.name for move in entry.history.all()] == ["submit"]
    assert (submission.arrival.channel, submission.arrival.timeliness) == ("online", "in_time")
    message = Message.objects.get()
    for fact in (submission.receipt_number, submission.sha256, "11:30"):
        assert fact in message.title + message.body
    assert LogEvent.objects.filter(verb="submission.accept", subject=f"entry:{entry.code}").count() == 1


def test_submitting_twice_gives_the_same_receipt():
    submission = make_submission()
    person = submission.submitted_by

    again = services.submit(submission.entry, by=person)
    with clock.at(CLOSES + timedelta(days=1)):                          # the second click of a slow line
        numbered = services.submit(submission.entry, by=person, number=1)

    assert {submission.pk, again.pk, numbered.pk} == {submission.pk}
    assert (Submission.objects.count(), Arrival.objects.count(), Message.objects.count()) == (1, 1, 1)


def test_what_came_in_time_counts_however_long_it_waited_for_the_database():
    draft = make_draft(make_call(closes=CLOSES), answers=COMPLETE)
    person = draft.entry.contributors.get().person

    with clock.at(CLOSES + timedelta(seconds=20)):
        with pytest.raises(Refused):
            services.submit(draft.entry, by=person)
        submission = services.submit(draft.entry, by=person, arrived_at=CLOSES)

    assert (submission.submitted_at, submission.arrival.arrived_at, submission.arrival.timeliness) == (CLOSES, CLOSES, "in_time")


def test_a_draft_of_a_round_that_is_over_is_not_the_one_that_is_begun_now():
    competition, person = make_call(), make_person()
    old = make_draft(competition, person)
    phase = competition.phases.get(kind="entries")
    with clock.at(CLOSES + timedelta(days=30)):
        phase.ends_at = CLOSES
        phase.save()
        Phase.objects.create(competition=competition, kind="entries", round=2, starts_at=CLOSES, ends_at=CLOSES + timedelta(days=90))

        new = services.start_draft(competition, by=person, applicant="Verein Beispiel")

    assert (old.entry.round, new.entry.round) == (1, 2)


def test_a_postmark_is_compared_in_the_zone_of_the_competition():
    half_past_midnight = datetime(2017, 11, 1, 23, 30, tzinfo=UTC)      # 2 November in Berlin
    competition = make_call()
    with clock.at(OPEN + timedelta(days=200)):
        arrival = services.register_arrival(competition, channel="post", by=None, arrived_at=half_past_midnight,
                                            postmarked_on=date(2017, 11, 2))
        with pytest.raises(BadInput):
            services.register_arrival(competition, channel="post", by=None, arrived_at=half_past_midnight, postmarked_on=date(2017, 11, 3))

    assert arrival.postmarked_on == date(2017, 11, 2)


@pytest.mark.once
def test_the_last_day_of_a_postmark_and_the_first_of_the_call_are_days_in_the_zone_of_the_competition():
    half_past_midnight = datetime(2017, 12, 31, 23, 30, tzinfo=UTC)     # 1 January in Berlin
    competition = make_call(closes=half_past_midnight, paper_counts_by="postmark")
    judged = [rules.timeliness(competition, 1, "post", half_past_midnight + timedelta(days=3), date(2018, 1, day)) for day in (1, 2)]
    assert judged == ["in_time", "late"]

    competition.phases.update(starts_at=half_past_midnight)
    later = half_past_midnight + timedelta(days=3)
    competition = type(competition).objects.get(pk=competition.pk)
    with clock.at(later):
        said = [rules.implausible(competition, later, postmark) for postmark in (date(2017, 12, 31), date(2018, 1, 1))]
    assert [[field for field, _sentence in one] for one in said] == [["postmarked_on"], []]


def test_a_stale_page_is_not_given_a_receipt_for_answers_that_were_never_sent():
    submission = make_submission()
    entry, person = submission.entry, submission.submitted_by
    services.save_answer(entry.draft, "title", 0, "Später geändert", by=person)

    with pytest.raises(services.Overtaken, match=submission.receipt_number):
        services.submit(entry, by=person, number=1)

    assert (Submission.objects.count(), Arrival.objects.count(), Message.objects.count()) == (1, 1, 1)
    second = services.submit(entry, by=person, number=2)
    assert services.submit(entry, by=person, number=1) == second        # the receipt names what is there now


def test_what_was_corrected_or_taken_out_of_the_answers_is_corrected_and_taken_out_in_the_head():
    competition, body = make_competition(), make_municipality()
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("where", Localized(de="Ort"), items=(
        Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality"),
        Question("inhabitants", Type.INTEGER, Localized(de="Einwohnerinnen und Einwohner"), role="population"),
    ))))))
    draft = make_draft(competition, answers=COMPLETE | {"place": {"key": body.key, "name": body.name}})
    entry, person = draft.entry, draft.entry.contributors.get().person
    services.submit(entry, by=person)
    entry.refresh_from_db()
    assert (entry.municipality, entry.population) == (body, body.population)

    for place, people, expected in ((None, 1200, 1200), (None, 1300, 1300), (None, None, None)):
        services.save_answers(entry.draft, [services.Change("place", place), services.Change("inhabitants", people)], by=person)
        services.submit(entry, by=person)
        entry.refresh_from_db()
        assert (entry.municipality, entry.population, entry.land_code, entry.legal_status) == (None, expected, "", "")


@pytest.mark.once
def test_a_municipality_cleared_while_the_entry_counted_leaves_the_head_when_it_is_withdrawn_and_taken_up_again():
    competition, body = make_competition(), make_municipality()
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("where", Localized(de="Ort"), items=(
        Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality"),))))))
    submission = make_submission(competition, answers={"place": {"key": body.key, "name": body.name}})
    entry, person = submission.entry, submission.submitted_by
    assert Entry.objects.get(pk=entry.pk).municipality == body

    services.save_answer(entry.draft, "place", 0, None, by=person)
    services.resume(services.withdraw(entry, by=person), by=person)
    services.submit(entry, by=person)

    entry.refresh_from_db()
    assert (entry.municipality, entry.land_code, entry.legal_status) == (None, "", "")


def test_each_submission_is_kept_and_the_newest_counts():
    first = make_submission()
    entry, person = first.entry, first.submitted_by
    services.save_answer(entry.draft, "title", 0, "Neuer Titel", by=person)

    second = services.submit(entry, by=person, number=2)

    first.refresh_from_db()
    assert (first.is_accepted, second.is_accepted, second.number) == (False, True, 2)
    assert first.sha256 != second.sha256
    assert queries.accepted_document(entry).by_role("title") == "Neuer Titel"
    assert queries.document_of(first).by_role("title") == "Ein Garten für alle"


def test_withdrawn_entries_count_no_more_until_they_are_submitted_again():
    first = make_submission()
    entry, person = first.entry, first.submitted_by

    entry = services.withdraw(entry, by=person, reason="Kein Geld")

    assert Entry.objects.get().state == State.WITHDRAWN
    assert queries.accepted_submission(entry) is None
    with pytest.raises(Refused):
        queries.accepted_document(entry)
    services.resume(entry, by=person)
    second = services.submit(Entry.objects.get(), by=person)
    assert (second.number, second.is_accepted, Submission.objects.count()) == (2, True, 2)
    assert second.receipt_number != first.receipt_number


def test_an_incomplete_entry_is_refused_with_each_gap():
    draft = make_draft(answers={"agreed": "yes"})

    with pytest.raises(services.Incomplete) as caught:
        services.submit(draft.entry, by=draft.entry.contributors.get().person)

    assert {(gap.section, gap.question) for gap in caught.value.gaps} == {
        ("basics", "title"), ("basics", "partner_name"), ("text", "abstract")
    }
    assert Submission.objects.count() == Arrival.objects.count() == Message.objects.count() == 0


def test_a_text_that_is_too_long_is_kept_but_not_submitted():
    draft = make_draft(answers={**COMPLETE, "abstract": "x" * 201})

    with pytest.raises(services.Incomplete):
        services.submit(draft.entry, by=draft.entry.contributors.get().person)

    assert queries.draft_answers(draft)["abstract", 0] == "x" * 201


def test_answers_to_questions_that_are_not_asked_stay_out_of_the_document():
    submission = make_submission(answers={"agreed": "no", "partner_name": "vergessen"})

    assert not queries.document_of(submission).was_asked("partner_name")


def test_strangers_cannot_submit_or_withdraw():
    draft = make_draft(answers=COMPLETE)

    for act in (services.submit, services.withdraw):
        with pytest.raises(Refused):
            act(draft.entry, by=make_person())

    assert Entry.objects.get().state == State.DRAFT


def test_the_letter_of_the_competition_is_used_and_a_broken_one_stops_nothing():
    competition = make_call()
    letter = Letter.objects.create(competition=competition, code="receipt", subject="Eingang {{ receipt.number }}",
                                   body="„{{ entry.title }}“ ist da.")
    first = make_submission(competition)
    Letter.objects.filter(pk=letter.pk).update(body="{{ entry.nonsense }}")

    second = make_submission(competition)

    own, fallback = Message.objects.order_by("pk")
    assert (own.title, own.body) == (f"Eingang {first.receipt_number}", "„Ein Garten für alle“ ist da.")
    assert second.receipt_number in fallback.body


@pytest.mark.parametrize(("written", "read", "when"), [
    ("en", "de", "2 October 2017, 10:30:00 (BST), online"), ("de", "en", "2. Oktober 2017, 10:30:00 Uhr (BST), online"),
])
def test_what_is_filled_into_a_receipt_is_in_the_language_of_the_letter(written, read, when):
    competition = make_call(time_zone="Europe/London", languages=[written], title={"de": "Preis", "en": "Prize"})
    Letter.objects.create(competition=competition, code="receipt", language=written, subject="{{ competition.title }}",
                          body="{{ receipt.time }}, {{ receipt.channel }}")

    make_submission(competition, by=make_person(language=read))

    message = Message.objects.get(kind="receipt")
    assert (message.title, message.body.strip()) == ({"de": "Preis", "en": "Prize"}[written], when)


@pytest.mark.parametrize("email", ["prize@example.org\nBcc: x@example.net", "no address at all"])
def test_a_receipt_goes_out_whatever_the_call_says_of_itself(email):
    competition = make_call(office_email=email, title={"de": "Quartiers\nfonds"})
    Letter.objects.create(competition=competition, code="receipt", subject="{{ competition.title }}", body="Da.")

    submission = make_submission(competition)

    message = Message.objects.get(kind="receipt")
    assert submission.entry.state == State.SUBMITTED
    assert (message.title, message.reply_to) == ("Quartiers fonds", "")


def test_accepted_documents_cost_one_query_for_any_number(django_assert_num_queries):
    competition = make_call()
    for _ in range(5):
        make_submission(competition)

    with django_assert_num_queries(1):
        documents = queries.accepted_documents(Entry.objects.filter(competition=competition))

    assert len(documents) == 5


# --- deadlines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("moment", "counts"), [
    (CLOSES - timedelta(seconds=1), True), (CLOSES, True), (CLOSES.replace(microsecond=999_999), True),
    (CLOSES + timedelta(seconds=1), False),
])
def test_the_last_second_of_the_deadline_still_counts_online(moment, counts):
    draft = make_draft(make_call(closes=CLOSES), answers=COMPLETE)
    person = draft.entry.contributors.get().person

    with clock.at(moment):
        if counts:
            assert services.submit(draft.entry, by=person).arrival.timeliness == "in_time"
            return
        with pytest.raises(Refused) as caught:
            services.submit(draft.entry, by=person)

    assert "23:59:59 Uhr (MEZ)" in str(caught.value)
    assert Submission.objects.count() == 0


def test_what_is_typed_after_the_deadline_is_kept_but_does_not_count():
    draft = make_draft(make_call(closes=CLOSES), answers=COMPLETE)
    person = draft.entry.contributors.get().person

    with clock.at(CLOSES + timedelta(minutes=5)):
        services.save_answer(draft, "title", 0, "zu spät", by=person)
        with pytest.raises(Refused):
            services.submit(draft.entry, by=person)

    assert queries.draft_answers(draft)["title", 0] == "zu spät"
    assert Entry.objects.get().state == State.DRAFT


@pytest.mark.parametrize(("rule", "channel", "arrived", "postmark", "result"), [
    ("postmark", "post", CLOSES + timedelta(days=3), date(2017, 12, 31), "in_time"),
    ("postmark", "post", CLOSES + timedelta(days=3), date(2018, 1, 1), "late"),
    ("postmark", "post", CLOSES + timedelta(seconds=1), None, "late"),
    ("postmark", "post", CLOSES, None, "in_time"),
    ("arrival", "post", CLOSES + timedelta(days=3), date(2017, 12, 31), "late"),
    ("arrival", "post", CLOSES, date(2017, 12, 31), "in_time"),
    ("postmark", "email", CLOSES + timedelta(seconds=1), date(2017, 12, 31), "late"),
    ("postmark", "email", CLOSES, None, "in_time"),
])
def test_each_channel_is_judged_by_its_own_rule(rule, channel, arrived, postmark, result):
    competition = make_call(closes=CLOSES, paper_counts_by=rule)

    assert rules.timeliness(competition, 1, channel, arrived, postmark) == result
    arrival = make_arrival(competition, channel=channel, arrived_at=arrived, postmarked_on=postmark, round=1)
    assert arrival.timeliness == result


def test_the_deadline_is_read_in_the_zone_of_the_competition():
    # 31 December, 23:30 in Lisbon is already 1 January in Berlin.
    competition = make_call(closes=datetime(2017, 12, 31, 23, 59, 59, tzinfo=UTC), time_zone="Europe/Lisbon")

    assert rules.timeliness(competition, 1, "post", OPEN, date(2017, 12, 31)) == "in_time"
    assert rules.timeliness(competition, 1, "post", OPEN, date(2018, 1, 1)) == "late"


# --- the arrival register ---------------------------------------------------------------------------------------------


def test_a_paper_entry_is_registered_keyed_in_and_submitted_as_of_its_arrival():
    competition = make_call(closes=CLOSES)
    office = make_office(competition)
    arrived = CLOSES + timedelta(days=2)
    arrival = make_arrival(competition, office, arrived_at=arrived, postmarked_on=date(2017, 12, 30), sender="Stadt Muster",
                           files=[("brief.pdf", PDF)])

    with clock.at(CLOSES + timedelta(days=5)):
        submission = services.key_in(arrival, {**COMPLETE, "contact_email": "kontakt@example.org"}, by=office)

    assert (submission.arrival, submission.submitted_at) == (arrival, arrived)
    assert (submission.entry.state, submission.entry.applicant) == (State.SUBMITTED, "Stadt Muster")
    assert arrival.sha256 == hashlib.sha256(PDF).hexdigest()
    assert Message.objects.get().recipient == "kontakt@example.org"


def test_what_does_not_open_is_not_kept_whichever_way_it_comes():
    competition = make_call()

    with pytest.raises(BadInput, match="brief.pdf"):
        make_arrival(competition, files=[("brief.pdf", b"%PDF-1.4\n%%EOF\n")])

    assert not StoredFile.objects.exists()
    assert not competition.arrivals.exists()


def test_paper_may_have_gaps_because_the_formal_check_finds_them():
    competition = make_call()
    submission = services.key_in(make_arrival(competition), {"title": "Nur ein Titel"}, by=make_office(competition))

    assert submission.entry.title == "Nur ein Titel"


def test_late_paper_counts_only_after_a_reason():
    competition = make_call(closes=CLOSES)
    office = make_office(competition)
    late = make_arrival(competition, office, arrived_at=CLOSES + timedelta(days=9), round=1)

    with pytest.raises(Refused):
        services.key_in(late, COMPLETE, by=office)
    for nothing in ("", "   "):
        with pytest.raises(BadInput):
            services.admit_late(late, reason=nothing, by=office)
    with pytest.raises(Refused):
        services.admit_late(late, reason="Poststreik", by=make_person())
    admitted = services.admit_late(late, reason="Poststreik", by=office)

    assert (admitted.timeliness, admitted.late_reason) == ("admitted_late", "Poststreik")
    assert services.key_in(admitted, COMPLETE, by=office).entry.state == State.SUBMITTED
    with pytest.raises(Refused):
        services.admit_late(admitted, reason="noch einmal", by=office)


def test_only_the_office_registers_arrivals_and_none_from_the_future():
    competition = make_call()

    with pytest.raises(Refused):
        services.register_arrival(competition, channel="post", by=make_person())
    with pytest.raises(BadInput):
        services.register_arrival(competition, channel="post", by=None, arrived_at=OPEN + timedelta(hours=1))
    with pytest.raises(BadInput):
        services.register_arrival(competition, channel="post", by=None, postmarked_on=date(2017, 12, 1))

    assert Arrival.objects.count() == 0


def test_a_scan_must_be_a_pdf_or_a_picture():
    competition = make_call()
    office, arrival = make_office(competition), make_arrival(competition)

    with pytest.raises(BadInput):
        services.attach_scan(arrival, b"#!/bin/sh", by=office, name="scan.pdf")
    services.attach_scan(arrival, PDF, by=office)

    arrival.refresh_from_db()
    assert arrival.sha256 == hashlib.sha256(PDF).hexdigest()


def test_keying_in_can_be_begun_twice_without_a_second_entry():
    arrival = make_arrival()

    drafts = {services.start_key_in(arrival, by=None).pk for _ in range(2)}

    assert (len(drafts), Draft.objects.count()) == (1, 1)


# --- all at once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_hundred_clicks_at_once_make_one_submission():
    draft = make_draft(answers=COMPLETE)
    person, receipts, faults = draft.entry.contributors.get().person, [], []
    start = threading.Barrier(8)

    def click():
        try:
            start.wait()
            with clock.at(OPEN):
                for _ in range(12):
                    receipts.append(services.submit(Entry.objects.get(), by=person, number=1).receipt_number)
        except Exception as error:                                      # noqa: BLE001
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert (len(receipts), len(set(receipts))) == (96, 1)
    assert (Submission.objects.count(), Arrival.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(("other", "said"), [(False, "in einem anderen Fenster"), (True, "Jemand anderes")])
def test_a_collision_with_oneself_is_not_blamed_on_somebody_else(other, said):
    draft = make_draft(answers={"title": "eins"})
    person = draft.entry.contributors.get().person
    services.save_answer(draft, "title", 0, "zwei", by=None if other else person)

    with pytest.raises(services.Conflict, match=said):
        services.save_answer(draft, "title", 0, "drei", by=person, revision=1)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_never_overwrite_each_other_unseen():
    draft = make_draft(answers={"title": "Anfang"})
    person, start, outcomes = draft.entry.contributors.get().person, threading.Barrier(6), []

    def write(number):
        try:
            start.wait()
            with clock.at(OPEN):
                services.save_answer(Draft.objects.get(), "title", 0, f"Text {number}", by=person, revision=1)
            outcomes.append("saved")
        except services.Conflict:
            outcomes.append("conflict")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict"] * 5 + ["saved"]
    texts = {DraftAnswer.objects.get().value, *DraftAnswerRevision.objects.values_list("value", flat=True)}
    assert texts == {"Anfang", *(f"Text {number}" for number in range(6))}


def test_a_submission_takes_up_the_letters_of_intent_of_the_same_people():
    competition, person = make_call(), make_person()
    intent = record_intent(competition, applicant="Musterverein", person=person, by=make_office(competition))

    submission = make_submission(competition, by=person)

    intent.refresh_from_db()
    assert intent.entry == submission.entry


def test_picking_a_municipality_fills_the_head_of_the_draft_and_proposes_its_group():
    edition = make_edition()
    town = make_municipality(edition, legal_status="kreisfrei", land_code="BY", population=99_000)
    kreis = make_municipality(edition, legal_status="landkreis", land_code="NW")
    competition = make_competition(register_edition=edition)
    competition.groups.filter(code="main").update(legal_statuses=["kreisfrei"])
    make_group(competition, code="kreise", position=3, legal_statuses=["landkreis"])
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("where", Localized(de="Ort"), items=(
        Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality"),
    ))))))
    draft = make_draft(competition, municipality=town)
    entry = draft.entry
    assert (entry.land_code, entry.legal_status, entry.population, entry.group.code) == ("BY", "kreisfrei", 99_000, "main")

    services.fill_draft(draft, {"place": {"key": kreis.key, "name": kreis.name}}, by=None)
    entry.refresh_from_db()
    assert (entry.municipality, entry.land_code, entry.legal_status, entry.group.code) == (kreis, "NW", "landkreis", "kreise")
    services.fill_draft(draft, {"place": None}, by=None)
    entry.refresh_from_db()
    assert (entry.municipality, entry.group) == (None, None)


def test_the_population_that_an_application_names_is_its_own_and_that_of_the_register_decides_its_group():
    """The question says: leave empty to use the register's number. What is shown is the figure of the application."""
    competition, body = make_competition(), make_municipality(population=30_000)
    competition.groups.filter(is_special=False).update(condition="${register.population} < 20000")
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("where", Localized(de="Ort"), items=(
        Question("inhabitants", Type.INTEGER, Localized(de="Einwohnerinnen und Einwohner"), role="population"),
    ))))))
    draft = make_draft(competition, answers=COMPLETE | {"inhabitants": 12_345})
    entry, person = draft.entry, draft.entry.contributors.get().person
    entry.municipality, entry.legal_status, entry.population = body, body.legal_status, body.population
    entry.save()
    services.submit(entry, by=person)
    entry.refresh_from_db()
    assert (entry.population, entry.municipality) == (12_345, body)
    assert queries.applicant_facts(entry).register["register.population"] == 30_000
    assert entry.group is None

    services.save_answers(entry.draft, [services.Change("inhabitants", None)], by=person)
    services.submit(entry, by=person)
    entry.refresh_from_db()
    assert entry.population == 30_000


def test_a_draft_begins_with_the_municipality_that_was_picked_and_a_second_click_begins_no_other():
    place = Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality")
    competition = make_competition(applicant_kind="municipality")
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("where", items=(place,))))))
    body, person = make_municipality(key="05334002", name="Aachen"), make_person()

    with clock.at(OPEN):
        first, second = (services.start_draft(competition, by=person, municipality=body) for _click in range(2))
        services.save_answer(first, "title", 0, "Etwas", by=person)
        third = services.start_draft(competition, by=person, municipality=body)

    assert first.pk == second.pk != third.pk
    assert queries.draft_answers(third)["place", 0] == {
        "key": "05334002", "name": "Aachen", "land": "NW", "edition": body.edition.as_of.isoformat()}


def test_address_and_partners_that_nobody_registers_are_kept_folded_for_the_bias_and_go_with_the_answers():
    where = Section("where", Localized(de="Anschrift"), items=(
        Question("street", Type.TEXT, Localized(de="Straße"), role="street", personal_data="contact"),
        Question("postcode", Type.TEXT, Localized(de="PLZ"), role="postcode"), Question("town", Type.TEXT, Localized(de="Ort"), role="town"),
        Question("others", Type.TEXT, Localized(de="Mit wem?"), role="partner", personal_data="contact")))
    competition = make_competition()
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, where))))
    entry = make_submission(competition, answers={
        "street": "Hauptstr. 7", "postcode": "12345", "town": "Musterstadt", "others": "Verein Nachbarschaft e. V."}).entry
    juror = make_role(competition, "juror", employer="Nachbarschaft Verein").person
    screener = make_role(competition, "screener", addresses="Hauptstraße 7, 12345 Musterstadt").person
    assert [entry_queries.is_biased(one, entry) for one in (juror, screener)] == [True, True]
    assert entry.address_key == "12345 hauptstrasse7"
    assert entry.partner_keys == ["nachbarschaft verein"]
