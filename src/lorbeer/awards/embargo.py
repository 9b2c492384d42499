"""Tells the entries what has been announced, so that states are masked until then."""

from lorbeer.awards import services  # noqa: F401 - its awards come into being when a meeting closes
from lorbeer.awards.queries import is_entry_announced
from lorbeer.entries.embargo import answer_announced

answer_announced(is_entry_announced)
