"""What differs between two editions of the register, as far as two states can tell it.

The register says what is, not what happened. A key that is gone means one of three things: the body moved (the same name in
the same Land has a new key, as after a reform of the Kreise), it was merged into another (whose area grew by its own), or it
was dissolved. Mergers and moves are therefore concluded, and said as such.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians

from lorbeer.register.folding import fold
from lorbeer.register.models import LegalStatus, Municipality, RegisterEdition

CUT = 50                                                                # characters of a name in GV100AD
FARTHEST = 30.0                                                         # kilometres between the seats of two that merged
GROWN = 0.9                                                             # of the area that went must have come to the other


class Kind(StrEnum):
    MERGED = "merged"                                                   # old is gone, new is the body it went into
    MOVED = "moved"                                                     # the same body under another key
    DISSOLVED = "dissolved"                                             # old is gone, into nobody in particular
    NEW = "new"                                                         # new was not there
    RENAMED = "renamed"
    STATUS = "status"                                                   # another legal status, or title such as town


@dataclass(frozen=True)
class Change:
    kind: Kind
    old: Municipality | None
    new: Municipality | None

    @property
    def body(self) -> Municipality:
        """The body by which the change is listed: as it was, else as it is."""
        found = self.old or self.new
        assert found is not None
        return found


def changes_between(old: RegisterEdition, new: RegisterEdition) -> list[Change]:
    """Every change from the older edition to the newer one, by kind and key."""
    before = {body.key: body for body in old.municipalities.all()}
    after = {body.key: body for body in new.municipalities.all()}
    gone = [before[key] for key in sorted(before.keys() - after.keys())]
    added = [after[key] for key in sorted(after.keys() - before.keys())]
    moved = _moves(gone, added)
    found = [Change(Kind.MOVED, body, moved[body.key]) for body in gone if body.key in moved]
    left = [body for body in gone if body.key not in moved]
    arrived = {body.key for body in moved.values()}
    fresh = [body for body in added if body.key not in arrived]
    successors = _mergers(left, before, after, {one.key: two for one, two in ((change.old, change.new) for change in found) if one and two})
    for body in left:
        into = successors.get(body.key)
        found.append(Change(Kind.MERGED if into else Kind.DISSOLVED, body, into))
    found += [Change(Kind.NEW, None, body) for body in fresh]
    pairs = [(before[key], after[key]) for key in sorted(before.keys() & after.keys())] + [
        (change.old, change.new) for change in found if change.kind == Kind.MOVED and change.old and change.new]
    found += [Change(Kind.RENAMED, was, now) for was, now in pairs if not _same_name(was.name, now.name)]
    found += [Change(Kind.STATUS, was, now) for was, now in pairs if _has_other_status(was, now)]
    order = list(Kind)
    return sorted(found, key=lambda change: (order.index(change.kind), change.body.key))


def _has_other_status(one: Municipality, other: Municipality) -> bool:
    """Another legal status, or another title (a municipality that became a town) where both editions know it."""
    return one.legal_status != other.legal_status or bool(one.text_code and other.text_code and one.text_code != other.text_code)


def _same_name(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= CUT - 1 and longer.startswith(shorter))


def plain_name(name: str) -> str:
    """The name without its addition: “Buchholz, Stadt”, “Stadt Buchholz” and “Buchholz” are one place."""
    return re.sub(r"^(?:stadt|gemeinde|landkreis|kreis) ", "", fold(name.split(",")[0]))


def without_guesses(changes: Iterable[Change], keys: Collection[str]) -> list[Change]:
    """Of the changes against an extract that somebody wrote by hand those that are certain, about the bodies with these keys.

    Whoever writes one leaves additions out, and names bodies that the register does not have, such as districts of a city.
    """
    return [
        change for change in changes
        if change.old is not None and change.old.key in keys and change.kind != Kind.DISSOLVED
        and not (change.kind == Kind.RENAMED and change.new and plain_name(change.old.name) == plain_name(change.new.name))
    ]


def _moves(gone: Iterable[Municipality], added: Iterable[Municipality]) -> dict[str, Municipality]:
    """Old key → the body that has another key now: of the same kind, in the same Land, the only one of its name on both sides."""
    def sign(body: Municipality) -> tuple[str, bool, int, str]:
        return body.land_code, body.legal_status == LegalStatus.LANDKREIS, len(body.key), plain_name(body.name)

    here, there = defaultdict(list), defaultdict(list)
    for body in gone:
        here[sign(body)].append(body)
    for body in added:
        there[sign(body)].append(body)
    return {
        bodies[0].key: there[name][0] for name, bodies in here.items()
        if len(bodies) == 1 and len(there[name]) == 1 and _alike(bodies[0], there[name][0])
    }


def _alike(one: Municipality, other: Municipality) -> bool:
    """Whether two bodies can be one and the same: about the same area, where both are known."""
    return not (one.hectares and other.hectares) or abs(one.hectares - other.hectares) <= 0.2 * max(one.hectares, other.hectares)


def _mergers(gone: Iterable[Municipality], before: dict[str, Municipality], after: dict[str, Municipality],
             moved: dict[str, Municipality]) -> dict[str, Municipality]:
    """Key of a municipality that is gone → the one that grew by its area (or people), the nearest where several did."""
    came_from = {body.key: before[key] for key, body in moved.items()}
    grown: dict[str, list[tuple[Municipality, dict[str, int]]]] = defaultdict(list)
    for body in after.values():
        if len(body.key) == 8:
            was = came_from.get(body.key) or before.get(body.key)
            gain = {name: (getattr(body, name) or 0) - (getattr(was, name) or 0 if was else 0) for name in ("hectares", "population")}
            if max(gain.values()) > 0:
                grown[body.land_code].append((body, gain))
    pairs = []
    for body in gone:
        measure = "hectares" if body.hectares else "population"
        size = getattr(body, measure) or 0
        fitting = [(one, gain) for one, gain in grown[body.land_code] if gain[measure] >= GROWN * size] if len(body.key) == 8 and size else []
        near = [(distance, one, gain) for one, gain in fitting if (distance := _distance(body, one)) is not None]
        here = [(0.0, one, gain) for one, gain in fitting if one.key[:5] == body.key[:5]] if not near else []
        if near:
            pairs += [(distance, body, one, gain, measure, size) for distance, one, gain in near if distance <= FARTHEST]
        elif len(here) == 1:
            pairs += [(0.0, body, here[0][1], here[0][2], measure, size)]
    found: dict[str, Municipality] = {}
    # The nearest first; what one body brought explains no second one.
    for _km, body, one, gain, measure, size in sorted(pairs, key=lambda pair: (pair[0], pair[1].key, pair[2].key)):
        if body.key not in found and gain[measure] >= GROWN * size:
            found[body.key] = one
            gain[measure] -= size
    return found


def _distance(one: Municipality, other: Municipality) -> float | None:
    """Kilometres between two seats, near enough for neighbours; None where one is not known."""
    if one.latitude is None or other.latitude is None or one.longitude is None or other.longitude is None:
        return None
    north = 111.2 * (one.latitude - other.latitude)
    east = 111.2 * cos(radians(one.latitude)) * (one.longitude - other.longitude)
    return float((north**2 + east**2) ** 0.5)
