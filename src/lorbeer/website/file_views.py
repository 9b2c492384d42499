"""Pictures and documents of the website, and the press kit."""

import io
import zipfile
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call.package_zip import FIXED_TIME
from lorbeer.people.access import competition_for
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.text import call_language, language_for
from lorbeer.website import services
from lorbeer.website.editor_views import tabs, website_of, writer
from lorbeer.website.forms import AssetForm, NewAssetForm
from lorbeer.website.lint import names_file
from lorbeer.website.models import Asset


@require_safe
def file_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = website_of(request, competition)
    texts = [page.newest.text for page in place.pages.select_related("newest") if page.newest]
    rows = [{"asset": asset, "url": files.address_of(asset.file), "pages": sum(names_file(text, asset.name) for text in texts)}
            for asset in place.assets.select_related("file__blob")]
    return render(request, "website/file_list.html", {"tabs": tabs(place, "file_list"), "rows": rows})


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def file_new(request: HttpRequest, competition: str) -> HttpResponse:
    place = website_of(request, competition)
    form = NewAssetForm(*_sent(request), competition=place)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if place.assets.filter(name=name).exists():
            form.add_error("name", _("There is a file of this name. Open that one to put another in its place, or choose another name."))
        else:
            try:
                asset = services.keep_asset(place, name=name, uploaded=form.cleaned_data["file"], by=writer(request), **form.facts)
            except BadInput as error:
                form.add_error("file", error.sentence)
            else:
                messages.success(request, _("“%(name)s” is kept. Pages show it as %(reference)s.") % {
                    "name": name, "reference": reference(asset)})
                return redirect("website:file_list", competition=place.code)
    return render(request, "website/file_edit.html", {"form": form, "asset": None, "breadcrumb": _crumbs(place, _("New file"))},
                  status=422 if form.errors else 200)


def file_edit(request: HttpRequest, competition: str, file: str) -> HttpResponse:
    place = website_of(request, competition)
    asset = get_object_or_404(place.assets.select_related("file__blob", "competition"), name=file)
    form = AssetForm(*_sent(request), competition=place, asset=asset)
    if request.method == "POST" and form.is_valid():
        try:
            if uploaded := form.cleaned_data.get("file"):
                services.keep_asset(place, name=asset.name, uploaded=uploaded, by=writer(request), **form.facts)
            else:
                services.describe_asset(asset, by=writer(request), **form.facts)
        except BadInput as error:
            form.add_error("file", error.sentence)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": asset.name})
            return redirect("website:file_list", competition=place.code)
    return render(request, "website/file_edit.html", {
        "form": form, "asset": asset, "url": files.address_of(asset.file), "reference": reference(asset),
        "breadcrumb": _crumbs(place, asset.name)}, status=422 if form.errors else 200)


def reference(asset: Asset) -> str:
    """As it is put into a text."""
    return f"![]({asset.name})" if asset.is_picture else f"[{asset.label}]({asset.name})"


def _crumbs(place: object, last: str) -> list[tuple[str, str]]:
    return [(_("Website"), reverse("website:page_list", args=[place.code])),  # type: ignore[attr-defined]
            (_("Pictures and documents"), reverse("website:file_list", args=[place.code])), (last, "")]  # type: ignore[attr-defined]


def file_delete(request: HttpRequest, competition: str, file: str) -> HttpResponse:
    place = website_of(request, competition)
    asset = get_object_or_404(place.assets.select_related("file__blob", "competition"), name=file)
    if request.method == "POST":
        try:
            services.delete_asset(asset, by=writer(request))
        except Refused as refused:
            messages.warning(request, str(refused))
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": asset.name})
        return redirect("website:file_list", competition=place.code)
    return render(request, "confirm.html", {
        "title": _("Delete “%(name)s”?") % {"name": asset.name}, "danger": True,
        "consequences": [_("Its address answers “not found” from now on."), _("Drafts that name it show its name in its place.")],
        "button_label": _("Delete the file"), "cancel_url": reverse("website:file_list", args=[place.code]),
    })


@require_safe
def press_kit(request: HttpRequest, competition: str) -> HttpResponse:
    """All files of the press kit as one ZIP, with a list of their captions and credits. Pictures without what cameras write into them."""
    place = competition_for(request, competition)
    kit = list(place.assets.filter(in_press_kit=True).select_related("file__blob"))
    if not kit:
        raise Http404
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive, translation.override(language_for(call_language())):
        lines = [str(place.title), ""]
        for asset in kit:
            shown = files.print_picture(asset.file) if asset.is_picture else files.shown(asset.file)
            name = asset.name.rpartition(".")[0] + ".jpg" if asset.is_picture else asset.name
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), files.read(shown))
            words = [str(asset.title), str(asset.caption), str(asset.alternative_text),
                     _("Credit: %(credit)s") % {"credit": asset.credit} if asset.credit else ""]
            lines += [name, *(f"  {word}" for word in words if word), ""]
        archive.writestr(zipfile.ZipInfo(_("README.txt"), FIXED_TIME), "\r\n".join(lines))
    return HttpResponse(memory.getvalue(), content_type="application/zip", headers={
        "Content-Disposition": f'attachment; filename="{place.code}-press.zip"'})
