"""What can be asked: each parameter is declared once, and both the description and the reading of requests come from here."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.api.problems import Problem
from lorbeer.catalogue import everywhere
from lorbeer.catalogue.queries import SIZE_LABELS
from lorbeer.catalogue.search.view import ORDERS
from lorbeer.shared.lands import NAMES

MOST_VALUES = 40
PER_PAGE, MOST_PER_PAGE, LAST_PAGE = 24, 100, 1_000_000


@dataclass(frozen=True)
class Parameter:
    """One parameter of the query. A whole number where `least` is given; `many`: may be repeated, one of the values suffices."""

    name: str
    meaning: str | Promise
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    longest: int = 200
    many: bool = False
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        found: dict[str, Any] = {"type": "string"}
        if self.least is not None:
            found = {"type": "integer", "minimum": self.least, "maximum": self.most}
        elif self.choices:
            found["enum"] = list(self.choices)
        else:
            found["maxLength"] = self.longest
            if self.pattern:
                found["pattern"] = f"^(?:{self.pattern})$"
        if self.default is not None:
            found["default"] = self.default
        return {"type": "array", "items": found, "maxItems": MOST_VALUES} if self.many else found

    def read(self, query: QueryDict) -> Any:
        """What `query` says, a list where `many`; raises ValueError with a sentence."""
        values = query.getlist(self.name)
        if len(values) > (MOST_VALUES if self.many else 1):
            raise ValueError(_("It may be given %(number)d times at most.") % {"number": MOST_VALUES} if self.many
                             else _("It may be given once only."))
        found = [self._value(value) for value in values]
        return found if self.many else found[0] if found else self.default

    def _value(self, text: str) -> Any:
        if self.least is not None:
            number = int(text) if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) else None
            if number is None or self.most is None or not self.least <= number <= self.most:
                raise ValueError(_("It must be a whole number from %(least)d to %(most)d.") % {"least": self.least, "most": self.most})
            return number
        if self.choices and text not in self.choices:
            raise ValueError(_("It must be one of: %(choices)s.") % {"choices": ", ".join(self.choices)})
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueError(_("It must look like this: %(pattern)s") % {"pattern": self.pattern})
        if len(text) > self.longest:
            raise ValueError(_("It may have %(number)d characters at most.") % {"number": self.longest})
        return text


LANGUAGE = Parameter("language", gettext_lazy("Language of labels and sentences; else the one of Accept-Language, else German"),
                     choices=tuple(code for code, _name in settings.LANGUAGES))
PAGING = (
    Parameter("page", gettext_lazy("Number of the page, from 1"), least=1, most=LAST_PAGE, default=1),
    Parameter("per_page", gettext_lazy("How many stand on a page"), least=1, most=MOST_PER_PAGE, default=PER_PAGE),
)
CODE = r"[A-Za-z0-9_-]{1,60}"
WORDS = (
    Parameter("q", gettext_lazy("Words in title, name, projects or abstract; German stems and umlauts are known"), pattern=r"[^\u0000]{0,200}"),
    Parameter("within", gettext_lazy("1: also within longer words"), choices=("1",)),
)
SHARED = (
    Parameter("land", gettext_lazy("Land"), choices=tuple(NAMES), many=True),
    Parameter("size_class", gettext_lazy("Class of the number of inhabitants"), choices=tuple(SIZE_LABELS), many=True),
    Parameter("award", gettext_lazy("any: awarded, none: not awarded"), choices=("any", "none"), many=True),
)
FILTERS = (
    *WORDS,
    Parameter("round", gettext_lazy("Round of the competition"), least=1, most=99, many=True),
    Parameter("group", gettext_lazy("Code of an award group; see the competition"), pattern=CODE, many=True),
    *SHARED,
    Parameter("answer", gettext_lazy("question:choice, both by their names; see the facets"),
              pattern=rf"{CODE}:[^:\u0000-\u0020]{{1,80}}", many=True),
)
FILTERS_EVERYWHERE = (
    *WORDS,
    Parameter("competition", gettext_lazy("Code of a competition; see the facets"), pattern=CODE, many=True),
    Parameter("year", gettext_lazy("Year in which the results were announced"), least=1900, most=2999, many=True),
    Parameter("group", gettext_lazy("Name of an award group in the language of the answer; see the facets"), pattern=r"[^\u0000]{1,200}",
              many=True),
    *SHARED,
)
SORT = Parameter("sort", gettext_lazy("Order; without it the best match where words are asked for, else the applicant"), choices=ORDERS)
SORT_EVERYWHERE = Parameter("sort", gettext_lazy("Order; without it the best match where words are asked for, else the newest competition"),
                            choices=everywhere.ORDERS)


def read(parameters: tuple[Parameter, ...], query: QueryDict) -> dict[str, Any]:
    """{name: value}; Problem 400 that names every parameter that is wrong or unknown, so that no misspelt filter goes unnoticed."""
    known = {one.name: one for one in (*parameters, LANGUAGE)}
    errors = [{"parameter": name[:80], "detail": _("This parameter is not known here. Known are: %(names)s.") % {"names": ", ".join(known)}}
              for name in query if name not in known]
    found = {}
    for name, one in known.items():
        try:
            found[name] = one.read(query)
        except ValueError as error:
            errors.append({"parameter": name, "detail": str(error)})
    if errors:
        raise Problem(400, _("The address asks for something that does not exist. See “errors”."), errors)
    return found
