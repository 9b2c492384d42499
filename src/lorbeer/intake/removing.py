"""Taking a place out of a repeat asks once where something stands there; the same page for a draft and for a second keying."""

import re
from collections.abc import Collection, Mapping, Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lorbeer.intake.places import KNOWN
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.evaluation import answers_at
from lorbeer.questionnaire.forms import MARKER, REMOVE, SectionForm, digest_of
from lorbeer.questionnaire.values import Answers, Key, display, in_language

CONFIRMED = "_confirmed"


def asked_about(request: HttpRequest, form: Form) -> tuple[str, int] | None:
    """The place that the address names (`?remove=repeat:number`)."""
    found = re.fullmatch(r"(.+):(\d{1,3})", request.GET.get("remove", "")) if request.method == "GET" else None
    return (found[1], int(found[2])) if found and found[1] in form.repeats else None


def is_sure(request: HttpRequest, form: SectionForm) -> tuple[str, int] | None:
    """The place that the page between sent; it brings no answers along, so there is nothing else to save."""
    action = form.place_action() if CONFIRMED in request.POST else None
    return action[1:] if action and action[0] == "remove" else None


def tell_faults(request: HttpRequest, form: SectionForm, *, kept: Collection[str] = ()) -> None:
    """Faults that the page does not show when it is opened anew, such as a file that was not taken; what is `kept` brings its own."""
    for name, faults in form.errors.items():
        if name not in kept:
            label = str(form.fields[name].label or "") if name in form.fields else ""
            lost = [_("Not saved: “%(text)s”.") % {"text": form.unread[name]}] if name in form.unread else []
            messages.warning(request, ": ".join(filter(None, [label, " ".join([*map(str, faults), *lost])])))


def ask(request: HttpRequest, form: Form, answers: Answers, repeat: str, place: int, *, cancel: str, consequences: Sequence[str],
        revisions: Mapping[Key, int], notes: Mapping[Key, str], breadcrumb: Sequence[tuple[str, str]], known: int = 0,
        unread: Sequence[tuple[str, str, Person]] = ()) -> HttpResponse:
    """Everything that stands there, also what was typed and is no answer (`unread`: question, text, who typed it). The button takes out
    no more than what is shown: it sends the `revisions` and digests along, and how many moves of places the page knows."""
    label = f"{in_language(form.repeats[repeat].label) or repeat} {place}"
    sure = forms.Form(initial={
        REMOVE: f"{repeat}:{place}", CONFIRMED: "yes", KNOWN: known,
        MARKER: [f"{name}:{place}:{revisions.get((name, place), 0)}:{digest_of(answers.get((name, place)))}" for name in sorted(
            {name for name, at in revisions if at == place} | {name for name, _value in answers_at(form, answers, repeat, place)})]})
    sure.fields = {name: forms.Field(widget=forms.HiddenInput) for name in (REMOVE, CONFIRMED, KNOWN)} | {
        MARKER: forms.Field(widget=forms.MultipleHiddenInput)}
    return render(request, "intake/place_remove.html", {
        "title": _("Remove “%(label)s”?") % {"label": label}, "button_label": _("Remove “%(label)s”") % {"label": label}, "danger": True,
        "rows": [(" · ".join(filter(None, [in_language(form.question(name).label), note])), text) for name, note, text in (
            *((name, notes.get((name, place), ""), display(form.question(name), value))
              for name, value in answers_at(form, answers, repeat, place)),
            *((name, _("typed by %(name)s, cannot be read as an answer") % {"name": who}, text) for name, text, who in unread))],
        "consequences": consequences, "cancel_url": cancel, "form": sure,
        "breadcrumb": [*breadcrumb, (_("Remove “%(label)s”") % {"label": label}, "")],
    })
