"""The mails of the intake: written into the outbox in the transaction of their reason."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.letters import language_sent, letter_of, letters_of, register_house_words, render
from lorbeer.call.models import Competition
from lorbeer.entries.models import CoEditorInvitation, Entry
from lorbeer.intake import rules
from lorbeer.intake.models import Arrival, IncomingMail, Merger, MergerLetter, Submission
from lorbeer.intake.queries import document_of
from lorbeer.intake.readers import Reader, readers_of
from lorbeer.people.models import Person
from lorbeer.people.services import language_of_invited
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared.errors import BadInput
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.text import language_for, name_in_mail


def address(path: str) -> str:
    return settings.BASE_URL + path


def queue_receipt(submission: Submission, document: Document) -> None:
    """Mail the receipt to everybody who works on the entry; for paper, to the contact it names, if any."""
    entry = submission.entry
    for person, name, email, language in readers_of(entry, document):
        language = language_sent(entry.competition, "receipt", language)
        with translation.override(language_for(language)):
            link = address(
                reverse("intake:receipt_show", args=[entry.competition.code, entry.code, submission.receipt_number])
            )
            facts = {
                "receipt": {
                    "number": submission.receipt_number, "sha256": submission.sha256, "link": link,
                    "time": rules.moment_in_words(entry.competition, submission.submitted_at, exact=True),
                    "chain": submission.log_digest or "–", "channel": submission.arrival.get_channel_display(),
                },
                **_facts(entry, name),
            }
            title, body = _written(entry.competition, "receipt", language, facts) or _receipt_words(facts)
        queue_mail(
            recipient=email, recipient_name=name, title=title, body=body, kind="receipt",
            key=f"receipt:{submission.receipt_number}:{person.code if person else 'contact'}",
            scope=entry.competition.code, subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
        )


def queue_acknowledgement(arrival: Arrival, address: str) -> None:
    """Tell the sender of a mail that it is there. Nothing of what they wrote goes back: the sender may be forged."""
    competition = arrival.competition
    language = language_sent(competition, "arrival", competition.first_language)
    with translation.override(language_for(language)):
        if arrival.timeliness == Arrival.Timeliness.LATE:
            follows = _("It came after the deadline. The competition office decides whether it can be admitted all the same.")
        elif arrival.mail.outcome == IncomingMail.Outcome.DRAFT:
            follows = _("The entry form in it has been read. The competition office looks through it and submits it for you; then you "
                        "get the receipt.")
        else:
            follows = _("The competition office looks at it. If it is an entry, the office submits it for you; then you get the receipt.")
        facts = {
            "arrival": {"number": arrival.number, "follows": follows,
                        "time": rules.moment_in_words(competition, arrival.arrived_at, exact=True)},
            **_house(competition),
        }
        title, body = _written(competition, "arrival", language, facts) or _arrival_words(facts)
    queue_mail(
        recipient=address, title=title, body=body, kind="arrival", key=f"arrival:{arrival.number}", scope=competition.code,
        subject=f"arrival:{arrival.number}", reply_to=competition.office_email,
    )


def queue_withdrawal(entry: Entry) -> None:
    """Tell everybody who works on the entry that it has been taken back."""
    for person, name, email, language in readers_of(entry):
        language = language_sent(entry.competition, "withdrawal", language)
        with translation.override(language_for(language)):
            facts = _facts(entry, name)
            title, body = _written(entry.competition, "withdrawal", language, facts) or _withdrawal_words(facts)
        queue_mail(
            recipient=email, recipient_name=name, title=title, body=body, kind="withdrawal",
            scope=entry.competition.code, subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
            key=f"withdrawal:{entry.code}:{entry.history.count()}:{person.code if person else 'contact'}",
        )


def queue_merger(merger: Merger, kind: str) -> list[Entry]:
    """Tell everybody who works on one of two entries that they were put together (`kind`: merger), or taken apart again (parting).

    Who works on both hears it once. Gives those of the two that no mail reaches: they get a letter.
    """
    told, unreached = set(), []
    for entry in (merger.entry, merger.other):
        found = readers_of(entry, newest_document(entry))
        if not found:
            unreached.append(entry)
        for reader in found:
            if reader.email.casefold() in told:
                continue
            told.add(reader.email.casefold())
            title, body = merger_text(merger, kind, entry, reader)
            queue_mail(
                recipient=reader.email, recipient_name=reader.name, title=title, body=body, kind=kind,
                scope=entry.competition.code, subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
                key=f"{kind}:{merger.pk}:{entry.code}:{reader.person.code if reader.person else 'contact'}",
            )
    return unreached


def merger_text(merger: Merger, kind: str, entry: Entry, reader: Reader) -> tuple[str, str]:
    """Title and body of the notice to those of `entry`, in the language of `merger_reader`."""
    reader = merger_reader(kind, entry, reader)
    with translation.override(language_for(reader.language)):
        facts = {"merger": {"counts": merger.entry.code, "leads": merger.other.code}, **_facts(entry, reader.name)}
        written = _written(entry.competition, kind, reader.language, facts)
        title, body = written or (_parting_words if kind == MergerLetter.Kind.PARTING else _merger_words)(facts)
    return " ".join(title.split())[:300], body


def merger_reader(kind: str, entry: Entry, reader: Reader) -> Reader:
    """`reader` as somebody who reads the language in which the notice goes out: on paper all around the text is in it, too."""
    return reader._replace(language=language_sent(entry.competition, kind, reader.language))


def newest_document(entry: Entry) -> Document | None:
    """What was handed in last, whether or not it counts now."""
    newest = entry.submissions.select_related("version__questionnaire").order_by("-number").first()
    return document_of(newest) if newest else None


def queue_co_editor_invitation(invitation: CoEditorInvitation, token: str) -> None:
    """Mail the link. Only the mail holds the token; the database keeps its digest."""
    entry = invitation.entry
    link = address(reverse("intake:invitation_accept", args=[entry.competition.code, token]))
    with translation.override(language_for(language_of_invited(entry.competition, invitation.email))):
        queue_mail(
            recipient=invitation.email,
            # The name is what somebody typed about themselves: never in the subject, and nothing in it can be followed.
            title=_("Work on an entry for “%(competition)s” together") % {"competition": entry.competition.title},
            body=_(
                "Good day,\n\n"
                "you are invited to work on an entry for “%(competition)s”. The invitation comes from somebody who applies there "
                "under the name “%(name)s”.\n"
                "Open this link and sign in, or create an account. It is valid once, until %(until)s:\n\n%(link)s\n\n"
                "If you do not know what this is about, ignore this mail.\n"
            ) % {"name": name_in_mail(invitation.invited_by.name), "competition": entry.competition.title, "link": link,
                 "until": rules.moment_in_words(entry.competition, invitation.expires_at)},
            kind="co_editor", scope=entry.competition.code, subject=f"entry:{entry.code}",
            key=f"co_editor:{invitation.token_digest[:40]}",
        )


def queue_removal(entry: Entry, person: Person) -> None:
    """Tell somebody that they do not work on an entry any more. Only the code stands for it: its title is not theirs now."""
    with translation.override(language_for(person.language)):
        title = _("You do not work on entry %(code)s any more") % {"code": entry.code}
        body = _(
            "Good day,\n\n"
            "the contact person of entry %(code)s for “%(competition)s” has taken you out of it. You cannot read or change it any "
            "more. If this is a mistake, ask the contact person for a new invitation.\n\n"
            "With kind regards\n%(office)s"
        ) % {"code": entry.code, "competition": entry.competition.title, "office": entry.competition.office_name}
    queue_mail(
        recipient=person.email, recipient_name=name_in_mail(person.name), title=title, body=body, kind="co_editor",
        scope=entry.competition.code, subject=f"entry:{entry.code}", reply_to=entry.competition.office_email,
    )


def queue_taken_up(arrival: Arrival, draft: Entry) -> None:
    """Tell those who write an online draft that the office makes an entry of its own of the letter that came with its cover sheet."""
    for reader in readers_of(draft):
        with translation.override(language_for(reader.language)):
            title = _("Arrival %(number)s is taken up as an entry of its own") % {"number": arrival.number}
            body = _(
                "Good day,\n\n"
                "arrival %(number)s of %(at)s for “%(competition)s” bore the cover sheet of your draft %(code)s. As the draft cannot be "
                "submitted any more, the competition office keys in what came as an entry of its own. Whether it takes part is decided by "
                "when it arrived or was posted, as the call says.\n\n"
                "Your draft stays yours: nobody reads it, and it does not take part. You need not do anything. If what came was not "
                "meant as your entry, please tell us.\n\n"
                "With kind regards\n%(office)s"
            ) % {"number": arrival.number, "at": rules.moment_in_words(arrival.competition, arrival.arrived_at), "code": draft.code,
                 "competition": arrival.competition.title, "office": arrival.competition.office_name}
        queue_mail(
            recipient=reader.email, recipient_name=name_in_mail(reader.name), title=title, body=body, kind="arrival",
            scope=draft.competition.code, subject=f"entry:{draft.code}", reply_to=draft.competition.office_email,
            key=f"taken_up:{arrival.number}:{reader.person.code if reader.person else 'contact'}",
        )


def queue_handed_over(arrival: Arrival, draft: Entry, *, by: Person) -> None:
    """Tell the others who write an online draft that one of them lets the office key in what came: they cannot write in it any more."""
    for reader in _others(draft, by):
        with translation.override(language_for(reader.language)):
            title = _("The competition office keys in your draft %(code)s") % {"code": draft.code}
            body = _(
                "Good day,\n\n"
                "somebody who writes draft %(code)s for “%(competition)s” with you lets the competition office key in arrival %(number)s of "
                "%(at)s. What counts is what came then. The draft is opened to the office, and only the office writes in it; you can read "
                "it.\n\n"
                "If that is not what you mean: until the office has begun, and until the deadline, each of you can take it back on the page "
                "of the entry:\n%(link)s\n\n"
                "With kind regards\n%(office)s"
            ) % _of_handing_over(arrival, draft)
        _queue_to_writer(reader, draft, title, body)


def queue_taken_back(arrival: Arrival, draft: Entry, *, by: Person) -> None:
    """Tell the others that one of them has taken that back: nothing takes part unless they submit it."""
    for reader in _others(draft, by):
        with translation.override(language_for(reader.language)):
            title = _("Your draft %(code)s is yours alone again") % {"code": draft.code}
            body = _(
                "Good day,\n\n"
                "somebody who writes draft %(code)s for “%(competition)s” with you has taken back that the competition office keys in "
                "arrival %(number)s of %(at)s. The office cannot read the draft any more. What counts is what you submit yourselves, before "
                "the deadline:\n%(link)s\n\n"
                "With kind regards\n%(office)s"
            ) % _of_handing_over(arrival, draft)
        _queue_to_writer(reader, draft, title, body)


def _others(draft: Entry, by: Person) -> list[Reader]:
    return [reader for reader in readers_of(draft) if reader.person != by]


def _of_handing_over(arrival: Arrival, draft: Entry) -> dict[str, Any]:
    return {"number": arrival.number, "at": rules.moment_in_words(arrival.competition, arrival.arrived_at), "code": draft.code,
            "competition": draft.competition.title, "office": draft.competition.office_name,
            "link": address(reverse("intake:entry_show", args=[draft.competition.code, draft.code]))}


def _queue_to_writer(reader: Reader, draft: Entry, title: str, body: str) -> None:
    queue_mail(
        recipient=reader.email, recipient_name=name_in_mail(reader.name), title=title, body=body, kind="arrival",
        scope=draft.competition.code, subject=f"entry:{draft.code}", reply_to=draft.competition.office_email)


def _facts(entry: Entry, name: str) -> dict[str, Any]:
    return {
        "entry": {"title": str(entry), "code": entry.code, "applicant": entry.applicant}, **_house(entry.competition),
        "person": {"name": name}, "recipient": {"name": name}, "applicant": {"name": entry.applicant},
    }


def _house(competition: Competition) -> dict[str, Any]:
    return {
        "competition": {"title": str(competition.title), "office_name": str(competition.office_name),
                        "office_email": competition.office_email, "sponsor": str(competition.sponsor)},
        "office": {"name": str(competition.office_name), "email": competition.office_email,
                   "phone": competition.office_phone},
    }


def _written(competition: Competition, code: str, language: str, facts: dict[str, Any]) -> tuple[str, str] | None:
    """The competition's own letter, filled in; None where it has none that can go out."""
    if not letters_of(competition, code):
        return None
    try:
        title, body = render(letter_of(competition, code, language), facts)
    except BadInput:
        # A misspelt placeholder must not stop a submission: the house's own text goes out instead.
        return None
    return (title, body) if title.strip() else None                     # nor may a subject of which nothing is left


