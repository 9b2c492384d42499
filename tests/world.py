"""A whole small world for the tests of the house as a whole: two competitions with something in every stage.

`quartiersfonds` (A) is played by the same replay as in the demo; `nachbarfonds` (B) is a copy of the package under
another code and with other people. Both are played once per session into a database of their own, beside the one that
all other tests use; each test sees it as it was and leaves nothing behind.
"""

import io
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

PACKAGES = settings.PROJECT_DIR / "competitions"
HOME = "quartiersfonds"
ELSEWHERE = "nachbarfonds"
# What must stay hidden is marked by words that occur nowhere else.
DRAFT_WORD = "Entwurfsgeheimnis"
VOTE_WORD = "Votumsgeheimnis"
RESULT_WORD = "Jurygeheimnis"
WITHHELD_WORD = "Beitragsgeheimnis"
PAGE_WORD = "Seitengeheimnis"
SECRETS = (DRAFT_WORD, VOTE_WORD, RESULT_WORD, WITHHELD_WORD, PAGE_WORD)


# --- the two competitions -----------------------------------------------------------------------------------------------


def copy_package(package: Path, folder: Path, code: str) -> Path:
    """The same package under another code, with other entries and other people."""
    copy = folder / code
    shutil.copytree(package, copy)
    for path in [copy / "competition.toml", *sorted((copy / "sample").glob("*"))]:
        text = path.read_text("utf-8")
        text = text.replace(f'"{package.name}"', f'"{code}"').replace("QF-", "NF-").replace("quartier-", "nachbar-")
        path.write_text(re.sub(r"gruppe-(\d+)@", r"nachbarn-\1@", text).replace("Musterstadt", "Nachbarstadt"), "utf-8")
    return copy


def play(folder: Path) -> None:
    """Play A and B, with secrets in A: in a draft, a sealed vote, a jury result, an entry that nobody released."""
    from lorbeer.demo import texts
    from lorbeer.demo.replay import Replay

    class Secretive(Replay):
        def _seal(self, vote: Any, option: str, favourable: bool, sample: Any) -> None:
            before = dict(texts.VERDICTS)
            if sample.until == "one_vote":
                texts.VERDICTS.update({key: f"{text} {VOTE_WORD}" for key, text in before.items()})
            try:
                super()._seal(vote, option, favourable, sample)
            finally:
                texts.VERDICTS.update(before)

    Replay(copy_package(PACKAGES / HOME, folder, ELSEWHERE), with_book=False).play()
    home = Secretive(PACKAGES / HOME, with_book=False).play()
    plant(home)


