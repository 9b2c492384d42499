"""Who may see and change questionnaires."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.people.access import can_work_in_office, roles_of
from lorbeer.questionnaire import needs
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of, versions_of
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_read_versions(person: object, competition: Competition) -> Verdict:
    """Everybody who works on the competition may look at its questionnaire, drafts of it included."""
    if roles_of(person, competition):
        return ALLOWED
    return Verdict(_("Only people who work on this competition see its questionnaire before it is filled in."))


def can_import_version(person: object, competition: Competition) -> Verdict:
    return can_work_in_office(person, competition)


def can_publish_version(person: object, version: Version) -> Verdict:
    """A version is published once, and never one older than the version that applicants fill in, or without a title."""
    competition = version.questionnaire.competition
    verdict = can_work_in_office(person, competition)
    if not verdict:
        return verdict
    if version.is_published:
        return Verdict(_("This version is published already."))
    newer = versions_of(competition, version.questionnaire.code).filter(
        published_at__isnull=False, number__gt=version.number
    )
    if newer.exists():
        return Verdict(_("A newer version is published already. Import this one again to use it."))
    if lacking := needs.missing(form_of(version)):
        return Verdict(" ".join(lacking))
    return ALLOWED
