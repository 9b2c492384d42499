"""Reading what the book needs: the dataset of an edition, chapters, builds."""

import json
import pickle
from datetime import date
from functools import lru_cache
from typing import Any, cast

from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation.book import ChapterText
from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.models import BookBuild, Chapter
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import closed_parts, codebook_of, frozen_facts_of, without_closed
from lorbeer.jury.models import Member
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared import clock, files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile
from lorbeer.shared.text import house_language
from lorbeer.statistics.queries import spec_of, tables_of
from lorbeer.statistics.words import rows_label


def role_name(role: str) -> str:
    """`Vorsitz` for `chair`: an edition may have been frozen in another language than the book is set in."""
    return str(Member.Kind(role).label) if role in Member.Kind.values else role


def newest_edition(competition: Competition) -> Edition | None:
    """The edition that chapters are checked against and the book is built from."""
    return competition.editions.first()


def asked_edition(competition: Competition, number: int | None) -> Edition:
    """The edition of that number, without one the newest. Raise BadInput where there is none, with those that there are."""
    known = {edition.number: edition for edition in competition.editions.all()}
    if not known:
        raise BadInput(_("“%(code)s” has no edition yet. Freeze one first.") % {"code": competition.code})
    if number is not None and number not in known:
        raise BadInput(_("“%(code)s” has no edition %(number)d. There is: %(numbers)s.") % {
            "code": competition.code, "number": number, "numbers": ", ".join(map(str, sorted(known)))})
    return known[max(known) if number is None else number]


def published_book(competition: Competition) -> BookBuild | None:
    """The book that the public may download."""
    return competition.book_builds.filter(is_published=True).select_related("pdf", "epub", "site__blob", "edition").first()


def chapter_texts(competition: Competition) -> list[ChapterText]:
    return [ChapterText(chapter.code, chapter.title, chapter.text) for chapter in competition.chapters.all()]


def dataset_of(competition: Competition, edition: Edition | None, *, with_pictures: bool = False, language: str = "") -> Dataset:
    """The edition as the book reads it; without an edition only what the call itself says.

    `with_pictures`: the bytes of the portraits' pictures, ready to print (a tenth of a second each). `language`: for a text that is
    not in the book's own.
    """
    own = house_language(language or competition.first_language)
    if edition is None:
        return Dataset(_competition_facts(competition), language=own)
    with translation.override(own):                                     # the book's language, whoever looks at it
        frozen = frozen_facts_of(edition)
        closed = closed_parts(competition.pk)
        facts = without_closed(frozen, closed)
    with translation.override(language or get_language()):              # those who work on the book read its tables in their own
        tables = _tables(edition, closed)
    labels = {group["code"]: str(group["label"]) for group in facts["groups"]}
    entries = {entry["code"]: entry for entry in facts["entries"] if entry.get("code")}
    pictures = _pictures([one["picture"]["file"] for one in facts["portraits"] if one.get("picture")]) if with_pictures else {}
    return Dataset(
        competition=_competition_facts(competition) | {key: value for key, value in facts["competition"].items() if value},
        edition={"number": edition.number, "sha256": edition.sha256, "frozen_on": clock.day(edition.frozen_at, competition.time_zone)},
        groups=facts["groups"], entries=facts["entries"], criteria=facts["criteria"], prizes=facts["prizes"],
        awards=facts["awards"], numbers=facts["numbers"], cap_cents=facts["cap_cents"],
        frozen_entries=frozen["entries"], frozen_awards=frozen["awards"],
        phases=[
            phase | {"starts_on": _day(phase["starts_on"]), "ends_on": _day(phase["ends_on"])} for phase in facts["phases"]
        ],
        tables=tables,
        jury=[member | {"function": member["constituency"] or "–", "role": role_name(member["function"]),
                        "is_deputy": member["function"] == Member.Kind.DEPUTY}
              for member in facts["jury"]],
        portraits=[_portrait(one, entries[one["entry"]], labels, pictures) for one in facts["portraits"]
                   if one["entry"] in entries],
        language=own,
        # A title that holds a reference is no name yet, so it cannot be referred to.
        chapters=[(code, title) for code, title in competition.chapters.values_list("code", "title") if "{{" not in title],
    )


def _competition_facts(competition: Competition) -> dict[str, Any]:
    return {
        "code": competition.code, "title": str(competition.title), "kind": str(competition.kind),
        "sponsor": str(competition.sponsor), "office": str(competition.office_name),
        "applicants": competition.applicant_kind, "sample_note": str(competition.sample_note) if competition.is_sample else "",
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _portrait(one: dict, entry: dict, labels: dict[str, str], pictures: dict[str, bytes]) -> dict[str, Any]:
    known = {key: entry.get(key, "") for key in ("office", "street", "postcode", "town", "website", "projects", "population")}
    picture = one.get("picture") or {}
    return known | {key: value for key, value in one.items() if key != "picture"} | {
        "group_label": labels.get(one["group"], one["group"]), "has_picture": bool(picture), "picture": pictures.get(picture.get("file", "")),
        "alt": picture.get("alt", ""), "credit": picture.get("credit", ""), "caption": picture.get("caption", ""),
        "is_sample": picture.get("is_sample", False),
        "note": "" if one.get("approved") else _("Not yet approved by the applicant."), "approved": one.get("approved"),
    }


def _pictures(codes: list[str]) -> dict[str, bytes]:
    stored = StoredFile.objects.filter(code__in=codes).select_related("blob")
    return {one.code: files.read(files.print_picture(one)) for one in stored}


def _tables(edition: Edition, closed: frozenset[tuple[str, str]]) -> list[dict]:
    definitions = json.dumps(
        list(edition.competition.tables.values_list("code", "number", "title", "definition")), default=str, sort_keys=True
    )
    form = current_version(edition.competition)                         # by which answers tell of closed ones
    kept = _tables_kept(edition.pk, edition.sha256, definitions, closed, form.pk if form else 0, get_language() or "de")
    return cast("list[dict]", pickle.loads(kept))  # noqa: S301 - what we have packed ourselves, and nowhere but in memory


@lru_cache(maxsize=16)
def _tables_kept(edition_id: int, _sha256: str, _definitions: str, _closed: frozenset[tuple[str, str]], _form: int, _language: str) -> bytes:
    """The tables of a frozen edition do not change as long as their definitions do not, and what they hide of what was taken back.

    `row_heading`: what their rows are where they are not the groups of the call. Packed, so that each reader has tables of its own, and so that
    labels keep their language.
    """
    edition = Edition.objects.get(pk=edition_id)
    codebook, specs = codebook_of(edition), {definition.code: spec_of(definition) for definition in edition.competition.tables.all()}
    tables = tables_of(edition)
    for table in tables:
        spec = specs[table["code"]]
        if spec.kind != "choices" and spec.rows != "group":
            table["row_heading"] = rows_label(spec, codebook)
    return pickle.dumps(tables)


def chapters_of(competition: Competition) -> list[Chapter]:
    return list(competition.chapters.select_related("changed_by"))
