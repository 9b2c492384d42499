"""For operators: mails in the mailbox of which nobody can tell for which competition they are."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.call.rules import is_operator
from lorbeer.intake import services
from lorbeer.intake.models import WaitingMail
from lorbeer.shared.fields import WrittenField

ON_A_PAGE = 25


class SearchForm(forms.Form):
    q = WrittenField(label=_lazy("Words in subject, sender or text"), max_length=200, required=False)


def _operators_only(request: HttpRequest) -> None:
    if not is_operator(request.user):
        raise Http404


@login_required
@require_safe
def waiting_mail_list(request: HttpRequest) -> HttpResponse:
    """Each once, with the competitions that it may be for; what is decided, the next fetch does."""
    _operators_only(request)
    form, found = SearchForm(request.GET), WaitingMail.objects.select_related("competition")
    for word in (form.cleaned_data["q"] if form.is_valid() else "").split():
        found = found.filter(Q(subject__icontains=word) | Q(sender__icontains=word) | Q(text__icontains=word))
    return render(request, "intake/waiting_mail_list.html", {
        "page": Paginator(found, ON_A_PAGE).get_page(request.GET.get("page")), "form": form,
        "is_searched": bool(form.changed_data), "places": Competition.objects.filter(is_public=True).order_by("pk"),
    })


@login_required
@require_POST
def waiting_mail_decide(request: HttpRequest, code: str) -> HttpResponse:
    """Say for which competition a mail is, or that it is for none (an empty choice)."""
    _operators_only(request)
    back = "?".join(filter(None, [reverse("waiting_mail_list"), request.GET.urlencode()]))              # the same page of the same search
    row = WaitingMail.objects.filter(code=code).first()
    if row is None:
        messages.warning(request, _("This mail does not lie in the mailbox any more: it has been taken in or put aside meanwhile. Nothing "
                                    "was changed. What was put aside lies in the folder for mails that are done with; whoever moves it back "
                                    "from there can decide anew."))
        return redirect(back)
    wanted = request.POST.get("competition", "")
    place = get_object_or_404(Competition, code=wanted, is_public=True) if wanted else None
    services.decide_waiting_mail(row, place, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The next fetch takes it in for %(competition)s.") % {"competition": place} if place
                     else _("The next fetch puts it aside; it becomes no arrival."))
    return redirect(f"{back}#{row.code}")
