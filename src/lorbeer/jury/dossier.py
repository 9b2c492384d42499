"""A member's dossier as one PDF: the agenda without what is closed to them, to be read on paper."""

from collections.abc import Iterable
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.entries import queries as entries
from lorbeer.intake.queries import accepted_documents
from lorbeer.jury import queries
from lorbeer.jury.minutes import subject_text
from lorbeer.jury.models import Item, Meeting, Member
from lorbeer.screening import queries as screening
from lorbeer.screening.documents import entry_as_read, opinion_data
from lorbeer.screening.models import ExpertOpinion
from lorbeer.shared.blocks import text_blocks
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import house_language

Subject = tuple[int, int | None, int]                                   # entry, project, group


def opinions_for(meeting: Meeting, member: Member) -> dict[Subject, ExpertOpinion]:
    """The released opinions that `member` may read, by what they are about."""
    released = screening.opinions_of(meeting.competition, meeting.round).filter(state=ExpertOpinion.State.RELEASED)
    found = entries.without_biased(released, member.person, "proposal__entry")
    return {(one.proposal.entry_id, one.proposal.project_id, one.proposal.group_id): one for one in found}


def subject_of(item: Item) -> Subject:
    return item.entry_id, item.project_id, item.group_id


def dossier_pdf(meeting: Meeting, member: Member) -> bytes:
    """Each item by its opinion, or by the entry as submitted where it has none. Raises BadInput where nothing is open to them."""
    competition = meeting.competition
    language = house_language(competition.first_language)
    items = list(queries.items_open_to(member.person, meeting))
    if not items:
        raise BadInput(_("Nothing on the agenda is open to you, so there is nothing to put into the dossier."))
    opinions = opinions_for(meeting, member)
    with translation.override(language):
        bare = [item for item in items if subject_of(item) not in opinions]
        whole = _entries(bare)
        sections: dict[int, dict[str, Any]] = {}
        for item in items:
            section = sections.setdefault(item.group_id, {"title": str(item.group.heading or item.group.label), "opinions": []})
            opinion = opinions.get(subject_of(item))
            section["opinions"].append(opinion_data(opinion) if opinion else whole[item.pk])
        notes = [_("Where there is no expert opinion, the entry stands here as it was submitted. Pictures and enclosures are on its"
                   " page.")] if bare else []
        if closed := meeting.items.count() - len(items):
            notes.append(ngettext(
                "%(count)d item of the agenda is left out: you are biased for its entry.",
                "%(count)d items of the agenda are left out: you are biased for their entries.", closed) % {"count": closed})
        title = _("Jury’s dossier")
        data = {
            "title": title, "competition": str(competition.title), "reader": str(member.person), "time_zone": competition.time_zone,
            "intro": text_blocks("\n\n".join(notes)),
            "sections": list(sections.values()),
        }
        return render_pdf("dossier", data, title=f"{title}, {competition.title}", language=language)


def _entries(items: Iterable[Item]) -> dict[int, dict[str, Any]]:
    """Item → its entry in the shape of the `dossier` template; an entry that is there several times is printed once."""
    documents = accepted_documents([item.entry for item in items])
    printed: dict[int, int] = {}
    found = {}
    for item in items:
        entry, document = item.entry, documents.get(item.entry_id)
        before = printed.setdefault(item.entry_id, item.position)
        again = before != item.position
        found[item.pk] = entry_as_read(entry, None if again else document, [[_("Item"), f"{item.position} · {entry.code}"]])
        found[item.pk]["title"] = subject_text(item)
        if again:
            found[item.pk]["facts"].append([_("Content"), _("as under item %(position)s") % {"position": before}])
    return found
