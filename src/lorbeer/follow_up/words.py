"""The words for what the events of the log hold as codes: what they are about, who acted, and the names of their details."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lorbeer.call.models import Competition, Phase
from lorbeer.editions.models import Release
from lorbeer.entries.models import State
from lorbeer.formal_check.models import Check
from lorbeer.intake.models import Arrival, Channel, Enclosure, IncomingMail, KeyingDifference, MergerLetter
from lorbeer.jury.models import Ballot, DeclarationNote, Item, Member
from lorbeer.people.models import Role
from lorbeer.screening.models import SessionItem
from lorbeer.shared.text import in_sentence

SUBJECTS = {
    "entry": gettext_lazy("Entry"), "person": gettext_lazy("Person"), "arrival": gettext_lazy("Arrival"),
    "sheet": gettext_lazy("Voting sheet"), "wave": gettext_lazy("Mailing"), "intent": gettext_lazy("Letter of intent"),
    "meeting": gettext_lazy("Jury meeting"), "session": gettext_lazy("Joint session"), "assignment": gettext_lazy("Assignment"),
    "pair": gettext_lazy("Pair in the assignment"),
    "competition": gettext_lazy("Competition"), "questionnaire": gettext_lazy("Questionnaire"), "results": gettext_lazy("Results"),
    "edition": gettext_lazy("Edition"), "book": pgettext_lazy("log", "Book"), "register": pgettext_lazy("log", "Register"),
    "address": gettext_lazy("Address"), "page": pgettext_lazy("log", "Page"), "chapter": gettext_lazy("Chapter"),
    "invitation": pgettext_lazy("log", "Invitation"), "vote": pgettext_lazy("log", "Vote"), "handout": pgettext_lazy("log", "Copy for Word"),
    "correction": pgettext_lazy("log", "Correction in Word"), "table": pgettext_lazy("log", "Table"),
    "website": pgettext_lazy("log", "Picture or document"), "mail": pgettext_lazy("log", "Mail"),
    "scan": pgettext_lazy("log", "Stack of scans"),
}
SYSTEM = {
    "system:outbox": gettext_lazy("Lorbeer (outbox)"), "system:command": gettext_lazy("Lorbeer (command line)"),
    "system:mail": gettext_lazy("Lorbeer (mailbox)"), "system:worker": gettext_lazy("Lorbeer (worker)"),
    "system:audit_export": gettext_lazy("Lorbeer (command line)"), "system:data_erase": gettext_lazy("Lorbeer (command line)"),
    "system:proofs_remind": gettext_lazy("Lorbeer (command line)"), "system:enquiries": gettext_lazy("Lorbeer (messages of readers)"),
    "public": gettext_lazy("somebody who is not signed in"),
}
DETAILS = {
    "added": gettext_lazy("added"), "again": gettext_lazy("again"), "amount_cents": pgettext_lazy("log", "amount"),
    "arrival": gettext_lazy("arrival"), "arrived_at": gettext_lazy("arrived"), "at": pgettext_lazy("log", "time"),
    "award": gettext_lazy("award"),
    "awards": gettext_lazy("awards"), "ballots": gettext_lazy("ballots"), "cents": pgettext_lazy("log", "amount"),
    "chair": gettext_lazy("chair"),
    "changed": gettext_lazy("changed"), "channel": gettext_lazy("way in"), "clause": gettext_lazy("clause"),
    "contact": gettext_lazy("contact"), "count": pgettext_lazy("log", "number"), "decided": gettext_lazy("decided"),
    "deputy_for": gettext_lazy("deputy for"), "diverging": gettext_lazy("diverging"), "due_on": gettext_lazy("due"),
    "edition": gettext_lazy("edition"), "entitled": gettext_lazy("entitled to vote"), "entry": gettext_lazy("entry"),
    "files": gettext_lazy("files"), "group": gettext_lazy("group"), "held_on": gettext_lazy("day of the session"),
    "items": gettext_lazy("items"), "kind": gettext_lazy("kind"), "land": gettext_lazy("Land"), "letters": gettext_lazy("letters"),
    "late": pgettext_lazy("log", "bias known too late"), "least": pgettext_lazy("log", "approvals needed"),
    "secret": pgettext_lazy("log", "secret against trying"),
    "mails": gettext_lazy("mails"), "meeting": gettext_lazy("meeting"), "member": gettext_lazy("member"),
    "message": gettext_lazy("mail number"), "mode": gettext_lazy("way to decide"), "no": gettext_lazy("votes against"),
    "number": pgettext_lazy("log", "no."), "opinion": gettext_lazy("opinion"), "out": gettext_lazy("out of the room"),
    "outcome": gettext_lazy("outcome"), "pages": gettext_lazy("pages"), "paid_on": pgettext_lazy("log", "paid"), "part": gettext_lazy("part"),
    "place": gettext_lazy("place"), "places": gettext_lazy("places"), "position": gettext_lazy("item"),
    "postmarked_on": gettext_lazy("postmark"), "present": gettext_lazy("present"), "prize": gettext_lazy("prize"),
    "proposals": gettext_lazy("proposals"), "reason": pgettext_lazy("log", "reason"),
    "receipt": gettext_lazy("receipt"), "result": gettext_lazy("result"),
    "round": gettext_lazy("round"), "score": gettext_lazy("points"), "seal": gettext_lazy("seal"),
    "session": gettext_lazy("session"), "sha256": gettext_lazy("checksum"), "source": pgettext_lazy("log", "from"),
    "submission": gettext_lazy("submission"), "submitted_at": gettext_lazy("handed in"), "taken_back_at": gettext_lazy("taken back"),
    "target": gettext_lazy("to"),
    "reader": pgettext_lazy("log", "second reader"),
    "timeliness": gettext_lazy("in time"), "to": gettext_lazy("recipient"), "verdict": gettext_lazy("verdict"),
    "votes": gettext_lazy("votes"),
    "why_sha256": gettext_lazy("checksum of the reason"), "yes": gettext_lazy("votes in favour"), "abstained": gettext_lazy("abstained"),
    "act": pgettext_lazy("log", "what"), "addresses_sha256": pgettext_lazy("log", "checksum of the addresses"),
    "after": pgettext_lazy("log", "after it"), "after_sha256": pgettext_lazy("log", "checksum after it"),
    "answer": pgettext_lazy("log", "answer"), "approved": pgettext_lazy("log", "approved"), "as_of": pgettext_lazy("log", "as of"),
    "based_on": pgettext_lazy("log", "based on"), "batch": pgettext_lazy("log", "addition to the agenda"),
    "before": pgettext_lazy("log", "before it"), "before_sha256": pgettext_lazy("log", "checksum before it"),
    "broken": pgettext_lazy("log", "ties broken"), "by_operator": pgettext_lazy("log", "by the operator"),
    "capacity": pgettext_lazy("log", "most entries"), "certificate_sha256": pgettext_lazy("log", "checksum of the certificate"),
    "changes": pgettext_lazy("log", "changes"), "chapter": pgettext_lazy("log", "chapter"), "chapters": pgettext_lazy("log", "chapters"),
    "characters": pgettext_lazy("log", "characters"), "choice": pgettext_lazy("log", "choice"), "code": pgettext_lazy("log", "code"),
    "conflicts": pgettext_lazy("log", "two texts"), "consent_sha256": pgettext_lazy("log", "checksum of the consent"),
    "constituency": pgettext_lazy("log", "sent by"), "counted": pgettext_lazy("log", "counted"),
    "deciders": pgettext_lazy("log", "decided by"), "decisions": pgettext_lazy("log", "decisions"),
    "definition": pgettext_lazy("log", "definition"), "digest": pgettext_lazy("log", "chain value"),
    "documents": pgettext_lazy("log", "documents"), "double": pgettext_lazy("log", "twice"),
    "dropped": pgettext_lazy("log", "ballots void"), "dropped_all": pgettext_lazy("log", "all ballots void, items"),
    "dropped_ballots": pgettext_lazy("log", "group ballots void"),
    "earlier_sha256": pgettext_lazy("log", "checksum of earlier relations"),
    "employer_sha256": pgettext_lazy("log", "checksum of the employer"), "events": pgettext_lazy("log", "events"),
    "events_sha256": pgettext_lazy("log", "checksum of the events"), "facts_sha256": pgettext_lazy("log", "checksum of the facts"),
    "faults": pgettext_lazy("log", "not readable"), "fields": pgettext_lazy("log", "fields of action"),
    "field": pgettext_lazy("log", "field"), "file": pgettext_lazy("log", "file"),
    "findings_sha256": pgettext_lazy("log", "checksum of the findings"),
    "first_at": pgettext_lazy("log", "first published"), "former": pgettext_lazy("log", "verdict before"),
    "frozen_at": pgettext_lazy("log", "frozen"), "handout": pgettext_lazy("log", "copy given out"),
    "how": pgettext_lazy("log", "found by"), "in_menu": pgettext_lazy("log", "in the menu"),
    "input_sha256": pgettext_lazy("log", "checksum of the input"), "is_confirmed": pgettext_lazy("log", "confirmed"),
    "job": pgettext_lazy("log", "task"), "keep": pgettext_lazy("log", "shortlist of"), "languages": pgettext_lazy("log", "languages"),
    "letter": pgettext_lazy("log", "letter"), "line": pgettext_lazy("log", "line of the register"),
    "lost": pgettext_lazy("log", "seals lost"), "measure": pgettext_lazy("log", "likeness"),
    "minutes_sha256": pgettext_lazy("log", "checksum of the minutes"), "motion_sha256": pgettext_lazy("log", "checksum of the motion"),
    "name": pgettext_lazy("log", "name"), "new": pgettext_lazy("log", "new"), "note": pgettext_lazy("log", "note"),
    "note_sha256": pgettext_lazy("log", "checksum of the note"), "offline": pgettext_lazy("log", "without network"),
    "noted_at": pgettext_lazy("log", "decided at, by the record"),
    "on_paper": pgettext_lazy("log", "on paper"), "opinions": pgettext_lazy("log", "expert opinions"),
    "order": pgettext_lazy("log", "order"), "other": pgettext_lazy("log", "other entry"), "parts": pgettext_lazy("log", "parts"),
    "passed": pgettext_lazy("log", "not approved"), "person": pgettext_lazy("log", "person"),
    "personal_class": pgettext_lazy("log", "class of personal data"), "phase": pgettext_lazy("log", "phase"),
    "previous": pgettext_lazy("log", "before"), "project": pgettext_lazy("log", "project"), "question": pgettext_lazy("log", "question"),
    "questions": pgettext_lazy("log", "questions"), "reason_sha256": pgettext_lazy("log", "checksum of the reason"),
    "received_at": pgettext_lazy("log", "received"), "recipients": pgettext_lazy("log", "recipients"),
    "records": pgettext_lazy("log", "municipalities"), "references": pgettext_lazy("log", "references"),
    "refused": pgettext_lazy("log", "refused"), "report_sha256": pgettext_lazy("log", "checksum of the report"),
    "result_sha256": pgettext_lazy("log", "checksum of the result"), "revision": pgettext_lazy("log", "state"),
    "rules": pgettext_lazy("log", "rules"),
    "rows": pgettext_lazy("log", "rows"), "seats": pgettext_lazy("log", "seats"), "seed": pgettext_lazy("log", "seed"),
    "shown_on": pgettext_lazy("log", "day of the news"), "since": pgettext_lazy("log", "since"),
    "steps": pgettext_lazy("log", "places moved"), "taken": pgettext_lazy("log", "answers taken over"),
    "taken_from": pgettext_lazy("log", "from version"), "terms": pgettext_lazy("log", "terms of the call"),
    "trouble": pgettext_lazy("log", "to be looked at"), "up_to": pgettext_lazy("log", "up to addition"),
    "urn": pgettext_lazy("log", "urn"), "version": pgettext_lazy("log", "version"), "decline": pgettext_lazy("log", "not awarded"),
    "head": pgettext_lazy("log", "head of the entry"),
    "amounts": pgettext_lazy("log", "amounts"), "accounts": pgettext_lazy("log", "accounts"),
    "addresses": pgettext_lazy("log", "addresses"), "arrivals": pgettext_lazy("log", "arrivals"),
    "invitations": pgettext_lazy("log", "invitations"), "reasons": pgettext_lazy("log", "reasons"),
    # inside other details
    "applicant_kind": pgettext_lazy("log", "who can apply"), "biased": pgettext_lazy("log", "biased for"), "by": pgettext_lazy("log", "by"),
    "closed": pgettext_lazy("log", "settled"), "condition": pgettext_lazy("log", "condition"),
    "description": pgettext_lazy("log", "description"), "differences": pgettext_lazy("log", "differences"),
    "dissent_sha256": pgettext_lazy("log", "checksum of the dissent"), "earmarked_for": pgettext_lazy("log", "what the money is for"),
    "erased_sha256": pgettext_lazy("log", "checksum of what is left"),
    "exclude_own_land": pgettext_lazy("log", "closed to people of the same Land"),
    "expert": pgettext_lazy("log", "one reader at least knows a field"), "first_page": pgettext_lazy("log", "first page"),
    "heading": pgettext_lazy("log", "heading"), "is_public": pgettext_lazy("log", "public"),
    "item": pgettext_lazy("log", "meeting of the jury"),
    "jury": pgettext_lazy("log", "jury"), "kept": pgettext_lazy("log", "kept"), "label": pgettext_lazy("log", "wording"),
    "language": pgettext_lazy("log", "language"), "last_page": pgettext_lazy("log", "last page"),
    "max_entries_per_applicant": pgettext_lazy("log", "most entries of one applicant"),
    "max_projects": pgettext_lazy("log", "most projects"), "modes": pgettext_lazy("log", "ways to decide"),
    "months": pgettext_lazy("log", "months until the erasure"), "not_awarded": pgettext_lazy("log", "entries without a prize"),
    "opened": pgettext_lazy("log", "opened"), "options": pgettext_lazy("log", "overall votes"),
    "paper_counts_by": pgettext_lazy("log", "what counts on paper"), "paper_keyed_twice": pgettext_lazy("log", "paper is keyed in twice"),
    "proof_due_months": pgettext_lazy("log", "months until the report on the money"),
    "proposals_only": pgettext_lazy("log", "proposals only"), "quorum": pgettext_lazy("log", "quorum"),
    "retention": pgettext_lazy("log", "retention"), "said_on": pgettext_lazy("log", "declared on"),
    "same_body": pgettext_lazy("log", "same body"), "scale": pgettext_lazy("log", "most points of a criterion"),
    "scan_sha256": pgettext_lazy("log", "checksum of the scan"), "screener": pgettext_lazy("log", "screener"),
    "screening": pgettext_lazy("log", "screening"), "sensitive": pgettext_lazy("log", "sensitive data"),
    "sheet": pgettext_lazy("log", "voting sheet"), "taken_back": pgettext_lazy("log", "taken back"), "text": pgettext_lazy("log", "text"),
    "time_zone": pgettext_lazy("log", "time zone"), "title": pgettext_lazy("log", "title"), "vote": pgettext_lazy("log", "vote"),
    "was_admitted": pgettext_lazy("log", "was admitted"), "pdf": "PDF", "site": "HTML", "epub": "EPUB",
}
NOT_SHOWN = {"opinion", "secret", "line"}                               # keys and secrets, by which programs verify
TERMS = {                                                               # what a package brings, by table
    "call_competition": pgettext_lazy("log", "settings"), "call_awardgroup": pgettext_lazy("log", "award groups"),
    "call_phase": pgettext_lazy("log", "dates"), "call_purse": pgettext_lazy("log", "caps"), "call_prize": pgettext_lazy("log", "prizes"),
    "call_criterion": pgettext_lazy("log", "criteria"), "call_exclusionclause": pgettext_lazy("log", "exclusion clauses"),
    "call_checkpoint": pgettext_lazy("log", "points to check"),
}
MAILS = {
    "account": pgettext_lazy("mail", "account"), "admission": pgettext_lazy("mail", "admission"),
    "arrival": pgettext_lazy("mail", "about something that arrived"), "assignment": pgettext_lazy("mail", "about places to read"),
    "co_editor": pgettext_lazy("mail", "invitation to work on an entry"), "completion": pgettext_lazy("mail", "return for completion"),
    "enquiry": pgettext_lazy("mail", "message of a reader"), "enquiry_link": pgettext_lazy("mail", "confirmation of a message"),
    "exclusion": pgettext_lazy("mail", "exclusion"), "intent_link": pgettext_lazy("mail", "confirmation of a letter of intent"),
    "invitation": pgettext_lazy("mail", "invitation to a role"), "merger": pgettext_lazy("mail", "about put-together entries"),
    "parting": pgettext_lazy("mail", "about entries taken apart again"), "portrait_proof": pgettext_lazy("mail", "portrait to read"),
    "proof_accepted": pgettext_lazy("mail", "report on the money accepted"),
    "proof_reminder": pgettext_lazy("mail", "reminder of the report on the money"),
    "proof_reopened": pgettext_lazy("mail", "acceptance taken back"), "proof_returned": pgettext_lazy("mail", "report on the money returned"),
    "publication": pgettext_lazy("mail", "about the publication"), "receipt": pgettext_lazy("mail", "receipt"),
    "reopening": pgettext_lazy("mail", "verdict taken back"), "result": pgettext_lazy("mail", "result"),
    "team": pgettext_lazy("mail", "news for the lead"), "wave": pgettext_lazy("mail", "mailing"),
    "wave_test": pgettext_lazy("mail", "trial of a mailing"), "withdrawal": pgettext_lazy("mail", "withdrawal"),
}
CHOICES: dict[str, dict[str, Any]] = {                                  # by a detail's name, or the first word of the verb and its name
    "role.kind": dict(Role.Kind.choices), "jury.kind": dict(Member.Kind.choices), "mail.kind": MAILS,
    "call.kind": {"group": pgettext_lazy("log", "award group"), "criterion": pgettext_lazy("log", "criterion"),
                  "prize": pgettext_lazy("log", "prize"), "clause": pgettext_lazy("log", "exclusion clause"),
                  "point": pgettext_lazy("log", "point to check")},
    "channel": dict(Channel.choices), "timeliness": dict(Arrival.Timeliness.choices), "verdict": dict(Check.Verdict.choices),
    "former": dict(Check.Verdict.choices), "session.outcome": dict(SessionItem.Outcome.choices), "result": dict(Item.Result.choices),
    "mail.outcome": dict(IncomingMail.Outcome.choices), "mail.trouble": dict(IncomingMail.Trouble.choices),
    "mail.answer": dict(IncomingMail.Answer.choices), "mode": dict(Item.Mode.choices), "modes": dict(Item.Mode.choices),
    "source": dict(State.choices), "target": dict(State.choices), "jury.source": dict(DeclarationNote.Source.choices),
    "entry.part": dict(Release.Part.choices), "entry.parts": dict(Release.Part.choices), "phase": dict(Phase.Kind.choices),
    "jury.choice": dict(Ballot.Choice.choices), "keying.choice": dict(KeyingDifference.Choice.choices),
    "arrival.reason": dict(Enclosure.Reason.choices), "duplicate.letter": dict(MergerLetter.Kind.choices),
    "applicant_kind": dict(Competition.ApplicantKind.choices),
    "personal_class": {"contact": gettext_lazy("contact data"), "person": gettext_lazy("data about people"),
                       "sensitive": gettext_lazy("sensitive data")},
    "how": {"code": pgettext_lazy("found by", "the code on the scan"), "office": pgettext_lazy("found by", "the office"),
            "applicant": pgettext_lazy("found by", "the applicant")},
    "paper_counts_by": {"postmark": pgettext_lazy("log", "postmark"), "arrival": pgettext_lazy("log", "arrival")},
    "languages": {"de": pgettext_lazy("log", "German"), "en": pgettext_lazy("log", "English")},
    "act": {"add": pgettext_lazy("act", "added"), "edit": pgettext_lazy("act", "changed"), "copy": pgettext_lazy("act", "copied"),
            "move": pgettext_lazy("act", "moved"), "delete": pgettext_lazy("act", "deleted"),
            "options": pgettext_lazy("act", "options changed"), "heading": pgettext_lazy("act", "title and languages changed"),
            "undo": pgettext_lazy("act", "taken back"), "redo": pgettext_lazy("act", "done again")},
}
MONEY = {"amount_cents", "cents"}
NUMBERED = {                                                            # a number of something, not how many there are
    "approved", "batch", "broken", "dropped", "dropped_all", "dropped_ballots", "edition", "item", "items", "message", "number", "part",
    "passed",
    "place", "position", "project", "revision", "round", "seed", "taken_from", "up_to", "version",
}
TYPED = {"condition", "constituency", "name", "reason"}                 # somebody wrote it


def about(subject: str, name: Callable[[str, str], Any]) -> str:
    """`Entry K7QD4-M` for `entry:K7QD4-M`, `Mailing Reminder` for `wave:…`; `name` gives the name of a kind's code."""
    kind, _colon, code = subject.partition(":")
    if kind not in SUBJECTS:
        return subject
    called = name(kind, code)
    return in_sentence("%(kind)s %(called)s", kind=SUBJECTS[kind], called=called) if called else str(SUBJECTS[kind])


def acting(actor: str, name: Callable[[str, str], Any]) -> Any:
    """The name of who acted; Lorbeer itself where no person did."""
    return str(SYSTEM[actor]) if actor in SYSTEM else name("person", actor) if actor else _("Lorbeer")


def detail_word(key: str) -> Any:
    """What a detail is called; its code where nobody gave it a word."""
    return DETAILS.get(key, key)
