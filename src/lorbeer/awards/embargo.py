"""Tells what has been announced: the entries, whose states are masked until then, the bar of phases, where that was before its date, and the
outbox, which letters are kept from whom."""

from lorbeer.awards import services  # noqa: F401 - its awards come into being when a meeting closes
from lorbeer.awards.queries import announced_before, is_entry_announced, mails_of_kept_results
from lorbeer.entries.embargo import answer_announced
from lorbeer.shared import outbox
from lorbeer.shared.phases import came_early

answer_announced(is_entry_announced)
came_early(announced_before)
outbox.keep_from(mails_of_kept_results)
