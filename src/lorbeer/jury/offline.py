"""If the network fails: the agenda as a page and a PDF that need nothing, and what was decided with them, read back.

The package is made beforehand by whoever leads, without the items for which they are biased. Its page gives one file, a
record of decisions in their order, each with those who were in the room. `read_record` takes nothing from it but what has
the right shape; whether it was allowed is for the services to say, as for decisions at the desk.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lorbeer.entries import queries as entries
from lorbeer.jury import minutes, queries, rules
from lorbeer.jury.models import Item, Meeting
from lorbeer.people.models import Person
from lorbeer.screening import queries as screening
from lorbeer.screening.models import ExpertOpinion
from lorbeer.screening.rules import opinions_readable_by
from lorbeer.shared.blocks import text_blocks
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import BadInput
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.text import house_language, readable

STATIC = Path(__file__).parent / "static" / "jury"
LARGEST = 1_000_000                                                     # bytes of a record
MOST_ITEMS = 9999
KIND, VERSION = "offline meeting", 2                                    # 1 named items by their number alone


# --- going out --------------------------------------------------------------------------------------------------------


def package(meeting: Meeting, person: Person) -> bytes:
    """A zip with `index.html` and `agenda.pdf`, in the house's language for this call."""
    language = house_language(meeting.competition.first_language)
    with translation.override(language):
        facts = _facts(meeting, person)
        page = render_to_string("jury/offline.html", facts | {"language": language})
        pdf = render_pdf("minutes", _agenda(meeting, facts), language=language)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page)
        archive.writestr("agenda.pdf", pdf)
    return packed.getvalue()


def _facts(meeting: Meeting, person: Person) -> dict[str, Any]:
    competition = meeting.competition
    closed = rules.hidden_entries(person, meeting)
    released = screening.opinions_of(competition, meeting.round).filter(state=ExpertOpinion.State.RELEASED)
    readable = set(opinions_readable_by(person, competition).values_list("pk", flat=True))     # a chair declares their own bias first
    opinions = {(one.proposal.entry_id, one.proposal.project_id, one.proposal.group_id): one for one in released}
    biased = entries.biased_pairs(competition)
    members = list(queries.members_of(competition).filter(holds_role=True))
    sections: dict[int, dict[str, Any]] = {}
    lacking = False
    for item in queries.items_of(meeting).exclude(entry__in=closed):
        if item.is_decided:
            continue
        section = sections.setdefault(item.group_id, {"group": item.group, "prizes": list(item.group.prizes.all()), "rows": []})
        out = [member for member in members if (member.person_id, item.entry_id) in biased]
        opinion = opinions.get((item.entry_id, item.project_id, item.group_id))
        lacking |= opinion is not None and opinion.pk not in readable
        section["rows"].append({
            "item": item, "name": f"{item.entry.code}/{item.project.position if item.project else 0}/{item.group.code}",
            "subject": minutes.subject_text(item), "opinion": opinion if opinion and opinion.pk in readable else None,
            "out": [member.person.name for member in out], "out_codes": [member.person.code for member in out],
        })
    budget = rules.budget_shown_to(person, meeting)
    modes = [mode for mode in queries.rules_of(competition).modes if mode not in queries.GROUP_MODES]
    return {
        "title": _("Jury’s meeting without the network"), "competition": str(competition.title), "day": long_day(meeting.held_on),
        "members": [(member, minutes.role_text(member)) for member in members], "sections": list(sections.values()),
        "modes": [(mode, Item.Mode(mode).label) for mode in modes], "has_money": bool(budget.cap),
        "quorum": _("An item can be decided when at least %(percent)s %% of the %(seats)s votes are in the room for it.") % {
            "percent": round(queries.rules_of(competition).quorum * 100), "seats": queries.seats(competition)},
        "data": json_script({
            "meeting": meeting.code, "cap": budget.cap, "spent": budget.spent, "language": house_language(competition.first_language),
            "present": [member.person.code for member in queries.present_members(meeting)],
            "file": f"{competition.code}-{meeting.round}-offline.json",
        }, "data"),
        "lacks_opinions": lacking,
        "style": _inlined("style", "offline.css"), "script": _inlined("script", "offline.js"),
    }


def _inlined(tag: str, name: str) -> SafeString:
    """A file of our own inside the page, for there is nobody to ask for it."""
    return mark_safe(f"<{tag}>{(STATIC / name).read_text('utf-8')}</{tag}>")  # noqa: S308


def _agenda(meeting: Meeting, facts: dict[str, Any]) -> dict[str, Any]:
    """The agenda with blanks, in the shape of the `minutes` template."""
    blank = "________"
    items = []
    for section in facts["sections"]:
        prizes = "; ".join(str(prize.label) for prize in section["prizes"])
        for row in section["rows"]:
            known = [[_("Group"), str(section["group"])], [_("Prizes"), prizes]]
            if row["out"]:
                known.append([_("Leaves the room for bias"), ", ".join(row["out"])])
            votes = _("yes %(blank)s  no %(blank)s  abstentions %(blank)s") % {"blank": blank}
            known += [[_("In the room"), blank * 4], [_("Votes cast"), votes],
                      [_("Prize and amount"), blank * 4], [_("Dissent"), blank * 4]]
            opinion = row["opinion"]
            items.append({
                "number": str(row["item"].position), "title": row["subject"], "facts": known,
                "blocks": text_blocks(opinion.reasons) if opinion else [], "result": blank * 4,
            })
    return {
        "title": facts["title"], "competition": facts["competition"], "time_zone": meeting.competition.time_zone,
        "facts": [[_("Day"), facts["day"]]],
        "presence": [{"name": member.person.name, "role": role, "present": blank} for member, role in facts["members"]],
        "intro": text_blocks(facts["quorum"]), "items": items, "signatures": [_("Chair of the jury"), _("For the minutes")],
    }


