"""What the screening promises: sealed, complete, bound to what was read, decided in the open."""

import re
from copy import copy
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lorbeer.entries import services as entry_services
from lorbeer.entries.models import Bias, Move
from lorbeer.entries.queries import is_biased
from lorbeer.people.models import Role
from lorbeer.screening import documents, queries, services, windows
from lorbeer.screening.models import ExpertOpinion, Rating, SessionItem, Vote
from lorbeer.screening.services import assignment as assignment_services
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock, log, triggers
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.keeping import MOST_WAITING, PAGE
from lorbeer.shared.models import LogEvent, Message
from lorbeer.shared.tests.forgery import drop, set_triggers_aside

pytestmark = pytest.mark.django_db


# --- votes ------------------------------------------------------------------------------------------------------------


def test_the_pair_opens_and_the_entry_moves_with_the_last_seal_only():
    entry = make.make_entry(make.make_competition())
    first, second = make.make_vote(entry), make.make_vote(entry)

    make.seal(first)
    entry.refresh_from_db()
    assert entry.state == "admitted"
    make.seal(second, "not_suitable")
    entry.refresh_from_db()

    assert entry.state == "screened"
    assert [move.name for move in Move.objects.filter(entry=entry)] == ["screen"]
    assert queries.diverging(entry)


def test_one_sealed_vote_of_two_seats_does_not_screen_an_entry_whose_second_seat_is_free():
    vote = make.seal(make.make_vote())
    vote.entry.refresh_from_db()

    assert vote.entry.state == "admitted"


def test_an_incomplete_sheet_is_not_sealed_and_says_all_that_is_missing():
    vote = make.make_vote()
    services.open_vote(vote, vote.screener)
    services.save_sheet(vote, {"c1": {"points": 2}}, by=vote.screener)

    with pytest.raises(BadInput) as caught:
        services.seal_vote(vote, vote.screener)

    assert len(caught.value.faults) == 4  # reason of c1, points of c2, overall vote and its reason
    vote.refresh_from_db()
    assert vote.sealed_at is None


@pytest.mark.parametrize("points", [-1, 5, "viel", "1.5"])
def test_points_outside_the_scale_are_refused_and_nothing_is_kept(points):
    vote = make.make_vote()
    services.open_vote(vote, vote.screener)

    with pytest.raises(BadInput):
        services.save_sheet(vote, {"c1": {"points": points}}, by=vote.screener)

    assert not Rating.objects.filter(vote=vote).exists()


def test_a_criterion_that_may_be_missing_in_the_special_category_may_be_left_out_there_only():
    vote = make.make_vote()
    vote.entry.competition.criteria.filter(code="c2").update(optional_in_special=True)
    sheet = {"ratings": {"c1": {"points": 1, "reason": "x"}}}

    make.fill(vote, "suitable", **sheet)
    with pytest.raises(BadInput):
        services.seal_vote(vote, vote.screener)
    services.save_sheet(vote, option="special", by=vote.screener)

    assert services.seal_vote(vote, vote.screener).sealed_at


def test_what_is_not_given_stays_as_it_was_typed():
    vote = make.fill(make.make_vote())
    services.save_sheet(vote, {"c1": {"reason": "anders"}}, by=vote.screener)

    kept = {rating.criterion.code: (rating.points, rating.reason) for rating in vote.ratings.all()}
    assert kept == {"c1": (3, "anders"), "c2": (3, "Grund c2")}


class Window:
    """One window of a screener's sheet, as its page sends it: how often, and all fields each time."""

    def __init__(self, client, vote):
        at = [vote.entry.competition.code, vote.entry.code]
        self.client, self.vote, self.save = client, vote, reverse("screening:vote_save", args=at)
        form = client.get(reverse("screening:vote_write", args=at)).context["form"]
        self.page, self.turn = form.page[1].partition(":")[0], 0
        self.fields = {name: form[name].value() for name in form.fields} | {"seen": form.seen_text}

    def sends(self, turn=None, **texts):
        """Whether the page is told that two texts wait for a choice."""
        self.turn = self.turn + 1 if turn is None else turn
        self.fields |= texts
        answer = self.client.post(self.save, self.fields | {PAGE: f"{self.page}:{self.turn}"}, headers={"accept": "application/json"})
        self.vote.refresh_from_db()
        return "Beide Texte stehen auf dem Bogen" in answer.content.decode()

    def opened_again(self, number):
        """Another window that was opened at the same time."""
        other = copy(self)
        other.page, other.fields = f"{self.page}-{number}", dict(self.fields)
        return other

    def presses(self, **button):
        answer = self.client.post(self.save, self.fields | {PAGE: f"{self.page}:{self.turn}"} | button, follow=True)
        self.vote.refresh_from_db()
        return answer.content.decode()


def waiting(vote, name="reason"):
    return [one.text for one in windows.waiting_in(vote).get(name, ())]


def window_maker(client):
    vote = make.fill(make.make_vote())
    client.force_login(vote.screener)
    return vote, lambda: Window(client, vote)


def test_of_two_saves_of_a_window_the_one_that_was_sent_last_stays_whichever_is_done_first(client):
    vote, window = window_maker(client)
    one = window()
    with clock.at(late := vote.saved_at + timedelta(minutes=2)):
        assert not one.sends(turn=2, reason="ganz", reason_c1="ganz")
    assert not one.sends(turn=1, reason="halb", reason_c1="halb")

    assert (vote.reason, vote.ratings.get(criterion__code="c1").reason, vote.saved_at) == ("ganz", "ganz", late)
    assert waiting(vote) == []


def test_no_browser_lets_two_windows_of_a_sheet_pass_for_one(client):
    """Firefox puts what a script has written into hidden fields back into a page opened anew, and into a tab that was doubled."""
    vote, _window = window_maker(client)
    page = client.get(reverse("screening:vote_write", args=[vote.entry.competition.code, vote.entry.code])).content.decode()
    for name in (PAGE, "seen"):
        assert 'autocomplete="off"' in re.search(rf'<input type="hidden" name="{name}"[^>]*>', page)[0]


def test_a_late_save_does_not_bring_back_what_its_window_has_taken_back_since(client):
    vote, window = window_maker(client)
    one, before = window(), (vote.option, vote.reason)
    assert not one.sends(turn=2)                                        # marked and typed, and put back to what it was
    assert not one.sends(turn=1, option="not_suitable", reason="verworfen")

    assert ((vote.option, vote.reason), waiting(vote)) == (before, [])


