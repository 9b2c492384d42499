"""A questionnaire as data: what is asked, in what order, under which conditions, within which limits.

A form is a tree: sections (pages) hold questions, groups and repeats; groups hold questions and groups; a repeat is
asked several times (up to two projects). Names are stable and unique in the whole form; labels are translations.
Everything here is immutable. `Form.to_json` and `Form.from_json` are inverse; `Form.sha256` names the content.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.questionnaire import expressions
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized, localized

SCHEMA = 1
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
REFERENCE = re.compile(r"\$\{\s*([^${}]{1,120}?)\s*\}")
FORMATTED = "formatted"                                                 # the appearance of a long text that takes simple formatting
OTHER = "other"                                                         # XLSForm's code for "or_other"


class Type(StrEnum):
    """What kind of answer a question wants; the comment says how the answer is kept."""

    TEXT = "text"                                                       # str
    LONG_TEXT = "long_text"                                             # str, lines kept
    EMAIL = "email"                                                     # str
    PHONE = "phone"                                                     # str
    URL = "url"                                                         # str
    INTEGER = "integer"                                                 # int
    DECIMAL = "decimal"                                                 # str in plain notation: "12.50"
    DATE = "date"                                                       # str: "2017-12-31"
    TIME = "time"                                                       # str: "14:30"
    SINGLE = "single"                                                   # code of the choice
    MULTI = "multi"                                                     # list of codes in the order of the choices
    YES_NO = "yes_no"                                                   # code of one of two choices
    FILE = "file"  # [{"code", "name", "sha256", "size"}]
    PHOTO = "photo"  # as file, with alternative_text, caption, credit, rights, printable
    ADDRESS = "address"                                                 # {"street", "postcode", "town"}
    MUNICIPALITY = "municipality"                                       # {"key", "name", …}
    NOTE = "note"                                                       # no answer
    CALCULATE = "calculate"                                             # computed, never typed
    ACKNOWLEDGE = "acknowledge"                                         # True


CHOOSING = frozenset({Type.SINGLE, Type.MULTI, Type.YES_NO})
ONE_OF = frozenset({Type.SINGLE, Type.YES_NO})
TYPED = frozenset({Type.TEXT, Type.LONG_TEXT, Type.EMAIL, Type.PHONE, Type.URL})
UPLOADED = frozenset({Type.FILE, Type.PHOTO})
ANSWERED = frozenset(Type) - {Type.NOTE}
MONEY = frozenset({"amount", "costs"})                                  # roles whose numbers are euro
MOST_NODES = 2_000                                                      # pages, groups and questions of one form

ROLES = {
    "title": gettext_lazy("title of the entry"),
    "abstract": gettext_lazy("abstract"),
    "description": gettext_lazy("the full text"),
    "applicant_name": gettext_lazy("who applies"),
    "municipality": gettext_lazy("the applying municipality"),
    "partner": gettext_lazy("partners of the applicant"),
    "contact_name": gettext_lazy("contact person"),
    "contact_email": gettext_lazy("contact's e-mail"),
    "contact_phone": gettext_lazy("contact's telephone"),
    "office": gettext_lazy("office or department"),
    "street": gettext_lazy("street"),
    "postcode": gettext_lazy("postcode"),
    "town": gettext_lazy("town"),
    "address": gettext_lazy("address"),
    "website": gettext_lazy("website"),
    "land": gettext_lazy("Land, as two letters such as NW"),
    "population": gettext_lazy("number of inhabitants"),
    "amount": gettext_lazy("amount applied for in euro"),
    "project": gettext_lazy("the repeat that holds individual projects"),
    "project_title": gettext_lazy("title of a project"),
    "project_description": gettext_lazy("description of a project"),
    "consent_publication": gettext_lazy("consent to publication"),
    "consent_privacy": gettext_lazy("consent to the processing of data"),
    "photo": gettext_lazy("photo"),
    "attachment": gettext_lazy("attachment"),
    "place": gettext_lazy("where it happens"),
    "period": gettext_lazy("when it happens"),
    "duration": gettext_lazy("how long it lasts"),
    "financing": gettext_lazy("how it is financed"),
    "target_group": gettext_lazy("for whom"),
    "field_of_action": gettext_lazy("field of action"),
    "costs": gettext_lazy("plan of costs, or costs in euro"),
}
CONSENT = "consent_publication"                                         # the role of the questions that open parts to the public
# What of an entry can be public, each part by a release of its own. A consent says which it opens, else the first two.
PUBLIC_PARTS = ("entry", "abstract", "pictures", "contact", "answers")
PERSONAL_DATA = {"": gettext_lazy("none"), "contact": gettext_lazy("contact data"), "person": gettext_lazy("data about a person"),
                 "sensitive": gettext_lazy("sensitive data")}


@dataclass(frozen=True)
class Choice:
    """One option of a list. `attributes` are own columns of the choices sheet; choice filters read them."""

    code: str
    label: Localized = field(default_factory=Localized)
    no_answer: bool = False                                             # "keine Antwort": said, but not an answer
    exclusive: bool = False                                             # excludes all other options
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What an answer may measure; None where nothing is said. Pages are A4 pages as printed."""

    min: str = ""                                                       # number or ISO date
    max: str = ""
    characters: int | None = None
    words: int | None = None
    pages: int | None = None
    files: int | None = None
    megabytes: int | None = None
    file_types: tuple[str, ...] = ()                                    # "pdf", "docx"

    @property
    def of_text(self) -> bool:
        """Whether the length of a text is limited."""
        return not self.characters is self.words is self.pages is None


