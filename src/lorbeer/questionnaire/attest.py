"""Published questionnaires against the log."""

from collections.abc import Iterator

from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.models import Version
from lorbeer.shared import log


def versions() -> Iterator[log.Fault]:
    said = {(event.scope, event.subject): {"sha256": event.detail.get("sha256")} for event in log.told("questionnaire.publish")}
    published = Version.objects.filter(published_at__isnull=False).select_related("questionnaire__competition").order_by("pk")
    for version in published.iterator(100):
        key = (version.questionnaire.competition.code, f"questionnaire:{version.questionnaire.code}/{version.number}")
        found = {"sha256": Form.from_json(version.definition).sha256}
        yield from log.compare("questionnaire_version", key[0], "/".join(key), said.pop(key, None), found)
        yield from log.compare("questionnaire_version", key[0], "/".join(key), found, {"sha256": version.sha256})
    for key, facts in said.items():
        yield from log.compare("questionnaire_version", key[0], "/".join(key), facts, None)


log.attest("questionnaire", versions)
