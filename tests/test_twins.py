"""Twin worlds: two that differ in nothing but somebody else's vote look the same to whoever may not know it, on every address of the house.

Everything that leaves the house is compared bit by bit: pages, downloads, PDFs, refusals, redirects, the desk, mails, and how many queries
an answer took. What changes from call to call by chance is taken out first.
"""

import contextlib
import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from lorbeer.entries.models import Entry
from lorbeer.jury import services as jury
from lorbeer.jury.models import Member
from lorbeer.jury.tests.factories import make_meeting
from lorbeer.people.models import Person
from lorbeer.people.services import take_role
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.tests.test_pdfform import filled_by_pikepdf
from lorbeer.screening import offline, queries, services
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.screening.tests.test_walls import SECRET, VOLATILE, house
from lorbeer.shared import clock, desk, outbox
from lorbeer.shared.models import LogEvent, Message
from tests.world import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("bare_errors")]
NUMBERS = {"int", "round", "number", "project", "place", "year", "position", "page", "size", "pk"}
DOWNLOADS = re.compile(r"[?&]format=csv")
# Also the digest of a sealed sheet: it covers a secret, so that nobody finds the sheet by trying.
BY_CHANCE = re.compile(
    r'name="sent_from" value="[0-9a-f]{32}"|(Prüfsumme|sha256)"*: "*(<code>)?[0-9a-f]{64}|list=[\w:.%-]+|name="_page" value="\w+(-\w+)*:\d+"|'
    + VOLATILE.pattern)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")                                 # a seal covers a secret of each vote: nobody finds the vote by trying
WORLDS = ("nobody", "assigned", "written", "abstained", "sealed", "sealed otherwise")
AT = clock.now().replace(microsecond=0)


@contextlib.contextmanager
def world(entry, other, kind):
    """The same house with another vote of `other` in it, and back."""
    point = transaction.savepoint()
    if kind != "nobody":
        with clock.at(AT - timedelta(hours=1)):
            vote = make.make_vote(entry, other, seat=2, due_on=clock.today(), code="TWINTWIN-1", secret="TWINTWIN-2")
            option = "not_suitable" if kind in ("written", "sealed otherwise") else "suitable"
            if kind == "abstained":
                services.abstain(vote, other, SECRET)
            elif kind != "assigned":
                make.fill(vote, option, reason=SECRET, project_votes={1: make.project_sheet(entry.competition, "special", SECRET)})
            if kind.startswith("sealed") or kind == "out sealed":
                services.seal_vote(vote, other)
            if kind.startswith("out"):
                drop_out(entry, other, refilled=kind == "out refilled")
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def drop_out(entry, other, *, refilled):
    """`other` falls ill: the role goes, and the office takes back all that they have not sealed, in one act; perhaps somebody else goes on."""
    lead = Person.objects.get(name="L. Leitung")
    rest = make.make_vote(Entry.objects.get(code="TWINTWIN-3"), other, seat=1, code="TWINTWIN-4", secret="TWINTWIN-5")
    take_role(other.roles.get(competition=entry.competition, kind="screener"), by=lead)
    freed = services.withdraw_vote(rest, lead, "krank")
    if refilled and entry in freed:
        services.fill_seat(entry, Person.objects.get(name="E. Ersatz"), lead, "Ersatz")


def places(entry, group="towns", tab="screening", **filled):
    """Every address of the house, filled with this entry wherever something is asked for, and with `filled`."""
    for address in addresses():
        if not address.name or address.name.startswith(("account_", "mfa_", "health")):
            continue
        parts = {name: 1 if name in NUMBERS else entry.code for name in address.parameters}
        for name, value in (("competition", entry.competition.code), ("group", group), ("tab", tab), *filled.items()):
            if name in parts:
                parts[name] = value
        for attempt in (parts, {name: value if name == "competition" else 1 for name, value in parts.items()}):
            with contextlib.suppress(NoReverseMatch):
                yield address.name, reverse(address.name, kwargs=attempt)
                break


def browser(person):
    client = Client(headers={"accept-language": "de"})
    if person is not None:
        client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


@contextlib.contextmanager
def counted():
    """How many queries are asked inside."""
    asked = []
    with connection.execute_wrapper(lambda execute, sql, *rest: (asked.append(sql), execute(sql, *rest))[1]):
        yield asked


def answered(client, url):
    with counted() as captured:
        answer = client.get(url)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode("latin-1") if content[:4] in (b"%PDF", b"PK\x03\x04") else BY_CHANCE.sub("", content.decode(errors="replace"))
    return answer.status_code, answer.get("Location", ""), text, len(captured)


def seen(person, entry, skip=(), **filled):
    """{address: what it answers}, with its downloads, and the desk."""
    client, found = browser(person), {}
    with clock.at(AT):
        for name, url in places(entry, **filled):
            if name in skip:
                continue
            found[name] = answered(client, url)
            if DOWNLOADS.search(found[name][2]):
                found[name, "csv"] = answered(client, url + "?format=csv")
        if person is not None:
            found["desk"] = [(task.label, task.count, task.due_at, task.url, task.note) for task in desk.tasks_for(person, entry.competition)]
    return found


