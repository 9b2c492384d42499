"""Two people key in what came on paper, the second without seeing the first; only what is settled is handed in."""

import dataclasses
import io
import re

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import State
from lorbeer.entries.tests.factories import make_contributor
from lorbeer.intake import keying, keying_views, queries, services
from lorbeer.intake.models import Keying
from lorbeer.intake.tests.factories import COMPLETE, FORM, make_arrival, make_call, make_office, make_person, make_role
from lorbeer.questionnaire.definition import CHOOSING, Choice, Form, Group, Question, Repeat, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.tests.factories import make_municipality
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.log import attested
from lorbeer.shared.models import LogEvent
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
TYPED = COMPLETE | {"agreed": "yes", "partner_name": "Stadt Muster"}


def picture():
    out = io.BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG")
    return out.getvalue()


class Desk:
    """A letter in a call that asks for two keyings, and three people who can work at the desk."""

    def __init__(self, channel="post", **facts):
        self.competition = make_call(paper_keyed_twice=True, **facts)
        self.first, self.second, self.third = (make_office(self.competition) for _number in range(3))
        self.arrival = make_arrival(self.competition, self.first, channel=channel, sender="Verein Beispiel")

    def begin(self):
        self.draft = services.start_key_in(self.arrival, by=self.first)
        self.arrival.refresh_from_db()
        return self

    def key_first(self, answers=TYPED):
        self.begin()
        services.fill_draft(self.draft, answers, by=self.first)
        services.finish_first_keying(self.keying, by=self.first)
        return self

    def key_second(self, answers=TYPED):
        services.begin_second_keying(self.keying, by=self.second)
        services.save_second_keying(self.keying, services.as_changes(answers), by=self.second)
        return services.finish_second_keying(self.keying, by=self.second)

    @property
    def keying(self):
        return keying.keying_of(self.draft.entry)

    def address(self, name, *more):
        return reverse(f"intake:{name}", args=[self.competition.code, self.arrival.number, *more])


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def test_two_alike_keyings_are_settled_at_once_and_can_be_handed_in():
    desk = Desk().key_first(TYPED | {"applicant": "Verein Beispiel"})

    assert desk.key_second(TYPED | {"applicant": "Verein Beispiel"}).settled_at
    submission = services.submit_keyed(desk.draft.entry, by=desk.third)

    assert submission.entry.state == State.SUBMITTED
    assert queries.document_of(submission).by_role("title") == "Ein Garten für alle"
    assert attested("intake") == []


def test_every_difference_is_decided_by_a_third_look_with_who_and_when():
    desk = Desk().key_first(TYPED | {"applicant": "Verein A", "contact_email": "a@example.org"})
    settled = desk.key_second(TYPED | {"applicant": "Verein B", "title": "Ein Garten für alles", ("project", 0): 1,
                                       ("project_title", 1): "Beete"})
    found = {one.question: one for one in desk.keying.differences.all()}

    assert settled.settled_at is None
    assert set(found) == {"applicant", "title", "contact_email", "project", "project_title"}
    with pytest.raises(Refused):
        services.submit_keyed(desk.draft.entry, by=desk.third)
    services.decide_difference(found["applicant"], "second", by=desk.third)
    services.decide_difference(found["title"], "neither", by=desk.third, value="Ein Garten für alle Leute")
    services.decide_difference(found["contact_email"], "first", by=desk.third)
    services.decide_difference(found["project"], "second", by=desk.third)
    assert desk.keying.settled_at is None
    last = services.decide_difference(found["project_title"], "second", by=desk.third)

    assert (last.decided_by, last.choice) == (desk.third, "second")
    assert last.decided_at
    assert desk.keying.settled_at
    assert queries.draft_answers(desk.draft) == {
        (name, 0): value for name, value in TYPED.items()} | {
        ("applicant", 0): "Verein B", ("title", 0): "Ein Garten für alle Leute", ("contact_email", 0): "a@example.org",
        ("project", 0): 1, ("project_title", 1): "Beete"}
    with pytest.raises(Refused):                                        # decided is decided
        services.decide_difference(found["applicant"], "first", by=desk.third)
    assert services.submit_keyed(desk.draft.entry, by=desk.third)
    assert attested("intake") == []


def test_what_was_changed_after_both_keyings_is_not_handed_in_as_if_it_stood_on_paper():
    desk = Desk().key_first(TYPED | {"applicant": "Verein Beispiel"})
    desk.key_second(TYPED | {"applicant": "Verein Beispiel"})
    contact = make_person()
    make_contributor(desk.draft.entry, contact, is_contact=True)
    with pytest.raises(Refused):                                        # who is invited to it writes only what has been handed in
        services.save_answer(desk.draft, "title", 0, "Nachgebessert", by=contact)
    services.submit_keyed(desk.draft.entry, by=desk.third)
    services.save_answer(desk.draft, "title", 0, "Nachgebessert", by=contact)

    with pytest.raises(Refused):
        services.submit_keyed(desk.draft.entry, by=desk.third)
    with pytest.raises(Refused):                                        # nor by the machine
        services.submit_keyed(desk.draft.entry, by=None)
    assert services.submit(desk.draft.entry, by=contact).arrival.channel == "online"


