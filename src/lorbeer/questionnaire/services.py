"""What is done with questionnaires: import a workbook, publish a version."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.questionnaire import needs
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.models import Questionnaire, Version
from lorbeer.questionnaire.queries import form_of, versions_of
from lorbeer.questionnaire.xlsform import export_workbook, read_form
from lorbeer.shared import clock, log
from lorbeer.shared.errors import Refused


def add_version(competition: Competition, form: Form, by: object = None, *, code: str = "entry",
                source: str = "", remarks: Sequence[dict[str, str]] = ()) -> Version:
    """Keep `form` as the newest version of a questionnaire; the same content as the newest version gives that one.

    `remarks`: what of its workbook was read otherwise than written, or not at all, a sentence each, by language.
    """
    with transaction.atomic():
        questionnaire, _created = Questionnaire.objects.get_or_create(competition=competition, code=code)
        # The lock makes two imports at once follow each other, so that each takes a number of its own.
        Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
        newest = versions_of(competition, code).first()
        if newest is not None and newest.sha256 == form.sha256:
            return newest
        version = Version.objects.create(
            questionnaire=questionnaire, number=newest.number + 1 if newest else 1, definition=form.to_json(),
            sha256=form.sha256, source=source[:200], remarks=list(remarks),
        )
        log.record("questionnaire.import", subject=_subject(version), scope=competition.code, actor=by,
                   sha256=version.sha256, questions=len(form.placed))
    return version


def import_workbook(competition: Competition, file: Any, by: object = None, *, code: str = "entry",
                    name: str = "") -> Version:
    """Read an XLSForm workbook (path, bytes or open file) as the newest version of a questionnaire.

    Raises BadInput with every fault (sheet, row, reason); then nothing is imported.
    """
    if isinstance(file, bytes):
        data = file
    elif isinstance(file, str | Path):
        path = Path(file)
        data, name = path.read_bytes(), name or path.name
    else:
        data, name = file.read(), name or str(getattr(file, "name", ""))
    language = (competition.languages or ["de"])[0]
    reading = read_form(data, language=language)
    return add_version(competition, reading.form, by, code=code, source=Path(name).name,
                       remarks=_told(data, language) if reading.remarks else ())


def _told(data: bytes, language: str) -> list[dict[str, str]]:
    """The remarks on a workbook in every language of the house: who reads them is not who imported it."""
    told = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            told[code] = read_form(data, language=language).remarks
    return [dict(zip(told, one, strict=True)) for one in zip(*told.values(), strict=True)]


def publish(version: Version, by: object = None) -> Version:
    """Let applicants fill in this version from now on. Raises Refused where a newer one is published or something is missing."""
    with transaction.atomic():
        Questionnaire.objects.select_for_update().get(pk=version.questionnaire_id)
        version = Version.objects.select_related("questionnaire__competition").get(pk=version.pk)
        if version.is_published:
            return version
        competition = version.questionnaire.competition
        newer = versions_of(competition, version.questionnaire.code).filter(
            published_at__isnull=False, number__gt=version.number)
        if newer.exists():
            raise Refused(
                _("A newer version of this questionnaire is published already. Import this one again to use it.")
            )
        if lacking := needs.missing(form_of(version)):
            raise Refused(" ".join(lacking))
        version.published_at = clock.now()
        version.save(update_fields=["published_at"])
        log.record("questionnaire.publish", subject=_subject(version), scope=competition.code, actor=by,
                   sha256=version.sha256)
    return version


def workbook_of(version: Version) -> bytes:
    """The version as an XLSForm workbook (.xlsx)."""
    return export_workbook(form_of(version))


def _subject(version: Version) -> str:
    return f"questionnaire:{version.questionnaire.code}/{version.number}"
