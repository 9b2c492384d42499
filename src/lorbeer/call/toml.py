"""Reading TOML strictly: every fault is collected as a sentence with its place; misspelt keys are faults."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.shared.outbox import is_address
from lorbeer.shared.text import Localized, localized, readable, unreadable_in

LARGEST = 32_767                                                        # of a number, as its column in the database
MOST_ROWS = 200                                                         # of a list of tables, such as [[clauses]]
MOST_EURO = 10**12                                                      # of an amount
YEARS = range(1900, 2200)                                               # in which something may happen
RELATIVE = re.compile(r"today\s*(?:([+-])\s*(\d+)\s*d)?(?:\s+(\d{2}:\d{2}(?::\d{2})?))?")
END_OF_DAY = time(23, 59, 59)


def unseen_sentence(character: str) -> str:
    """Why a text with `character` (U+202E) is refused."""
    return _("holds the character %(character)s, which is not seen: it would let the text read otherwise than it is written, or no "
             "database could keep it. Delete it") % {"character": character}


def texts_in(data: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a parsed TOML file with its place, keys too."""
    if isinstance(data, str):
        yield where, data
    elif isinstance(data, dict):
        for key, value in data.items():
            shown = " ".join(readable(key).split())
            place = f"{where}.{shown}" if where else shown
            yield place, key
            yield from texts_in(value, place)
    elif isinstance(data, list):
        for number, value in enumerate(data, 1):
            yield from texts_in(value, f"{where}[{number}]")


def without_unseen(data: Any) -> Any:
    """A parsed TOML file whose texts every database takes."""
    if isinstance(data, str):
        return readable(data)
    if isinstance(data, dict):
        return {readable(key): without_unseen(value) for key, value in data.items()}
    return [without_unseen(value) for value in data] if isinstance(data, list) else data


