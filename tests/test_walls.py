"""Every address of the house with the objects of one competition, tried by everybody who has no business there.

The addresses come from the URL resolver, the objects from tests/world.py. A new address is tried by itself as soon as
`Provider` can fill its parameters; until then `test_every_address_can_be_filled` fails and says what is missing.
"""

import html
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

import pytest
from django.db import transaction
from django.http import QueryDict
from django.template.backends.django import Template
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from tests.pages import Answer, Pages, places, signed_in
from tests.world import (
    DRAFT_WORD,
    INSIDERS,
    PAGE_WORD,
    RESULT_WORD,
    SECRETS,
    STRANGERS,
    VOTE_WORD,
    WITHHELD_WORD,
    Address,
    NoProvider,
    Provider,
    addresses,
)

# Rules do not depend on the database, and the walk is long.
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_errors")]

# Pages of the installation, which show nothing of any competition but what has been published.
OF_THE_HOUSE = re.compile(
    r"account_|mfa_|site:|home$|imprint$|privacy$|accessibility$|healthz$|readyz$|profile$|desk_list$"
    r"|invitation_accept$|persona_|robots$|sitemap$|entry_search$|api_(reference|description|nowhere|competition_list)$"
    r"|api_found_(facet_)?list$|$"
)
# What a competition shows to everybody; each line says why.
PUBLIC = {
    "website:competition_home": "the poster of the call",
    "website:page_show": "pages that the office has published",
    "website:news_list": "news that the office has published",
    "website:news_show": "the same",
    "website:news_feed": "the same for programs that fetch it",
    "website:press_kit": "what the office offers to the press",
    "intake:entry_start": "everybody may begin an entry of their own (after signing in)",
    "intake:form_pdf": "the questions of a call that takes in entries, and no answers",
    "intake:paper_form": "the published form, to be printed and filled in by hand",
    "intake:invitation_accept": "a link by mail; it opens for the holder of its secret",
    "outreach:intent_new": "everybody may announce an entry",
    "outreach:intent_done": "the thanks for it; says nothing about who announced what",
    "outreach:intent_confirm": "a link by mail; it opens for the holder of its secret",
    "outreach:address_unsubscribe": "a link by mail; it opens for the holder of its secret",
    "catalogue:entry_list": "the public database",
    "catalogue:entry_export": "its open data",
    "catalogue:dataset_codebook": "what its columns mean",
    "catalogue:dataset_description": "what the dataset is",
    "catalogue:entry_detail": "entries whose applicants released them; others are 404",
    "catalogue:entry_picture": "pictures that were released",
    "catalogue:entry_map": "where the entries of the public database come from",
    "catalogue:entry_feed": "the public database as a feed",
    "catalogue:dataset_list": "every published edition with its checksums",
    "catalogue:dataset_file": "its files",
    "enquiries:message_write": "everybody may write to the office of an entry that is public",
    "enquiries:message_sent": "the thanks for it; says nothing about who wrote what",
    "enquiries:message_confirm": "a link by mail; it opens for the holder of its secret",
    "website:sitemap": "the addresses of its public pages",
    **dict.fromkeys([f"api_{name}" for name in (
        "competition", "edition_list", "edition", "entry_list", "facet_list", "entry", "table_list", "table")], "the same, for programs"),
    "documentation:book_page": "the published book",
    "statistics:table_list": "tables of a published edition",
    "statistics:table_show": "the same",
}
LOGIN = "/account/login/"


def is_public(address: Address) -> bool:
    return bool(OF_THE_HOUSE.match(address.name)) or address.name in PUBLIC


def tried(pages: Pages, who: str, place: str, sends: bool = True) -> Iterator[tuple[str, Answer]]:
    """The place asked for, then sent an empty form; what that changed is undone. test_writes.py sends forms that are filled."""
    yield "GET", pages.get(who, place)
    if not sends:
        return
    client = pages.client(who)                                          # signed in before, else that is undone as well
    with transaction.atomic():
        answer = client.post(place)
        transaction.set_rollback(True)
    yield "POST", Answer.of(answer)


@cache
def name_of(link: str) -> str:
    """The name of the address behind a link; the link itself where there is none."""
    try:
        return resolve(link.partition("?")[0]).view_name or link
    except Resolver404:
        return link


# --- the addresses ------------------------------------------------------------------------------------------------------


def test_every_address_can_be_filled(world):
    provider = Provider(world.home)
    faults = []
    for address in addresses():
        if not address.name or address.name.startswith(("account_", "mfa_")):
            continue
        try:
            rows = provider.rows(address)
            assert rows, f"{address}: the world has nothing to show there"
            for row in rows:
                reverse(address.name, kwargs=row)
        except (NoProvider, NoReverseMatch, AssertionError) as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


def test_every_address_has_a_name_of_its_own():
    names = [address.name for address in addresses() if address.name]
    # The same name twice would leave one of the two untried; a section's page is the exception that its app makes.
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_list_of_public_pages_is_up_to_date():
    names = {address.name for address in addresses()}
    absent = {name for name in PUBLIC if name not in names and name.split(":")[0] in {one.split(":")[0] for one in names}}
    assert absent == set()


