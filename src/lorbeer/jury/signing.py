"""The chair's signature in the PDF of the minutes: a certificate and its key, used once and kept nowhere.

The signed PDF is the sealed one, byte for byte, with the signature appended (an incremental update, PAdES B-B by pyHanko), so
that both checksums hold: what was sealed can be cut out of what was signed.
"""

import io
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, LorbeerError, Refused

LARGEST = 100_000                                                       # bytes of a certificate with its key
FIELD = "Vorsitz"


def is_possible() -> bool:
    """Whether this installation has the library: `signing` is an extra."""
    try:
        import pyhanko.sign  # noqa: F401
    except ImportError:
        return False
    return True


@dataclass(frozen=True)
class Holder:
    """What a certificate says of itself."""

    name: str
    issuer: str
    sha256: str                                                         # of the certificate
    is_own_word: bool                                                   # nobody else has vouched for the name: self-signed

    def is_named(self, name: str) -> bool:
        """Whether it names the person `name`; titles and middle names on one side do not matter."""
        mine, given = (set(re.findall(r"\w+", one.casefold())) for one in (self.name, name))
        return bool(mine and given) and (mine <= given or given <= mine)


def issuer_text(names: dict[str, Any]) -> str:
    """Who issued a certificate, as people write it: name, body, country. `names`: of X.509, each a text or several."""
    wanted = [names.get(kind) for kind in ("common_name", "organization_name", "country_name")]
    found = [str(one) for name in wanted if name for one in (name if isinstance(name, list) else [name])]
    return ", ".join(dict.fromkeys(found or [str(one) for one in names.values()]))[:500]


class NotConfirmed(LorbeerError):  # noqa: N818 - a sentence for people, like the others
    """Nobody has looked at this certificate yet and said that it is the one."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(_("Nothing is signed yet. Look at the certificate, and confirm that it is yours."))
        self.holder = holder


@dataclass(frozen=True)
class Signed:
    content: bytes
    name: str                                                           # as the certificate says
    issuer: str


def sign(pdf: bytes, certificate: bytes, passphrase: str, *, confirmed: str, reason: str) -> Signed:
    """`pdf` with an invisible signature. `certificate`: a PKCS #12 file (.p12, .pfx). Raises BadInput, Refused.

    `confirmed`: the SHA-256 of the certificate that the person has seen; NotConfirmed, with its holder, where it is another.
    """
    if not is_possible():
        raise Refused(_("This installation cannot sign PDF files. Print the minutes and sign them on paper."))
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    wrong = BadInput(
        _("The certificate could not be opened: the file is none (.p12 or .pfx), or the password is another one."), where="passphrase")
    if len(certificate) > LARGEST:
        raise wrong
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(certificate, [], passphrase=passphrase.encode())
    except (ValueError, TypeError) as error:
        raise wrong from error
    except AttributeError as error:                                     # so pyHanko takes a file of which one half is missing
        raise BadInput(_("This file holds only a certificate, or only its key. Export both together as one .p12 or .pfx file from the program"
                         " that keeps your certificate."), where="certificate") from error
    holder = signer.signing_cert
    now = clock.now()
    if not holder.not_valid_before <= now <= holder.not_valid_after:
        raise BadInput(_("This certificate is not valid today. Choose one that is, or sign on paper."), where="certificate")
    name = str(signer.subject_name or "")[:200]
    found = Holder(name, issuer_text(holder.issuer.native), holder.sha256.hex(), holder.self_signed != "no")
    if confirmed != found.sha256:
        raise NotConfirmed(found)
    facts = signers.PdfSignatureMetadata(field_name=FIELD, name=name, reason=reason, subfilter=SigSeedSubFilter.PADES)
    out = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), facts, signer=signer)
    content = out.getvalue()
    if not content.startswith(pdf):
        raise Refused(_("The signature would have changed the minutes, so they were left as they are. Sign on paper."))
    return Signed(content, found.name, found.issuer)
