"""The distribution list, mailings in waves, letters of intent, the funnel."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.forms import LANGUAGE_NAMES
from lorbeer.call.models import Competition, Phase
from lorbeer.outreach import forms, queries, rules, services
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.outreach.tasks import failed_mails, funnel_rows
from lorbeer.people.access import competition_for
from lorbeer.people.models import Person
from lorbeer.shared import outbox
from lorbeer.shared.context import address as address_of_page
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.shared.lands import land_name
from lorbeer.shared.lists import Column, build
from lorbeer.shared.models import Message
from lorbeer.shared.verdicts import Verdict


def _require(request: HttpRequest, competition: Competition, verdict: Verdict) -> Competition:
    """Strangers do not learn that there is a page; insiders hear why it is not theirs."""
    if verdict:
        return competition
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    raise Refused(str(verdict.reason))


def reading(request: HttpRequest, code: str) -> Competition:
    competition = competition_for(request, code)
    return _require(request, competition, rules.can_see_outreach(request.user, competition))


def changing(request: HttpRequest, code: str) -> Competition:
    competition = competition_for(request, code)
    return _require(request, competition, rules.can_change_outreach(request.user, competition))


def _tabs(competition: Competition, current: str) -> list[dict[str, Any]]:
    names = [("wave_list", _("Mailings")), ("address_list", _("Distribution list")), ("mail_list", _("Outbox")),
             ("intent_list", _("Letters of intent")), ("funnel_show", _("Funnel"))]
    return [{"label": label, "url": reverse(f"outreach:{name}", args=[competition.code]), "current": name == current}
            for name, label in names]


# --- the distribution list --------------------------------------------------------------------------------------------


@require_safe
def address_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)
    categories = queries.categories_of(found)
    columns = [
        Column("name", gettext_lazy("Name"), sort="name",
               url=lambda row: reverse("outreach:address_edit", args=[found.code, row.code])),
        Column("email", gettext_lazy("E-mail"), sort="email"),
        Column("category", gettext_lazy("Category"), sort="category"),
        Column("land", gettext_lazy("Land"), sort="land_code", value=lambda row: land_name(row.land_code)),
        Column("key", gettext_lazy("Official key"), sort="municipality__key",
               value=lambda row: row.municipality.key if row.municipality else ""),
        Column("unsubscribed_at", gettext_lazy("Unsubscribed"), kind="moment", sort="unsubscribed_at"),
    ]
    listing = build(request, found.addresses.select_related("municipality"), columns, form=forms.AddressFilter, order="name",
                    name="verteiler", form_arguments={"categories": categories})
    if file := listing.download():
        return file
    return render(request, "outreach/address_list.html", {
        "tabs": _tabs(found, "address_list"), "listing": listing,
        "without_mail": found.addresses.filter(email="", unsubscribed_at=None).count(),
        "unsubscribed": found.addresses.exclude(unsubscribed_at=None).count(), "categories": categories,
        "may_change": rules.can_change_outreach(request.user, found),
    })


def address_new(request: HttpRequest, competition: str) -> HttpResponse:
    found = changing(request, competition)
    form = forms.AddressForm(request.POST or None, instance=Address(competition=found))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        new, double = services.add_addresses(found, [{
            "category": data["category"], "name": data["name"], "email": data["email"],
            "municipality_key": data["municipality_key"], "land": data["land_code"]}], by=request.user)
        if new:
            messages.success(request, _("“%(name)s” is in the list.") % {"name": data["name"]})
        else:
            messages.info(request, _("“%(name)s” was in the list already.") % {"name": data["name"]})
        return redirect("outreach:address_list", competition=found.code)
    return render(request, "outreach/address_edit.html", {"form": form, "address": None},
                  status=422 if form.is_bound else 200)


def address_edit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = changing(request, competition)
    address = get_object_or_404(found.addresses.select_related("municipality"), code=code)
    address.competition = found
    form = forms.AddressForm(request.POST or None, instance=address)
    if request.method == "POST" and form.is_valid():
        services.change_address(form.instance, by=request.user)
        messages.success(request, _("“%(name)s” is saved.") % {"name": address.name})
        return redirect("outreach:address_list", competition=found.code)
    mails = Message.objects.filter(scope=found.code, recipient=address.email) if address.email else Message.objects.none()
    return render(request, "outreach/address_edit.html", {
        "form": form, "address": address, "mails": [_mail_row(one) for one in mails.order_by("-created_at", "-pk")[:20]],
    }, status=422 if form.is_bound else 200)


def address_remove(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = changing(request, competition)
    address = get_object_or_404(found.addresses, code=code)
    if request.method == "POST":
        services.remove_address(address, by=request.user)
        messages.success(request, _("“%(name)s” is off the list.") % {"name": address.name})
        return redirect("outreach:address_list", competition=found.code)
    return render(request, "confirm.html", {
        "title": _("Take “%(name)s” off the list?") % {"name": address.name}, "danger": True,
        "consequences": [_("The address is deleted. The next import can bring it back."),
                         _("If the recipient does not want mails any more, note that instead: it lasts.")],
        "button_label": _("Delete the address"), "cancel_url": reverse("outreach:address_edit", args=[found.code, code]),
    })


@require_POST
def address_stop(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The office notes that a recipient wants no more mails."""
    found = changing(request, competition)
    address = get_object_or_404(found.addresses, code=code)
    services.unsubscribe(address, by=request.user)
    messages.success(request, _("Nothing is written to “%(name)s” any more.") % {"name": address.name})
    return redirect("outreach:address_list", competition=found.code)


