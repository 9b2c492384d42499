"""The history of an entry as its file shows it: moves and mails, as much of them as the reader may know."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from lorbeer.entries import embargo, queries
from lorbeer.entries.models import Entry
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Role
from lorbeer.shared.models import Message
from lorbeer.shared.registry import Registry
from lorbeer.shared.text import in_sentence, written_in

LABELS = {
    "submit": pgettext_lazy("history", "submitted"), "resubmit": pgettext_lazy("history", "submitted again"),
    "withdraw": pgettext_lazy("history", "withdrawn"), "resume": pgettext_lazy("history", "taken up again"),
    "merge": pgettext_lazy("history", "put together with another entry"), "part": pgettext_lazy("history", "taken apart again"),
    "admit": pgettext_lazy("history", "admitted"), "exclude": pgettext_lazy("history", "excluded"),
    "reopen": pgettext_lazy("history", "taken back into the formal check"),
    "screen": pgettext_lazy("history", "screened"), "propose": pgettext_lazy("history", "proposed"),
    "pass_over": pgettext_lazy("history", "not proposed"), "award": pgettext_lazy("history", "awarded"),
    "decline": pgettext_lazy("history", "not awarded"),
}
# A later stage adds what it knows of an entry, as much as the reader may know.
more_history = Registry[[Entry, HttpRequest], Iterable[dict[str, Any]]]()
INSIDE = {*OFFICE, Role.Kind.AUDITOR}


def events_of(entry: Entry, request: HttpRequest) -> list[dict[str, Any]]:
    """Moves and mails, the newest first; a few queries whatever their number.

    Before the announcement moves that tell a result are left out for those to whom it is masked, and only the office
    and the auditor (and writers, of what they did themselves) learn names, reasons and mails.
    """
    roles = request.roles  # type: ignore[attr-defined]
    kept = embargo.is_kept_from(request.user, entry)
    mask = {} if embargo.is_announced(entry) else embargo.mask_for(roles, kept=kept)
    inside = bool(roles & INSIDE)
    writers = set() if inside else set(entry.contributors.values_list("person_id", flat=True))
    is_writer = queries.is_contributor(request.user, entry)
    events: list[dict[str, Any]] = [{
        "at": entry.created_at, "title": _("begun"), "by": "", "text": "", "tone": "plain",
    }]
    for move in entry.history.select_related("by"):
        if move.target in mask:
            continue
        named = inside or (is_writer and move.by_id in writers)
        events.append({
            "at": move.at, "title": LABELS.get(move.name, move.get_target_display()), "by": str(move.by or "") if named else "",
            "text": move.reason if named else "", "tone": "plain",
        })
    if inside:
        mails = Message.objects.filter(scope=entry.competition.code, subject=f"entry:{entry.code}")
        for message in mails.exclude(kind="result") if kept else mails:
            events.append({
                "at": message.created_at, "by": message.recipient, "text": "", "tone": "plain",
                "title": in_sentence(_("mail: %(title)s"), title=written_in(entry.competition, message.title)),
            })
    for source in more_history:
        events += source(entry, request)
    # Of what happened at one moment the later stands above, too: the sort keeps the order of equals.
    events.reverse()
    return sorted(events, key=lambda event: event["at"], reverse=True)