def plant(home: Any) -> None:
    """What the replay leaves out: secrets, and one of everything that an address can name."""
    from datetime import timedelta

    from lorbeer.call.models import Letter
    from lorbeer.documentation.models import BookBuild, Chapter, Correction, Handout
    from lorbeer.documentation.services import write_over
    from lorbeer.entries.models import Entry, State
    from lorbeer.intake import services as intake
    from lorbeer.intake.models import DraftAnswer, Merger, MergerLetter
    from lorbeer.outreach.models import Address, Wave
    from lorbeer.outreach.services import record_intent as announce
    from lorbeer.people.models import Invitation
    from lorbeer.screening.models import PairRule
    from lorbeer.shared import clock
    from lorbeer.shared.models import Job

    draft = Entry.objects.filter(competition=home, state=State.DRAFT).order_by("pk").first()
    answer = DraftAnswer.objects.filter(draft__entry=draft, question="kurztext").first()
    assert answer, "the sample's drafts answer the question kurztext"
    DraftAnswer.objects.filter(pk=answer.pk).update(value=f"{answer.value} {DRAFT_WORD}")
    withheld = Entry.objects.filter(competition=home, state=State.ADMITTED).order_by("pk").first()
    Entry.objects.filter(pk=withheld.pk).update(title=f"{withheld.title} {WITHHELD_WORD}", is_unlisted=True)
    preface = Chapter.objects.create(competition=home, code="vorwort", position=1, title="Vorwort", text="Ein Muster.")
    write_over(preface, "Vorwort", "Ein Mustertext.", by=None)
    Chapter.objects.create(competition=home, code="ausblick", position=2, title="Blick nach vorn", text="Ein Muster.")
    BookBuild.objects.create(competition=home, edition=home.editions.get(), pages=12)
    handout = Handout.objects.create(competition=home, edition=home.editions.get(), code="GEGEBENXXX-A", chapters=[
        {"code": "vorwort", "title": "Vorwort", "text": "Ein Mustertext.", "revision": 1, "scanned_title": "Vorwort",
         "scanned": "Ein Mustertext.", "findings": [], "blocks": {}}])
    Correction.objects.create(handout=handout, code="ZURUECKXXX-A", name="vorwort.docx", chapters={
        "vorwort": {"units": [{"kind": "title", "runs": [{"text": "Vorwort"}]}, {"kind": "paragraph", "runs": [{"text": "Ein Text."}]}],
                    "blocks": {}}})
    Job.objects.create(name="book.build", scope=home.code, subject=f"competition:{home.code}")
    letter = Letter.objects.create(competition=home, code="aufruf", subject="Aufruf", body="Bitte bewerben Sie sich.")
    Wave.objects.create(competition=home, code="erste", title="Erste Welle", letter=letter)
    Address.objects.create(competition=home, category="vereine", name="Musterverein", email="verein@example.net")
    announce(home, applicant="Musterverein", contact_email="verein@example.net", by=home.roles.get(kind="office_lead").person)
    decide_one_item(home)
    screener = home.roles.filter(kind="screener").order_by("pk")[0].person
    PairRule.objects.create(entry=withheld, person=screener, kind="forbidden", reason="war dort Gast")
    plant_stack(home)
    plant_keying(home)
    write_on_screen(home)
    write_the_website(home)
    one, other = Entry.objects.filter(competition=home, state=State.SUBMITTED).order_by("-round", "pk")[:2]
    intake.keep_apart(one, other, reason="zwei Vorhaben", by=home.roles.get(kind="office_lead").person)
    twice = Merger.objects.get(entry__competition=home)
    MergerLetter.objects.create(merger=twice, entry=twice.entry, kind="parting")
    take_in_a_mail(home, draft)
    enclose_a_picture(home)
    Invitation.objects.create(competition=home, email="eingeladen@example.org", kind="screener", token_digest="0" * 64,
                              expires_at=clock.now() + timedelta(days=7))


def write_the_website(home: Any) -> None:
    """News, a draft on top of a published page, and a picture that no page shows yet."""
    from datetime import date

    from django.core.files.base import ContentFile
    from PIL import Image

    from lorbeer.website import services

    by = home.roles.get(kind="office_lead").person
    news = services.create_page(home, code="start", language="de", kind="news", title="Es geht los", text="Ab heute.",
                                shown_on=date(2017, 6, 12), by=by)
    services.publish_page(news, revision=1, by=by)
    page = home.pages.select_related("newest").filter(kind="page").first()
    services.save_page(page, title=page.newest.title, text=f"{page.newest.text}\n{PAGE_WORD}", revision=page.newest.number, by=by)
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "#17513f").save(drawn, "PNG")
    services.keep_asset(home, name="markt.png", uploaded=ContentFile(drawn.getvalue(), name="markt.png"), by=by)


def plant_stack(home: Any) -> None:
    """A stack of two scanned letters: one waits for the desk."""
    import pikepdf

    from lorbeer.intake.models import Scan, ScanPart
    from lorbeer.shared import clock, files

    written = io.BytesIO()
    with pikepdf.new() as whole:
        whole.add_blank_page()
        whole.add_blank_page()
        whole.save(written)
    stack = Scan.objects.create(competition=home, pages=2, read_at=clock.now())
    stack.file = files.store(written.getvalue(), name="stapel.pdf", scope=home.code, subject=f"scan:{stack.number}")
    stack.save()
    ScanPart.objects.create(scan=stack, position=1, first_page=1, last_page=1)
    ScanPart.objects.create(scan=stack, position=2, first_page=2, last_page=2, left_out_because="leer", decided_at=clock.now())


