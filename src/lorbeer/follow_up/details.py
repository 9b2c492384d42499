"""What an event of the log says, as a person reads it.

The log holds codes, UTC and nested data, alike in every database and for ever; programs get them so. Pages and downloads say them in
words: moments in the competition's zone, people, groups and prizes by their names; a page folds checksums.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lorbeer.call.models import Competition
from lorbeer.editions.fields import CONTACT
from lorbeer.follow_up import names, words
from lorbeer.questionnaire.definition import Question
from lorbeer.register.models import LegalStatus
from lorbeer.screening.pairing import choices_of, questions_of
from lorbeer.screening.queries import rules_of
from lorbeer.shared import jobs
from lorbeer.shared.lands import land_name
from lorbeer.shared.models import LogEvent
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.formats import number, percent, short_day, short_moment, spoken, written
from lorbeer.shared.text import localized, plain

LONGEST_SHOWN = 160                                                     # characters of one detail, before it is folded
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CHECKSUM = re.compile(r"[0-9a-f]{64}")
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Said:
    """Something that is said, with a word before it or without: a text, or several of its kind."""

    what: Any                                                           # str, or list of Said
    word: str = ""
    is_checksum: bool = False

    @property
    def has_parts(self) -> bool:
        return isinstance(self.what, list)

    @property
    def length(self) -> int:
        return len(self.word) + (sum(part.length + 2 for part in self.what) if self.has_parts else len(self.what))

    @property
    def is_list_of_lists(self) -> bool:
        return self.has_parts and any(part.has_parts for part in self.what)

    @property
    def fits_a_line(self) -> bool:
        return not self.is_list_of_lists and self.length <= LONGEST_SHOWN

    @property
    def only_checksums(self) -> bool:
        return all(part.only_checksums for part in self.what) if self.has_parts else self.is_checksum


class Reader:
    """Reads the events of one page of a competition's log, or of a file of it; what has a name is looked up once for all of them."""

    def __init__(self, competition: Competition, events: Callable[[], Iterable[LogEvent]]) -> None:
        self.place = competition
        self.names = names.Names(competition, events)

    def said(self, event: LogEvent) -> list[Said]:
        """The details of an event, without those that say nothing."""
        area, said = event.verb.partition(".")[0], []
        for key, value in event.detail.items() if isinstance(event.detail, dict) else ():
            try:
                said += self._parts({key: value}, area)
            except Exception:                                           # a forged event holds anything, and its page must not fail on it
                said.append(Said(json.dumps(value, ensure_ascii=False), str(words.detail_word(key))))
        return said

    def shown(self, event: LogEvent) -> SafeString | str:
        """They on a page: short ones in a line, long ones and checksums folded."""
        facts, sums = self._parted(event)
        blocks = []
        for fits, some in groupby(facts, key=lambda one: one.fits_a_line):
            several = list(some)
            blocks += [format_html_join(" · ", "{}", ((_line(one),) for one in several))] if fits else [_fold(one.word, one) for one in several]
        if sums:
            blocks.append(_fold(pgettext("log", "checksums"), Said(sums)))
        return format_html('<div class="l-wrap-anywhere">{}</div>', format_html_join("", "{}", ((one,) for one in blocks))) if blocks else ""

    def told(self, event: LogEvent) -> str:
        """They in one line of plain text, checksums last."""
        facts, sums = self._parted(event)
        return " · ".join(_told(one) for one in (*facts, *sums))

    def _parted(self, event: LogEvent) -> tuple[list[Said], list[Said]]:
        """Facts and checksums of an event; among the facts the reason, whose words stand beside the log."""
        said = self.said(event)
        if hasattr(event, "reason"):
            said.append(Said(written(event.reason.words, self.place), pgettext("log", "reason")))
        sums = [one for one in said if one.only_checksums]
        return [one for one in said if one not in sums], sums

    # --- the parts of a detail ---

    def _parts(self, detail: dict[str, Any], area: str) -> Iterator[Said]:
        for key, value in detail.items():
            if value not in NOTHING and key not in words.NOT_SHOWN:
                yield self._said(key, value, area)

    def _said(self, key: str, value: Any, area: str) -> Said:
        made = self._value(key, value, area)
        return Said(made.what, str(words.detail_word(key)), made.is_checksum)

    def _value(self, key: str, value: Any, area: str) -> Said:
        read = READERS.get(f"{area}.{key}") or READERS.get(key)
        if read is not None and (made := read(self, value)) is not None:
            return made if isinstance(made, Said) else Said(made)
        if isinstance(value, dict):
            return Said(list(self._parts(value, area)))
        if isinstance(value, list):
            return Said([self._value(key, one, area) for one in value])
        return self._plain(key, value, area)

    def _plain(self, key: str, value: Any, area: str) -> Said:
        """A single value, by its key or by how it looks."""
        if value in NOTHING:
            return Said("–")
        if isinstance(value, bool):
            return Said(_("yes") if value else _("no"))
        if isinstance(value, float):                                    # inside the texts of a package alone
            return Said(number(value))
        if isinstance(value, int):
            return Said(format_euro(value) if key in words.MONEY else str(value) if key in words.NUMBERED else number(value))
        kind = words.CHOICES.get(f"{area}.{key}") or words.CHOICES.get(key)
        if kind and value in kind:
            return Said(str(kind[value]))
        if MOMENT.fullmatch(value):
            return Said(short_moment(datetime.fromisoformat(value)))
        if DAY.fullmatch(value):
            return Said(short_day(date.fromisoformat(value)))
        if CHECKSUM.fullmatch(value):
            return Said(value, is_checksum=True)
        if key in words.TYPED:
            return Said(written(value, self.place))
        return Said(self.names.name("person", value))

    # --- what only the call knows ---

    @cached_property
    def _labels(self) -> dict[str, dict[str, str]]:
        place = self.place
        rows: dict[str, Any] = {"group": place.groups, "prize": place.prizes, "clause": place.clauses, "criterion": place.criteria,
                                "point": place.check_points}
        return {kind: {one.code: spoken(one.label) for one in there.all()} for kind, there in rows.items()}

    @cached_property
    def _fields(self) -> dict[str, str]:
        return dict(choices_of(self.place, rules_of(self.place).fields))

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return questions_of(self.place)

    def field(self, code: str) -> Any:
        """A field of expertise, or the question whose options these are."""
        return self._fields.get(code) or self.question(code)

    def question(self, name: str) -> Any:
        """What the newest questionnaire asks under this name."""
        return spoken(self._questions[name].label) if name in self._questions else name

    def label(self, kind: str, code: Any) -> str:
        """What the call names a group, prize, clause, criterion or check point today."""
        return self._labels[kind].get(str(code), str(code))