@pytest.mark.once
def test_the_first_is_never_the_second():
    desk = Desk().key_first()

    with pytest.raises(Refused):
        services.begin_second_keying(desk.keying, by=desk.first)
    with pytest.raises(IntegrityError), transaction.atomic():           # nor past the service
        Keying.objects.filter(pk=desk.keying.pk).update(second_by=desk.first)


@pytest.mark.once
def test_nor_is_anybody_to_whom_the_first_keying_was_opened_by_taking_it_over():
    desk = Desk().begin()
    services.take_over_keying(desk.keying, by=desk.third, reason="krank")
    services.take_over_keying(desk.keying, by=desk.second, reason="Urlaub")
    services.fill_draft(desk.draft, TYPED, by=desk.second)
    services.finish_first_keying(desk.keying, by=desk.second)

    for person in (desk.first, desk.second, desk.third):                # the third has read it and written nothing
        assert not keying.can_key_second(person, desk.keying)
        assert keying.waiting_second(person, desk.competition) == []
    assert keying.can_key_second(make_office(desk.competition), desk.keying)


@pytest.mark.once
def test_nor_is_anybody_who_has_written_in_the_draft_before_another_took_it_over():
    desk = Desk().begin()
    services.fill_draft(desk.draft, {"title": "Angefangen"}, by=desk.first)
    with pytest.raises(BadInput):
        services.take_over_keying(desk.keying, by=desk.third, reason=" ")
    services.take_over_keying(desk.keying, by=desk.third, reason="krank")
    services.fill_draft(desk.draft, TYPED, by=desk.third)
    services.finish_first_keying(desk.keying, by=desk.third)

    for person in (desk.first, desk.third):
        with pytest.raises(Refused):
            services.begin_second_keying(desk.keying, by=person)
    assert services.begin_second_keying(desk.keying, by=desk.second).second_by == desk.second
    assert attested("intake") == []


@pytest.mark.once
def test_the_second_begins_only_after_the_first_has_finished():
    desk = Desk().begin()

    with pytest.raises(Refused):
        services.begin_second_keying(desk.keying, by=desk.second)
    with pytest.raises(Refused):
        services.finish_first_keying(desk.keying, by=desk.second)
    services.finish_first_keying(desk.keying, by=desk.first)
    with pytest.raises(Refused):                                        # nothing is changed behind the second's back
        services.fill_draft(desk.draft, {"title": "Später"}, by=desk.first)
    with pytest.raises(Refused):
        services.finish_second_keying(desk.keying, by=desk.second)


@pytest.mark.once
@pytest.mark.parametrize("person", ["second", "third", "lead"])
def test_nobody_else_sees_the_first_keying_before_the_second_is_finished(person):
    desk = Desk()
    desk.lead = make_role(desk.competition, "office_lead").person
    desk.key_first(TYPED | {"title": "Geheimer Titel"})
    services.attach_scan(desk.arrival, blank(), by=desk.first)
    entry, reader = desk.draft.entry, getattr(desk, person)
    client = signed_in(reader)

    assert not entry_rules.can_read_draft(reader, entry)
    if person == "second":
        services.begin_second_keying(desk.keying, by=reader)
        assert "scan.pdf" in client.get(desk.address("keying_second")).content.decode()
    for address in [
        reverse("intake:entry_show", args=[desk.competition.code, entry.code]),
        reverse("intake:section_edit", args=[desk.competition.code, entry.code, "basics"]),
        reverse("intake:entry_preview", args=[desk.competition.code, entry.code]), desk.address("keying_compare"),
        reverse("entries:entry_list", args=[desk.competition.code]), reverse("intake:arrival_list", args=[desk.competition.code]),
        reverse("entries:entry_show", args=[desk.competition.code, entry.code]), desk.address("arrival_show"),
        desk.address("keying_second"), desk.address("keying_section", "basics"),
    ]:
        assert "Geheimer" not in client.get(address).content.decode(), address
    own = signed_in(desk.first).get(reverse("intake:entry_preview", args=[desk.competition.code, entry.code]))
    assert "Geheimer" in own.content.decode()


def blank():
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.new("L", (40, 60), 255).save(written, "PDF")
    return written.getvalue()


