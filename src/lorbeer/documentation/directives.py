"""What a directive of a chapter becomes: `{{ table tab1 }}`, `{{ portraits }}`, `{{ participants }}` and their like, as blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lorbeer.call.models import Competition
from lorbeer.documentation.asked import gettext, ngettext
from lorbeer.documentation.dataset import Dataset, base_text, date_text, euro_text, number_text, percent_text, said, table_label
from lorbeer.documentation.figures import FIGURES, figure
from lorbeer.documentation.references import Directive, typed_numbers
from lorbeer.shared.blocks import Block, Inline, text_blocks, text_inlines
from lorbeer.shared.lands import land_name
from lorbeer.shared.text import nested_quotes
from lorbeer.statistics.definitions import is_bare_nought


@dataclass
class Press:
    """What is counted while the book is set: figures by number, files by name."""

    data: Dataset
    files: dict[str, bytes] = field(default_factory=dict)
    figures: int = 0
    used_tables: set[str] = field(default_factory=set)
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def set_directive(directive: Directive, press: Press) -> list[Block] | str:
    """The blocks of a directive, or a sentence that says why there are none."""
    data, argument = press.data, directive.argument
    if directive.name == "table":
        table = data.table(argument)
        if table is None:
            return gettext("There is no table “%(name)s”.") % {"name": argument}
        if sentence := _caption_fault(table):
            return sentence
        if argument in press.used_tables:
            return gettext("%(table)s stands in the book already, and no two tables have one number. Name it here instead: %(reference)s") % {
                "table": table_label(table), "reference": "{{ " + argument + ".label }}"}
        press.used_tables.add(argument)
        return [table_block(table)]
    if directive.name == "figure":
        return _figure_blocks(argument, press)
    if directive.name == "portraits":
        return _portraits(argument, press)
    return SETTERS[directive.name](press)


def table_block(table: dict) -> Block:
    """A statistical table as a block: counts and percentages side by side under each column's name, at the end the base of each row."""
    columns, rows = table["columns"], table["rows"]
    single = len(columns) == 1
    with_bases = not single and any("base" in row for row in rows)
    heading = str(table.get("row_heading") or (_("Answer") if single else _("Group")))
    if single:
        header: list[list[Any]] = [[heading, _("abs."), "%"]]
    else:
        header = [
            [{"children": heading, "rowspan": 2}, *({"children": column["label"], "colspan": 2} for column in columns),
             *([{"children": "n", "rowspan": 2}] if with_bases else [])],
            [part for _column in columns for part in (_("abs."), "%")],
        ]
    body = []
    for row in rows:
        cells = [str(row["label"])]
        for column in columns:
            cell = row["cells"].get(column["code"]) or {}
            cells.append(number_text(cell["count"]) if cell.get("count") is not None else "·")
            if is_bare_nought(table, cell):
                cells.append("0")
            else:
                cells.append(
                    percent_text(Decimal(str(cell["percent"]))).removesuffix("%").rstrip("\N{NO-BREAK SPACE}")
                    if cell.get("percent") is not None else "·"
                )
        if with_bases:
            cells.append("·" if row.get("base") is None else number_text(row["base"]))
        body.append(cells)
    title = str(table["title"])
    if title.endswith("?"):
        title = nested_quotes(said(f"„{title}“", f"“{title}”"))
    base = base_text(table)
    note = str(table.get("note") or "")
    if note and base not in note:
        base = f"{base}, {note}"
    elif note:
        base = note
    if (shares := table.get("shares", "row")) != "row":
        base += ", " + (said("Anteile je Spalte", "shares of each column") if shares == "column" else said("Anteile an allen", "shares of all"))
    figures = 2 * len(columns) + with_bases
    return {
        "kind": "table", "header": header, "rows": body, "align": ["left"] + ["right"] * figures,
        "widths": [3.2 if single or len(columns) < 4 else 2.6] + [0.8] * figures, "note": _what_is_hidden(body),
        "strong_rows": [number for number, row in enumerate(rows) if row.get("is_total")],
        "caption": f"{table_label(table)}: {title} ({base})", "number": table["number"],
    }


def _what_is_hidden(rows: list[list[Any]]) -> str:
    """What a dot in a table means; "" where there is none."""
    return _("A dot stands for a count that is too small to be shown, or from which such a one could be computed.") if any(
        "·" in row for row in rows) else ""


