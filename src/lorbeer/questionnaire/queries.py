"""Reading questionnaires: the version that counts now, and forms ready to use."""

from functools import lru_cache

from django.db.models import QuerySet

from lorbeer.call.models import Competition
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.models import Version, WorkingCopy
from lorbeer.shared.prepared import prepared


def versions_of(competition: Competition, code: str = "entry") -> "QuerySet[Version]":
    """All versions of a questionnaire, newest first."""
    return (
        Version.objects.filter(questionnaire__competition=competition, questionnaire__code=code)
        .select_related("questionnaire").order_by("-number")
    )


def current_version(competition: Competition, code: str = "entry") -> Version | None:
    """The newest published version: what new drafts are bound to. None before the first is published."""
    return next(iter(_current(competition.pk, code)), None)


@prepared
def _current(competition: int, code: str) -> "QuerySet[Version]":
    """Without the form itself, which `form_of` keeps in memory."""
    return (
        Version.objects.filter(questionnaire__competition=competition, questionnaire__code=code, published_at__isnull=False)
        .select_related("questionnaire").defer("definition").order_by("-number")[:1]
    )


@lru_cache(maxsize=128)
def _form(sha256: str, version_id: int) -> Form:
    definition = Version.objects.values_list("definition", flat=True).get(pk=version_id, sha256=sha256)
    return Form.from_json(definition)


def form_of(version: Version) -> Form:
    """The form of a version; kept in memory by its hash, so that expressions are compiled once."""
    return _form(version.sha256, version.pk)


def working_copy_of(competition: Competition, code: str = "entry") -> WorkingCopy | None:
    """What is being written on screen; None where nobody has begun."""
    found = WorkingCopy.objects.filter(questionnaire__competition=competition, questionnaire__code=code)
    return found.select_related("questionnaire__competition", "based_on", "changed_by").first()
