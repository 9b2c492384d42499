"""What the screening prints: minutes of the joint session, one page per expert opinion, the jury's dossier."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.intake.documents import head_facts, pdf_sections, sample_note
from lorbeer.intake.printed_letters import letterhead
from lorbeer.intake.queries import document_of
from lorbeer.people.models import Role
from lorbeer.questionnaire.frozen import Document
from lorbeer.screening import queries, quotations
from lorbeer.screening.models import ExpertOpinion, JointSession, SessionItem, Vote
from lorbeer.shared import clock, log
from lorbeer.shared.blocks import text_blocks
from lorbeer.shared.documents import long_date, render_pdf
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lands import land_name
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.formats import short_day
from lorbeer.shared.text import house_language, in_sentence, listed

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

Facts = list[list[str]]


def language_of(competition: "Competition") -> str:
    """Documents are written in the competition's first language."""
    return house_language(competition.first_language)


def clock_time(moment: datetime, session: JointSession) -> str:
    """The time of day where the session is held, with its day where that is another one."""
    zone = session.competition.time_zone
    time = f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
    day = clock.day(moment, zone)
    return time if day == session.held_on else f"{short_day(day)}, {time}"


def number_text(number: int) -> str:
    """23410 as 23.410 (German) or 23,410."""
    text = f"{number:,}"
    return text if (translation.get_language() or "de").startswith("en") else text.replace(",", ".")


def entry_facts(entry: Any) -> Facts:
    facts = [[_("Code"), entry.code]]
    if entry.is_unlisted:
        return facts
    facts.append([entry.competition.applicant_word, entry.applicant])
    if entry.land_code:
        facts.append([_("Land"), land_name(entry.land_code)])
    if entry.group:
        facts.append([_("Group"), str(entry.group)])
    if entry.amount_cents is not None:
        facts.append([_("Amount applied for"), format_euro(entry.amount_cents)])
    if entry.population:
        facts.append([_("Population"), number_text(entry.population)])
    return facts


def name_of(entry: Any) -> str:
    """The title with its applicant, or that the entry is not listed."""
    if entry.is_unlisted:
        return in_sentence(_("Entry %(code)s (not listed)"), code=entry.code)
    return entry.title or entry.applicant or entry.code


def votes_text(item: SessionItem, options: dict[str, Any]) -> str:
    """`A. Beispiel: suitable for a prize · B. Beispiel: not suitable`."""
    return listed([
        in_sentence("%(screener)s: %(option)s", screener=vote.screener,
                    option=options[vote.option].label if vote.option in options else vote.option)
        for vote in item.entry.votes.all()
    ], " · ")


def proposal_text(project: Any, group: Any) -> str:
    return in_sentence(_("project “%(project)s” in %(group)s"), project=project, group=group) if project else str(group)


def minutes_pdf(session: JointSession, *, closed_at: datetime) -> bytes:
    language = language_of(session.competition)
    with translation.override(language):
        data = minutes_data(session, closed_at=closed_at)
        return render_pdf("minutes", data, title=f"{data['title']}, {session.competition.title}", language=language)


def minutes_data(session: JointSession, *, closed_at: datetime) -> dict[str, Any]:
    """The minutes, in the active language: who was there from when to when, every item with its votes, arguments, outcome, dissent
    and deciders, and the newest seal of the log.
    """
    competition = session.competition
    zone = competition.time_zone
    language = language_of(competition)
    options = queries.options_of(competition)
    items = list(queries.with_votes(session.items.order_by("position")))
    proposed = sum(item.outcome == SessionItem.Outcome.PROPOSE for item in items)
    undecided = sum(not item.decided_at for item in items)
    kinds: dict[int, list[str]] = {}
    for person, kind in Role.objects.filter(competition=competition).values_list("person", "kind"):
        kinds.setdefault(person, []).append(str(Role.Kind(kind).label))
    number, digest = log.newest_seal()
    return {
        "title": _("Minutes of the joint session"),
        "competition": str(competition.title),
        "time_zone": zone,
        "facts": [
            [
                _("Held on"),
                long_date(datetime.combine(session.held_on, datetime.min.time(), ZoneInfo(zone)), language, zone),
            ],
            [
                _("Time"),
                _("%(start)s to %(end)s")
                % {"start": clock_time(session.opened_at or closed_at, session), "end": clock_time(closed_at, session)},
            ],
            [_("Chair"), str(session.chaired_by or "–")],
            [_("Items"), str(len(items))],
            [_("With diverging votes"), str(sum(item.diverging for item in items))],
            [_("Proposed to the jury"), str(proposed)],
            [_("Not decided"), str(undecided)],
        ],
        "presence": [
            {"name": str(person), "role": ", ".join(sorted(kinds.get(person.pk, []))), "present": ", ".join(
                f"{clock_time(stay.came_at, session)}–{clock_time(stay.left_at or closed_at, session)}" for stay in stays)}
            for person, stays in queries.attendance_of(session).items()
        ],
        "items": [minutes_item(item, options) for item in items],
        "closing": text_blocks(
            _("Newest link of the log when these minutes were written: number %(number)d.") % {"number": number}
        ),
        "seal": digest,
        "signatures": [_("Chair"), _("Competition office")],
    }


