"""The published editions as datasets: their files, each with its checksum, and whether something has been taken back since.

A release that is taken back leaves the files of every edition at once, and with it their checksums change. So a dataset is
known by two things: the edition (frozen, with its own SHA-256) and its state, a digest of what may not be shown of it any
more. The same edition in the same state is the same bytes, file by file, for every reader and in every language.
"""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.http.response import HttpResponseBase
from django.utils import translation

from lorbeer.awards.queries import announced_rounds
from lorbeer.call.models import Competition
from lorbeer.catalogue import changes, open_data, sums
from lorbeer.catalogue.queries import Catalogue, catalogue_at, catalogue_of_published
from lorbeer.catalogue.search import shelf
from lorbeer.catalogue.sums import Sum
from lorbeer.editions.models import Edition, Release, part_of
from lorbeer.editions.queries import closed_in, editions_published
from lorbeer.shared import clock, tables
from lorbeer.shared.text import house_language

CODEBOOK = "codebook"


@dataclass
class Dataset:
    """A published edition as it may be read now."""

    place: Competition
    edition: Edition

    @cached_property
    def catalogue(self) -> Catalogue:
        with _one_language(self.place):
            return catalogue_of_published(self.place) if self.edition.is_published else catalogue_at(self.place, self.edition)

    @property
    def is_current(self) -> bool:
        return self.edition.is_published

    @cached_property
    def state(self) -> str:
        """Digest of what decides what stands in the files, 16 hexadecimal digits: the same state is the same bytes."""
        place = self.place
        shown = [open_data.FORMAT, self.edition.sha256, place.code, dict(place.title), place.first_language, place.is_sample,
                 dict(place.sample_note), sorted(announced_rounds(place)), sorted(self._closed)]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def changed_on(self) -> date | None:
        """The day on which something that the public read in it was last taken back, in the competition's zone; None while nothing was."""
        view = self.catalogue.view
        last = max((one.at for one in changes.changes(self.edition, view) if one.took_back), default=None) if view else None
        return clock.day(last, self.place.time_zone) if last else None

    @property
    def _closed(self) -> list[tuple[str, str]]:
        """What is closed of this edition. What is taken back elsewhere, in a running round perhaps, changes no state of it; nor does what is
        closed within a part that is closed, or an entry."""
        view, closed = self.catalogue.view, closed_in(self.edition)
        return [(code, name) for code, name in closed if view and changes.held(view, code, name)
                and closed.isdisjoint({(code, str(Release.Part.ENTRY)), (code, part_of(name))} - {(code, name)})]

    def file(self, kind: str) -> HttpResponseBase:
        """One file of it; `kind` as in Sum."""
        with _one_language(self.place):
            if kind == CODEBOOK:
                return tables.download(open_data.codebook(self.catalogue), open_data.CODEBOOK_COLUMNS,
                                       f"{self.place.code}-edition-{self.edition.number}-codebook", "csv")
            return open_data.response(self.place, self.catalogue, self.catalogue.entries, kind)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """All files with size and checksum: made once for each state by whoever asks first, for a large edition aside; until then ()."""
        known = sums.known(self.edition, self.state)
        if known is None and self.edition.facts.blob.size > shelf.AT_ONCE:
            sums.make_aside(self.edition, self.state, self._sum_up)
            return ()
        return known or sums.make(self.edition, self.state, self._sum_up)

    def _sum_up(self) -> list[Sum]:
        found = []
        for kind in open_data.KINDS:
            with tempfile.TemporaryFile() as file, _one_language(self.place):
                open_data.write(file, self.place, self.catalogue, self.catalogue.entries, kind)
                found.append(Sum(name_of(kind), kind, *sums.of_file(file)))
        content: bytes = self.file(CODEBOOK).content  # type: ignore[attr-defined]
        return [*found, Sum(name_of(CODEBOOK), CODEBOOK, len(content), hashlib.sha256(content).hexdigest())]

    @property
    def checksums(self) -> str:
        """Lines as `sha256sum --check` takes them."""
        return "".join(f"{one.sha256}  {one.name}\n" for one in self.sums)


def name_of(kind: str) -> str:
    """What the file of a kind is called in its edition's folder."""
    return "codebook.csv" if kind == CODEBOOK else f"entries.{kind}"


def datasets(place: Competition) -> list[Dataset]:
    """Every edition that can be cited, the newest first; empty before the announcement."""
    return [Dataset(place, edition) for edition in editions_published(place)]


def dataset(place: Competition, number: int) -> Dataset | None:
    edition = next((one for one in editions_published(place) if one.number == number), None)
    return Dataset(place, edition) if edition else None


def _one_language(place: Competition) -> translation.override:
    """Files of a dataset are written in the first language of the call, whoever reads them."""
    return translation.override(house_language(place.first_language))

