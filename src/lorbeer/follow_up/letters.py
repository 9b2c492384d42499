"""Mails about the report on prize money, in the language of whoever gets them."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.follow_up import queries
from lorbeer.follow_up.models import ProofOfUse
from lorbeer.intake.readers import readers_of
from lorbeer.shared.money import format_euro
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.text import house_language


def write(kind: str, proof: ProofOfUse, *, key: str) -> bool:
    """Queue the mail `kind` ("reminder", "returned", "accepted", "reopened"); False where the entry has nobody to write to."""
    award = proof.award
    competition, entry = award.competition, award.entry
    person = next(iter(readers_of(entry)), None)
    if person is None:
        return False
    with translation.override(house_language(person.language)):
        title, middle = _texts(kind, proof)
        link = settings.BASE_URL + reverse("follow_up:proof_send", args=[competition.code, award.code])
        lines = [
            _("Dear %(name)s,") % {"name": person.name}, middle,
            link if person.person else _("You have no account with us, so please answer this mail."),
            _("With kind regards"), str(competition.office_name),
        ]
        queue_mail(
            recipient=person.email, recipient_name=person.name, title=title, body="\n\n".join(line for line in lines if line),
            kind=f"proof_{kind}", key=key, scope=competition.code, subject=f"entry:{entry.code}",
            reply_to=competition.office_email,
        )
    return True


def _texts(kind: str, proof: ProofOfUse) -> tuple[str, str]:
    award = proof.award
    facts = {
        "entry": award.entry.title or award.entry.code, "amount": format_euro(award.amount_cents), "due": long_day(proof.due_on),
        "purpose": queries.earmarked_for(award.competition), "remarks": proof.remarks,
    }
    if kind == "returned":
        return (
            _("Your report on the prize money: please add something (%(entry)s)") % facts,
            _("thank you for your report on the prize money of %(amount)s. Something is missing:\n\n%(remarks)s\n\n"
              "Please send the report again by %(due)s:") % facts,
        )
    if kind == "reopened":
        return (
            _("Your report on the prize money is looked at again (%(entry)s)") % facts,
            _("we have taken back the acceptance of your report on the prize money of %(amount)s:\n\n%(remarks)s\n\n"
              "You need not do anything now; you get a mail when we have decided again. You can read your report here:") % facts,
        )
    if kind == "accepted":
        return (
            _("Your report on the prize money is accepted (%(entry)s)") % facts,
            _("your report on the prize money of %(amount)s has been accepted. There is nothing more for you to do. "
              "You can read it here:") % facts,
        )
    return (
        _("Report on the prize money, due on %(due)s (%(entry)s)") % facts,
        _("your entry “%(entry)s” has received prize money of %(amount)s. The call says: %(purpose)s.\n\n"
          "Please tell us by %(due)s what it was spent on, and send the proof:") % facts,
    )
