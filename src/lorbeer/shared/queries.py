"""Reads worth a name."""

from collections.abc import Callable

_insider_checks: list[Callable[[object, str], bool]] = []


def tells_insiders(check: Callable[[object, str], bool]) -> None:
    """Let an app say whether a person belongs to the competition of a scope; called by its `ready`."""
    _insider_checks.append(check)


def is_insider(person: object, scope: str) -> bool:
    """Whether `person` belongs to `scope` at all, and so may hear the reason of a refusal."""
    return any(check(person, scope) for check in _insider_checks)
