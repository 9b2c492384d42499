"""What the intake adds to the desks: drafts to finish, paper to key in, late arrivals to decide."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import RECEIVED
from lorbeer.intake import keying, likeness, printed_letters, queries, rules
from lorbeer.intake.models import Arrival, Keying, ScanPart
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person
from lorbeer.shared import clock
from lorbeer.shared.desk import Picture, Task, pictures, tasks
from lorbeer.shared.templatetags import figures
from lorbeer.shared.text import in_sentence, written_in


@tasks
def applicant_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """Each draft of one's own that can still be submitted."""
    drafts = (
        Entry.objects.filter(competition=competition, contributors__person=person, state=State.DRAFT)
        .select_related("draft__version", "competition")
    )
    for entry in drafts:
        if not hasattr(entry, "draft") or not rules.can_submit_entry_now(entry) or not entry_rules.can_submit(person, entry):
            continue
        phase = rules.entries_phase(competition, entry.round)
        entry.draft.entry = entry
        state = queries.completeness(entry.draft)
        yield Task(
            in_sentence(_("Finish and submit “%(entry)s”"), entry=written_in(competition, str(entry))),
            reverse("intake:entry_show", args=[competition.code, entry.code]),
            due_at=phase.ends_at if phase else None, role="applicant",
            note=_("%(percent)d %% of the required answers are there") % {"percent": state.percent},
        )


@pictures
def own_entries(person: Person, competition: Competition) -> Iterator[Picture]:
    """One's own entries with what may be known of their state."""
    own = queries.own_entries(person, competition)
    if own:
        yield Picture(_("My entries"), render_to_string("intake/_own.html", {"own": own, "competition": competition}),
                      reverse("intake:entry_start", args=[competition.code]), role="applicant")


@tasks
def office_tasks(person: Person, competition: Competition) -> Iterator[Task]:
    """Paper and mails that wait to be keyed in, and late ones that wait for a decision."""
    mine = roles_of(person, competition) & OFFICE
    if not mine:
        return
    counts = Arrival.objects.filter(competition=competition).aggregate(
        late=Count("pk", filter=queries.LATE_TO_DECIDE),
        to_key=Count("pk", filter=queries.TO_KEY_IN),
        troubled=Count("pk", filter=queries.TROUBLED),
        unplaced=Count("pk", filter=queries.UNPLACED),
        unknown=Count("pk", filter=queries.UNKNOWN_BODY),
        left=Count("pk", filter=queries.left_over()),
    )
    second = len(keying.waiting_second(person, competition))
    compare = Keying.objects.filter(draft__entry__competition=competition, second_done_at__isnull=False, settled_at=None).count()
    pairs = len(likeness.duplicates(competition))
    parts = ScanPart.objects.filter(scan__competition=competition, decided_at=None).count()
    stuck = queries.stuck_stacks(competition)
    url = reverse("intake:arrival_list", args=[competition.code])
    told = printed_letters.merger_letters_to_post(competition).count()
    to_post = len(printed_letters.receipts_to_post(competition))
    for role in mine:
        if parts:
            yield Task(
                ngettext("Confirm %(count)d scanned letter", "Confirm %(count)d scanned letters", parts) % {"count": parts},
                reverse("intake:stack_list", args=[competition.code]), count=parts, role=role,
            )
        for scan in stuck:
            yield Task(_("Go on with stack %(number)s: it could not be read") % {"number": scan.number},
                       reverse("intake:stack_show", args=[competition.code, scan.number]), role=role)
        if pairs:
            yield Task(
                ngettext("Look at %(count)d pair of entries that may be one", "Look at %(count)d pairs of entries that may be one", pairs)
                % {"count": pairs}, reverse("intake:duplicate_list", args=[competition.code]), count=pairs, role=role,
            )
        if second:
            yield Task(
                ngettext("Key in %(count)d entry a second time", "Key in %(count)d entries a second time", second) % {"count": second},
                f"{url}?show=second", count=second, role=role,
            )
        if compare:
            yield Task(
                ngettext("Decide where the keyings of %(count)d entry differ", "Decide where the keyings of %(count)d entries differ", compare)
                % {"count": compare}, f"{url}?show=compare", count=compare, role=role,
            )
        if to_post:
            yield Task(ngettext("Send %(count)d receipt by post", "Send %(count)d receipts by post", to_post) % {"count": to_post},
                       url, note=_("No mail reaches these applicants."), count=to_post, role=role)
        if told:
            yield Task(ngettext("Send %(count)d letter about entries that came in twice by post",
                                "Send %(count)d letters about entries that came in twice by post", told) % {"count": told},
                       reverse("intake:duplicate_list", args=[competition.code]), note=_("No mail reaches these applicants."), count=told,
                       role=role)
        if counts["late"]:
            yield Task(
                ngettext("Decide on %(count)d late arrival", "Decide on %(count)d late arrivals", counts["late"])
                % {"count": counts["late"]}, f"{url}?show=late", count=counts["late"], role=role,
            )
        if counts["left"]:
            yield Task(
                ngettext("Decide on %(count)d arrival for a draft that was not submitted",
                         "Decide on %(count)d arrivals for drafts that were not submitted", counts["left"])
                % {"count": counts["left"]}, f"{url}?show=left", count=counts["left"], role=role,
                note=_("Is it the entry itself? Then it is keyed in as one of its own."),
            )
        if counts["troubled"]:
            yield Task(
                ngettext("Look at %(count)d mail that could not be read by itself",
                         "Look at %(count)d mails that could not be read by themselves", counts["troubled"])
                % {"count": counts["troubled"]}, f"{url}?show=troubled", count=counts["troubled"], role=role,
            )
        if counts["unplaced"]:
            yield Task(
                ngettext("Say which question the files of %(count)d mail answer", "Say which question the files of %(count)d mails answer",
                         counts["unplaced"]) % {"count": counts["unplaced"]}, f"{url}?show=unplaced", count=counts["unplaced"], role=role,
            )
        if counts["unknown"]:
            yield Task(
                ngettext("Say which municipality %(count)d form means", "Say which municipality %(count)d forms mean", counts["unknown"])
                % {"count": counts["unknown"]}, f"{url}?show=unknown", note=_("The register does not know the name that stands there."),
                count=counts["unknown"], role=role,
            )
        if counts["to_key"]:
            yield Task(
                ngettext("Key in %(count)d entry that came by post or e-mail",
                         "Key in %(count)d entries that came by post or e-mail", counts["to_key"])
                % {"count": counts["to_key"]}, f"{url}?show=to_key", count=counts["to_key"], role=role,
            )


@pictures
def arrivals_by_day(person: Person, competition: Competition) -> Iterator[Picture]:
    """Arrivals per day up to the deadline, for the office and the sponsor."""
    mine = roles_of(person, competition) & (OFFICE | {"sponsor"})
    if not mine:
        return
    zone = competition.time_zone
    moments = Arrival.objects.filter(competition=competition, entry__state__in=RECEIVED).values_list("arrived_at", flat=True)
    days = Counter(clock.day(moment, zone) for moment in moments)
    if not days:
        return
    phase = rules.entries_phase(competition, rules.last_round(competition))
    mark = clock.day(phase.ends_at, zone) if phase and phase.ends_at else None
    title = _("Arrivals per day")
    html = figures.figure_days(dict(days), title, first=min(days), last=max([*days, *([mark] if mark else [])]), mark=mark)
    for role in mine:
        url = reverse("intake:arrival_list", args=[competition.code]) if role in OFFICE else ""
        yield Picture(title, html, url, role)
