"""Running numbers that stand in links of mails and in forms, so that nobody reads from one how many came before."""

import hashlib
from binascii import unhexlify

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings


def _ciphers() -> list[AESSIV]:
    """By the key of the house first, then by its former ones."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [AESSIV(hashlib.sha256(b"lorbeer numbers in links\0" + key.encode()).digest()) for key in keys]


def seal(text: str) -> str:
    """`text` as lower-case hexadecimal digits that only this installation can read; always the same for the same text."""
    return _ciphers()[0].encrypt(text.encode(), None).hex()


def unseal(text: str) -> str:
    """What `seal` was given. Raises ValueError for what was not made here."""
    for cipher in _ciphers():
        try:
            return cipher.decrypt(unhexlify(text), None).decode()
        except InvalidTag:
            continue
    raise ValueError("This was not sealed here.")


class Sealed:
    """In an address: a text whose part before the first colon, the number, is sealed."""

    regex = r"[0-9a-f]{34,400}(?::[-:\w]+)?"

    def to_python(self, value: str) -> str:
        number, colon, rest = value.partition(":")
        return unseal(number) + colon + rest

    def to_url(self, value: str) -> str:
        number, colon, rest = str(value).partition(":")
        return seal(number) + colon + rest