class Table:
    """One table of a TOML file. Read each key once, then call `done`; faults go to the shared list.

    `where`: the keys that lead from the top of `file` to this table. `languages`: in which words may stand, the first of
    them being that of a text in one language.
    """

    def __init__(self, data: object, file: str, faults: list[str], languages: Sequence[str] = ("de", "en"), *, where: str = "") -> None:
        self.file = file
        self.where = where
        self.faults = faults
        self.languages = languages
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.seen: set[str] = set()
        if not isinstance(data, dict):
            self.fault("", _("a table is expected here"))
        elif not where:
            for place, text in texts_in(data):
                if unseen := unreadable_in(text):
                    self.fault(place, unseen_sentence(unseen))
            self.data = without_unseen(data)                            # so that the rest is read, and all faults come at once

    def fault(self, key: str, sentence: str) -> None:
        place = self.place(key) if key else self.where
        self.faults.append(": ".join(part for part in (self.file, place, sentence) if part))

    def place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return self.data.get(key, default)

    def text(self, key: str, default: str = "", *, required: bool = False, choices: tuple[str, ...] = ()) -> str:
        value = self.get(key, default)
        if not isinstance(value, str):
            self.fault(key, _("a text is expected"))
            return default
        if required and not value.strip():
            self.fault(key, _("is missing"))
        if choices and value not in choices:
            self.fault(key, _("“%(value)s” is not possible; choose one of: %(choices)s")
                       % {"value": value, "choices": ", ".join(choices)})
            return default
        return value

    def code(self, key: str = "code") -> str:
        """A short name of lower-case letters, digits, `-` and `_`."""
        value = self.text(key, required=True)
        if value and not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value):
            self.fault(key, _("“%(value)s” is not a code: use lower-case letters, digits, - and _") % {"value": value})
        return value

    def email(self, key: str) -> str:
        """A mail address, or nothing."""
        value = self.text(key).strip()
        if value and not is_address(value):
            self.fault(key, _("“%(value)s” is not an e-mail address; it looks like office@example.org")
                       % {"value": Truncator(" ".join(value.split())).chars(60)})
            return ""
        return value

    def words(self, key: str, *, required: bool = False) -> Localized:
        """A text in one language (the first of the call) or a table of languages."""
        value = self.get(key, "")
        if isinstance(value, dict) and not all(isinstance(text, str) for text in value.values()):
            self.fault(key, _("each language needs a text"))
            return Localized()
        if not isinstance(value, str | dict):
            self.fault(key, _("a text, or a table such as { de = \"…\", en = \"…\" }, is expected"))
            return Localized()
        words = localized(value if isinstance(value, dict) or not value else {self.languages[0]: value})
        for language in words:
            if language not in self.languages:
                self.fault(f"{key}.{language}", _("is no language of this call. Possible are: %(all)s")
                           % {"all": ", ".join(self.languages)})
        if required and not words:
            self.fault(key, _("is missing"))
        return words

    def number(self, key: str, default: int | None = None, *, least: int = 0) -> int | None:
        value = self.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.fault(key, _("a whole number of at least %(least)s is expected") % {"least": least})
            return default
        if value > LARGEST:
            self.fault(key, _("is larger than %(most)s, the most that is possible") % {"most": LARGEST})
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            self.fault(key, _("true or false is expected"))
            return default
        return value

    def cents(self, key: str, *, required: bool = False) -> int:
        """An amount in euro (number or text) as integer cents."""
        value = self.get(key)
        if value is None:
            if required:
                self.fault(key, _("is missing"))
            return 0
        try:
            euro = Decimal(str(value))
        except (InvalidOperation, ValueError):
            euro = Decimal(-1)
        if isinstance(value, bool) or not euro.is_finite() or euro < 0:
            self.fault(key, _("an amount in euro is expected, with at most two decimals"))
            return 0
        if euro > MOST_EURO:                                            # before it is multiplied, which may take all memory
            self.fault(key, _("is larger than %(most)s, the most that is possible") % {"most": MOST_EURO})
            return 0
        amount = euro * 100
        if amount != amount.to_integral_value():
            self.fault(key, _("an amount in euro is expected, with at most two decimals"))
            return 0
        return int(amount)

    def codes(self, key: str) -> list[str]:
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(key, _("a list of texts is expected"))
            return []
        return value

    def moment(self, key: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
        """A moment in UTC. A day without a time begins at 0:00, or ends with its last second where `end`.

        `today`, `today+21d`, `today-3d 18:00` count from the day of the import (for samples and exercises).
        """
        value = self.get(key)
        if value is None:
            return None
        try:
            moment = self._moment(key, value, zone, END_OF_DAY if end else time(0, 0))
        except (OverflowError, ValueError):                             # a day that no calendar has, or 25:00
            moment = datetime.min
        if moment is not None and moment.year not in YEARS:
            self.fault(key, _("“%(value)s” is no day and time between %(first)d and %(last)d")
                       % {"value": Truncator(value).chars(60), "first": YEARS[0], "last": YEARS[-1]})
            return None
        return moment

    def _moment(self, key: str, value: Any, zone: ZoneInfo, fallback: time) -> datetime | None:
        """Raises OverflowError and ValueError for what no calendar has."""
        if isinstance(value, str):
            found = RELATIVE.fullmatch(value.strip())
            if not found:
                self.fault(key, _("“%(value)s” is not a date; write 2017-12-31, 2017-12-31T18:00:00 or today+21d")
                           % {"value": value})
                return None
            sign, days, clock_time = found.groups()
            day = clock.today(zone) + timedelta(days=int(f"{sign or '+'}{days or 0}"))
            value = datetime.combine(day, time.fromisoformat(clock_time) if clock_time else fallback)
        if isinstance(value, datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=zone)
            return aware.astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, fallback, zone).astimezone(UTC)
        self.fault(key, _("a date is expected"))
        return None

    def day(self, key: str, zone: ZoneInfo) -> date | None:
        moment = self.moment(key, zone)
        return clock.day(moment, zone) if moment else None

    def tables(self, key: str, most: int = MOST_ROWS) -> "list[Table]":
        value = self.get(key, [])
        if not isinstance(value, list):
            self.fault(key, _("a list of tables [[%(key)s]] is expected") % {"key": key})
            return []
        if len(value) > most:
            self.fault(key, _("has %(count)d entries; at most %(most)d are possible") % {"count": len(value), "most": most})
            return []
        return [self.inner(item, f"{key}[{number}]") for number, item in enumerate(value, 1)]

    def table(self, key: str) -> "Table":
        return self.inner(self.get(key, {}), key)

    def inner(self, data: object, key: str) -> "Table":
        return Table(data, self.file, self.faults, self.languages, where=self.place(key))

    def done(self) -> None:
        """Every key that nobody asked for is a fault: most likely it is misspelt."""
        for key in self.data.keys() - self.seen:
            self.fault(key, _("is not known here. Possible are: %(keys)s") % {"keys": ", ".join(sorted(self.seen))})
