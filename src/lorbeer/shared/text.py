"""Text that an office writes in several languages: stored as {"de": …, "en": …}, shown in the reader's.

A call may be written in a language that the house does not speak. A reader of French then gets the texts of the call in
French and the house's own words in English; both stand in Django's active language, as BCP 47 has it: `en-x-fr`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, override
from django.utils.translation import gettext as _


class Localized(dict[str, str]):
    """A text in several languages; `str()` gives the active one, else German, else whatever there is."""

    def __str__(self) -> str:
        read = call_language()
        language = next((one for one in (read, "de", *self) if self.get(one)), read)
        return spoken_in(self.get(language, ""), language)

    def __html__(self) -> str:
        return str(conditional_escape(str(self)))

    def __bool__(self) -> bool:
        return any(self.values())


def localized(value: Any) -> Localized:
    """`value` as Localized: a dict as it is, a plain string as German where it does not know its own language."""
    if isinstance(value, dict):
        return Localized({str(language): str(text) for language, text in value.items()})
    return Localized({language_of(value) or "de": plain(value)} if value else {})


class Spoken(str):
    """A text that is not in the language of the page. Wherever a template writes it, it marks itself with its `language`.

    An attribute takes no mark: there the filter `plain` leaves the words alone.
    """

    language = ""

    def __html__(self) -> str:
        return format_html('<span lang="{}">{}</span>', self.language, str(self))


def spoken_in(text: str, language: str) -> str:
    """`text`, which is in `language`: a Spoken where the house's own words are in another one.

    A text that knows its language is in that one, and a Sentence of ours stays one.
    """
    language = language_of(text) or language
    if not text or isinstance(text, Sentence) or not language:
        return text
    if language == house_language(get_language() or "de"):
        return plain(text)
    spoken = Spoken(text)
    spoken.language = language
    return spoken


class Sentence(str):
    """A sentence in the page's language, in which texts in others may stand; like Spoken it marks them wherever a template writes it."""

    marked = SafeString()

    def __html__(self) -> str:
        return self.marked


def in_sentence(sentence: Any, **words: Any) -> Sentence:
    """`sentence % words`, which keeps in mind in which language each of the words is."""
    words = {name: word if isinstance(word, str) else str(word) for name, word in words.items()}
    said = Sentence(sentence % {name: plain(word) for name, word in words.items()})
    said.marked = SafeString(escape(sentence) % {name: conditional_escape(word) for name, word in words.items()})
    return said


def listed(texts: Sequence[Any], between: str = ", ") -> Sentence:
    """`texts` in a row, each with its language in mind."""
    return in_sentence(between.join(f"%({number})s" for number in range(len(texts))), **{str(number): one for number, one in enumerate(texts)})


def said(text: Any) -> str:
    """`text` as a text, which keeps in mind in which language it is; `str()` of a text forgets it."""
    return text if isinstance(text, str) else str(text)


def plain(text: Any) -> str:
    """The words of `text` alone, whatever it knows of their languages."""
    return str(text if isinstance(text, str) else str(text))


def language_of(text: Any) -> str:
    """In which language `text` is where that is not the page's; else ""."""
    return getattr(text if isinstance(text, str) else str(text), "language", "")


def written_in(place: Any, text: Any) -> str:
    """`text` as people wrote it in the competition `place`: nobody is asked in which language, so that of the call is taken."""
    return spoken_in(text, getattr(place, "first_language", ""))


def house_language(language: str) -> str:
    """The language in which the house itself can speak to a reader of `language`: its own words exist in German and English."""
    own = language.split("-")[0]
    return own if own in dict(settings.LANGUAGES) else "en"


def language_for(language: str) -> str:
    """What to activate for a reader of `language`: `de`, `en`, or the house's with that of the call behind it: `en-x-fr`."""
    house = house_language(language)
    return house if language.startswith(house) else f"{house}-x-{language}"


# ISO 639-1, all that have two letters. Source: https://www.loc.gov/standards/iso639-2/php/code_list.php
TWO_LETTERS = frozenset({
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn", "bo", "br",
    "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et",
    "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht",
    "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk",
    "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg",
    "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny",
    "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se",
    "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk",
    "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
})


def language_name(code: str) -> str:
    """What a language is called in the reader's: `Dänisch` for `da`; its code where nobody has a word for it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def call_language(language: str | None = None) -> str:
    """In which language the texts of a call are read where `language` (else the active one) is active."""
    return (language or get_language() or "de").rpartition("-x-")[2].split("-")[0]


def in_each_language(make: Callable[[], str]) -> Localized:
    """What `make` says in every language of the house: for a sentence that is kept and read by others later."""
    found = Localized()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = make()
    return found


class LocalizedField(models.JSONField):
    """A JSON column that reads and writes Localized."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Localized)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Localized:
        return localized(super().from_db_value(value, expression, connection) or {})

    def get_prep_value(self, value: Any) -> Any:
        return dict(localized(value)) if value is not None else None

    def to_python(self, value: Any) -> Any:
        return localized(super().to_python(value))


