"""What public pages and desks show of a competition; every date, prize and criterion comes from the call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from lorbeer.awards.models import Award
from lorbeer.awards.queries import announced_results
from lorbeer.call.models import AwardGroup, Competition, Phase
from lorbeer.entries.queries import ADMITTED, RECEIVED, applicant_marks
from lorbeer.outreach.queries import confirmed_intents
from lorbeer.people.access import competitions_visible_to
from lorbeer.people.models import Invitation, Person, Role
from lorbeer.shared import clock
from lorbeer.shared.money import format_euro
from lorbeer.shared.phases import Step, current_step, has_begun, lies_in, steps
from lorbeer.shared.templatetags.formats import number
from lorbeer.website.models import Page


@dataclass(frozen=True)
class Deadline:
    """The end of the entry phase that matters now: the running one's, else the next one's, else the last one's."""

    phase: Phase | None
    is_open: bool
    is_ahead: bool


def deadline(competition: Competition) -> Deadline:
    now = clock.now()
    phases = [phase for phase in competition.schedule if phase.kind == Phase.Kind.ENTRIES]
    running = [phase for phase in phases if lies_in(phase, now)]
    if running:
        return Deadline(running[0], is_open=True, is_ahead=False)
    ahead = sorted((phase for phase in phases if not has_begun(phase, now)), key=lambda phase: phase.starts_at)
    if ahead:
        return Deadline(ahead[0], is_open=False, is_ahead=True)
    return Deadline(phases[-1] if phases else None, is_open=False, is_ahead=False)


def dates(competition: Competition) -> list[Step]:
    """The dates of the current round as a line of events, for the public."""
    return [step for step in steps(competition.schedule) if step.starts_at or step.ends_at]


def going_on(competition: Competition) -> Step | None:
    """The phase in which the competition is; None before the first, after the last and between two of them."""
    with timezone.override(competition.time_zone):
        step = current_step(competition.schedule)
    return step if step and step.place == "now" else None


def prize_figures(groups: list[AwardGroup]) -> list[dict[str, Any]]:
    """The prize money as large figures: an amount, for which group, and what the call names it."""
    found = []
    for group in groups:
        for prize in (prize for prize in group.prizes.all() if prize.amount_cents):
            amount = format_euro(prize.amount_cents)
            found.append({"value": f"{_('up to')} {amount}" if prize.up_to else amount, "label": str(group.label),
                          "note": str(prize.label)})
    return found


def who_may_apply(competition: Competition, groups: list[AwardGroup]) -> dict[str, Any]:
    """Who may take part: what applies, and the groups that say more of it.

    A single group without a rule takes everybody, whatever it is called: its name says what is sought and not who may seek.
    """
    kinds = {Competition.ApplicantKind.MUNICIPALITY: _("Municipalities"), Competition.ApplicantKind.PERSON: _("Single persons"),
             Competition.ApplicantKind.ORGANISATION: _("Associations, groups and other bodies")}
    sorted_into = [group for group in groups if not group.is_special]
    tells_more = len(sorted_into) > 1 or any(group.has_rule for group in sorted_into)
    return {"kind": kinds[Competition.ApplicantKind(competition.applicant_kind)], "groups": sorted_into if tells_more else []}


def honours(groups: list[AwardGroup]) -> list[dict[str, Any]]:
    """Prizes without money, by the groups in which they can be won: what they are called says what they are."""
    found = [{"group": group, "prizes": [prize for prize in group.prizes.all() if not prize.amount_cents]} for group in groups]
    return [one for one in found if one["prizes"]]


def by_group(awards: list[Award]) -> list[dict[str, Any]]:
    """The awards under their groups, in the order of the call."""
    groups = sorted({award.group for award in awards}, key=lambda group: (group.position, group.pk))
    return [{"group": group, "awards": [award for award in awards if award.group == group]} for group in groups]


def results_by_round(competition: Competition, awards: list[Award], named: set[str]) -> list[dict[str, Any]]:
    """The awards of each round under their groups, newest round first, with the day of its announcement.

    Who is not `named` (codes of entries) stands behind the others, in an order that says nothing: among names in the order of the
    alphabet its place would narrow down its own.
    """
    def place(award: Award) -> tuple[bool, int, str]:
        return (False, 0, "") if award.entry.code in named else (True, -award.amount_cents, award.code)

    def groups(round: int) -> list[dict[str, Any]]:
        found = by_group([award for award in awards if award.entry.round == round])
        return [one | {"awards": sorted(one["awards"], key=place)} for one in found]

    days = dict(competition.announcements.values_list("round", "announced_at"))
    rounds = sorted({award.entry.round for award in awards}, reverse=True)
    return [{"round": one, "announced_at": days.get(one), "groups": groups(one)} for one in rounds]


def today(competition: Competition) -> date:
    return timezone.localtime(clock.now(), ZoneInfo(competition.time_zone)).date()


def public_pages(competition: Competition) -> "QuerySet[Page]":
    """What the public reads: published pages, and news from their day on."""
    return competition.pages.exclude(published=None).exclude(shown_on__gt=today(competition)).select_related("published")


def page(competition: Competition, code: str, language: str, kind: str = Page.Kind.PAGE) -> Page | None:
    """The page in `language`, else in one of the call's languages."""
    return next(iter(_by_language(competition, public_pages(competition).filter(code=code, kind=kind), language)), None)


