"""What somebody typed, as words and phrases. Nothing in it is an instruction except quotation marks that come in pairs."""

import re
from dataclasses import dataclass
from functools import cached_property

from lorbeer.catalogue.search.words import STOP_WORDS, WORD, fold_word, seen, terms, without_check

LONGEST_QUERY, MOST_WORDS = 200, 12
_QUOTED = re.compile(r"[\"„“”«»]([^\"„“”«»]*)[\"„“”«»]")


@dataclass(frozen=True)
class Word:
    """A word that was asked for: as typed, folded, and the terms of which one must stand in an entry."""

    typed: str
    folded: str
    terms: tuple[str, ...]

    @property
    def is_telling(self) -> bool:
        return self.folded not in STOP_WORDS


@dataclass(frozen=True)
class Question:
    """`words` must all stand in an entry, wherever; the words of each of the `phrases` beside each other as well."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[Word, ...], ...] = ()
    sequence: tuple[Word, ...] = ()                                     # all of it as typed, for what stands so in a title
    was_given: bool = False                                             # something was typed, be it without any word

    def __bool__(self) -> bool:
        return bool(self.words)

    @cached_property
    def terms(self) -> frozenset[str]:
        """All terms that are looked for, for what is marked."""
        return frozenset(term for word in (*self.words, *(one for phrase in self.phrases for one in phrase)) for term in word.terms)


def ask(typed: str) -> Question:
    """What `typed` asks for. Words without meaning (der, und) count in phrases only, unless there are no others."""
    typed = without_check(seen(typed[:LONGEST_QUERY]))
    sequence = _words(typed)[:MOST_WORDS]
    phrases = [_words(found)[:MOST_WORDS] for found in _QUOTED.findall(typed)]
    distinct = tuple(dict.fromkeys(sequence))
    telling = tuple({word.terms: word for word in distinct if word.is_telling}.values())
    return Question(telling or distinct, tuple(dict.fromkeys(phrase for phrase in phrases if len(phrase) > 1)), sequence,
                    bool(typed.strip()))


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(typed, folded, terms(folded)) for typed in WORD.findall(text) if (folded := fold_word(typed)))


def with_others(typed: str, others: dict[str, str]) -> str:
    """`typed` with other words in place of those whose folded form is among `others`; all else stays, quotation marks too."""
    return WORD.sub(lambda found: others.get(fold_word(found[0]), found[0]), seen(typed[:LONGEST_QUERY]))
