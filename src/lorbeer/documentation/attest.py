"""The published book against the log, and what it alone makes true: that a stored file is open to everybody."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.documentation.models import BookBuild
from lorbeer.shared import files, log
from lorbeer.shared.models import StoredFile


def facts_of(build: BookBuild) -> dict[str, Any]:
    """The book as it stands in the log when it is published."""
    return {"edition": build.edition.number, "pages": build.pages, "files": {file.code: file.blob_id for file in build.files}}


def books() -> Iterator[log.Fault]:
    """Which book the public may download, and its bytes."""
    said = {event.scope: {name: event.detail.get(name) for name in ("edition", "pages", "files")}
            for event in log.told("book.publish")}
    builds = BookBuild.objects.filter(is_published=True)
    for build in builds.select_related("competition", "edition", "pdf__blob", "site__blob", "epub__blob").order_by("pk"):
        scope = build.competition.code
        yield from log.compare("documentation_bookbuild", scope, scope, said.pop(scope, None), facts_of(build))
        for file in build.files:
            yield from files.compare_bytes("documentation_bookbuild", scope, scope, file)
    for scope, facts in said.items():
        yield from log.compare("documentation_bookbuild", scope, scope, facts, None)


def public_files() -> Iterator[log.Fault]:
    """Of all files the published books alone are open to everybody; who may read the others is asked anew each time."""
    said = {event.scope: event.detail.get("files") or {} for event in log.told("book.publish")}
    opened = {code for codes in said.values() for code in codes}
    for stored in StoredFile.objects.filter(access=StoredFile.Access.PUBLIC).select_related("original").order_by("pk").iterator(2000):
        code = stored.original.code if stored.original else stored.code
        if code not in opened:
            yield log.Fault("shared_storedfile", stored.scope, stored.code,
                            _("is open to everybody, and by the log only a published book is"))


for attestor in (books, public_files):
    log.attest("documentation", attestor)