def _by_language(competition: Competition, pages: "Iterable[Page]", language: str) -> list[Page]:
    """The one that reads best first: in the reader's language, then in those of the call, in their order."""
    order = [language, *competition.languages]
    return sorted(pages, key=lambda one: order.index(one.language) if one.language in order else len(order))


def _each_once(competition: Competition, pages: "QuerySet[Page]", language: str) -> list[Page]:
    found: dict[str, Page] = {}
    for one in _by_language(competition, pages, language):
        found.setdefault(one.code, one)
    return list(found.values())


def menu(competition: Competition, language: str) -> list[Page]:
    """The pages of the menu, each in `language` where there is one."""
    pages = public_pages(competition).filter(in_menu=True, kind=Page.Kind.PAGE)
    return sorted(_each_once(competition, pages, language), key=lambda one: (one.position, one.code))


def news_of(competition: Competition, language: str) -> list[Page]:
    """The news, the latest first, each in `language` where it is written in it."""
    pages = public_pages(competition).filter(kind=Page.Kind.NEWS)
    return sorted(_each_once(competition, pages, language), key=lambda one: (one.shown_on, one.published_at), reverse=True)


def pages_by_code(competition: Competition) -> list[dict[str, Any]]:
    """All pages for those who write them: {code, language of one of them, kind, in_menu, shown_on, title, rows}.

    A row for each language of the call: language, page (None: not written), `is_older`: another language was
    published since, so this one may be out of date.
    """
    found: dict[str, dict[str, Page]] = {}
    pages = competition.pages.select_related("newest__saved_by", "published").order_by("kind", "-shown_on", "position", "code")
    for one in pages:
        found.setdefault(one.code, {})[one.language] = one
    made = []
    for code, by_language in found.items():
        first = next(iter(by_language.values()))
        latest = max((one.published_at for one in by_language.values() if one.published_at), default=None)
        rows = [{"language": language, "page": by_language.get(language), "is_older": _is_older(by_language.get(language), latest)}
                for language in dict.fromkeys([*competition.languages, *by_language])]
        made.append({"code": code, "language": first.language, "kind": first.kind, "in_menu": first.in_menu,
                     "shown_on": first.shown_on, "rows": rows,
                     "title": str(next((row["page"] for row in rows if row["page"]), code))})
    return made


OLDER_BY = timedelta(days=1)                                            # translations are published one after the other


def _is_older(page: Page | None, latest: Any) -> bool:
    return page is not None and page.published_at is not None and latest - page.published_at > OLDER_BY


def competitions_of(person: Person) -> "QuerySet[Competition]":
    """Competitions in which the person has a role or works on an entry."""
    visible = competitions_visible_to(person).prefetch_related("phases")
    return (visible.filter(roles__person=person) | visible.filter(entries__contributors__person=person)).distinct()


def competitions_run_by(person: Person) -> "QuerySet[Competition] | None":
    """All competitions with what an operator looks after: `has_lead`, `is_lead_invited`. None for everybody else."""
    if not person.is_operator:
        return None
    leads = Role.objects.filter(competition=OuterRef("pk"), kind=Role.Kind.OFFICE_LEAD)
    invited = Invitation.objects.filter(
        competition=OuterRef("pk"), kind=Role.Kind.OFFICE_LEAD, accepted_at=None, expires_at__gt=clock.now())
    return competitions_visible_to(person).annotate(has_lead=Exists(leads), is_lead_invited=Exists(invited)).order_by("pk")


def key_figures(competition: Competition, role: str) -> list[dict[str, Any]]:
    """Received, admitted, announced and won, for the desks of those who see the whole; nothing before its time."""
    if role not in {Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD, Role.Kind.SPONSOR, Role.Kind.AUDITOR, Role.Kind.EDITOR}:
        return []
    entries = reverse("entries:entry_list", args=[competition.code])
    counts = competition.entries.aggregate(
        received=Count("pk", filter=Q(state__in=RECEIVED)), admitted=Count("pk", filter=Q(state__in=ADMITTED)),
    )
    found: list[dict[str, Any]] = []
    for name, states, label in (("received", RECEIVED, _("received")), ("admitted", ADMITTED, _("admitted"))):
        marks = list(applicant_marks(competition.entries.filter(state__in=states), competition).values())
        bodies, unnamed = len(set(marks)), sum(kind == "entry" for kind, _of in marks) if competition.of_register else 0
        note = ngettext("by %(count)d municipality", "by %(count)d municipalities", bodies) if competition.of_register else ngettext(
            "by %(count)d applicant", "by %(count)d applicants", bodies)
        found.append({"value": number(counts[name]), "label": label, "url": entries, "note": note % {"count": bodies} + (
            _(", %(count)d of them unnamed") % {"count": unnamed} if unnamed else "")
            if bodies else ""})
    if intents := confirmed_intents(competition).count():
        found.insert(0, {"value": number(intents), "label": ngettext("letter of intent", "letters of intent", intents)})
    results = announced_results(competition).aggregate(count=Count("pk"), cents=Sum("amount_cents"))
    if results["count"]:
        found.append({"value": number(results["count"]), "label": npgettext("figure", "prize", "prizes", results["count"]),
                      "note": format_euro(results["cents"]) if results["cents"] else ""})
    return found
