"""The result's tab in the file of an entry: the same for winners and others until the announcement."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.rules import can_see_award_of
from lorbeer.awards.views import result_facts
from lorbeer.entries.models import Entry
from lorbeer.entries.tabs import Tab, register


def show(request: HttpRequest, entry: Entry) -> str:
    return render_to_string("awards/_result.html", {"entry": entry, **result_facts(request.user, entry)}, request)


register(Tab("award", _("Result"), render=show, rule=can_see_award_of))
