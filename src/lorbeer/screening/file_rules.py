"""Who downloads what the screening has printed: the same rules as on its pages."""

from lorbeer.call.models import Competition
from lorbeer.entries.queries import biased
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening import rules
from lorbeer.screening.models import Dossier, ExpertOpinion, JointSession
from lorbeer.shared import files
from lorbeer.shared.fields import whole_number
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

NOT_FOUND = Verdict(rules.OFFICE_ONLY)


def minutes(person: object, stored: StoredFile) -> Verdict:
    session = JointSession.objects.select_related("competition").filter(code=stored.subject.partition(":")[2]).first()
    if session is None or not isinstance(person, Person):
        return NOT_FOUND
    return rules.can_read_minutes(person, session)


def opinion(person: object, stored: StoredFile) -> Verdict:
    number = whole_number(stored.subject.partition(":")[2], 2**31 - 1)
    found = ExpertOpinion.objects.select_related("proposal__entry__competition").filter(pk=number).first()
    return rules.can_read_opinion(person, found) if found and isinstance(person, Person) else NOT_FOUND


def dossier(person: object, stored: StoredFile) -> Verdict:
    """The whole dossier is the office's and the auditor's, but for those biased for an entry in it; a juror's own leaves out what that
    juror may not see.
    """
    competition = Competition.objects.filter(code=stored.subject.partition(":")[2]).first()
    if not isinstance(person, Person) or competition is None or not roles_of(person, competition) & (OFFICE | {Role.Kind.AUDITOR}):
        return NOT_FOUND
    bound = Dossier.objects.filter(file__in=[stored.pk, stored.original_id]).first()
    inside = ExpertOpinion.objects.filter(proposal__entry__competition=competition, state=ExpertOpinion.State.RELEASED)
    if bound:
        inside = inside.filter(proposal__entry__round=bound.round)
    return Verdict(rules.NOT_ALL_OF_DOSSIER) if inside.filter(biased(person, "proposal__entry")).exists() else ALLOWED


files.allow("session:", minutes)
files.allow("opinion:", opinion)
files.allow("dossier:", dossier)