def difference(one, other, *, counts=True):
    """What differs: {(address, part): (before, after)}, texts from a little before the place on. `counts`: the numbers of queries, too."""
    found = {}
    for name, before in one.items():
        for part, (a, b) in enumerate(zip(before, other[name], strict=True)) if before != other[name] else ():
            if a != b and (counts or not isinstance(a, int) or part == 0):
                at = next((number for number, pair in enumerate(zip(str(a), str(b), strict=False)) if pair[0] != pair[1]), 0)
                found[name, part] = (str(a)[max(at - 60, 0): at + 60], str(b)[max(at - 60, 0): at + 60])
    return found


def prepared(viewer):
    """The house as `viewer` finds it: (person, entry, who else votes)."""
    _competition, entry, people = house()
    person = people.get(viewer.split()[0])
    if viewer == "office_screener without a seat":                      # could be given one while votes are open, if only that of somebody else
        make.make_vote(make.make_entry(entry.competition), make.make_role(entry.competition), seat=1, due_on=clock.today())
    make.make_role(entry.competition, "office_lead", make.make_person("L. Leitung"))
    make.make_role(entry.competition, "screener", make.make_person("E. Ersatz"))
    make.make_entry(entry.competition, code="TWINTWIN-3", applicant="Stadt Rest")
    if viewer in ("own", "own sealed", "office_screener"):
        vote = make.make_vote(entry, person, seat=1, due_on=clock.today())
        (make.seal if viewer == "own sealed" else make.fill)(vote)
    return person, entry, people["other"]


VIEWS = [
    ("own", ("nobody", "written", "abstained", "sealed")), ("own sealed", ("nobody", "written")),
    ("office_screener", ("nobody", "abstained", "sealed")), ("office_screener without a seat", ("nobody", "abstained", "sealed")),
    ("screener", ("nobody", "abstained", "sealed")),
    # Which places become free when somebody drops out tells what they had sealed: the office that fills them must know, and no screener.
    *((viewer, ("out written", "out sealed", "out refilled")) for viewer in ("own", "office_screener")),
    *((viewer, ("nobody", "sealed")) for viewer in ("juror", "sponsor", "editor", "applicant", "nobody at all")),
    # The office knows whom it assigned and how many are sealed; never what. The auditor finds in the log that some sheet was sealed.
    *((viewer, ("sealed", "sealed otherwise")) for viewer in ("office_lead", "auditor")),
]
WARM: list[bool] = []                                                   # what a process keeps after its first answers changes query counts


@pytest.mark.parametrize(("viewer", "worlds"), VIEWS)
def test_no_address_of_the_house_tells_whoever_may_not_know_of_another_vote(viewer, worlds):
    person, entry, other = prepared(viewer)
    if not WARM:
        WARM.append(bool(seen(person, entry)))
    first, *others = worlds
    with world(entry, other, first):
        before = seen(person, entry)
    assert len(before) > 150

    for kind in others:
        with world(entry, other, kind):
            after = seen(person, entry)
        # Of whoever knows that there is a vote the number of queries depends on what their pages have asked for before.
        assert difference(before, after, counts=viewer not in ("office_lead", "auditor")) == {}, kind
        assert SECRET not in str(after), kind


def answers_to_everything_sent(person, entry, files):
    """{address: what it answers to a form, and to each of `files`}; with the mails that came of it. Nothing stays."""
    found = {}
    with clock.at(AT):
        for name, url in places(entry):
            if name.partition(":")[0] not in ("screening", "entries"):
                continue
            uploads = files if name == "screening:sheet_read" else ()
            own = queries.with_sheets(Vote.objects.filter(screener=person)).first()
            filled = {"reason": "Darum.", "option": "suitable", "entry": entry.code, "outcome": "propose", "to": person.pk,
                      "shown": services.shown_digest(own) if own else ""}
            for number, sent in enumerate((filled, *({"form": file} for file in uploads))):
                point = transaction.savepoint()
                client = browser(person)
                with counted() as captured:
                    answer = client.post(url, sent)
                text = BY_CHANCE.sub("", b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode(errors="replace"))
                said = [str(one) for one in messages_of(answer)]
                found[name, number] = (answer.status_code, answer.get("Location", ""), text, said, mails(person), len(captured))
                transaction.savepoint_rollback(point)
    return found


def messages_of(answer):
    return list(get_messages(answer.wsgi_request))


def mails(person):
    """What waits for anybody but the other one, as it will be read."""
    return [(one.recipient, one.title, one.body, one.run_at) for one in Message.objects.exclude(recipient__startswith="other").order_by("pk")]


