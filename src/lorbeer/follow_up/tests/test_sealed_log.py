"""What the office and the auditor can read, pages and log together, joins no sheet with an entry before the pair opens."""

import csv
import io
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from lorbeer.follow_up.tasks import log_picture
from lorbeer.people.models import Role
from lorbeer.screening import services
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.screening.tests.test_walls import VOLATILE
from lorbeer.shared import log
from lorbeer.shared.models import LogEvent

pytestmark = [pytest.mark.django_db, pytest.mark.once]
OF_SHEETS = {"vote.seal"}
WORD = re.compile(r"\w[\w-]{5,}")


def client_of(person):
    client = Client(headers={"accept-language": "de"})
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def log_of(person, competition):
    """The lines of the log's page, as its download has them."""
    answer = client_of(person).get(reverse("follow_up:event_list", args=[competition.code]) + "?format=csv")
    content = b"".join(answer) if answer.streaming else answer.content
    if answer.status_code != 200:
        return []
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";", fieldnames=(
        "Time", "Title", "Event", "AboutInWords", "About", "ByInWords", "By", "DetailsInWords", "Details", "Seal"))
    return list(rows)[1:]


def pages_of(person, competition, entries):
    client, found = client_of(person), []
    addresses = [reverse(f"screening:{name}", args=[competition.code]) + part
                 for name in ("assignment_show", "vote_list", "session_list") for part in ("", "?format=csv")]
    addresses += [reverse("entries:entry_list", args=[competition.code]) + part for part in ("", "?format=csv")]
    for entry in entries:
        addresses += [reverse(name, args=[competition.code, entry.code]) for name in ("screening:seats_show", "entries:entry_show")]
    for vote in Vote.objects.filter(entry__in=entries):
        addresses += [reverse(f"screening:{name}", args=[competition.code, vote.code]) for name in ("vote_reassign", "vote_withdraw")]
    for address in addresses:
        answer = client.get(address)
        found.append(address + (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace"))
    return "\n".join(found)


def words(text):
    return set(WORD.findall(text))


def house():
    competition = make.make_competition()
    people = {kind: make.make_role(competition, kind) for kind in (Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.AUDITOR)}
    first, second, third = (make.make_role(competition, person=make.make_person(f"S. Leser {name}")) for name in "ABC")
    entries = [make.make_entry(competition) for _ in range(2)]
    lead = people[Role.Kind.OFFICE_LEAD]
    begun = services.fill_seat(entries[0], first, lead, "Ersatz")
    moved = services.reassign(services.fill_seat(entries[0], third, lead, "Ersatz"), second, lead, "krank")
    given_back = services.fill_seat(entries[1], first, lead, "Ersatz")
    services.open_vote(given_back, first)
    services.declare_bias(given_back, first, "Meine Stadt")
    services.fill_seat(entries[1], third, lead, "Ersatz")
    make.seal(begun)
    services.open_vote(moved, second)
    return competition, people, entries, moved


def test_nothing_that_office_and_auditor_read_joins_a_sheet_with_an_entry_until_the_pair_opens():
    competition, people, entries, last = house()
    lines = [line for person in people.values() for line in log_of(person, competition)]
    of_sheets = [line for line in lines if line["Event"] in OF_SHEETS]
    assert len(of_sheets) >= 2
    about_sheets = words(" ".join(f"{line['About']} {line['Details']}" for line in of_sheets))
    elsewhere = words(" ".join(f"{line['About']} {line['Details']}" for line in lines if line["Event"] not in OF_SHEETS))
    elsewhere |= words("\n".join(pages_of(person, competition, entries) for person in people.values()))

    assert about_sheets & elsewhere <= {"sha256"}
    assert {entry.code for entry in entries} <= elsewhere

    make.seal(last)
    (opened,) = [line for line in log_of(people[Role.Kind.AUDITOR], competition) if line["Event"] == "votes.open"]
    assert last.sheet_name in opened["Details"]
    assert last.code in opened["Details"]


def test_who_opens_their_pile_leaves_no_line_whose_order_or_moment_names_a_sheet():
    competition = make.make_competition()
    lead, first, second = make.make_role(competition, Role.Kind.OFFICE_LEAD), make.make_role(competition), make.make_role(competition)
    votes = [make.make_vote(make.make_entry(competition), first) for _ in range(3)]
    before = log_of(lead, competition)
    for vote in votes:
        services.open_vote(vote, first)
    assert log_of(lead, competition) == before
    later = make.make_vote(votes[0].entry, second)
    make.seal(votes[0])
    make.seal(later)
    opened = LogEvent.objects.get(verb="votes.open").detail["votes"]
    assert [one["opened"] for one in opened] == [log.moment(vote.opened_at) for vote in Vote.objects.filter(entry=later.entry).order_by("seat")]


def test_the_auditor_does_not_learn_from_the_log_who_reads_what_while_votes_are_open():
    competition, people, entries, last = house()
    auditor, lead = people[Role.Kind.AUDITOR], people[Role.Kind.OFFICE_LEAD]
    of_places = {"assignment.fill", "assignment.change", "vote.give_back"}

    def seen(person):
        return {line["Event"] for line in log_of(person, competition)} & of_places

    def told_by_mail(person):
        return [line for line in log_of(person, competition) if "assignment" in line["Details"] and line["Event"].startswith("mail.")]

    assert (seen(auditor), seen(lead)) == (set(), of_places)
    assert not told_by_mail(auditor)
    assert told_by_mail(lead)
    make.seal(last)
    subjects = {line["About"] for line in log_of(auditor, competition) if line["Event"] in of_places}
    assert subjects == {f"vote:{vote.code}" for vote in entries[0].votes.all()}, "the pair that is open is known, the other is not"
    for vote in entries[1].votes.all():
        services.withdraw_vote(vote, lead, "krank")
    assert seen(auditor) == of_places


@pytest.mark.parametrize("kind", [Role.Kind.OFFICE_LEAD, Role.Kind.AUDITOR])
def test_gaps_in_the_log_tell_nobody_who_judges_of_a_vote_that_is_kept_from_them(kind):
    competition, people, entries, last = house()
    judge = make.make_role(competition, kind)
    make.make_role(competition, Role.Kind.SCREENER, judge)
    own = make.make_vote(make.make_entry(competition), judge)
    other = make.make_vote(own.entry, make.make_role(competition))
    page = reverse("follow_up:event_list", args=[competition.code])
    evidence = reverse("follow_up:evidence_download", args=[competition.code, entries[0].code])

    def numbers():
        """Everything on page and download in which a count or a seal could hide."""
        log.seal_log()
        cache.clear()
        client = client_of(judge)
        texts = [client.get(f"{page}{query}").content.decode() for query in ("", "?format=csv", "?sort=seal", "?sort=-seal&format=csv")]
        texts.append("".join(picture.html for picture in log_picture(judge, competition)))
        return [re.sub(r"\d\d:\d\d", "", VOLATILE.sub("", text)) for text in texts]

    before = numbers()
    for step in (lambda: services.open_vote(last, last.screener), lambda: make.fill(other), lambda: services.open_vote(other, other.screener)):
        step()
        assert numbers() == before
    assert "Siegel" not in before[1].splitlines()[0]
    assert client_of(judge).post(evidence).status_code == 403

    make.seal(own)
    make.seal(other)
    make.seal(last)
    for vote in Vote.objects.filter(sealed_at=None):
        services.withdraw_vote(vote, people[Role.Kind.OFFICE_LEAD], "krank")
    assert "Siegel" in numbers()[1].splitlines()[0]
    assert client_of(judge).post(evidence).status_code == 200


def test_a_lead_who_judges_does_not_learn_from_the_log_who_else_reads_what():
    competition, people, entries, _last = house()
    lead = people[Role.Kind.OFFICE_LEAD]
    make.make_role(competition, Role.Kind.SCREENER, lead)
    make.make_vote(entries[1], lead)
    screener = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    make.make_role(competition, Role.Kind.SCREENER, screener)
    make.make_vote(make.make_entry(competition), screener)

    events = {line["Event"] for line in log_of(screener, competition)}
    assert not events & {"assignment.fill", "assignment.change", "vote.give_back", "vote.seal"}
