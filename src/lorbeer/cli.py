"""The command line: `lorbeer serve`, `lorbeer competition import DIR`, `lorbeer audit verify`, …

A command of two words is the management command whose name joins them with an underscore.
"""

import os
import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code (0 done, 1 failed with a sentence, 2 wrong usage)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
    import django
    from django.core.management import execute_from_command_line, get_commands

    django.setup()
    words = list(sys.argv[1:] if argv is None else argv)
    known = get_commands()
    if len(words) > 1 and f"{words[0]}_{words[1]}" in known:
        words = [f"{words[0]}_{words[1]}", *words[2:]]
    execute_from_command_line(["lorbeer", *words])
    return 0
