"""The distribution list."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.outreach import forms, queries, rules, services
from lorbeer.outreach.models import Address
from lorbeer.outreach.views.common import changing, reading, tabs_of
from lorbeer.outreach.views.waves import mail_row
from lorbeer.people.access import competition_for
from lorbeer.shared import outbox
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lands import land_name
from lorbeer.shared.lists import Column, build
from lorbeer.shared.models import Message
from lorbeer.shared.text import written_in


@require_safe
def address_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = reading(request, competition)
    categories = queries.categories_of(found)
    columns = [
        Column("name", gettext_lazy("Name"), sort="name",
               url=lambda row: reverse("outreach:address_edit", args=[found.code, row.code])),
        Column("email", gettext_lazy("E-mail"), sort="email"),
        Column("category", gettext_lazy("Category"), value=lambda one: written_in(found, one.category), sort="category"),
        *([
            Column("land", gettext_lazy("Land"), sort="land_code", value=lambda row: land_name(row.land_code)),
            Column("key", gettext_lazy("Official key"), sort="municipality__key",
                   value=lambda row: row.municipality.key if row.municipality else ""),
        ] if found.of_register else []),
        Column("unsubscribed_at", gettext_lazy("Unsubscribed"), kind="moment", sort="unsubscribed_at"),
    ]
    listing = build(request, found.addresses.select_related("municipality"), columns, form=forms.AddressFilter, order="name",
                    name="verteiler", form_arguments={"categories": categories, "place": found})
    if file := listing.download():
        return file
    return render(request, "outreach/address_list.html", {
        "tabs": tabs_of(found, "address_list"), "listing": listing,
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
            "municipality_key": data.get("municipality_key", ""), "land": data.get("land_code", "")}], by=request.user)
        if new:
            messages.success(request, _("“%(name)s” is in the list.") % {"name": data["name"]})
        else:
            messages.info(request, _("“%(name)s” was in the list already.") % {"name": data["name"]})
        return redirect("outreach:address_list", competition=found.code)
    return render(request, "outreach/address_edit.html", {"form": form, "address": None, "may_change": True},
                  status=422 if form.is_bound else 200)


def address_edit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = (changing if request.method == "POST" else reading)(request, competition)
    address = get_object_or_404(found.addresses.select_related("municipality"), code=code)
    address.competition = found
    form = forms.AddressForm(request.POST or None, instance=address)
    if request.method == "POST" and form.is_valid():
        services.change_address(form.instance, by=request.user)
        messages.success(request, _("“%(name)s” is saved.") % {"name": address.name})
        return redirect("outreach:address_list", competition=found.code)
    mails = outbox.shown_to(request.user, found).filter(recipient=address.email) if address.email else Message.objects.none()
    facts = [(_("E-mail"), address.email), (_("Category"), written_in(found, address.category))]
    if found.of_register:
        facts += [(_("Land"), land_name(address.land_code)), (_("Official key"), address.municipality.key if address.municipality else "")]
    return render(request, "outreach/address_edit.html", {
        "facts": facts, "form": form, "address": address, "may_change": rules.can_change_outreach(request.user, found),
        "mails": [mail_row(one) for one in mails.order_by("-created_at", "-pk")[:20]],
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
            faults = error.faults
    if report is not None and not report.doubles:
        messages.success(request, ngettext("%(count)d address is new.", "%(count)d addresses are new.", report.new)
                         % {"count": report.new})
        return redirect("outreach:address_list", competition=found.code)
    return render(request, "outreach/address_import.html", {"form": form, "faults": faults, "report": report},
                  status=422 if form.errors or faults else 200)