@dataclass(frozen=True)
class Question:
    """One question. Expressions are kept as written; `Form` compiles them."""

    name: str
    type: Type
    label: Localized = field(default_factory=Localized)
    hint: Localized = field(default_factory=Localized)
    guidance: Localized = field(default_factory=Localized)              # longer help, folded
    example: Localized = field(default_factory=Localized)
    required: str = ""                                                  # "", "yes" or an expression
    required_message: Localized = field(default_factory=Localized)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Localized = field(default_factory=Localized)
    calculation: str = ""
    default: str = ""
    readonly: bool = False
    list_name: str = ""
    choices: tuple[Choice, ...] = ()                                    # those of the list, and "other" where allowed
    choice_filter: str = ""
    or_other: bool = False                                              # a question `<name>_other` follows
    derived_from: str = ""                                              # name of the question with "or other"
    limits: Limits = field(default_factory=Limits)
    appearance: str = ""
    parameters: str = ""
    personal_data: str = ""                                             # see PERSONAL_DATA
    publishable: bool = False
    role: str = ""                                                      # see ROLES
    releases: tuple[str, ...] = ()                                      # of a consent: which PUBLIC_PARTS a yes opens
    note: str = ""                                                      # for the office: "wording inferred"
    extra: Mapping[str, str] = field(default_factory=dict)              # own columns of others, kept

    def choice(self, code: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.code == code), None)

    @property
    def is_answered(self) -> bool:
        """Whether an applicant can answer it."""
        return self.type not in (Type.NOTE, Type.CALCULATE)

    @property
    def takes_one_file(self) -> bool:
        """Whether a new file replaces the one that is there."""
        return self.most_files == 1

    @property
    def most_files(self) -> int:
        """How many files an answer holds at most: one, unless the form says more."""
        return self.limits.files or 1

    @property
    def is_formatted(self) -> bool:
        """Whether the text is read by the signs of `shared/formatted.py`."""
        return self.type == Type.LONG_TEXT and FORMATTED in self.appearance.split()

    @property
    def is_money(self) -> bool:
        """Whether the answer is a number of euro."""
        return self.role in MONEY and self.type in (Type.INTEGER, Type.DECIMAL)


@dataclass(frozen=True)
class Group:
    """Questions under a common heading; with appearance `table-list` a matrix: rows share their options."""

    name: str
    label: Localized = field(default_factory=Localized)
    hint: Localized = field(default_factory=Localized)
    relevant: str = ""
    appearance: str = ""
    items: tuple["Item", ...] = ()
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_matrix(self) -> bool:
        return "table-list" in self.appearance.split()


@dataclass(frozen=True)
class Repeat:
    """Questions that are asked several times: places 1, 2, …; `count` fixes how often (number or expression)."""

    name: str
    label: Localized = field(default_factory=Localized)
    hint: Localized = field(default_factory=Localized)
    relevant: str = ""
    appearance: str = ""
    items: tuple["Item", ...] = ()
    count: str = ""
    min_count: int = 0
    max_count: int | None = None
    role: str = ""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