def _caption_fault(table: dict) -> str:
    """What is wrong with the words above a table. A question is quoted as it was asked, with its numbers."""
    title, note = str(table["title"]), str(table.get("note") or "").replace(base_text(table), "")
    typed = [match[0] for text in (title if not title.endswith("?") else "", note) for match in typed_numbers(text)]
    return gettext("In the title or the note of table “%(name)s” the number “%(number)s” was typed by hand. Keep the table again "
             "in words without it, and freeze a new edition.") % {"name": table["code"], "number": typed[0]} if typed else ""


def _figure_blocks(name: str, press: Press) -> list[Block] | str:
    drawn = figure(press.data, name)
    if drawn is None:
        return gettext("There is no figure “%(name)s”. There are: %(names)s, and every table.") % {
            "name": name, "names": ", ".join(FIGURES)}
    if (table := press.data.table(name)) and (sentence := _caption_fault(table)):
        return sentence
    press.figures += 1
    file = f"figure-{press.figures}.svg"
    press.files[file] = drawn.svg
    number = f"Abb.\N{NO-BREAK SPACE}{press.figures}"
    picture = {"kind": "figure", "file": file, "alt": drawn.alt, "caption": text_inlines(f"{number}: {drawn.caption}"),
               "width": 62 if name == "entries_by_land" else 92}
    if name in press.used_tables:                               # its numbers stand in the table before it
        return [picture]
    notes = (_("The figures of %(figure)s as a table.") % {"figure": number}, _what_is_hidden(drawn.table["rows"]))
    return [picture, {**drawn.table, "note": " ".join(filter(None, notes)), "size": 8.5}]


def _portraits(group: str, press: Press) -> list[Block] | str:
    """A page for each awarded entry, group by group as the call orders them; or those of one group. `{{ awards }}` lists them."""
    data = press.data
    groups = [item for item in data.groups if group in ("", item["code"])]
    if group and not groups:
        return gettext("There is no group “%(name)s”.") % {"name": group}
    if sentence := _credit_fault([item["code"] for item in groups], data):
        return sentence
    result: list[Block] = []
    for item in groups:
        mine = [portrait for portrait in data.portraits if portrait["group"] == item["code"]]
        if not mine:
            continue
        if not group:
            result.append({"kind": "heading", "level": 2, "children": text_inlines(str(item["heading"]))})
        for portrait in mine:
            result.append(portrait_block(portrait, data, press))
    press.notes += _portrait_notes([item["code"] for item in groups], data)
    return result


def _credit_fault(groups: list[str], data: Dataset) -> str:
    """A picture is printed with the name of who took it, or not at all; what a program has drawn says so itself."""
    names = [str(portrait["applicant"]) for portrait in data.portraits
             if portrait["group"] in groups and portrait.get("has_picture", portrait.get("picture")) and not portrait.get("is_sample")
             and not str(portrait.get("credit") or "").strip()]
    return ngettext(
        "The picture of %(names)s has no credit, and a released picture is printed with it only. Write with the portrait who took it, then "
        "freeze a new edition.",
        "The pictures of %(names)s have no credit, and released pictures are printed with it only. Write with the portraits who took them, "
        "then freeze a new edition.", len(names)) % {"names": ", ".join(names)} if names else ""


def _portrait_notes(groups: list[str], data: Dataset) -> Iterator[str]:
    """What is missing of the portraits of these groups, a sentence each; no fault, for a first proof may lack them."""
    mine = [portrait for portrait in data.portraits if portrait["group"] in groups]
    without = sum(award["group"] in groups and bool(award["entry"]) for award in data.awards) - len(mine)
    if without > 0:
        yield ngettext("%(count)d winner has no portrait in this edition, so none is printed. Write it, then freeze a new edition.",
                       "%(count)d winners have no portrait in this edition, so none is printed. Write them, then freeze a new edition.",
                       without) % {"count": without}
    if unfinished := sum(not portrait.get("description") for portrait in mine):
        yield ngettext("%(count)d portrait is printed without its text.", "%(count)d portraits are printed without their text.",
                       unfinished) % {"count": unfinished}
    if unapproved := sum(bool(portrait.get("description")) and not portrait.get("approved") for portrait in mine):
        yield ngettext("%(count)d portrait is printed that the winner has not approved.",
                       "%(count)d portraits are printed that the winners have not approved.", unapproved) % {"count": unapproved}


def contact_lines(entry: dict) -> list[str]:
    """Where the applicant of an entry, or of a portrait, can be reached, as far as that is released."""
    place = " ".join(part for part in (entry.get("postcode", ""), entry.get("town", "")) if part)
    return [line for line in (entry.get("office", ""), entry.get("street", ""), place, entry.get("website", "")) if line]


