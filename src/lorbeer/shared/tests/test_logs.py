"""What the process says about itself holds no personal data."""

import json
import logging
import subprocess
import sys

import pytest

from lorbeer.shared.logs import bare


@pytest.mark.parametrize(("said", "written"), [
    ("Not Found: /a/b/?token=secret&x=1", "Not Found: /a/b/"),
    ("mail to k.l+x@city.example.org failed", "mail to …@… failed"),
    ("GET /invitation/Zk3v9q8Lw2x7Yb1n5Rt6AA/ 500", "GET /invitation/…/ 500"),
    ("GET /zusammenleben2017/entries/K7QD4X-M/ 200", "GET /zusammenleben2017/entries/K7QD4X-M/ 200"),
    ("File /usr/lib/python3.11/site-packages/django/core/handlers/base.py, line 3", None),
])
def test_secrets_and_addresses_are_taken_out(said, written):
    assert bare(said) == (said if written is None else written)


def test_lines_are_json_and_hold_neither_secrets_nor_requests():
    program = """
import logging, structlog
from lorbeer.shared import logs
logs.setup({"form": "json", "level": "INFO"})
structlog.get_logger("lorbeer.x").warning("mail failed", to="a.b@example.org", job="K7QD4X-M")
try:
    raise ValueError("Key (email)=(c.d@example.org) already exists.")
except ValueError:
    facts = {"request": "secret", "status_code": 500}
    logging.getLogger("django.request").error("Internal Server Error: %s", "/x/?a=1", exc_info=True, extra=facts)
logging.getLogger("django.request").warning("Not Found: /y/")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    first, second = map(json.loads, done.stderr.splitlines())
    assert (first["event"], first["to"], first["job"], first["level"]) == ("mail failed", "…@…", "K7QD4X-M", "warning")
    assert (second["event"], second["status_code"]) == ("Internal Server Error: /x/", 500)
    assert "Traceback" in second["exception"]
    assert "example.org" not in done.stderr
    assert "secret" not in done.stderr
    assert logging.getLogger("lorbeer.x")
