"""The list of entries and the file of one entry, whose tabs are addresses."""

from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.entries import embargo, queries, rules, services, tabs
from lorbeer.entries.forms import BiasForm, EntryFilter
from lorbeer.entries.models import Entry, State
from lorbeer.people.access import competition_for, roles_of
from lorbeer.people.forms import LAND_NAMES
from lorbeer.people.models import Role
from lorbeer.shared import lists
from lorbeer.shared.context import address
from lorbeer.shared.lists import Column
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import require


def _withdrawn(fact: str) -> Case:
    """When and how the last submission came of an entry that was withdrawn afterwards."""
    last = Entry.objects.filter(pk=OuterRef("pk")).order_by("-submissions__number").values(f"submissions__arrival__{fact}")[:1]
    return Case(When(state=State.WITHDRAWN, then=Subquery(last)))


def _listing(request: HttpRequest, place: Competition, query: QueryDict | None = None) -> lists.Listing:
    roles = request.roles  # type: ignore[attr-defined]
    visible = queries.entries_visible_to(request.user, place)
    lands = sorted(set(visible.exclude(land_code="").values_list("land_code", flat=True)))
    rows = (
        queries.with_title_told(visible.select_related("group"))
        .annotate(accepted=FilteredRelation("submissions", condition=Q(submissions__is_accepted=True)))
        .annotate(channel=Coalesce("accepted__arrival__channel", _withdrawn("channel")),
                  arrived_at=Coalesce("accepted__arrival__arrived_at", _withdrawn("arrived_at")))
    )
    kept = embargo.kept_in(request.user, place)
    read_state = embargo.state_reader(roles, kept)
    channels = {"online": _("online"), "email": _("by e-mail"), "post": _("by post")}

    def title(entry: Any) -> str:
        return _("(not submitted)") if entry.title_told is None else written_in(place, entry.title)

    columns = [
        Column("code", gettext_lazy("Code"), kind="code", sort="code"),
        Column("reference", gettext_lazy("File number"), sort="reference"),
        Column("title", gettext_lazy("Title"), value=title, sort="title_told"),
        Column("applicant", place.applicant_word, sort="applicant"),
        *([Column("round", gettext_lazy("Round"), kind="number", sort="round")] if len(place.rounds) > 1 else []),
        *([Column("land", gettext_lazy("Land"), value=lambda entry: LAND_NAMES.get(entry.land_code, entry.land_code),
                  sort="land_code")] if place.of_register or lands else []),
        Column("group", gettext_lazy("Award group"), value=lambda entry: str(entry.group) if entry.group else "",
               sort="group__position"),
        *([Column("population", gettext_lazy("Inhabitants"), kind="number", sort="population")] if place.of_register else []),
        Column("amount", gettext_lazy("Applied for"), kind="money", value=lambda entry: entry.amount_cents,
               sort="amount_cents"),
        Column("channel", gettext_lazy("Channel"), value=lambda entry: channels.get(entry.channel, ""), sort="channel"),
        Column("arrived_at", gettext_lazy("Arrived"), kind="moment", sort="arrived_at"),
        Column("state", gettext_lazy("State"), kind="state", value=read_state, sort=() if kept or embargo.mask_for(roles) else "state",
               export=lambda entry: str(State(read_state(entry)).label)),
    ]
    return lists.build(
        request, rows, columns, form=EntryFilter, form_arguments={"competition": place, "roles": roles, "lands": lands, "kept": kept},
        order="title", name="beitraege", query=query,
    )


def _shown_columns(listing: lists.Listing, place: Competition) -> list[Column]:
    """The columns of the page: the title leads to the file; what no entry here has is left to the download."""
    funds = place.prizes.filter(up_to=True).exists()
    hidden = {"reference", "channel"} | (set() if funds else {"amount"})

    def address(entry: Any) -> str:
        return listing.with_place(reverse("entries:entry_show", args=[place.code, entry.code]))

    return [
        Column(column.key, column.label, column.kind, column.value, address, column.sort) if column.key == "title" else column
        for column in listing.columns if column.key not in hidden
    ]


@login_required
@require_safe
def entry_list(request: HttpRequest, competition: str) -> HttpResponse:
    """All entries one may see, with filters, sorting, pages and downloads."""
    place = competition_for(request, competition)
    allowed = rules.can_list_entries(request.user, place)
    if not allowed and not request.roles:  # type: ignore[attr-defined]
        raise Http404
    require(allowed)
    listing = _listing(request, place)
    if file := listing.download():
        return file
    listing.columns = _shown_columns(listing, place)
    return render(request, "entries/entry_list.html", {"listing": listing})


def find_entry(request: HttpRequest, competition: str, code: str) -> Entry:
    """An entry whose file the reader may open; 404 for strangers, 403 with the reason for insiders.

    404 for insiders, too, while the entry has not been admitted: a reason would tell that there is one with this code.
    """
    place = competition_for(request, competition)
    entry = get_object_or_404(Entry.objects.select_related("group", "municipality"), competition=place, code=code)
    entry.competition = place
    verdict = rules.can_read_entry(request.user, entry)
    if not verdict and not (request.roles and entry.state in queries.ADMITTED):  # type: ignore[attr-defined]
        raise Http404
    require(verdict)
    return entry


