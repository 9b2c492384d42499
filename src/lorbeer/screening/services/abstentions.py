"""Who will not judge an entry for another reason than bias says so; the place is free for somebody else."""

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.people.models import Person
from lorbeer.screening.models import Abstention, Vote
from lorbeer.screening.services.votes import clean_text, locked_own_vote
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput


@transaction.atomic
def abstain(vote: Vote, by: Person, reason: str) -> Abstention:
    """Give the entry back with a reason while the own vote is not sealed: what was typed goes, the place is free.

    The office reads the reason; proposals and lists of those who could take a place leave this person out for this entry. Raises
    BadInput without a reason, Refused for a sealed vote or somebody else's.
    """
    reason = clean_text(reason).strip()
    if not reason:
        raise BadInput(_("Please give the reason; the competition office reads it and looks for somebody else."), where=_("Reason"))
    vote = locked_own_vote(vote, by)
    entry, code = vote.entry, vote.code
    found, _new = Abstention.objects.update_or_create(entry=entry, person=by, defaults={"reason": reason})
    vote.delete()
    log.record("vote.abstain", subject=f"vote:{code}", scope=entry.competition.code, actor=by)
    return found
