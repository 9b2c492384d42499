"""Reads worth a name."""

from collections.abc import Callable

_insider_checks: list[Callable[[object, str], bool]] = []
_keeper_checks: list[Callable[[object, str], bool]] = []


def tells_insiders(check: Callable[[object, str], bool]) -> None:
    """Let an app say whether a person belongs to the competition of a scope; called by its `ready`."""
    _insider_checks.append(check)


def is_insider(person: object, scope: str) -> bool:
    """Whether `person` belongs to `scope` at all, and so may hear the reason of a refusal."""
    return any(check(person, scope) for check in _insider_checks)


def tells_keepers(check: Callable[[object, str], bool]) -> None:
    """Let an app say whether a person keeps the record of a scope."""
    _keeper_checks.append(check)


def keeps_record(person: object, scope: str) -> bool:
    """Whether `person` keeps (or audits) the record of `scope`, and so sees what was sent as it came."""
    return any(check(person, scope) for check in _keeper_checks)
