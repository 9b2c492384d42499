"""What the book is made from: one frozen edition with its tables, and every value in it by name.

A value has a path, `tab2.kreisfrei.ja.percent`, that the chapters name; its number appears in print nowhere else.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared.lands import NAMES, land_name
from lorbeer.shared.templatetags.formats import LONG_MONTHS
from lorbeer.shared.text import in_sentence, language_of, listed, nested_quotes, spoken_in

CHAPTERS = "chapters."                                                  # how the paths of chapters begin
NBSP = "\N{NO-BREAK SPACE}"
_language: ContextVar[str] = ContextVar("book_language", default="de")


@contextmanager
def writing(language: str) -> Iterator[None]:
    """Numbers, days and figures are written in the language of the book, whatever language its editor reads."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def said(german: str, english: str) -> str:
    """The one of two wordings that is in the language of the book."""
    return german if _language.get() == "de" else english


def number_text(number: int) -> str:
    """`1.000.000` (German) or `1,000,000`, `−3`, `7`."""
    return f"{number:,}".replace(",", said(".", ",")).replace("-", "−")


def percent_text(number: Decimal) -> str:
    """`77,5 %` with a no-break space, or `77.5%`; one decimal."""
    return f"{number:.1f}".replace(".", said(",", ".")) + said(f"{NBSP}%", "%")


def euro_text(cents: int) -> str:
    """`25.000 Euro`, `25,000 euro`; cents only where there are any."""
    euros, rest = divmod(cents, 100)
    return number_text(euros) + (said(",", ".") + f"{rest:02d}" if rest else "") + NBSP + said("Euro", "euro")


def date_text(day: date) -> str:
    return f"{day.day}{said('.', '')}{NBSP}{LONG_MONTHS[said('de', 'en')][day.month - 1]} {day.year}"


