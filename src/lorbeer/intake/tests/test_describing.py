"""Which photo a description in a form is of: what is not certain is quoted, and no licence goes to another photo."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lorbeer.intake import documents, queries, services
from lorbeer.intake.tests.factories import OPEN, make_draft, make_office
from lorbeer.intake.tests.test_enclosing import ABOUT, PHOTO, about, ask, call_with, mailed, photo, photos
from lorbeer.intake.tests.test_enclosing import while_open as while_open
from lorbeer.intake.tests.test_filling import blank, writer_of
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.tests.test_pdfform import filled_by_pikepdf
from lorbeer.shared import clock

pytestmark = pytest.mark.django_db
ALL = ABOUT | {"printable": True}


def put(arrival, *names):
    for name in names:
        services.assign_enclosure(arrival.enclosures.get(file__name=name), "photo", 0, by=make_office(arrival.competition))


@pytest.mark.parametrize("clicks", [("logo.jpg",), ("a.jpg", "logo.jpg"), ("logo.jpg", "b.jpg")])
def test_words_without_a_name_go_to_no_photo_when_several_came_whatever_is_clicked_first(clicks):
    arrival = mailed(call_with(PHOTO), ("a.jpg", photo()), ("b.jpg", photo("red")), ("logo.jpg", photo("blue")),
                     **about("", **ABOUT, printable="on"))

    put(arrival, *clicks)

    assert photos(arrival.entry.draft) == {name: {} for name in clicks}
    assert "nicht sicher" in arrival.mail.details[0]


@pytest.mark.parametrize("clicks", [("a.jpg", "b.jpg"), ("b.jpg", "a.jpg")])
def test_the_second_description_never_takes_the_photo_of_the_first_by_the_order_of_clicks(clicks):
    call = call_with(PHOTO, ask("other", Type.PHOTO, "jpg"))
    arrival = mailed(call, ("a.jpg", photo()), ("b.jpg", photo("red")), ("c.jpg", photo("blue")),
                     **about("image.jpg", **ABOUT), **about("", 2, credit="WESSEN", printable="on"))

    put(arrival, *clicks)

    assert photos(arrival.entry.draft) == {"a.jpg": {}, "b.jpg": {}}


def test_two_photos_of_one_name_are_never_guessed_at():
    arrival = mailed(call_with(PHOTO), ("image.jpg", photo()), ("image.jpg", photo("red")), **about("image.jpg", **ABOUT, printable="on"),
                     **about("image.jpg", 2, credit="B. Beispiel"))

    for row in reversed(arrival.enclosures.all()):
        services.assign_enclosure(row, "photo", 0, by=make_office(arrival.competition))

    assert [(one.get("credit"), one.get("printable")) for one in queries.draft_answers(arrival.entry.draft)["photo", 0]] == [(None, None)] * 2
    assert len([fault for fault in arrival.mail.details if "nicht sicher" in fault]) == 2


def test_a_photo_put_there_later_leaves_alone_what_was_said_of_the_others_since():
    arrival = mailed(call_with(PHOTO), ("photo_1.jpg", photo()), ("b.jpg", photo("red")), **about("", **ABOUT, printable="on"),
                     **about("b.jpg", 2, credit="B. Beispiel"))
    draft = arrival.entry.draft
    services.save_answer(draft, "photo", 0, [{part: fact for part, fact in one.items() if part not in ("printable", "caption")}
                                             for one in queries.draft_answers(draft)["photo", 0]], by=make_office(arrival.competition))
    services.set_aside_enclosure(arrival.enclosures.get(file__name="b.jpg"), by=make_office(arrival.competition))

    put(arrival, "b.jpg")

    left = {part: fact for part, fact in ABOUT.items() if part != "caption"}
    assert photos(draft) == {"photo_1.jpg": left, "b.jpg": {"credit": "B. Beispiel"}}


def test_a_name_that_begins_as_the_form_asks_says_by_its_number_which_description_is_meant():
    arrival = mailed(call_with(PHOTO), ("photo_2.jpg", photo("red")), ("photo_1.jpg", photo()),
                     **about("", **ABOUT, printable="on"), **about("", 2, credit="Zwei"))

    assert photos(arrival.entry.draft) == {"photo_1.jpg": ALL, "photo_2.jpg": {"credit": "Zwei"}}
    assert arrival.mail.details == []


def test_the_number_in_a_name_keeps_another_description_away():
    arrival = mailed(call_with(PHOTO), ("photo_2.jpg", photo("red")), **about("", **ABOUT, printable="on"))

    assert photos(arrival.entry.draft) == {"photo_2.jpg": {}}
    assert "nicht sicher" in arrival.mail.details[0]


@pytest.mark.parametrize("name", ["Platz, Sommer.jpg", "Platz; Sommer.jpg"])
def test_a_row_for_a_photo_holds_one_name_whatever_signs_are_in_it(name):
    arrival = mailed(call_with(PHOTO), (name, photo()), **about(name, **ABOUT, printable="on"))

    assert photos(arrival.entry.draft) == {name: ALL}
    assert arrival.mail.details == []


# --- the form that was made with the photos -----------------------------------------------------------------------------


def brought_back(changes, *there, later=None, **facts):
    """The draft, and what was said, after its own form came back with `changes`; `later`: done after the form was made."""
    competition = call_with(PHOTO)
    draft = make_draft(competition)
    for name, colour in there:
        services.attach_file(draft, "photo", 0, SimpleUploadedFile(name, photo(colour)), by=writer_of(draft), **facts)
    with clock.at(OPEN + timedelta(minutes=1)):
        form = documents.form_with_answers(draft, "de")
    with clock.at(OPEN + timedelta(minutes=2)):
        if later:
            later(draft)
        filling = services.fill_online(draft, pdfform.read(filled_by_pikepdf(form, changes)), by=writer_of(draft))
    return draft, filling.faults


@pytest.mark.parametrize(("before", "box"), [(True, "Off"), (False, "on")])
def test_in_ones_own_form_the_permission_to_print_is_given_and_taken_back(before, box):
    draft, faults = brought_back({"photo:printable": box}, ("a.jpg", "green"), printable=before, credit="A. Beispiel")

    assert photos(draft) == {"a.jpg": {"credit": "A. Beispiel"} | ({} if before else {"printable": True})}
    assert [fault for fault in faults if "a.jpg" in fault] == []


@pytest.mark.parametrize(("before", "box"), [(True, "Off"), (False, "on")])
def test_where_the_photos_changed_after_the_form_was_made_both_are_quoted(before, box):
    def say(draft):
        kept = queries.draft_answers(draft)["photo", 0]
        services.save_answer(draft, "photo", 0, [one | {"rights": "CC0"} for one in kept], by=writer_of(draft))

    draft, faults = brought_back({"photo:printable": box}, ("a.jpg", "green"), later=say, printable=before)

    assert photos(draft) == {"a.jpg": {"rights": "CC0"} | ({"printable": True} if before else {})}
    assert len([fault for fault in faults if "„a.jpg“: Im Bogen ist" in fault]) == 1


@pytest.mark.parametrize(("before", "box", "said"), [(False, "on", 1), (True, "Off", 0)])
def test_a_form_not_made_with_the_photos_permits_nothing_that_was_not_permitted_and_forbids_nothing(before, box, said):
    competition = call_with(PHOTO)
    draft = make_draft(competition)
    services.attach_file(draft, "photo", 0, SimpleUploadedFile("a.jpg", photo()), by=writer_of(draft), printable=before)
    form = filled_by_pikepdf(blank(competition), about("a.jpg", printable=box))

    filling = services.fill_online(draft, pdfform.read(form), by=writer_of(draft))

    assert photos(draft) == {"a.jpg": {"printable": True} if before else {}}
    assert len([fault for fault in filling.faults if "„a.jpg“" in fault]) == said


def test_in_ones_own_form_the_row_says_which_of_two_photos_of_one_name_is_meant():
    draft, _faults = brought_back({"photo:credit": "Eins", "photo:credit~2": "Zwei"}, ("image.jpg", "green"), ("image.jpg", "red"))

    assert [one["credit"] for one in queries.draft_answers(draft)["photo", 0]] == ["Eins", "Zwei"]


def test_a_form_that_only_describes_photos_is_not_called_empty():
    competition = call_with(PHOTO)
    draft = make_draft(competition)
    services.attach_file(draft, "photo", 0, SimpleUploadedFile("a.jpg", photo()), by=writer_of(draft))
    form = filled_by_pikepdf(blank(competition), about("a.jpg", credit="A. Beispiel"))

    filling = services.fill_online(draft, pdfform.read(form), by=writer_of(draft))

    assert (photos(draft), filling.faults) == ({"a.jpg": {"credit": "A. Beispiel"}}, [])
    assert pdfform.read(blank(competition)).faults == ["Es ist nichts ausgefüllt."]
