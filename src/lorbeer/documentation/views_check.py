"""The number check on screen: a text that was typed or sent, with each of its numbers marked."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.documentation.checking.claims import claims
from lorbeer.documentation.checking.context import Paragraph
from lorbeer.documentation.checking.judgement import CONTRADICTED, PROVED, UNKNOWN, Verdict
from lorbeer.documentation.checking.mentions import mentions
from lorbeer.documentation.checking.reading import language_of, paragraphs_from, paragraphs_in
from lorbeer.documentation.checking.verdicts import check
from lorbeer.documentation.forms import TextCheckForm, edition_name
from lorbeer.documentation.queries import dataset_of, newest_edition
from lorbeer.documentation.views import book_for, tabs_of
from lorbeer.editions.queries import published_edition
from lorbeer.shared.errors import BadInput

MOST_CHARACTERS = 400_000                                               # a book of 150 pages; more is checked on the command line
MOST_NUMBERS = 2_000                                                    # in digits and in words; some milliseconds each


def text_check(request: HttpRequest, competition: str) -> HttpResponse:
    """Nothing of what is sent is kept."""
    place = book_for(request, competition)
    edition = published_edition(place) or newest_edition(place)
    form = TextCheckForm(request.POST or None, request.FILES or None, editions=place.editions.all(), initial={"edition": edition})
    if request.method == "POST" and form.is_valid():
        edition = form.cleaned_data["edition"] or edition
    facts: dict[str, Any] = {"tabs": tabs_of(place, "text_check"), "edition": edition, "form": form,
                             "held_against": edition_name(edition) if edition else ""}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and edition is not None:
            data = dataset_of(place, edition)
            uploaded = form.cleaned_data["document"]
            try:
                paragraphs = (paragraphs_from(uploaded.read(), uploaded.name, data) if uploaded
                              else paragraphs_in(form.cleaned_data["text"], data))
                text = "\n".join(paragraph.text for paragraph in paragraphs)
                if len(text) > MOST_CHARACTERS or _has_more_than(MOST_NUMBERS, paragraphs):
                    raise BadInput(_("This text is longer than a book of 150 pages. Please check it chapter by chapter."))
            except BadInput as error:
                form.add_error("document" if uploaded else "text", str(error))
            else:
                facts |= _result(paragraphs, check(paragraphs, dataset_of(place, edition, language=language_of(paragraphs))))
                status = 200
    return render(request, "documentation/text_check.html", facts, status=status)


def _has_more_than(most: int, paragraphs: list[Paragraph]) -> bool:
    """Whether more numbers and claims are found in a text, in digits or in words; it stops at the first that is too much."""
    for paragraph in paragraphs:
        found = mentions(paragraph.text)
        most -= len(found) + len(claims(paragraph.text, found))
        if most < 0:
            return True
    return False


def _result(paragraphs: list[Paragraph], verdicts: list[Verdict]) -> dict[str, Any]:
    marks = _marks()
    counts = [{"word": word, "tone": tone, "sign": sign, "count": sum(verdict.status == status for verdict in verdicts)}
              for status, (word, tone, sign) in marks.items()]
    numbered = {id(verdict): number for number, verdict in enumerate(verdicts, 1)}
    mine: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        mine.setdefault(id(verdict.paragraph), []).append(verdict)
    wrong = sum(verdict.status == CONTRADICTED for verdict in verdicts)
    return {
        "counts": counts,
        "checked": True,
        "verdict": ngettext(
            "%(count)d number is contradicted by the edition.", "%(count)d numbers are contradicted by the edition.", wrong
        )
        % {"count": wrong}
        if wrong
        else _("No number is contradicted by the edition."),
        "wrong": wrong,
        "findings": [
            {
                "number": numbered[id(verdict)],
                "verdict": verdict,
                "sentence": verdict.sentence(),
                "word": marks[verdict.status][0],
                "tone": marks[verdict.status][1],
                "sign": marks[verdict.status][2],
            }
            for verdict in verdicts
            if verdict.status != PROVED
        ],
        "paragraphs": [
            {
                "kind": paragraph.kind,
                "place": paragraph.place,
                "pieces": list(_pieces(paragraph, mine.get(id(paragraph), []), numbered)),
            }
            for paragraph in paragraphs
        ],
    }


def _marks() -> dict[str, tuple[str, str, str]]:
    return {PROVED: (_("proved"), "success", "✓"), CONTRADICTED: (_("contradicted"), "danger", "≠"), UNKNOWN: (_("unknown"), "warning", "?")}


def _pieces(paragraph: Paragraph, verdicts: list[Verdict], numbered: dict[int, int]) -> Iterator[dict[str, Any]]:
    at = 0
    for verdict in sorted(verdicts, key=lambda one: one.mention.start):
        if verdict.mention.start < at:
            continue
        if verdict.mention.start > at:
            yield {"text": paragraph.text[at:verdict.mention.start]}
        yield {"text": paragraph.text[verdict.mention.start:verdict.mention.end], "status": verdict.status, "sentence": verdict.sentence(),
               "number": numbered[id(verdict)], "listed": verdict.status != PROVED, "word": _marks()[verdict.status][0]}
        at = verdict.mention.end
    if at < len(paragraph.text):
        yield {"text": paragraph.text[at:]}