def address_unsubscribe(request: HttpRequest, competition: str, token: str) -> HttpResponse:
    """The link in every mailing. Opening it changes nothing: mail programs open links by themselves."""
    found = competition_for(request, competition)
    address = queries.address_of_token(found, token)
    if address is None:
        raise Http404
    if request.method == "POST":
        services.unsubscribe(address, by=None)
        return redirect(request.path)
    return render(request, "outreach/address_unsubscribe.html", {"address": address})


def address_import(request: HttpRequest, competition: str) -> HttpResponse:
    found = changing(request, competition)
    form = forms.AddressImportForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    report = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > services.LARGEST_LIST:
                raise BadInput(_("The file is larger than 10 MB. Split it."))
            report = services.import_addresses(found, upload.read(), by=request.user)
        except BadInput as error:
            form.add_error("file", str(error))
            faults = error.faults if error.faults != [str(error)] else []
    if report is not None and not report.doubles:
        messages.success(request, ngettext("%(count)d address is new.", "%(count)d addresses are new.", report.new)
                         % {"count": report.new})
        return redirect("outreach:address_list", competition=found.code)
    return render(request, "outreach/address_import.html", {"form": form, "faults": faults, "report": report},
                  status=422 if form.errors else 200)


# --- waves ------------------------------------------------------------------------------------------------------------


@require_safe
def wave_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)
    counts: dict[str, dict[str, int]] = {}
    mails = Message.objects.filter(scope=found.code, kind="wave").order_by()
    for subject, state, number in mails.values_list("subject", "state").annotate(Count("pk")):
        counts.setdefault(subject, {})[state] = number
    waves = [{"wave": wave, "counts": counts.get(f"wave:{wave.code}", {})} for wave in
             found.waves.select_related("letter").order_by("queued_at", "planned_on", "pk")]
    return render(request, "outreach/wave_list.html", {
        "tabs": _tabs(found, "wave_list"), "planned": [row for row in waves if not row["wave"].queued_at],
        "sent": [row for row in waves if row["wave"].queued_at][::-1],
        "may_change": rules.can_change_outreach(request.user, found), "failed": failed_mails(found).count(),
        "addresses": found.addresses.filter(unsubscribed_at=None).exclude(email="").count(),
        "has_letters": found.letters.filter(code__startswith="wave").exists(),
        "letters_url": address_of_page("call:letter_list", competition=found.code),
    })


def wave_new(request: HttpRequest, competition: str) -> HttpResponse:
    found = changing(request, competition)
    return _edit_wave(request, found, Wave(competition=found))


def wave_edit(request: HttpRequest, competition: str, wave: str) -> HttpResponse:
    found = changing(request, competition)
    chosen = _wave(found, wave)
    if chosen.queued_at:
        raise Refused(_("This wave has been sent already. Plan a new one to write again."))
    return _edit_wave(request, found, chosen)


def _wave(competition: Competition, code: str) -> Wave:
    wave = get_object_or_404(competition.waves.select_related("letter"), code=code)
    wave.competition = competition
    return wave