Item = Question | Group | Repeat


@dataclass(frozen=True)
class Section:
    """One page of the form. Without a name: questions that stand outside any group."""

    name: str
    label: Localized = field(default_factory=Localized)
    hint: Localized = field(default_factory=Localized)
    relevant: str = ""
    appearance: str = ""
    items: tuple[Item, ...] = ()
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> Localized:
        """What its page is called: its label, or that of the repeat that stands alone outside any group; else nothing."""
        alone = self.items[0] if len(self.items) == 1 and not self.label else None
        return alone.label if isinstance(alone, Repeat) else self.label


Node = Section | Group | Repeat | Question


@dataclass(frozen=True)
class Placed:
    """A question and where it stands: its section, its repeat (if any) and all blocks around it, outermost first."""

    question: Question
    section: Section
    repeat: Repeat | None
    blocks: tuple[Section | Group | Repeat, ...]


Trees = Mapping[tuple[str, str], expressions.Tree]                      # by (key of the node, attribute)


@dataclass(frozen=True, eq=True)
class Form:
    """A whole questionnaire."""

    title: Localized = field(default_factory=Localized)
    code: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)          # {"de": "Deutsch", "en": "English"}
    default_language: str = "de"
    sections: tuple[Section, ...] = ()
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)           # settings of others, kept

    # --- finding one's way ---

    @cached_property
    def placed(self) -> dict[str, Placed]:
        """Every question by name, in the order of the form."""
        found: dict[str, Placed] = {}

        def walk(items: tuple[Item, ...], section: Section, repeat: Repeat | None, blocks: tuple[Any, ...]) -> None:
            for item in items:
                if isinstance(item, Question):
                    found[item.name] = Placed(item, section, repeat, blocks)
                else:
                    walk(item.items, section, item if isinstance(item, Repeat) else repeat, (*blocks, item))

        for section in self.sections:
            walk(section.items, section, None, (section,))
        return found

    @cached_property
    def repeats(self) -> dict[str, Repeat]:
        return {item.name: item for item in self.nodes() if isinstance(item, Repeat)}

    def nodes(self) -> Iterator[Node]:
        """Every section, group, repeat and question, in the order of the form."""
        def walk(items: tuple[Item, ...]) -> Iterator[Node]:
            for item in items:
                yield item
                if not isinstance(item, Question):
                    yield from walk(item.items)

        for section in self.sections:
            yield section
            yield from walk(section.items)

    def questions(self) -> Iterator[Question]:
        return (placed.question for placed in self.placed.values())

    def question(self, name: str) -> Question:
        """The question of that name; KeyError where there is none."""
        return self.placed[name].question

    def section(self, name: str) -> Section:
        for number, section in enumerate(self.sections, 1):
            if name in (section.name, section_key(number, section)):
                return section
        raise KeyError(name)

    def keyed_sections(self) -> list[tuple[str, Section]]:
        """Sections with the key that stands in addresses: the name, or the number of a section without one."""
        return [(section_key(number, section), section) for number, section in enumerate(self.sections, 1)]

    def with_role(self, role: str) -> list[Question]:
        return [question for question in self.questions() if question.role == role]

    # --- expressions ---

    @cached_property
    def compiled(self) -> dict[tuple[str, str], expressions.Tree]:
        """Every expression as a tree, by (name of the node, attribute). Raises BadInput for a broken one."""
        trees: dict[tuple[str, str], expressions.Tree] = {}
        for node in self.nodes():
            for attribute, text in expressions_of(node):
                trees[key_of(node), attribute] = expressions.parse(text, columns=attribute == "choice_filter")
        return trees

    def tree(self, node: Node, attribute: str) -> expressions.Tree | None:
        return self.compiled.get((key_of(node), attribute))

    @cached_property
    def order(self) -> list[str]:
        """Names of the questions so that each stands after those its value and relevance need.

        Raises BadInput where conditions or calculations refer to each other in a circle.
        """
        ordered, circles = self.sorted_by(self.compiled)
        if circles:
            raise circles[0]
        return ordered

    def sorted_by(self, trees: Trees) -> tuple[list[str], list[BadInput]]:
        """The order by these expressions, and a refusal for each circle; `where` of it names a question in it."""
        circles: list[BadInput] = []
        needs = {name: self._needs(placed, trees) for name, placed in self.placed.items()}
        ordered: list[str] = []
        state: dict[str, int] = {}
        for start in self.placed:
            stack = [(start, iter(sorted(needs[start])))] if start not in state else []
            if stack:
                state[start] = 1
            while stack:
                name, rest = stack[-1]
                for wanted_name in rest:
                    if state.get(wanted_name) == 1:
                        error = BadInput(
                            _("The condition of “%(one)s” refers to the answer to “%(one)s” itself.") % {"one": name}
                            if wanted_name == name else
                            _("The conditions of “%(one)s” and “%(other)s” refer to each other in a circle.")
                            % {"one": wanted_name, "other": name}
                        )
                        error.where = name
                        circles.append(error)
                    if wanted_name not in state:
                        state[wanted_name] = 1
                        stack.append((wanted_name, iter(sorted(needs[wanted_name]))))
                        break
                else:
                    state[name] = 2
                    ordered.append(name)
                    stack.pop()
        return ordered, circles

    def rests_on(self, name: str) -> set[str]:
        """The questions whose answers decide, one after the other, whether `name` is asked."""
        return self._reached(name, ())

    def told_by(self, name: str) -> set[str]:
        """The questions of whose answers an answer to `name`, or that there is none, may tell: by them it is asked, has its options or its
        default, is allowed, or has to be given."""
        return self._reached(name, ("choice_filter", "constraint", "required", "default"))

    def _reached(self, start: str, attributes: Sequence[str]) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            if placed := self.placed.get(waiting.pop()):
                wanted = self._needs(placed, self.compiled)
                for attribute in attributes:
                    wanted |= self._references(placed.question, attribute, self.compiled)
                waiting += wanted - found
                found |= wanted
        return found - {start}

    def _needs(self, placed: Placed, trees: Trees) -> set[str]:
        """The questions that a question's relevance and computed value refer to."""
        wanted: set[str] = set()
        for block in placed.blocks:
            for attribute in ("relevant", "count"):
                wanted |= self._references(block, attribute, trees)
        wanted |= self._references(placed.question, "relevant", trees)
        if placed.question.type == Type.CALCULATE:
            wanted |= self._references(placed.question, "calculation", trees) - {placed.question.name}
        return wanted

    def _references(self, node: Node, attribute: str, trees: Trees) -> set[str]:
        tree = trees.get((key_of(node), attribute))
        found: set[str] = set()
        for name in expressions.references(tree) if tree is not None else ():
            if name in self.placed:
                found.add(name)
            elif name in self.repeats:  # counting places needs what decides on them
                found |= self._references(self.repeats[name], "count", trees) | self._references(
                    self.repeats[name], "relevant", trees
                )
        return found

    # --- as JSON ---

    def to_json(self) -> dict[str, Any]:
        """The form as plain data; empty facts are left out."""
        return {
            "schema": SCHEMA, "title": dict(self.title), "code": self.code, "languages": dict(self.languages),
            "default_language": self.default_language, "settings": dict(self.settings),
            "lists": {name: [_plain(choice) for choice in choices] for name, choices in self.lists.items()},
            "sections": [node_to_json(section) for section in self.sections],
        }

    @cached_property
    def canonical(self) -> str:
        return canonical_json(self.to_json())

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Form":
        """The form that `to_json` wrote; BadInput for anything else."""
        try:
            if data["schema"] != SCHEMA:
                raise BadInput(
                    _("The definition of the questionnaire has schema %(schema)s; this Lorbeer reads %(ours)d.")
                    % {"schema": data["schema"], "ours": SCHEMA}
                )
            lists = {name: tuple(_choice(choice) for choice in choices) for name, choices in data["lists"].items()}
            return cls(
                title=localized(data["title"]), code=data["code"], languages=dict(data["languages"]),
                default_language=data["default_language"], settings=dict(data["settings"]), lists=lists,
                sections=tuple(_node_from_json(section, lists) for section in data["sections"]),  # type: ignore[misc]
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(
                _("This is not the definition of a questionnaire (%(error)s).") % {"error": error}
            ) from error


def section_key(number: int, section: Section) -> str:
    return section.name or f"part-{number}"


def key_of(node: Node) -> str:
    """The key of a node among all nodes: sections without a name hold no expressions and need none."""
    return node.name


def expressions_of(node: Node) -> Iterator[tuple[str, str]]:
    """(attribute, text) of each expression that stands at the node."""
    if node.relevant:
        yield "relevant", node.relevant
    if isinstance(node, Repeat) and node.count:
        yield "count", node.count
    if isinstance(node, Question):
        if node.required not in ("", "yes"):
            yield "required", node.required
        for attribute in ("constraint", "calculation", "choice_filter"):
            if text := getattr(node, attribute):
                yield attribute, text
        if node.default and is_dynamic(node.default):
            yield "default", node.default


def is_dynamic(default: str) -> bool:
    """Whether a default is an expression: it refers to a question or calls a function that we know."""
    return bool(REFERENCE.search(default)) or bool(expressions.looks_like_call(default))


def canonical_json(data: Any) -> str:
    """Keys sorted, no blanks, characters as they are: the same content gives the same bytes."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def other_choice() -> Choice:
    return Choice(OTHER, Localized({"de": "Andere", "en": "Other"}))


def with_choices(choices: tuple[Choice, ...], *, or_other: bool) -> tuple[Choice, ...]:
    """The options of a list as a question shows them."""
    if or_other and not any(choice.code == OTHER for choice in choices):
        return (*choices, other_choice())
    return choices


def other_question(question: Question) -> Question:
    """The text question that belongs to an "or other"."""
    return Question(
        name=f"{question.name}_{OTHER}", type=Type.TEXT, derived_from=question.name, required="yes",
        label=Localized({"de": "Bitte angeben:", "en": "Please specify:"}),
        relevant=f"selected(${{{question.name}}}, '{OTHER}')", personal_data=question.personal_data,
        publishable=question.publishable,
    )


_KINDS: dict[str, type] = {"section": Section, "group": Group, "repeat": Repeat, "question": Question}


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass without what is empty or equal to its default; `choices` and `items` apart."""
    result: dict[str, Any] = {}
    for name in value.__dataclass_fields__:
        fact = getattr(value, name)
        if name in ("items", "choices") or fact in (None, "", False) or (fact != 0 and not fact):
            continue
        if isinstance(fact, Limits):
            fact = _plain(fact)
            if not fact:
                continue
        elif isinstance(fact, Mapping):
            fact = dict(fact)
        elif isinstance(fact, tuple):
            fact = list(fact)
        elif isinstance(fact, Type):
            fact = str(fact)
        result[name] = fact
    return result


def node_to_json(node: Node) -> dict[str, Any]:
    """A page, group, repeat or question as plain data, with what stands in it."""
    kind = type(node).__name__.lower()
    data = {"kind": kind, **_plain(node)}
    if not isinstance(node, Question):
        data["items"] = [node_to_json(item) for item in node.items]
    return data


def bounded(form: Form) -> Form:
    """The form itself, which is not longer than its pages can be shown; raises BadInput otherwise."""
    if sum(1 for _node in form.nodes()) > MOST_NODES:
        raise BadInput(_("A questionnaire has at most %(most)d questions, groups and pages.") % {"most": MOST_NODES})
    return form


_LOCALIZED = frozenset({"label", "hint", "guidance", "example", "required_message", "constraint_message"})


def _choice(data: Mapping[str, Any]) -> Choice:
    return Choice(**{**data, "label": localized(data.get("label", {}))})


def _node_from_json(data: Mapping[str, Any], lists: Mapping[str, tuple[Choice, ...]]) -> Node:
    facts = dict(data)
    kind = _KINDS[facts.pop("kind")]
    for name in _LOCALIZED & facts.keys():
        facts[name] = localized(facts[name])
    if kind is Question:
        facts["type"] = Type(facts["type"])
        facts["releases"] = tuple(facts.get("releases", ()))
        if "limits" in facts:
            limits = dict(facts["limits"])
            limits["file_types"] = tuple(limits.get("file_types", ()))
            facts["limits"] = Limits(**limits)
        if facts.get("list_name"):
            facts["choices"] = with_choices(lists[facts["list_name"]], or_other=facts.get("or_other", False))
    else:
        facts["items"] = tuple(_node_from_json(item, lists) for item in facts.get("items", []))
    facts.setdefault("name", "")
    return kind(**facts)  # type: ignore[no-any-return]