def plant_keying(home: Any) -> None:
    """A letter that is keyed in twice: the first has finished, the second has begun."""
    from lorbeer.call.attest import terms_of
    from lorbeer.intake import keying, services
    from lorbeer.shared import log

    home.paper_keyed_twice = True                                       # as a package that says so would have brought it
    home.save(update_fields=["paper_keyed_twice"])
    log.record("competition.import", subject=f"competition:{home.code}", scope=home.code, terms=terms_of(home))
    first, second = home.roles.get(kind="office_lead").person, home.roles.filter(kind="office")[0].person
    arrival = services.register_arrival(home, channel="post", by=first, sender="Musterverein")
    draft = services.start_key_in(arrival, by=first)
    services.finish_first_keying(keying.keying_of(draft.entry), by=first)
    services.begin_second_keying(keying.keying_of(draft.entry), by=second)


def write_on_screen(home: Any) -> None:
    """Somebody writes the next version of the questionnaire: two steps, one of them undone."""
    from lorbeer.questionnaire.editor import operations, services
    from lorbeer.questionnaire.queries import current_version

    person = home.roles.get(kind="office_lead").person
    working = services.begin(home, person, version=current_version(home))
    for _step in range(2):
        services.change(working, lambda form: operations.copy(form, next(iter(form.placed)))[0], act="copy", what="Kopie", by=person)
    working.refresh_from_db()
    services.travel(working, -1, person, revision=working.revision)


def take_in_a_mail(home: Any, entry: Any) -> None:
    """A mail with an attachment, put to an entry, so that nothing waits for it."""
    from lorbeer.intake import services
    from lorbeer.intake.tests.mails import make_mail

    raw = make_mail("Die fehlende Anlage.", attachments=[("anlage.txt", b"Ein Mustertext.")])
    arrival = services.take_in(raw, competition=home).arrival
    services.add_arrival(arrival, entry, by=home.roles.get(kind="office_lead").person)


def enclose_a_picture(home: Any) -> None:
    """A picture that came beside a mailed form, of which the desk has not said which question it answers."""
    from PIL import Image

    from lorbeer.intake import services
    from lorbeer.intake.models import Enclosure

    lead, written = home.roles.get(kind="office_lead").person, io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(written, "JPEG")
    arrival = services.register_arrival(home, channel="email", by=lead, sender="Musterverein", files=[("bild.jpg", written.getvalue())])
    services.start_key_in(arrival, by=lead)
    Enclosure.objects.create(arrival=arrival, file=arrival.files.get())


def decide_one_item(home: Any) -> None:
    """The jury of round 2 has begun: one item is decided (and not announced), another is on the table."""
    from lorbeer.jury import services as jury
    from lorbeer.jury.models import Item, Meeting, Member

    lead = home.roles.get(kind="office_lead").person
    meeting = Meeting.objects.get(competition=home, round=2)
    jury.open_meeting(meeting, by=lead)
    for member in Member.objects.filter(competition=home):
        jury.declare(meeting, member, [], by=member.person)
        jury.arrive(meeting, member, by=lead)
        jury.note_declaration(meeting, member, [], source="word", by=lead)
    first, second = Item.objects.filter(meeting=meeting).order_by("position")[:2]
    jury.call_item(first, by=lead)
    jury.decide(first, Item.Result.AWARDED, prize=home.prizes.get(), amount_cents=123_400, dissent=RESULT_WORD, by=lead)
    jury.call_item(second, by=lead)


# --- what a test sees of it ---------------------------------------------------------------------------------------------