# --- what others type -------------------------------------------------------------------------------------------------

BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
UNUSUAL_BREAKS = re.compile("\r(?!\n)|[\x0b\x0c\x85\u2028\u2029]")
# Control characters but tabs and line ends, half characters, and what Unicode never gives a character to (no XML and no font takes it).
# What turns the direction of writing would let a text say something else than is read.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF)) + "]")

# What takes no ink: places where a word may part, fillers, blank letters, tags. Long texts and some scripts need some of them, so they
# may stand there; nobody has said anything with them alone.
BLANK = re.compile("[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u2800\u3164\uffa0\U000e0000-\U000e007f]")
JOINING = re.compile("[\u034f\u200c\u200d\ufe00-\ufe0f]")              # within words and signs alone


def readable(text: str) -> str:
    """Text that every database takes and that is read as it is written: every line end is a "\\n", and nothing unseen is in it.

    Of a text in which nothing can be seen nothing but its white space is left.
    """
    kept = UNSEEN.sub("", BREAKS.sub("\n", text))
    bare = JOINING.sub("", BLANK.sub("", kept)) if not kept.isascii() else kept
    return kept if bare.strip() else bare


def one_line(text: str) -> str:
    """A name, a title, a reason in one line: as `readable`, with single spaces, and without what takes no ink; joined signs stay joined."""
    return " ".join(BLANK.sub("", readable(text)).split())


def unreadable_in(text: str) -> str:
    """The first character of `text` that `readable` would take out or make a line end of, as `U+202E`; "" where there is none."""
    found = UNSEEN.search(text) or UNUSUAL_BREAKS.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


# --- quotation marks --------------------------------------------------------------------------------------------------

# What opens a quotation: what closes it, and the two marks of one within another.
MARKS = {"„": ("“", "‚", "‘"), "“": ("”", "‘", "’")}


def together(title: str) -> str:
    """`title` as it is broken on a cover: not within “Hand in Hand” or “Tür an Tür”, and no line begins with a dash."""
    joined = re.sub(r"\b(\w+) (\w{1,3}) (\1)\b", "\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}\\3", title)
    return re.sub(r" (?=[–—] )", "\N{NO-BREAK SPACE}", joined)


def quoted(text: str) -> str:
    """`text` in the quotation marks of the reader's language."""
    return _("“%(text)s”") % {"text": text}


def nested_quotes(text: str) -> str:
    """`text` with the marks of quotations within quotations: „‚lokal willkommen‘ – ein Projekt“, “‘Open’ – a project”.

    Titles bring marks of their own, and ours stand around them. A line whose marks do not pair is left as it is.
    """
    return "\n".join(_nested(line) for line in text.split("\n"))


def _nested(line: str) -> str:
    opens = next((one for one in line if one in MARKS), "")
    if not opens:
        return line
    closes, inner_opens, inner_closes = MARKS[opens]
    made, depth = "", 0
    for one in line:
        if one == opens:
            depth += 1
            made += inner_opens if depth > 1 else one
        elif one == closes:
            made += inner_closes if depth > 1 else one
            depth -= 1
        else:
            made += one
    return line if depth else made


# --- names of people --------------------------------------------------------------------------------------------------

# What a mail program would make a link of, or what begins a new line: “a@b”, “https://…”, “evil.example”.
LINKS = re.compile(r"@|//|\w{2,}\.\w|\w\.[a-z]|[\x00-\x1f\x7f\u0085\u2028\u2029]")
LONGEST_IN_MAIL = 60


def require_plain_name(name: str) -> None:
    """The validator of names that people give themselves: raises ValidationError for one with an address in it."""
    if LINKS.search(name):
        raise ValidationError(
            _("This name holds a mail or web address, and names stand in mails to others. Please leave the address out; behind "
              "an abbreviation write a space: Dr. Ada Meyer.")
        )


def name_in_mail(name: str) -> str:
    """A name as it may stand in a mail to somebody else: one line, short, without anything that looks like an address."""
    plain = " ".join(word for word in name.split() if not LINKS.search(word)) or "–"
    return plain if len(plain) <= LONGEST_IN_MAIL else plain[:LONGEST_IN_MAIL].rstrip() + "…"