@pytest.mark.once
def test_handing_in_waits_for_each_step_whoever_asks():
    desk = Desk().begin()
    entry = desk.draft.entry
    services.fill_draft(desk.draft, TYPED, by=desk.first)

    def refused():
        for by in (desk.first, desk.second, None):
            with pytest.raises(Refused):
                services.submit_keyed(entry, by=by)
        return True

    assert refused()
    services.finish_first_keying(desk.keying, by=desk.first)
    assert refused()
    services.begin_second_keying(desk.keying, by=desk.second)
    assert refused()
    services.save_second_keying(desk.keying, services.as_changes(TYPED | {"title": "Anders"}), by=desk.second)
    services.finish_second_keying(desk.keying, by=desk.second)
    assert refused()
    with pytest.raises(Refused):
        services.key_in(make_arrival(desk.competition, desk.first), COMPLETE, by=desk.first)


@pytest.mark.once
def test_who_may_close_a_letter_that_is_keyed_in_blind_is_said_with_the_way_to_it():
    desk = Desk()
    desk.begin()
    page = signed_in(desk.second).get(desk.address("arrival_show")).content.decode()
    assert desk.address("arrival_close") not in page
    assert f"Bitten Sie {desk.first}, ihn zu schließen, oder übernehmen Sie die Erfassung" in page
    with pytest.raises(Refused, match="übernehmen Sie die Erfassung"):
        services.close_arrival(desk.arrival, by=desk.second, reason="doppelt")
    services.finish_first_keying(desk.keying, by=desk.first)
    with pytest.raises(Refused, match="Sobald die zweite Erfassung"):
        services.close_arrival(desk.arrival, by=desk.second, reason="doppelt")
    services.close_arrival(desk.arrival, by=desk.first, reason="doppelt")
    desk.draft.entry.refresh_from_db()
    assert desk.draft.entry.state == "withdrawn"


@pytest.mark.once
def test_what_is_settled_stays_and_is_changed_only_by_two_anew():
    desk = Desk().key_first()
    desk.key_second(TYPED | {"applicant": "Verein Beispiel"})
    services.submit_keyed(desk.draft.entry, by=desk.third)
    for person in (desk.first, desk.second, desk.third):
        with pytest.raises(Refused):
            services.fill_draft(desk.draft, {"title": "Heimlich"}, by=person)

    with pytest.raises(BadInput):
        services.key_anew(desk.keying, by=desk.second, reason="")
    services.key_anew(desk.keying, by=desk.second, reason="Nachreichung vom 5. Oktober")
    services.fill_draft(desk.draft, {"title": "Nachgereicht"}, by=desk.second)
    with pytest.raises(Refused):
        services.submit_keyed(desk.draft.entry, by=desk.third)
    services.finish_first_keying(desk.keying, by=desk.second)
    with pytest.raises(Refused):
        services.begin_second_keying(desk.keying, by=desk.second)
    services.begin_second_keying(desk.keying, by=desk.first)            # who was first before may be the second now
    services.save_second_keying(
        desk.keying, services.as_changes(TYPED | {"applicant": "Verein Beispiel", "title": "Nachgereicht"}), by=desk.first)
    services.finish_second_keying(desk.keying, by=desk.first)

    assert services.submit_keyed(desk.draft.entry, by=desk.third).number == 2
    assert attested("intake") == []


@pytest.mark.once
def test_somebody_else_takes_the_second_keying_over_with_a_reason_and_begins_anew():
    desk = Desk().key_first()
    services.begin_second_keying(desk.keying, by=desk.second)
    services.save_second_keying(desk.keying, services.as_changes(TYPED), by=desk.second)

    with pytest.raises(BadInput):
        services.begin_second_keying(desk.keying, by=desk.third)
    services.begin_second_keying(desk.keying, by=desk.third, reason="im Urlaub")

    assert desk.keying.answers == []
    with pytest.raises(Refused):
        services.save_second_keying(desk.keying, services.as_changes(TYPED), by=desk.second)


@pytest.mark.once
@pytest.mark.parametrize("twice_and_channel", [(False, "post"), (True, "email")])
def test_where_the_call_does_not_ask_for_it_one_keying_is_enough(twice_and_channel):
    twice, channel = twice_and_channel
    competition = make_call(paper_keyed_twice=twice)
    office = make_office(competition)

    assert services.key_in(make_arrival(competition, office, channel=channel), COMPLETE, by=office)
    assert not Keying.objects.exists()


@pytest.mark.once
def test_strangers_and_other_competitions_have_no_part_in_it():
    desk = Desk().key_first()
    elsewhere = make_office(make_call())

    for person in (make_person(), elsewhere):
        for name in ("keying_begin", "keying_second", "keying_compare", "keying_take_over", "keying_anew"):
            assert signed_in(person).get(desk.address(name)).status_code == 404
        with pytest.raises(Refused):
            services.begin_second_keying(desk.keying, by=person)


