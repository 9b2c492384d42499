"""The municipality that a form means, where the register does not know its name or knows several: what stands there, and who may be meant."""

import re
from difflib import SequenceMatcher
from typing import Any

from lorbeer.call.queries import register_of
from lorbeer.entries.models import State
from lorbeer.intake.models import Arrival, Draft
from lorbeer.register.choosing import more_fit, told
from lorbeer.register.folding import fold
from lorbeer.register.models import LegalStatus
from lorbeer.register.queries import bodies_called, bodies_to_choose, municipalities_named


def unknown_body_of(arrival: Arrival) -> dict[str, Any]:
    """`name` as it stands in the form, `choices` {key: words} and what is said of `more`; {} where nothing is to be decided."""
    draft = Draft.objects.filter(entry=arrival.entry_id).exclude(unknown_body="").select_related("entry").first()
    if draft is None or draft.entry.state != State.DRAFT or draft.entry.municipality_id or arrival.closed_at:
        return {}
    edition = register_of(arrival.competition)
    bodies, more = _like(draft.unknown_body, edition)
    return {"name": draft.unknown_body, "choices": told(bodies) if bodies else {}, "more": more_fit(more)}


# What stands before or behind the name of a body and is none itself; folded as names are searched for.
COMMON = {fold(word) for word in re.findall(r"\w+", """
    Stadt Hansestadt Landeshauptstadt Universitätsstadt Kreisstadt Gemeinde Samtgemeinde Verbandsgemeinde Einheitsgemeinde Ortsgemeinde
    Verwaltungsgemeinschaft Markt Flecken Amt Kommune Landkreis Kreis Kreise Stadtkreis Städteregion Regionalverband Region Bezirk Ort
    Stadtverwaltung Gemeindeverwaltung Kreisverwaltung Verwaltung Bürgermeister Bürgermeisterin Landrat Landratsamt Rathaus Magistrat Verein
    und der die das den dem des von vom zu zur zum in im am an bei auf ob unter für mit Nord Süd Ost West Mitte Neu Alt Groß Klein Bad
""")}
MOST_WORDS = 6
MOST = 12


def _like(name: str, edition: Any) -> tuple[list[Any], int]:
    """Bodies that the whole name fits, else those that are called as one of its words, else those whose name holds one, the likest first.

    “Samtgemeinde Hinterwald-Süd” may be Hinterwald, “Stadt Ulm und Neu-Ulm” may be Ulm or Neu-Ulm.
    """
    if edition is None:
        return [], 0
    bodies, more = bodies_to_choose(edition, name)
    if bodies:
        return bodies, more
    words = _words(name)
    found = {body.pk: body for word in words for body in bodies_called(edition, word)}
    if not found:
        found = {body.pk: body for word in words if len(word) > 3 for body in municipalities_named(edition, word, limit=MOST)}
    of_kreis = any(part in fold(name) for part in ("kreis", "landrat"))
    ranked = sorted(found.values(), key=lambda body: (
        *_nearest(body, words), (body.legal_status == LegalStatus.LANDKREIS) != of_kreis, -(body.population or 0), body.name))
    return ranked[:MOST], max(0, len(ranked) - MOST)


def _words(name: str) -> list[str]:
    """What may be the name of a body, as it stands there: words joined by hyphens whole, then each by itself; at most `MOST_WORDS`."""
    whole = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", name)
    parts = [part for word in whole if "-" in word for part in word.split("-")]
    return list(dict.fromkeys(word for word in [*whole, *parts] if len(word) > 1 and fold(word) not in COMMON))[:MOST_WORDS]


def _nearest(body: Any, words: list[str]) -> tuple[float, int]:
    """How far the name of a body, without its addition, is from the word it is likest to (0 to 1), and which word that is."""
    called = fold(body.name.split(",")[0])
    return min((1 - SequenceMatcher(None, called, fold(word), autojunk=False).ratio(), place) for place, word in enumerate(words))