@login_required
@require_safe
def entry_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The file, opened at its first tab that the reader may read."""
    entry = find_entry(request, competition, code)
    found = [tab for tab in tabs.all_tabs() if tab.render and tab.concerns(entry)]
    chosen = next((tab for tab in found if tab.rule(request.user, entry)), None) or tabs.find("history")
    if chosen is None:
        raise Http404
    return _shown(request, entry, chosen)


@login_required
@require_safe
def entry_tab(request: HttpRequest, competition: str, code: str, tab: str) -> HttpResponse:
    entry = find_entry(request, competition, code)
    found = tabs.find(tab)
    if found is None or not found.concerns(entry):
        raise Http404
    if found.view_name and found.render is None:
        return redirect(found.view_name, competition=entry.competition.code, code=entry.code)
    return _shown(request, entry, found)


def _beside(place: Competition, code: str, current: tabs.Tab) -> str:
    """The same tab of another entry, or its file where it has no such tab."""
    entry = Entry.objects.get(competition=place, code=code)
    entry.competition = place
    if current.concerns(entry):
        return reverse("entries:entry_tab", args=[place.code, code, current.code])
    return reverse("entries:entry_show", args=[place.code, code])


def _shown(request: HttpRequest, entry: Entry, current: tabs.Tab) -> HttpResponse:
    place, roles = entry.competition, request.roles  # type: ignore[attr-defined]
    verdict = current.rule(request.user, entry)
    content = mark_safe(current.render(request, entry)) if verdict and current.render else ""  # noqa: S308 - from templates
    token = f"?list={request.GET['list']}" if request.GET.get("list") else ""
    items = []
    for tab in tabs.all_tabs():
        if tab.concerns(entry):
            if tab.view_name and not tab.render:
                url = reverse(tab.view_name, kwargs={"competition": place.code, "code": entry.code})
            else:
                url = reverse("entries:entry_tab", args=[place.code, entry.code, tab.code]) + token
            items.append({"label": tab.label, "url": url, "current": tab.code == current.code})
    reads_head = rules.can_read_draft(request.user, entry) or queries.is_title_told(entry)
    head = SimpleNamespace(
        code=entry.code, title=entry.title if reads_head else _("(not submitted)"), applicant=entry.applicant,
        group=entry.group, state=embargo.state_shown(entry, roles, request.user),
    )
    list_url = reverse("entries:entry_list", args=[place.code])
    back = [(_("Entries"), list_url)] if rules.can_list_entries(request.user, place) else []
    own = [(_("My entries"), address("intake:entry_start", competition=place.code))]
    return render(request, "entries/entry_show.html", {
        "entry": entry, "head": head, "tabs": items, "current": current, "content": content, "verdict": verdict,
        "meta": " · ".join(filter(None, [entry.reference, LAND_NAMES.get(entry.land_code, "")])),
        "place": lists.place(
            request, entry.code, lambda key: _beside(place, key, current),
            lambda asked, query: _listing(asked, place, query), list_url) if back else None,
        "invite_url": address("intake:contributor_list", competition=place.code, code=entry.code)
        if rules.can_invite_contact(request.user, entry) else "",
        "can_declare_bias": bool(rules.can_declare_bias(request.user, entry)),
        "breadcrumb": [*(back or (own if queries.is_contributor(request.user, entry) else [])), (entry.code, "")],
    })


@login_required
def bias_declare(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Somebody who screens or decides says that they are biased; the entry closes to them at once."""
    entry = find_entry(request, competition, code)
    require(rules.can_declare_bias(request.user, entry))
    form, roles = BiasForm(request.POST or None), roles_of(request.user, entry.competition)
    if request.method == "POST" and form.is_valid():
        services.declare_bias(entry, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Recorded. This entry is closed to you now, and the office sees it."))
        return redirect("website:desk", competition=entry.competition.code)
    return render(request, "confirm.html", {
        "title": in_sentence(_("Declare bias for “%(entry)s”?"), entry=written_in(entry.competition, str(entry))),
        "form": form, "button_label": _("Declare bias"),
        "consequences": [
            _("You cannot read this entry any more, nor take part in decisions on it."),
            *([_("A sheet that you have not sealed is thrown away, and somebody else reads the entry. A sealed vote stays as it is.")]
              if Role.Kind.SCREENER in roles else []),
            *([_("In the jury your seat stays empty for it: a deputy acts only where a member is absent.")]
              if Role.Kind.JUROR in roles else []),
            _("You cannot undo it yourself; ask the office if it was a mistake."),
        ],
        "cancel_url": reverse("entries:entry_show", args=[entry.competition.code, entry.code]),
    })
