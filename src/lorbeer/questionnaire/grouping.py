"""By the rule of the call: into which award group an entry comes. The one place where that is decided.

A group takes an entry whose legal status is among those it names (if it names any) and for which its condition holds (if
it has one). The first group in the order of the call that takes the entry by such a rule is its group; where none does, the
first that has no rule. A condition is written in the language of the questionnaire. It reads answers (`${age} < 14`) and
what the register says about the applicant (`${register.population} < 20000`, see REGISTER).

Before an entry is handed in, its answers are not known. Then the same rule gives every group that is still possible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.call.services import check_conditions_with
from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.expressions import Nodes, Tree, Value
from lorbeer.questionnaire.frozen import Document, DocumentScope
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.register.models import LegalStatus, Municipality
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.prepared import prepared

REGISTER = ("register.key", "register.name", "register.legal_status", "register.land", "register.population")
MOVING = {"today", "now"}                                               # would sort an entry otherwise on another day


@dataclass(frozen=True)
class Applicant:
    """What a rule may read. `register`: by the names in REGISTER, without those that nobody knows; `document`: the
    answers, None where nothing has been handed in; `is_unknown`: nobody knows yet which body it will be."""

    register: Mapping[str, str | int]
    document: Document | None = None
    is_unknown: bool = False


def applicant_of(body: Municipality | None, document: Document | None = None) -> Applicant:
    if body is None:
        return Applicant({}, document, is_unknown=document is None)
    facts = {"register.key": body.key, "register.name": body.name, "register.legal_status": body.legal_status,
             "register.land": body.land_code, "register.population": body.population}
    return Applicant({name: value for name, value in facts.items() if value not in (None, "")}, document)


def groups_for(competition: Competition, applicant: Applicant, groups: Iterable[AwardGroup] | None = None) -> list[AwardGroup]:
    """The groups into which an entry of `applicant` can come: one or none where all that the rules read is known.

    `groups`: those of the competition in their order, where many applicants are asked for.
    """
    possible: list[AwardGroup] = []
    groups = [group for group in (_groups_of(competition) if groups is None else groups) if not group.is_special]
    for group in (group for group in groups if group.has_rule):
        taken = _takes(group, applicant, competition.time_zone)
        if taken is not False:
            possible.append(group)
        if taken:
            return possible
    return [*possible, *[group for group in groups if not group.has_rule][:1]]


def _groups_of(competition: Competition) -> Iterable[AwardGroup]:
    known = getattr(competition, "_prefetched_objects_cache", {})
    return competition.groups.all() if "groups" in known else _groups(competition.pk)


@prepared
def _groups(competition: int) -> QuerySet[AwardGroup]:
    return AwardGroup.objects.filter(competition=competition)


def group_for(competition: Competition, applicant: Applicant, groups: Iterable[AwardGroup] | None = None) -> AwardGroup | None:
    """The group by the rule; None where the rule gives none, or not yet a single one."""
    possible = groups_for(competition, applicant, groups)
    return possible[0] if len(possible) == 1 else None


def _takes(group: AwardGroup, applicant: Applicant, zone: str) -> bool | None:
    """Whether the group's rule takes the applicant; None where that hangs on answers that are not there yet."""
    if group.legal_statuses:
        if applicant.is_unknown:
            return None
        if applicant.register.get("register.legal_status") not in group.legal_statuses:
            return False
    return _holds(_tree(group.condition), _Scope(applicant, zone)) if group.condition else True


def _holds(tree: Tree, scope: "_Scope") -> bool | None:
    """A condition of which parts may be unknown: what is decided already by its known parts is decided."""
    if tree[0] in ("and", "or"):
        decisive = tree[0] == "or"
        parts = [_holds(part, scope) for part in tree[1:]]
        return decisive if decisive in parts else None if None in parts else not decisive
    applicant = scope.applicant
    if applicant.document is None and expressions.references(tree) - set(() if applicant.is_unknown else REGISTER):
        return None
    return expressions.is_true(tree, scope)


@lru_cache(maxsize=256)
def _tree(text: str) -> Tree:
    return expressions.parse(text)


class _Scope(DocumentScope):
    """The answers of an entry and what the register says about its applicant."""

    def __init__(self, applicant: Applicant, zone: str) -> None:
        super().__init__(applicant.document)
        self.applicant, self.zone = applicant, zone

    @property
    def now(self) -> datetime:
        return clock.now().astimezone(ZoneInfo(self.zone))

    def lookup(self, name: str) -> Value | Nodes:
        if name in REGISTER:
            value = self.applicant.register.get(name, "")
            return Decimal(value) if isinstance(value, int) else value
        return super().lookup(name)


# --- is it a rule? ----------------------------------------------------------------------------------------------------


def faults_of(condition: str, form: Form | None) -> list[str]:
    """What is wrong with a group's condition, a sentence each; [] where nothing is. `form`: whose questions it reads."""
    try:
        tree = expressions.parse(condition)
    except BadInput as error:
        return [str(error)]
    found = []
    if moving := sorted(expressions.functions(tree) & MOVING):
        found.append(_("%(name)s() gives another group on another day. Let the questionnaire compute what is needed, and read that.")
                     % {"name": moving[0]})
    for name in sorted(expressions.references(tree)):
        if name.startswith("register.") and name not in REGISTER:
            found.append(_("The register says nothing that is called “%(name)s”; there are: %(all)s.")
                         % {"name": name, "all": ", ".join(REGISTER)})
        elif not name.startswith("register.") and (form is None or name not in {*form.placed, *form.repeats}):
            found.append(_("The questionnaire has no question “%(name)s”.") % {"name": name})
    for name, value in expressions.comparisons(tree):
        allowed: Iterable[str] | None = None
        if name == "register.legal_status":
            allowed = LegalStatus.values
        elif form is not None and name in form.placed:
            question = form.question(name)
            allowed = [choice.code for choice in question.choices] or None
        if allowed is not None and value and value not in allowed:
            found.append(_("“%(value)s” is no possible answer to “%(name)s”; there are: %(all)s.")
                         % {"value": value, "name": name, "all": ", ".join(allowed)})
    return found


@check_conditions_with
def faults_in(competition: Competition, condition: str) -> list[str]:
    """The same, against the form that is filled in now."""
    version = current_version(competition)
    return faults_of(condition, form_of(version) if version else None)