def test_of_two_windows_neither_overwrites_the_other_and_both_texts_wait_on_the_sheet(client):
    vote, window = window_maker(client)
    one, two = window(), window()
    assert not one.sends(reason="erst halb")
    assert not one.sends(reason="aus Fenster eins")                     # its own text goes on
    assert not two.sends(reason_c1="andere Stelle")                     # the reason was not touched here
    assert (vote.reason, waiting(vote)) == ("aus Fenster eins", [])
    assert not one.sends(option="not_suitable")
    assert vote.ratings.get(criterion__code="c1").reason == "andere Stelle"

    assert two.sends(reason="aus Fenster zwei")
    assert (vote.reason, vote.option) == ("aus Fenster eins", "not_suitable")
    page = client.get(reverse("screening:vote_write", args=[vote.entry.competition.code, vote.entry.code])).content.decode()
    assert all(text in page for text in ("aus Fenster eins", "aus Fenster zwei"))
    assert page.index('name="_enter"') < page.index('name="_take"')      # Enter takes neither
    with pytest.raises(BadInput, match="zwei Texte"):
        services.seal_vote(vote, vote.screener)

    shown = window().presses(_take=re.search(r'name="_take" value="([^"]+)"', page)[1])
    assert (vote.reason, waiting(vote)) == ("aus Fenster zwei", [])
    assert "in einem anderen Fenster" not in shown.lower().split("<main")[1]
    assert not two.sends(option="not_suitable")                         # it says that text once more, which was chosen
    assert services.seal_vote(vote, vote.screener).sent == {}


def test_a_third_window_pushes_no_text_out_and_one_that_goes_on_typing_waits_once(client):
    vote, window = window_maker(client)
    one, two, three = window(), window(), window()
    one.sends(reason="aus Fenster eins")
    for text in ("zwei", "aus Fenster zwei"):
        assert two.sends(reason=text)
    assert three.sends(reason="aus Fenster drei")
    assert two.sends(turn=1, reason="zw")                               # comes late
    assert (vote.reason, waiting(vote)) == ("aus Fenster eins", ["aus Fenster zwei", "aus Fenster drei"])

    four = window()
    (drop,) = (f"reason:{text.value}" for text in windows.waiting_in(vote)["reason"] if text.text == "aus Fenster zwei")
    two.sends(turn=9, reason="aus Fenster zwei, länger")                # after the choice was shown
    assert "Nichts ist gewählt" in four.presses(_drop=drop)
    assert waiting(vote) == ["aus Fenster zwei, länger", "aus Fenster drei"]
    for text in windows.waiting_in(vote)["reason"]:
        four.presses(_drop=f"reason:{text.value}")
    assert (vote.reason, waiting(vote)) == ("aus Fenster eins", [])


def test_a_text_for_which_too_many_wait_is_given_back_to_its_writer_and_all_else_is_saved(client):
    vote, window = window_maker(client)
    last = window()
    window().sends(reason="steht da")
    for number in range(MOST_WAITING):
        assert last.opened_again(number).sends(reason=f"aus Fenster {number}")

    last.fields |= {"reason": "noch einer", "reason_c1": "gut"}
    told = client.post(last.save, last.fields | {PAGE: f"{last.page}:1"}, headers={"accept": "application/json"})
    assert (told.status_code, "Begründung des Gesamtvotums" in told.json()["error"]) == (409, True)
    assert "noch einer" in last.presses()
    assert vote.ratings.get(criterion__code="c1").reason == "gut"
    assert len(waiting(vote)) == MOST_WAITING


def test_a_window_that_only_repeats_what_it_had_saved_collides_with_nobody(client):
    """Each save sends all fields: what another window has changed since is no collision with what the first one said before."""
    vote, window = window_maker(client)
    one = window()
    one.sends(reason="aus Fenster eins")
    two = window()
    assert not two.sends(reason="eins und zwei")

    assert not one.sends(reason_c1="anderswo")
    assert (vote.reason, waiting(vote), vote.ratings.get(criterion__code="c1").reason) == ("eins und zwei", [], "anderswo")
    assert one.sends(reason="aus Fenster eins, weiter")
    assert waiting(vote) == ["aus Fenster eins, weiter"]


def test_what_came_from_elsewhere_is_not_overwritten_by_the_window_that_wrote_before(client):
    vote, window = window_maker(client)
    one = window()
    one.sends(reason="aus Fenster eins")
    services.save_sheet(vote, reason="aus der Datei", by=vote.screener)

    assert one.sends(reason="aus Fenster eins, weiter")
    assert (vote.reason, waiting(vote)) == ("aus der Datei", ["aus Fenster eins, weiter"])


def two_texts_and_a_third_window(client):
    """(vote, window maker, window that shows both texts, what its buttons say)."""
    vote, window = window_maker(client)
    one, two = window(), window()
    one.sends(reason="aus Fenster eins")
    assert two.sends(reason="aus Fenster zwei")
    (text,) = windows.waiting_in(vote)["reason"]
    return vote, one, window(), f"reason:{text.value}"


@pytest.mark.parametrize("again", [lambda third, button: third.presses(_take=button), lambda third, _button: third.sends(turn=third.turn)],
                         ids=["a second click", "what is held in the tab"])
def test_the_text_that_was_taken_is_not_overwritten_by_the_page_that_took_it(client, again):
    """The button replaces what stands on its page; whatever that page sends once more says what stood there before."""
    vote, _one, third, button = two_texts_and_a_third_window(client)
    third.fields["reason"] = "getippt, und dann doch die andere gewählt"
    third.presses(_take=button)
    assert (vote.reason, waiting(vote)) == ("aus Fenster zwei", [])

    again(third, button)
    assert (vote.reason, waiting(vote)) == ("aus Fenster zwei", [])
    assert third.sends(reason="und weiter")
    assert (vote.reason, waiting(vote)) == ("aus Fenster zwei", ["und weiter"])


@pytest.mark.parametrize("button", ["_take", "_drop"])
def test_nobody_chooses_between_a_text_and_another_one_than_they_were_shown(client, button):
    vote, one, third, value = two_texts_and_a_third_window(client)
    one.sends(reason="")
    assert "Nichts ist gewählt" in third.presses(**{button: value})
    assert (vote.reason, waiting(vote)) == ("", ["aus Fenster zwei"])


