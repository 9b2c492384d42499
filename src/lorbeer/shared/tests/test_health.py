"""What the operator's tools ask."""

import json

import pytest
from django.db import DatabaseError, connection

from lorbeer.shared import health


def test_the_process_says_that_it_lives_without_asking_the_database(client):
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_the_installation_says_that_it_is_ready(client):
    response = client.get("/readyz")
    assert (response.status_code, json.loads(response.content)) == (
        200, {"ready": True, "database": "ok", "migrations": "ok", "log": "ok", "files": "ok"}
    )


@pytest.mark.django_db
def test_an_unprotected_log_is_not_ready(client):
    on = "" if connection.vendor == "sqlite" else " ON shared_logseal"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER shared_logseal_no_update{on}")
    response = client.get("/readyz")
    assert (response.status_code, json.loads(response.content)["log"]) == (503, "not protected")


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_not_ready(client, monkeypatch):
    def gone(*arguments, **options):
        raise DatabaseError("gone: secret-host")

    monkeypatch.setattr(health.connection, "cursor", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"secret" not in response.content
