"""Roles and invitations."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.people.attest import facts_of
from lorbeer.people.models import Invitation, Person, Role
from lorbeer.people.rules import can_invite, can_manage_team, can_take_role
from lorbeer.shared import clock, log, outbox
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.text import call_language, house_language, language_for
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

INVITATION_DAYS = 14


@transaction.atomic
def grant_role(
    competition: "Competition", person: Person, kind: str, *, by: object = None, land_code: str = "", employer: str = "",
) -> Role:
    """Give `person` a role, or bring its facts up to date."""
    role, created = Role.objects.update_or_create(
        competition=competition, person=person, kind=kind,
        defaults={"land_code": land_code, "employer": employer},
    )
    log.record("role.grant" if created else "role.change", subject=f"person:{person.code}", scope=competition.code,
               actor=by, kind=kind, **facts_of(role))
    return role


@transaction.atomic
def note_grounds(role: Role, *, by: Person, land_code: str, employer: str, earlier_bodies: str, addresses: str) -> Role:
    """Bring up to date whose entries a role closes; each line of `earlier_bodies` names a body, of `addresses` a house. Who may is for
    the caller to ask."""
    role = Role.objects.select_for_update(of=("self",)).select_related("competition", "person").get(pk=role.pk)
    role.land_code, role.employer, role.earlier_bodies, role.addresses = land_code, employer, earlier_bodies, addresses
    role.save(update_fields=["land_code", "employer", "earlier_bodies", "addresses"])
    log.record("role.change", subject=f"person:{role.person.code}", scope=role.competition.code, actor=by, kind=role.kind, **facts_of(role))
    return role


@transaction.atomic
def take_role(role: Role, *, by: Person) -> None:
    require(can_take_role(by, role))
    log.record("role.take", subject=f"person:{role.person.code}", scope=role.competition.code, actor=by, kind=role.kind)
    _end_invitations(role.competition, role.person.email, role.kind)    # else an unused link would give it back
    role.delete()


@transaction.atomic
def invite(competition: "Competition", *, email: str, name: str, kind: str, by: Person, land_code: str = "",
           employer: str = "") -> Invitation:
    """Send somebody a link with which they take up a role; it is valid once, for 14 days, and an earlier one to the same role ends.

    Where an operator does so who is not the lead, the leads that are there hear of it.
    """
    require(can_invite(by, competition, kind))
    is_lead = bool(can_manage_team(by, competition))
    _end_invitations(competition, email, kind)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        competition=competition, email=email.lower(), name=name, kind=kind, land_code=land_code, employer=employer,
        token_digest=_digest(token), expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
    )
    link = settings.BASE_URL + reverse("invitation_accept", args=[token])
    with translation.override(language_for(language_of_invited(competition, email))):
        outbox.queue_mail(
            recipient=email, kind="invitation", scope=competition.code, subject=f"invitation:{invitation.pk}",
            title=_("%(competition)s: your role as %(role)s") % {"competition": competition, "role": Role.Kind(kind).label},
            body=_(
                "Hello %(name)s,\n\nyou are invited to take up the role “%(role)s” in “%(competition)s”. "
                "Open this link to do so; it is valid for %(days)d days and works once:\n\n%(link)s\n\n"
                "If you did not expect this mail, you need not do anything.\n"
            ) % {"name": name, "competition": competition, "role": Role.Kind(kind).label, "days": INVITATION_DAYS, "link": link},
        )
    log.record("role.invite", subject=f"invitation:{invitation.pk}", scope=competition.code, actor=by, kind=kind,
               **{} if is_lead else {"by_operator": True})
    if not is_lead:
        _tell_leads(invitation, by)
    return invitation


@transaction.atomic
def withdraw_invitation(competition: "Competition", *, email: str, kind: str, by: Person) -> None:
    """The link to this role that somebody has not used yet opens nothing any more. Refused where there is none."""
    require(can_invite(by, competition, kind))
    ended = _end_invitations(competition, email, kind)
    if not ended:
        raise Refused(_("There is no open invitation to this role: it has been taken up meanwhile, or has ended."))
    for one in ended:
        log.record("role.uninvite", subject=f"invitation:{one.pk}", scope=competition.code, actor=by, kind=kind)


def _end_invitations(competition: "Competition", email: str, kind: str) -> list[Invitation]:
    """End the unused links of `email` to a role; those that were still open."""
    now = clock.now()
    found = list(competition.invitations.select_for_update().filter(  # type: ignore[attr-defined]
        email__iexact=email, kind=kind, accepted_at=None, expires_at__gt=now))
    Invitation.objects.filter(pk__in=[one.pk for one in found]).update(expires_at=now)
    return found


def language_of_invited(competition: "Competition", email: str) -> str:
    """That of the account with the address; else the one spoken now, where the call speaks it, else the call's first."""
    person = Person.objects.filter(email__iexact=email).first()
    if person is not None:
        return person.language
    spoken = call_language()
    return spoken if spoken in competition.languages else competition.first_language