def test_a_choice_that_arrives_after_what_was_typed_later_on_its_page_chooses_nothing(client):
    vote, _one, third, button = two_texts_and_a_third_window(client)
    third.sends(turn=2, reason="aus Fenster drei")
    third.turn, third.fields["reason"] = 1, "aus Fenster eins"
    assert "Nichts ist gewählt" in third.presses(_take=button)
    assert (vote.reason, waiting(vote)) == ("aus Fenster drei", ["aus Fenster zwei"])


def test_who_keeps_what_stands_above_keeps_what_they_have_just_typed_there(client):
    vote, _one, third, button = two_texts_and_a_third_window(client)
    third.fields["reason"] = "eben getippt"
    third.presses(_drop=button)
    assert (vote.reason, waiting(vote)) == ("eben getippt", [])


def test_nobody_writes_another_persons_sheet():
    vote = make.make_vote()
    other = make.make_role(vote.entry.competition)

    for act in (
        lambda: services.open_vote(vote, other),
        lambda: services.save_sheet(vote, option="suitable", by=other),
        lambda: services.seal_vote(vote, other),
        lambda: services.declare_bias(vote, other, "x"),
    ):
        with pytest.raises(Refused):
            act()


def test_a_vote_is_bound_to_what_was_read_and_must_be_opened_again_after_a_newer_submission():
    vote = make.fill(make.make_vote())
    read = vote.submission
    newer = make.make_submission(vote.entry)

    with pytest.raises(Refused):
        services.seal_vote(vote, vote.screener)
    services.open_vote(vote, vote.screener)
    sealed = services.seal_vote(vote, vote.screener)

    assert (sealed.submission, read) == (newer, vote.entry.submissions.get(number=1))
    assert [rating.points for rating in sealed.ratings.all()] == [3, 3]  # what was typed is kept


def test_the_log_does_not_tell_which_entry_a_vote_is_about_until_the_pair_opens():
    competition = make.make_competition()
    entry = make.make_entry(competition)
    submission = entry.submissions.get()
    log.record("submission.accept", subject=f"entry:{entry.code}", scope=competition.code, number=1, sha256=submission.sha256,
               receipt=submission.receipt_number, arrival=submission.arrival.number)
    first, second = make.make_vote(entry), make.make_vote(entry)

    def words(subject: str) -> set[str]:
        """All that the log says about it; people and the competition stand in lines about anything."""
        events = LogEvent.objects.filter(subject__startswith=subject)
        return {str(word) for event in events for word in (event.subject, *event.detail.values()) if len(str(word)) > 3}

    make.seal(first)
    make.fill(second)
    assert words("sheet:") & words("entry:") == set()
    assert entry.code not in str(words("sheet:"))
    services.seal_vote(second, second.screener)
    assert first.sheet_name in str(words(f"entry:{entry.code}"))


def test_a_vote_that_is_not_as_it_was_sealed_is_named_by_its_opaque_code_and_nothing_of_it_is_told():
    competition = make.make_competition()
    vote, other = (make.seal(make.make_vote(make.make_entry(competition)), "suitable") for _number in range(2))
    assert log.attested("screening") == []
    set_triggers_aside()
    Vote.objects.filter(pk=vote.pk).update(option="not_suitable")
    Rating.objects.filter(vote=other).update(points=0)
    (fault,) = log.attested("screening")
    assert (fault.table, fault.code) == ("screening_vote", vote.sheet_name), "the first one"
    assert "suitable" not in str(fault)
    assert vote.entry.code not in str(fault)


def test_verifying_the_votes_asks_the_database_as_often_for_many_as_for_one(django_assert_num_queries):
    competition = make.make_competition()
    make.seal(make.make_vote(make.make_entry(competition)))
    with CaptureQueriesContext(connection) as one:
        assert log.attested("screening") == []
    for _ in range(4):
        make.seal(make.make_vote(make.make_entry(competition)))
    with django_assert_num_queries(len(one)):
        assert log.attested("screening") == []


def test_a_sealed_vote_is_refused_every_change_by_the_services():
    vote = make.seal(make.make_vote())
    office = make.make_role(vote.entry.competition, Role.Kind.OFFICE)

    for act in (
        lambda: services.save_sheet(vote, option="not_suitable", by=vote.screener),
        lambda: services.seal_vote(vote, vote.screener),
        lambda: services.open_vote(vote, vote.screener),
        lambda: services.declare_bias(vote, vote.screener, "x"),
        lambda: services.reassign(vote, make.make_role(vote.entry.competition), office, "x"),
        lambda: services.withdraw_vote(vote, office, "x"),
    ):
        with pytest.raises(Refused):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE screening_vote SET reason = 'x' WHERE id = {vote}",
        "UPDATE screening_vote SET sealed_at = NULL WHERE id = {vote}",
        "DELETE FROM screening_vote WHERE id = {vote}",
        "UPDATE screening_rating SET points = 0 WHERE vote_id = {vote}",
        "UPDATE screening_rating SET vote_id = {vote} WHERE vote_id = {other}",
        "DELETE FROM screening_rating WHERE vote_id = {vote}",
        "INSERT INTO screening_rating (vote_id, criterion_id, project_id, points, reason)"
        " VALUES ({vote}, {criterion}, {project}, 0, 'x')",
        "UPDATE screening_projectvote SET option = '' WHERE vote_id = {vote}",
        "DELETE FROM screening_projectvote WHERE vote_id = {vote}",
        "REPLACE INTO screening_vote SELECT id, code, secret, seat, 'x', reason, due_on, assigned_at, opened_at, saved_at,"
        " sent, sealed_at,"
        " sha256, entry_id, screener_id, submission_id FROM screening_vote WHERE id = {vote}",
        "REPLACE INTO screening_rating (id, vote_id, criterion_id, points, reason) SELECT id, {other}, criterion_id, 0,"
        " 'x'"
        " FROM screening_rating WHERE vote_id = {vote}",
    ],
)
def test_the_database_itself_keeps_sealed_votes(statement):
    if statement.startswith("REPLACE") and connection.vendor != "sqlite":
        pytest.skip("only SQLite knows REPLACE")
    entry = make.make_entry(make.make_competition(), projects=1)
    vote = make.seal(make.make_vote(entry), project_votes={1: make.project_sheet(entry.competition)})
    other = make.fill(make.make_vote(entry))
    before = (
        Vote.objects.filter(pk=vote.pk).values().get(),
        list(vote.ratings.values()),
        list(vote.project_votes.values()),
    )

    with (
        pytest.raises(DatabaseError, match="a sealed vote never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            statement.format(
                vote=vote.pk,
                other=other.pk,
                project=entry.projects.get().pk,
                criterion=entry.competition.criteria.first().pk,
            )
        )

    assert before == (
        Vote.objects.filter(pk=vote.pk).values().get(),
        list(vote.ratings.values()),
        list(vote.project_votes.values()),
    )


