from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lorbeer.entries import diagram


class Command(BaseCommand):
    help = "Print the state diagram of an entry; --write renews it in docs/architecture.md, --check fails when it is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="renew the section in docs/architecture.md")
        parser.add_argument("--check", action="store_true", help="fail when the section is not what the table says")

    def handle(self, *, write: bool, check: bool, **options: object) -> None:
        path: Path = settings.PROJECT_DIR / "docs" / "architecture.md"
        if not write and not check:
            self.stdout.write(diagram.mermaid())
            return
        try:
            before = path.read_text(encoding="utf-8")
            after = diagram.put_into(before)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {error}") from error
        if check and before != after:
            raise CommandError("The diagram in docs/architecture.md is stale. Run: lorbeer entries diagram --write")
        if write:
            path.write_text(after, encoding="utf-8")