def portrait_block(portrait: dict, data: Dataset, press: Press) -> Block:
    """The portrait of one awarded entry or project: overview, description, reasons, picture."""
    facts = []
    if portrait.get("project"):                                 # then its name is the title, and the entry's is a fact
        facts.append([_("Entry"), portrait["title"]])
    elif portrait.get("projects"):
        facts.append([_("Projects"), "\n".join(portrait["projects"])])
    if portrait.get("population"):
        facts.append([_("Population"), number_text(portrait["population"])])
    if portrait.get("land"):
        facts.append([_("Land"), land_name(portrait["land"])])
    if address := contact_lines(portrait):
        facts.append([_("Contact"), "\n".join(address)])
    worth = euro_text(portrait["amount_cents"]) if portrait["amount_cents"] else _prize_label(press.data, portrait["prize"])
    facts.append([_("Award"), f"{portrait['group_label']}, {worth}"])
    picture = None
    if portrait.get("picture"):
        file = f"portrait-{portrait['entry'].lower()}-{len(press.files)}.jpg"
        press.files[file] = portrait["picture"]
        credit = portrait.get("credit", "")
        if portrait.get("is_sample") and not any(word in credit.lower() for word in ("beispielbild", "musterbild", "sample")):
            credit = " · ".join(part for part in (credit, _("sample picture, drawn by a program")) if part)
        picture = {"file": file, "alt": portrait.get("alt") or _("Picture of the entry %(title)s") % {
            "title": portrait["title"]}, "caption": portrait.get("caption", ""), "credit": credit}
    missing = [{"kind": "paragraph", "children": text_inlines(_("The text is not written yet."))}]
    return {
        "kind": "portrait", "name": portrait["applicant"], "title": portrait.get("project") or portrait["title"],
        "facts": [[label, text_inlines(value)] for label, value in facts], "picture": picture,
        "description": text_blocks(portrait.get("description", "")) or missing,
        "reasons": text_blocks(portrait.get("reasons", "")) or missing,
        "note": portrait.get("note", ""), "key": portrait["entry"],
        "place": portrait.get("municipality") or portrait["applicant"],
    }


def _participants(press: Press) -> list[Block]:
    """All admitted entries by Land; those that are not listed by name stand at the end as such."""
    data = press.data
    awarded = {(award["entry"], award.get("project", "")) for award in data.awards}     # a project can win without its entry
    labels = {group["code"]: str(group["label"]) for group in data.groups}
    listed = [entry for entry in data.entries if not entry.get("is_unlisted")]
    result: list[Block] = []
    lands = sorted({entry.get("land", "") for entry in listed}, key=land_name)
    for code in lands:
        mine = sorted((entry for entry in listed if entry.get("land", "") == code), key=lambda entry: entry["municipality"])
        heading = land_name(code) if code else _("Without Land")
        result.append({"kind": "heading", "level": 2, "children": text_inlines(heading)})
        result.append({"kind": "participants", "land": heading, "entries": [
            {
                "key": entry["code"], "place": entry["municipality"], "name": entry["applicant"],
                "address": "\n".join(contact_lines(entry)),
                "title": entry["title"], "awarded": _("awarded") if (entry["code"], "") in awarded else "",
                "projects": [{"title": title, "awarded": _("awarded") if (entry["code"], title) in awarded else ""}
                             for title in entry.get("projects", [])],
            } for entry in mine
        ]})
    if data.unnamed_entries:
        counts: dict[str, int] = {}
        for entry in data.unnamed_entries:
            counts[entry["group"]] = counts.get(entry["group"], 0) + 1
        result.append({"kind": "heading", "level": 2, "children": text_inlines(_("Entries not listed by name"))})
        result.append({"kind": "paragraph", "children": text_inlines(_(
            "These entries were admitted and are counted in every table, but their applicants are not named in the "
            "list of participants. They stand here so that the list and the tables agree."))})
        rows = [[labels.get(group, group), number_text(count)] for group, count in counts.items()]
        rows.append([_("Total"), number_text(len(data.unnamed_entries))])
        result.append({"kind": "table", "header": [[_("Group"), _("Entries")]], "rows": rows, "align": ["left", "right"],
                       "widths": [3, 1], "strong_rows": [len(rows) - 1]})
    if data.taken_back:
        count = number_text(data.taken_back)
        result.append({"kind": "paragraph", "children": text_inlines(
            said("Ein Beitrag, der überall mitzählt, wurde seit der Ausgabe zurückgenommen; sein Name steht nicht mehr hier.",
                 "One entry that is counted everywhere has been taken back since the edition; its name no longer stands here.")
            if data.taken_back == 1 else
            said(f"{count} Beiträge, die überall mitzählen, wurden seit der Ausgabe zurückgenommen; ihre Namen stehen nicht mehr hier.",
                 f"{count} entries that are counted everywhere have been taken back since the edition; their names no longer stand here.")
        )})
    return result


