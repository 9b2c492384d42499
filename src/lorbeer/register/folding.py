"""How names are compared: without case, accents and official additions."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=10_000)                                            # the same names are compared again and again
def fold(text: str) -> str:
    """Lower case, ß as ss, umlauts and accents without their marks, every other sign a blank."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("ß", "ss"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()
