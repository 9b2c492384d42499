"""The editor's screens: chapters, their text with its numbers, values, portraits, builds."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.documentation import services, web
from lorbeer.documentation.book import ChapterText, CompiledChapter, compile_chapter, title_of, values_shown
from lorbeer.documentation.dataset import CHAPTERS, Dataset
from lorbeer.documentation.directives import Press
from lorbeer.documentation.forms import BuildForm, ChapterForm, NewChapterForm, ReplacementForm, ValueFilter
from lorbeer.documentation.models import Chapter
from lorbeer.documentation.queries import chapters_of, dataset_of, newest_edition, published_book
from lorbeer.documentation.rules import can_edit_book, can_publish_book
from lorbeer.documentation.taken_back import changed_since, is_held_back
from lorbeer.people.access import competition_for
from lorbeer.shared import files
from lorbeer.shared.blocks import Block, text_inlines, to_html
from lorbeer.shared.errors import Refused
from lorbeer.shared.text import house_language, in_sentence, written_in
from lorbeer.shared.versions import versions_page


def book_for(request: HttpRequest, code: str) -> Competition:
    """The competition, for those who write its book; strangers do not learn that there is one."""
    competition = competition_for(request, code)
    verdict = can_edit_book(request.user, competition)
    if verdict:
        return competition
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    raise Refused(str(verdict.reason))


def tabs_of(competition: Competition, current: str) -> list[dict[str, Any]]:
    names = [("chapter_list", _("Chapters")), ("portrait_list", _("Portraits")), ("value_list", _("Values")),
             ("handout_list", _("Word")), ("text_check", _("Number check")), ("build_list", _("Building"))]
    return [{"label": label, "url": reverse(f"documentation:{name}", args=[competition.code]), "current": name == current}
            for name, label in names]


@require_safe
def chapter_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    edition = newest_edition(place)
    dataset = dataset_of(place, edition)
    rows = []
    for chapter in chapters_of(place):
        compiled = compile_chapter(_text(chapter), dataset)
        rows.append({
            "chapter": chapter, "title": compiled.title, "faults": len(compiled.faults), "words": len(chapter.text.split()),
            "computed": sum(finding.status == "computed" for finding in compiled.findings),
            "source": sum(finding.status == "source" for finding in compiled.findings),
        })
    return render(request, "documentation/chapter_list.html", {
        "tabs": tabs_of(place, "chapter_list"), "rows": rows, "edition": edition, "form": NewChapterForm(),
        "computed": sum(row["computed"] for row in rows), "sources": sum(row["source"] for row in rows),
        "faults": sum(row["faults"] for row in rows),
    })


@require_POST
def chapter_create(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    form = NewChapterForm(request.POST)
    if not form.is_valid():
        facts = {"form": form, "tabs": tabs_of(place, "chapter_list")}
        return render(request, "documentation/chapter_new.html", facts, status=422)
    chapter = services.create_chapter(place, title=form.cleaned_data["title"], by=request.user)
    return redirect("documentation:chapter_edit", competition=place.code, code=chapter.code)


def chapter_edit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters, code=code)
    form = ChapterForm(request.POST or None, initial={
        "title": chapter.title, "text": chapter.text, "revision": chapter.revision})
    conflict = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.save_chapter(chapter, by=request.user, **form.cleaned_data)
        except services.ChangedMeanwhile as error:
            conflict = str(error)
        else:
            messages.success(request, _("The chapter is saved."))
            return redirect("documentation:chapter_edit", competition=place.code, code=chapter.code)
    text = form.data.get("text", "") if form.is_bound else chapter.text
    title = form.data.get("title", "") if form.is_bound else chapter.title
    edition = newest_edition(place)
    dataset = dataset_of(place, edition)
    chapters = list(place.chapters.all())
    for one in chapters:
        one.shown_title = title_of(one.title, dataset)                  # type: ignore[attr-defined]
    at = next(number for number, one in enumerate(chapters) if one.pk == chapter.pk)
    return render(request, "documentation/chapter_edit.html", {
        "chapter": chapters[at], "form": form, "conflict": conflict, "edition": edition, "chapters": chapters,
        "previous": chapters[at - 1] if at else None, "following": chapters[at + 1] if at + 1 < len(chapters) else None,
        "tabs": tabs_of(place, "chapter_list"), "is_saved": not form.is_bound,
        "tables": _tables(place, dataset), **_preview(ChapterText(chapter.code, title, text), dataset),
    }, status=409 if conflict else 422 if form.is_bound else 200)


@require_POST
def chapter_preview(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The finished text beside the editor, without saving anything."""
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters, code=code)
    text = ChapterText(chapter.code, request.POST.get("title", ""), request.POST.get("text", "")[:services.LONGEST_CHAPTER])
    return render(request, "documentation/_chapter_preview.html", {
        "chapter": chapter, "is_saved": False, **_preview(text, dataset_of(place, newest_edition(place))),
    })