def _jury(press: Press) -> list[Block] | str:
    if not press.data.jury:
        return _("No jury has been appointed.")
    rows = [[member["function"], member["name"], member["role"]] for member in press.data.jury]
    result: list[Block] = [{"kind": "table", "header": [[_("Constituency"), _("Name"), pgettext("jury", "Role")]], "rows": rows,
                            "align": ["left", "left", "left"], "widths": [3, 2, 2]}]
    if any(member.get("is_sample") for member in press.data.jury):
        result.append({"kind": "paragraph", "children": text_inlines(_("All names in this list are sample names."))})
    return result


def _criteria(press: Press) -> list[Block]:
    items = []
    for criterion in press.data.criteria:
        children: list[Inline] = [{"kind": "strong", "children": text_inlines(str(criterion["label"]))}]
        if criterion.get("description"):
            children.append({"kind": "text", "text": ": " + str(criterion["description"])})
        items.append([{"kind": "paragraph", "children": children}])
    return [{"kind": "list", "ordered": True, "start": 1, "items": items}]


def _calendar(press: Press) -> list[Block]:
    rows = []
    for phase in press.data.phases:
        start, end = phase.get("starts_on"), phase.get("ends_on")
        if start and end and start != end:
            when = f"{date_text(start)} – {date_text(end)}"
        elif end and not start:
            when = _("until %(day)s") % {"day": date_text(end)}
        elif start:
            when = date_text(start)
        else:
            continue
        rows.append([str(phase["label"]), when])
    return [{"kind": "table", "header": [[_("Step"), _("When")]], "rows": rows, "align": ["left", "left"],
             "widths": [1, 1], "row_headings": True}] if rows else []


def _prizes(press: Press) -> list[Block]:
    labels = {group["code"]: str(group["heading"]) for group in press.data.groups}
    rows = [
        [labels.get(prize["group"], prize["group"]), str(prize["label"]),
         (_("up to %(amount)s") % {"amount": euro_text(prize["amount_cents"])}) if prize.get("up_to")
         else euro_text(prize["amount_cents"]) if prize["amount_cents"] else "–"]
        for prize in press.data.prizes
    ]
    return [{"kind": "table", "header": [[_("Group"), _("Prize"), _("Amount")]], "rows": rows,
             "align": ["left", "left", "right"], "widths": [3, 3, 2]}] if rows else []


def _awards(press: Press) -> list[Block] | str:
    data = press.data
    if not data.awards:
        return _("Nothing has been awarded.")
    labels = {group["code"]: str(group["heading"]) for group in data.groups}
    rows = [
        [award["applicant"] or _("not named"), award.get("project") or award["title"], labels.get(award["group"], award["group"]),
         euro_text(award["amount_cents"]) if award["amount_cents"] else _prize_label(data, award["prize"])]
        for award in data.awards
    ]
    total = sum(award["amount_cents"] for award in data.awards)
    if total:
        rows.append([_("Total"), "", "", euro_text(total)])
    who = _("Municipality") if any(award.get("municipality") for award in data.awards) else Competition.ApplicantKind(
        data.competition.get("applicants", Competition.ApplicantKind.ORGANISATION)).word
    return [{"kind": "table", "header": [[who, _("Entry"), _("Group"), _("Prize money") if total else _("Prize")]], "rows": rows,
             "align": ["left", "left", "left", "right" if total else "left"], "row_headings": True, "widths": [2.4, 3.6, 2.2, 1.5], "size": 8.5,
             "strong_rows": [len(rows) - 1] if total else []}]


def _prize_label(data: Dataset, code: str) -> str:
    return next((str(prize["label"]) for prize in data.prizes if prize["code"] == code), code)


def _index(press: Press) -> list[Block]:
    return [{"kind": "index"}]


def _sources(press: Press) -> list[Block]:
    return [{"kind": "sources"}]


SETTERS: dict[str, Callable[[Press], list[Block] | str]] = {
    "participants": _participants, "jury": _jury, "criteria": _criteria, "calendar": _calendar, "prizes": _prizes,
    "awards": _awards, "index": _index, "sources": _sources,
}
