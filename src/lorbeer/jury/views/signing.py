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
    certificate_seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(label=gettext_lazy("This certificate is mine, and I sign with it."), required=False)


@sensitive_post_parameters("passphrase")
@login_required
@require_http_methods(["GET", "POST"])
def minutes_sign(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition), round)
    require(rules.can_sign(request.user, meeting))
    form, holder = SignForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        file, data = form.cleaned_data["certificate"], form.cleaned_data
        try:
            services.sign_minutes(
                meeting, file.read(signing.LARGEST + 1), data["passphrase"], by=request.user,  # type: ignore[arg-type]
                confirmed=data["certificate_seen"] if data["confirmed"] else "")
        except signing.NotConfirmed as error:
            holder, form = error.holder, SignForm(initial={"certificate_seen": error.holder.sha256})
        except BadInput as error:
            form.add_error(error.where if error.where in form.fields else None, str(error).removeprefix(f"{error.where}: "))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The minutes are signed. The signed PDF stands beside the sealed one."))
            return redirect(_url("minutes_show", meeting))
    if holder is None and not form.data.get("certificate_seen"):
        del form.fields["confirmed"]                                    # there is nothing to confirm yet
    return render(request, "jury/minutes_sign.html", {
        "meeting": meeting, "form": form, "back": _url("minutes_show", meeting), "holder": holder,
        "button_label": _("Sign the minutes as chair") if "confirmed" in form.fields else _("Look at the certificate"),
        "is_named": holder is None or holder.is_named(str(request.user))},
                  status=400 if form.is_bound else 200)
