"""Why two are kept apart, and what contradicts what, in whole sentences."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.entries.models import Bias, Entry
from lorbeer.people.models import Person
from lorbeer.screening.assignment import Conflict, Problem, Remedies
from lorbeer.screening.models import PairRule
from lorbeer.screening.pairing import ABSTAINED, FOLLOWED

NAMED = 5  # so many entries or people a sentence lists
REASONS = {
    Bias.Kind.LAND: gettext_lazy("own Land"),
    Bias.Kind.EMPLOYER: gettext_lazy("own employer or municipality"),
    Bias.Kind.PARTNER: gettext_lazy("own employer is a project partner"),
    Bias.Kind.ORGANISATION: gettext_lazy("same organisation by mail address"),
    Bias.Kind.ADDRESS: gettext_lazy("same street address"),
    Bias.Kind.EARLIER: gettext_lazy("earlier relation"),
    Bias.Kind.CONTRIBUTOR: gettext_lazy("works on the entry"),
    Bias.Kind.DECLARED: gettext_lazy("declared a bias"),
    Bias.Kind.OFFICE: gettext_lazy("bias recorded by the office"),
    PairRule.Kind.FORBIDDEN: gettext_lazy("kept apart by the office"),
    "language": gettext_lazy("does not read the language"),
    ABSTAINED: gettext_lazy("has abstained"),
    FOLLOWED: gettext_lazy("followed the round in the office before"),
}
RULES = REASONS | {
    "balance": gettext_lazy("equal loads"),
    "capacity": gettext_lazy("limits of single people"),
    "pinned": gettext_lazy("pinned pairs"),
    "expert": gettext_lazy("one reader who knows the field"),
}
LIFTED = {
    Bias.Kind.LAND: gettext_lazy("Own Land: invite people from other Länder, or let the call do without this rule."),
    PairRule.Kind.FORBIDDEN: gettext_lazy("Lift pairs that the office keeps apart, under “Screeners and rules”."),
    "language": gettext_lazy("Add languages to what screeners read, under “Screeners and rules”."),
    "capacity": gettext_lazy("Raise the limits of single people, under “Screeners and rules”."),
    "pinned": gettext_lazy("Lift pinned pairs, under “Screeners and rules”."),
}


def listed(names: Sequence[str], total: int) -> str:
    """`A, B, C and 7 more`."""
    text = ", ".join(names)
    rest = total - len(names)
    return _("%(names)s and %(rest)d more") % {"names": text, "rest": rest} if rest > 0 else text


def entries_named(codes: Sequence[str]) -> str:
    found = Entry.objects.filter(code__in=list(codes)[:NAMED]).order_by("code")
    return listed([f"{entry.code} ({entry.applicant or entry.title})" for entry in found], len(codes))


def people_named(codes: Sequence[str]) -> str:
    found = Person.objects.filter(code__in=list(codes)[:NAMED]).order_by("name")
    return listed([str(person) for person in found], len(codes)) or _("nobody")


def sentences_of(conflict: Conflict, problem: Problem) -> list[str]:
    """The rules that contradict each other, a sentence each; the last says how."""
    match conflict.kind:
        case "places":
            found = _places(conflict, problem)
        case "floors":
            found = _floors(conflict, problem)
        case _:
            found = [_pinned(conflict)]
    if conflict.kind in ("places", "floors") and conflict.pins:
        found.insert(-1, ngettext("%(count)d pinned pair takes a place away there: %(pairs)s.",
                                  "%(count)d pinned pairs take places away there: %(pairs)s.", len(conflict.pins)) % {
            "count": len(conflict.pins), "pairs": pairs_named(conflict)})
    found.append(
        _("This is a smallest set: without any one of these rules the others can be kept together.") if conflict.minimal else
        _("The case is too large to name the smallest set; these are all entries and people that are involved."))
    return found


def pairs_named(conflict: Conflict) -> str:
    shown = conflict.pins[:NAMED]
    people = {person.code: str(person) for person in Person.objects.filter(code__in=[person for _entry, person in shown])}
    return listed([f"{people.get(person, person)} – {entry}" for entry, person in shown], len(conflict.pins))


def _places(conflict: Conflict, problem: Problem) -> list[str]:
    found = [ngettext("Places that this entry needs: %(needed)d. It is %(entries)s.",
                      "These %(count)d entries need %(needed)d places: %(entries)s.", len(conflict.entries)) % {
        "count": len(conflict.entries), "needed": conflict.needed, "entries": entries_named(conflict.entries)}]
    if conflict.excluded:
        chosen = [entry for entry in problem.entries if entry.code in set(conflict.entries)]
        given = {pair for pair in problem.fixed if pair[0] in set(conflict.entries)}
        if given:
            holders = sorted({one for _entry, one in given})
            found.append(_("Places that are given there already: %(people)s.") % {"people": people_named(holders)})
        readers = [one.code for one in problem.screeners
                   if any((entry.code, one.code) not in given and not problem.reason(entry, one) for entry in chosen)]
        found.append((_("Who else may read there: %(people)s.") if given else _("Who may read there: %(people)s.")) % {
            "people": people_named(readers)})
    found += _kept_apart(conflict, problem)
    if conflict.limits:
        found.append(ngettext("This person has room for %(room)d of them: %(people)s (%(limits)s).",
                              "These %(count)d people have room for %(room)d of them together: %(people)s (%(limits)s).",
                              len(conflict.screeners)) % {
            "count": len(conflict.screeners), "room": conflict.room, "people": people_named(conflict.screeners),
            "limits": _limits(conflict)})
    found.append(_("Places needed: %(needed)d, places there are: %(room)d.") % {
        "needed": conflict.needed, "room": conflict.elsewhere + conflict.room})
    return found


def _floors(conflict: Conflict, problem: Problem) -> list[str]:
    found = [ngettext(
        "For loads that differ by at most %(spread)d this person would have to take %(needed)d more places: %(people)s.",
        "For loads that differ by at most %(spread)d these %(count)d people would have to take %(needed)d more places: %(people)s.",
        len(conflict.screeners),
    ) % {"spread": problem.spread, "count": len(conflict.screeners), "needed": conflict.needed, "people": people_named(conflict.screeners)}]
    found += _kept_apart(conflict, problem)
    found.append(_("The entries that they may read have %(room)d free places for them.") % {"room": conflict.elsewhere + conflict.room})
    return found


def _kept_apart(conflict: Conflict, problem: Problem) -> list[str]:
    pairs = len(conflict.excluded)
    if not pairs:
        return [] if len(problem.screeners) >= problem.seats else [ngettext(
            "There is only %(count)d screener.", "There are only %(count)d screeners.", len(problem.screeners)) % {
            "count": len(problem.screeners)}]
    reasons = ", ".join(f"{RULES[kind]} ({count})" for kind, count in conflict.kinds().items())
    return [ngettext("%(count)d pair with others is kept apart: %(reasons)s.",
                     "%(count)d pairs with others are kept apart: %(reasons)s.", pairs) % {
        "count": pairs, "reasons": reasons}] if conflict.kind == "places" else [ngettext(
            "%(count)d entry is closed to them: %(reasons)s.", "%(count)d entries are closed to them: %(reasons)s.", pairs) % {
        "count": pairs, "reasons": reasons}]


def _limits(conflict: Conflict) -> str:
    loads: dict[tuple[int, str], int] = {}
    for limit in conflict.limits.values():
        loads[limit] = loads.get(limit, 0) + 1
    words = {"capacity": _("own limit of %(load)d"), "balance": _("at most %(load)d by equal loads")}
    return ", ".join(words[kind] % {"load": load} for load, kind in sorted(loads))


def _pinned(conflict: Conflict) -> str:
    facts = {"pairs": pairs_named(conflict), "entries": entries_named(conflict.entries), "people": people_named(conflict.screeners),
             "room": conflict.room}
    match conflict.kind:
        case "pin_excluded":
            reason = RULES[next(iter(conflict.excluded.values()))]
            return _("The pair %(pairs)s is pinned, and kept apart as well: %(reason)s. Lift one of the two.") % (
                facts | {"reason": reason})
        case "pin_gone":
            return _("The pair %(pairs)s is pinned, but the person is not a screener here any more. Lift the pin.") % facts
        case "pin_seats":
            return _("More people are pinned to %(entries)s than it has free places (%(room)d): %(pairs)s. Lift one of them.") % facts
    limit = _limits(conflict)
    return _("More entries are pinned to %(people)s than there is room for (%(limits)s): %(pairs)s. Lift one of them.") % (
        facts | {"limits": limit})


def remedies_in_words(remedies: Remedies | None) -> list[str] | None:
    """What would do, each by itself, tried out; None where that was too much."""
    if remedies is None:
        return None
    found = []
    if remedies.spread:
        found.append(_("Let loads differ by up to %(spread)d entries.") % {"spread": remedies.spread})
    if remedies.newcomers:
        found.append(ngettext("Invite one more screener without bias.", "Invite %(count)d more screeners without bias.",
                              remedies.newcomers) % {"count": remedies.newcomers})
    found += [str(LIFTED[rule]) for rule in remedies.rules if rule in LIFTED]
    return found