def test_the_database_lets_open_votes_be_changed():
    vote = make.fill(make.make_vote())

    Rating.objects.filter(vote=vote).update(points=0)
    vote.delete()

    assert not Vote.objects.exists()


def test_the_triggers_are_there_and_their_absence_is_noticed():
    assert triggers.missing() == []
    gone = next(one for one in triggers.expected() if one.table == "screening_vote")
    drop(gone)

    assert triggers.missing() == [gone.name]


def test_the_hash_of_a_sealed_vote_covers_every_word_of_its_sheet():
    entry = make.make_entry(make.make_competition(), projects=1)
    vote = make.seal(make.make_vote(entry), project_votes={1: make.project_sheet(entry.competition)})
    vote = queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()
    assert services.is_intact(vote)

    for change in ("option", "reason"):
        changed = queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()
        setattr(changed, change, "x")
        assert not services.is_intact(changed)
    changed = queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()
    changed.ratings.all()[0].points = 4
    assert not services.is_intact(changed)
    changed = queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()
    changed.project_votes.all()[0].reason = "y"
    assert not services.is_intact(changed)


def test_the_log_names_the_entry_of_a_vote_only_when_the_pair_opens():
    entry = make.make_entry(make.make_competition())
    first, second = make.make_vote(entry), make.make_vote(entry)
    make.seal(first)

    told = LogEvent.objects.values_list("subject", "detail")
    assert not any(entry.code in subject or entry.code in str(detail) for subject, detail in told)
    make.seal(second)

    opened = LogEvent.objects.get(verb="votes.open")
    assert opened.subject == f"entry:{entry.code}"
    assert [(one["vote"], one["sheet"]) for one in opened.detail["votes"]] == [(vote.code, vote.sheet_name) for vote in (first, second)]


def test_declaring_a_bias_frees_the_seat_and_closes_the_entry():
    vote = make.fill(make.make_vote())
    entry = vote.entry

    services.declare_bias(vote, vote.screener, "Mein Bruder arbeitet dort.")

    assert not Vote.objects.filter(pk=vote.pk).exists()
    assert Bias.objects.get(entry=entry, person=vote.screener).kind == Bias.Kind.DECLARED
    assert list(queries.entries_short_of_screeners(entry.competition, 1)) == [entry]
    office = make.make_role(entry.competition, Role.Kind.OFFICE)
    with pytest.raises(BadInput):
        services.fill_seat(entry, vote.screener, office, "Ersatz")
    other = make.make_role(entry.competition)
    assert services.fill_seat(entry, other, office, "Ersatz").seat == 1


def test_a_place_moves_only_while_its_screener_has_begun_nothing_and_only_to_somebody_admissible():
    vote = make.make_vote()
    competition = vote.entry.competition
    office = make.make_role(competition, Role.Kind.OFFICE)
    own_land = make.make_role(competition, land_code="NW")
    free = make.make_role(competition, land_code="BY")

    for unfit in (own_land, make.make_person(), vote.screener):
        with pytest.raises(BadInput):
            services.reassign(vote, unfit, office, "krank")
    with pytest.raises(BadInput):
        services.reassign(vote, free, office, " ")
    previous = vote.screener
    assert services.reassign(vote, free, office, "krank").screener == free
    told = {mail.recipient: mail for mail in Message.objects.filter(scope=competition.code)}
    assert told.keys() == {free.email, previous.email}
    assert "von Ihrem Stapel genommen" in told[previous.email].body
    assert told[previous.email].kind == told[free.email].kind == "assignment"      # kept from whoever must not know who reads what
    assert not [word for word in (vote.entry.code, vote.entry.title, free.name, "krank") if word in told[previous.email].body]
    services.open_vote(Vote.objects.get(pk=vote.pk), free)
    with pytest.raises(Refused):
        services.reassign(vote, make.make_role(competition), office, "krank")


def test_a_place_that_was_begun_is_taken_back_once_its_screener_cannot_write_any_more():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    untouched, begun = make.make_vote(make.make_entry(competition)), make.fill(make.make_vote(make.make_entry(competition)))
    sealed = make.seal(make.make_vote(make.make_entry(competition), begun.screener))
    biased = make.fill(make.make_vote(make.make_entry(competition)))

    assert services.withdraw_vote(untouched, office, "krank") == [untouched.entry]
    with pytest.raises(Refused):
        services.withdraw_vote(begun, office, "krank")
    begun.screener.roles.all().delete()
    assert services.withdraw_vote(sealed, office, "krank") == [begun.entry]     # all that are not sealed, whichever was named
    Bias.objects.create(entry=biased.entry, person=biased.screener, kind=Bias.Kind.OFFICE, reason="Schwager")
    assert services.withdraw_vote(biased, office, "befangen") == [biased.entry]
    assert services.withdraw_vote(sealed, office, "krank") == []
    assert list(Vote.objects.all()) == [sealed]
    told = Message.objects.filter(recipient=begun.screener.email, title__startswith="Ihre Beiträge gehen an andere")
    assert [mail.kind for mail in told] == ["assignment"]               # once, and kept from whoever must not know who reads what


# --- joint session ----------------------------------------------------------------------------------------------------


def test_the_agenda_puts_diverging_entries_first_each_part_by_group():
    competition = make.make_competition()
    counties = competition.groups.get(code="counties")
    plain = make.make_screened(competition, reference="A")
    far = make.make_screened(competition, ("suitable", "not_suitable"), group=counties, reference="A")
    near = make.make_screened(competition, ("suitable", "special"), reference="Z")
    make.make_vote(make.make_entry(competition))
    office = make.make_role(competition, Role.Kind.OFFICE)

    session = services.plan_session(competition, 1, clock.today(), office)

    assert [(item.entry, item.diverging) for item in session.items.all()] == [(near, True), (far, True), (plain, False)]
    with pytest.raises(Refused):
        services.plan_session(competition, 1, clock.today(), office)


