"""Who has which role, and who runs the installation, against the log."""

from collections.abc import Iterator
from typing import Any

from lorbeer.people.models import Person, Role
from lorbeer.shared import log


def facts_of(role: Role) -> dict[str, Any]:
    """What a role decides: whether it is there, since when, whose entries it closes. Names of bodies and addresses are hashes in the log."""
    return {"land": role.land_code, "employer_sha256": log.digest(role.employer), "earlier_sha256": log.digest(role.earlier_bodies),
            "addresses_sha256": log.digest(role.addresses), "since": log.moment(role.since)}


def roles() -> Iterator[log.Fault]:
    said: dict[tuple[str, str, Any], dict[str, Any]] = {}
    for event in log.told("role.grant", "role.change", "role.take"):
        key = (event.scope, event.subject.removeprefix("person:"), event.detail.get("kind"))
        if event.verb == "role.take":
            said.pop(key, None)
        else:
            said[key] = {name: event.detail.get(name) for name in ("land", "employer_sha256", "earlier_sha256", "addresses_sha256", "since")}
    for role in Role.objects.select_related("competition", "person").order_by("pk").iterator(2000):
        key = (role.competition.code, role.person.code, role.kind)
        yield from log.compare("people_role", key[0], "/".join(key), said.pop(key, None), facts_of(role))
    for key, facts in said.items():
        yield from log.compare("people_role", key[0], "/".join(map(str, key)), facts, None)


def operators() -> Iterator[log.Fault]:
    """Who runs the installation."""
    said = {event.subject.removeprefix("person:") for event in log.told("operator.make")}
    found = set(Person.objects.filter(is_operator=True).values_list("code", flat=True))
    for code in sorted(said ^ found):
        told, row = ({} if code in codes else None for codes in (said, found))
        yield from log.compare("people_person", "", code, told, row)


for attestor in (roles, operators):
    log.attest("people", attestor)
