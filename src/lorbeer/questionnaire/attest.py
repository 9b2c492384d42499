"""Published questionnaires against the log."""

import hashlib
from collections.abc import Iterator

from lorbeer.questionnaire.definition import Form, canonical_json
from lorbeer.questionnaire.models import Version
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput


def versions() -> Iterator[log.Fault]:
    said = {(event.scope, event.subject): {"sha256": event.detail.get("sha256")} for event in log.told("questionnaire.publish")}
    published = Version.objects.filter(published_at__isnull=False).select_related("questionnaire__competition").order_by("pk")
    for version in published.iterator(100):
        key = (version.questionnaire.competition.code, f"questionnaire:{version.questionnaire.code}/{version.number}")
        try:
            definition = Form.from_json(version.definition).sha256
        except BadInput:                                                # no form any more; what stands there has a checksum, too
            definition = hashlib.sha256(canonical_json(version.definition).encode()).hexdigest()
        found = {"sha256": definition}
        yield from log.compare("questionnaire_version", key[0], "/".join(key), said.pop(key, None), found)
        yield from log.compare("questionnaire_version", key[0], "/".join(key), found, {"sha256": version.sha256})
    for key, facts in said.items():
        yield from log.compare("questionnaire_version", key[0], "/".join(key), facts, None)


log.attest("questionnaire", versions)
