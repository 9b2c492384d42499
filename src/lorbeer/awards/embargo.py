"""Tells the entries what has been announced, so that states are masked until then, and the outbox which letters are kept from whom."""

from lorbeer.awards import services  # noqa: F401 - its awards come into being when a meeting closes
from lorbeer.awards.queries import is_entry_announced, mails_of_kept_results
from lorbeer.entries.embargo import answer_announced
from lorbeer.shared import outbox

answer_announced(is_entry_announced)
outbox.keep_from(mails_of_kept_results)
