"""What the assignment knows of screeners, and the pairs that the office pins or keeps apart."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Entry, State
from lorbeer.people.models import Person, Role
from lorbeer.people.services import note_grounds
from lorbeer.screening import pairing, rules, wording
from lorbeer.screening.models import PairRule, ScreenerProfile
from lorbeer.shared import log, reasons
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition


@transaction.atomic
def save_profile(
    person: Person, competition: "Competition", by: Person, *, capacity: int | None, fields: list[str], languages: list[str],
    land_code: str, employer: str, earlier_bodies: str, addresses: str = "",
) -> ScreenerProfile:
    """What somebody can read, knows and must not read. The grounds of bias stand with the role, where every list asks for them."""
    require(rules.can_keep_screeners(by, competition))
    role = Role.objects.filter(competition=competition, person=person, kind=Role.Kind.SCREENER).first()
    if role is None:
        raise BadInput(_("%(person)s is not a screener of this competition.") % {"person": person})
    profile, _created = ScreenerProfile.objects.update_or_create(
        competition=competition, person=person, defaults={"capacity": capacity, "fields": fields, "languages": languages})
    grounds = {"land_code": land_code, "employer": employer, "earlier_bodies": earlier_bodies, "addresses": addresses}
    if any(getattr(role, name) != value for name, value in grounds.items()):
        require(rules.can_note_grounds(by, person, competition))
        note_grounds(role, by=by, **grounds)
    log.record("assignment.profile", subject=f"person:{person.code}", scope=competition.code, actor=by, capacity=capacity,
               fields=fields, languages=languages)
    return profile


def pin(entry: Entry, person: Person, by: Person, reason: str) -> PairRule:
    """`person` reads `entry` in any case, if nothing hard speaks against it. Counts for what is computed from now on."""
    if kind := pairing.reasons_for(entry).get(person.code):
        raise BadInput(_("%(person)s may not read %(entry)s: %(reason)s.") % {
            "person": person, "entry": entry.code, "reason": wording.REASONS[kind]})
    return _rule(entry, person, by, reason, PairRule.Kind.PINNED)


def keep_apart(entry: Entry, person: Person, by: Person, reason: str) -> PairRule:
    """`person` does not read `entry`, without being biased: a bias is recorded as one, and closes more than the assignment."""
    return _rule(entry, person, by, reason, PairRule.Kind.FORBIDDEN)


@transaction.atomic
def _rule(entry: Entry, person: Person, by: Person, reason: str, kind: str) -> PairRule:
    require(rules.can_assign(by, entry.competition, entry.round))
    if not reason.strip():
        raise BadInput(_("Please give the reason; it is recorded."), where=_("Reason"))
    if not person.roles.filter(competition=entry.competition, kind=Role.Kind.SCREENER).exists():
        raise BadInput(_("%(person)s is not a screener of this competition.") % {"person": person})
    if entry.state not in (State.SUBMITTED, State.ADMITTED):
        raise BadInput(_("Entry %(entry)s is “%(state)s”, so nobody is given it to read any more, and a rule would change nothing.") % {
            "entry": entry.code, "state": state_in_words(entry)})
    if PairRule.objects.filter(entry=entry, person=person).exists():
        raise BadInput(_("There is a rule for %(person)s and %(entry)s already. Lift it first.") % {"person": person, "entry": entry.code})
    rule = PairRule.objects.create(entry=entry, person=person, kind=kind, reason=reason.strip(), made_by=by)
    reasons.record("assignment.pin" if kind == PairRule.Kind.PINNED else "assignment.forbid", subject=f"pair:{rule.code}",
               scope=entry.competition.code, actor=by, entry=entry.code, person=person.code, why=rule.reason)
    return rule


@transaction.atomic
def lift_rule(rule: PairRule, by: Person) -> None:
    require(rules.can_assign(by, rule.entry.competition, rule.entry.round))
    log.record("assignment.lift", subject=f"pair:{rule.code}", scope=rule.entry.competition.code, actor=by, entry=rule.entry.code,
               person=rule.person.code)
    rule.delete()