@dataclass
class World:
    """The two competitions and those who work in them."""

    home: Any
    elsewhere: Any
    _people: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "World":
        from lorbeer.call.models import Competition

        return cls(Competition.objects.get(code=HOME), Competition.objects.get(code=ELSEWHERE))

    def person(self, who: str) -> Any:
        """`who`: a kind of role in A, "applicant" (of the draft with the secret), "winner", "other applicant", or
        "nobody" (signed out). With "elsewhere " before it, the same in B; "stranger" has signed up and done nothing."""
        if who == "nobody":
            return None
        if who not in self._people:
            self._people[who] = self._find(who)
        return self._people[who]

    def _find(self, who: str) -> Any:
        from lorbeer.entries.models import Contributor, State
        from lorbeer.people.models import Person, Role

        if who == "elsewhere everything":
            everything = self._find("elsewhere winner")
            for kind in ROLES:
                Role.objects.get_or_create(competition=self.elsewhere, person=everything, kind=kind)
            return everything
        if who == "stranger":
            return Person.objects.create_user("stranger@example.org", name="F. Fremd")
        where = self.elsewhere if who.startswith("elsewhere ") else self.home
        kind = who.removeprefix("elsewhere ")
        contributors = Contributor.objects.filter(entry__competition=where).order_by("pk").select_related("person")
        if kind == "applicant":
            return contributors.filter(entry__state=State.DRAFT)[0].person
        if kind == "other applicant":
            return contributors.filter(entry__state=State.SUBMITTED)[0].person
        if kind == "winner":
            return contributors.filter(entry__state=State.AWARDED)[0].person
        return Role.objects.filter(competition=where, kind=kind).order_by("pk").select_related("person")[0].person


ROLES = ["office_lead", "office", "sponsor", "screener", "juror", "editor", "auditor"]
INSIDERS = [*ROLES, "applicant", "other applicant", "winner"]
# Who holds every role in B and wins there is tried in place of each of its roles: no rule takes away what a role gives.
STRANGERS = ["nobody", "stranger", "elsewhere everything", "elsewhere applicant"]


# --- every address ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    """One pattern of the URL resolver: its full name, what it matches, and its parameters."""

    name: str                                                           # "jury:desk_show"
    pattern: str                                                        # "<slug:competition>/jury/<int:round>/"
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name or self.pattern


def addresses() -> list[Address]:
    """Every address of the house, in the order in which they are tried."""
    from django.urls import URLResolver, get_resolver

    found: dict[Address, None] = {}

    def walk(patterns: Any, before: str, namespaces: tuple[str, ...], parameters: tuple[str, ...]) -> None:
        for one in patterns:
            here = before + str(one.pattern)
            names = (*parameters, *[name for name in one.pattern.converters if name not in parameters])
            if isinstance(one, URLResolver):
                inner = (*namespaces, one.namespace) if one.namespace else namespaces
                walk(one.url_patterns, here, inner, names)
            else:
                found[Address(":".join([*namespaces, one.name or ""]), here, names)] = None

    walk(get_resolver().url_patterns, "", (), ())
    return list(found)


class NoProvider(LookupError):
    """An address has a parameter that nobody has told these tests how to fill."""


