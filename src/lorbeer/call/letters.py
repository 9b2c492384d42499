"""Letters with named placeholders. Only substitution: no template language, so a letter can do no harm."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition, Letter
from lorbeer.shared.errors import BadInput
from lorbeer.shared.money import format_prize
from lorbeer.shared.prepared import prepared
from lorbeer.shared.text import language_for

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\s*\}\}")
ANY_BRACES = re.compile(r"\{\{(?P<name>[^{}\n]{0,80})(?P<end>\}\})?")


@dataclass(frozen=True)
class LetterKind:
    """A letter that Lorbeer sends by itself: its code, what it is for, and each placeholder with a sample value.

    A code that ends in `_` stands for all that begin with it (`wave_`: `wave_1`, `wave_reminder`).
    """

    code: str
    label: str | Promise
    placeholders: Mapping[str, str | Promise] = field(default_factory=dict)


Samples = dict[str, str | Promise]
# Samples that are empty here come from the call, or are written for it: see `sample_facts`.
SAMPLE_MOMENT, SAMPLE_END = datetime(2017, 9, 15, 12, 3, 27, tzinfo=UTC), datetime(2018, 1, 31, 22, 59, 59, tzinfo=UTC)
_TOWN, _READER = gettext_lazy("Town of Musterstadt"), gettext_lazy("A. Sample")
_ENTRY: Samples = {
    "entry.title": gettext_lazy("A garden for everybody"), "entry.code": "K7QD4X-M", "entry.applicant": _TOWN,
    "applicant.name": _TOWN, "recipient.name": _READER, "person.name": _READER,
}
_HOUSE: Samples = {
    "competition.title": "", "competition.sponsor": "", "office.name": "", "office.email": "", "office.phone": "",
}
_RECEIPT: Samples = {
    "receipt.number": "H4M7KQ-X", "receipt.time": "", "receipt.channel": "online",
    "receipt.sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "receipt.chain": "3b1f…",
    "receipt.link": "https://example.org/…",
}
_CHECK: Samples = {
    "check.group": "", "check.clause": "", "check.reason": gettext_lazy("The attachment is missing."), "check.until": "",
}
_INTAKE: Samples = _ENTRY | _HOUSE | {"competition.office_name": "", "competition.office_email": ""}     # as in “office.”, for older letters
_MERGER: Samples = {"merger.counts": "K7QD4X-M", "merger.leads": "H4M7KQ-X"}
_AWARD: Samples = {"award.list": "", "award.sum": "", "award.prize": "", "award.group": "", "award.amount": ""}
_PAGE: Samples = {"page.url": "https://example.org/…"}
KINDS = (
    LetterKind("receipt", gettext_lazy("Receipt for a submitted entry"), _INTAKE | _RECEIPT),
    LetterKind("arrival", gettext_lazy("Acknowledgement of a mail that has arrived"), _HOUSE | {
        "competition.office_name": "", "competition.office_email": "",
        "arrival.number": "H4M7KQ-X", "arrival.time": "", "arrival.follows": gettext_lazy("The competition office looks at it."),
    }),
    LetterKind("withdrawal", gettext_lazy("Confirmation that an entry has been withdrawn"), _INTAKE),
    LetterKind("merger", gettext_lazy("Two entries have been put together"), _INTAKE | _MERGER),
    LetterKind("parting", gettext_lazy("Two entries that were put together count each for itself again"), _INTAKE | _MERGER),
    LetterKind("admission", gettext_lazy("Admission after the formal check"), _ENTRY | _HOUSE | _CHECK),
    LetterKind("exclusion", gettext_lazy("Exclusion after the formal check"), _ENTRY | _HOUSE | _CHECK),
    LetterKind("completion", gettext_lazy("Request to complete an entry"), _ENTRY | _HOUSE | _CHECK | _PAGE),
    LetterKind("reopening", gettext_lazy("Withdrawal of a notice: the entry is checked again"), _ENTRY | _HOUSE | _CHECK),
    LetterKind("result_won", gettext_lazy("Result for winners"), _ENTRY | _HOUSE | _PAGE | _AWARD),
    LetterKind("result_not_won", gettext_lazy("Result for all others"), _ENTRY | _HOUSE | _PAGE),
    LetterKind("portrait_proof", gettext_lazy("Portrait to be approved"), _ENTRY | _HOUSE | _PAGE | _AWARD),
    LetterKind("wave_", gettext_lazy("Mailing to the distribution list"), _HOUSE | {
        "address.name": _TOWN, "address.unsubscribe_link": "https://example.org/…",
        "competition.aim": "", "competition.link": "https://example.org/…",
    }),
)


def kind_of(code: str) -> LetterKind | None:
    """What is known about a letter with this code; None for one that only people send."""
    exact = next((kind for kind in KINDS if kind.code == code), None)
    return exact or next((kind for kind in KINDS if kind.code.endswith("_") and code.startswith(kind.code)), None)


_house_words: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {}


def register_house_words(code: str, words: Callable[[Mapping[str, Any]], tuple[str, str]]) -> None:
    """`words(facts)` gives subject and body that go out, in the active language, where a competition has no letter `code`."""
    _house_words[code] = words


def text_sent(competition: Competition, code: str, language: str) -> Letter:
    """What goes out to readers of `language` while there is no such letter: one in another language, else the house's words."""
    other = in_language(competition, competition.letters.filter(code=code), language)
    found = Letter(competition=competition, code=code, language=language)
    if other:
        found.subject, found.body = other.subject, other.body
    elif (kind := kind_of(code)) and (words := _house_words.get(code)):
        facts: dict[str, dict[str, str]] = {}
        for name in kind.placeholders:
            part, _dot, attribute = name.partition(".")
            facts.setdefault(part, {})[attribute] = "{{ " + name + " }}"
        with translation.override(language_for(language)):
            found.subject, found.body = words(facts)
    return found


