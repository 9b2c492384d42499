"""What is wrong with a page, before the public finds it: names that lead nowhere, pictures without words, and what hinders readers.

Faults stand in the way of publishing; the rest is advice.
"""

import re
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.shared.blocks import Block, blocks, outside_only, plain_text, walk_inlines
from lorbeer.shared.templatetags.formats import LONG_MONTHS, MONTHS
from lorbeer.website.render import MARK, Finding, Reading, composed
from lorbeer.website.values import Value

VAGUE = {"hier", "da", "dort", "mehr", "weiter", "weiterlesen", "mehr lesen", "mehr dazu", "klicken sie hier", "hier klicken", "link",
         "download", "here", "more", "read more", "click here", "this", "this link", "this page"}
WITHIN = re.compile(r"[^\s`]\s*!\[[^\]]*\]\(|!\[[^\]]*\]\([^)]*\)\s*[^\s`]")
NOT_SAID = re.compile(r"(?i)\s*(bild|foto|grafik|abbildung|picture|photo|image)\s+(von|of|eines?|einer|des|der)\b")
FILE_NAME = re.compile(r"(?i).+\.(jpe?g|png|webp|gif|tiff?)\s*")
MOST_VALUES = 4                                                         # that one advice names
LONGEST_ALTERNATIVE = 300                                               # characters that somebody wants to hear read aloud
PLAIN = ("plain-language", "leichte-sprache", "einfache-sprache")
LONGEST_PLAIN_SENTENCE = 15                                             # words; DIN SPEC 33429, Netzwerk Leichte Sprache: short sentences
SHOUTED = re.compile(r"\b[A-ZÄÖÜ]{3,}(?:\s+[A-ZÄÖÜ]{2,}){2,}\b")
MONTH_NAMES = [[name.rstrip(".") for name in names] for names in (*LONG_MONTHS.values(), *MONTHS.values())]
MONTH = "|".join(sorted({re.escape(name) for names in MONTH_NAMES for name in names}, key=len, reverse=True))
DAYS = re.compile(rf"\b(?P<day>\d{{1,2}})\.?[\s\u00a0]*(?:(?P<number>\d{{1,2}})\.|(?P<month>{MONTH})\.?)[\s\u00a0]*(?P<year>\d{{4}})\b")
AMOUNTS = re.compile(r"(?:€\s?(?P<before>\d[\d.,]*\d|\d)|(?P<after>\d[\d.,]*\d|\d)[\s\u00a0]?(?:€|Euro\b|euros?\b|EUR\b))")
# Beside such a word a day or an amount is one that the call knows, whatever was typed: which value, by its path; of prizes any.
NAMED_DAYS = {
    "dates.letters.end": r"Absichtserklärung\w*|letters? of intent",
    "dates.jury.start": r"Jurysitzung\w*|jury meeting",
    "dates.announced.start": r"Preisverleihung\w*|Bekanntgabe|award ceremony",
    "dates.entries.end": r"Einsendeschluss\w*|Bewerbungsschluss\w*|Annahmeschluss\w*|\w*[Ff]rist(?:en)?|deadline|closing date",
}
NAMED_AMOUNTS = {
    "awards.cap": r"Preisgelder\w*|Preissumme|Gesamtpreisgeld|insgesamt|zur Verfügung|in total|altogether",
    "prizes.": r"\w*[Pp]reise?[ns]?|Preisgeld\w*|dotiert\w*|prizes?|je|jeweils|each",
}
MONEY_FOR_PRIZES = re.compile(r"(?i)prei(?:s|se|sen|ses)\b|preisgeld|preissumme|dotiert|\bprizes?\b|prize money")
SENTENCES = re.compile(r"(?<!\d\.)(?<=[.!?;…])\s+(?=[A-ZÄÖÜ„“])")


