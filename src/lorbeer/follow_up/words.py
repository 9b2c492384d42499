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
    "timeliness": gettext_lazy("in time"), "to": gettext_lazy("recipient"), "verdict": gettext_lazy("verdict"),
    "votes": gettext_lazy("votes"),
    "why_sha256": gettext_lazy("checksum of the reason"), "yes": gettext_lazy("votes in favour"), "abstained": gettext_lazy("abstained"),
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