class Provider:
    """Fills the parameters of addresses from the objects of one competition.

    `rows(address)` gives a few sets of parameters for an address; where the competition has nothing of the kind the
    set names something that does not exist.
    """

    def __init__(self, competition: Any) -> None:
        self.competition = competition
        self._kept: dict[str, list[dict[str, Any]]] = {}

    def rows(self, address: Address, most: int = 3) -> list[dict[str, Any]]:
        wanted = [name for name in address.parameters if name != "competition"]
        base = {"competition": self.competition.code} if "competition" in address.parameters else {}
        if not wanted:
            return [base]
        kind = self._kind(address, wanted)
        if kind not in self._kept:
            self._kept[kind] = getattr(self, f"_{kind}")()
        rows = [base | {name: row[name] for name in wanted} for row in self._kept[kind]]
        unique = list({tuple(sorted(row.items())): row for row in rows}.values())
        return unique[:most]

    def _kind(self, address: Address, wanted: list[str]) -> str:
        """Which of our methods fills the address: by its name, its app, or what its parameters are called."""
        app = address.name.split(":")[0] if ":" in address.name else ""
        have = set(wanted)
        for names, kind in BY_ADDRESS.get(address.name, {}).items() or BY_APP.get(app, {}).items():
            if have <= set(names.split()):
                return kind
        for names, kind in EVERYWHERE.items():
            if have <= set(names.split()):
                return kind
        raise NoProvider(f"{address.name} ({address.pattern}): tell tests/world.py how to fill {', '.join(wanted)}.")

    # One method per kind of thing; the first rows matter most.

    def _entries(self) -> list[dict[str, Any]]:
        from lorbeer.entries.queries import Entry
        from lorbeer.questionnaire.queries import current_version, form_of

        section = form_of(current_version(self.competition)).sections[0].name
        seen: dict[Any, dict[str, Any]] = {}
        for entry in Entry.objects.filter(competition=self.competition).order_by("pk"):
            submission = entry.submissions.first()
            marked = entry.title.endswith(WITHHELD_WORD)
            row = {"code": entry.code, "entry": entry.code, "section": section, "tab": "history", "person": "0",
                   "receipt": submission.receipt_number if submission else "0"}
            seen.setdefault((entry.state, marked), row)
        order = ["draft", "awarded", "admitted", "submitted", "proposed", "screened", "inadmissible"]
        ranked = sorted(seen.items(), key=lambda pair: order.index(pair[0][0]) if pair[0][0] in order else 99)
        return [row for _state, row in ranked]

    def _arrivals(self) -> list[dict[str, Any]]:
        found = self.competition.arrivals.order_by("pk")
        some = [found.filter(mail__isnull=False).first(), found.filter(entry=None).first(), found.filter(channel="email").first(),
                found.first()]
        return [{"number": one.number} for one in some if one]

    def _shown_arrivals(self) -> list[dict[str, Any]]:
        """The same, and one with a file that waits for its question: the page has buttons for it."""
        found = self.competition.arrivals.filter(enclosures__isnull=False)
        return [*self._arrivals()[:2], *({"number": one.number} for one in found)]

    def _stacks(self) -> list[dict[str, Any]]:
        found = [{"stack": one.number, "first": 1, "last": 1} for one in self.competition.scans.filter(arrival=None)]
        return found or [{"stack": "none", "first": 1, "last": 1}]

    def _keyed(self) -> list[dict[str, Any]]:
        """The letter that is keyed in twice, with a section of its form."""
        section = self._entries()[0]["section"]
        found = self.competition.arrivals.filter(entry__draft__keyings__isnull=False)
        return [{"number": one.number, "section": section} for one in found] or [{"number": "none", "section": section}]

    def _enclosed(self) -> list[dict[str, Any]]:
        from lorbeer.intake.models import Enclosure

        found = Enclosure.objects.filter(arrival__competition=self.competition).select_related("arrival", "file")
        return [{"number": one.arrival.number, "file": one.file.code} for one in found] or [{"number": "none", "file": "none"}]

    def _merger_letters(self) -> list[dict[str, Any]]:
        from lorbeer.intake.models import MergerLetter

        found = MergerLetter.objects.filter(entry__competition=self.competition)
        return [{"number": one.number} for one in found] or [{"number": "none"}]

    def _added_letters(self) -> list[dict[str, Any]]:
        from lorbeer.intake.models import Arrival

        found = Arrival.objects.filter(competition=self.competition).exclude(added_to=None).select_related("added_to")
        return [{"code": one.added_to.code, "number": one.number} for one in found] or [{"code": "none", "number": "none"}]

    def _pairs(self) -> list[dict[str, Any]]:
        from lorbeer.intake.models import Merger

        found = Merger.objects.filter(entry__competition=self.competition).select_related("entry", "other")
        return [{"code": one.entry.code, "other": one.other.code} for one in found] or [{"code": "none", "other": "none"}]

    def _awards(self) -> list[dict[str, Any]]:
        return [{"award": one.code, "code": one.entry.code, "entry": one.entry.code, "number": 1}
                for one in self.competition.awards.select_related("entry").order_by("-pk")]

    def _jury(self) -> list[dict[str, Any]]:
        from lorbeer.jury.models import Item

        member = self.competition.jury_members.select_related("person").order_by("pk")[1]
        items = Item.objects.filter(meeting__competition=self.competition).select_related("meeting", "group", "entry")
        rows = [{"round": item.meeting.round, "position": item.position, "person": member.person.code, "group": item.group.code,
                 "number": 1, "code": item.entry.code}
                for item in items.order_by("-meeting__round", "position")]
        first = {row["round"]: row for row in reversed(rows)}
        return [first[round] for round in sorted(first, reverse=True)]

    def _runs(self) -> list[dict[str, Any]]:
        return [{"run": one.code} for one in self.competition.assignment_runs.order_by("-pk")]

    def _run_entries(self) -> list[dict[str, Any]]:
        return [{"run": one.code, "code": one.input["entries"][0][0]} for one in self.competition.assignment_runs.order_by("-pk")]

    def _pair_rules(self) -> list[dict[str, Any]]:
        from lorbeer.screening.models import PairRule

        return [{"pair": one.code} for one in PairRule.objects.filter(entry__competition=self.competition)] or [{"pair": "none"}]

    def _votes(self) -> list[dict[str, Any]]:
        from lorbeer.screening.models import Vote

        votes = Vote.objects.filter(entry__competition=self.competition)
        some = [votes.filter(sealed_at=None).first(), votes.exclude(sealed_at=None).first()]
        return [{"vote": one.code, "person": one.screener.code} for one in some if one]

    def _sessions(self) -> list[dict[str, Any]]:
        from lorbeer.screening.models import SessionItem

        items = SessionItem.objects.filter(session__competition=self.competition).select_related("session", "entry")
        rows = [{"session": item.session.code, "code": item.entry.code} for item in items.order_by("decided_at", "-pk")]
        return list({row["session"]: row for row in reversed(rows)}.values())

    def _opinions(self) -> list[dict[str, Any]]:
        from lorbeer.screening.models import Proposal

        proposals = Proposal.objects.filter(entry__competition=self.competition).select_related("entry", "group", "project")
        return [{"code": one.entry.code, "group": one.group.code, "project": one.project.position if one.project else 0}
                for one in proposals.order_by("-pk")[:1]]

    def _pages(self) -> list[dict[str, Any]]:
        return [{"page": one.code, "language": one.language, "number": 1} for one in self.competition.pages.filter(kind="page").order_by("pk")]

    def _news(self) -> list[dict[str, Any]]:
        return [{"page": one.code} for one in self.competition.pages.filter(kind="news")] or [{"page": "none"}]

    def _site_files(self) -> list[dict[str, Any]]:
        return [{"file": one.name} for one in self.competition.assets.all()] or [{"file": "none.png"}]

    def _versions(self) -> list[dict[str, Any]]:
        from lorbeer.questionnaire.queries import form_of, versions_of

        return [{"number": one.number, "section": form_of(one).sections[0].name} for one in versions_of(self.competition)]

    def _items(self) -> list[dict[str, Any]]:
        from lorbeer.questionnaire.editor.references import keyed_nodes
        from lorbeer.questionnaire.editor.services import form_in
        from lorbeer.questionnaire.queries import working_copy_of

        working = working_copy_of(self.competition)
        return [{"item": key} for key, _node in keyed_nodes(form_in(working))] if working else [{"item": "none"}]

    def _listings(self) -> list[dict[str, Any]]:
        from lorbeer.questionnaire.queries import form_of, versions_of

        return [{"listing": name} for name in form_of(versions_of(self.competition)[0]).lists]

    def _chapters(self) -> list[dict[str, Any]]:
        return [{"code": one.code, "number": 1} for one in self.competition.chapters.all()] or [{"code": "none", "number": 1}]

    def _builds(self) -> list[dict[str, Any]]:
        from lorbeer.documentation.models import BookBuild

        builds = BookBuild.objects.filter(competition=self.competition)
        return [{"number": one.pk} for one in builds] or [{"number": 0}]

    def _team(self) -> list[dict[str, Any]]:
        return [{"person": role.person.code, "kind": role.kind} for role in self.competition.roles.select_related("person")]

    def _tokens(self) -> list[dict[str, Any]]:
        return [{"token": "not-a-token"}]                               # only the digest of a token is kept

    def _files(self) -> list[dict[str, Any]]:
        """One of each kind of file that somebody may not see, and a public one if there is any."""
        from lorbeer.shared.models import StoredFile

        found = StoredFile.objects.filter(scope=self.competition.code).order_by("pk")
        kinds = {one.subject.split(":")[0]: {"code": one.code, "name": one.name} for one in found}
        return list(kinds.values())

    def _jobs(self) -> list[dict[str, Any]]:
        from lorbeer.shared.models import Job

        return [{"code": one.code} for one in Job.objects.filter(scope=self.competition.code)] or [{"code": "none"}]

    def _addresses(self) -> list[dict[str, Any]]:
        return [{"code": one.code} for one in self.competition.addresses.all()] or [{"code": "none"}]

    def _waves(self) -> list[dict[str, Any]]:
        return [{"wave": one.code} for one in self.competition.waves.all()] or [{"wave": "none"}]

    def _mails(self) -> list[dict[str, Any]]:
        from lorbeer.shared.models import Message

        return [{"number": one.pk} for one in Message.objects.filter(scope=self.competition.code).order_by("pk")[:1]]

    def _intents(self) -> list[dict[str, Any]]:
        from lorbeer.outreach.models import LetterOfIntent

        return [{"code": one.code} for one in LetterOfIntent.objects.filter(competition=self.competition)] or [{"code": "none"}]

    def _letters(self) -> list[dict[str, Any]]:
        letters = self.competition.letters.all()
        return [{"code": one.code, "language": one.language} for one in letters] or [{"code": "receipt", "language": "de"}]

    def _registers(self) -> list[dict[str, Any]]:
        edition = self.competition.register_edition
        return [{"mark": edition.sha256[:16] if edition else "none"}]

    def _words(self) -> list[dict[str, Any]]:
        rows = [{"kind": "group", "code": one.code} for one in self.competition.groups.all()]
        return rows + [{"kind": "criterion", "code": one.code} for one in self.competition.criteria.all()]

    def _corrections(self) -> list[dict[str, Any]]:
        from lorbeer.documentation.models import Correction

        found = Correction.objects.filter(handout__competition=self.competition)
        return [{"correction": one.code, "code": code} for one in found for code in one.chapters] or [{"correction": "none", "code": "none"}]

    def _catalogue(self) -> list[dict[str, Any]]:
        return [row | {"kind": "csv", "size": "small", "number": 1, "name": "entries.csv"} for row in self._entries()]

    def _nowhere(self) -> list[dict[str, Any]]:
        return [{"rest": "nowhere"}]

    def _editions(self) -> list[dict[str, Any]]:
        return [{"number": one.number} for one in self.competition.editions.all()]

    def _book_pages(self) -> list[dict[str, Any]]:
        return [{"name": "index.html"}]

    def _studies(self) -> list[dict[str, Any]]:
        return [{"number": one.number, "form": "csv"} for one in self.competition.editions.all()]

    def _tables(self) -> list[dict[str, Any]]:
        return [{"code": one.code, "table": one.code, "kind": "csv"} for one in self.competition.tables.all()] or [
            {"code": "none", "table": "none", "kind": "csv"}]

    def _accounts(self) -> list[dict[str, Any]]:
        return [{"key": "none", "provider": "none", "uidb36": "1", "pk": 1}]

    def _styleguide(self) -> list[dict[str, Any]]:
        return [{"page": "lists"}]


