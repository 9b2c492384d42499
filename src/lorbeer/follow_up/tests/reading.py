"""What nobody should have to read on the page of the log: JSON, UTC, codes where there are words."""

import re

from lorbeer.follow_up import words
from lorbeer.follow_up.details import CHECKSUM, MOMENT, Reader
from lorbeer.people.models import Person

CODED = {code for choices in words.CHOICES.values() for code, label in choices.items() if code != str(label)} - {"entry", "code", "office"}
RAW = re.compile(r"\w+_\w+|[a-z]+:\w.*|.*[\[{]\s*[\"\[{].*|\d{4}-\d\d-\d\d.*")


def leaves(said):
    for one in said:
        if one.word:
            yield one.word, False
        if one.has_parts:
            yield from leaves(one.what)
        else:
            yield one.what, one.is_checksum


def raw_in(competition, events):
    """{(verb, text)} of what is shown as the machine wrote it; checksums are meant to be."""
    reader, found, people = Reader(competition, lambda: events), set(), set(Person.objects.values_list("code", flat=True))
    for event in events:
        about = str(words.about(event.subject, reader.names.name))
        acting = str(words.acting(event.actor, reader.names.name))
        texts = [*leaves(reader.said(event)), (about, False), (acting, False)]
        found |= {(event.verb, str(text)) for text, is_checksum in texts if not is_checksum and (
            RAW.fullmatch(str(text)) or MOMENT.search(str(text)) or CHECKSUM.search(str(text)) or text in CODED or text in people)}
    return found
