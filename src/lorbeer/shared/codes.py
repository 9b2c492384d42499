"""Codes that can be read over the telephone and tell nothing about how many there are."""

import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import Manager, Model, QuerySet

from lorbeer.shared.prepared import prepared

# No 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: what sounds or looks alike is left out.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"


def check_character(body: str) -> str:
    """The last character of a code: catches every single wrong character and every swap of neighbours."""
    total = sum((position + 1) * ALPHABET.index(character) for position, character in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def new_code(length: int = 6) -> str:
    """A random code of `length` characters and a check character, such as `K7QD4X-M`."""
    if not 2 <= length <= 21:
        raise ValueError("The check character stands for 2 to 21 characters.")      # 23 is prime: weights must stay below
    body = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return f"{body}-{check_character(body)}"


def long_code() -> str:
    """A code of ten characters, for what is made by the thousand or must not be guessed, and is seldom read out."""
    return new_code(10)


def free_code(rows: Any, field: str = "code") -> str:
    """A short code that none of `rows` (a manager or queryset) has: of 10,000 two are alike with one chance in three."""
    held = _holders(rows.model, field) if type(rows) is Manager else lambda code: rows.filter(**{field: code}).exists()  # type: ignore[arg-type]
    while held(code := new_code()):
        pass
    return code


@lru_cache
def _holders(model: type[Model], field: str) -> Callable[[str], list[Any]]:
    """The rows of a whole table that have a code; the statement is written once."""
    def holders(code: str) -> QuerySet[Any]:
        return model._default_manager.filter(**{field: code}).values_list("pk", flat=True)

    return prepared(holders)


def is_code(text: str) -> bool:
    """Whether `text` is a well-formed code (as typed: case and blanks do not matter)."""
    body, _, check = text.strip().upper().rpartition("-")
    return bool(body) and set(body) <= set(ALPHABET) and check == check_character(body)
