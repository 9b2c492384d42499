"""Reading editions."""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.queries import announced_competitions, announced_rounds
from lorbeer.call.models import Competition
from lorbeer.editions import columns
from lorbeer.editions.dataset import unnamed_last, withheld
from lorbeer.editions.fields import closed_fields, is_in, open_parts, without
from lorbeer.editions.models import Edition, Release, name_of
from lorbeer.editions.naming import nameable
from lorbeer.entries.models import Entry, Move
from lorbeer.entries.queries import ADMITTED
from lorbeer.entries.transitions import TRANSITIONS
from lorbeer.intake.queries import accepted_documents
from lorbeer.questionnaire.definition import CONSENT
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.prepared import prepared
from lorbeer.shared.remembered import once_per_page
from lorbeer.shared.text import localized

LEADING_OUT = [name for name, (sources, target) in TRANSITIONS.items() if sources & set(ADMITTED) and target not in ADMITTED]

if TYPE_CHECKING:
    import duckdb


@once_per_page
def published_edition(competition: Competition) -> Edition | None:
    """The edition that the public reads."""
    return next(iter(_published(competition.pk)), None)


def any_is_published() -> bool:
    """Whether there is an edition that the public reads, of a competition that it may know of."""
    return Edition.objects.filter(is_published=True, competition__is_public=True, competition__in=announced_competitions()).exists()


@prepared
def _published(competition: int) -> QuerySet[Edition]:
    return Edition.objects.filter(competition=competition, is_published=True)


def facts_of(edition: Edition) -> dict[str, Any]:
    """The facts of an edition, see editions/dataset.py; what has been revoked since is left out."""
    return without_closed(frozen_facts_of(edition), closed_parts(edition.competition_id))


def closed_parts(competition_id: int) -> frozenset[tuple[str, str]]:
    """(code of an entry, part or field by its name) that may not be shown any more: revoked, or the whole entry not to be named; two queries.

    A field stays among them when its part is open again, see models.Release.
    """
    return _closed([competition_id], _revoked(competition_id), _unnamed(competition_id))[competition_id]


def closed_parts_of(competitions: Collection[int]) -> dict[int, frozenset[tuple[str, str]]]:
    """`closed_parts` of several competitions at once, also in two queries."""
    return _closed(competitions, _revoked_in(competitions), _unnamed_in(competitions))


