"""Importing the register."""

import hashlib
from datetime import date

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.register.readers import read_register
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput


@transaction.atomic
def import_register(data: bytes, *, as_of: date | None, source: str, is_extract: bool = False, by: object = None) -> RegisterEdition:
    """Make an edition of the register from a file; the same file twice is one edition.

    `as_of`: the day that it describes; None where the file says it. Editions in use stay as they are: next year's file is
    another edition. Raise BadInput, and leave nothing, where the file is wrong or says another day.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = RegisterEdition.objects.filter(sha256=digest).first()
    if known:
        return known
    register = read_register(data)
    if as_of and register.as_of and as_of != register.as_of:
        raise BadInput(_("The file describes the register as of %(theirs)s, not as of %(ours)s.")
                       % {"theirs": formats.date_format(register.as_of), "ours": formats.date_format(as_of)})
    as_of = as_of or register.as_of
    if as_of is None:
        raise BadInput(_("The file does not say which day it describes. Please give the day."))
    records = register.records
    edition = RegisterEdition.objects.create(as_of=as_of, source=source, sha256=digest, is_extract=is_extract)
    Municipality.objects.bulk_create(
        (
            Municipality(
                edition=edition, key=record.key, name=record.name, search_name=fold(record.name),
                legal_status=record.legal_status, land_code=record.land_code, population=record.population,
                postcode=record.postcode, hectares=record.hectares, latitude=record.latitude, longitude=record.longitude,
            )
            for record in records
        ),
        batch_size=2_000,
    )
    log.record("register.import", subject=f"register:{as_of}", actor=by, records=len(records), sha256=digest)
    return edition
