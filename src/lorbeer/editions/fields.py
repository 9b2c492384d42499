"""The fields of a part: what can be kept closed by itself, while the part is open.

Of the answers each question that is published, of the address three fields. A field is public when its part is open and the field is
not closed by itself, see models.Release; it is known by its name, `answers/q7`. A field that tells of another one closes with it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lorbeer.editions.models import Release, field_of, name_of, part_of
from lorbeer.questionnaire.definition import CHOOSING, Form, Question
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared.text import in_sentence

Part = Release.Part
# Questions with another role are facts about the applicant (its exact population names it) or agreements, no answers.
ANSWER_ROLES = frozenset({"", "field_of_action", "target_group", "place", "duration", "financing"})
CONTACT = {"office": _("Office or department"), "address": _("Postal address"), "website": _("Website")}
CONTACT_ROLES = {"office": {"office"}, "address": {"address", "street", "postcode", "town"}, "website": {"website"}}
# The facts of an entry that a name closes. Of answers there is one fact, and `untold`: the questions that are closed by themselves.
FACTS: dict[str, frozenset[str]] = {
    Part.ABSTRACT: frozenset({"abstract"}), Part.ANSWERS: frozenset({"answers", "untold"}),
    Part.CONTACT: frozenset({"office", "street", "postcode", "town", "website"}),
    name_of(Part.CONTACT, "office"): frozenset({"office"}), name_of(Part.CONTACT, "website"): frozenset({"website"}),
    name_of(Part.CONTACT, "address"): frozenset({"street", "postcode", "town"}),
}


@dataclass(frozen=True)
class Field:
    """A field of an entry. `value`: what would be shown, "" where nothing was answered."""

    name: str
    label: str
    value: str

    @property
    def part(self) -> str:
        return part_of(self.name)


def published_questions(form: Form) -> list[Question]:
    """The questions whose answers the public reads entry by entry, where they are released."""
    return [one for one in form.questions() if one.publishable and one.type in CHOOSING and not one.personal_data
            and one.role in ANSWER_ROLES and form.placed[one.name].repeat is None]


def contact_of(document: Document) -> dict[str, str]:
    """Where an applicant can be reached. Who the address is directed to is not among it: that may be a person."""
    return {"office": document.by_role("office") or "", **document.address(), "website": document.by_role("website") or ""}


def fields_of(document: Document | None) -> dict[str, Field]:
    """The fields of an entry by name, in the order of the form; those that were not answered among them."""
    if document is None:
        return {}
    contact = contact_of(document)
    place = " ".join(filter(None, [contact["postcode"], contact["town"]]))
    shown = contact | {"address": ", ".join(filter(None, [contact["street"], place]))}
    found = [Field(name_of(Part.CONTACT, key), str(label), str(shown[key])) for key, label in CONTACT.items()]
    found += [Field(name_of(Part.ANSWERS, one.name), document.label(one.name) or one.name, document.text(one.name))
              for one in published_questions(document.form)]
    return {one.name: one for one in found}


def label_of(name: str, document: Document | None) -> str:
    """What people call a part or a field, in the active language: “the address: website”."""
    part, field = str(Part(part_of(name)).label), field_of(name)
    if not field:
        return part
    if field in CONTACT and part_of(name) == Part.CONTACT:
        return f"{part}: {CONTACT[field]}"
    known = document is not None and field in document.form.placed
    return in_sentence("%(part)s: %(field)s", part=part, field=document.label(field) if document and known else field)


def open_parts(releases: Iterable[Release]) -> set[str]:
    """The parts that are open, of all releases of an entry."""
    return {one.part for one in releases if not one.field and one.revoked_at is None}


def closed_fields(releases: Iterable[Release]) -> set[str]:
    """The names of the fields that are closed by themselves, of all releases of an entry."""
    own = [one for one in releases if one.field]
    return {one.name for one in own} - {one.name for one in own if one.revoked_at is None}


def closed_of(releases: Iterable[Release], document: Document | None) -> set[str]:
    """`closed_fields`, and what would tell of them in the entry form as it is now: it may be of a later version than they are."""
    closed = closed_fields(releases)
    return with_telling(closed, document.form) if document else closed


def with_telling(names: Collection[str], form: Form) -> set[str]:
    """`names` of fields, and those that would tell of these: they are only asked, or only possible, as these were answered."""
    closed = {field_of(name) for name in names if part_of(name) == Part.ANSWERS}
    roles = set().union(*(CONTACT_ROLES[key] for key in CONTACT if name_of(Part.CONTACT, key) in names))
    closed |= {one.name for one in form.questions() if one.role in roles} if roles else set()
    if not closed:
        return set(names)

    def asked_for(questions: Iterable[Question]) -> bool:
        return any(form.told_by(one.name) & closed for one in questions)

    answers = [name_of(Part.ANSWERS, one.name) for one in published_questions(form) if asked_for([one])]
    contact = [name_of(Part.CONTACT, key) for key, roles in CONTACT_ROLES.items()
               if asked_for(one for one in form.questions() if one.role in roles)]
    return {*names, *answers, *contact}


def without(entry: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The facts of an entry without those parts and fields."""
    names = set(names)
    hidden: set[str] = set().union(*(FACTS.get(name, frozenset()) for name in names))
    left = {key: value for key, value in entry.items() if key not in hidden}
    untold = {field_of(name) for name in names if part_of(name) == Part.ANSWERS} & set(left.get("answers") or ())
    if untold:
        left["answers"] = {key: value for key, value in left["answers"].items() if key not in untold}
        left["untold"] = sorted({*left.get("untold", ()), *untold})
    return left


def is_in(entry: dict[str, Any], name: str) -> bool:
    """Whether the facts of an entry hold something of that part or field; of the part `entry` they always do."""
    if part_of(name) == Part.ANSWERS and field_of(name):
        return field_of(name) in (entry.get("answers") or ())
    return name == Part.ENTRY or bool(FACTS.get(name, frozenset()) & set(entry))
