"""The entry and the draft that an address names, and what every page of them shows."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.entries import queries as entry_queries
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.intake import queries, rules
from lorbeer.intake.models import Arrival, Draft, Submission
from lorbeer.people.access import competition_for
from lorbeer.people.sealed import seal, unseal
from lorbeer.questionnaire.definition import section_key
from lorbeer.questionnaire.forms import anchor_of, asked_by
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import in_language
from lorbeer.shared import clock
from lorbeer.shared.prepared import prepared
from lorbeer.shared.text import written_in
from lorbeer.shared.verdicts import require


@prepared
def _entry(code: str, competition: int) -> QuerySet[Entry]:
    return Entry.objects.filter(code=code, competition=competition).select_related("municipality", "group")


@prepared
def _draft(entry: int) -> QuerySet[Draft]:
    """Without the form itself, which `form_of` keeps in memory."""
    return Draft.objects.filter(entry=entry).select_related("version__questionnaire").defer("version__definition")


def own_entry(request: HttpRequest, competition: str, code: str) -> Entry:
    """An entry that the reader writes (or keys in); 404 for strangers, 403 with the reason for insiders."""
    place = competition_for(request, competition)
    entry = next(iter(_entry(code, place.pk)), None)
    if entry is None:
        raise Http404
    entry.competition = place
    verdict = entry_rules.can_read_draft(request.user, entry)
    if not verdict:
        if not entry_queries.entries_visible_to(request.user, place).filter(pk=entry.pk).exists():
            raise Http404
        require(verdict)
    # The colour of the page says in which role somebody is here.
    is_writer = entry_queries.is_contributor(request.user, entry)
    office = next((kind for kind in ("office_lead", "office") if kind in request.roles), "applicant")  # type: ignore[attr-defined]
    request.active_role = "applicant" if is_writer else office  # type: ignore[attr-defined]
    # What the office keys in knows no deadline of its own; for those who write it, it is an entry like any other.
    entry.is_keyed_here = not is_writer and entry_rules.was_keyed_by_office(entry)  # type: ignore[attr-defined]
    return entry


def is_keyed_here(entry: Entry) -> bool:
    """Whether who reads keys the entry in for somebody else; of an entry that came by another way, whether the office does."""
    known: bool | None = getattr(entry, "is_keyed_here", None)
    return entry_rules.was_keyed_by_office(entry) if known is None else known


def draft_of(entry: Entry) -> Draft:
    draft = next(iter(_draft(entry.pk)), None)
    if draft is None:
        raise Http404
    draft.entry = entry
    return draft


def address_of(name: str, entry: Entry, *more: str) -> str:
    return reverse(f"intake:{name}", args=[entry.competition.code, entry.code, *more])


def deadline_of(entry: Entry) -> dict[str, Any]:
    """What pages say about time: the phase, whether a submission would count now, and if not, why."""
    phase = rules.entries_phase(entry.competition, entry.round)
    keyed = is_keyed_here(entry)
    asked = rules.completion_of(entry) if not keyed else None
    handed = handed_to_office(entry) if not keyed and entry.state == State.DRAFT else None
    free = keyed or handed is not None                                  # what the office keys in is judged by its arrival
    return {
        "phase": phase, "keyed": keyed, "completion": asked, "handed": handed,
        "timing": rules.can_submit_entry_now(entry) if not free else None,
        "is_over": bool(phase and rules.is_over(phase, clock.now())) and not free and (asked is None or asked.is_over),
        "is_unsent": entry.state in (State.DRAFT, State.WITHDRAWN),
    }


def handed_to_office(entry: Entry) -> Arrival | None:
    """What the office keys in for those who read: a letter that they handed over, or an entry on paper to which they were invited."""
    if not entry_rules.was_keyed_by_office(entry):
        return None
    return entry.arrivals.filter(closed_at=None).order_by("arrived_at", "pk").first()


def standing_of(state: str, submission: Submission) -> str:
    """Why what was accepted does not count all the same: "excluded", or "late" until somebody has decided; "": it counts."""
    if state == State.INADMISSIBLE:
        return "excluded"
    return "late" if submission.arrival.timeliness == Arrival.Timeliness.LATE else ""


def collided(draft: Draft) -> list[str]:
    """Labels of the questions of which two texts are kept, and nobody has chosen yet."""
    placed = form_of(draft.version).placed
    names = dict.fromkeys(refused.answer.question for refused in queries.refused_texts(draft))
    return [in_language(placed[name].question.label) for name in names if name in placed]


def unread_places(draft: Draft, unread: Iterable[str]) -> list[dict[str, str]]:
    """Label, section and address of each question in whose fields (`unread`) something stands that cannot be read; as the form has them."""
    form = form_of(draft.version)
    order, found = {name: number for number, name in enumerate(form.placed)}, {}
    for name in unread:
        if key := asked_by(form.placed, name):
            one = form.placed[key[0]]
            section = section_key(form.sections.index(one.section) + 1, one.section)
            found[order[key[0]], key[1]] = {
                "label": in_language(one.question.label), "section": section,
                "url": f"{address_of('section_edit', draft.entry, section)}#{anchor_of(*key)}"}
    return [place for _order, place in sorted(found.items())]


def crumbs_of(entry: Entry, *rest: tuple[str, str]) -> list[tuple[str, str]]:
    if is_keyed_here(entry):
        start = (_("Arrivals"), reverse("intake:arrival_list", args=[entry.competition.code]))
    else:
        start = (_("My entries"), reverse("intake:entry_start", args=[entry.competition.code]))
    return [start, (written_in(entry.competition, str(entry)), address_of("entry_show", entry) if rest else ""), *rest]


def pdf_response(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def token_of(salt: str, *numbers: int) -> str:
    """Running numbers for a form, so that nobody reads from it how many there are; see `sealed_numbers`."""
    return seal(":".join([salt, *map(str, numbers)]))


def sealed_numbers(request: HttpRequest, salt: str) -> list[int]:
    """The numbers in the form's token, which only a page of ours can have made for it; 404 for any other."""
    return numbers_in(request.POST.get("token", ""), salt)


def numbers_in(token: str, salt: str) -> list[int]:
    try:
        made_for, *numbers = unseal(token).split(":")
    except ValueError as error:
        raise Http404 from error
    if made_for != salt:
        raise Http404
    return [int(number) for number in numbers]