def test_what_becomes_ready_before_the_session_opens_stands_where_it_belongs_and_at_the_end_afterwards():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    agreed = make.make_screened(competition, reference="B")
    session = services.plan_session(competition, 1, clock.today(), office)
    differs = make.make_screened(competition, ("suitable", "special"), reference="Z")
    assert services.refresh_agenda(session, office) == 1
    assert [item.entry for item in session.items.order_by("position")] == [differs, agreed]
    services.open_session(session, office, chaired_by=office)
    late = make.make_screened(competition, ("suitable", "special"), reference="A")
    assert services.refresh_agenda(session, office) == 1
    assert [item.entry for item in session.items.order_by("position")] == [differs, agreed, late]


def test_a_session_is_held_on_the_day_on_which_it_is_opened_and_times_of_another_day_name_it():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    make.make_screened(competition)
    opened = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)                  # 15:00 in Berlin
    with clock.at(opened):
        session = services.plan_session(competition, 1, date(2026, 12, 7), office)
        services.move_session(session, date(2026, 12, 8), office)
        assert log.attested("screening") == []
        services.open_session(session, office, present=[office], chaired_by=office)
        with pytest.raises(Refused):
            services.move_session(session, date(2026, 12, 9), office)
    session.refresh_from_db()
    assert session.held_on == date(2026, 11, 27)
    assert log.attested("screening") == []
    with translation.override("de"):
        minutes = documents.minutes_data(session, closed_at=opened + timedelta(hours=9, minutes=23))
    facts = dict(minutes["facts"])
    assert facts["Tag"] == "27.\xa0November 2026"
    assert facts["Zeit"] == "15:00 bis 28.11.2026, 00:23 Uhr"
    assert minutes["presence"][0]["present"] == "15:00–28.11.2026, 00:23"


def test_whoever_chairs_a_session_is_there():
    competition = make.make_competition()
    office, screener = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    make.make_screened(competition)
    session = services.plan_session(competition, 1, clock.today(), office)
    with pytest.raises(BadInput, match="leitet die Sitzung"):
        services.open_session(session, office, present=[screener], chaired_by=office)
    session.refresh_from_db()
    assert session.opened_at is None
    services.open_session(session, office, chaired_by=office)
    assert office in queries.present_in(session)


def test_nobody_decides_what_each_of_those_present_is_biased_for():
    competition = make.make_competition()
    office, screener = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    entry, other = make.make_screened(competition), make.make_screened(competition)
    session = make.make_session(competition, office, [screener])
    Bias.objects.create(entry=entry, person=screener, kind=Bias.Kind.DECLARED, reason="Amt")
    item = session.items.get(entry=entry)
    with pytest.raises(Refused, match="befangen"):
        services.decide_item(item, "propose", by=office)
    item.refresh_from_db()
    assert item.decided_at is None
    assert services.confirm_agreeing(session, office) == 1
    assert list(session.items.exclude(decided_at=None).values_list("entry", flat=True)) == [other.pk]


def test_what_a_page_that_is_gone_had_typed_is_given_back_to_its_screener_where_the_vote_is_sealed_by_now():
    vote = make.seal(make.make_vote(make.make_entry(make.make_competition())))
    browser = Client()
    browser.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
    save = reverse("screening:vote_save", args=[vote.entry.competition.code, vote.entry.code])

    told = browser.post(save, {"reason": "Zu spät.", PAGE: "P:1"}, headers={"Accept": "application/json", "Sent-Late": "yes",
                                                                            "Page-Of": vote.screener.code}).json()
    assert ("Zu spät." in told["late"], "saved" in told) == (True, False)


def test_what_a_page_that_is_gone_had_typed_is_given_back_where_something_on_the_sheet_keeps_it_from_being_saved():
    vote = make.make_vote(make.make_entry(make.make_competition()))
    browser = Client()
    browser.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
    save = reverse("screening:vote_save", args=[vote.entry.competition.code, vote.entry.code])

    told = browser.post(save, {"points_c1": "99", "reason_c1": "Gut gedacht.", PAGE: "P:1"}, headers={
        "Accept": "application/json", "Sent-Late": "yes", "Page-Of": vote.screener.code})
    assert (told.status_code, "Gut gedacht." in told.json()["late"]) == (403, True)


def test_what_one_screener_typed_is_not_saved_in_the_name_of_another_who_signs_in_in_the_same_browser():
    entry = make.make_entry(make.make_competition())
    votes = [make.make_vote(entry), make.make_vote(entry)]
    for vote in votes:
        services.open_vote(vote, vote.screener)
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    here, save = (reverse(f"screening:{name}", args=[entry.competition.code, entry.code]) for name in ("vote_write", "vote_save"))

    def page_of(vote):
        browser.cookies.clear()
        browser.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
        page = browser.get(here).content.decode()
        return {name: re.search(rf'{name}="([^"]*)"', page)[1] for name in ("data-keep-of", 'csrfmiddlewaretoken" value')}

    def send(page, seal):
        return browser.post(save, {"reason": "Meins.", "csrfmiddlewaretoken": seal}, headers={
            "Accept": "application/json", "Origin": "http://testserver", "Page-Of": page["data-keep-of"]}).json()

    mine = page_of(votes[0])
    page_of(votes[1])
    refused = send(mine, mine['csrfmiddlewaretoken" value'])
    assert ("seal" in refused, refused["error"][:13]) == (False, "Somebody else")
    page_of(votes[0])
    assert send(mine, send(mine, mine['csrfmiddlewaretoken" value'])["seal"])["saved"]
    assert [vote.reason for vote in Vote.objects.filter(entry=entry).order_by("pk")] == ["Meins.", ""]


@pytest.mark.parametrize("is_renewed", [False, True], ids=["with the old seal", "with that of the other"])
def test_nor_by_a_button_and_what_one_has_typed_is_not_put_before_the_other(is_renewed):
    """Without a script, or with: the button sends the form itself."""
    entry = make.make_entry(make.make_competition())
    votes = [make.make_vote(entry), make.make_vote(entry)]
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "en", "origin": "http://testserver", "sec-fetch-site": "none"})
    here, save = (reverse(f"screening:{name}", args=[entry.competition.code, entry.code]) for name in ("vote_write", "vote_save"))

    def page_of(vote):
        services.open_vote(vote, vote.screener)
        browser.cookies.clear()
        browser.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
        page = browser.get(here).content.decode().split("data-keep=")[1]
        return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)}

    mine, theirs = page_of(votes[0]), page_of(votes[1])
    seal = {"csrfmiddlewaretoken": theirs["csrfmiddlewaretoken"]} if is_renewed else {}
    refused = browser.post(save, mine | seal | {"reason": "Meins."})
    assert (refused.status_code, "Somebody else" in refused.text, "Meins." in refused.text) == (403, True, False)
    assert not Vote.objects.exclude(reason="", sent={}).filter(entry=entry).exists()


