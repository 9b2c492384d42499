"""What results put on the desks. Nothing here tells an outsider anything before the announcement."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Prefetch, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.awards import queries, rules
from lorbeer.awards.models import Award, Portrait
from lorbeer.awards.steps import Step, steps
from lorbeer.call.models import Competition
from lorbeer.call.queries import to_prepare
from lorbeer.entries.models import Entry
from lorbeer.people.access import OFFICE, expected_in, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.text import in_sentence, written_in


@tasks
def award_tasks(person: Person, competition: Competition) -> Iterable[Task]:
    roles = roles_of(person, competition)
    if roles & (OFFICE | {Role.Kind.SPONSOR}):
        yield from _result_tasks(competition, roles)
    if Role.Kind.OFFICE_LEAD in roles and competition.sponsor and (phase := to_prepare(competition, "announced")) and (
            not expected_in(competition, Role.Kind.SPONSOR)):
        yield Task(_("Invite the sponsor"), reverse("people:team_list", args=[competition.code]) + "#invite", phase.starts_at,
                   _("The sponsor approves the results before they are announced."), role=Role.Kind.OFFICE_LEAD)
    if roles & OFFICE and (waiting := len(queries.letters_to_post(competition))):
        label = ngettext("Send %(count)s letter with the result by post", "Send %(count)s letters with the result by post", waiting)
        for role in sorted(roles & OFFICE):
            yield Task(label % {"count": waiting}, reverse("awards:result_list", args=[competition.code]), count=waiting, role=role,
                       note=_("No mail reaches these applicants."))
    for role in sorted(roles & (OFFICE | {Role.Kind.EDITOR})):
        yield from _portrait_tasks(competition, role)
    for portrait in queries.portraits_to_proof(person, competition):
        yield Task(
            _("Read and approve the portrait"),
            reverse("awards:portrait_proof", args=[competition.code, portrait.award.code]),
            note=str(portrait.award.entry),
            role="applicant",
        )


@steps
def portrait_step(person: Any, award: Award) -> Iterable[Step]:
    """Reading the text about oneself."""
    portrait = getattr(award, "portrait", None)
    if portrait is None or not rules.can_proof_portrait(person, portrait):
        yield Step(_("Your portrait"), _("The office writes a text about your entry. You read it before it is printed; a mail tells you when."))
        return
    url = reverse("awards:portrait_proof", args=[award.competition.code, award.code])
    if portrait.approved_at:
        yield Step(_("Your portrait"), _("You have approved it."), portrait.approved_at, url, is_done=True)
    else:
        yield Step(_("Read and approve your portrait"), _("It is printed when you have approved it."), url=url)


@pictures
def own_results(person: Person, competition: Competition) -> Iterable[Picture]:
    """After the announcement: one's own results, with the way to certificate and next steps."""
    rounds = queries.announced_rounds(competition)
    entries = (
        Entry.objects.filter(competition=competition, contributors__person=person, round__in=rounds, state__in=queries.DECIDED)
        .prefetch_related(Prefetch("awards", queryset=Award.objects.select_related("prize"))).order_by("-round", "code")
    )
    for entry in entries:
        url = reverse("entries:entry_tab", args=[competition.code, entry.code, "award"])
        yield Picture(in_sentence(_("Your result: %(entry)s"), entry=written_in(competition, str(entry))),
                      _own_result(entry), url, "applicant", _("To the result"))


def _own_result(entry: Entry) -> str:
    awards = entry.awards.all()                                         # type: ignore[attr-defined]
    return render_to_string("awards/_own_result.html", {"awards": awards, "has_money": any(award.amount_cents for award in awards)})


def _result_tasks(competition: Competition, roles: frozenset[str]) -> Iterable[Task]:
    known = {one.round: one for one in competition.announcements.all()}
    for meeting in competition.jury_meetings.filter(closed_at__isnull=False):
        announcement = known.get(meeting.round)
        phase = competition.phases.filter(kind="announced", round=meeting.round).first()
        url = f"{reverse('awards:result_list', args=[competition.code])}?round={meeting.round}"
        due_at = phase.starts_at if phase else None
        if announcement is None or announcement.approved_at is None:
            if Role.Kind.SPONSOR in roles:
                yield Task(_("Approve the results of the jury"), url, due_at=due_at, role=Role.Kind.SPONSOR)
            elif not competition.sponsor and Role.Kind.OFFICE_LEAD in roles:
                yield Task(_("Approve the results of the jury"), url, due_at=due_at, role=Role.Kind.OFFICE_LEAD)
        elif announcement.announced_at is None:
            for role in sorted(roles & OFFICE):
                yield Task(_("Announce the results"), url, due_at=due_at, note=_("They have been approved."), role=role)


def _portrait_tasks(competition: Competition, role: str) -> Iterable[Task]:
    awards = queries.announced_results(competition)
    url = reverse("awards:portrait_list", args=[competition.code])
    missing = awards.filter(Q(portrait=None) | Q(portrait__description="")).count()
    if missing:
        label = ngettext("Write %(count)s portrait", "Write %(count)s portraits", missing) % {"count": missing}
        yield Task(label, url, count=missing, role=role)
    announced = Portrait.objects.filter(award__in=awards, approved_at=None).exclude(description="")
    unsent = announced.filter(sent_for_proof_at=None).count()
    if unsent:
        label = ngettext("Send %(count)s portrait to be read", "Send %(count)s portraits to be read", unsent) % {
            "count": unsent
        }
        yield Task(label, url, count=unsent, role=role)
    objected = announced.filter(sent_for_proof_at__isnull=False, objected_at__gt=F("sent_for_proof_at")).count()
    if objected:
        label = ngettext(
            "Change %(count)s portrait as the winner asks", "Change %(count)s portraits as the winners ask", objected
        ) % {"count": objected}
        yield Task(label, url, count=objected, role=role)
