"""What applicants hear when the office opens or closes what is public of their entry."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.editions.fields import label_of
from lorbeer.entries.models import Entry
from lorbeer.intake.readers import readers_of
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared import clock
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.text import house_language


def tell(entry: Entry, opened: list[str], closed: list[str], document: Document | None, written_consent: str = "") -> None:
    """Write to everybody who hears about the entry what the office has just released or taken back."""
    competition, now = entry.competition, clock.now()
    page = settings.BASE_URL.rstrip("/") + reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])
    for reader in readers_of(entry) if opened or closed else ():
        with translation.override(house_language(reader.language)):
            lines = [
                _("Good day,"),
                _("the competition office has changed what the public may see of your entry “%(title)s”.") % {"title": entry},
                _("Released: %(parts)s") % {"parts": _named(opened, document)} if opened else "",
                _("On the basis of: %(consent)s") % {"consent": written_consent} if opened and written_consent else "",
                _("Taken back: %(parts)s") % {"parts": _named(closed, document)} if closed else "",
                _("If this is not what you want, answer this mail, or change it here yourself at any time:\n%(page)s") % {"page": page}
                if reader.person else _("If this is not what you want, please answer this mail."),
                _("With kind regards\n%(office)s") % {"office": competition.office_name},
            ]
            title = _("What is public of “%(title)s”") % {"title": entry}
        queue_mail(
            recipient=reader.email, recipient_name=reader.name, title=title[:300], body="\n\n".join(filter(None, lines)),
            kind="publication", scope=competition.code, subject=f"entry:{entry.code}", reply_to=competition.office_email,
            key=f"publication:{entry.code}:{now.isoformat()}:{reader.person.code if reader.person else 'contact'}",
        )


def _named(names: list[str], document: Document | None) -> str:
    return ", ".join(label_of(name, document) for name in names)
