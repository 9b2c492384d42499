"""Letters of intent, and the funnel from the first letter to the admission."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lorbeer.call.models import Phase
from lorbeer.outreach import forms, queries, rules, services
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.outreach.tasks import apart_in_words, funnel_rows
from lorbeer.outreach.views.common import changing, reading, require_here, tabs_of
from lorbeer.people.access import competition_for
from lorbeer.people.models import Person
from lorbeer.shared.context import address as address_of_page
from lorbeer.shared.errors import Refused
from lorbeer.shared.lands import land_name
from lorbeer.shared.lists import Column, build
from lorbeer.shared.text import written_in


def intent_new(request: HttpRequest, competition: str) -> HttpResponse:
    """The public form; searching for the municipality is a step of the same form, so nothing typed is lost."""
    found = competition_for(request, competition)
    verdict = rules.can_announce(found)
    if request.method == "POST" and not verdict:
        raise Refused(str(verdict.reason))
    person = request.user if isinstance(request.user, Person) else None
    initial = {"contact_name": person.name, "contact_email": person.email} if person else {}
    searching = forms.is_search(request.POST)
    if searching:
        form = forms.OnlineIntentForm(competition=found, initial=initial | request.POST.dict())
    else:
        form = forms.OnlineIntentForm(request.POST if request.method == "POST" else None, competition=found, initial=initial)
    if request.method == "POST" and not searching and form.is_valid():
        data = form.cleaned_data
        intent = services.announce(
            found, applicant=data["applicant"], municipality=data.get("municipality"), subject=data["subject"],
            contact_name=data["contact_name"], contact_email=data["contact_email"], person=person)
        return redirect("outreach:intent_done", competition=found.code, code=intent.code)
    return render(request, "outreach/intent_new.html", {
        "form": form, "verdict": verdict, "phase": queries.letters_phase(found), "searching": searching,
        "apply_url": address_of_page("intake:entry_start", competition=found.code),
    }, status=422 if form.is_bound else 200)


@require_safe
def intent_done(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Thanks, with the code; nothing of what was written: the address can be guessed by nobody, but passed on."""
    found = competition_for(request, competition)
    intent = get_object_or_404(found.letters_of_intent.select_related("group"), code=code)
    mailed = queries.links_mailed(intent).values_list("created_at", flat=True).first()
    return render(request, "outreach/intent_done.html", {
        "intent": intent, "mailed_at": mailed, "is_change": queries.is_change_open(intent),
        "next_link_at": None if "confirmed" in request.GET else queries.next_link_at(intent),      # of whom nothing new was sent just now
        "pause": queries.BETWEEN_LINKS.seconds // 60, "most": queries.MOST_LINKS_A_DAY,
        "apply_url": address_of_page("intake:entry_start", competition=found.code),
        "deadline": found.phases.filter(kind=Phase.Kind.ENTRIES).order_by("-ends_at").first(),
    })


def intent_confirm(request: HttpRequest, competition: str, token: str) -> HttpResponse:
    """The link by mail. Opening it changes nothing: mail programs open links by themselves."""
    found = competition_for(request, competition)
    intent, contact_name, is_old = queries.intent_of_token(found, token)
    if intent is None:
        raise Http404
    if request.method == "POST" and not is_old:
        if services.confirm_intent(intent, by=None, contact_name=contact_name, shown=request.POST.get("contact")):
            return redirect(reverse("outreach:intent_done", args=[found.code, intent.code]) + "?confirmed=yes")
        contact_name, is_old = queries.intent_of_token(found, token)[1:]
    return render(request, "outreach/intent_confirm.html", {
        "intent": intent, "contact_name": contact_name, "is_old": is_old, "is_other": request.method == "POST" and not is_old,
    }, status=422 if request.method == "POST" else 200)


@require_safe
def intent_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)

    def url(intent: LetterOfIntent) -> str:
        return reverse("outreach:intent_show", args=[found.code, intent.code])

    is_late = queries.lateness(found)
    columns = [
        Column("applicant", found.applicant_word, sort="applicant", url=url),
        Column("subject", gettext_lazy("About"), value=lambda one: written_in(found, one.subject), sort="subject"),
        *([Column("land", gettext_lazy("Land"), sort="land_code", value=lambda one: land_name(one.land_code))] if found.of_register else []),
        Column("group", gettext_lazy("Award group"), sort="group__position",
               value=lambda one: str(one.group.label) if one.group else ""),
        Column("channel", gettext_lazy("Came"), sort="channel", value=_way),
        Column("received_at", gettext_lazy("Received"), kind="moment", sort="received_at"),
        *([Column("late", gettext_lazy("In time"), value=lambda one: _("late") if is_late(one.received_at) else _("yes"))]
          if queries.letters_phase(found) else []),
        Column("entry", gettext_lazy("Entry"), sort="entry__code",
               value=lambda one: one.entry.code if one.entry else "", url=url),
    ]
    rows = found.letters_of_intent.select_related("group", "entry")
    listing = build(request, rows, columns, form=forms.IntentFilter, order="-received_at", name="absichtserklaerungen",
                    form_arguments={"of_register": found.of_register})
    if file := listing.download():
        return file
    return render(request, "outreach/intent_list.html", {
        "tabs": tabs_of(found, "intent_list"), "listing": listing, "phase": queries.letters_phase(found),
        "open": rules.can_announce(found), "may_change": rules.can_change_outreach(request.user, found),
        "total": rows.count(), "unconfirmed": rows.filter(confirmed_at=None).count(), "entered": rows.exclude(entry=None).count(),
    })


