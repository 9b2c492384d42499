"""What applicants hear of the check: the competition's own letters, or the house's words where it has none.

Placeholders: entry.title/.code/.applicant, competition.title, office.name/.email, check.group, check.clause, check.reason,
check.until.
"""

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.letters import letter_of, render
from lorbeer.call.models import AwardGroup, ExclusionClause
from lorbeer.entries.models import Entry
from lorbeer.intake.letters import readers_of
from lorbeer.intake.rules import moment_in_words
from lorbeer.shared import outbox

ADMISSION, EXCLUSION, COMPLETION = "admission", "exclusion", "completion"


def queue_admission(entry: Entry, group: AwardGroup) -> None:
    _queue(entry, ADMISSION, {"group": str(group), "clause": "", "reason": "", "until": ""})


def queue_exclusion(entry: Entry, clause: ExclusionClause, reason: str) -> None:
    _queue(entry, EXCLUSION, {"clause": f"{clause.label} ({clause.number})" if clause.number else str(clause.label),
                              "reason": reason, "group": "", "until": ""})


def queue_return(entry: Entry, reason: str, until: datetime) -> None:
    _queue(entry, COMPLETION, {"reason": reason, "until": moment_in_words(entry.competition, until), "group": "", "clause": ""})


def _queue(entry: Entry, code: str, check: dict[str, Any]) -> None:
    for person, name, email, language in readers_of(entry):
        with translation.override(language):
            title, body = _written(entry, code, check, name)
        outbox.queue_mail(
            recipient=email, recipient_name=name, title=title, body=body, kind=code, scope=entry.competition.code,
            subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
            key=f"{code}:{entry.code}:{entry.checks.count()}:{person.code if person else 'contact'}",
        )


def _written(entry: Entry, code: str, check: dict[str, Any], name: str) -> tuple[str, str]:
    competition = entry.competition
    facts = {
        "entry": {"title": str(entry), "code": entry.code, "applicant": entry.applicant},
        "competition": {"title": str(competition.title)}, "recipient": {"name": name}, "check": check,
        "office": {"name": str(competition.office_name), "email": competition.office_email},
    }
    if competition.letters.filter(code=code).exists():
        return render(letter_of(competition, code, translation.get_language() or "de"), facts)
    words = {"title": entry, "competition": competition, "office": competition.office_name, **check}
    if code == ADMISSION:
        return (
            _("Admitted: %(title)s") % words,
            _("Good day,\n\nyour entry “%(title)s” for “%(competition)s” has passed the formal check. It takes part in the "
              "group: %(group)s.\n\nYou need not do anything now. We shall write to you when the jury has decided.\n\n"
              "With kind regards\n%(office)s\n") % words,
        )
    if code == EXCLUSION:
        return (
            _("Not admitted: %(title)s") % words,
            _("Good day,\n\nwe thank you for your entry “%(title)s” for “%(competition)s”. Unfortunately it cannot take part: "
              "%(clause)s.\n%(reason)s\nIf you think that this is a mistake, please answer this mail.\n\n"
              "With kind regards\n%(office)s\n") % words,
        )
    return (
        _("Please complete: %(title)s") % words,
        _("Good day,\n\nyour entry “%(title)s” for “%(competition)s” has arrived, but something is missing:\n\n%(reason)s\n\n"
          "Please complete it until %(until)s: open your entry, change it and submit it again.\n\n"
          "With kind regards\n%(office)s\n") % words,
    )