# --- a bias declared on the entry's own page ---------------------------------------------------------------------------


def declare_at_the_entry(vote):
    client = Client(headers={"accept-language": "en"})
    client.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
    return client.post(reverse("entries:bias_declare", args=[vote.entry.competition.code, vote.entry.code]), {"reason": "Amt"})


def test_whoever_declares_a_bias_on_the_entrys_page_keeps_no_place_of_it():
    vote = make.make_vote()
    make.fill(vote)
    assert declare_at_the_entry(vote).status_code == 302
    assert not Vote.objects.filter(pk=vote.pk).exists()
    assert list(queries.entries_short_of_screeners(vote.entry.competition, 1)) == [vote.entry]
    assert LogEvent.objects.filter(verb="vote.give_back", subject=f"vote:{vote.code}").exists()


def test_a_bias_declared_when_the_votes_are_open_locks_no_entry_that_a_meeting_may_be_deciding(monkeypatch):
    entry = make.make_screened(make.make_competition())
    vote = entry.votes.first()
    monkeypatch.setattr(assignment_services, "locked_entry", lambda _entry: pytest.fail("locked"))
    entry_services.declare_bias(entry, by=vote.screener, reason="Amt")
    assert Bias.objects.get().person == vote.screener
    assert Vote.objects.filter(pk=vote.pk).exists()


def test_no_bias_is_declared_beside_a_vote_that_is_sealed_until_all_are_open():
    entry = make.make_entry(make.make_competition())
    vote, other = make.make_vote(entry), make.make_vote(entry)
    make.seal(vote)
    assert declare_at_the_entry(vote).status_code == 403
    assert not Bias.objects.exists()
    make.seal(other)
    assert declare_at_the_entry(vote).status_code == 302
    assert Vote.objects.filter(pk=vote.pk).exists()


def test_a_sheet_stays_ones_own_and_the_entry_closes_where_a_bias_was_recorded_after_the_seal():
    vote = make.make_vote()
    make.seal(vote)
    client = Client(headers={"accept-language": "en"})
    client.force_login(vote.screener, backend="lorbeer.people.backends.AccountBackend")
    here = reverse("screening:vote_write", args=[vote.entry.competition.code, vote.entry.code])
    assert "Was wir wollen." in client.get(here).content.decode()
    Bias.objects.create(entry=vote.entry, person=vote.screener, kind=Bias.Kind.OFFICE, reason="Amt")
    page = client.get(here).content.decode()
    assert "Grund c1" in page
    assert "Was wir wollen." not in page
    assert "stays closed to you" in page


def test_decided_items_move_their_entries_and_leave_the_votes_alone():
    competition = make.make_competition()
    entry = make.make_screened(competition, ("suitable", "not_suitable"))
    office = make.make_role(competition, Role.Kind.OFFICE)
    item = make.make_session(competition, office).items.get()
    before = list(entry.votes.values())

    with pytest.raises(BadInput):
        services.decide_item(item, "propose", by=office)  # diverging: the arguments are missing
    services.decide_item(item, "propose", "überzeugt", "B. widerspricht", by=office)
    entry.refresh_from_db()

    assert entry.state == "proposed"
    assert [(one.project, one.group.code) for one in entry.proposals.all()] == [(None, "towns")]
    assert ExpertOpinion.objects.filter(proposal__entry=entry).count() == 1
    assert list(entry.votes.values()) == before
    with pytest.raises(Refused):
        services.decide_item(item, "pass_over", "doch nicht", by=office)


def test_a_project_can_be_proposed_while_its_entry_is_not():
    competition = make.make_competition()
    entry = make.make_entry(competition, projects=1)
    for _seat in range(2):
        make.seal(make.make_vote(entry), "not_suitable", project_votes={1: make.project_sheet(competition)})
    office = make.make_role(competition, Role.Kind.OFFICE)
    session = make.make_session(competition, office)

    assert services.confirm_agreeing(session, office) == 1
    entry.refresh_from_db()

    assert entry.state == "not_proposed"
    assert [(one.project.position, one.group.code) for one in entry.proposals.all()] == [(1, "special")]


def test_confirming_follows_the_votes_and_never_touches_a_diverging_item():
    competition = make.make_competition()
    wanted = {
        make.make_screened(competition, ("suitable", "suitable")): ("proposed", ["towns"]),
        make.make_screened(competition, ("special", "special")): ("proposed", ["special"]),
        make.make_screened(competition, ("not_suitable", "not_suitable")): ("not_proposed", []),
        make.make_screened(competition, ("suitable", "special")): ("screened", []),
    }
    office = make.make_role(competition, Role.Kind.OFFICE)

    assert services.confirm_agreeing(make.make_session(competition, office), office) == 3

    for entry, (state, groups) in wanted.items():
        entry.refresh_from_db()
        assert (entry.state, [one.group.code for one in entry.proposals.all()]) == (state, groups)


def test_proposals_that_contradict_the_outcome_or_belong_elsewhere_are_refused():
    competition = make.make_competition()
    entry = make.make_screened(competition, projects=1)
    elsewhere = make.make_entry(competition, projects=1).projects.get()
    foreign = make.make_competition().groups.get(code="special")
    office = make.make_role(competition, Role.Kind.OFFICE)
    item = make.make_session(competition, office).items.get()
    groups = {group.code: group for group in competition.groups.all()}

    for outcome, proposals in (
        ("pass_over", [(None, groups["towns"])]),
        ("propose", []),
        ("propose", [(None, groups["counties"])]),
        ("propose", [(None, foreign)]),
        ("pass_over", [(elsewhere, groups["special"])]),
        ("pass_over", [(entry.projects.get(), groups["towns"])]),
        ("vielleicht", []),
    ):
        with pytest.raises(BadInput):
            services.decide_item(item, outcome, proposals=proposals, by=office)
    entry.refresh_from_db()
    assert entry.state == "screened"


