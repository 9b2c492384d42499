"""`lorbeer book check FILE… [--competition CODE] [--edition N] [--all] [--json FILE]`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.call.queries import competition_called
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, UNKNOWN, Verdict
from lorbeer.documentation.checking.reading import language_of, paragraphs_of
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.queries import asked_edition, dataset_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.targets import require_file, writing

NOT_CHECKED = 2                                                         # exit code: no file, no edition; 1 says that a number is wrong


class Command(BaseCommand):
    help = ("Hold every number of a text (Markdown, plain text, Word, OpenDocument, PDF) against a frozen edition: proved, contradicted "
            "with the right value, or unknown. Ends with 1 where a number is contradicted, with 2 where the check could not be made.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="the text to be checked")
        parser.add_argument("--competition", help="code of the competition (may be left out where there is one with an edition)")
        parser.add_argument("--edition", type=int, help="number of the edition (default: the newest)")
        parser.add_argument("--all", action="store_true", dest="everything", help="also list the numbers that are proved")
        parser.add_argument("--json", type=Path, dest="report", help="also write all findings to this file")

    def handle(self, *, files: list[Path], report: Path | None, **options: Any) -> None:
        try:
            wrong, edition = self.checked(files=files, report=report, **options)
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read: %(reason)s") % {"file": error.filename, "reason": error.strerror},
                               returncode=NOT_CHECKED) from error
        except BadInput as error:
            raise CommandError(str(error), returncode=NOT_CHECKED) from error
        if wrong:
            raise CommandError(ngettext("%(count)d number is contradicted by edition %(edition)d.",
                                        "%(count)d numbers are contradicted by edition %(edition)d.", wrong)
                               % {"count": wrong, "edition": edition})

    def checked(self, *, files: list[Path], competition: str | None, edition: int | None, everything: bool, report: Path | None,
                **_options: Any) -> tuple[int, int]:
        """How many numbers are contradicted, and by which edition. Raise BadInput or OSError where the check cannot be made."""
        place = self.competition(competition)
        chosen = asked_edition(place, edition)
        if report:
            require_file(report)
        own = dataset_of(place, chosen, language=place.first_language)
        found: dict[str, list[Verdict]] = {}
        for path in files:
            paragraphs = paragraphs_of(path, own)
            found[str(path)] = check(paragraphs, dataset_of(place, chosen, language=language_of(paragraphs)))
        for name, verdicts in found.items():
            self.show(name, verdicts, chosen.number, everything)
        if report:
            rows = {name: [as_row(verdict) for verdict in verdicts] for name, verdicts in found.items()}
            with writing(report):
                report.write_text(json.dumps({"edition": chosen.number, "sha256": chosen.sha256, "files": rows}, ensure_ascii=False, indent=1))
        return sum(verdict.status == CONTRADICTED for verdicts in found.values() for verdict in verdicts), chosen.number

    def competition(self, code: str | None) -> Competition:
        if code:
            return competition_called(code)
        places = list(Competition.objects.filter(editions__isnull=False).distinct()[:2])
        if len(places) != 1:
            raise BadInput(_("Name the competition with --competition CODE: several have an edition.")
                           if places else _("No competition has an edition yet. Freeze one first."))
        return places[0]

    def show(self, name: str, verdicts: list[Verdict], edition: int, everything: bool) -> None:
        counts = {status: sum(verdict.status == status for verdict in verdicts) for status in (PROVED, CONTRADICTED, UNKNOWN)}
        self.stdout.write(_("%(file)s: %(all)d numbers, held against edition %(edition)d: %(proved)d proved, %(contradicted)d contradicted, "
                            "%(unknown)d unknown.") % {"file": name, "all": len(verdicts), "edition": edition, **counts})
        for verdict in verdicts:
            if everything or verdict.status != PROVED:
                self.stdout.write(f"  {verdict.paragraph.place}: {verdict.sentence()}")
                self.stdout.write(f"      {verdict.excerpt()}")


def as_row(verdict: Verdict) -> dict[str, Any]:
    return {"status": verdict.status, "place": verdict.paragraph.place, "start": verdict.mention.start, "raw": verdict.mention.raw,
            "path": verdict.fact.path if verdict.fact else "", "value": verdict.right(), "text": verdict.excerpt()}