def findings(title: str, text: str, competition: Competition, language: str) -> list[Finding]:
    """All of it, in the order of the lines; in the reader's language, of a page in `language`."""
    reading = Reading(competition, language)
    composed(text, reading)
    own = blocks(text, language=language, links=lambda url: url)
    found = [*reading.findings, *_headings(own), *_pictures(own, text, reading), *_links(own, reading), *_typed_twice(text, reading),
             *_shouted(text)]
    if not title.strip():
        found.append(Finding(0, _("The page needs a title."), is_fault=True))
    return sorted(set(found), key=lambda one: (one.line, not one.is_fault, one.text))


def long_sentences(code: str, text: str, language: str) -> list[Finding]:
    """In a page in plain language: sentences that are too long to be understood by everybody."""
    if code not in PLAIN:
        return []
    found = []
    for block, inlines in walk_inlines(blocks(text, language=language)):
        for sentence in re.split(r"(?<=[.!?:])\s+", plain_text(inlines)):
            if (words := len(re.findall(r"\w[\w-]*", sentence))) > LONGEST_PLAIN_SENTENCE:
                found.append(Finding(block.get("line") or 0, _("This sentence has %(words)d words. In plain language at most %(most)d.") % {
                    "words": words, "most": LONGEST_PLAIN_SENTENCE}))
    return found


def names_file(text: str, name: str) -> bool:
    """Whether a text shows the picture `name` or leads to the document."""
    return f"]({name})" in text or f"]({name} " in text or f"](<{name}>" in text


def _headings(items: list[Block]) -> Iterator[Finding]:
    before = 1
    for item in items:
        line: int = item.get("line") or 0
        words = plain_text(item.get("children", [])).strip()
        if item["kind"] == "heading":
            if not words:
                yield Finding(line, _("A heading is empty."))
            elif item["level"] == 1:
                yield Finding(line, _("“%(words)s” is a heading like the title of the page. Begin it with ##.") % {"words": words})
            elif item["level"] > before + 1:
                yield Finding(line, _("The heading “%(words)s” skips a level: write %(right)s instead of %(wrong)s.") % {
                    "words": words, "right": "#" * (before + 1), "wrong": "#" * item["level"]})
            before = item["level"]
        elif item["kind"] == "paragraph" and [one["kind"] for one in item["children"]] == ["strong"]:
            yield Finding(line, _("“%(words)s” looks like a heading, but screen readers do not find it. Begin the line with ##.") % {
                "words": words})


def _pictures(items: list[Block], text: str, reading: Reading) -> Iterator[Finding]:
    for number, written in enumerate(text.split("\n"), 1):
        if WITHIN.search(written):
            yield Finding(number, _("A picture must stand alone on its line, with an empty line before and after it."), is_fault=True)
    for item in items:
        if item["kind"] != "figure":
            continue
        line, name = item.get("line") or 0, item["file"]
        asset = reading.assets.get(name)
        if asset is None or not asset.is_picture:
            yield Finding(line, _("There is no picture “%(name)s” among the files of the website.") % {"name": name}, is_fault=True)
            continue
        said = item["alt"] or asset.said("alternative_text", reading.language)
        if not said.strip():
            yield Finding(line, _("The picture “%(name)s” has no alternative text in this language: whoever cannot see it does not learn "
                                  "what it shows.") % {"name": name}, is_fault=True)
        elif FILE_NAME.fullmatch(said) or NOT_SAID.match(said):
            yield Finding(line, _("The alternative text of “%(name)s” should say what is to be seen, not that it is a picture.") % {
                "name": name})
        elif len(said) > LONGEST_ALTERNATIVE:
            yield Finding(line, _("The alternative text of “%(name)s” is long. What needs so many words belongs in the text.") % {
                "name": name})
        if not asset.credit:
            yield Finding(line, _("The picture “%(name)s” has no credit.") % {"name": name}, is_fault=True)


