"""Mailings in waves, and what became of each mail."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.outreach import forms, queries, rules, services
from lorbeer.outreach.models import Wave
from lorbeer.outreach.tasks import failed_mails
from lorbeer.outreach.views.common import changing, reading, tabs_of
from lorbeer.people.models import Person
from lorbeer.shared import outbox
from lorbeer.shared.context import address as address_of_page
from lorbeer.shared.errors import LorbeerError, Refused
from lorbeer.shared.fields import whole_number
from lorbeer.shared.lists import Column, build
from lorbeer.shared.models import Message
from lorbeer.shared.text import in_sentence, language_name, spoken_in, written_in


@require_safe
def wave_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)
    counts: dict[str, dict[str, int]] = {}
    mails = Message.objects.filter(scope=found.code, kind="wave").order_by()
    for subject, state, number in mails.values_list("subject", "state").annotate(Count("pk")):
        counts.setdefault(subject, {})[state] = number
    waves = [{"wave": wave, "subject": services.subject_shown(found, wave.letter), "counts": counts.get(f"wave:{wave.code}", {})} for wave in
             found.waves.select_related("letter").order_by("queued_at", "planned_on", "pk")]
    return render(request, "outreach/wave_list.html", {
        "tabs": tabs_of(found, "wave_list"), "planned": [row for row in waves if not row["wave"].queued_at],
        "sent": [row for row in waves if row["wave"].queued_at][::-1],
        "may_change": rules.can_change_outreach(request.user, found), "failed": failed_mails(request.user, found).count(),
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
        raise Refused(_("This mailing has been sent already. Plan a new one to write again."))
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
    """The letter left, as a real recipient gets it right; once it is sent, each mail as it was. Then what left and what came back."""
    found = reading(request, competition)
    chosen = _wave(found, wave)
    read = queries.texts_of(chosen) if chosen.queued_at else queries.addresses_of(chosen)
    count = read.count()
    number = _number(request.GET.get("recipient"), 1, max(count, 1))
    one = read[number - 1:number].first() if count else None
    mail, address = (one, queries.address_of_mail(chosen, one)) if isinstance(one, Message) else (None, one)
    trouble = title = body = ""
    if mail:
        title, body = mail.title, mail.body
    else:
        try:
            title, body = services.written(chosen, address or services.specimen(found))
        except LorbeerError as error:
            trouble = str(error)
    states = queries.outbox_counts(chosen) if chosen.queued_at else {}
    failed = [mail_row(one) for one in queries.messages_of(chosen).filter(state=Message.State.FAILED).order_by("pk")[:100]]
    bounced = queries.messages_of(chosen).exclude(bounced_at=None).count() if chosen.queued_at else 0
    return render(request, "outreach/wave_show.html", {
        "wave": chosen, "count": count, "without": queries.chosen_by(chosen).filter(email="").count(), "number": number,
        "previous": number > 1, "previous_url": f"?recipient={number - 1}",
        "following": number < count, "following_url": f"?recipient={number + 1}",
        "mail": mail, "address": address, "language": queries.letter_for(chosen, address, queries.letters_of(chosen)).language,
        "title": title, "body": body, "trouble": trouble, "states": states, "failed": failed,
        "bounced": bounced, "may_change": rules.can_change_outreach(request.user, found),
        "languages": [] if chosen.queued_at else [(language_name(code), number) for code, number in queries.languages_of(chosen)],
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
    asked = whole_number(text, 99_999_999)
    return least if asked is None else min(max(asked, least), most)


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
        raise Refused(_("This mailing has been sent already. Plan a new one to write again."))
    recipients = queries.addresses_of(chosen)
    count = recipients.count()
    first = recipients.first() or services.specimen(found)
    subject, language = services.written(chosen, first)[0], queries.letter_for(chosen, first, queries.letters_of(chosen)).language
    without = queries.chosen_by(chosen).filter(email="").count()
    consequences = [
        ngettext("%(count)d mail goes into the outbox and leaves from there.",
                 "%(count)d mails go into the outbox and leave from there.", count) % {"count": count},
        in_sentence(_("Subject: %(subject)s"), subject=spoken_in(subject, language)),
        _("It cannot be called back, and this mailing cannot be sent a second time."),
    ]
    if without:
        consequences.insert(1, ngettext("%(count)d recipient has no mail address and gets nothing.",
                                        "%(count)d recipients have no mail address and get nothing.", without)
                            % {"count": without})
    return render(request, "confirm.html", {
        "title": in_sentence(_("Send the mailing “%(title)s”?"), title=written_in(found, chosen.title)), "consequences": consequences,
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
        raise Refused(_("This mailing has been sent; it stays here as a record."))
    return render(request, "confirm.html", {
        "title": in_sentence(_("Delete the mailing “%(title)s”?"), title=written_in(found, chosen.title)), "danger": True,
        "consequences": [_("The plan is gone. Its letter stays.")], "button_label": _("Delete the mailing"),
        "cancel_url": reverse("outreach:wave_show", args=[found.code, wave]),
    })


def mail_row(message: Message) -> dict[str, Any]:
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
    mails = outbox.shown_to(request.user, found)
    columns = [
        Column("created_at", gettext_lazy("Written"), kind="moment", sort="created_at"),
        Column("recipient", gettext_lazy("To"), sort="recipient"),
        Column("title", gettext_lazy("Subject"), value=lambda mail: written_in(found, mail.title), sort="title"),
        Column("state", gettext_lazy("State"), sort="state", value=lambda mail: mail_row(mail)["word"]),
        Column("error", gettext_lazy("Reason"), sort="error"),
    ]
    listing = build(request, mails, columns, form=forms.MailFilter, order="-created_at", name="postausgang", key="pk")
    if file := listing.download():
        return file
    return render(request, "outreach/mail_list.html", {
        "tabs": tabs_of(found, "mail_list"), "listing": listing, "counts": outbox.counts(mails),
        "may_change": rules.can_change_outreach(request.user, found),
        "failed": [mail_row(one) for one in failed_mails(request.user, found).order_by("-created_at", "-pk")[:50]],
    })


@require_POST
def mail_again(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    found = changing(request, competition)
    message = get_object_or_404(outbox.shown_to(request.user, found), pk=number)
    outbox.send_again(message, by=request.user)
    messages.success(request, _("The mail to %(recipient)s is tried again.") % {"recipient": message.recipient})
    wave = message.subject.removeprefix("wave:") if message.kind == "wave" else ""
    if wave and found.waves.filter(code=wave).exists():
        return redirect("outreach:wave_show", competition=found.code, wave=wave)
    return redirect("outreach:mail_list", competition=found.code)
