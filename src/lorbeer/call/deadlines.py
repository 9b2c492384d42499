"""When a phase has begun and when it is over, to the second; moments in words."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition, Phase
from lorbeer.shared.templatetags.formats import zone as zone_in_words


def lies_in(phase: Phase, moment: datetime) -> bool:
    return has_begun(phase, moment) and not is_over(phase, moment)


def has_begun(phase: Phase, moment: datetime) -> bool:
    return phase.starts_at is None or moment >= phase.starts_at


def is_over(phase: Phase, moment: datetime) -> bool:
    """An end names a second, and that second still counts: 23:59:59.999 is in time for 23:59:59."""
    return phase.ends_at is not None and moment >= phase.ends_at.replace(microsecond=0) + timedelta(seconds=1)


def moment_in_words(competition: Competition, moment: datetime, *, exact: bool = False) -> str:
    """A moment in the competition's zone, with seconds where they are not zero: “31 December 2017, 14:03:27 (CET)”.

    The last second of a day is 24:00, as pages write deadlines; not in an `exact` moment, such as that of a receipt.
    """
    with timezone.override(competition.time_zone):
        local, zone = timezone.localtime(moment), zone_in_words(moment)
    day = formats.date_format(local, "DATE_FORMAT")
    hour = local.strftime("%H:%M:%S") if local.second else local.strftime("%H:%M")
    if hour == "23:59:59" and not exact:
        hour = "24:00"
    return _("%(day)s, %(time)s (%(zone)s)") % {"day": day, "time": hour, "zone": zone}
