"""The questionnaire's part of the competition package: `questionnaire.xlsx`."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, register_part
from lorbeer.call.rulebook import ScreeningRules
from lorbeer.questionnaire import grouping, needs
from lorbeer.questionnaire.definition import CHOOSING
from lorbeer.questionnaire.queries import current_version, form_of, versions_of
from lorbeer.questionnaire.services import import_workbook, publish, workbook_of
from lorbeer.shared.errors import BadInput

FILE = "questionnaire.xlsx"


def read_questionnaire(package: Package, competition: Competition) -> None:
    """Import the workbook and publish it: a package describes a call as it is made known."""
    for path in package.files(FILE):
        try:
            version = import_workbook(competition, path)
        except BadInput as error:
            for fault in error.faults:
                package.fault(path, fault)
            return                                                      # what its questions are called is not known
        if lacking := needs.missing(form_of(version)):
            for sentence in lacking:
                package.fault(path, sentence)
            return
        publish(version)
    screening, choosing = ScreeningRules.from_json(competition.screening), set()
    if version := versions_of(competition).first():
        choosing = {question.name for question in form_of(version).questions() if question.type in CHOOSING}
    for group in competition.groups.exclude(condition=""):
        for fault in grouping.faults_in(competition, group.condition):
            package.manifest.fault(f"groups[{group.position}].condition", fault)
    for key, name in (("fields", screening.fields), ("language", screening.language)):
        if name and name not in choosing:
            package.manifest.fault(f"screening.{key}", _("the entry form has no question “%(name)s” with fixed choices") % {"name": name})


def write_questionnaire(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    version = versions_of(competition).filter(published_at__isnull=False).first() or versions_of(competition).first()
    if version is not None:
        (folder / FILE).write_bytes(workbook_of(version))


def lacks_questionnaire(competition: Competition) -> str:
    if current_version(competition):
        return ""
    return _("There is no questionnaire in the package, and none has been published here: nobody can begin an entry. Put a questionnaire.xlsx"
             " into the package and import it again, or let the office write one on its page “Questionnaire”.")


register_part(Part("questionnaire", read_questionnaire, write_questionnaire, lacks_questionnaire))