def _edit_wave(request: HttpRequest, competition: Competition, wave: Wave) -> HttpResponse:
    old_code = wave.code
    form = forms.WaveForm(request.POST or None, instance=wave)
    if request.method == "POST" and form.is_valid():
        saved = services.plan_wave(competition, by=request.user, wave=form.instance)
        return redirect("outreach:wave_show", competition=competition.code, wave=saved.code)
    return render(request, "outreach/wave_edit.html", {
        "form": form, "wave": wave, "is_new": wave.pk is None,
        "cancel_url": reverse("outreach:wave_show", args=[competition.code, old_code]) if wave.pk
        else reverse("outreach:wave_list", args=[competition.code]),
        "letters_url": address_of_page("call:letter_list", competition=competition.code),
    }, status=422 if form.is_bound else 200)


@require_safe
def wave_show(request: HttpRequest, competition: str, wave: str) -> HttpResponse:
    """The letter left, as a real recipient gets it right; then the outbox with what left and what came back."""
    found = reading(request, competition)
    chosen = _wave(found, wave)
    recipients = queries.addresses_of(chosen)
    count = recipients.count()
    number = _number(request.GET.get("recipient"), 1, max(count, 1))
    address = recipients[number - 1:number].first() if count else None
    try:
        title, body = services.written(chosen, address or services.specimen(found))
        trouble = ""
    except LorbeerError as error:
        title = body = ""
        trouble = str(error)
    states = queries.outbox_counts(chosen) if chosen.queued_at else {}
    failed = [_mail_row(one) for one in queries.messages_of(chosen).filter(state=Message.State.FAILED).order_by("pk")[:100]]
    bounced = queries.messages_of(chosen).exclude(bounced_at=None).count() if chosen.queued_at else 0
    return render(request, "outreach/wave_show.html", {
        "wave": chosen, "count": count, "without": queries.chosen_by(chosen).filter(email="").count(), "number": number,
        "previous": number > 1, "previous_url": f"?recipient={number - 1}",
        "following": number < count, "following_url": f"?recipient={number + 1}",
        "address": address, "title": title, "body": body, "trouble": trouble, "states": states, "failed": failed,
        "bounced": bounced, "may_change": rules.can_change_outreach(request.user, found),
        "languages": [(LANGUAGE_NAMES.get(code, code), number) for code, number in queries.languages_of(chosen)],
        "letter_url": address_of_page("call:letter_edit", competition=found.code, code=chosen.letter.code,
                                      language=chosen.letter.language),
        "parts": [part for part in (
            {"label": _("left"), "value": states.get("done", 0), "tone": "success"},
            {"label": _("waits"), "value": states.get("waiting", 0) + states.get("running", 0), "tone": "info"},
            {"label": _("failed"), "value": states.get("failed", 0), "tone": "danger"},
            {"label": _("stopped"), "value": states.get("stopped", 0), "tone": "quiet"},
        ) if part["value"]],
    })


