"""What applicants hear of the check: the competition's own letters, or the house's words where it has none.

Placeholders: see KINDS in call/letters.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.letters import language_sent, letter_of, register_house_words, render
from lorbeer.call.models import AwardGroup, ExclusionClause
from lorbeer.entries.models import Entry
from lorbeer.formal_check.models import Check
from lorbeer.intake.readers import readers_of
from lorbeer.intake.rules import moment_in_words
from lorbeer.people.models import Person
from lorbeer.shared import outbox
from lorbeer.shared.text import call_language, house_language, language_for

ADMISSION, EXCLUSION, COMPLETION, REOPENING = "admission", "exclusion", "completion", "reopening"
CODES: Mapping[str, str] = {Check.Verdict.ADMITTED: ADMISSION, Check.Verdict.EXCLUDED: EXCLUSION, Check.Verdict.RETURNED: COMPLETION,
                            Check.Verdict.REOPENED: REOPENING}


@dataclass(frozen=True)
class Written:
    """One mail as it goes out."""

    recipient: str
    name: str
    title: str
    body: str
    language: str
    person: str = ""                                                    # code; empty for the contact of a paper entry


def admission(entry: Entry, group: AwardGroup) -> list[Written]:
    return _written(entry, Check(entry=entry, verdict=Check.Verdict.ADMITTED, group=group))


def exclusion(entry: Entry, clause: ExclusionClause, reason: str) -> list[Written]:
    return _written(entry, Check(entry=entry, verdict=Check.Verdict.EXCLUDED, clause=clause, reason=reason))


def completion(entry: Entry, reason: str, until: datetime) -> list[Written]:
    return _written(entry, Check(entry=entry, verdict=Check.Verdict.RETURNED, reason=reason, complete_until=until))


def on_paper(check: Check, name: str) -> tuple[str, str]:
    """(title, text) of the letter to `name`, in the active language."""
    return _text(check, name, settings.BASE_URL.rstrip("/") + _page(check.entry, has_account=False), None, by_post=True)


def tell(check: Check) -> None:
    """Queue the mails of this verdict; where no mail reaches anybody, the check waits for a letter (`by_post.py`)."""
    entry, competition, code = check.entry, check.entry.competition, CODES[check.verdict]
    if code == ADMISSION and not competition.has_check and not competition.letters.filter(code=ADMISSION).exists():
        return                                                          # the house's words speak of a check
    mails = _written(entry, check)
    if not mails:
        check.by_post = True
        check.save(update_fields=["by_post"])
    number = entry.checks.count()
    for mail in mails:
        outbox.queue_mail(
            recipient=mail.recipient, recipient_name=mail.name, title=mail.title, body=mail.body, kind=code,
            scope=entry.competition.code, subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
            key=f"{code}:{entry.code}:{number}:{mail.person or 'contact'}",
        )


def _written(entry: Entry, check: Check) -> list[Written]:
    """The letter to everybody who hears about the entry, each in their language, or in one that the letter is written in."""
    found, code = [], CODES[check.verdict]
    own = entry.competition.letters.filter(code=code).exists()
    for person, name, email, language in readers_of(entry):
        sent = language_sent(entry.competition, code, language)
        with translation.override(language_for(sent)):
            page = settings.BASE_URL.rstrip("/") + _page(entry, has_account=person is not None)
            title, body = _text(check, name, page, person)
        found.append(Written(email, name, " ".join(title.split())[:300], body, sent if own else house_language(sent),
                             person.code if person else ""))
    return found


def _page(entry: Entry, *, has_account: bool) -> str:
    """Where the entry is completed; for those without an account the competition's page."""
    if has_account:
        return reverse("intake:entry_show", args=[entry.competition.code, entry.code])
    return reverse("website:competition_home", args=[entry.competition.code])


def _said(check: Check) -> dict[str, str]:
    """What the letter says of the check, in the active language."""
    clause, reason = check.clause, check.reason if check.verdict != Check.Verdict.ADMITTED else ""
    return {
        "group": str(check.group or ""), "reason": reason,
        "clause": "" if clause is None else f"{clause.label} ({clause.number})" if clause.number else str(clause.label),
        "until": moment_in_words(check.entry.competition, check.complete_until) if check.complete_until else "",
    }


def _text(check: Check, name: str, page: str, person: Person | None, *, by_post: bool = False) -> tuple[str, str]:
    entry, competition, code = check.entry, check.entry.competition, CODES[check.verdict]
    facts = {
        "entry": {"title": str(entry), "code": entry.code, "applicant": entry.applicant},
        "competition": {"title": str(competition.title), "sponsor": str(competition.sponsor)},
        "recipient": {"name": name}, "person": {"name": name}, "applicant": {"name": entry.applicant},
        "check": _said(check), "page": {"url": page},
        "office": {"name": str(competition.office_name), "email": competition.office_email,
                   "phone": competition.office_phone},
    }
    if competition.letters.filter(code=code).exists():
        return render(letter_of(competition, code, call_language()), facts)
    return _house_words(code, facts, has_account=person is not None, by_post=by_post)


def _house_words(code: str, facts: Mapping[str, Any], *, has_account: bool = True, by_post: bool = False) -> tuple[str, str]:
    check = facts["check"]
    words = {"title": facts["entry"]["title"], "competition": facts["competition"]["title"], "office": facts["office"]["name"], **check}
    words["how"] = _("open your entry, change it and submit it again:\n%(page)s") % {"page": facts["page"]["url"]} if (
        code == COMPLETION and has_account) else (
        _("send us what is missing by post.") if by_post else _("answer this mail, or send us what is missing by post."))
    words["answer"] = _("please write to us") if by_post else _("please answer this mail")
    if code == ADMISSION:
        return (
            _("Admitted: %(title)s") % words,
            _("Good day,\n\nyour entry “%(title)s” for “%(competition)s” has passed the formal check. It takes part in the "
              "group: %(group)s.\n\nYou need not do anything now. We shall write to you when the jury has decided.\n\n"
              "With kind regards\n%(office)s\n") % words,
        )
    if code == EXCLUSION:
        words["reason"] = f"\n{check['reason']}\n" if check["reason"] else ""
        return (
            _("Not admitted: %(title)s") % words,
            _("Good day,\n\nwe thank you for your entry “%(title)s” for “%(competition)s”. Unfortunately it cannot take part, on "
              "this ground of the call:\n\n%(clause)s\n%(reason)s\nIf you think that this is a mistake, %(answer)s.\n\n"
              "With kind regards\n%(office)s\n") % words,
        )
    if code == REOPENING:
        return (
            _("Notice withdrawn: %(title)s") % words,
            _("Good day,\n\nour last notice on your entry “%(title)s” for “%(competition)s” is withdrawn and does not apply any "
              "more. The reason:\n\n%(reason)s\n\nYour entry is being checked again; we shall write to you when the check is "
              "done. You need not do anything now.\n\nWith kind regards\n%(office)s\n") % words,
        )
    return (
        _("Please complete: %(title)s") % words,
        _("Good day,\n\nyour entry “%(title)s” for “%(competition)s” has arrived, but something is missing:\n\n%(reason)s\n\n"
          "Please complete it until %(until)s: %(how)s\n\n"
          "With kind regards\n%(office)s\n") % words,
    )


for _code in (ADMISSION, EXCLUSION, COMPLETION, REOPENING):
    register_house_words(_code, partial(_house_words, _code))
