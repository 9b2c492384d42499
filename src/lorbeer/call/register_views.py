"""The official register on screen: its editions for operators, and what changed between two of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from lorbeer.call import rules
from lorbeer.call.models import Competition
from lorbeer.register.changes import Change, Kind, changes_between
from lorbeer.register.models import RegisterEdition
from lorbeer.register.queries import dependents_of, edition_before, newest_edition
from lorbeer.register.readers import LARGEST_FILE
from lorbeer.register.services import Incomplete, import_register, remove_edition
from lorbeer.shared.context import address
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.text import house_language

SOURCE = "© Statistisches Bundesamt (Destatis), dl-de/by-2-0"
MOST_SHOWN = 500                                                        # changes of a kind on one page


class RegisterForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File of the register"), help_text=gettext_lazy(
        "The official extract (.xlsx, or as CSV) or the GV100AD text file, as the Statistisches Bundesamt publishes them. At most 40 MB."))
    as_of = DayField(label=gettext_lazy("As of"), required=False, help_text=gettext_lazy(
        "The day that the register describes. Needed only where the file does not say it."))
    confirmed = forms.BooleanField(label=gettext_lazy("The file is complete all the same"), required=False)
    source = WrittenField(label=gettext_lazy("Source and licence"), max_length=200, initial=SOURCE, help_text=gettext_lazy(
        "Shown wherever numbers of the register are."))


@login_required
def register_list(request: HttpRequest) -> HttpResponse:
    """Operators see the editions, what changed from one to the next, and bring in the next one."""
    if not rules.is_operator(request.user):
        raise Http404
    form = RegisterForm(request.POST or None, request.FILES or None)
    fault, may_confirm = "", False
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > LARGEST_FILE:
                raise BadInput(_("The file is larger than %(most)d MB.") % {"most": LARGEST_FILE // 1024 // 1024})
            known = set(RegisterEdition.objects.values_list("pk", flat=True))
            made = import_register(upload.read(), as_of=form.cleaned_data["as_of"], source=form.cleaned_data["source"], by=request.user,
                                   confirmed=form.cleaned_data["confirmed"])
        except Incomplete as error:
            fault, may_confirm = str(error), True
        except BadInput as error:
            fault = str(error)
        else:
            if made.pk in known:
                messages.info(request, _("This file is there already; nothing was added."))
            else:
                messages.success(request, _("The register is imported. Competitions that are running keep theirs; new ones take the newest."))
            return redirect(f"{reverse('register_list')}?edition={made.sha256[:16]}#changes")
    if not may_confirm:
        form.fields.pop("confirmed", None)
    editions = list(RegisterEdition.objects.annotate(bodies=Count("municipalities")).order_by("is_extract", "-as_of", "-pk"))
    used: dict[int, list[str]] = {}
    for competition in Competition.objects.exclude(register_edition=None):
        used.setdefault(competition.register_edition_id or 0, []).append(str(competition))
    wanted = request.GET.get("edition", "")
    shown = next((one for one in editions if wanted and one.sha256.startswith(wanted)), None)
    before = edition_before(shown) if shown and not shown.is_extract else None
    return render(request, "call/register_list.html", {
        "form": form, "fault": fault, "rows": [{"edition": one, "used": used.get(one.pk, []), "mark": one.sha256[:16]} for one in editions],
        "shown": shown, "before": before, "kinds": by_kind(changes_between(before, shown)) if before and shown else [],
        "language": house_language(get_language() or "de"), "home_url": address("home"),
    }, status=422 if form.errors or fault else 200)


class RemovalForm(forms.Form):
    reason = WrittenField(
        label=gettext_lazy("Why it is removed"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stands in the log for good, so please name no persons."))


@login_required
def register_remove(request: HttpRequest, mark: str) -> HttpResponse:
    """Ask operators whether an edition shall go, name what hangs on it, and take it out."""
    if not rules.is_operator(request.user):
        raise Http404
    edition = get_object_or_404(RegisterEdition, sha256__startswith=mark)
    form, dependents = RemovalForm(request.POST or None), dependents_of(edition)
    if request.method == "POST" and dependents:
        messages.error(request, _("The edition stays: something hangs on it now. The page says what."))
        return redirect("register_remove", mark=mark)
    if request.method == "POST" and form.is_valid():
        remove_edition(edition, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The edition as of %(day)s is removed. Its file can be brought in again at any time.")
                         % {"day": formats.date_format(edition.as_of)})
        return redirect("register_list")
    later = RegisterEdition.objects.filter(is_extract=False, as_of__gte=edition.as_of).exclude(pk=edition.pk).order_by("as_of", "pk").first()
    return render(request, "call/register_remove.html", {
        "form": form, "edition": edition, "bodies": edition.municipalities.count(),
        "dependents": [in_words(model, number) for model, number in dependents],
        "competitions": list(Competition.objects.filter(register_edition=edition)),
        "next_newest": next_newest(edition), "later": later if later and edition_before(later) == edition else None,
        "before": edition_before(edition),
    }, status=422 if form.errors else 200)


def next_newest(edition: RegisterEdition) -> tuple[bool, RegisterEdition | None]:
    """Whether new competitions take this edition now, and which one they take without it."""
    if newest_edition() != edition:
        return False, None
    return True, RegisterEdition.objects.exclude(pk=edition.pk).order_by("is_extract", "-as_of", "-pk").first()


def in_words(model: type[Model], number: int) -> str:
    """How many of what refer to an edition: “2 entries”."""
    words = {
        "call.competition": ngettext("%(count)d competition", "%(count)d competitions", number),
        "entries.entry": ngettext("%(count)d entry", "%(count)d entries", number),
        "outreach.address": ngettext("%(count)d address of a distribution list", "%(count)d addresses of distribution lists", number),
        "outreach.letterofintent": ngettext("%(count)d letter of intent", "%(count)d letters of intent", number),
    }
    return words.get(model._meta.label_lower, f"%(count)d × {model._meta.label}") % {"count": number}


def by_kind(changes: Iterable[Change], concerned: Mapping[str, list[Any]] | None = None) -> list[dict[str, Any]]:
    """Changes under headings, at most `MOST_SHOWN` each; `concerned`: by old key, what of a competition hangs on the body."""
    titles = {
        Kind.MERGED: (_("Merged into another"), _("Concluded from area and inhabitants: the register says what is, not what happened.")),
        Kind.MOVED: (_("Another key"), _("The same body under a new key, for example in another Kreis. Concluded from name and area.")),
        Kind.DISSOLVED: (_("No longer there"), _("No single body grew by as much: divided, or without a municipality now.")),
        Kind.NEW: (_("New"), ""),
        Kind.RENAMED: (_("Another name"), ""),
        Kind.STATUS: (_("Another legal status"), _("This can change the award group of an entry that begins from now on.")),
    }
    found: dict[Kind, list[Change]] = {}
    for change in changes:
        found.setdefault(change.kind, []).append(change)
    return [
        {"kind": kind, "title": titles[kind][0], "note": titles[kind][1], "count": len(found[kind]),
         "more": ngettext("%(count)d more is not shown here.", "%(count)d more are not shown here.", len(found[kind]) - MOST_SHOWN)
         % {"count": len(found[kind]) - MOST_SHOWN} if len(found[kind]) > MOST_SHOWN else "",
         "rows": [{"change": change, "here": (concerned or {}).get(change.body.key, [])} for change in found[kind][:MOST_SHOWN]]}
        for kind in Kind if kind in found
    ]
