"""Taking the evidence of one entry away, running its program, and forging it."""

import json
import runpy
import sys

from lorbeer.follow_up import audit
from lorbeer.shared import log


def program(folder, monkeypatch):
    """`verify` and what it lists as proved by no event."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "sealed", raising=False)
    found = runpy.run_path(str(folder / "verify.py"))
    monkeypatch.delitem(sys.modules, "sealed", raising=False)
    return found["verify"], {path.strip() for paths in found["TOLD"] for path in paths.split(",")}


def sealed_anew(facts):
    """As somebody would write it who makes the event anew that it was taken away."""
    line = facts["taken"]
    line["event"]["detail"]["facts_sha256"] = log.digest({name: value for name, value in facts.items() if name != "taken"})
    line["seal"]["digest"] = log.digest({name: line["seal"][name] for name in ("number", "previous", "sealed_at")} | {"event": line["event"]})
    return facts


def taken(entry, folder):
    audit.write_evidence(entry, folder)
    place = folder / entry.code
    return place, json.loads((place / "evidence.json").read_text())
