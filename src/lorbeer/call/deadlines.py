"""Moments in words."""

from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.shared.templatetags.formats import zone as zone_in_words


def moment_in_words(competition: Competition, moment: datetime, *, exact: bool = False) -> str:
    """A moment in the competition's zone, with seconds where they are not zero: “31 December 2017, 14:03:27 (CET)”.

    The last second of a day is 24:00, as pages write deadlines. `exact`: to the second, whatever it is, wherever the moment
    decides or is judged by: an arrival, a receipt, the deadline that was missed.
    """
    with timezone.override(competition.time_zone):
        local, zone = timezone.localtime(moment), zone_in_words(moment)
    day = formats.date_format(local, "DATE_FORMAT")
    hour = local.strftime("%H:%M:%S") if local.second or exact else local.strftime("%H:%M")
    if hour == "23:59:59" and not exact:
        hour = "24:00"
    return _("%(day)s, %(time)s (%(zone)s)") % {"day": day, "time": hour, "zone": zone}
