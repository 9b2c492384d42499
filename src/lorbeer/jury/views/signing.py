"""The chair signs the minutes."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lorbeer.jury import rules, services, signing
from lorbeer.jury.views.finding import _insider, _meeting, _url
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require


class SignForm(forms.Form):
    certificate = forms.FileField(
        label=gettext_lazy("Certificate with its key"), max_length=200,
        help_text=gettext_lazy("A file whose name ends in .p12 or .pfx. It is used once and not kept."))
    passphrase = forms.CharField(
        label=gettext_lazy("Password of the file"), max_length=200, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}))


@sensitive_post_parameters("passphrase")
@login_required
@require_http_methods(["GET", "POST"])
def minutes_sign(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition), round)
    require(rules.can_sign(request.user, meeting))
    form = SignForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["certificate"]
        try:
            services.sign_minutes(meeting, file.read(signing.LARGEST + 1), form.cleaned_data["passphrase"], by=request.user)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error(error.where if error.where in form.fields else None, str(error).removeprefix(f"{error.where}: "))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The minutes are signed. The signed PDF stands beside the sealed one."))
            return redirect(_url("minutes_show", meeting))
    return render(request, "jury/minutes_sign.html", {"meeting": meeting, "form": form, "back": _url("minutes_show", meeting)},
                  status=400 if form.is_bound else 200)
