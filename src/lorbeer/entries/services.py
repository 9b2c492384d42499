"""What changes about an entry apart from its content and its state."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lorbeer.entries import rules
from lorbeer.entries.models import Bias, CoEditorInvitation, Contributor, Entry, Project
from lorbeer.people.models import Person
from lorbeer.shared import clock, log, reasons
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.prepared import insert_once, prepared
from lorbeer.shared.registry import Registry
from lorbeer.shared.verdicts import require

# What a later stage does in the transaction in which a bias is declared or recorded.
on_bias = Registry[[Bias], None]()


INVITATION_DAYS = 14
MAX_OPEN_INVITATIONS = 20


@transaction.atomic
def declare_bias(entry: Entry, *, by: Person, reason: str) -> Bias:
    """`by` says that they are biased for `entry`; it closes the entry to them at once. Safe to repeat."""
    require(rules.can_declare_bias(by, entry))
    return _keep_apart(entry, by, Bias.Kind.DECLARED, reason, by=by)


@transaction.atomic
def record_bias(entry: Entry, person: Person, *, by: Person | None, reason: str) -> Bias:
    """The office notes that `person` is biased for `entry`. Safe to repeat."""
    if by is not None:
        require(rules.can_record_bias(by, entry))
    return _keep_apart(entry, person, Bias.Kind.OFFICE, reason, by=by)


@transaction.atomic
def lift_bias(entry: Entry, person: Person, *, by: Person, why: str = "") -> bool:
    """Take back what the office recorded by mistake; what `person` declared and what is computed stays. Whether there was anything.

    `why`: where it is taken back by itself. Whoever calls this has asked whether a vote stands against it.
    """
    require(rules.can_record_bias(by, entry))
    gone, _rows = Bias.objects.filter(entry=entry, person=person, kind=Bias.Kind.OFFICE).delete()
    if gone:
        reasons.record("bias.lift", why=why, subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, person=person.code)
    return bool(gone)


def _keep_apart(entry: Entry, person: Person, kind: str, reason: str, *, by: Person | None) -> Bias:
    reason = reason.strip()
    if not reason:
        raise BadInput(_("Please say in a few words where the bias lies; the reason stays with the office."))
    bias, is_new = Bias.objects.get_or_create(entry=entry, person=person, kind=kind, defaults={"reason": reason})
    if is_new:
        log.record(
            "bias.declare" if kind == Bias.Kind.DECLARED else "bias.record",
            subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, person=person.code,
        )
        on_bias.tell(bias)
    return bias


@transaction.atomic
def set_projects(entry: Entry, titles: Iterable[str]) -> list[Project]:
    """Let the entry's projects be those with these `titles`, in order; rows that stay keep their identity."""
    wanted = [title.strip()[:500] for title in titles if title.strip()]
    present = {project.position: project for project in _projects(entry.pk)}
    stay: list[Project] = []
    for position, title in enumerate(wanted, start=1):
        project = present.pop(position, None)
        if project is None:
            project = Project.objects.create(entry=entry, position=position, title=title)
        elif project.title != title:
            project.title = title
            project.save(update_fields=["title"])
        stay.append(project)
    if present:
        entry.projects.filter(position__in=present).delete()
    return stay


@prepared
def _projects(entry: int) -> QuerySet[Project]:
    return Project.objects.filter(entry=entry)


# --- working together -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_contributor(entry: Entry, person: Person, *, is_contact: bool = False) -> Contributor:
    contributor = Contributor(entry=entry, person=person, is_contact=is_contact)
    if not insert_once(contributor):
        return Contributor.objects.get(entry=entry, person=person)
    log.record("entry.join", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=person, contact=is_contact)
    return contributor


@transaction.atomic
def remove_contributor(contributor: Contributor, *, by: Person) -> None:
    """Take somebody out of an entry, with the invitations they sent. They stay biased for it: they know it from within."""
    require(rules.can_remove_contributor(by, contributor))
    entry, person = contributor.entry, contributor.person
    contributor.delete()
    entry.invitations.filter(invited_by=person, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())
    Bias.objects.get_or_create(entry=entry, person=person, kind=Bias.Kind.CONTRIBUTOR)
    log.record("entry.remove_contributor", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by,
               person=person.code)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite_co_editor(entry: Entry, email: str, *, by: Person) -> tuple[CoEditorInvitation, str]:
    """An invitation for `email` and its token, which is nowhere else: the caller mails it. Raise Refused."""
    require(rules.can_invite(by, entry))
    now = clock.now()
    email = email.strip().lower()
    if entry.contributors.filter(person__email__iexact=email).exists():
        raise Refused(_("%(email)s already works on this entry.") % {"email": email})
    open_ones = entry.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gte=now)
    if open_ones.count() >= MAX_OPEN_INVITATIONS:
        raise Refused(_("Too many invitations are open. Wait until some are taken up, or revoke one first."))
    open_ones.filter(email=email).update(revoked_at=now)                # the newest link alone is valid
    token = secrets.token_urlsafe(32)
    invitation = CoEditorInvitation.objects.create(
        entry=entry, email=email, token_digest=_digest(token), invited_by=by, created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    log.record("entry.invite", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by)
    return invitation, token


@transaction.atomic
def revoke_invitation(invitation: CoEditorInvitation, *, by: Person) -> None:
    require(rules.can_invite(by, invitation.entry))
    CoEditorInvitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())
    entry = invitation.entry
    log.record("entry.revoke_invitation", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by)


def find_invitation(token: str) -> CoEditorInvitation:
    """The invitation of a link; raise Refused with the reason where it is not valid (any more)."""
    invitation = (
        CoEditorInvitation.objects.filter(token_digest=_digest(token)).select_related("entry__competition", "invited_by")
        .first()
    )
    if invitation is None or invitation.revoked_at:
        raise Refused(_("This invitation is not valid. Ask for a new one; an earlier link ends when a new one is sent."))
    if invitation.accepted_at:
        raise Refused(_("This invitation has already been used. If that was you, find the entry under “My entries”."))
    if invitation.expires_at < clock.now():
        raise Refused(_("This invitation has expired. Ask the person who sent it for a new one."))
    return invitation


@transaction.atomic
def accept_invitation(token: str, *, by: Person) -> Entry:
    """Let `by` work on the entry of the link. Of two who use one link at once, one comes in."""
    invitation = find_invitation(token)
    taken = CoEditorInvitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=clock.now())
    if not taken:
        raise Refused(_("This invitation has already been used. If that was you, find the entry under “My entries”."))
    Entry.objects.select_for_update(of=("self",)).get(pk=invitation.entry_id)
    try:
        with transaction.atomic():
            # The first to come by an invitation of the office is the contact person.
            add_contributor(invitation.entry, by, is_contact=not invitation.entry.contributors.filter(is_contact=True).exists())
    except IntegrityError:                                              # joined by another link at the same moment
        pass
    return invitation.entry


