"""What later stages do when an edition is published or a release changes: they say so here, editions knows none of them."""

from collections.abc import Callable

from lorbeer.editions.models import Edition
from lorbeer.entries.models import Entry

_on_publish: list[Callable[[Edition], object]] = []
_on_change: list[Callable[[Entry], object]] = []


def on_publish(call: Callable[[Edition], object]) -> None:
    """`call(edition)` in the transaction that publishes an edition."""
    if call not in _on_publish:
        _on_publish.append(call)


def on_change(call: Callable[[Entry], object]) -> None:
    """`call(entry)` in the transaction that releases or revokes parts of an entry."""
    if call not in _on_change:
        _on_change.append(call)


def published(edition: Edition) -> None:
    for call in _on_publish:
        call(edition)


def changed(entry: Entry) -> None:
    for call in _on_change:
        call(entry)
