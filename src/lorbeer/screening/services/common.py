"""What the parts of this package share."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


LONGEST_TEXT = 20_000
NAMED = 5  # so many entries or people a sentence lists