def sample_facts(competition: Competition, kind: LetterKind, language: str) -> dict[str, Any]:
    """Sample values in `language` for every placeholder of `kind`; what the call itself says is taken from it."""
    with translation.override(language_for(language)):
        return _sample_facts(competition, kind)


def _sample_facts(competition: Competition, kind: LetterKind) -> dict[str, Any]:
    prize = competition.prizes.select_related("group").first()
    group = prize.group if prize else competition.groups.first()
    clause = competition.clauses.first()
    worth = format_prize(prize.amount_cents if prize else 0)
    own: dict[str, str] = {
        "receipt.time": moment_in_words(competition, SAMPLE_MOMENT, exact=True),
        "arrival.time": moment_in_words(competition, SAMPLE_MOMENT, exact=True),
        "check.until": moment_in_words(competition, SAMPLE_END), "check.group": str(group or ""),
        "check.clause": (f"{clause.label} ({clause.number})" if clause.number else str(clause.label)) if clause else "",
        "award.sum": worth, "award.amount": worth, "award.prize": str(prize.label) if prize else "", "award.group": str(group or ""),
        "award.list": f"{prize.label} ({group})" + (f": {worth}" if prize.amount_cents else "") if prize else "",
        "competition.title": str(competition.title), "competition.aim": str(competition.aim),
        "competition.sponsor": str(competition.sponsor), "competition.office_name": str(competition.office_name),
        "competition.office_email": competition.office_email, "office.name": str(competition.office_name),
        "office.email": competition.office_email, "office.phone": competition.office_phone,
    }
    facts: dict[str, Any] = {}
    for name, sample in kind.placeholders.items():
        part, _dot, attribute = name.partition(".")
        facts.setdefault(part, {})[attribute] = own.get(name, str(sample))
    return facts


def faults_of(code: str, subject: str, body: str) -> list[str]:
    """What is wrong with the placeholders of a letter, a sentence each; [] where nothing is."""
    kind, found = kind_of(code), []
    for text in (subject, body):
        for match in ANY_BRACES.finditer(text):
            right = PLACEHOLDER.fullmatch(match[0])
            if not right:
                found.append(_("“%(text)s” is not a placeholder. Write it like {{ entry.title }}.")
                             % {"text": match[0].strip()})
            elif kind is not None and right[1] not in kind.placeholders:
                found.append(_("The placeholder “%(name)s” is not known in this letter.") % {"name": right[1]})
    return list(dict.fromkeys(found))


def in_language(competition: Competition, letters: Iterable[Letter], language: str) -> Letter | None:
    """Of `letters` with one code: that in `language`, else that in the first of the call's languages, else any."""
    known = {letter.language: letter for letter in letters}
    wanted = [language, *competition.languages, *sorted(known)]
    return next((known[one] for one in wanted if one in known), None)


def letter_of(competition: Competition, code: str, language: str = "") -> Letter:
    """The competition's letter `code`, in `language` if there is one, else in one of the call's; raise BadInput if none."""
    letter = in_language(competition, letters_of(competition, code), language)
    if letter is None:
        raise BadInput(_("This competition has no letter “%(code)s”. Write it under Letters first.") % {"code": code})
    return letter


def language_sent(competition: Competition, code: str, language: str) -> str:
    """In which language letter `code` goes out to readers of `language`: in theirs, or in one that the call's own is written in.

    Everything that is filled in must be in it, too: `12 October, 14:03 (CEST)` in an English letter, whoever reads it.
    """
    letter = in_language(competition, letters_of(competition, code), language)
    return letter.language if letter else language


def letters_of(competition: Competition, code: str) -> list[Letter]:
    """The letter `code` in each language in which the competition has it."""
    return _letters(competition.pk, str(code))                          # a member of an enumeration, too, asks by its text


@prepared
def _letters(competition: int, code: str) -> QuerySet[Letter]:
    return Letter.objects.filter(competition=competition, code=code)


def placeholders(letter: Letter) -> set[str]:
    """The names that the letter uses, such as `entry.title`."""
    return set(PLACEHOLDER.findall(letter.subject + "\n" + letter.body))


def render(letter: Letter, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body with every placeholder replaced by the text of its value.

    `context` maps the first part of a name to a mapping or an object whose attribute is read.
    Raise BadInput, naming the placeholder, where it has no value or is misspelt: nothing in braces ever leaves the house.
    """
    return _fill(letter.subject, context, letter), _fill(letter.body, context, letter)


def _fill(text: str, context: Mapping[str, Any], letter: Letter) -> str:
    def value(match: re.Match[str]) -> str:
        right = PLACEHOLDER.fullmatch(match[0])
        found: Any = context if right else None
        for part in right[1].split(".") if right else ():
            found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
            if found is None or callable(found):
                break
        if found is None or callable(found):
            raise BadInput(
                _("The placeholder “%(name)s” is not known here. Correct the letter.")
                % {"name": (right[1] if right else match["name"]).strip() or match[0]},
                where=f"{letter.code}.{letter.language}",
            )
        return str(found)

    return ANY_BRACES.sub(value, text)