# --- coming back ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """One decision of a record, clean but not yet allowed."""

    position: int                                                       # as the package said
    entry: str                                                          # its code
    project: int | None                                                 # its number in the entry
    group: str                                                          # its code
    at: datetime
    present: tuple[str, ...]                                            # codes of persons
    result: str
    mode: str
    prize: str
    amount: str
    yes: int | None
    no: int | None
    abstained: int | None
    dissent: str
    out: tuple[str, ...] = ()                                           # who of them left for bias

    @property
    def about(self) -> tuple[str, int | None, str]:
        """What names the item whatever its number is: entry, project (if it is about one), group."""
        return self.entry, self.project, self.group


def read_record(text: str, meeting: Meeting) -> list[Decision]:
    """The decisions of a saved record in their order. Raises BadInput for what is none, or is of another meeting."""
    strange = BadInput(_("This file is no record of a meeting without the network. Choose the file that its page saved."))
    if len(text) > LARGEST:
        raise strange
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise strange from error
    if not isinstance(record, dict) or record.get("lorbeer") != KIND:
        raise strange
    if record.get("version") == 1:
        raise BadInput(_("This record is of an older package, which names items by their number alone, and under a number another entry can"
                         " stand by now. Enter these decisions at the desk, with the mark “Decided while the network was away”."))
    if record.get("version") != VERSION:
        raise strange
    if record.get("meeting") != meeting.code:
        raise BadInput(_("This record is of another meeting. Choose the file that was saved for this one."))
    rows = record.get("decisions")
    if not isinstance(rows, list) or not rows or len(rows) > MOST_ITEMS:
        raise BadInput(_("There is no decision in this record."))
    found = [_decision(row, strange) for row in rows]
    if len({one.about for one in found}) < len(found) or len({one.position for one in found}) < len(found):
        raise BadInput(_("An item stands in this record twice."))
    return found


def _in_field(item: int, field: Any, wanted: Any, found: object) -> BadInput:
    """What is wrong in one field of the record."""
    return BadInput(
        _("Item %(item)s, field “%(field)s”: the record says “%(found)s”, and what belongs there is %(wanted)s. Nothing of the record has been"
          " entered. Correct it in the page of the package and save the file again.")
        % {"item": item, "field": field, "wanted": wanted,
           "found": readable(str(found)[:40].encode("utf-8", "replace").decode()) or "–"})


def _decision(row: Any, strange: BadInput) -> Decision:
    if not isinstance(row, dict):
        raise strange
    present, out, project = row.get("present"), row.get("out", []), row.get("project")
    counts = [row.get(name) for name in ("yes", "no", "abstained")]
    texts = [row.get(name, "") for name in ("result", "mode", "prize", "amount", "dissent", "at")]
    about = [row.get("entry"), row.get("group")]
    if not all(type(one) is int and 0 < one <= MOST_ITEMS for one in [row.get("item"), 1 if project is None else project]):
        raise strange
    if not isinstance(present, list) or not isinstance(out, list) or not all(
            isinstance(one, str) and len(one) <= 40 for one in [*present, *out, *about, *texts[:4]]):
        raise strange
    if not all(isinstance(one, str) and len(one) <= 2000 and "\0" not in one for one in texts):
        raise strange
    # Half a character: no database takes it, and none takes the sign of nothing.
    if any(0xD800 <= ord(sign) <= 0xDFFF or sign == "\0" for one in [*present, *out, *about, *texts] for sign in one):
        raise strange
    texts = [readable(one) for one in texts]
    if texts[0] not in (Item.Result.AWARDED, Item.Result.NOT_AWARDED):
        raise strange
    for name, count in zip((_("Yes"), _("No"), _("Abstentions")), counts, strict=True):
        if count is not None and (type(count) is not int or not 0 <= count <= 999):
            raise _in_field(row["item"], name, _("a whole number from 0 to 999, or nothing"), count)
    if texts[0] == Item.Result.AWARDED and not texts[2]:
        raise _in_field(row["item"], _("Prize"), _("the prize that was awarded"), "")
    try:
        at = datetime.fromisoformat(texts[5])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 <= at.year <= 2199:
        raise _in_field(row["item"], _("Decided at"), _("day and time with their zone"), texts[5])
    there = tuple(dict.fromkeys(present))
    return Decision(row["item"], about[0], project, about[1], at, there, texts[0], texts[1], texts[2], texts[3], *counts, dissent=texts[4],
                    out=tuple(one for one in there if one in out))