def _number(text: str | None, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text and text.isdigit() and len(text) < 9 else least


@require_POST
def wave_test(request: HttpRequest, competition: str, wave: str) -> HttpResponse:
    found = changing(request, competition)
    assert isinstance(request.user, Person)
    services.send_test(_wave(found, wave), to=request.user)
    messages.success(request, _("A test mail to %(email)s is in the outbox.") % {"email": request.user.email})
    return redirect("outreach:wave_show", competition=found.code, wave=wave)


def wave_send(request: HttpRequest, competition: str, wave: str) -> HttpResponse:
    found = changing(request, competition)
    chosen = _wave(found, wave)
    if request.method == "POST":
        count = services.send_wave(chosen, by=request.user)
        messages.success(request, ngettext("%(count)d mail is in the outbox.", "%(count)d mails are in the outbox.", count)
                         % {"count": count})
        return redirect("outreach:wave_show", competition=found.code, wave=wave)
    if chosen.queued_at:
        raise Refused(_("This wave has been sent already. Plan a new one to write again."))
    count = queries.addresses_of(chosen).count()
    without = queries.chosen_by(chosen).filter(email="").count()
    consequences = [
        ngettext("%(count)d mail goes into the outbox and leaves from there.",
                 "%(count)d mails go into the outbox and leave from there.", count) % {"count": count},
        _("Subject: %(subject)s") % {"subject": chosen.letter.subject},
        _("It cannot be called back, and this wave cannot be sent a second time."),
    ]
    if without:
        consequences.insert(1, ngettext("%(count)d recipient has no mail address and gets nothing.",
                                        "%(count)d recipients have no mail address and get nothing.", without)
                            % {"count": without})
    return render(request, "confirm.html", {
        "title": _("Send the mailing “%(title)s”?") % {"title": chosen.title}, "consequences": consequences,
        "button_label": ngettext("Send %(count)d mail", "Send %(count)d mails", count) % {"count": count},
        "cancel_url": reverse("outreach:wave_show", args=[found.code, wave]),
    })


def wave_delete(request: HttpRequest, competition: str, wave: str) -> HttpResponse:
    found = changing(request, competition)
    chosen = _wave(found, wave)
    if request.method == "POST":
        services.delete_wave(chosen, by=request.user)
        messages.success(request, _("The mailing “%(title)s” is deleted.") % {"title": chosen.title})
        return redirect("outreach:wave_list", competition=found.code)
    if chosen.queued_at:
        raise Refused(_("This wave has been sent; it stays here as a record."))
    return render(request, "confirm.html", {
        "title": _("Delete the mailing “%(title)s”?") % {"title": chosen.title}, "danger": True,
        "consequences": [_("The plan is gone. Its letter stays.")], "button_label": _("Delete the mailing"),
        "cancel_url": reverse("outreach:wave_show", args=[found.code, wave]),
    })


def _mail_row(message: Message) -> dict[str, Any]:
    words = {"waiting": _("waits"), "running": _("waits"), "done": _("left"), "failed": _("failed"), "stopped": _("stopped")}
    tones = {"done": "success", "failed": "danger", "stopped": "quiet"}
    bounced = message.bounced_at is not None
    return {"mail": message, "word": _("came back") if bounced else words[message.state],
            "tone": "danger" if bounced else tones.get(message.state, "info"),
            "sign": "✕" if bounced or message.state == "failed" else "✓" if message.state == "done" else "·"}


@require_safe
def mail_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Everything that left, waits or came back, with the reason and a second try."""
    found = reading(request, competition)
    mails = Message.objects.filter(scope=found.code)
    columns = [
        Column("created_at", gettext_lazy("Written"), kind="moment", sort="created_at"),
        Column("recipient", gettext_lazy("To"), sort="recipient"),
        Column("title", gettext_lazy("Subject"), sort="title"),
        Column("state", gettext_lazy("State"), sort="state", value=lambda mail: _mail_row(mail)["word"]),
        Column("error", gettext_lazy("Reason"), sort="error"),
    ]
    listing = build(request, mails, columns, form=forms.MailFilter, order="-created_at", name="postausgang", key="pk")
    if file := listing.download():
        return file
    return render(request, "outreach/mail_list.html", {
        "tabs": _tabs(found, "mail_list"), "listing": listing, "counts": outbox.counts(scope=found.code),
        "may_change": rules.can_change_outreach(request.user, found),
        "failed": [_mail_row(one) for one in failed_mails(found).order_by("-created_at", "-pk")[:50]],
    })


@require_POST
def mail_again(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    found = changing(request, competition)
    message = get_object_or_404(Message, pk=number, scope=found.code)
    outbox.send_again(message, by=request.user)
    messages.success(request, _("The mail to %(recipient)s is tried again.") % {"recipient": message.recipient})
    wave = message.subject.removeprefix("wave:") if message.kind == "wave" else ""
    if wave and found.waves.filter(code=wave).exists():
        return redirect("outreach:wave_show", competition=found.code, wave=wave)
    return redirect("outreach:mail_list", competition=found.code)


# --- letters of intent ------------------------------------------------------------------------------------------------


def intent_new(request: HttpRequest, competition: str) -> HttpResponse:
    """The public form; searching for the municipality is a step of the same form, so nothing typed is lost."""
    found = competition_for(request, competition)
    verdict = rules.can_announce(found)
    if request.method == "POST" and not verdict:
        raise Refused(str(verdict.reason))
    person = request.user if isinstance(request.user, Person) else None
    initial = {"contact_name": person.name, "contact_email": person.email} if person else {}
    searching = "search" in request.POST
    if searching:
        form = forms.OnlineIntentForm(competition=found, initial=initial | request.POST.dict())
    else:
        form = forms.OnlineIntentForm(request.POST or None, competition=found, initial=initial)
    if request.method == "POST" and not searching and form.is_valid():
        data = form.cleaned_data
        intent = services.record_intent(
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
    return render(request, "outreach/intent_done.html", {
        "intent": intent, "apply_url": address_of_page("intake:entry_start", competition=found.code),
        "deadline": found.phases.filter(kind=Phase.Kind.ENTRIES).order_by("-ends_at").first(),
    })


@require_safe
def intent_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)

    def url(intent: LetterOfIntent) -> str:
        return reverse("outreach:intent_show", args=[found.code, intent.code])

    columns = [
        Column("applicant", gettext_lazy("Applicant"), sort="applicant", url=url),
        Column("subject", gettext_lazy("About"), sort="subject"),
        Column("land", gettext_lazy("Land"), sort="land_code", value=lambda one: land_name(one.land_code)),
        Column("group", gettext_lazy("Award group"), sort="group__position",
               value=lambda one: str(one.group.label) if one.group else ""),
        Column("channel", gettext_lazy("Came"), sort="channel", value=lambda one: channel_word(one.channel)),
        Column("received_at", gettext_lazy("Received"), kind="moment", sort="received_at"),
        Column("entry", gettext_lazy("Entry"), sort="entry__code",
               value=lambda one: one.entry.code if one.entry else "", url=url),
    ]
    rows = found.letters_of_intent.select_related("group", "entry")
    listing = build(request, rows, columns, form=forms.IntentFilter, order="-received_at", name="absichtserklaerungen")
    if file := listing.download():
        return file
    return render(request, "outreach/intent_list.html", {
        "tabs": _tabs(found, "intent_list"), "listing": listing, "phase": queries.letters_phase(found),
        "open": rules.can_announce(found), "may_change": rules.can_change_outreach(request.user, found),
        "total": rows.count(), "entered": rows.exclude(entry=None).count(),
    })


def channel_word(channel: str) -> str:
    return {"online": _("online"), "email": _("by e-mail"), "post": _("by post")}.get(channel, channel)


def intent_note(request: HttpRequest, competition: str) -> HttpResponse:
    """The office types in what came by post or mail, even after the date."""
    found = changing(request, competition)
    searching = "search" in request.POST
    if searching:
        form = forms.OfficeIntentForm(competition=found, initial=request.POST.dict())
    else:
        form = forms.OfficeIntentForm(request.POST or None, competition=found)
    if request.method == "POST" and not searching and form.is_valid():
        data = form.cleaned_data
        intent = services.record_intent(
            found, applicant=data["applicant"], municipality=data.get("municipality"), subject=data["subject"],
            contact_name=data["contact_name"], contact_email=data["contact_email"], channel=data["channel"], by=request.user)
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
        "intent": intent, "form": form, "channel": channel_word(intent.channel),
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
    _require(request, found, rules.can_see_funnel(request.user, found))
    of_lands = found.applicant_kind == Competition.ApplicantKind.MUNICIPALITY
    by = "group" if request.GET.get("by") == "group" or not of_lands else "land"
    rows = queries.funnel_by(found, by)
    columns = [
        Column("label", _("Award group") if by == "group" else _("Land"), sort="label"),
        Column("addressed", gettext_lazy("Written to"), kind="number", sort="addressed"),
        Column("intents", gettext_lazy("Letters of intent"), kind="number", sort="intents"),
        Column("drafts", gettext_lazy("Begun"), kind="number", sort="drafts"),
        Column("received", gettext_lazy("Handed in"), kind="number", sort="received"),
        Column("admitted", gettext_lazy("Admitted"), kind="number", sort="admitted"),
    ]
    listing = build(request, rows, columns, name="trichter", key="key")
    if file := listing.download():
        return file
    url = reverse("outreach:funnel_show", args=[found.code])
    return render(request, "outreach/funnel_show.html", {
        "tabs": _tabs(found, "funnel_show") if rules.can_see_outreach(request.user, found) else [],
        "rows": funnel_rows(found), "listing": listing, "by": by,
        "choices": [{"label": _("By Land"), "url": url, "current": by == "land"},
                    {"label": _("By award group"), "url": f"{url}?by=group", "current": by == "group"}] if of_lands else [],
    })
