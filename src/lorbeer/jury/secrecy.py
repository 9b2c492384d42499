"""How a secret ballot stays secret: envelopes that no table, no backup and no copy of the database's pages can open.

When the urn is set up a pair of keys comes into being. The database keeps the public half; each voice is closed with it
into an envelope of always the same length. The other half is itself closed under the installation's secret key and goes
to the browser of whoever leads, as a cookie: it is never written to a table, a file or the log. To count, the browser
sends it back; all envelopes are opened at once in memory, only the three sums are kept, and envelopes and urn are
deleted. So nobody learns a single voice who has not all three: what the database held before the count, the secret key,
and the key in that browser. If the browser loses it, the ballot is repeated.

What this cannot do: while a voice is cast the server reads it for a moment; and where all vote alike everybody knows.
"""

import base64
import secrets
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

LENGTH = 16                                                             # bytes of a voice, filled up: all look alike
ONCE = bytes(12)                                                        # each key below closes one message only


class WrongKey(Exception):
    """The key is not that of this urn, or an envelope is not as it was closed."""


def _derived(material: bytes, purpose: str) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(hashes.SHA256(), 32, None, purpose.encode()).derive(material))


def new_urn(code: str) -> tuple[str, str]:
    """A public key for the table, and the urn's key for the browser; both text."""
    private = X25519PrivateKey.generate()
    salt = secrets.token_bytes(16)
    under = _derived(settings.SECRET_KEY.encode() + salt, f"lorbeer.jury.urn:{code}")
    key = base64.urlsafe_b64encode(salt + under.encrypt(ONCE, private.private_bytes_raw(), code.encode())).decode()
    return private.public_key().public_bytes_raw().hex(), key


def close(public_key: str, code: str, voice: str) -> str:
    """An envelope that holds `voice` (at most 16 bytes); two of the same voice differ and tell nothing."""
    own = X25519PrivateKey.generate()
    point = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(public_key)))
    closed = _derived(shared + point, f"lorbeer.jury.envelope:{code}").encrypt(ONCE, voice.encode().ljust(LENGTH, b"\0"), code.encode())
    return base64.urlsafe_b64encode(point + closed).decode()


def open_all(key: str, code: str, envelopes: Iterable[str]) -> list[str]:
    """The voices in an order that tells nothing (sorted). Raises WrongKey."""
    try:
        packed = base64.urlsafe_b64decode(key.strip().encode())
        under = _derived(settings.SECRET_KEY.encode() + packed[:16], f"lorbeer.jury.urn:{code}")
        private = X25519PrivateKey.from_private_bytes(under.decrypt(ONCE, packed[16:], code.encode()))
        found = []
        for envelope in envelopes:
            data = base64.urlsafe_b64decode(envelope.encode())
            shared = private.exchange(X25519PublicKey.from_public_bytes(data[:32]))
            opened = _derived(shared + data[:32], f"lorbeer.jury.envelope:{code}").decrypt(ONCE, data[32:], code.encode())
            found.append(opened.rstrip(b"\0").decode())
    except (InvalidTag, ValueError) as error:                           # binascii's and Unicode's errors are ValueErrors, too
        raise WrongKey from error
    return sorted(found)