# Parameters that a provider can fill, by address, then by app, then for all others.
BY_ADDRESS: dict[str, dict[str, str]] = {
    "file_download": {"code name": "files"},
    **dict.fromkeys([f"intake:duplicate_{act}" for act in ("show", "merge", "apart", "undo")], {"code other": "pairs"}),
    **dict.fromkeys([f"intake:keying_{act}" for act in (
        "finish", "take_over", "anew", "begin", "second", "complete", "section", "compare", "decide")], {"number section": "keyed"}),
    **dict.fromkeys(["intake:enclosure_assign", "intake:enclosure_set_aside"], {"number file": "enclosed"}),
    **dict.fromkeys(["intake:merger_letter_pdf", "intake:merger_letter_posted"], {"number": "merger_letters"}),
    "intake:arrival_show": {"number": "shown_arrivals"},
    **dict.fromkeys(["intake:letter_hand_over", "intake:letter_take_back"], {"code number": "added_letters"}),
    "job_detail": {"code": "jobs"},
    "job_stop": {"code": "jobs"},
    "site:styleguide_page": {"page": "styleguide"},
    "people:role_take": {"person kind": "team"},
    "documentation:build_publish": {"number": "builds"},
    "documentation:book_page": {"name": "book_pages"},
    "documentation:chapter_bring_back": {"code number": "chapters"},
    "documentation:correction_chapter": {"correction code": "corrections"},
    **dict.fromkeys([f"screening:{name}" for name in ("screener_remind", "profile_edit", "rest_free")], {"person": "votes"}),
    **dict.fromkeys(["screening:run_entry", "screening:run_change"], {"run code": "run_entries"}),
    "screening:pair_lift": {"pair": "pair_rules"},
    "outreach:address_unsubscribe": {"token": "tokens"},
    "outreach:mail_again": {"number": "mails"},
    "outreach:intent_done": {"code": "intents"},
    "outreach:intent_show": {"code": "intents"},
    "register_remove": {"mark": "registers"},
    "call:words_edit": {"kind code": "words"},
    "statistics:research_list": {"number": "editions"},
    "statistics:research_file": {"number form": "studies"},
    "editions:entry_release": {"code": "entries"},
    "editions:consent_withdraw": {"code": "entries"},
    "follow_up:evidence_download": {"code": "entries"},
    "api_edition": {"number": "editions"},
    "api_table": {"code": "tables"},
    "api_nowhere": {"rest": "nowhere"},
    "website:news_show": {"page": "news"},
}
BY_APP: dict[str, dict[str, str]] = {
    "questionnaire": {"number section": "versions", "item": "items", "listing": "listings"},
    "documentation": {"code": "chapters", "correction": "corrections"},
    "outreach": {"code": "addresses", "wave": "waves"},
    "call": {"code language": "letters"},
    "editions": {"number": "editions"},
    "follow_up": {"award number": "awards"},
    "catalogue": {"code kind size number name": "catalogue"},
    "statistics": {"code table kind": "tables"},
    "website": {"page language number": "pages", "file": "site_files"},
    "jury": {"round position person group number code": "jury"},
    "screening": {"run": "runs", "vote": "votes", "session code": "sessions", "code": "entries", "code group project": "opinions"},
}
EVERYWHERE: dict[str, str] = {
    "code entry section tab receipt person": "entries",
    "award code": "awards",
    "round position person group": "jury",
    "number": "arrivals",
    "stack first last": "stacks",
    "page language": "pages",
    "token": "tokens",
    "key provider uidb36 pk": "accounts",
}
