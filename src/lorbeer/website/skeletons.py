"""What the usual pages of a competition begin with: texts in `skeletons/`, in the language of the page, to be completed by the office."""

from pathlib import Path
from typing import Any

from lorbeer.call.models import Competition

FOLDER = Path(__file__).resolve().parent / "skeletons"
# Code → whether it stands in the menu. The footer leads to imprint, privacy and accessibility by itself.
USUAL = {"theme": True, "participation": True, "questions": True, "press": True, "plain-language": True,
         "imprint": False, "privacy": False, "accessibility": False}
ALSO = {"theme": {"thema", "ziele", "goals"}, "participation": {"teilnahme"}, "questions": {"fragen", "faq"}, "press": {"presse"},
        "plain-language": {"leichte-sprache", "einfache-sprache"}}


def begin(code: str, language: str) -> dict[str, Any] | None:
    """Code, title and text of a usual page; None for a code that is none. In English where nobody wrote it in `language`."""
    if code not in USUAL:
        return None
    path = FOLDER / f"{code}.{language}.md"
    title, _newline, text = (path if path.exists() else FOLDER / f"{code}.en.md").read_text("utf-8").partition("\n")
    return {"code": code, "title": title.removeprefix("# "), "text": text.lstrip("\n")}


def missing(competition: Competition, codes: set[str]) -> list[dict[str, Any]]:
    """The usual pages that the competition does not have, with their titles."""
    language = competition.first_language
    return [found for code in USUAL if not codes & {code, *ALSO.get(code, ())} if (found := begin(code, language))]
