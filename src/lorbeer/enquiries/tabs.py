"""In the file of an entry: whether readers of the public database can write to its office, and how many did."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lorbeer.catalogue.queries import catalogue_of
from lorbeer.editions.rules import can_read_publication
from lorbeer.enquiries import queries, rules
from lorbeer.entries.models import Entry
from lorbeer.entries.tabs import Tab, register

MOST_SHOWN = 20


def render(request: HttpRequest, entry: Entry) -> str:
    came = queries.passed_on(entry)
    return render_to_string("enquiries/messages.html", {
        "entry": entry, "is_open": queries.is_open(entry), "is_public": entry.code in catalogue_of(entry.competition).by_code,
        "came": came[:MOST_SHOWN], "count": len(came), "may_switch": rules.can_switch(request.user, entry),
        "reached": bool(queries.recipients_of(entry)),
        "switch_url": reverse("enquiries:messages_switch", args=[entry.competition.code, entry.code]),
    }, request)


register(Tab("messages", gettext_lazy("Messages from readers"), render, can_read_publication))
