"""The index follows publications and releases in the same transaction; and a later stage may offer a way to write to an entry's office."""

from collections.abc import Callable

from lorbeer.call.models import Competition
from lorbeer.catalogue import services
from lorbeer.editions import hooks

hooks.on_publish(services.build_index)
hooks.on_change(services.index_entry)

_ways: list[Callable[[Competition, str], str]] = []


def way_to_write(find: Callable[[Competition, str], str]) -> None:
    """`find(competition, code of a public entry)` gives the address of a form that reaches its office, or "" where there is none."""
    _ways.append(find)


def contact_address(place: Competition, code: str) -> str:
    return next((found for find in _ways if (found := find(place, code))), "")