@pytest.mark.once
def test_the_log_tells_each_step_and_no_answer():
    desk = Desk().key_first(TYPED | {"title": "Geheimer Titel"})
    desk.key_second()

    events = LogEvent.objects.filter(verb__startswith="keying.").order_by("pk")
    assert [event.verb for event in events] == ["keying.begin", "keying.finish_first", "keying.begin_second", "keying.finish_second"]
    assert events.last().detail["differences"] == [["title", 0], ["applicant", 0]]
    assert "Geheim" not in str([event.detail for event in events])
    Keying.objects.update(second_by=desk.third)
    assert [fault.table for fault in attested("intake")] == ["intake_keying"]


@pytest.mark.once
def test_files_are_not_compared_and_blanks_are_no_difference():
    assert FORM.question("attachment").type == Type.FILE
    assert keying.differences(FORM, {("attachment", 0): [{"code": "a"}], ("title", 0): ""}, {("title", 0): None}) == []


@pytest.mark.once
def test_on_screen_from_the_letter_to_the_receipt():
    desk = Desk()
    first, second, third = signed_in(desk.first), signed_in(desk.second), signed_in(desk.third)
    services.attach_scan(desk.arrival, ContentFile(blank(), name="brief.pdf"), by=desk.first)
    form = first.post(desk.address("arrival_key_in")).headers["Location"]
    first.post(f"{form}sections/basics/", {"title": "Ein Garten für alle", "applicant": "Verein Beispiel", "agreed": "no"})
    assert "Erste Erfassung ist fertig" in first.get(form).content.decode()
    assert third.get(form).status_code == 403
    first.post(desk.address("keying_finish"))

    assert "brief.pdf" in second.post(desk.address("keying_begin"), follow=True).content.decode()
    section = desk.address("keying_section", "basics")
    assert "Ein Garten" not in second.get(section).content.decode()
    second.post(section, {"title": "Ein Garten für <b>alles</b>", "applicant": "Verein Beispiel", "agreed": "no"})
    page = second.post(desk.address("keying_complete"), follow=True).content.decode()
    assert "Ein Garten für <mark>alle</mark>" in page
    assert "<mark>&lt;b&gt;alles&lt;/b&gt;</mark>" in page

    token = re.search(r'name="token" value="([^"]+)"', third.get(desk.address("keying_compare")).content.decode())[1]
    assert third.post(desk.address("keying_decide"), {"token": token, "choice": ""}, follow=True).status_code == 200
    third.post(desk.address("keying_decide"), {"token": token, "choice": "first"})
    assert third.post(f"{form}submit/", {"number": 1}, follow=True).status_code == 200

    desk.arrival.refresh_from_db()
    assert desk.arrival.entry.state == State.SUBMITTED
    assert desk.arrival.entry.title == "Ein Garten für alle"


def test_the_second_keying_asks_once_before_a_filled_place_goes():
    desk = Desk().key_first(ALIKE)
    services.begin_second_keying(desk.keying, by=desk.second)
    services.save_second_keying(desk.keying, services.as_changes({("project", 0): 1, ("project_title", 1): "Garten"}), by=desk.second)
    client, section = signed_in(desk.second), desk.address("keying_section", "projects")

    asked = client.post(section, {"_remove_place": "project:1"})
    desk.keying.refresh_from_db()
    assert ("project_title", 1) in keying.second_answers(desk.keying)
    assert "Garten" in client.get(asked.url).content.decode()
    client.post(section, {"_remove_place": "project:1", "_confirmed": "yes"})
    desk.keying.refresh_from_db()
    assert keying.second_answers(desk.keying) == {("project", 0): 0}


@pytest.mark.once
def test_in_the_second_keying_texts_and_buttons_of_an_older_page_mean_the_project_that_it_showed():
    desk = Desk().key_first(ALIKE)
    services.begin_second_keying(desk.keying, by=desk.second)
    services.save_second_keying(desk.keying, services.as_changes(
        {("project", 0): 2, ("project_title", 1): "A", ("project_title", 2): "B"}), by=desk.second)
    client, section = signed_in(desk.second), desk.address("keying_section", "projects")

    def page(query=""):
        shown, sent = client.get(f"{section}{query}").content.decode(), ["_asked", "_places"] + ["_remove_place", "_confirmed"] * bool(query)
        return {name: re.findall(rf'name="{name}" value="([^"]+)"', shown) for name in sent}

    def titles():
        return [value for _key, value in sorted(keying.second_answers(desk.keying).items())]

    older, question = page(), page("?remove=project:1")
    client.post(section, page() | {"project_title__1": "A neu", "project_title__2": "B"})
    assert client.post(section, question).url == f"{section}?remove=project:1"              # it did not show that
    assert titles() == [2, "A neu", "B"]
    question = page("?remove=project:1")
    for _click in range(2):
        client.post(section, question)
    assert titles() == [1, "B"]

    client.post(section, older | {"project_title__1": "A anders", "project_title__2": "B neu"})
    assert titles() == [1, "B neu"]
    assert "darum ließ sich „A anders“ dort nicht speichern" in client.get(section).content.decode()