# --- strangers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", STRANGERS)
def test_who_does_not_belong_to_a_competition_finds_nothing_of_it(world, pages, who):
    most = 3 if who == "nobody" else 1                                  # a stranger’s page costs as much as an insider’s
    faults = []
    for address, place in places(world, most):
        for method, answer in tried(pages, who, place):
            found = [word for word in SECRETS if word in answer.text] if answer.status < 400 else []
            if found:
                faults.append(f"{method} {place} ({address}) tells {', '.join(found)}")
            if answer.status >= 500:
                faults.append(f"{method} {place} ({address}) answers {answer.status}")
            elif not is_public(address):
                to_login = who == "nobody" and answer.location.startswith(LOGIN)
                if answer.status not in {404, 405} and not to_login:
                    faults.append(f"{method} {place} ({address}) answers {answer.status}")
    assert not faults, "\n".join(faults)


# --- insiders -----------------------------------------------------------------------------------------------------------

OFFICE_DESKS = (r"intake:(arrival|stack|part|keying|duplicate)_"
                r"|people:team_|formal_check:|screening:(assignment|run|seat|vote_reassign|vote_withdraw|screener"
                r"|session_plan|session_open|session_close|dossier_build)|outreach:(address_(?!unsubscribe)|wave|mail|intent_(list|note|show)"
                r"|funnel)|questionnaire:|call:|website:page_(?!show)|website:file_|follow_up:payment_record|awards:results_announce")
JURY_DESK = r"jury:(desk|meeting_(plan|open|close)|agenda|item_|member_(arrive|leave|dismiss)|ballot_record|simulator)"
BOOK = r"documentation:"
VOTES = r"screening:vote|screening:item_|screening:session_"
RESULTS = r"awards:results?_(list|approve|announce)"
CLOSED = {                                                              # to whom which addresses never open
    "screener": [OFFICE_DESKS.replace("session_plan|", "").replace("|questionnaire:", ""), JURY_DESK, BOOK, "awards:result_list"],
    "juror": [OFFICE_DESKS.replace("|questionnaire:", ""), VOTES, BOOK, "awards:results_"],
    "sponsor": [VOTES, JURY_DESK, "screening:assignment|screening:run", r"intake:(arrival|stack|part|keying|duplicate)_", "formal_check:"],
    "editor": [VOTES, JURY_DESK, "screening:", r"intake:(arrival|stack|part|keying|duplicate)_", "people:team_", "formal_check:"],
    "applicant": [OFFICE_DESKS, VOTES, JURY_DESK, BOOK, "screening:", "jury:", RESULTS, "entries:entry_list"],
    "other applicant": [OFFICE_DESKS, VOTES, JURY_DESK, BOOK, "screening:", "jury:", RESULTS, "entries:entry_list"],
    "winner": [OFFICE_DESKS, VOTES, JURY_DESK, BOOK, "screening:", "jury:", "entries:entry_list"],
    "auditor": ["screening:vote_(write|open|save|seal)", r"jury:(desk|item_|ballot)"],
}
HIDDEN = {                                                              # which secret who must not read, of those inside
    "office_lead": [DRAFT_WORD, VOTE_WORD],
    "office": [DRAFT_WORD, VOTE_WORD],
    "sponsor": [DRAFT_WORD, VOTE_WORD, RESULT_WORD, PAGE_WORD],
    "screener": [DRAFT_WORD, RESULT_WORD, PAGE_WORD],
    "juror": [DRAFT_WORD, VOTE_WORD, PAGE_WORD],
    "editor": [DRAFT_WORD, VOTE_WORD, RESULT_WORD],
    "auditor": [DRAFT_WORD, VOTE_WORD],                                    # reads drafts of pages in the package
    "applicant": [VOTE_WORD, RESULT_WORD, WITHHELD_WORD, PAGE_WORD],
    "other applicant": [DRAFT_WORD, VOTE_WORD, RESULT_WORD, WITHHELD_WORD, PAGE_WORD],
    "winner": [DRAFT_WORD, VOTE_WORD, RESULT_WORD, WITHHELD_WORD, PAGE_WORD],
}
ALL_OBJECTS = {"office_lead", "screener", "other applicant"}              # the others try the first object of each kind


