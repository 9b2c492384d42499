"""What the parts of this package share."""

LONGEST_TEXT = 20_000
NAMED = 5  # so many entries or people a sentence lists
