"""Importing the register."""

import hashlib
from datetime import date

from django.db import transaction

from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.register.readers import read_records
from lorbeer.shared import log


@transaction.atomic
def import_register(data: bytes, *, as_of: date, source: str, is_extract: bool = False, by: object = None) -> RegisterEdition:
    """Make an edition of the register from a file; the same file twice is one edition.

    Editions in use stay as they are: next year's file is another edition. Raise BadInput, and leave nothing, where the
    file is wrong.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = RegisterEdition.objects.filter(sha256=digest).first()
    if known:
        return known
    records = read_records(data)
    edition = RegisterEdition.objects.create(as_of=as_of, source=source, sha256=digest, is_extract=is_extract)
    Municipality.objects.bulk_create(
        (
            Municipality(
                edition=edition, key=record.key, name=record.name, search_name=fold(record.name),
                legal_status=record.legal_status, land_code=record.land_code, population=record.population,
                postcode=record.postcode, latitude=record.latitude, longitude=record.longitude,
            )
            for record in records
        ),
        batch_size=2_000,
    )
    log.record("register.import", subject=f"register:{as_of}", actor=by, records=len(records), sha256=digest)
    return edition