def _closed(competitions: Collection[int], revoked: Iterable[Any], unnamed: Iterable[Any]) -> dict[int, frozenset[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {one: set() for one in competitions}
    for place, code, part, field in revoked:
        if code:
            found[place].add((code, name_of(part, field)))
    for place, code in unnamed:
        if code:
            found[place].add((code, Release.Part.ENTRY))
    return {place: frozenset(closed) for place, closed in found.items()}


# All ask for what is out of the ordinary, each by an index, so that they cost the same with a million entries; each begins with the few
# rows in question and looks up their entries, for with a join SQLite may begin with all entries.


def _revoked_in(competitions: Collection[int]) -> QuerySet[Any]:
    """(competition, code, part, field); both of the first are null where the entry is of another competition."""
    released_again = Release.objects.filter(entry=OuterRef("entry"), part=OuterRef("part"), field=OuterRef("field"), revoked_at=None)
    return (Release.objects.filter(revoked_at__isnull=False).exclude(Exists(released_again))
            .annotate(place=_of_entry("competition", competitions), code=_of_entry("code", competitions))
            .values_list("place", "code", "part", "field"))


@prepared
def _ever_revoked(competition: int) -> QuerySet[Any]:
    """(code, part, field, released_at, revoked_at, when it was released again); the code null as above."""
    released_again = Release.objects.filter(
        entry=OuterRef("entry"), part=OuterRef("part"), field=OuterRef("field"), revoked_at=None).values("released_at")
    return (Release.objects.filter(revoked_at__isnull=False)
            .annotate(code=_of_entry("code", [competition]), again=Subquery(released_again))
            .values_list("code", "part", "field", "released_at", "revoked_at", "again"))


@prepared
def _steps_out(competition: int, since: datetime) -> QuerySet[Any]:
    """(code, target, at) of all steps of the entries that were led out of the admitted since; the code null as above."""
    out = Move.objects.filter(name__in=LEADING_OUT, at__gt=since).order_by().values("entry")
    return (Move.objects.filter(entry__in=out, at__gt=since).order_by()
            .annotate(code=_of_entry("code", [competition])).values_list("code", "target", "at"))


def _unnamed_in(competitions: Collection[int]) -> QuerySet[Any]:
    """(competition, code), null as above. An entry in an edition was admitted when it was frozen; if it is not now, a step has led out."""
    moved = (Move.objects.filter(name__in=LEADING_OUT).order_by()
             .annotate(place=_of_entry("competition", competitions, state__in=ADMITTED),
                       code=_of_entry("code", competitions, state__in=ADMITTED))
             .values_list("place", "code"))
    unlisted = Entry.objects.filter(competition__in=competitions, is_unlisted=True).values_list("competition", "code")
    return unlisted.union(moved, all=True)


def _of_entry(field: str, competitions: Collection[int], **but: Any) -> Subquery:
    return Subquery(Entry.objects.filter(pk=OuterRef("entry"), competition__in=competitions).exclude(**but).values(field))


@prepared
def _revoked(competition: int) -> QuerySet[Any]:
    return _revoked_in([competition])


@prepared
def _unnamed(competition: int) -> QuerySet[Any]:
    return _unnamed_in([competition])


def closed_in(edition: Edition) -> frozenset[tuple[str, str]]:
    """`closed_parts` for this edition. In a former one also what was taken back since it was frozen and is open again: that is another text."""
    closed = closed_parts(edition.competition_id)
    if edition.is_published:
        return closed
    return closed | {(one.code, one.name) for one in ever_revoked(edition.competition_id) if one.revoked_at > edition.frozen_at}


class Revoked(NamedTuple):
    """A release that was taken back, and when the same was released again, if it was. A field that was closed by itself was never
    released: the two moments are the same."""

    code: str
    part: str
    field: str
    released_at: datetime
    revoked_at: datetime
    again_at: datetime | None

    @property
    def name(self) -> str:
        return name_of(self.part, self.field)


def ever_revoked(competition_id: int) -> list[Revoked]:
    """All that was ever taken back, in one query."""
    return [one for row in _ever_revoked(competition_id) if (one := Revoked(*row)).code]


def steps_out(competition_id: int, since: datetime) -> list[tuple[str, str, datetime]]:
    """(code of an entry, state, moment) of each step of the entries that were led out of the admitted since; one query."""
    return [row for row in _steps_out(competition_id, since) if row[0]]


def editions_published(competition: Competition) -> list[Edition]:
    """Editions that the public has read at some time and can cite, the newest first; none before an announcement."""
    if not announced_rounds(competition).exists():
        return []
    return list(competition.editions.filter(published_at__isnull=False))


def without_closed(facts: dict[str, Any], closed: frozenset[tuple[str, str]]) -> dict[str, Any]:
    """`facts` without what of entries is closed: of entries, their awards and their portraits."""
    if not closed:
        return facts
    by_code: dict[str, set[str]] = {}
    for code, name in closed:
        by_code.setdefault(code, set()).add(name)
    return facts | {
        "entries": [_without(entry, by_code.get(entry["code"], set())) for entry in facts["entries"]],
        "awards": unnamed_last([
            _award_without(award) if Release.Part.ENTRY in by_code.get(award["entry"], ()) else award for award in facts["awards"]
        ]),
        "portraits": [
            portrait | {"picture": None} if Release.Part.PICTURES in by_code.get(portrait["entry"], ()) else portrait
            for portrait in facts["portraits"] if Release.Part.ENTRY not in by_code.get(portrait["entry"], ())
        ],
    }


def frozen_facts_of(edition: Edition) -> dict[str, Any]:
    """The facts exactly as frozen: for figures that must never change, whatever is revoked or erased later."""
    return spoken(json.loads(_content(edition.facts_id, edition.sha256)))


def spoken(facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` with the texts of the call in the active language; former editions know them in one language only."""
    def said(one: dict[str, Any]) -> dict[str, Any]:
        return {key: str(localized(value)) if isinstance(value, dict) else value for key, value in one.items()}

    lists = {name: [said(one) for one in facts.get(name, [])] for name in ("groups", "criteria", "phases", "prizes")}
    return facts | lists | {"competition": said(facts["competition"])}


def codebook_of(edition: Edition) -> list[dict[str, Any]]:
    return json.loads(_content(edition.codebook_id, edition.sha256))


@contextmanager
def answers_of(edition: Edition) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection in which the edition's answers are the table `answers`."""
    with TemporaryDirectory() as folder, columns.connect() as connection:
        file = Path(folder) / "answers.parquet"
        if lying := files.local_path(_stored(edition.answers_id, edition.sha256)):
            file.symlink_to(lying)                                      # of a million entries a copy would take as long as three tables
        else:
            file.write_bytes(_content(edition.answers_id, edition.sha256))
        connection.execute(f"CREATE TEMP VIEW answers AS SELECT * FROM read_parquet('{file}')")  # noqa: S608 (our own file)
        yield connection


@lru_cache(maxsize=24)
def _content(file_id: int, edition_sha256: str) -> bytes:
    """The bytes of a frozen file; they never change, so they are kept."""
    return files.read(_stored(file_id, edition_sha256))


@lru_cache(maxsize=24)
def _stored(file_id: int, _edition_sha256: str) -> StoredFile:
    return StoredFile.objects.select_related("blob").get(pk=file_id)


def _award_without(award: dict[str, Any]) -> dict[str, Any]:
    """An award whose winner has taken the release back: group, prize and amount still count."""
    kept = {key: award[key] for key in ("group", "prize", "amount_cents")}
    return {key: "" if isinstance(value, str) else None for key, value in award.items()} | kept


def _without(entry: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if not entry["code"] or not names:
        return entry
    if Release.Part.ENTRY in names:
        return withheld(entry["group"], entry.get("round", 1))
    return without(entry, names)


# --- what may be published, and what is -------------------------------------------------------------------------------


class Standing(TextChoices):
    """Where an admitted entry stands with its publication."""

    RELEASED = "released", _("released")
    CONSENTED = "consented", _("consent given, not released")
    WAITING = "waiting", _("consent given, opens with the announcement")
    NO_CONSENT = "no_consent", _("no consent")
    TAKEN_BACK = "taken_back", _("taken back")
    UNLISTED = "unlisted", _("counted, not listed")


@dataclass(frozen=True)
class Publication:
    """An admitted entry, where it stands, how many of its parts are open, and how many fields are closed by themselves."""

    entry: Entry
    standing: Standing
    open_parts: int
    closed_fields: int = 0

    @property
    def code(self) -> str:
        return self.entry.code


# What a consent opens that does not say what it is about: what everybody understands by "publish".
PARTS_OF_CONSENT = (Release.Part.ENTRY, Release.Part.ABSTRACT)


def consented_parts(document: Document | None) -> list[str]:
    """The parts to whose publication the applicant agreed in the accepted entry form: by a tick, or the first of the options.

    A part that two questions name needs both; without title and name nothing else can be shown.
    """
    agreed: dict[str, bool] = {}
    for question in document.form.with_role(CONSENT) if document else ():
        if document and document.was_asked(question.name):
            value = document.value(question.name)
            said_yes = value == question.choices[0].code if question.choices else value is True
            for part in question.releases or PARTS_OF_CONSENT:
                agreed[part] = agreed.get(part, True) and said_yes
    return [part for part in Release.Part.values if agreed.get(part)] if agreed.get(Release.Part.ENTRY) else []


def has_consented(document: Document | None) -> bool:
    return bool(consented_parts(document))


def taken_back(entries: Iterable[Entry]) -> dict[int, set[str]]:
    """Entry id → parts (and fields by their names) that somebody has taken back at some time, open again or not; one query."""
    found: dict[int, set[str]] = {}
    rows = Release.objects.filter(entry__in=entries, revoked_at__isnull=False).values_list("entry_id", "part", "field")
    for entry_id, part, field in rows:
        found.setdefault(entry_id, set()).add(name_of(part, field))
    return found


def parts_for_office(entry: Entry, document: Document | None) -> set[str]:
    """What the office may open by itself: consented to in the entry form, and never taken back since."""
    return set(consented_parts(document)) - taken_back([entry]).get(entry.pk, set())


def shown_at_once(entry: Entry, names: Iterable[str]) -> set[str]:
    """Those parts and fields that the published edition holds already: closed only by a taking back, they show when open again."""
    edition = published_edition(entry.competition)
    if edition is None:
        return set()
    facts = frozen_facts_of(edition)
    frozen = next((one for one in facts["entries"] if one["code"] == entry.code), None)
    if frozen is None:
        return set()
    has_picture = any(portrait["entry"] == entry.code and portrait["picture"] for portrait in facts["portraits"])
    return {name for name in names if is_in(frozen, name) or (has_picture and name == Release.Part.PICTURES)}


def publications(competition: Competition) -> list[Publication]:
    """All admitted entries by round and applicant, with their standing; four queries for any number."""
    entries = list(
        Entry.objects.filter(competition=competition, state__in=ADMITTED).select_related("group")
        .prefetch_related(Prefetch("releases", to_attr="all_releases")).order_by("round", "applicant", "code")
    )
    for entry in entries:
        entry.competition = competition
    untouched = [entry for entry in entries if not entry.is_unlisted
                 and all(one.field for one in entry.all_releases)]  # type: ignore[attr-defined]
    documents = accepted_documents(untouched)
    announced = set(announced_rounds(competition))
    return [_publication(entry, documents.get(entry.pk), is_announced=entry.round in announced) for entry in entries]


def _publication(entry: Entry, document: Document | None, *, is_announced: bool) -> Publication:
    releases: list[Release] = entry.all_releases  # type: ignore[attr-defined]
    opened, closed = open_parts(releases), closed_fields(releases)
    if entry.is_unlisted:
        return Publication(entry, Standing.UNLISTED, 0)
    if Release.Part.ENTRY in opened:
        return Publication(entry, Standing.RELEASED, len(opened), len(closed))
    if any(not one.field for one in releases):
        return Publication(entry, Standing.TAKEN_BACK, 0, len(closed))
    if not has_consented(document):
        return Publication(entry, Standing.NO_CONSENT, 0, len(closed))
    return Publication(entry, Standing.CONSENTED if is_announced else Standing.WAITING, 0, len(closed))


def waiting_for_release(competition: Competition, round: int | None = None) -> list[Entry]:
    """Entries of announced rounds (or of `round`, announced or not) with consent of which no part was ever released."""
    rounds: Any = announced_rounds(competition) if round is None else [round]
    touched = Release.objects.filter(entry=OuterRef("pk"), field="")
    untouched: QuerySet[Entry] = (
        Entry.objects.filter(~Exists(touched), competition=competition, round__in=rounds, state__in=ADMITTED, is_unlisted=False)
        .select_related("competition").order_by("reference", "code")
    )
    documents = accepted_documents(untouched)
    return [entry for entry in untouched if has_consented(documents.get(entry.pk))]


def released_since(edition: Edition) -> int:
    """How many entries have opened since `edition` was frozen, so that the public does not find them yet."""
    return nameable(edition.competition_id).filter(
        round__in=announced_rounds(edition.competition), releases__part=Release.Part.ENTRY, releases__revoked_at=None,
        releases__released_at__gt=edition.frozen_at,
    ).count()