@pytest.mark.parametrize("viewer", ["own", "own sealed", "office_screener"])
def test_nothing_that_a_screener_sends_is_answered_otherwise_for_another_vote(viewer):
    person, entry, other = prepared(viewer)
    type(other).objects.filter(pk=other.pk).update(email="other@example.org")
    with world(entry, other, "written"):
        theirs = offline.write_sheet(queries.with_sheets(Vote.objects.filter(screener=other)).get(), "de")
    mine = [] if viewer == "own sealed" else [
        filled_by_pikepdf(offline.write_sheet(queries.with_sheets(Vote.objects.filter(screener=person)).get(), "de"), {"reason": "neu"})]

    def answers():
        files = [SimpleUploadedFile("votum.pdf", content) for content in (theirs, b"%PDF-1.7", *mine)]
        return answers_to_everything_sent(person, entry, files)

    with world(entry, other, "nobody"):
        if len(WARM) < 2:
            WARM.extend([True, bool(answers())])
        before = answers()
    for kind in ("written", "sealed"):
        with world(entry, other, kind):
            after = answers()
        if kind == "sealed":                                            # the last seal opens the pair: that is no secret any more
            for one in (before, after):
                one.pop(("screening:vote_seal", 0))
                if viewer == "own sealed":                              # whose bias can be declared again, for it is open
                    one.pop(("entries:bias_declare", 0))
        assert difference(before, after) == {}, kind
        assert SECRET not in str(after), kind


def test_reminders_say_and_come_the_same_whatever_others_have_done():
    person, entry, other = prepared("own")
    type(other).objects.filter(pk=other.pk).update(email="other@example.org")
    found = {}
    for kind in WORLDS:
        with world(entry, other, kind), clock.at(AT):
            services.remind_those_behind(entry.competition)
            found[kind] = mails(person)

    assert len(found["nobody"]) == 1
    assert all(told == found["nobody"] for told in found.values())
    assert SECRET not in str(found)


def test_who_is_reminded_is_kept_from_an_office_member_who_judges_and_not_from_one_who_assigns():
    person, entry, other = prepared("office_screener")
    lead, competition = Person.objects.get(name="L. Leitung"), entry.competition
    with world(entry, other, "assigned"), clock.at(AT):
        services.remind_those_behind(competition)
        told = {one: (
            set(outbox.shown_to(one, competition).values_list("recipient", flat=True)),
            {event.subject for event in queries.log_without_sealed(LogEvent.objects.filter(verb="screening.remind"), one, competition)},
        ) for one in (person, lead)}

    assert told[person] == ({person.email}, set())
    assert told[lead] == ({person.email, other.email}, {f"person:{person.code}", f"person:{other.code}"})


def unpacked(content):
    """What stands in the parts of a zip or a spreadsheet, without the time of its making."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [DIGEST.sub("", archive.read(name).decode("latin-1")) for name in archive.namelist() if "docProps" not in name]


def test_until_it_is_closed_nobody_finds_anywhere_how_anybody_voted_in_a_ballot_on_a_group():
    """The lead and the auditor read the log of everything else, down to each event and its evidence."""
    meeting = make_meeting(entries=3)
    home, items, members = meeting.competition, list(meeting.items.order_by("position")), list(Member.objects.order_by("pk"))
    entry = items[0].entry
    wanted = {"jury", "follow_up", "entries", "awards"}
    skip = {name for name, _url in places(entry) if name.partition(":")[0] not in wanted} | {"jury:offline_package"}
    people = {kind: make_role(home, kind).person for kind in ("office_lead", "auditor")}
    log_page = reverse("follow_up:event_list", args=[home.code])

    def seen_after(order, reader, end=None):
        point, person = transaction.savepoint(), people[reader]
        with clock.at(AT):
            poll = jury.open_poll(meeting, items[0].group, mode="ranking", by=None)
            for member, ranked in ((members[0], order), (members[1], items), (members[2], items), (members[0], order[::-1])):
                jury.cast_ranking(meeting, poll.group, member, ranked, by=member.person)
            if end:
                end(poll)
            pages = seen(person, entry, skip) if reader == "office_lead" and not end else {}
            for suffix in ("", "?format=csv"):
                pages[log_page + suffix] = answered(browser(person), log_page + suffix)
            pages["xlsx"] = unpacked(b"".join(browser(person).get(log_page + "?format=xlsx")))
            if reader == "office_lead":
                pages["evidence"] = unpacked(
                    browser(person).post(reverse("follow_up:evidence_download", args=[home.code, entry.code])).content)
        transaction.savepoint_rollback(point)
        return {name: [DIGEST.sub("", part) if isinstance(part, str) else part for part in parts] for name, parts in pages.items()
                if name != "desk"}

    other = [items[2], items[0], items[1]]
    for reader in people:
        before = seen_after(items, reader)
        assert len(before) > (60 if reader == "office_lead" else 2)
        assert difference(before, seen_after(other, reader), counts=False) == {}
        void = [seen_after(order, reader, lambda poll: jury.give_up_poll(poll, "Antrag", by=None)) for order in (items, other)]
        assert difference(*void, counts=False) == {}                    # nor afterwards, if it was given up before anybody could count
    over = [seen_after(order, reader, lambda poll: jury.close_poll(poll, by=None)) for order in (items, other)]
    assert {name for name, _part in difference(*over, counts=False)} >= {log_page, "xlsx"}     # once it is closed the log tells
