"""What is done with a working copy: begin it, change it step by step, undo, make a version of it, throw it away.

Every change is a step with the state after it, so that the last ones can be undone and done again. What somebody changes is
compared with what they saw: a digest of the question or list that stood on their page. So two people can work at once, and
only who writes what another has changed meanwhile is asked.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.questionnaire.definition import Form, Node, canonical_json, node_to_json
from lorbeer.questionnaire.editor.checks import faults_of
from lorbeer.questionnaire.editor.operations import blank_form, settled
from lorbeer.questionnaire.models import Questionnaire, Version, WorkingCopy, WorkingStep
from lorbeer.questionnaire.queries import form_of, versions_of, working_copy_of
from lorbeer.questionnaire.services import add_version
from lorbeer.questionnaire.values import in_language
from lorbeer.questionnaire.xlsform.vocabulary import LANGUAGES
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.shared.text import language_of, spoken_in

MOST_STEPS = 60                                                         # to go back; older ones go away


class ChangedMeanwhile(LorbeerError):  # noqa: N818 a sentence, not a fault of the program
    """What somebody saved looks otherwise than on the page they wrote on."""


def acts() -> dict[str, str]:
    """What a step was, in the past."""
    return {
        "begin": _("begun"), "add": _("added"), "edit": _("changed"), "copy": _("copied"), "move": _("moved"), "delete": _("deleted"),
        "options": _("options changed"), "heading": _("title and languages changed"),
    }


def form_in(working: WorkingCopy) -> Form:
    return settled(Form.from_json(working.definition))


def digest_of(fact: Node | list[Any] | dict[str, Any]) -> str:
    """A short digest of a node (without what stands in it) or of other plain data, to see whether it was changed."""
    if not isinstance(fact, dict | list):
        fact = {name: value for name, value in node_to_json(fact).items() if name != "items"}
    return hashlib.sha256(canonical_json(fact).encode()).hexdigest()[:16]


def words_of(node: Node) -> str:
    """What a page, group or question is called where it is spoken of."""
    label = in_language(node.label)
    if not label.strip():
        return Truncator(node.name or _("Page without a name")).chars(80)
    return spoken_in(Truncator(label.strip().splitlines()[0]).chars(80), language_of(label))


@transaction.atomic
def begin(competition: Competition, by: Any, *, version: Version | None = None, code: str = "entry") -> WorkingCopy:
    """Begin to write on screen: from a version, or from nothing. Where somebody has begun already, that one is given."""
    questionnaire, _created = Questionnaire.objects.get_or_create(competition=competition, code=code)
    Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    working = working_copy_of(competition, code)
    if working is not None:
        return working
    if version is not None:
        form = form_of(version)
    else:
        language = (competition.languages or ["de"])[0]
        name = {short: long for long, short in reversed(LANGUAGES.items())}.get(language, language).capitalize()
        form = blank_form(str(competition.title.get(language) or competition.title), language, name)
    definition = form.to_json()
    working = WorkingCopy.objects.create(questionnaire=questionnaire, based_on=version, definition=definition, changed_by=by)
    WorkingStep.objects.create(working_copy=working, number=0, act="begin", definition=definition, by=by)
    log.record("questionnaire.edit_begin", subject=f"questionnaire:{code}", scope=competition.code, actor=by,
               version=version.number if version else 0)
    return working


@transaction.atomic
def change(working: WorkingCopy, operation: Callable[[Form], Form], *, act: str, what: str, by: Any,
           seen: str = "", look: Callable[[Form], str] | None = None) -> Form:
    """Do `operation` to the form as it is now, as a step. An operation that changes nothing is no step.

    `seen`: the digest of what stood on the person's page; `look` computes the same of the form as it is now. Raises
    ChangedMeanwhile where they differ, and whatever the operation refuses.
    """
    locked = _locked(working)
    before = form_in(locked)
    if seen and look is not None and look(before) != seen:
        raise ChangedMeanwhile(_("This was changed meanwhile by %(who)s. Nothing was saved yet, and what you wrote is still here.")
                               % {"who": _somebody(locked, by)})
    after = operation(before)
    if after.sha256 == before.sha256:
        return before
    definition = after.to_json()
    locked.steps.filter(number__gt=locked.step).delete()                # what was undone cannot be done again on another ground
    locked.step += 1
    WorkingStep.objects.create(working_copy=locked, number=locked.step, act=act, what=what[:200], definition=definition, by=by)
    locked.steps.filter(number__lt=locked.step - MOST_STEPS).delete()
    _keep(locked, definition, by)
    log.record("questionnaire.edit", subject=f"questionnaire:{locked.questionnaire.code}", scope=locked.questionnaire.competition.code,
               actor=by, act=act, revision=locked.revision, sha256=after.sha256)
    return after


@transaction.atomic
def travel(working: WorkingCopy, direction: int, by: Any, *, revision: int) -> WorkingStep:
    """Undo the last step (-1) or do the next again (1). `revision`: what the person saw; ChangedMeanwhile where it is another."""
    locked = _locked(working)
    if locked.revision != revision:
        raise ChangedMeanwhile(_("The questionnaire was changed meanwhile by %(who)s. Look at it first; nothing was undone.")
                               % {"who": _somebody(locked, by)})
    target = locked.steps.filter(number=locked.step + direction).first()
    if target is None:
        raise Refused(_("There is no further step to undo.") if direction < 0 else _("There is no step to do again."))
    undone = target if direction > 0 else locked.steps.get(number=locked.step)
    locked.step = target.number
    _keep(locked, target.definition, by)
    log.record("questionnaire.edit", subject=f"questionnaire:{locked.questionnaire.code}", scope=locked.questionnaire.competition.code,
               actor=by, act="undo" if direction < 0 else "redo", revision=locked.revision, sha256=form_in(locked).sha256)
    return undone


@transaction.atomic
def make_version(working: WorkingCopy, by: Any, *, revision: int) -> tuple[Version, bool]:
    """The working copy as the newest version, not yet published, and whether it is a new one. BadInput with every fault."""
    locked = _locked(working)
    if locked.revision != revision:
        raise ChangedMeanwhile(_("The questionnaire was changed meanwhile by %(who)s. Look at it first; no version was made.")
                               % {"who": _somebody(locked, by)})
    competition, form = locked.questionnaire.competition, form_in(locked)
    if faults := faults_of(form, (competition.languages or ["de"])[0]):
        raise BadInput(_("No version was made: the questionnaire has faults."), faults=[fault.sentence for fault in faults])
    newest = versions_of(competition, locked.questionnaire.code).first()
    version = add_version(competition, form, by, code=locked.questionnaire.code)
    locked.based_on = version
    locked.save(update_fields=["based_on"])
    return version, newest is None or newest.pk != version.pk


@transaction.atomic
def discard(working: WorkingCopy, by: Any, *, revision: int) -> None:
    """Throw the working copy away with all its steps; versions made of it stay."""
    locked = _locked(working)
    if locked.revision != revision:
        raise ChangedMeanwhile(_("The questionnaire was changed meanwhile by %(who)s. Look at it first; nothing was thrown away.")
                               % {"who": _somebody(locked, by)})
    log.record("questionnaire.edit_discard", subject=f"questionnaire:{locked.questionnaire.code}",
               scope=locked.questionnaire.competition.code, actor=by, revision=locked.revision)
    locked.delete()


def _locked(working: WorkingCopy) -> WorkingCopy:
    locked = WorkingCopy.objects.select_for_update(of=("self",)).select_related(
        "questionnaire__competition", "changed_by").filter(pk=working.pk).first()
    if locked is None:
        raise ChangedMeanwhile(_("The working copy was thrown away meanwhile. Begin a new one."))
    return locked


def _keep(working: WorkingCopy, definition: dict[str, Any], by: Any) -> None:
    working.definition, working.changed_at, working.changed_by = definition, clock.now(), by
    working.revision += 1
    working.save(update_fields=["definition", "step", "revision", "changed_at", "changed_by"])


def _somebody(working: WorkingCopy, by: Any) -> str:
    if by is not None and working.changed_by_id == by.pk:
        return _("you in another window")
    return str(working.changed_by.name or working.changed_by) if working.changed_by else _("somebody else")
