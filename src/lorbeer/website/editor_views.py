"""Writing the public pages: text and preview side by side, versions, publishing, the order of the menu."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.people.access import competition_for, require_role
from lorbeer.people.models import Person
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.pieces import pieces
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.text import house_language, in_sentence, language_name, spoken_in
from lorbeer.shared.versions import Badge, Version, versions_page
from lorbeer.website import lint, queries, services, skeletons
from lorbeer.website.forms import ArrangeForm, NewPageForm, TextForm
from lorbeer.website.models import Page
from lorbeer.website.parts import PARTS
from lorbeer.website.render import PLACES, Reading, composed
from lorbeer.website.rules import EDITORS
from lorbeer.website.values import call_values


def website_of(request: HttpRequest, code: str) -> Competition:
    place = competition_for(request, code)
    require_role(request, *sorted(EDITORS))
    return place


def writer(request: HttpRequest) -> Person:
    """Who writes: `website_of` has let nobody else in."""
    assert isinstance(request.user, Person)
    return request.user


def tabs(place: Competition, current: str) -> list[dict[str, Any]]:
    names = [("page_list", _("Pages and news")), ("file_list", _("Pictures and documents"))]
    return [{"label": label, "url": reverse(f"website:{name}", args=[place.code]), "current": name == current} for name, label in names]


def _page(place: Competition, page: str, language: str) -> Page:
    return get_object_or_404(place.pages.select_related("newest__saved_by", "published", "competition"), code=page, language=language)


def _to(page: Page, name: str = "page_edit") -> HttpResponse:
    return redirect(f"website:{name}", competition=page.competition.code, page=page.code, language=page.language)


@require_safe
def page_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = website_of(request, competition)
    rows = queries.pages_by_code(place)
    pages = [row for row in rows if row["kind"] == Page.Kind.PAGE]
    return render(request, "website/page_list.html", {
        "tabs": tabs(place, "page_list"), "pages": pages, "news": [row for row in rows if row["kind"] == Page.Kind.NEWS],
        "usual": skeletons.missing(place, {row["code"] for row in rows}), "first": pages[0]["code"] if pages else "",
        "last": pages[-1]["code"] if pages else "",
    })


def page_new(request: HttpRequest, competition: str) -> HttpResponse:
    """A new page; `?like=press` begins with what such a page usually says, `?code=theme&language=en` with a translation to write."""
    place = website_of(request, competition)
    form = NewPageForm(request.POST if request.method == "POST" else None, competition=place, initial=_beginning(request, place))
    if request.method == "POST" and form.is_valid():
        try:
            in_menu = skeletons.USUAL.get(form.cleaned_data["code"], True)
            page = services.create_page(place, by=writer(request), in_menu=in_menu, **form.cleaned_data)
        except BadInput as error:
            form.add_error(error.where or None, error.sentence)
        else:
            messages.success(request, _("“%(title)s” is saved as a draft. The public reads it when you publish it.") % {"title": page})
            return _to(page)
    language = str(form["language"].value() or place.first_language)
    if language not in (place.languages or ["de"]):
        language = place.first_language
    return render(request, "website/page_new.html", {"form": form, "language": language} | _shown(form, place, language, ""),
                  status=422 if form.errors else 200)


def _beginning(request: HttpRequest, place: Competition) -> dict[str, Any]:
    language = request.GET.get("language", "") if request.GET.get("language", "") in place.languages else place.first_language
    found: dict[str, Any] = {"language": language, "kind": request.GET.get("kind", Page.Kind.PAGE)}
    if like := request.GET.get("like", ""):
        found |= skeletons.begin(like, language) or {}
    other = place.pages.select_related("newest").filter(code=request.GET.get("code", "")[:60]).first()
    if other and other.newest:
        found |= {"code": other.code, "kind": other.kind, "shown_on": other.shown_on, "title": other.newest.title, "text": other.newest.text}
    return found


def page_edit(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    """Text left, the finished page right. What others saved meanwhile is brought together with it, or shown beside it."""
    place = website_of(request, competition)
    found = _page(place, page, language)
    newest = found.newest
    assert newest, "a page has a version from its beginning"
    form = TextForm(request.POST if request.method == "POST" else None, language=language, initial={
        "title": newest.title, "text": newest.text, "revision": newest.number})
    facts: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and "_preview" not in request.POST:
        try:
            saved = services.save_page(found, by=writer(request), **form.cleaned_data)
            if "_publish" in request.POST and saved.newest:
                services.publish_page(saved, revision=saved.newest.number, by=writer(request))
        except services.ChangedMeanwhile as changed:
            facts = _conflict(form, changed, language)
            form = facts["form"]
        except Refused as refused:
            messages.warning(request, _("Saved as a draft.") + f" {refused}")
            return _to(found)
        else:
            messages.success(request, _published(saved) if "_publish" in request.POST else _("“%(title)s” is saved.") % {"title": saved})
            return _to(found)
    status = 409 if facts else 422 if form.errors else 200
    found = _page(place, page, language)
    return render(request, "website/page_edit.html", {
        "page": found, "form": form, "language": language, "language_name": language_name(language),
        "arrange": ArrangeForm(kind=found.kind, initial={"in_menu": found.in_menu, "shown_on": found.shown_on}),
        "others": [{"language": code, "name": language_name(code), "query": f"?code={page}&language={code}",
                    "page": place.pages.filter(code=page, language=code).first()} for code in place.languages if code != language],
        "breadcrumb": [(_("Website"), reverse("website:page_list", args=[place.code])), (spoken_in(str(found), language), "")],
    } | _shown(form, place, language, found.code) | facts, status=status)


def _conflict(form: TextForm, changed: services.ChangedMeanwhile, language: str) -> dict[str, Any]:
    """The form again, now on top of what was saved meanwhile: with both texts in it, or with one's own and the other beside it."""
    data = form.cleaned_data
    text = data["text"] if changed.together is None else changed.together
    mine, theirs = pieces(data["text"], changed.newest.text)
    return {"conflict": str(changed), "theirs": changed.newest, "their_pieces": theirs if changed.together is None else (), "my_pieces": mine,
            "form": TextForm(language=language, initial={"title": data["title"], "text": text, "revision": changed.newest.number})}