def test_in_two_windows_of_the_second_keying_neither_answer_wins_unseen():
    desk = Desk().key_first()
    services.begin_second_keying(desk.keying, by=desk.second)
    client, section = signed_in(desk.second), desk.address("keying_section", "basics")

    def page():
        return {"_asked": re.findall(r'name="_asked" value="([^"]+)"', client.get(section).content.decode()), "_stay": "yes"}

    def told():
        return {name: value for (name, _place), value in keying.second_answers(desk.keying).items()}

    one, other = page(), page()
    client.post(section, one | {"title": "Ein Garten", "applicant": "Verein A"})
    answer = client.post(section, other | {"title": "Ein Park", "applicant": "Verein A", "agreed": "no"})

    shown = answer.content.decode()
    assert (answer.status_code, told()) == (422, {"title": "Ein Garten", "applicant": "Verein A", "agreed": "no"})
    assert "Dort steht: „Ein Garten“" in shown
    assert 'value="Ein Park"' in shown
    again = {"_asked": re.findall(r'name="_asked" value="([^"]+)"', shown), "_stay": "yes"}
    client.post(section, again | {"title": "Ein Park", "applicant": "Verein B", "agreed": "no"})
    assert told() == {"title": "Ein Park", "applicant": "Verein B", "agreed": "no"}         # both were seen, and that is what the scan says


def test_what_a_page_with_a_fault_saved_is_no_answer_of_another_window():
    desk = Desk().key_first()
    services.begin_second_keying(desk.keying, by=desk.second)
    client, section = signed_in(desk.second), desk.address("keying_section", "rest")
    shown = client.get(section).content.decode()
    for amount in ("7", "8"):                                           # the page that comes back is the one that sends next
        asked = re.findall(r'name="_asked" value="([^"]+)"', shown)
        shown = client.post(section, {"amount": amount, "contact_email": "kaputt", "_asked": asked}).content.decode()
        assert "anderen Fenster" not in shown
    assert keying.second_answers(desk.keying)["amount", 0] == 8


def test_a_word_that_is_mended_on_the_page_that_refused_it_is_no_answer_of_another_window():
    desk = Desk().key_first()
    services.begin_second_keying(desk.keying, by=desk.second)
    client, section = signed_in(desk.second), desk.address("keying_section", "rest")
    shown = client.get(section).content.decode()
    for amount in ("viele", "8"):
        shown = client.post(section, {"amount": amount, "_asked": re.findall(r'name="_asked" value="([^"]+)"', shown)}).content.decode()
    assert "anderen Fenster" not in shown
    assert keying.second_answers(desk.keying)["amount", 0] == 8


def test_a_decision_taken_on_an_old_page_does_not_overrule_another():
    desk = Desk().key_first(TYPED | {"title": "Garten", "applicant": "A"})
    desk.key_second(TYPED | {"title": "Gärten", "applicant": "B"})
    one, two = signed_in(desk.first), signed_in(desk.third)
    url = desk.address("keying_compare")
    page = one.get(url).content.decode()
    token, seen = (re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("token", "seen"))
    two.post(desk.address("keying_decide"), {"token": token, "seen": seen, "choice": "first"})
    told = one.post(desk.address("keying_decide"), {"token": token, "seen": seen, "choice": "second"}, follow=True).content.decode()

    assert str(desk.third) in told
    assert "Ihre Entscheidung wurde nicht übernommen" in told
    decided = desk.keying.differences.exclude(choice="").get()
    assert (decided.choice, decided.decided_by) == ("first", desk.third)
    one.post(desk.address("keying_decide"), {"token": token, "seen": decided.revision, "choice": "second"})
    decided.refresh_from_db()
    assert (decided.choice, decided.decided_by) == ("second", desk.first)


@pytest.mark.once
def test_the_row_of_a_matrix_is_named_with_its_question():
    rows = (Question("row", Type.YES_NO, Localized(de="Schulen")),)
    form = Form(sections=(Section("s", items=(Group("m", Localized(de="Wer war beteiligt?"), appearance="table-list", items=rows),)),))
    assert keying_views._label(form, "row") == "Wer war beteiligt? – Schulen"