def _way(intent: LetterOfIntent) -> str:
    word = channel_word(intent.channel)
    return word if intent.confirmed_at else _("%(channel)s, not confirmed") % {"channel": word}


def channel_word(channel: str) -> str:
    return {"online": _("online"), "email": _("by e-mail"), "post": _("by post")}.get(channel, channel)


def intent_note(request: HttpRequest, competition: str) -> HttpResponse:
    """The office types in what came by post or mail, even after the date."""
    found = changing(request, competition)
    searching = forms.is_search(request.POST)
    if searching:
        form = forms.OfficeIntentForm(competition=found, initial=request.POST.dict())
    else:
        form = forms.OfficeIntentForm(request.POST if request.method == "POST" else None, competition=found)
    if request.method == "POST" and not searching and form.is_valid():
        data = form.cleaned_data
        intent = services.record_intent(
            found, applicant=data["applicant"], municipality=data.get("municipality"), subject=data["subject"],
            contact_name=data["contact_name"], contact_email=data["contact_email"], channel=data["channel"], by=request.user,
            received_at=form.received_at)
        messages.success(request, _("The letter of intent of %(name)s is noted.") % {"name": intent.applicant})
        return redirect("outreach:intent_list", competition=found.code)
    return render(request, "outreach/intent_note.html", {"form": form, "open": rules.can_announce(found)},
                  status=422 if form.is_bound else 200)


def intent_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = reading(request, competition)
    intent = get_object_or_404(found.letters_of_intent.select_related("group", "entry", "municipality", "noted_by"), code=code)
    form = forms.LinkForm(request.POST or None, initial={"entry": intent.entry.code if intent.entry else ""})
    if request.method == "POST":
        changing(request, competition)
        if "_confirm" in request.POST:
            services.confirm_intent(intent, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("The letter of intent counts from now on."))
            return redirect("outreach:intent_show", competition=found.code, code=intent.code)
        if form.is_valid():
            word = form.cleaned_data["entry"].strip().upper()
            entry = found.entries.filter(code=word).first() if word else None
            if word and entry is None:
                form.add_error("entry", _("There is no entry with this code in this competition."))
            else:
                services.link_intent(intent, entry, by=request.user)
                messages.success(request, _("The letter of intent is tied to %(code)s.") % {"code": entry.code} if entry
                                 else _("The letter of intent is tied to no entry."))
                return redirect("outreach:intent_list", competition=found.code)
    return render(request, "outreach/intent_show.html", {
        "intent": intent, "is_late": queries.lateness(found)(intent.received_at), "form": form, "channel": channel_word(intent.channel),
        "land": land_name(intent.land_code) if intent.land_code else "",
        "candidates": list(queries.entries_for(intent).exclude(pk=intent.entry_id)[:10]),
        "may_change": rules.can_change_outreach(request.user, found),
        "entry_url": address_of_page("entries:entry_show", competition=found.code, code=intent.entry.code)
        if intent.entry else "",
    }, status=422 if form.is_bound else 200)


@require_safe
def funnel_show(request: HttpRequest, competition: str) -> HttpResponse:
    """From those written to down to the admitted, as a picture and per Land or award group."""
    found = competition_for(request, competition)
    require_here(request, found, rules.can_see_funnel(request.user, found))
    of_lands = found.of_register
    by = "group" if request.GET.get("by") == "group" or not of_lands else "land"
    rows = queries.funnel_by(found, by)
    whose = (_("Municipalities, handed in"), _("Municipalities, admitted")) if of_lands else (
        _("Applicants, handed in"), _("Applicants, admitted"))
    columns = [
        Column("label", _("Award group") if by == "group" else _("Land"), sort="label"),
        Column("addressed", gettext_lazy("Written to"), kind="number", sort="addressed"),
        *([Column("intents", gettext_lazy("Letters of intent"), kind="number", sort="intents")] if queries.has_letters(found) else []),
        Column("drafts", gettext_lazy("Begun"), kind="number", sort="drafts"),
        Column("received", gettext_lazy("Handed in"), kind="number", sort="received"),
        Column("received_from", whose[0], kind="number", sort="received_from"),
        Column("admitted", gettext_lazy("Admitted"), kind="number", sort="admitted"),
        Column("admitted_from", whose[1], kind="number", sort="admitted_from"),
    ]
    listing = build(request, rows, columns, name="trichter", key="key")
    if file := listing.download():
        return file
    url, shown = reverse("outreach:funnel_show", args=[found.code]), funnel_rows(found)
    note = _("Begun: every entry ever begun, handed in or not.")
    if any(row["label"] == _("Written to") for row in shown):
        note = f"{_('Written to: addresses that can be reached by mail.')} {note}"
    return render(request, "outreach/funnel_show.html", {
        "tabs": tabs_of(found, "funnel_show") if rules.can_see_outreach(request.user, found) else [],
        "rows": shown, "note": note, "apart": apart_in_words(found), "listing": listing, "by": by,
        "choices": [{"label": _("By Land"), "url": url, "current": by == "land"},
                    {"label": _("By award group"), "url": f"{url}?by=group", "current": by == "group"}] if of_lands else [],
    })
