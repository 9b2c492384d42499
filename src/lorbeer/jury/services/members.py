"""Who belongs to the jury."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.jury import rules
from lorbeer.jury.models import Declaration, DeclarationNote, Member
from lorbeer.jury.services.common import _lock_jury, _locked, _require_member, _require_no_urn, _touch
from lorbeer.people import services as people
from lorbeer.people.models import Person, Role
from lorbeer.people.services import grant_role
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent
from lorbeer.shared.verdicts import require


@transaction.atomic
def appoint(
    competition: Competition,
    person: Person,
    *,
    kind: str = Member.Kind.MEMBER,
    constituency: str = "",
    deputy_for: Member | None = None,
    votes: bool = True,
    appointed_on: date | None = None,
    by: Person | None,
) -> Member:
    """Make `person` a member of the jury and give them the juror's role. Raises Refused, BadInput."""
    meetings = _lock_jury(competition)
    if kind == Member.Kind.DEPUTY and deputy_for is None:
        raise BadInput(_("A deputy stands in for somebody: choose the member."), where="deputy_for")
    if kind != Member.Kind.DEPUTY and deputy_for is not None:
        raise BadInput(_("Only a deputy stands in for somebody else."), where="deputy_for")
    if deputy_for and (deputy_for.competition_id != competition.pk or deputy_for.kind == Member.Kind.DEPUTY):
        raise BadInput(_("A deputy stands in for a member of the same jury."), where="deputy_for")
    if kind == Member.Kind.CHAIR and competition.jury_members.filter(kind=Member.Kind.CHAIR).exists():
        raise Refused(_("This jury already has a chair. Let that person step down first."))
    if competition.jury_members.filter(person=person).exists():
        raise Refused(_("%(person)s already belongs to this jury.") % {"person": person})
    for meeting in meetings:
        _require_no_urn(meeting)
    member = Member.objects.create(
        competition=competition,
        person=person,
        kind=kind,
        constituency=constituency.strip(),
        deputy_for=deputy_for,
        votes=votes,
        appointed_on=appointed_on or clock.today(competition.time_zone),
    )
    if not person.roles.filter(competition=competition, kind=Role.Kind.JUROR).exists():
        grant_role(competition, person, Role.Kind.JUROR, by=by)
    log.record(
        "jury.appoint",
        subject=f"person:{person.code}",
        scope=competition.code,
        actor=by,
        kind=str(kind),
        votes=votes,
        constituency=member.constituency,
        deputy_for=deputy_for.person.code if deputy_for else "",
    )
    for meeting in meetings:
        _touch(meeting)
    return member


@transaction.atomic
def note_grounds(role: Role, *, by: Person, land_code: str, employer: str, addresses: str, earlier_bodies: str) -> Role:
    """What keeps a member away from entries by itself. Raises Refused while a secret ballot is on, and to whoever votes: it may change who
    votes."""
    require(rules.can_note_grounds(by, role.person, role.competition))
    meetings = [_locked(meeting) for meeting in role.competition.jury_meetings.filter(closed_at=None)]
    for meeting in meetings:
        _require_no_urn(meeting)
    role = people.note_grounds(role, by=by, land_code=land_code, employer=employer, addresses=addresses, earlier_bodies=earlier_bodies)
    for meeting in meetings:
        _touch(meeting)
    return role


@transaction.atomic
def dismiss(member: Member, *, by: Person | None) -> None:
    """Take somebody off the jury who has not yet sat in a meeting, nor belonged to it when one was opened that is open. Raises Refused."""
    meetings = _lock_jury(member.competition)
    for meeting in meetings:
        _require_no_urn(meeting)
    _require_member(member)
    since = LogEvent.objects.filter(scope=member.competition.code, subject=f"person:{member.person.code}", verb="jury.appoint")
    if any(meeting.opened_at and not since.filter(at__gte=meeting.opened_at).exists() for meeting in meetings):
        raise Refused(_("The meeting is open, and its quorum is counted from the jury as it was opened, so %(person)s stays in it until it is"
                        " closed. Whoever does not come is absent.") % {"person": member.person})
    if member.presences.exists() or member.ballots.exists() or member.items_out.exists():
        raise Refused(_("%(person)s has already taken part in a meeting and stays in its minutes.") % {"person": member.person})
    if member.deputies.exists():
        raise Refused(_("%(person)s has a deputy. Take the deputy off the jury first.") % {"person": member.person})
    log.record("jury.dismiss", subject=f"person:{member.person.code}", scope=member.competition.code, actor=by)
    DeclarationNote.objects.filter(member=member).delete()
    Declaration.objects.filter(member=member).delete()
    for role in member.person.roles.filter(competition=member.competition, kind=Role.Kind.JUROR):
        log.record("role.take", subject=f"person:{member.person.code}", scope=member.competition.code, actor=by, kind=role.kind)
        role.delete()
    member.delete()