def minutes_item(item: SessionItem, options: dict[str, Any]) -> dict[str, Any]:
    facts = [
        [
            _("Entry"),
            " · ".join(filter(None, [item.entry.code, "" if item.entry.is_unlisted else item.entry.applicant])),
        ],
        [_("Votes"), votes_text(item, options)],
    ]
    if item.diverging:
        facts.append([_("Agreement"), _("The votes differ.")])
    if item.arguments:
        facts.append([_("Arguments"), item.arguments])
    if item.dissent:
        facts.append([_("Dissent"), item.dissent])
    if item.decided_at:
        deciders = list(item.deciders.all())
        facts.append([_("Decided by"), ", ".join(map(str, deciders)) or "–"])
        if missing := [vote.screener for vote in item.entry.votes.all() if vote.screener not in deciders]:
            facts.append([_("Voted, and took no part"), ", ".join(map(str, missing))])
    result = str(SessionItem.Outcome(item.outcome).label) if item.outcome else _("adjourned")
    if proposals := [proposal_text(one.project, one.group) for one in item.proposals.all()]:
        result += ": " + "; ".join(proposals)
    return {"title": name_of(item.entry), "number": str(item.position), "facts": facts, "result": result}


def opinion_data(opinion: ExpertOpinion) -> dict[str, Any]:
    """The shape that the templates `opinion` and `dossier` read.

    Quotations are numbered; where each stands in the entry follows below, as it was found when the opinion was last handed on.
    """
    proposal = opinion.proposal
    entry = proposal.entry
    facts = entry_facts(entry)
    if proposal.project:
        facts.append([_("Entry title"), name_of(entry)])
    facts.append([_("Proposed in"), str(proposal.group)])
    facts.append(
        [
            _("Written by"),
            _("%(author)s; second reader: %(reader)s")
            % {"author": opinion.author or "–", "reader": opinion.second_reader or "–"},
        ]
    )
    in_description, in_reasons = quotations.quoted(opinion.description), quotations.quoted(opinion.reasons)
    known = {one["text"]: one for one in opinion.quotations}
    sources = [
        source_of(str(number).translate(quotations.SUPERSCRIPT), known[one.text])
        for number, one in enumerate([*in_description, *in_reasons], 1) if one.text in known
    ]
    description, reasons = opinion.description, opinion.reasons
    if sources:
        description = quotations.with_numbers(description, in_description)
        reasons = quotations.with_numbers(reasons, in_reasons, len(in_description) + 1)
    number = opinion.submission.number if opinion.submission else 0
    return {
        "title": str(proposal.project) if proposal.project else name_of(entry),
        "code": entry.code,
        "competition": str(entry.competition.title),
        "facts": facts,
        "description": text_blocks(description),
        "reasons": text_blocks(reasons),
        "sources_label": _("Quotations from the entry (version %(number)d)") % {"number": number},
        "sources": sources,
        "sample_note": sample_note(entry),
    }


def source_of(number: str, found: dict[str, Any]) -> str:
    return f"{number} " + (str(found["label"]) if found["question"] else _("enclosure (not searched by Lorbeer)"))