def _of_call(kind: str) -> Callable[[Reader, Any], Any]:
    return lambda reader, value: reader.label(kind, value) if isinstance(value, str) else None


def _named(kind: str) -> Callable[[Reader, Any], Any]:
    return lambda reader, value: reader.names.name(kind, value) if isinstance(value, str) else None


def _span(_reader: Reader, value: Any) -> str | None:
    """From when to when a phase goes."""
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) and (not one or MOMENT.fullmatch(one)) for one in value)):
        return None
    begin, end = (short_moment(datetime.fromisoformat(one)) if one else "" for one in value)
    if begin and end:
        return pgettext("log", "%(begin)s to %(end)s") % {"begin": begin, "end": end}
    if begin:
        return pgettext("log", "from %(begin)s") % {"begin": begin}
    return pgettext("log", "until %(end)s") % {"end": end} if end else pgettext("log", "no dates")


def _who_may(_reader: Reader, value: list[Any]) -> Said:
    """The rule of an award group."""
    statuses, condition = value[:2]
    said = [Said(str(LegalStatus(one).label) if one in LegalStatus.values else one) for one in statuses]
    parts = [Said(said, pgettext("log", "legal status"))] if said else []
    parts += [Said(condition, pgettext("log", "condition"))] if condition else []
    parts += [Said(pgettext("log", "special category"))] if value[2:] == [True] else []
    return Said(parts or [Said(pgettext("log", "everybody"))])


