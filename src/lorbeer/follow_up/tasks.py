"""What the prize money, the erasure and the log put on the desks."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.awards.models import Award
from lorbeer.awards.steps import Step, steps
from lorbeer.call.models import Competition
from lorbeer.follow_up import audit, queries, retention_schedule
from lorbeer.follow_up.models import ProofOfUse
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.components import alert, key_figures
from lorbeer.shared.templatetags.figures import figure_stacked


def end_of(day: date, competition: Competition) -> datetime:
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(competition.time_zone))


@tasks
def office_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """Prizes to pay, reports to decide on, overdue ones to remind of, data to erase."""
    mine = roles_of(person, competition) & OFFICE
    if not mine:
        return
    sums = queries.sums(competition)
    url = reverse("follow_up:payment_list", args=[competition.code])
    found: list[tuple[str, str, datetime | None, str, int]] = []
    if sums.awards:
        late = queries.open_proofs(competition).filter(due_on__lt=clock.today(competition.time_zone)).first()
        if sums.overdue and late:
            label = ngettext("%(count)s report on prize money is overdue", "%(count)s reports on prize money are overdue",
                             sums.overdue) % {"count": sums.overdue}
            found.append((label, f"{url}?state=overdue", end_of(late.due_on, competition), _("Remind the winners"), sums.overdue))
        if sums.to_decide:
            label = ngettext("Decide on %(count)s report on prize money", "Decide on %(count)s reports on prize money",
                             sums.to_decide) % {"count": sums.to_decide}
            found.append((label, f"{url}?state=sent", None, "", sums.to_decide))
        if sums.unpaid:
            unpaid = queries.awards_with_money(competition).filter(unpaid__gt=0).count()
            label = ngettext("Pay %(count)s prize", "Pay %(count)s prizes", unpaid) % {"count": unpaid}
            found.append((label, f"{url}?state=unpaid", None, _("%(sum)s still to pay") % {"sum": format_euro(sums.unpaid)}, unpaid))
    due = [row for row in retention_schedule.schedule(competition) if row.is_due and row.waiting]
    if due:
        count = max(sum(row.waiting for row in due if row.personal_class == name) for name in {row.personal_class for row in due})
        label = ngettext("Erase personal data of %(count)s entry", "Erase personal data of %(count)s entries", count)
        found.append((label % {"count": count}, reverse("follow_up:retention_show", args=[competition.code]),
                      end_of(due[0].due_on, competition), _("The time that the call gives is over."), count))
    for role in sorted(mine):
        for label, to, due_at, note, count in found:
            yield Task(label, to, due_at, note, count, role)


@tasks
def winner_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """The report on the money, as soon as something has been paid."""
    for proof in queries.open_proofs(competition).filter(award__entry__contributors__person=person, award__payments__isnull=False).distinct():
        returned = proof.state == ProofOfUse.State.RETURNED
        yield Task(
            _("Complete the report on your prize money") if returned else _("Report on your prize money"),
            reverse("follow_up:proof_send", args=[competition.code, proof.award.code]), end_of(proof.due_on, competition),
            str(proof.award.entry), role="applicant",
        )


@steps
def money_steps(person: Any, award: Award) -> Iterator[Step]:
    """The payment, and the report on it with its date."""
    if not award.amount_cents:
        return
    url = reverse("follow_up:award_show", args=[award.competition.code, award.code])
    paid, proof = queries.paid_cents(award), ProofOfUse.objects.filter(award=award).first()
    unpaid = award.amount_cents - paid
    if unpaid:
        text = _("%(sum)s of it will be paid by the office.") % {"sum": format_euro(unpaid)}
    else:
        text = _("%(sum)s has been paid.") % {"sum": format_euro(paid)}
    yield Step(_("Prize money"), text, url=url, is_done=not unpaid)
    due = end_of(proof.due_on if proof else queries.due_date(award), award.competition)
    if proof and proof.state == ProofOfUse.State.ACCEPTED:
        yield Step(_("Report on the prize money"), _("The office has accepted it."), url=url, is_done=True)
    elif proof and proof.state == ProofOfUse.State.SENT:
        yield Step(_("Report on the prize money"), _("The office is reading it."), url=url)
    elif paid:
        yield Step(_("Report on the prize money"), _("Say what it was spent on, until:"), due,
                   reverse("follow_up:proof_send", args=[award.competition.code, award.code]))
    else:
        yield Step(_("Report on the prize money"), _("When it has been paid, say what it was spent on, until:"), due)


@pictures
def money_picture(person: Person, competition: Competition) -> Iterator[Picture]:
    """What became of the prize money, for office, sponsor and auditor."""
    mine = roles_of(person, competition) & (OFFICE | {Role.Kind.SPONSOR, Role.Kind.AUDITOR})
    if not mine:
        return
    sums = queries.sums(competition)
    if not sums.awards:
        return
    parts = queries.parts_of(sums)
    title = _("What became of the prize money")
    html = figure_stacked(parts, title)
    for role in sorted(mine):
        yield Picture(title, html, reverse("follow_up:payment_list", args=[competition.code]), role)


@pictures
def log_picture(person: Person, competition: Competition) -> Iterator[Picture]:
    """The auditor's desk says whether the log is whole, and what happened lately."""
    if Role.Kind.AUDITOR not in roles_of(person, competition):
        return
    standing = audit.standing(competition, counted=not audit.leaves_out(person, competition))
    url = reverse("follow_up:event_list", args=[competition.code])
    counts = audit.counts(person, competition)
    text = format_html_join("", "<p>{}</p>", ((line,) for line in standing.lines))
    html = alert(text, title=standing.title, tone=standing.tone) + key_figures([
        {"value": counts["events"], "label": _("events in the log"), "url": url},
        {"value": counts["week"], "label": _("of them in the last seven days"), "url": url},
        {"value": counts["entries"], "label": _("entries in the log")},
    ])
    yield Picture(_("The log"), html, url, Role.Kind.AUDITOR)