def share(part: int, whole: int) -> Decimal:
    """Percent to one decimal, half up. 0 of 0 is 0."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Value:
    """One value that a chapter can name. `kind`: count, percent, euro, date, text."""

    path: str
    kind: str
    text: str
    number: Decimal | None = None
    label: str = ""


@dataclass(frozen=True)
class Dataset:
    """Everything that the book prints, as plain data.

    entries: {code, reference, title, applicant, municipality, land, group, population, is_unlisted, office, street, postcode,
    town, website, projects [title]}. awards: {entry, group, prize, amount_cents, project, title, applicant, …}. tables: see
    `Dataset.table_blocks`. portraits: {award facts, description, reasons, picture, alt, caption, credit, is_sample}.
    """

    competition: dict[str, Any]                                         # code, title, kind, sponsor, office, sample_note …
    edition: dict[str, Any] = field(default_factory=dict)               # number, sha256, frozen_on, licence
    groups: list[dict] = field(default_factory=list)                    # code, label, heading, is_special
    entries: list[dict] = field(default_factory=list)                   # admitted ones
    awards: list[dict] = field(default_factory=list)                    # without `entry`: counted, not named
    frozen_entries: list[dict] | None = None                            # as they were frozen, where some are closed since: counted only
    frozen_awards: list[dict] | None = None
    tables: list[dict] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)               # received, excluded, letters, …
    criteria: list[dict] = field(default_factory=list)                  # number, label, description
    phases: list[dict] = field(default_factory=list)                    # kind, label, starts_on, ends_on
    prizes: list[dict] = field(default_factory=list)                    # code, label, group, amount_cents, up_to
    cap_cents: int = 0
    jury: list[dict] = field(default_factory=list)                      # function, name, is_sample
    portraits: list[dict] = field(default_factory=list)
    chapters: list[tuple[str, str]] = field(default_factory=list)       # code, title: what a chapter can refer to
    language: str = "de"                                                # of the book

    @property
    def counted_entries(self) -> list[dict]:
        """What every number is computed from: a name that is taken back disappears, a number that was published does not change."""
        return self.entries if self.frozen_entries is None else self.frozen_entries

    @property
    def named_entries(self) -> list[dict]:
        """Those that the edition lists by name; of some the name may have been taken back since."""
        return [entry for entry in self.counted_entries if not entry.get("is_unlisted")]

    @property
    def unnamed_entries(self) -> list[dict]:
        """Those that the edition counts without a name."""
        return [entry for entry in self.counted_entries if entry.get("is_unlisted")]

    @property
    def taken_back(self) -> int:
        """Of how many entries the name was taken back since the edition; which, and of what group, the book does not tell."""
        return len(self.named_entries) - sum(not entry.get("is_unlisted") for entry in self.entries)

    @property
    def counted_awards(self) -> list[dict]:
        return self.awards if self.frozen_awards is None else self.frozen_awards

    @cached_property
    def values(self) -> dict[str, Value]:
        """All values by path."""
        with writing(self.language):
            return {value.path: value for value in self._values()}

    def _values(self) -> Iterable[Value]:
        yield from self._entry_values()
        yield from self._award_values()
        for table in self.tables:
            yield from table_values(table)
        for phase in self.phases:
            for end in ("starts_on", "ends_on"):
                if day := phase.get(end):
                    name = "start" if end == "starts_on" else "end"
                    yield Value(f"dates.{phase['kind']}.{name}", "date", date_text(day), None,
                                in_sentence("%(phase)s: %(end)s", phase=spoken_in(phase["label"], self.language),
                                            end=_("begins") if name == "start" else _("ends")))
        for key in ("title", "kind", "sponsor", "office"):
            if self.competition.get(key):
                yield Value(f"competition.{key}", "text", self.competition[key], None,
                            spoken_in(self.competition["title"], self.language))
        for code, title in self.chapters:
            yield Value(f"{CHAPTERS}{code}", "text", nested_quotes(said(f"Kapitel „{title}“", f"chapter “{title}”")), None, title)
        if self.edition:
            yield Value("edition.number", "count", number_text(self.edition["number"]), Decimal(self.edition["number"]),
                        _("Edition"))

    def _entry_values(self) -> Iterable[Value]:
        def count(path: str, number: int, label: str) -> Value:
            return Value(path, "count", number_text(number), Decimal(number), label)

        def percent(path: str, part: int, whole: int, label: str) -> Value:
            number = share(part, whole)
            return Value(path, "percent", percent_text(number), number, label)

        total = len(self.counted_entries)
        listed = self.named_entries
        labels = {group["code"]: spoken_in(group["label"], self.language) for group in self.groups}
        yield count("numbers.admitted", total, _("entries admitted"))
        yield count("numbers.listed", len(listed), _("entries listed by name"))
        yield count("numbers.unlisted", len(self.unnamed_entries), _("entries not listed by name"))
        meanings = {"received": _("entries received"), "excluded": _("entries excluded"), "letters": _("letters of intent")}
        for key, number in self.numbers.items():
            if key not in {"admitted", "listed", "unlisted"}:
                yield count(f"numbers.{key}", number, meanings.get(key, key))
        groups = Counter(entry["group"] for entry in self.counted_entries)
        for code, label in labels.items():
            if code in groups:
                yield count(f"numbers.groups.{code}", groups[code], in_sentence(_("entries: %(group)s"), group=label))
                yield percent(f"numbers.groups.{code}.percent", groups[code], total, in_sentence(_("share: %(group)s"), group=label))
        lands = Counter(entry["land"] for entry in listed if entry.get("land"))
        if lands:
            yield count("numbers.lands", len(lands), _("Länder with entries"))
            missing = [name for code, name in NAMES.items() if code not in lands]
            yield count("numbers.lands_without", len(missing), _("Länder without entries"))
            if len(missing) == 1:
                yield Value("numbers.lands_without.names", "text", missing[0], None, _("Länder without entries"))
            for code, number in lands.most_common():
                yield count(f"numbers.land.{code}", number, land_name(code))
        projects = sum(len(entry.get("projects", [])) for entry in self.counted_entries)
        yield count("numbers.projects", projects, _("projects"))
        with_one = sum(bool(entry.get("projects")) for entry in self.counted_entries)
        yield count("numbers.with_project", with_one, _("entries with a project"))
        yield count("numbers.with_two_projects", sum(len(entry.get("projects", [])) > 1 for entry in self.counted_entries),
                    _("entries with two projects"))
        yield count("numbers.applicants", len({entry["applicant"] for entry in listed}), _("applicants of the entries listed by name"))
        populations = [entry["population"] for entry in listed if entry.get("population")]
        if populations:
            yield count("numbers.population.smallest", min(populations), _("smallest population"))
            yield count("numbers.population.largest", max(populations), _("largest population"))
        yield count("numbers.criteria", len(self.criteria), _("criteria"))
        members = [member for member in self.jury if not member.get("is_deputy")]
        yield count("numbers.jury", sum(member.get("votes", True) for member in members), _("jury: voting members"))
        yield count("numbers.jury_members", len(members), _("jury: members, without deputies"))

    def _award_values(self) -> Iterable[Value]:
        def count(path: str, awards: list[dict], label: str) -> Value:
            return Value(path, "count", number_text(len(awards)), Decimal(len(awards)), label)

        def money(path: str, cents: int, label: str) -> Value:
            return Value(path, "euro", euro_text(cents), Decimal(cents) / 100, label)

        spent = sum(award["amount_cents"] for award in self.counted_awards)
        yield count("awards.count", self.counted_awards, _("awards"))
        yield money("awards.sum", spent, _("prize money awarded"))
        if self.counted_awards:
            average = (Decimal(spent) / len(self.counted_awards)).quantize(Decimal(1), ROUND_HALF_UP)
            yield money("awards.average", int(average), _("prize money on average"))
        if self.counted_entries:
            number = share(len(self.counted_awards), len(self.counted_entries))
            yield Value("awards.rate", "percent", percent_text(number), number, _("share of the entries that won"))
        if self.cap_cents:
            yield money("awards.cap", self.cap_cents, _("prize money at most"))
            yield money("awards.left", self.cap_cents - spent, _("prize money not awarded"))
            number = share(spent, self.cap_cents)
            yield Value("awards.percent", "percent", percent_text(number), number, _("share of the prize money awarded"))
        special = {group["code"] for group in self.groups if group.get("is_special")}
        yield count("awards.main", [a for a in self.counted_awards if a["group"] not in special], _("awards in the groups"))
        for group in self.groups:
            mine = [award for award in self.counted_awards if award["group"] == group["code"]]
            label = spoken_in(group["label"], self.language)
            yield count(f"awards.groups.{group['code']}.count", mine, in_sentence(_("awards: %(group)s"), group=label))
            yield money(f"awards.groups.{group['code']}.sum", sum(a["amount_cents"] for a in mine),
                        in_sentence(_("prize money: %(group)s"), group=label))
            if entered := sum(entry["group"] == group["code"] for entry in self.counted_entries):
                number = share(len(mine), entered)
                yield Value(f"awards.groups.{group['code']}.rate", "percent", percent_text(number), number,
                            in_sentence(_("share of the entries that won: %(group)s"), group=label))
        lands = {award.get("land") for award in self.counted_awards if award.get("land")}
        yield Value("awards.lands", "count", number_text(len(lands)), Decimal(len(lands)), _("Länder with awards"))
        for prize in self.prizes:
            yield money(f"prizes.{prize['code']}", prize["amount_cents"], spoken_in(prize["label"], self.language))

    def table(self, code: str) -> dict | None:
        return next((table for table in self.tables if table["code"] == code), None)


def table_values(table: dict) -> Iterable[Value]:
    """Every cell of a table as count and percent, every row's base, and the table's own name.

    A table is {code, number, title, base, note, columns [{code, label}], rows [{code, label, base, is_total,
    cells {column: {count, percent}}}]}.
    """
    code = table["code"]
    yield Value(f"{code}.label", "text", table_label(table), None, table["title"])
    if table["base"] is not None:
        yield Value(f"{code}.base", "count", number_text(table["base"]), Decimal(table["base"]), _both(table["title"], "n", ": "))
    for row in table["rows"]:
        if row.get("base") is not None:
            yield Value(f"{code}.{row['code']}.base", "count", number_text(row["base"]), Decimal(row["base"]),
                        _both(row["label"], "n", ": "))
        for column in table["columns"]:
            cell = row["cells"].get(column["code"])
            if cell is None:
                continue
            path = f"{code}.{row['code']}.{column['code']}"
            label = _both(row["label"], column["label"], ", ") if row["label"] and column["label"] else row["label"] or column["label"]
            if cell.get("count") is not None:
                count = Value(path, "count", number_text(cell["count"]), Decimal(cell["count"]), label)
                yield count
                yield Value(f"{path}.count", "count", count.text, count.number, label)
            if cell.get("percent") is not None:
                number = Decimal(str(cell["percent"]))
                yield Value(f"{path}.percent", "percent", percent_text(number), number, label)


def _both(first: str, second: str, between: str) -> str:
    """Two labels in a row, each with its language in mind; tables have thousands of cells, and in most none is another than the page's."""
    return listed([first, second], between) if language_of(first) or language_of(second) else f"{first}{between}{second}"


def base_text(table: dict) -> str:
    """`n=142`; a dot where the base would tell a number that is too small to be printed."""
    return f"n={'·' if table['base'] is None else number_text(table['base'])}"


def table_label(table: dict) -> str:
    return f"Tab.{NBSP}{table['number']}"