def test_the_municipality_that_was_decided_names_the_applicant_as_it_does_online_and_nothing_unread_is_left():
    place = Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality")
    desk = Desk(applicant_kind="municipality")
    publish(add_version(desk.competition, dataclasses.replace(FORM, sections=(Section("where", items=(place,)), *(
        dataclasses.replace(section, items=tuple(item for item in section.items if item.name != "applicant")) for section in FORM.sections)))))
    body = make_municipality(key="06631009", name="Fulda, Stadt")
    desk.draft = services.start_key_in(desk.arrival, by=desk.first, applicant="Mueller")
    desk.arrival.refresh_from_db()
    services.fill_draft(desk.draft, TYPED, by=desk.first)
    services.keep_unread(desk.draft, by=desk.first, judged=["place"], typed={"place": "Mueller"})
    services.finish_first_keying(desk.keying, by=desk.first)
    desk.key_second(TYPED | {"place": {"key": body.key, "name": body.name}})
    desk.draft.entry.refresh_from_db()
    assert desk.draft.entry.applicant == "Mueller"                      # nothing is told before it is decided

    services.decide_difference(desk.keying.differences.get(), "second", by=desk.third)

    assert queries.unread_texts(desk.draft, desk.first) == {}
    desk.draft.entry.refresh_from_db()
    assert (desk.draft.entry.applicant, desk.draft.entry.municipality) == ("Fulda, Stadt", body)
    assert services.submit_keyed(desk.draft.entry, by=desk.third).entry.applicant == "Fulda, Stadt"