def _tell_leads(invitation: Invitation, by: Person) -> None:
    """An operator has invited a further lead: those who lead the office now must not learn of it by chance."""
    competition = invitation.competition
    for lead in Person.objects.filter(roles__competition=competition, roles__kind=Role.Kind.OFFICE_LEAD, is_active=True):
        with translation.override(house_language(lead.language)):
            outbox.queue_mail(
                recipient=lead.email, recipient_name=lead.name, kind="team", scope=competition.code, subject=f"person:{lead.code}",
                title=_("%(competition)s: an operator has invited a lead") % {"competition": competition},
                body=_(
                    "Hello %(name)s,\n\n%(operator)s, who operates this installation, has invited %(invited)s (%(email)s) to lead the "
                    "competition office of “%(competition)s”. The log keeps this.\n\nIf it is as it should be, you need not do anything. "
                    "If not, please speak to the operator; as lead you can take the role away again under Team:\n\n%(link)s\n"
                ) % {"name": lead.name, "operator": by, "invited": invitation.name, "email": invitation.email,
                     "competition": competition, "link": settings.BASE_URL + reverse("people:team_list", args=[competition.code])},
            )


def open_invitation(token: str) -> Invitation | None:
    """The invitation behind a link, while it can still be accepted."""
    return Invitation.objects.select_related("competition").filter(
        token_digest=_digest(token), accepted_at=None, expires_at__gt=clock.now()
    ).first()


@transaction.atomic
def accept_invitation(invitation: Invitation, *, name: str = "", password: str = "", person: Person | None = None) -> Person:
    """Take up the role; make the account where there is none. Refused where the link was used meanwhile.

    Whoever has an account under the invited address must be signed in: a link alone opens no existing account.
    """
    invitation = Invitation.objects.select_for_update().select_related("competition").get(pk=invitation.pk)
    if invitation.accepted_at:
        raise Refused(_("This invitation has been used already. Sign in with your account."))
    if invitation.expires_at <= clock.now():
        raise Refused(_("This invitation has ended. Ask whoever invited you for a new one."))
    if person is None:
        if Person.objects.filter(email=invitation.email).exists():
            raise Refused(_("There is an account with this address. Sign in first, then open the link again."))
        person = Person.objects.create_user(
            invitation.email, password, name=name, language=house_language(translation.get_language() or "de"))
        from allauth.account.models import EmailAddress

        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    grant_role(invitation.competition, person, invitation.kind, by=person, land_code=invitation.land_code,
               employer=invitation.employer)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    _end_invitations(invitation.competition, person.email, invitation.kind)
    return person


@transaction.atomic
def make_operator(email: str, *, name: str = "", password: str = "") -> Person:
    """Let the holder of `email` run the installation; make the account where there is none. Safe to repeat.

    Raises BadInput for an address that is none and a password that is too weak. For the command line alone: no page calls it.
    """
    email = email.strip().lower()
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        try:
            validate_email(email)
            validate_password(password, Person(email=email, name=name))
        except ValidationError as error:
            raise BadInput(" ".join(error.messages), faults=error.messages) from None
        person = Person.objects.create_user(email, password, name=name)
        from allauth.account.models import EmailAddress

        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    if not person.is_operator:
        person.is_operator = True
        person.save(update_fields=["is_operator"])
        log.record("operator.make", subject=f"person:{person.code}", actor="system:command")
    return person


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