def _shown(form: Any, place: Competition, language: str, code: str) -> dict[str, Any]:
    """The preview of what stands in the form, and what can be named in it."""
    text = str(form["text"].value() or "")[:services.LONGEST_PAGE]
    values = [value for path, value in call_values(place, language).items() if not path.startswith("criteria.")]
    called = call_values(place, get_language() or "de")                 # what they are called is said to whoever writes
    return _preview(str(form["title"].value() or ""), text, place, language, code) | {
        "values_language": house_language(language),                    # texts of the call in a third one know theirs
        "values": [replace(value, label=called[value.path].label if value.path in called else value.label) for value in values],
        "parts": ["{{ " + name + " }}" for name in PARTS], "places": list(PLACES),
        "assets": place.assets.select_related("file__blob"),
    }


def _preview(title: str, text: str, place: Competition, language: str, code: str) -> dict[str, Any]:
    found = lint.findings(title or "–", text, place, language)
    return {"title": spoken_in(title, language), "preview": composed(text, Reading(place, language)),
            "faults": [one for one in found if one.is_fault],
            "advice": [*(one for one in found if not one.is_fault), *lint.long_sentences(code, text, language)]}


@require_POST
def page_preview(request: HttpRequest, competition: str, language: str) -> HttpResponse:
    """The finished page beside the editor while somebody types; saves nothing."""
    place = website_of(request, competition)
    if language not in (place.languages or ["de"]):
        raise Http404
    text = request.POST.get("text", "").replace("\r\n", "\n")[:services.LONGEST_PAGE]
    facts = _preview(request.POST.get("title", "")[:200], text, place, language, request.POST.get("code", "")[:60])
    return render(request, "website/_page_preview.html", {"language": language} | facts)


@require_POST
def page_hide(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    found = services.hide_page(_page(website_of(request, competition), page, language), by=writer(request))
    messages.success(request, _("The public does not read “%(title)s” any more. The text is still here.") % {"title": found})
    return _to(found)


@require_POST
def page_arrange(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    found = _page(website_of(request, competition), page, language)
    form = ArrangeForm(request.POST, kind=found.kind)
    if form.is_valid():
        services.arrange_page(found, in_menu=form.cleaned_data.get("in_menu", found.in_menu),
                              shown_on=form.cleaned_data.get("shown_on"), by=writer(request))
        messages.success(request, _("Kept for all languages of this page."))
    else:
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return _to(found)


@require_POST
def page_up(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    return _moved(request, competition, page, language, -1)


@require_POST
def page_down(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    return _moved(request, competition, page, language, 1)


def _moved(request: HttpRequest, competition: str, page: str, language: str, steps: int) -> HttpResponse:
    place = website_of(request, competition)
    found = get_object_or_404(place.pages, code=page, language=language, kind=Page.Kind.PAGE)
    services.move_page(place, found.code, steps=steps, by=writer(request))
    return redirect("website:page_list", competition=place.code)


@require_safe
def page_versions(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    place = website_of(request, competition)
    found = _page(place, page, language)

    def badge(version: Version) -> Badge | None:
        if found.published and version.number == found.published.number:
            return _("published"), "success", "✓"
        return (_("draft"), "quiet", "·") if found.newest and version.number == found.newest.number else None

    return versions_page(
        request, list(found.versions.select_related("saved_by")), name=str(found), language=language, badge=badge,
        back=lambda number: reverse("website:page_bring_back", args=[place.code, page, language, number]),
        breadcrumb=[(_("Website"), reverse("website:page_list", args=[place.code])),
                    (spoken_in(str(found), language), reverse("website:page_edit", args=[place.code, page, language])), (_("Versions"), "")])


@require_POST
def page_bring_back(request: HttpRequest, competition: str, page: str, language: str, number: int) -> HttpResponse:
    found = _page(website_of(request, competition), page, language)
    version = get_object_or_404(found.versions, number=number)
    services.bring_back(found, version, by=writer(request))
    messages.success(request, _("Version %(number)d is the newest again, as a draft. Look at it, and publish it.") % {"number": number})
    return _to(found)


def page_delete(request: HttpRequest, competition: str, page: str, language: str) -> HttpResponse:
    place = website_of(request, competition)
    found = _page(place, page, language)
    if request.method == "POST":
        services.delete_page(found, by=writer(request))
        messages.success(request, _("“%(title)s” is deleted.") % {"title": found})
        return redirect("website:page_list", competition=place.code)
    return render(request, "confirm.html", {
        "title": in_sentence(_("Delete the page “%(title)s”?"), title=spoken_in(str(found), language)), "danger": True,
        "consequences": [_("Its address answers “not found” from now on."),
                         _("The text is gone with all its versions; the log keeps that it was deleted. To take it off the website and keep it, "
                           "choose “Hide” instead.")],
        "button_label": _("Delete the page"), "cancel_url": reverse("website:page_edit", args=[place.code, page, language]),
    })


def _published(page: Page) -> str:
    """What the public has of it: news of a later day are read from that day on."""
    if page.shown_on and page.shown_on > queries.today(page.competition):
        return _("“%(title)s” is published: everybody reads it from %(day)s on.") % {"title": page, "day": long_day(page.shown_on)}
    return _("“%(title)s” is published.") % {"title": page}