KINDS = {
    Type.INTEGER: (5, 6, {"": "7"}, 7), Type.DECIMAL: ("1.5", "2.5", {"": "3,5"}, "3.5"),
    Type.DATE: ("2017-10-01", "2017-10-02", {"": "3.10.2017"}, "2017-10-03"), Type.TIME: ("10:00", "11:00", {"": "12:30"}, "12:30"),
    Type.SINGLE: ("a", "b", {"": "c"}, "c"), Type.MULTI: (["a"], ["b"], {"": ["a", "c"]}, ["a", "c"]),
    Type.ADDRESS: ({"town": "Celle"}, {"town": "Peine"}, {"--town": "Unna", "--postcode": "59423", "--street": "", "--recipient": ""},
                   {"town": "Unna", "postcode": "59423"}),
    Type.MUNICIPALITY: ({"key": "06631009"}, None, {"": "Unna"}, "05978036"), Type.ACKNOWLEDGE: (True, None, {}, None),
    Type.EMAIL: ("a@example.org", "b@example.org", {"": "c@example.org"}, "c@example.org"), Type.LONG_TEXT: ("a", "b", {"": "c\nd"}, "c\nd"),
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_where_both_are_wrong_what_stands_on_paper_is_keyed_in_whatever_kind_of_answer_it_is(kind):
    first, second, typed, right = KINDS[kind]
    choices = tuple(Choice(code, Localized(de=code)) for code in "abc") if kind in CHOOSING else ()
    asked = Question("asked", kind, Localized(de="Gefragt"), choices=choices, list_name="abc" if choices else "", relevant="${title} != 'x'")
    desk = Desk()
    publish(add_version(desk.competition, dataclasses.replace(
        FORM, lists={**FORM.lists, "abc": choices} if choices else FORM.lists, sections=(*FORM.sections, Section("more", items=(asked,))))))
    make_municipality(key="05978036", name="Unna, Stadt")
    same = TYPED | {"applicant": "Verein Beispiel"}
    desk.key_first(same | {"asked": first})
    desk.key_second(same | ({"asked": second} if second is not None else {}))
    client = signed_in(desk.third)
    page = client.get(desk.address("keying_compare")).content.decode()
    token, seen = (re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("token", "seen"))
    name = f"third-{desk.keying.differences.get().pk}"
    facts = {"token": token, "seen": seen, "choice": "neither", "_asked": re.search(r'name="_asked" value="([^"]*)"', page)[1]}
    assert 'id="b-' + name + '"' in page

    if kind in (Type.INTEGER, Type.DATE, Type.MUNICIPALITY):
        refused = client.post(desk.address("keying_decide"), facts | {name: "gar nichts davon"})
        assert refused.status_code == 422
        assert 'value="gar nichts davon"' in refused.content.decode()
        assert desk.keying.settled_at is None
    answer = client.post(desk.address("keying_decide"), facts | {f"{name}{part}": text for part, text in typed.items()})

    assert answer.status_code == 302
    assert desk.keying.settled_at
    kept = queries.draft_answers(desk.draft).get(("asked", 0))
    assert (kept["key"] if kind == Type.MUNICIPALITY else kept) == right


def test_where_both_miscounted_a_repeat_the_right_number_is_keyed_in_within_its_bounds():
    desk = Desk().key_first(TYPED | {("project", 0): 1})
    desk.key_second(TYPED | {("project", 0): 0})
    difference = desk.keying.differences.get(question="project")
    for wrong in ("9999", "-1", "zwei"):
        with pytest.raises(BadInput):
            services.decide_difference(difference, "neither", by=desk.third, value=wrong)

    services.decide_difference(difference, "neither", by=desk.third, value="2")

    assert queries.draft_answers(desk.draft)["project", 0] == 2


ALIKE = TYPED | {"applicant": "Verein Beispiel"}


def decide(desk, question, value, place=0):
    services.decide_difference(desk.keying.differences.get(question=question, place=place), "neither", by=desk.third, value=value)


def test_what_a_third_look_opens_is_keyed_in_before_it_is_settled():
    desk = Desk().key_first(ALIKE | {("project", 0): 1, ("project_title", 1): "Eins"})
    desk.key_second(ALIKE | {("project", 0): 0})
    decide(desk, "project", "2")
    decide(desk, "project_title", "Eins", 1)

    assert desk.keying.settled_at is None
    with pytest.raises(Refused):
        services.submit_keyed(desk.draft.entry, by=desk.third)
    page = signed_in(desk.third).get(desk.address("keying_compare")).content.decode()
    assert "Das wird erst durch die Entscheidung gefragt" in page
    decide(desk, "project_title", "Zwei", 2)

    assert desk.keying.settled_at
    answers = queries.draft_answers(desk.draft)
    assert (answers["project_title", 1], answers["project_title", 2]) == ("Eins", "Zwei")
    assert services.submit_keyed(desk.draft.entry, by=desk.third)
    assert attested("intake") == []


@pytest.mark.parametrize(("choice", "projects"), [("second", []), ("first", ["Eins"])])
def test_how_many_projects_there_are_is_decided_by_that_alone_and_not_by_what_stands_in_one(choice, projects):
    desk = Desk().key_first(ALIKE | {("project", 0): 1, ("project_title", 1): "Eins"})
    desk.key_second(ALIKE)                                              # who found none there said nothing
    services.decide_difference(desk.keying.differences.get(question="project"), choice, by=desk.third)
    services.decide_difference(desk.keying.differences.get(question="project_title"), "first", by=desk.third)
    assert desk.keying.settled_at
    document = queries.document_of(services.submit_keyed(desk.draft.entry, by=desk.third))
    assert [value for (name, _place), value in document.answers.items() if name == "project_title" and value] == projects
    assert attested("intake") == []


def test_what_was_opened_is_asked_no_more_when_the_decision_is_taken_back():
    desk = Desk().key_first(TYPED | {("project", 0): 1, ("project_title", 1): "Eins", "applicant": "A"})
    desk.key_second(TYPED | {("project", 0): 0, "applicant": "B"})
    services.decide_difference(desk.keying.differences.get(question="applicant"), "first", by=desk.third)
    services.decide_difference(desk.keying.differences.get(question="project_title"), "first", by=desk.third)
    decide(desk, "project", "2")
    assert desk.keying.differences.filter(choice="").get().place == 2

    services.decide_difference(desk.keying.differences.get(question="project"), "first", by=desk.third)

    assert not desk.keying.differences.filter(place=2).exists()
    assert desk.keying.settled_at
    assert ("project_title", 2) not in queries.draft_answers(desk.draft)
    assert attested("intake") == []


def test_a_question_that_neither_was_asked_may_stay_empty_once_somebody_has_looked():
    options = tuple(Choice(code, Localized(de=code)) for code in "abc")
    asked = (Question("kind", Type.SINGLE, Localized(de="Art"), choices=options, list_name="abc"),
             Question("more", Type.TEXT, Localized(de="Welche?"), relevant="${kind} = 'c'"))
    desk = Desk()
    publish(add_version(desk.competition, dataclasses.replace(
        FORM, lists={**FORM.lists, "abc": options}, sections=(*FORM.sections, Section("last", items=asked)))))
    desk.key_first(ALIKE | {"kind": "a"})
    desk.key_second(ALIKE | {"kind": "b"})
    decide(desk, "kind", "c")
    assert desk.keying.settled_at is None

    decide(desk, "more", None)

    assert desk.keying.settled_at
    assert attested("intake") == []


def test_what_was_keyed_in_at_a_decision_is_shown_and_stands_in_the_field_when_it_is_opened_again():
    desk = Desk().key_first(TYPED | {"applicant": "Verein A", "contact_email": "a@example.org"})
    desk.key_second(TYPED | {"applicant": "Verein B", "contact_email": "b@example.org"})
    decide(desk, "applicant", "Verein Zebra")
    client, row = signed_in(desk.second), desk.keying.differences.get(question="applicant")

    page = client.get(desk.address("keying_compare")).content.decode()
    assert re.findall(rf'name="third-{row.pk}" value="([^"]*)"', page) == ["Verein Zebra"]
    assert "<p>Verein Zebra</p>" in page
    services.decide_difference(desk.keying.differences.get(question="contact_email"), "first", by=desk.third)
    assert "<p>Verein Zebra</p>" in client.get(desk.address("keying_compare")).content.decode()


def test_nobody_is_offered_to_put_a_photo_to_a_question_who_would_be_refused():
    photo = Question("photo", Type.PHOTO, Localized(de="Foto"))
    desk = Desk()
    publish(add_version(desk.competition, dataclasses.replace(FORM, sections=(*FORM.sections, Section("pictures", items=(photo,))))))
    services.attach_scan(desk.arrival, ContentFile(picture(), name="foto.jpg"), by=desk.first)
    desk.begin()
    shown, file = desk.address("arrival_show"), desk.arrival.files.get()

    def offered(person):
        """Whether there is a button, and what the address answers."""
        client = signed_in(person)
        page = client.get(shown).content.decode()
        code = client.post(desk.address("enclosure_assign", file.code), {"_question": "photo:0"}).status_code
        return 'value="photo:0"' in page, code != 403

    assert offered(desk.second) == (False, False)
    services.fill_draft(desk.draft, ALIKE, by=desk.first)
    assert 'value="photo:0"' in signed_in(desk.first).get(shown).content.decode()
    services.finish_first_keying(desk.keying, by=desk.first)
    assert offered(desk.first) == (False, False)
    services.begin_second_keying(desk.keying, by=desk.second)
    assert offered(desk.second) == (False, False)
    assert desk.key_second(ALIKE).settled_at
    assert offered(desk.third) == (True, True)


@pytest.mark.once
def test_a_photo_that_was_scanned_after_both_keyings_is_put_in_its_place_and_nothing_is_keyed_in_again():
    photo = Question("photo", Type.PHOTO, Localized(de="Foto"))
    desk = Desk()
    publish(add_version(desk.competition, dataclasses.replace(FORM, sections=(*FORM.sections, Section("pictures", items=(
        Question("place", Type.TEXT, Localized(de="Ort")), Repeat("shots", Localized(de="Bilder"), items=(photo,)))),))))
    desk.key_first(ALIKE | {("shots", 0): 1})
    desk.key_second(ALIKE | {("shots", 0): 1})
    services.submit_keyed(desk.draft.entry, by=desk.third)
    services.attach_scan(desk.arrival, ContentFile(picture(), name="foto.jpg"), by=desk.second)
    client, entry = signed_in(desk.second), desk.draft.entry
    page = client.get(reverse("intake:entry_show", args=[desk.competition.code, entry.code])).content.decode()
    section = reverse("intake:section_edit", args=[desk.competition.code, entry.code, "pictures"])
    assert section in page                                              # and no way to where words alone are asked
    assert reverse("intake:section_edit", args=[desk.competition.code, entry.code, "basics"]) not in page

    told = client.post(desk.address("enclosure_assign", desk.arrival.files.get().code), {"_question": "photo:1"}, follow=True)
    assert f'href="{section}#b-photo__1"' in told.content.decode()
    assert 'href=""' not in told.content.decode()

    shown = client.get(section).content.decode()
    assert "_add_place" not in shown
    marker = re.search(r'name="_asked" value="(photo:1:[^"]*)"', shown)[1]
    late = {"_asked": [marker, "place:0:0:000000000000"], "place": "Heimlich", "photo__1--0-caption": "Fest im Hof"}
    said = client.post(section, late, follow=True).content.decode()     # from a page that was open before
    assert "stehen fest" in said
    assert "Gespeichert." not in said
    keep = reverse("intake:section_keep", args=[desk.competition.code, entry.code, "pictures"])
    kept = client.post(keep, late).json()
    assert "stehen fest" in str(kept["faults"]["q-place"])
    told = client.post(keep, late, headers={"Accept": "application/json", "Sent-Late": "yes"}).json()
    assert ("stehen fest" in told["error"], "kept" in told) == (True, False)            # no page is open to say it beside the field
    answers = queries.draft_answers(desk.draft)
    assert ("place", 0) not in answers
    assert [(one["name"], one["caption"]) for one in answers["photo", 1]] == [("foto.jpg", "Fest im Hof")]
    assert keying.keying_of(entry).number == 1
    with pytest.raises(Refused):
        services.fill_draft(desk.draft, {"title": "Heimlich"}, by=desk.second)
    with pytest.raises(Refused):
        services.change_places(desk.draft, "shots", by=desk.second)
    assert queries.document_of(services.submit_keyed(entry, by=desk.third)).answers["photo", 1][0]["name"] == "foto.jpg"
    assert attested("intake") == []


def test_the_check_of_a_settled_draft_leads_to_no_place_that_is_closed():
    desk = Desk().key_first(TYPED | {"applicant": "Verein Beispiel", "title": "", ("project", 0): 1})
    desk.key_second(TYPED | {"applicant": "Verein Beispiel", "title": "", ("project", 0): 1})
    client = signed_in(desk.third)
    page = client.get(reverse("intake:entry_check", args=[desk.competition.code, desk.draft.entry.code])).content.decode()

    for address in set(re.findall(r'href="(/[^"#?]*)', page.partition("<main")[2])):
        assert client.get(address).status_code != 403, address
