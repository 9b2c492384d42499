"""What the office has to do for the world outside: waves to send, mails that came back, announcements without an entry."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition, Phase
from lorbeer.call.queries import register_of, to_prepare
from lorbeer.outreach import queries, rules
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock, outbox
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.models import Message
from lorbeer.shared.phases import lies_in
from lorbeer.shared.templatetags.figures import figure_funnel
from lorbeer.shared.templatetags.formats import number
from lorbeer.shared.text import in_sentence, written_in

NEAR = timedelta(days=21)


@tasks
def register_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """Where municipalities apply and there is no whole register for them, as long as entries are to be taken in."""
    if not competition.of_register or Role.Kind.OFFICE_LEAD not in roles_of(person, competition) or not to_prepare(competition, "entries"):
        return
    url = reverse("outreach:register_show", args=[competition.code])
    if rules.can_take_full_register(person, competition):
        yield Task(_("Use the full register"), url, role=Role.Kind.OFFICE_LEAD,
                   note=_("This competition has an extract that another one brought along."))
    elif (own := register_of(competition)) is None or (own.is_extract and not competition.brings_register):
        yield Task(_("Have the official register brought in"), url, role=Role.Kind.OFFICE_LEAD,
                   note=_("Whoever runs this installation does that. Until then applicants type their municipality."))


@tasks
def outreach_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    for role in sorted(roles_of(person, competition) & OFFICE):
        zone = ZoneInfo(competition.time_zone)
        for wave in competition.waves.filter(queued_at=None).order_by("planned_on", "pk"):
            due = datetime.combine(wave.planned_on, time(23, 59, 59), zone) if wave.planned_on else None
            yield Task(in_sentence(_("Send the mailing “%(title)s”"), title=written_in(competition, wave.title)),
                       reverse("outreach:wave_show", args=[competition.code, wave.code]), due, role=role)
        failed = failed_mails(person, competition).count()
        if failed:
            yield Task(
                ngettext("%(count)d mail came back or could not be sent", "%(count)d mails came back or could not be sent",
                         failed) % {"count": failed},
                reverse("outreach:mail_list", args=[competition.code]) + "?state=failed", count=failed, role=role)
        for phase in competition.phases.filter(kind=Phase.Kind.ENTRIES):
            if phase.ends_at and lies_in(phase, clock.now()) and phase.ends_at - clock.now() <= NEAR:
                silent = queries.confirmed_intents(competition).filter(entry=None).count()
                if silent:
                    yield Task(
                        ngettext("%(count)d announced entry has not been begun", "%(count)d announced entries have not been begun",
                                 silent) % {"count": silent},
                        reverse("outreach:intent_list", args=[competition.code]) + "?linked=no", phase.ends_at,
                        note=_("A reminder can go out as a mailing."), count=silent, role=role)
                break


def failed_mails(person: object, competition: Competition) -> "QuerySet[Message]":
    """Mails of the competition that were given up or came back, as far as `person` may know of them."""
    return outbox.shown_to(person, competition).filter(Q(state=Message.State.FAILED) | Q(bounced_at__isnull=False))


def funnel_rows(competition: Competition) -> list[dict[str, object]]:
    """The funnel as rows of a figure."""
    words = {"addressed": _("Written to"), "intents": _("Letters of intent"), "drafts": _("Begun"), "received": _("Handed in"),
             "admitted": _("Admitted")}
    counts = queries.funnel(competition)
    return [{"label": words[name], "value": value} for name, value in counts.items()
            if value or name in ("drafts", "received", "admitted")]


def apart_in_words(competition: Competition) -> str:
    """Entries and municipalities in one sentence, so that nobody takes one number for the other; empty before anything came in."""
    entries, bodies = queries.funnel(competition), queries.applicants_in(competition)
    if not entries["received"]:
        return ""
    by = _by_municipalities if competition.of_register else _by_applicants
    facts = {"by": by(bodies["received"]), "number": number(entries["received"])}
    facts |= {"handed_in": ngettext("%(number)s entry was handed in %(by)s", "%(number)s entries were handed in %(by)s",
                                    entries["received"]) % facts,
              "admitted": number(entries["admitted"]), "admitted_by": by(bodies["admitted"])}
    if competition.of_register:
        return _("Entries are not municipalities: %(handed_in)s; admitted: %(admitted)s, %(admitted_by)s.") % facts
    return _("Entries are not applicants: %(handed_in)s; admitted: %(admitted)s, %(admitted_by)s.") % facts


def _by_municipalities(count: int) -> str:
    return ngettext("by %(number)s municipality", "by %(number)s municipalities", count) % {"number": number(count)}


def _by_applicants(count: int) -> str:
    return ngettext("by %(number)s applicant", "by %(number)s applicants", count) % {"number": number(count)}


@pictures
def funnel_picture(person: Person, competition: Competition) -> Iterator[Picture]:
    for role in sorted(roles_of(person, competition) & (OFFICE | {Role.Kind.SPONSOR})):
        yield Picture(_("From the call to the admission"), figure_funnel(funnel_rows(competition), _("From the call to the admission")),
                      reverse("outreach:funnel_show", args=[competition.code]), role=role)
