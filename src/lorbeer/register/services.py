"""Importing the register, and taking an edition out that nobody uses."""

import hashlib
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.register.queries import count_by_land, dependents_of
from lorbeer.register.readers import Record, read_register
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, Refused

LEAST_SHARE = 0.9                                                       # of the records of the last full edition


class Incomplete(BadInput):
    """The file can be read, and holds far less than the last full edition."""


@transaction.atomic
def import_register(data: bytes, *, as_of: date | None, source: str, is_extract: bool = False, by: object = None,
                    confirmed: bool = False) -> RegisterEdition:
    """Make an edition of the register from a file; the same file twice is one edition, of one day.

    `as_of`: the day that it describes; None where the file says it. Editions in use stay as they are: next year's file is
    another edition. Raise BadInput, and leave nothing, where the file is wrong or says another day; Incomplete where it holds
    far less than the last full edition and nobody has `confirmed` that this is right.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = RegisterEdition.objects.filter(sha256=digest).first()
    if known:
        if as_of and as_of != known.as_of:
            raise BadInput(_("This file is there already, as of %(theirs)s; nothing was changed. If %(ours)s is right, let an operator "
                             "remove that edition first and bring the file in again.")
                           % {"theirs": formats.date_format(known.as_of), "ours": formats.date_format(as_of)})
        return known
    register = read_register(data)
    if as_of and register.as_of and as_of != register.as_of:
        raise BadInput(_("The file describes the register as of %(theirs)s, not as of %(ours)s.")
                       % {"theirs": formats.date_format(register.as_of), "ours": formats.date_format(as_of)})
    as_of = as_of or register.as_of
    if as_of is None:
        raise BadInput(_("The file does not say which day it describes. Please give the day under “As of”, on the command line with "
                         "--as-of 2019-12-31."))
    records = register.records
    if not is_extract and not confirmed:
        _check_extent(records)
    edition = RegisterEdition.objects.create(as_of=as_of, source=source, sha256=digest, is_extract=is_extract)
    Municipality.objects.bulk_create(
        (
            Municipality(
                edition=edition, key=record.key, name=record.name, search_name=fold(record.name),
                legal_status=record.legal_status, text_code=record.text_code, land_code=record.land_code, population=record.population,
                postcode=record.postcode, hectares=record.hectares, latitude=record.latitude, longitude=record.longitude,
            )
            for record in records
        ),
        batch_size=2_000,
    )
    log.record("register.import", subject=f"register:{as_of}", actor=by, records=len(records), sha256=digest)
    return edition


def _check_extent(records: Sequence[Record]) -> None:
    """Raise Incomplete where whole Länder, or more than a tenth of the records of the last full edition are missing."""
    last = RegisterEdition.objects.filter(is_extract=False).order_by("-as_of", "-pk").first()
    if last is None:
        return
    before, here = count_by_land(last, whole=True), {record.land_code for record in records}
    facts = {"here": len(records), "before": before.total(), "day": formats.date_format(last.as_of)}
    gone = sorted(before.keys() - here)
    if gone:
        raise Incomplete(_("The file has %(here)d records and none of %(lands)s; the edition as of %(day)s has %(before)d. It was probably "
                           "cut off on the way: fetch it again. If it is right, confirm it.") % {**facts, "lands": ", ".join(gone)})
    if len(records) < LEAST_SHARE * before.total():
        raise Incomplete(_("The file has %(here)d records; the edition as of %(day)s has %(before)d. It was probably cut off on the way: "
                           "fetch it again. If it is right, confirm it.") % facts)


@transaction.atomic
def remove_edition(edition: RegisterEdition, *, reason: str = "", by: object = None) -> None:
    """Take out an edition that was brought in by mistake. Raises Refused where anything hangs on it or on one of its bodies."""
    edition = RegisterEdition.objects.select_for_update().get(pk=edition.pk)
    if dependents_of(edition):
        raise Refused(_("The edition as of %(day)s is in use, so it stays: a competition or an entry refers to it.")
                      % {"day": formats.date_format(edition.as_of)})
    log.record("register.remove", subject=f"register:{edition.as_of}", actor=by, records=edition.municipalities.count(),
               sha256=edition.sha256, reason=reason.strip())
    edition.delete()