def test_the_office_records_a_bias_with_the_places_of_an_entry_and_takes_it_back_until_a_judgement_stands_against_it(client):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    vote, other = make.make_vote(make.make_entry(competition)), make.make_role(competition)
    entry, person = vote.entry, vote.screener
    client.force_login(office)

    def at(name, of=person):
        return reverse(f"screening:{name}", args=[competition.code, entry.code, *([of.code] if of else [])])

    def seats():
        page = client.get(at("seats_show", None)).text
        return [[f'href="{at(name, one)}"' in page for name in ("bias_record", "bias_lift")] for one in (person, other)]

    assert seats() == [[True, False], [True, False]]
    assert client.post(at("bias_record"), {"reason": " "}).status_code == 400
    for sealed in (False, True):                                        # while votes are open the answers are the same for both
        point = transaction.savepoint()
        if sealed:
            make.seal(vote)
        client.post(at("bias_record"), {"reason": "Schwager"})
        assert (seats(), is_biased(person, entry)) == ([[False, True], [True, False]], True)
        with pytest.raises(BadInput):
            services.lift_bias(entry, person, " ", by=office)
        answer = client.post(at("bias_lift"), {"reason": "Namensvetter"}, follow=True).text
        assert ("zurückgenommen" in answer, is_biased(person, entry), "Namensvetter" in answer) == (True, False, False)
        event = LogEvent.objects.filter(verb="bias.lift").latest("pk")
        assert (event.actor, event.detail["person"], event.reason.words) == (office.code, person.code, "Namensvetter")
        assert client.post(at("bias_lift"), {"reason": "noch einmal"}).status_code == 403
        transaction.savepoint_rollback(point)

    make.seal(vote)
    make.seal(make.make_vote(entry))
    services.record_bias(entry, person, "Schwager", by=office)
    with pytest.raises(Refused, match="zählt und ändert sich nicht mehr"):
        services.lift_bias(entry, person, "Namensvetter", by=office)
    session = make.make_session(competition, office)
    services.record_bias(entry, other, "Nachbar", by=office)
    services.lift_bias(entry, other, "Namensvetter", by=office)
    services.record_bias(entry, other, "Nachbar", by=office)
    session.items.get(entry=entry).deciders.add(other)
    with pytest.raises(Refused, match="gemeinsamen Sitzung"):
        services.lift_bias(entry, other, "Namensvetter", by=office)


def test_who_judges_or_is_biased_records_no_bias_of_others_and_nobody_their_own():
    competition = make.make_competition()
    entry, person = make.make_entry(competition), make.make_role(competition)
    judge = make.make_role(competition, Role.Kind.OFFICE, make.make_vote(entry).screener)
    near, own = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition, Role.Kind.OFFICE)
    Bias.objects.create(entry=entry, person=near, kind=Bias.Kind.OFFICE, reason="x")
    for by, of in ((judge, person), (near, person), (own, own), (person, judge)):
        with pytest.raises(Refused):
            services.record_bias(entry, of, "Grund", by=by)
        Bias.objects.get_or_create(entry=entry, person=of, kind=Bias.Kind.OFFICE, reason="x")
        with pytest.raises(Refused):
            services.lift_bias(entry, of, "Grund", by=by)
        Bias.objects.filter(entry=entry, person=of).delete()


def test_who_confirms_what_the_votes_agree_on_leaves_out_what_they_are_biased_for():
    competition, office = make.make_competition(), make.make_person()
    make.make_role(competition, Role.Kind.OFFICE, office)
    free, closed = (make.make_screened(competition) for _number in range(2))
    Bias.objects.create(entry=closed, person=office, kind=Bias.Kind.DECLARED, reason="x")
    session = make.make_session(competition, office)

    assert services.confirm_agreeing(session, office) == 1

    assert {item.entry: bool(item.decided_at) for item in session.items.all()} == {free: True, closed: False}


def test_closing_writes_minutes_with_hash_and_leaves_the_undecided_for_the_next_session():
    competition = make.make_competition()
    decided, left = make.make_screened(competition), make.make_screened(competition, ("suitable", "special"))
    office = make.make_role(competition, Role.Kind.OFFICE)
    session = make.make_session(competition, office)
    services.confirm_agreeing(session, office)

    session = services.close_session(session, office)

    assert session.minutes.blob_id == session.minutes_sha256
    assert session.minutes.blob.media_type == "application/pdf"
    following = services.plan_session(competition, 1, clock.today(), office)
    assert [item.entry for item in following.items.all()] == [left]
    decided.refresh_from_db()
    assert decided.state == "proposed"
    with pytest.raises(Refused):
        services.decide_item(SessionItem.objects.get(session=session, entry=left), "pass_over", "x", by=office)


# --- expert opinions --------------------------------------------------------------------------------------------------


def make_proposal(competition, office):
    entry = make.make_screened(competition)
    services.confirm_agreeing(make.make_session(competition, office), office)
    return entry.proposals.get()


def test_an_opinion_goes_from_its_author_to_a_second_reader_and_only_then_to_the_jury():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    proposal = make_proposal(competition, office)
    author, reader = (vote.screener for vote in proposal.entry.votes.all())

    opinion = services.draft_opinion(proposal, author, "Was es ist", "Warum")
    for unfit in (author, make.make_person(), make.make_role(competition, land_code="NW")):
        with pytest.raises(BadInput):
            services.hand_to_second_reader(opinion, unfit, author)
    opinion = services.hand_to_second_reader(opinion, reader, author)
    for act in (
        lambda: services.draft_opinion(proposal, author, "x", "y"),
        lambda: services.release_opinion(opinion, author),
        lambda: services.release_opinion(opinion, office),
        lambda: services.return_opinion(opinion, author, "x"),
    ):
        with pytest.raises(Refused):
            act()
    opinion = services.return_opinion(opinion, reader, "Bitte kürzer.")
    services.draft_opinion(proposal, author, "Kurz", "Warum")
    services.hand_to_second_reader(opinion, reader, author)
    opinion = services.release_opinion(opinion, reader)

    assert (opinion.state, opinion.description, opinion.pdf.blob.media_type) == ("released", "Kurz", "application/pdf")
    with pytest.raises(Refused):
        services.draft_opinion(proposal, author, "x", "y")