def _links(items: list[Block], reading: Reading) -> Iterator[Finding]:
    for block, inlines in walk_inlines(items):
        for inline in _links_in(inlines):
            url, words, line = inline["url"], plain_text(inline["children"]).strip(), block.get("line") or 0
            if not reading.link(url) and not MARK.search(url):
                yield Finding(line, _("“%(url)s” leads nowhere: it is no address, page or file of this website.") % {"url": url[:80]},
                              is_fault=True)
            if not words:
                yield Finding(line, _("A link has no words."), is_fault=True)
            elif words.lower().rstrip(".…:!").strip() in VAGUE:
                yield Finding(line, _("The link “%(words)s” does not say where it leads. Screen readers list links without the text "
                                      "around.") % {"words": words})
            elif words == url and len(url) > 40 and outside_only(url):
                yield Finding(line, _("This link is an address that is read aloud letter by letter. Write words: [words](address)."))


def _links_in(inlines: list[Block]) -> Iterator[Block]:
    for inline in inlines:
        if inline["kind"] == "link":
            yield inline
        elif "children" in inline:
            yield from _links_in(inline["children"])


def _typed_twice(text: str, reading: Reading) -> Iterator[Finding]:
    """Days and amounts that the call knows: typed here, they stay when the call changes."""
    known: dict[date | int, Value] = {}
    for value in sorted(reading.values.values(), key=lambda one: not one.path.startswith("dates.entries")):     # the likeliest first
        if value.exact is not None:
            known.setdefault(value.exact, value)
    for number, line in enumerate(text.split("\n"), 1):
        for sentence in SENTENCES.split(line):
            for match in DAYS.finditer(sentence):
                if (value := known.get(_day(match) or 0)) and not isinstance(value.exact, int):
                    yield _twice(number, match[0], value)
                elif _day(match):
                    yield from _otherwise(number, match, NAMED_DAYS, reading)
            for match in AMOUNTS.finditer(sentence):
                digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", match["before"] or match["after"])
                if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
                    continue
                if value := known.get(int(digits) * 100):
                    yield _twice(number, match[0], value)
                elif MONEY_FOR_PRIZES.search(sentence):
                    yield from _otherwise(number, match, NAMED_AMOUNTS, reading)


def _otherwise(line: int, typed: re.Match[str], words: dict[str, str], reading: Reading) -> Iterator[Finding]:
    """A day or an amount that the call does not have, beside a word for one that it has: the nearest such word says which."""
    near = [(max(word.start() - typed.end(), typed.start() - word.end()), order, path, word[0]) for order, (path, pattern) in enumerate(
        words.items()) for word in re.finditer(rf"\b(?:{pattern})\b", typed.string)]
    for _distance, _order, path, word in sorted(near):
        values = [value for one, value in sorted(reading.values.items()) if one == path or path.endswith(".") and one.startswith(path)
                  and value.exact is not None]
        if values:
            yield Finding(line, _("“%(typed)s” was typed by hand beside “%(word)s”, and the call says otherwise: %(values)s. If that is meant, "
                                  "write the reference, and it follows when the call changes.") % {
                "typed": typed[0], "word": word, "values": "; ".join(f"{value.text} ({value.reference})" for value in values[:MOST_VALUES])})
            return


def _day(match: re.Match[str]) -> date | None:
    name = match["month"]
    month = int(match["number"]) if match["number"] else next(names.index(name) + 1 for names in MONTH_NAMES if name in names)
    try:
        return date(int(match["year"]), month, int(match["day"]))
    except ValueError:
        return None


def _twice(line: int, typed: str, value: Value) -> Finding:
    return Finding(line, _("“%(typed)s” stands in the call (%(label)s). Write %(reference)s, and it follows when the call changes.") % {
        "typed": typed, "label": value.label, "reference": value.reference})


def _shouted(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), 1):
        if match := SHOUTED.search(line):
            yield Finding(number, _("“%(words)s”: words in capitals are hard to read, and some screen readers spell them.") % {
                "words": match[0][:40]})
