"""The municipality that a form means, where the register does not know its name or knows several: what stands there, and who may be meant."""

from typing import Any

from lorbeer.entries.models import State
from lorbeer.intake.models import Arrival, Draft
from lorbeer.register.choosing import more_fit, told
from lorbeer.register.queries import bodies_to_choose, newest_edition


def unknown_body_of(arrival: Arrival) -> dict[str, Any]:
    """`name` as it stands in the form, `choices` {key: words} and what is said of `more`; {} where nothing is to be decided."""
    draft = Draft.objects.filter(entry=arrival.entry_id).exclude(unknown_body="").select_related("entry").first()
    if draft is None or draft.entry.state != State.DRAFT or draft.entry.municipality_id or arrival.closed_at:
        return {}
    edition = arrival.competition.register_edition or newest_edition()
    bodies, more = _like(draft.unknown_body, edition)
    return {"name": draft.unknown_body, "choices": told(bodies) if bodies else {}, "more": more_fit(more)}


def _like(name: str, edition: Any) -> tuple[list[Any], int]:
    """Bodies that the whole name fits, else its words one by one, the longest first: “Samtgemeinde Hinterwald-Süd” may be Hinterwald."""
    if edition is None:
        return [], 0
    words = sorted({word for word in name.replace("-", " ").replace(",", " ").split() if len(word) > 3}, key=lambda word: (-len(word), word))
    for text in (name, *words[:4]):
        bodies, more = bodies_to_choose(edition, text)
        if bodies:
            return bodies, more
    return [], 0