def test_an_opinion_longer_than_a_page_is_not_released():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    proposal = make_proposal(competition, office)
    author, reader = (vote.screener for vote in proposal.entry.votes.all())
    opinion = services.draft_opinion(proposal, author, "Wort " * 2000, "Warum")
    services.hand_to_second_reader(opinion, reader, author, with_pdf=False)

    with pytest.raises(BadInput, match="3 "):
        services.release_opinion(opinion, reader)
    opinion.refresh_from_db()
    assert opinion.state == "reading"


def test_the_dossier_holds_the_released_opinions_only():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    proposal = make_proposal(competition, office)
    author, reader = (vote.screener for vote in proposal.entry.votes.all())
    with pytest.raises(BadInput):
        services.build_dossier(competition, 1, office)
    opinion = services.draft_opinion(proposal, author, "Was es ist", "Warum")
    services.hand_to_second_reader(opinion, reader, author)
    services.release_opinion(opinion, reader, with_pdf=False)

    dossier = services.build_dossier(competition, 1, office)

    assert (dossier.opinions, dossier.file.blob.media_type) == (1, "application/pdf")


def test_a_bias_and_a_released_opinion_are_as_the_log_says_and_their_forgery_is_named():
    competition = make.make_competition()
    proposal = make_proposal(competition, make.make_role(competition, Role.Kind.OFFICE))
    author, reader = (vote.screener for vote in proposal.entry.votes.all())
    opinion = services.draft_opinion(proposal, author, "Was es ist", "Warum")
    services.hand_to_second_reader(opinion, reader, author)
    services.release_opinion(opinion, reader, with_pdf=False)
    vote = make.make_vote(make.make_entry(competition))
    services.declare_bias(vote, vote.screener, "Meine Stadt")

    def forged():                                                       # the entries themselves nobody has begun
        return [fault.table for fault in log.attested("entries", "screening") if fault.table != "entries_entry"]

    assert forged() == []
    ExpertOpinion.objects.filter(pk=opinion.pk).update(reasons="gefälscht")
    Bias.objects.all().delete()
    assert forged() == ["entries_bias", "screening_expertopinion"]


def test_accepting_an_assignment_writes_one_mail_per_screener():
    competition = make.make_competition()
    people = [make.make_role(competition) for _number in range(3)]
    for _number in range(4):
        make.make_entry(competition)
    run = services.propose_assignment(competition, 1, 7, None)

    services.accept_assignment(run, None, clock.today())

    assert sorted(Message.objects.values_list("recipient", flat=True)) == sorted(person.email for person in people)


def test_who_decided_on_an_item_is_on_record_without_those_biased_for_it():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE, make.make_person("A. Amt"))
    entry = make.make_screened(competition, ("suitable", "special"))
    screeners = [vote.screener for vote in entry.votes.order_by("seat")]
    outsider = make.make_role(competition, person=make.make_person("B. Befangen"))
    recorded = make.make_role(competition, Role.Kind.OFFICE, make.make_person("C. Kennt"))
    for person, kind in ((outsider, Bias.Kind.DECLARED), (recorded, Bias.Kind.OFFICE)):
        Bias.objects.create(entry=entry, person=person, kind=kind, reason="x")
    session = make.make_session(competition, office, [office, *screeners, outsider, recorded])

    item = services.decide_item(session.items.get(), "propose", "überzeugt", by=office)

    assert set(item.deciders.all()) == {office, *screeners}
    assert LogEvent.objects.get(verb="session.decide").detail["deciders"] == sorted(person.code for person in (office, *screeners))
    assert log.attested("screening") == []
    item.deciders.add(outsider)
    assert [fault.table for fault in log.attested("screening")] == ["screening_sessionitem"]
    assert "B. Befangen" in [row["name"] for row in documents.minutes_data(session, closed_at=clock.now())["presence"]]


def test_the_minutes_say_from_when_to_when_each_was_there_who_decided_and_which_voter_took_no_part():
    competition, begin = make.make_competition(), datetime(2018, 2, 1, 9, tzinfo=UTC)
    office = make.make_role(competition, Role.Kind.OFFICE, make.make_person("A. Amt"))
    first, second = make.make_screened(competition), make.make_screened(competition, ("suitable", "special"))
    one, other = (vote.screener for vote in second.votes.order_by("seat"))
    with clock.at(begin):
        session = make.make_session(competition, office, [office, one, other])
    items = {item.entry: item for item in queries.with_votes(session.items.all())}
    readers = [vote.screener for vote in first.votes.order_by("seat")]
    assert queries.absent_voters(items.values()) == {items[first].pk: readers, items[second].pk: []}
    for minutes, present in ((30, [office, one]), (60, [office, one, other])):
        with clock.at(begin + timedelta(minutes=minutes)):
            services.open_session(session, office, present=present)
            if minutes == 30:
                assert queries.absent_voters(items.values())[items[second].pk] == [other]
                services.decide_item(items[second], "propose", "überzeugt", by=office)

    with translation.override("de"):
        told = documents.minutes_data(session, closed_at=begin + timedelta(hours=2))
    assert [(row["name"], row["present"]) for row in told["presence"]] == [
        (office.name, "10:00–12:00"), (one.name, "10:00–12:00"), (other.name, "10:00–10:30, 11:00–12:00")]
    facts = dict(told["items"][0]["facts"])
    assert (facts["Beschlossen von"], facts["Hat votiert, war nicht beteiligt"]) == (f"{office}, {one}", str(other))
    assert "Beschlossen von" not in dict(told["items"][1]["facts"])
    assert log.attested("screening") == []
    session.stays.filter(person=other).last().delete()
    assert [fault.table for fault in log.attested("screening")] == ["screening_attendance"]


def test_confirming_without_a_tick_decides_nothing_and_says_so(client):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE)
    make.make_screened(competition)
    session = make.make_session(competition, office, [office])
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")

    url = reverse("screening:agreeing_confirm", args=[competition.code, session.code])
    page = client.post(url, follow=True, headers={"accept-language": "de"})

    assert ("Nichts war angekreuzt" in page.text, session.items.filter(decided_at=None).count()) == (True, 1)
    assert "nicht dabei" in page.text, "its voters are not in the session"


def test_whose_role_ended_during_the_session_is_not_recorded_among_those_who_decided():
    competition = make.make_competition()
    make.make_screened(competition)
    office, gone = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    item = make.make_session(competition, office, [office, gone]).items.get()
    Role.objects.filter(person=gone).delete()

    services.decide_item(item, "propose", by=office)

    assert list(item.deciders.all()) == [office]
