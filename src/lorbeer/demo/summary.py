"""What the replay has made, in a few lines."""

import json
from pathlib import Path

from django.conf import settings
from django.utils import translation

from lorbeer.awards.queries import announced_results
from lorbeer.call.models import Competition
from lorbeer.documentation.models import BookBuild
from lorbeer.editions.queries import published_edition
from lorbeer.entries.models import Entry, State
from lorbeer.screening.models import Proposal, SessionItem, Vote
from lorbeer.shared import files
from lorbeer.shared.money import format_euro
from lorbeer.statistics.queries import tables_of


def summary_of(competition: Competition, folder: Path) -> list[str]:
    """The figures of a competition as lines of text; its book is written into `folder`."""
    entries = Entry.objects.filter(competition=competition)
    received = entries.exclude(state__in=(State.DRAFT, State.WITHDRAWN)).count()
    excluded = entries.filter(state=State.INADMISSIBLE).count()
    admitted = entries.exclude(state__in=(State.DRAFT, State.WITHDRAWN, State.SUBMITTED, State.INADMISSIBLE)).count()
    votes = Vote.objects.filter(entry__competition=competition)
    awards = list(announced_results(competition))
    with translation.override("en"):                                    # as the lines are, so their numbers
        lines = [
            f"{competition.title}",
            f"  entries     {received} received, {excluded} excluded, {admitted} admitted",
            f"  votes       {votes.exclude(sealed_at=None).count()} sealed of {votes.count()}, "
            f"{SessionItem.objects.filter(session__competition=competition, diverging=True).count()} diverging pairs",
            f"  proposals   {Proposal.objects.filter(entry__competition=competition).count()}",
            f"  awards      {len(awards)}, together {format_euro(sum(award.amount_cents for award in awards))}",
        ]
    edition = published_edition(competition)
    printed = settings.PROJECT_DIR / "competitions" / competition.code / "sample" / "printed_tables.json"
    if edition and printed.exists():
        match, total = matching_tables(tables_of(edition), json.loads(printed.read_text("utf-8"))["tables"])
        lines.append(f"  tables      {match} of {total} with every count and percentage of the print")
    build = BookBuild.objects.filter(competition=competition).order_by("-pk").first()
    if build and build.pdf:
        path = folder / f"{competition.code}.pdf"
        path.write_bytes(files.read(build.pdf))
        lines.append(f"  book        {build.pages} pages, {build.references} computed numbers in its text: {path}")
    return lines


def matching_tables(ours: list[dict], printed: list[dict]) -> tuple[int, int]:
    """How many printed tables agree with ours in every count and percentage, of how many."""
    by_code = {table["code"]: table for table in ours}
    return sum(_agrees(by_code.get(table["id"]), table) for table in printed), len(printed)


def _agrees(table: dict | None, printed: dict) -> bool:
    if table is None or table["base"] != printed.get("n_header", printed["n"]):
        return False
    cells = {(row["code"], column): (cell["count"], cell["percent"])
             for row in table["rows"] for column, cell in row["cells"].items()}
    return cells == {(row.get("group") or row["code"], cell["code"]): (cell["abs"], f"{cell['pct']:.1f}")
                     for row in printed["rows"] for cell in row["cells"]}