@pytest.mark.parametrize("who", INSIDERS)
def test_who_belongs_to_a_competition_finds_only_what_is_theirs(world, pages, monkeypatch, who):
    closed = re.compile("|".join(CLOSED.get(who, ["nothing:"])))
    faults, sent = [], set()
    links: dict[str, dict[str, str]] = {}                                 # name of an address: two places that pages lead to, from where
    for address, place in places(world, 3 if who in ALL_OBJECTS else 1):
        for method, answer in tried(pages, who, place, sends=address not in sent):
            sent.add(address)
            status = answer.status
            if status >= 500:
                faults.append(f"{method} {place} ({address}) answers {status}")
            elif status not in {403, 404, 405} and closed.match(address.name):
                faults.append(f"{method} {place} ({address}) answers {status}, but is not for the {who}")
            text = answer.text if status < 400 or status == 403 else ""
            faults += [f"{method} {place} ({address}) tells {word}" for word in HIDDEN[who] if word in text]
            faults += [f"{method} {place} ({address}) has a link to nowhere"] if 'href=""' in text else []
            if method == "GET" and answer.is_page:
                for link in re.findall(r'<a\b[^>]*?\bhref="(/[^"#]*)', text):
                    known = links.setdefault(name_of(link), {})
                    if len(known) < 2:
                        known.setdefault(html.unescape(link), place)
    monkeypatch.setattr(Template, "render", lambda *_facts: "")           # whether a link opens is decided before its page is written
    for link, place in chain.from_iterable(known.items() for known in links.values()):
        known_answer = pages.kept.get((who, link))
        status = known_answer.status if known_answer else pages.client(who).get(link).status_code
        if status in {403, 405}:
            faults.append(f"{place} leads to {link}, which answers the {who} with {status}")
    assert not faults, "\n".join(faults)


NONSENSE = [("0001-01-01", "٣"), ("9999-12-31", "9" * 30), ("heute", "²")]       # a day, a number


def test_nonsense_in_the_query_of_an_address_is_no_error_of_ours(world, monkeypatch):
    """Too early, too late, no number: of each, wherever the first shows that the page asks for such a word at all."""
    names = ("round", "edition", "recipient", "page", "municipality", "least", "line", "sort", "per_page", "day")
    asked: set[str] = set()
    for method in ("get", "getlist", "__getitem__"):
        plain = getattr(QueryDict, method)
        monkeypatch.setattr(QueryDict, method, lambda self, key, *rest, plain=plain: asked.add(key) or plain(self, key, *rest))
    client, faults, readers = signed_in(world, "office_lead"), [], 0
    for address, place in places(world, 1):
        asked.clear()
        for day, number in NONSENSE:
            status = client.get(place, dict.fromkeys(names, number) | {"day": day}).status_code
            faults += [f"{place} ({address}) answers {status} to {day} and {number}"] * (status >= 500)
            if not asked & set(names):
                break
        else:
            readers += 1
    assert readers > 20
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", ["sponsor", "screener", "editor", "applicant", "winner"])
def test_between_the_jury_and_the_announcement_no_page_names_a_state_that_is_masked(world, who, monkeypatch):
    """Every page that can be asked for, with entries in every decided state, while nothing has been announced."""
    from lorbeer.awards.models import Announcement
    from lorbeer.entries.embargo import mask_for
    from lorbeer.entries.models import State
    from lorbeer.shared.templatetags.components import STATES

    Announcement.objects.filter(competition=world.home).delete()
    roles = {who} & {role.kind for role in world.home.roles.all()}
    for state in mask_for(roles):                                       # by words that occur nowhere else
        monkeypatch.setitem(STATES, state, (f"Embargowort-{state}", "quiet", "☆"))
        monkeypatch.setattr(State(state), "_label_", f"Embargowort-{state}")
    codes = {state: list(world.home.entries.filter(state=state).order_by("pk").values_list("code", flat=True)[:3])
             for state in (*mask_for(roles), State.AWARDED, State.NOT_AWARDED)}
    assert codes[State.AWARDED]
    assert codes[State.NOT_AWARDED]
    of_entries = [(one, reverse(one.name, args=[world.home.code, code])) for one in addresses()
                  if one.name and set(one.parameters) == {"competition", "code"} and re.search("entr|screening|check", one.name)
                  for some in codes.values() for code in some]
    client = signed_in(world, who)
    faults = set()
    for address, place in [*places(world, 1), *of_entries]:
        if address.name == "site:styleguide":                              # examples of all states, of no entry
            continue
        answer = Answer.of(client.get(place))
        found = re.findall(r"Embargowort-\w+", answer.text if answer.status < 400 else "")
        faults |= {f"{place} ({address}) tells {word}" for word in found}
    assert not faults, "\n".join(sorted(faults))


def test_the_secrets_are_there_to_be_found(world, pages):
    """Else the tests above would find nothing because there is nothing."""
    from lorbeer.intake.models import DraftAnswer
    from lorbeer.jury.models import Item
    from lorbeer.screening.models import Vote

    assert [DRAFT_WORD in answer.value for answer in DraftAnswer.objects.filter(question="kurztext")].count(True) == 1
    assert Vote.objects.filter(reason__contains=VOTE_WORD, sealed_at__isnull=False).count() == 2
    assert Item.objects.filter(dissent__contains=RESULT_WORD, decided_at__isnull=False).count() == 1
    assert world.home.entries.filter(title__contains=WITHHELD_WORD, is_unlisted=True).count() == 1
    read = {who: "".join(answer.text for _address, place in places(world, 1) if "/apply/" in place or "/jury/" in place
                         if (answer := pages.get(who, place)).status == 200)
            for who in ("applicant", "office_lead")}
    assert DRAFT_WORD in read["applicant"]
    assert RESULT_WORD in read["office_lead"]