def _row(*keys: str) -> Callable[[Reader, Any], Any]:
    """Rows that are lists: `keys` name their places."""
    def read(reader: Reader, value: Any) -> Said | None:
        if not (isinstance(value, list) and all(isinstance(one, list) and len(one) <= len(keys) for one in value)):
            return None
        return Said([Said(list(reader._parts(dict(zip(keys, one, strict=False)), "jury"))) for one in value])

    return read


def _votes_counted(reader: Reader, value: Any) -> Said | None:
    """How many said yes, no, and abstained; or on whose ballot which items stand."""
    if isinstance(value, list):
        return Said(list(reader._parts(dict(zip(("yes", "no", "abstained"), value, strict=False)), "jury")))
    return Said([Said([Said(str(one)) for one in items], reader.names.name("person", code)) for code, items in value.items()])


def _wording(_reader: Reader, value: Any) -> Said:
    """Texts of a part of the call in its languages."""
    return Said([Said([Said(text, language) for language, text in texts.items()], str(words.detail_word(field)))
                 for field, texts in value.items() if texts])


def _change(reader: Reader, value: Any) -> Any:
    """What stood there before or after: dates of a phase, the rule of a group, words, or the facts of a decision."""
    if isinstance(value, list):
        return _span(reader, value) or (_who_may(reader, value) if len(value) == 2 and isinstance(value[0], list) else None)
    if isinstance(value, dict) and value and all(isinstance(one, dict) for one in value.values()):
        return _wording(reader, value)
    return None


def _terms(reader: Reader, value: Any) -> Said:
    """The whole call, as a package has brought it."""
    return Said([Said(list(_table(reader, table, rows)), str(words.TERMS.get(table, table))) for table, rows in value.items() if rows])


def _table(reader: Reader, table: str, rows: dict[str, Any]) -> Iterator[Said]:
    for code, value in rows.items():
        name, _stroke, what = code.partition("/")
        if table == "call_competition":
            yield reader._said(code, json.loads(value), "call")
        elif table == "call_phase":
            kind = words.CHOICES["phase"].get(name, name)
            yield Said(_span(reader, value) or "–", _("%(phase)s, round %(round)s") % {"phase": kind, "round": what})
        elif table == "call_purse":
            yield Said(format_euro(value), _("round %(round)s") % {"round": what})
        elif what == "words":
            label = spoken(localized(value.get("label") or ""))
            yield Said(list(_of_row(reader, table, rows.get(name), rows.get(f"{name}/place", []))) or "–", label)


def _of_row(reader: Reader, table: str, facts: Any, place: list[Any]) -> Iterator[Said]:
    """What a row of the call decides, beside its words and its place among its kind, in which it is listed."""
    more = place[1:]
    if table == "call_awardgroup" and facts:
        yield from _who_may(reader, facts).what
    elif table == "call_prize" and facts:
        cents, up_to, most = facts
        yield Said(_("up to %(sum)s") % {"sum": format_euro(cents)} if up_to else format_euro(cents))
        if most:
            yield Said(str(most), pgettext("log", "at most"))
        yield from (Said(reader.label("group", one), str(words.detail_word("group"))) for one in more)
    elif table == "call_criterion" and more:
        yield Said(str(more[1]), pgettext("log", "weight"))
    elif table == "call_exclusionclause":
        yield from (Said(str(one)) for one in more if one)
    elif table == "call_checkpoint":
        yield from (Said(reader.label("clause", one), str(words.detail_word("clause"))) for one in more if one)


def _options(reader: Reader, value: Any) -> Said:
    """The overall votes among which a screener chooses, and what each proposes."""
    def read(option: dict[str, Any]) -> Said:
        to = option.get("proposes", "")
        said = [Said(spoken(localized(option["label"])))]
        if to == "group":
            said.append(Said(_("proposes for the entry’s group")))
        elif to:
            said.append(Said(reader.label("group", to), pgettext("log", "proposes for")))
        return Said(said)

    return Said([read(option) for option in value])