def entry_as_read(entry: Any, document: Document | None, facts: Facts) -> dict[str, Any]:
    """An entry as submitted, without anything personal, as the template `dossier` prints it; `facts` come first."""
    told = [] if entry.is_unlisted else [list(fact) for fact in head_facts(entry)]
    return {
        "title": name_of(entry), "facts": [*facts, *told], "sample_note": sample_note(entry),
        "sections": pdf_sections(document.without_personal()) if document else [],
    }


def reading_pdf(competition: "Competition", reader: Any, votes: Iterable[Vote]) -> bytes:
    """All that a screener has opened, each in the version that their vote is bound to, with contents and bookmarks.

    `votes`: the reader's own, with submission and version, in the order of the pile.
    """
    language = language_of(competition)
    with translation.override(language):
        sections: dict[str, dict[str, Any]] = {}
        for vote in votes:
            assert vote.submission
            group = str(vote.entry.group or _("Without a group"))
            facts = [[_("Code"), vote.entry.code], [_("Version"), str(vote.submission.number)]]
            document = document_of(vote.submission)
            hidden = document.personal_files()
            files = [one.name for one in vote.submission.files.all() if one.code not in hidden]
            if files:
                facts.append([_("Files"), "; ".join(files)])
            sections.setdefault(group, {"title": group, "opinions": []})["opinions"].append(entry_as_read(vote.entry, document, facts))
        title = _("Entries to read")
        data = {
            "title": title, "competition": str(competition.title), "reader": str(reader), "time_zone": competition.time_zone,
            "intro": text_blocks(_("These are the entries that you have opened, each in the version on which you vote. Pictures and"
                                   " enclosures are on the page of the entry.")),
            "sections": list(sections.values()),
        }
        return render_pdf("dossier", data, title=f"{title}, {competition.title}", language=language)


def opinion_pdf(opinion: ExpertOpinion) -> bytes:
    """The opinion as one A4 page, with the quotations as `opinion` has them. Raises BadInput where it needs more."""
    given = opinion
    opinion = queries.opinions_of(opinion.proposal.entry.competition, opinion.proposal.entry.round).get(pk=opinion.pk)
    opinion.submission, opinion.quotations = given.submission, given.quotations
    language = language_of(opinion.proposal.entry.competition)
    with translation.override(language):
        data = opinion_data(opinion) | {"office": letterhead(opinion.proposal.entry.competition)}
        content = render_pdf(
            "opinion", data, title=_("Expert opinion: %(title)s") % {"title": data["title"]}, language=language
        )
    import pikepdf

    with pikepdf.open(BytesIO(content)) as document:
        pages = len(document.pages)
    if pages > 1:
        raise BadInput(
            ngettext(
                "The opinion takes %(pages)d page; an expert opinion has one. Please shorten description or reasons.",
                "The opinion takes %(pages)d pages; an expert opinion has one. Please shorten description or reasons.",
                pages,
            )
            % {"pages": pages}
        )
    return content


def dossier_pdf(competition: "Competition", opinions: Iterable[ExpertOpinion]) -> bytes:
    """`opinions` (from `queries.opinions_of`, in its order) by group, with contents and bookmarks."""
    language = language_of(competition)
    with translation.override(language):
        sections: dict[int, dict[str, Any]] = {}
        for opinion in opinions:
            group = opinion.proposal.group
            section = sections.setdefault(group.pk, {"title": str(group.heading or group.label), "opinions": []})
            section["opinions"].append(opinion_data(opinion))
        data = {
            "title": _("Dossier of the proposals"),
            "competition": str(competition.title),
            "time_zone": competition.time_zone,
            "sections": list(sections.values()),
        }
        return render_pdf("dossier", data, title=f"{data['title']}, {competition.title}", language=language)


def dossier_order(competition: "Competition", round: int) -> list[tuple[str, int]]:
    """[(group label, released opinions)] in the order of the dossier."""
    rows = (
        queries.opinions_of(competition, round)
        .filter(state=ExpertOpinion.State.RELEASED)
        .order_by()
        .values("proposal__group")
        .annotate(count=Count("pk"))
    )
    counts = {row["proposal__group"]: row["count"] for row in rows}
    groups = competition.groups.order_by("is_special", "position")
    return [(str(group), counts[group.pk]) for group in groups if group.pk in counts]
