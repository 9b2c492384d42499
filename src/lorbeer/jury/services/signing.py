"""The minutes signed by the chair, beside the sealed ones."""

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.jury import rules, signing
from lorbeer.jury.models import Meeting
from lorbeer.jury.services.common import _locked, _subject, _touch
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.verdicts import require


def sign_minutes(meeting: Meeting, certificate: bytes, passphrase: str, *, confirmed: str, by: Person) -> Meeting:
    """Keep a copy of the minutes that carries the chair's signature. Once; raises Refused, BadInput, NotConfirmed.

    `confirmed`: the SHA-256 of the certificate that the chair has seen and confirmed; "" of none, to see it first.
    Key and password are used here and kept nowhere.
    """
    require(rules.can_sign(by, meeting))
    assert meeting.minutes is not None                                  # noqa: S101  the rule asks
    signed = signing.sign(files.read(meeting.minutes), certificate, passphrase, confirmed=confirmed,
                          reason=_("Minutes of the jury’s meeting"))
    with transaction.atomic():
        meeting = _locked(meeting)
        if meeting.signed_id:
            raise Refused(_("The minutes are signed already."))
        file = files.store(
            signed.content, name=_("Minutes %(day)s, signed.pdf") % {"day": meeting.held_on.isoformat()}, stored_by=by,
            scope=meeting.competition.code, subject=_subject(meeting), media_type="application/pdf")
        meeting.signed, meeting.signed_sha256 = file, file.blob_id
        meeting.signed_by, meeting.signed_at = signed.name, clock.now()
        meeting.save(update_fields=["signed", "signed_sha256", "signed_by", "signed_at"])
        log.record("jury.sign", subject=_subject(meeting), scope=meeting.competition.code, actor=by, sha256=file.blob_id,
                   minutes_sha256=meeting.minutes_sha256, certificate_sha256=log.digest([signed.name, signed.issuer]))
        _touch(meeting)
    return meeting