def _receipt_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    words = {**facts["receipt"], **_common(facts)}
    return (
        _("Receipt %(number)s: %(title)s") % words,
        _(
            "Good day,\n\n"
            "we have received your entry “%(title)s” for “%(competition)s”. This mail says that it counts.\n\n"
            "Receipt number: %(number)s\n"
            "Received: %(time)s\n"
            "Checksum (SHA-256): %(sha256)s\n"
            "Newest value of the log chain: %(chain)s\n\n"
            "The receipt with everything you sent, as a page and as PDF:\n%(link)s\n\n"
            "With kind regards\n%(office)s"
        ) % words,
    )


def _withdrawal_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    words = _common(facts)
    return (
        _("Withdrawn: %(title)s") % words,
        _(
            "Good day,\n\n"
            "the entry “%(title)s” for “%(competition)s” has been withdrawn. It does not take part any more.\n"
            "What you wrote is kept; until the deadline you can take it up and submit it again.\n\n"
            "With kind regards\n%(office)s"
        ) % words,
    )


def _merger_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    words = {**facts["merger"], **_common(facts)}
    return (
        _("Put together with another one: %(title)s") % words,
        _(
            "Good day,\n\n"
            "your entry “%(title)s” for “%(competition)s” has come in twice, under two numbers. The competition office has put the two "
            "together. They take part as one entry:\n\n"
            "It counts: entry %(counts)s\n"
            "Led to it: entry %(leads)s\n\n"
            "From now on the number %(counts)s holds. Nothing is lost: everything that came in under either number is kept, with its "
            "receipt and its time of arrival. You need not do anything.\n\n"
            "If this is wrong because they are two different entries, or the other one should count, please tell us soon: it can be "
            "taken back until the formal check has decided.\n\n"
            "With kind regards\n%(office)s"
        ) % words,
    )