@require_POST
def chapter_replace(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters, code=code)
    form = ReplacementForm(request.POST)
    if form.is_valid():
        try:
            services.replace_in_chapter(chapter, by=request.user, **form.cleaned_data)
            messages.success(request, _("Replaced: %(new)s") % {"new": form.cleaned_data["new"]})
        except services.ChangedMeanwhile as error:
            messages.warning(request, str(error))
    else:
        messages.warning(request, _("Nothing was replaced. Reload the chapter and try again."))
    return redirect("documentation:chapter_edit", competition=place.code, code=chapter.code)


@require_POST
def chapter_up(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    return _moved(request, competition, code, -1)


@require_POST
def chapter_down(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    return _moved(request, competition, code, 1)


def _moved(request: HttpRequest, competition: str, code: str, steps: int) -> HttpResponse:
    place = book_for(request, competition)
    services.move_chapter(get_object_or_404(place.chapters, code=code), steps=steps, by=request.user)
    return redirect("documentation:chapter_list", competition=place.code)


@require_safe
def chapter_versions(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters.select_related("changed_by"), code=code)
    return versions_page(
        request, [chapter.as_version, *chapter.versions.select_related("saved_by")], name=chapter.title,
        language=house_language(place.first_language),
        back=lambda number: reverse("documentation:chapter_bring_back", args=[place.code, code, number]),
        breadcrumb=[(_("The book"), reverse("documentation:chapter_list", args=[place.code])),
                    (chapter.title, reverse("documentation:chapter_edit", args=[place.code, code])), (_("Versions"), "")])


@require_POST
def chapter_bring_back(request: HttpRequest, competition: str, code: str, number: int) -> HttpResponse:
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters, code=code)
    version = get_object_or_404(chapter.versions, number=number)
    services.bring_back(chapter, version, by=request.user)
    messages.success(request, _("Version %(number)d is the newest again.") % {"number": number})
    return redirect("documentation:chapter_edit", competition=place.code, code=code)


def chapter_delete(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    place = book_for(request, competition)
    chapter = get_object_or_404(place.chapters, code=code)
    if request.method == "POST":
        services.delete_chapter(chapter, by=request.user)
        messages.success(request, _("The chapter “%(title)s” is deleted.") % {"title": chapter.title})
        return redirect("documentation:chapter_list", competition=place.code)
    words = len(chapter.text.split())
    return render(request, "confirm.html", {
        "title": in_sentence(_("Delete the chapter “%(title)s”?"), title=written_in(place, chapter.title)),
        "consequences": [
            ngettext("Its text of %(count)d word is gone for good, with all earlier versions.",
                     "Its text of %(count)d words is gone for good, with all earlier versions.", words) % {"count": words},
            _("Books that were built with it stay as they are."),
        ],
        "button_label": _("Delete the chapter"), "danger": True,
        "cancel_url": reverse("documentation:chapter_edit", args=[place.code, chapter.code]),
    })


@require_safe
def value_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Every value that a chapter can name."""
    place = book_for(request, competition)
    edition = newest_edition(place)
    form = ValueFilter(request.GET or None)
    query = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    dataset = dataset_of(place, edition)
    found = values_shown(dataset, query, limit=101)
    return render(request, "documentation/value_list.html", {
        "tabs": tabs_of(place, "value_list"), "form": form, "edition": edition, "query": query, "language": dataset.language,
        "values": [{"value": value, "label": written_in(place, value.label) if value.path.startswith(CHAPTERS) else value.label,
                    "reference": "{{ " + value.path + " }}"} for value in found[:100]],
        "more": len(found) > 100, "total": len(dataset.values),
    })


@require_safe
def portrait_list(request: HttpRequest, competition: str) -> HttpResponse:
    """The portraits as the newest edition has them, and what is still missing."""
    place = book_for(request, competition)
    edition = newest_edition(place)
    dataset = dataset_of(place, edition)
    portraits = [
        portrait | {"words": len(f"{portrait.get('description', '')} {portrait.get('reasons', '')}".split()),
                    "has_picture": bool(portrait.get("alt"))}
        for portrait in dataset.portraits
    ]
    return render(request, "documentation/portrait_list.html", {
        "tabs": tabs_of(place, "portrait_list"), "portraits": portraits, "edition": edition,
        "ready": sum(bool(one.get("description") and one.get("reasons")) for one in portraits),
        "approved": sum(bool(one.get("approved")) for one in portraits),
    })


@require_safe
def build_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    builds = list(place.book_builds.select_related("edition", "pdf__blob", "site__blob", "epub__blob", "built_by")[:30])
    edition = newest_edition(place)
    dataset = dataset_of(place, edition)
    faults = []
    for chapter in chapters_of(place):
        compiled = compile_chapter(_text(chapter), dataset)
        faults += [{"chapter": chapter, "title": compiled.title, "fault": fault} for fault in compiled.faults]
    published = published_book(place)
    return render(request, "documentation/build_list.html", {
        "tabs": tabs_of(place, "build_list"), "edition": edition, "faults": faults,
        "rows": [{"build": build, "files": [(file, files.address_of(file)) for file in build.files]} for build in builds],
        "form": BuildForm(editions=place.editions.all(), initial={"edition": edition}),
        "may_publish": can_publish_book(request.user, place), "published": published,
        "is_held": published is not None and is_held_back(published),
        "has_chapters": place.chapters.exists(),
    })


@require_POST
def build_create(request: HttpRequest, competition: str) -> HttpResponse:
    place = book_for(request, competition)
    form = BuildForm(request.POST, editions=place.editions.all())
    if not form.is_valid():
        messages.warning(request, _("Choose the edition from which the book is to be built."))
        return redirect("documentation:build_list", competition=place.code)
    job = services.start_build(place, form.cleaned_data["edition"], by=request.user)
    return redirect("job_detail", code=job.code)


@require_POST
def build_publish(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    place = book_for(request, competition)
    verdict = can_publish_book(request.user, place)
    if not verdict:
        raise Refused(str(verdict.reason))
    services.publish_book(get_object_or_404(place.book_builds, pk=number), by=request.user)
    messages.success(request, _("The book is published: everybody can download it now."))
    return redirect("documentation:build_list", competition=place.code)


def _text(chapter: Chapter) -> ChapterText:
    return ChapterText(chapter.code, chapter.title, chapter.text)


def _preview(text: ChapterText, dataset: Dataset) -> dict[str, Any]:
    """What the preview shows: the text with its marks, and a list of all its numbers."""
    press = Press(dataset)
    compiled = compile_chapter(text, dataset, press)

    def address(name: str) -> str:
        return "data:image/svg+xml;base64," + b64encode(press.files[name]).decode()

    return {
        "preview": to_html(_shown(compiled.blocks), file_url=address), "compiled": compiled, "preview_title": text.title,
        "findings": [_finding(finding) for finding in compiled.findings],
        "counts": _counts(compiled),
    }


def _counts(compiled: CompiledChapter) -> list[dict[str, Any]]:
    statuses = [finding.status for finding in compiled.findings]
    return [{"word": word, "tone": tone, "sign": sign, "count": statuses.count(status)}
            for status, (word, tone, sign) in _marks().items() if status in statuses]


def _marks() -> dict[str, tuple[str, str, str]]:
    return {
        "contradicted": (_("contradicted"), "danger", "≠"), "by_hand": (_("typed by hand"), "warning", "✎"),
        "unknown": (_("unknown"), "danger", "?"), "computed": (_("computed"), "success", "✓"),
        "source": (_("from a source"), "info", "§"),
    }


def _tables(place: Competition, dataset: Dataset) -> list[dict[str, Any]]:
    """The tables of the edition, each cell with the references that print it: count and share."""
    values_url = reverse("documentation:value_list", args=[place.code])

    def cell(path: str) -> list[dict[str, str]]:
        return [{"text": value.text, "reference": "{{ " + value.path + " }}", "url": f"{values_url}?{urlencode({'q': path})}"}
                for value in (dataset.values.get(path), dataset.values.get(f"{path}.percent")) if value]

    return [{
        "name": f"{dataset.values[table['code'] + '.label'].text}: {table['title']}", "whole": "{{ table " + table["code"] + " }}",
        "columns": [column["label"] for column in table["columns"]],
        "rows": [{"label": row["label"], "cells": [cell(f"{table['code']}.{row['code']}.{column['code']}") for column in table["columns"]]}
                 for row in table["rows"]],
    } for table in dataset.tables]


def _finding(finding: Any) -> dict[str, Any]:
    word, tone, sign = _marks()[finding.status]
    return {"finding": finding, "word": word, "tone": tone, "sign": sign}


def _shown(blocks: list[Block]) -> list[Block]:
    """Blocks for the screen: what only the book has is named in a line."""
    result: list[Block] = []
    for block in blocks:
        if block["kind"] == "portrait":
            result.append({"kind": "paragraph", "children": [
                {"kind": "strong", "children": text_inlines(block["name"])}, *text_inlines(f" – {block['title']}")]})
        elif block["kind"] == "participants":
            count = len(block["entries"])
            sentence = ngettext("%(count)d entry is listed here.", "%(count)d entries are listed here.", count)
            sentence %= {"count": count}
            result.append({"kind": "paragraph", "children": text_inlines(sentence)})
        elif block["kind"] in {"index", "sources"}:
            sentence = _("Here stands the index of places.") if block["kind"] == "index" else _("Here stand the sources.")
            result.append({"kind": "paragraph", "children": text_inlines(sentence)})
        else:
            result.append(web.with_inlines(block))
    return result


@require_safe
def book_page(request: HttpRequest, competition: str, name: str) -> HttpResponse:
    """A file of the published book's website, for everybody."""
    place = competition_for(request, competition)
    build = published_book(place)
    if build is None or build.site is None:
        raise Http404
    changed = changed_since(build).pages
    content = changed[name] if name in changed else web.file_in(files.read(build.site), name)
    if name in changed and content is None:
        response = render(request, "documentation/page_held.html", {"build": build}, status=410)
    elif content is None:
        raise Http404
    else:
        response = HttpResponse(content, content_type=web.media_type(name), headers={"X-Content-Type-Options": "nosniff"})
    response["Cache-Control"] = "public, no-cache" if content is not None else "no-store"     # what is taken back is gone at once
    return response