def _months(_reader: Reader, value: dict[str, int]) -> Said:
    classes = words.CHOICES["personal_class"]
    return Said([Said(str(months), str(classes.get(name) or words.detail_word(name))) for name, months in value.items()])


def _item_of(reader: Reader, value: Any) -> Any:
    if not isinstance(value, str):
        return None
    meeting, _stroke, position = value.partition("/")
    return _("%(day)s, item %(position)s") % {"day": reader.names.name("meeting", meeting), "position": position}


def _text_of_call(_reader: Reader, value: Any) -> Any:
    return spoken(localized(value)) if isinstance(value, dict) else None


READERS: dict[str, Callable[[Reader, Any], Any]] = {
    "after": _change, "before": _change, "counted": _votes_counted, "terms": _terms,
    "amounts": _row("position", "cents"), "decisions": _row("position", "result", "prize", "cents"), "order": _row("position", "place", "kept"),
    "jury.late": _row("member", "position"), "scan.parts": _row("part", "first_page", "last_page"),
    "differences": _row("question", "place"), "opened": _row("question", "place"), "closed": _row("question", "place"),
    "clause": _of_call("clause"), "group": _of_call("group"), "prize": _of_call("prize"), "criterion": _of_call("criterion"),
    "point": _of_call("point"), "fields": lambda reader, value: reader.field(value) if isinstance(value, str) else None,
    "language": lambda reader, value: reader.question(value), "question": lambda reader, value: reader.question(value),
    "field": lambda reader, value: str(CONTACT[value]) if value in CONTACT else reader.question(value),
    "item": _item_of, "months": _months, "options": _options, "sheet": lambda _reader, value: value.removeprefix("sheet:"),
    "land": lambda _reader, value: land_name(value), "job.name": lambda _reader, value: jobs.title_named(value),
    "meeting": _named("meeting"), "session": _named("session"), "chapter": _named("chapter"), "chapters": _named("chapter"),
    "label": _text_of_call, "earmarked_for": _text_of_call, "quorum": lambda _reader, value: percent(value),
}


# --- on the page ------------------------------------------------------------------------------------------------------


def _text(said: Said) -> SafeString | str:
    if said.has_parts:
        return format_html_join(", ", "{}", ((_line(part),) for part in said.what))
    return format_html("<code>{}</code>", said.what) if said.is_checksum else said.what


def _line(said: Said) -> SafeString | str:
    if not said.word:
        return _text(said)
    with_words = said.has_parts and any(part.word for part in said.what)
    return format_html("{} ({})" if with_words else "{}: {}", said.word, _text(said))


def _told(said: Said) -> str:
    """As `_line`, in plain text; what are lists of lists there stands between semicolons."""
    between = "; " if said.is_list_of_lists else ", "
    text = between.join(_told(part) for part in said.what) if said.has_parts else plain(said.what)
    if not said.word:
        return text
    return f"{said.word} ({text})" if said.has_parts and any(part.word or part.has_parts for part in said.what) else f"{said.word}: {text}"


def _fold(title: str, said: Said) -> SafeString:
    return format_html("<details><summary>{}</summary>{}</details>", _("%(what)s (%(count)s)") % {"what": title, "count": len(said.what)}
                       if said.has_parts else title, _list(said.what) if said.has_parts else _text(said))


def _list(several: Sequence[Said]) -> SafeString:
    """Each on a line of its own."""
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_item(one),) for one in several)))


def _item(said: Said) -> SafeString | str:
    """In a line where it fits; as a list in the list where its parts have parts, or are many with words of their own."""
    if not said.is_list_of_lists and (not said.word or said.fits_a_line):
        return _line(said)
    return format_html("{}:{}", said.word, _list(said.what)) if said.word else _list(said.what)