def _parting_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    words = {**facts["merger"], **_common(facts), "code": facts["entry"]["code"]}
    return (
        _("Takes part by itself again: %(title)s") % words,
        _(
            "Good day,\n\n"
            "the competition office had put the entries %(counts)s and %(leads)s for “%(competition)s” together. This has been taken "
            "back: they are two entries, and each takes part by itself again, as it was handed in last.\n\n"
            "For your entry “%(title)s” the number %(code)s holds. Nothing is lost, and the receipt you have is valid. You need not do "
            "anything.\n\n"
            "If this is wrong because both are one and the same entry, please tell us.\n\n"
            "With kind regards\n%(office)s"
        ) % words,
    )


def _arrival_words(facts: Mapping[str, Any]) -> tuple[str, str]:
    words = {**facts["arrival"], "competition": facts["competition"]["title"], "office": facts["office"]["name"]}
    return (
        _("Arrival %(number)s: your mail is there") % words,
        _(
            "Good day,\n\n"
            "your mail for “%(competition)s” has arrived. This is not yet a receipt for an entry.\n\n"
            "Number of the arrival: %(number)s\n"
            "Arrived: %(time)s\n\n"
            "What happens next: %(follows)s\n\n"
            "A program wrote this mail. If you have not written to us, ignore it.\n\n"
            "With kind regards\n%(office)s"
        ) % words,
    )


def _common(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": facts["entry"]["title"], "competition": facts["competition"]["title"], "office": facts["office"]["name"]}


register_house_words("receipt", _receipt_words)
register_house_words("withdrawal", _withdrawal_words)
register_house_words("arrival", _arrival_words)
register_house_words("merger", _merger_words)
register_house_words("parting", _parting_words)
