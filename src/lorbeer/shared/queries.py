"""Reads worth a name."""


from lorbeer.shared.registry import Registry

# An app says whether a person belongs to the competition of a scope,
tells_insiders = Registry[[object, str], bool]()
# and whether they keep the record of a scope.
tells_keepers = Registry[[object, str], bool]()


def is_insider(person: object, scope: str) -> bool:
    """Whether `person` belongs to `scope` at all, and so may hear the reason of a refusal."""
    return any(tells_insiders.answers(person, scope))


def keeps_record(person: object, scope: str) -> bool:
    """Whether `person` keeps (or audits) the record of `scope`, and so sees what was sent as it came."""
    return any(tells_keepers.answers(person, scope))
