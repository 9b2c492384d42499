"""Whether the installation can work."""

import os

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from lorbeer.shared import files, triggers


def findings() -> dict[str, str]:
    """Each part with "ok" or a few words on what is wrong; no names, no addresses."""
    found = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["database"] = "ok"
    except DatabaseError:
        return {"database": "does not answer"}
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    found["migrations"] = f"{len(plan)} not applied" if plan else "ok"
    found["log"] = "ok" if plan or not triggers.missing() else "not protected"
    folder = files.local_folder()
    found["files"] = "ok" if folder is None or not folder.exists() or os.access(folder, os.W_OK) else "cannot be written"
    return found

