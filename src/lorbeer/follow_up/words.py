"""The words for what the events of the log hold as codes: what they are about, who acted, and the names of their details."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

SUBJECTS = {
    "entry": gettext_lazy("Entry"), "person": gettext_lazy("Person"), "arrival": gettext_lazy("Arrival"),
    "sheet": gettext_lazy("Voting sheet"), "wave": gettext_lazy("Mailing"), "intent": gettext_lazy("Letter of intent"),
    "meeting": gettext_lazy("Jury meeting"), "session": gettext_lazy("Joint session"), "assignment": gettext_lazy("Assignment"),
    "pair": gettext_lazy("Pair in the assignment"),
    "competition": gettext_lazy("Competition"), "questionnaire": gettext_lazy("Questionnaire"), "results": gettext_lazy("Results"),
    "edition": gettext_lazy("Edition"), "book": pgettext_lazy("log", "Book"), "register": pgettext_lazy("log", "Register"),
    "address": gettext_lazy("Address"), "page": pgettext_lazy("log", "Page"), "chapter": gettext_lazy("Chapter"),
}
SYSTEM = {
    "system:outbox": gettext_lazy("Lorbeer (outbox)"), "system:command": gettext_lazy("Lorbeer (command line)"),
}
DETAILS = {
    "added": gettext_lazy("added"), "again": gettext_lazy("again"), "amount_cents": gettext_lazy("amount in cents"),
    "arrival": gettext_lazy("arrival"), "arrived_at": gettext_lazy("arrived"), "at": pgettext_lazy("log", "time"),
    "award": gettext_lazy("award"),
    "awards": gettext_lazy("awards"), "ballots": gettext_lazy("ballots"), "cents": gettext_lazy("cents"), "chair": gettext_lazy("chair"),
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
    "number": pgettext_lazy("log", "number"), "opinion": gettext_lazy("opinion"), "out": gettext_lazy("out of the room"),
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
}


def about(subject: str, name: Callable[[str], str]) -> str:
    """`Entry K7QD4-M` for `entry:K7QD4-M`, `Person A. Muster` for `person:…`; `name` gives the name of a person's code."""
    kind, _colon, code = subject.partition(":")
    word = SUBJECTS.get(kind)
    if word is None:
        return subject
    return f"{word} {name(code) if kind == 'person' else code}".strip()


def acting(actor: str, name: Callable[[str], str]) -> str:
    """The name of who acted; Lorbeer itself where no person did."""
    return str(SYSTEM[actor]) if actor in SYSTEM else name(actor) if actor else _("Lorbeer")


def detail_word(key: str) -> Any:
    """What a detail is called; its code where nobody gave it a word."""
    return DETAILS.get(key, key)
