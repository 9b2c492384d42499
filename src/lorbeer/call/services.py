"""Changing what the call says, on screen: dates, words, letters, who is sorted into which group.

Amounts, votes and codes stay with the package.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from lorbeer.call.attest import WORDS, span, words_of
from lorbeer.call.letters import faults_of
from lorbeer.call.models import AwardGroup, CheckPoint, Competition, Criterion, ExclusionClause, Letter, Phase, Prize
from lorbeer.people.models import Person
from lorbeer.register.models import LegalStatus
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.registry import Registry
from lorbeer.shared.text import Localized

# Who knows the language of conditions, and says what is wrong with one: the questionnaire, which comes further down.
check_conditions_with = Registry[[Competition, str], Iterable[str]]()
WORDED = {"group": AwardGroup, "criterion": Criterion, "prize": Prize, "clause": ExclusionClause, "point": CheckPoint}


@dataclass(frozen=True)
class PhaseChange:
    """New dates of a phase that differ from the old ones."""

    phase: Phase
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether people act by the old dates already: the phase has begun and is not over."""
        now = clock.now()
        begun = self.phase.starts_at is None or self.phase.starts_at <= now
        return begun and (self.phase.ends_at is None or now <= self.phase.ends_at)

    @property
    def is_over(self) -> bool:
        return self.phase.ends_at is not None and self.phase.ends_at < clock.now()

    @property
    def shortens(self) -> bool:
        """Whether somebody who relied on the old end would come too late."""
        return self.ends_at is not None and (self.phase.ends_at is None or self.ends_at < self.phase.ends_at)

    @property
    def reopens(self) -> bool:
        return self.is_over and (self.ends_at is None or self.ends_at >= clock.now())


@transaction.atomic
def change_phases(competition: Competition, changes: list[PhaseChange], *, reason: str, by: Person) -> None:
    """Give phases other dates. Raises BadInput where an end lies before its start, or a running deadline changes
    without a reason."""
    for change in changes:
        if change.starts_at and change.ends_at and change.ends_at < change.starts_at:
            raise BadInput(_("%(phase)s: the end lies before the start.") % {"phase": change.phase.get_kind_display()})
        if (change.is_running or change.is_over) and not reason.strip():
            raise BadInput(_("A date by which people act already is changed. Say why."))
    for change in changes:
        phase = Phase.objects.select_for_update(of=("self",)).get(pk=change.phase.pk, competition=competition)
        log.record(
            "phase.change", subject=f"competition:{competition.code}", scope=competition.code, actor=by,
            phase=phase.kind, round=phase.round, reason=reason.strip(),
            before=span(phase.starts_at, phase.ends_at), after=span(change.starts_at, change.ends_at),
        )
        phase.starts_at, phase.ends_at = change.starts_at, change.ends_at
        phase.save(update_fields=["starts_at", "ends_at"])


@transaction.atomic
def change_words(competition: Competition, kind: str, code: str, words: dict[str, Localized], *, reason: str = "", by: Person) -> Any:
    """Reword a group, criterion, prize, clause or check point; its code, rule and amounts stay as they are.

    The log keeps both texts. Raises BadInput without a reason once entries are in.
    """
    row = WORDED[kind]._default_manager.select_for_update().filter(competition=competition, code=code).first()
    if row is None:
        raise BadInput(_("The call has nothing with the code “%(code)s”.") % {"code": code})
    if not words.get("label", Localized(de="x")):
        raise BadInput(_("A label is needed."))
    if words_in_use(competition) and not reason.strip():
        raise BadInput(_("Entries have been handed in and are judged by these words. Say why they change."), where="reason")
    before = words_of(kind, row)
    fields = [name for name in WORDS[kind] if name in words]
    for name in fields:
        setattr(row, name, words[name])
    row.save(update_fields=fields)
    after = words_of(kind, row)
    if after != before:
        log.record("call.reword", subject=f"competition:{competition.code}", scope=competition.code, actor=by, kind=kind, code=code,
                   reason=reason.strip(), before=before, after=after, before_sha256=log.digest(before), after_sha256=log.digest(after))
    return row


def words_in_use(competition: Competition) -> bool:
    """Whether somebody has handed in an entry, which is checked, judged and awarded by the words of the call.

    Not whether a vote is sealed: that must not be seen by what this page asks.
    """
    return bool(competition.entries.exclude(state="draft").exists())    # type: ignore[attr-defined]


@transaction.atomic
def change_rule(competition: Competition, code: str, *, legal_statuses: list[str], condition: str, reason: str, by: Person) -> AwardGroup:
    """Sort entries into a group by another rule. What has been sorted already stays where it is; new submissions follow it.

    Raises BadInput for a special group, for a condition that cannot be read, and without a reason once entries are in.
    """
    group = AwardGroup.objects.select_for_update().filter(competition=competition, code=code).first()
    if group is None:
        raise BadInput(_("The call has nothing with the code “%(code)s”.") % {"code": code})
    if group.is_special:
        raise BadInput(_("No entry is sorted into a special group, so it has no rule."))
    condition = condition.strip()
    if condition and (faults := [fault for several in check_conditions_with.answers(competition, condition) for fault in several]):
        raise BadInput(" ".join(faults), where="condition", faults=faults)
    if unknown := set(legal_statuses) - set(LegalStatus.values):
        raise BadInput(_("“%(status)s” is not a legal status; there are: %(all)s")
                       % {"status": sorted(unknown)[0], "all": ", ".join(LegalStatus.values)}, where="legal_statuses")
    if needs_reason(competition) and not reason.strip():
        raise BadInput(_("Entries have been sorted by the old rule already. Say why it changes."), where="reason")
    log.record("call.rule", subject=f"competition:{competition.code}", scope=competition.code, actor=by, group=code,
               reason=reason.strip(), before=[group.legal_statuses, group.condition], after=[legal_statuses, condition])
    group.legal_statuses, group.condition = legal_statuses, condition
    group.save(update_fields=["legal_statuses", "condition"])
    return group


def needs_reason(competition: Competition) -> bool:
    """Whether entries have been sorted into groups, so that a rule that changes must say why."""
    return bool(competition.entries.exclude(group=None).exists())       # type: ignore[attr-defined]


@transaction.atomic
def save_letter(letter: Letter, *, by: Person) -> Letter:
    """Keep a letter. Raises BadInput naming each placeholder that would not be filled."""
    faults = faults_of(letter.code, letter.subject, letter.body)
    if faults:
        raise BadInput(_("The letter names something that is not known."), faults=faults)
    if "\n" in letter.subject or not letter.subject.strip():
        raise BadInput(_("A letter needs a subject on one line."))
    letter.body = letter.body.replace("\r\n", "\n").strip() + "\n"
    letter.subject = letter.subject.strip()
    letter.save()
    log.record("letter.save", subject=f"competition:{letter.competition.code}", scope=letter.competition.code, actor=by,
               letter=f"{letter.code}.{letter.language}")
    return letter


@transaction.atomic
def delete_letter(letter: Letter, *, by: Person) -> None:
    """Take a letter away; the house's own words go out instead. Raises Refused where a mailing uses it."""
    try:
        with transaction.atomic():
            letter.delete()
    except (ProtectedError, RestrictedError):
        raise Refused(_("A mailing uses this letter. Delete or change that plan first; a mailing that was sent keeps it.")) from None
    log.record("letter.delete", subject=f"competition:{letter.competition.code}", scope=letter.competition.code, actor=by,
               letter=f"{letter.code}.{letter.language}")
