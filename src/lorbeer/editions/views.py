"""Editions: list, freeze, publish, download; and what an entry releases."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.editions import rules, services
from lorbeer.editions.dataset import collect
from lorbeer.editions.fields import closed_fields, label_of, open_parts
from lorbeer.editions.forms import FreezeForm, PublicationFilter
from lorbeer.editions.models import Edition, Release, field_of, part_of
from lorbeer.editions.queries import codebook_of, frozen_facts_of, publications, shown_at_once, waiting_for_release
from lorbeer.editions.tabs import SUMS_STAY, publication_facts, release_form
from lorbeer.intake.queries import document_or_none
from lorbeer.people.access import competition_for
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.lists import Column, build
from lorbeer.shared.text import written_in
from lorbeer.shared.verdicts import Verdict, require


def _place(request: HttpRequest, code: str, rule: Any) -> Competition:
    """The competition, for those whom `rule(person, competition)` lets in; strangers do not learn of the page."""
    competition = competition_for(request, code)
    verdict: Verdict = rule(request.user, competition)
    if not verdict and not request.roles:  # type: ignore[attr-defined]
        raise Http404
    require(verdict)
    return competition


def _counts(facts: dict[str, Any]) -> dict[str, int]:
    withheld = sum(entry["is_unlisted"] for entry in facts["entries"])
    return {"admitted": len(facts["entries"]), "listed": len(facts["entries"]) - withheld, "withheld": withheld,
            "awards": len(facts["awards"]), "portraits": sum(bool(one["approved"]) for one in facts["portraits"])}


@require_safe
def edition_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = _place(request, competition, rules.can_read_editions)
    return render(request, "editions/edition_list.html", {
        "editions": place.editions.select_related("frozen_by"), "may_make": rules.can_make_editions(request.user, place),
    })


@require_safe
def edition_show(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    place = _place(request, competition, rules.can_read_editions)
    edition = _edition(place, number)
    facts, codebook = frozen_facts_of(edition), codebook_of(edition)
    downloads = [
        {"file": stored, "url": f"{files.address_of(stored)}?download", "text": text} for stored, text in (
            (edition.answers, _("Answers as Parquet: a row per admitted entry in no order, without names and free text.")),
            (edition.codebook, _("Codebook as JSON: what each column of the answers means.")),
            (edition.facts, _("Facts as JSON: what catalogue and book show, as frozen on that day.")),
        )
    ]
    return render(request, "editions/edition_show.html", {
        "edition": edition, "counts": _counts(facts), "downloads": downloads,
        "questions": len({variable["question"] for variable in codebook}), "columns": len(codebook),
        "may_make": rules.can_make_editions(request.user, place),
        "breadcrumb": [(_("Editions"), reverse("editions:edition_list", args=[place.code])), (str(edition.number), "")],
    })


TITLE, *FACTS = [
    Column("title", gettext_lazy("Title"), value=lambda row: written_in(row.entry.competition, row.entry.title)),
    Column("round", gettext_lazy("Round"), kind="number", value=lambda row: row.entry.round),
    Column("standing", gettext_lazy("State"), value=lambda row: row.standing.label),
    Column("open_parts", gettext_lazy("Open parts"), value=lambda row: f"{row.open_parts} / {len(Release.Part.values)}"),
    Column("closed_fields", gettext_lazy("Kept closed"), kind="number", value=lambda row: row.closed_fields or ""),
    Column("code", gettext_lazy("Code"), kind="code"),
]


@require_safe
def publication_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Every admitted entry: released, consented and not released, without consent, taken back."""
    place = _place(request, competition, rules.can_read_editions)
    columns = [
        replace(TITLE, url=lambda row: reverse("entries:entry_tab", args=[place.code, row.code, "publication"])),
        Column("applicant", place.applicant_word, value=lambda row: row.entry.applicant),
        *(column for column in FACTS if column.key != "round" or len(place.rounds) > 1),
    ]
    listing = build(request, publications(place), columns, form=PublicationFilter, form_arguments={"competition": place},
                    name=f"{place.code}-publication")
    if file := listing.download():
        return file
    waiting = len(waiting_for_release(place))
    may_release = rules.can_release_consented(request.user, place)
    return render(request, "editions/publication_list.html", {
        "listing": listing, "waiting": waiting, "may_release": may_release,
        "breadcrumb": [(_("Editions"), reverse("editions:edition_list", args=[place.code])), (_("Releases"), "")],
    })


def publication_open(request: HttpRequest, competition: str) -> HttpResponse:
    """Release all entries of announced rounds whose applicants agreed."""
    place = _place(request, competition, rules.can_release_consented)
    back = reverse("editions:publication_list", args=[place.code])
    waiting = waiting_for_release(place)
    if not waiting:
        raise Refused(_("Every announced entry with consent has been released. There is nothing to open."))
    if request.method == "POST":
        count = services.release_as_consented(waiting, by=request.user)  # type: ignore[arg-type]
        messages.success(request, ngettext("%(count)d entry is released. It becomes public with the next edition.",
                                           "%(count)d entries are released. They become public with the next edition.",
                                           count) % {"count": count})
        return redirect(back)
    return render(request, "confirm.html", {
        "title": _("Release what applicants agreed to?"),
        "consequences": [
            ngettext("%(count)d entry opens, as far as its applicant agreed in the entry form.",
                     "%(count)d entries open, as far as their applicants agreed in the entry form.", len(waiting))
            % {"count": len(waiting)},
            _("Entries without consent, entries taken back and entries that are not listed stay closed."),
            _("They become public with the next edition."),
        ],
        "button_label": ngettext("Release %(count)d entry", "Release %(count)d entries", len(waiting)) % {"count": len(waiting)},
        "cancel_url": back,
    })


def edition_freeze(request: HttpRequest, competition: str) -> HttpResponse:
    place = _place(request, competition, rules.can_make_editions)
    form = FreezeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        newest = place.editions.first()
        edition = services.freeze(place, by=request.user, note=form.cleaned_data["note"])  # type: ignore[arg-type]
        if newest and edition.pk == newest.pk:
            messages.info(request, _("Nothing has changed since edition %(number)d, so it stays the newest one.")
                          % {"number": edition.number})
        else:
            messages.success(request, _("Edition %(number)d is frozen. The public reads it when it is published.")
                             % {"number": edition.number})
        return redirect("editions:edition_show", competition=place.code, number=edition.number)
    dataset = collect(place)
    counts = _counts(dataset.facts)
    newest = place.editions.first()
    unchanged = newest is not None and newest.sha256 == dataset.sha256
    return render(request, "confirm.html", {
        "title": _("Freeze an edition?"), "form": form, "button_label": _("Freeze the edition"),
        "text": _("Nothing has changed since edition %(number)d; freezing again gives the same one.")
        % {"number": newest.number} if unchanged and newest else "",
        "consequences": [
            ngettext("%(count)d entry is released and will be named.", "%(count)d entries are released and will be named.",
                     counts["listed"]) % {"count": counts["listed"]},
            ngettext("%(count)d entry is withheld: it is counted, never named.",
                     "%(count)d entries are withheld: they are counted, never named.", counts["withheld"])
            % {"count": counts["withheld"]},
            ngettext("%(count)d announced award is in it.", "%(count)d announced awards are in it.", counts["awards"])
            % {"count": counts["awards"]},
            ngettext("The answers of %(count)d entry are in it, without names, addresses and free text.",
                     "The answers of %(count)d entries are in it, without names, addresses and free text.", len(dataset.rows))
            % {"count": len(dataset.rows)},
            _("It never changes again: tables and figures made from it stay the same even when data are erased later."),
            _("Nobody outside reads it before it is published."),
        ],
        "cancel_url": reverse("editions:edition_list", args=[place.code]),
    })


def edition_publish(request: HttpRequest, competition: str, number: int) -> HttpResponse:
    place = _place(request, competition, rules.can_make_editions)
    edition = _edition(place, number)
    if request.method == "POST":
        services.publish(edition, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The public reads edition %(number)d from now on.") % {"number": edition.number})
        return redirect("editions:edition_list", competition=place.code)
    counts = _counts(frozen_facts_of(edition))
    former = place.editions.filter(is_published=True).exclude(pk=edition.pk).first()
    return render(request, "confirm.html", {
        "title": _("Publish edition %(number)d?") % {"number": edition.number}, "button_label": _("Publish the edition"),
        "consequences": [
            ngettext("The public database names %(count)d entry.", "The public database names %(count)d entries.",
                     counts["listed"]) % {"count": counts["listed"]},
            _("%(count)d are counted, never named.") % {"count": counts["withheld"]},
            _("Its tables become public, too."),
            *([_("It takes the place of edition %(number)d.") % {"number": former.number}] if former else []),
            _("What applicants take back disappears at once, also from this edition’s pages."),
            SUMS_STAY,
        ],
        "cancel_url": reverse("editions:edition_show", args=[place.code, edition.number]),
    })


def _edition(place: Competition, number: int) -> Edition:
    return get_object_or_404(
        place.editions.select_related("frozen_by", "answers__blob", "codebook__blob", "facts__blob"), number=number
    )


@require_POST
def entry_release(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Open the ticked parts and fields of an entry, close the others."""
    from lorbeer.entries.views import find_entry

    entry = find_entry(request, competition, code)
    form = release_form(request, entry, request.POST)
    if not form.is_valid():
        return render(request, "editions/release_form.html", publication_facts(request, entry, form), status=422)
    to_open, to_close = form.changes()
    try:
        opened, closed = services.change(entry, to_open, to_close, by=request.user,  # type: ignore[arg-type]
                                         written_consent=form.cleaned_data.get("written_consent", ""))
    except BadInput as error:
        form.add_error("written_consent", error.sentence)
        return render(request, "editions/release_form.html", publication_facts(request, entry, form), status=422)
    releases = list(entry.releases.all())
    open_now, closed_now = open_parts(releases), closed_fields(releases)
    held = [name for name in to_open if name in closed_now]             # it would tell of another one
    inside = [name for name in opened if field_of(name) and not {Release.Part.ENTRY, part_of(name)} <= open_now]
    document = document_or_none(entry) if any(map(field_of, [*opened, *closed, *held])) else None

    def said(names: Iterable[str]) -> str:
        return ", ".join(label_of(name, document) for name in names)

    kept = [name for name in closed if field_of(name) and part_of(name) not in form.opened]
    if taken_back := [name for name in closed if name not in kept]:
        messages.success(request, _("Taken back: %(parts)s. The public pages and the website of the book do not show it any more; printed and "
                                    "downloaded copies stay.") % {"parts": said(taken_back)})
    if kept:
        messages.success(request, _("Kept closed: %(parts)s. It stays so when the rest is released.") % {"parts": said(kept)})
    if inside:
        messages.success(request, _("No longer kept closed: %(parts)s. It becomes public when the rest is released.") % {"parts": said(inside)})
    if released := [name for name in opened if name not in inside]:
        at_once = shown_at_once(entry, released)
        if later := [name for name in released if name not in at_once]:
            messages.success(request, _("Released: %(parts)s. It becomes public with the next edition.") % {"parts": said(later)})
        if at_once:
            messages.success(request, _("Released. The published edition holds it, so the public pages show it at once: %(parts)s.")
                             % {"parts": said(name for name in released if name in at_once)})
    if held:
        messages.warning(request, _("Still closed: %(parts)s. It would give away an answer that is kept closed. To release it, tick that one as"
                                    " well.") % {"parts": said(held)})
    elif not opened and not closed:
        messages.info(request, _("Nothing was changed."))
    return redirect("entries:entry_tab", competition=entry.competition.code, code=entry.code, tab="publication")


def consent_withdraw(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Say that one no longer agrees to what the entry form says, before anything has opened."""
    from lorbeer.entries.views import find_entry

    entry = find_entry(request, competition, code)
    require(rules.can_withdraw_consent(request.user, entry))
    back = reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "publication"])
    if request.method == "POST":
        services.withdraw_consent(entry, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The consent is taken back. Nothing of this entry is published."))
        return redirect(back)
    return render(request, "confirm.html", {
        "title": _("Take the consent to the publication back?"),
        "consequences": [
            _("Nothing of this entry opens with the announcement, and what is open closes at once."),
            _("The entry takes part as before. It is counted, never named, among the winners, in database and book."),
            _("The website of a published book leaves it out at once; its PDF and EPUB are held back until the book is built anew."),
            _("Copies that somebody has printed or downloaded stay what they are."),
            SUMS_STAY,
            _("Editions stay as they were frozen, with what was released then: the office, the editors, the sponsor and the auditor of the "
              "competition can still read them, the public cannot."),
            _("Those who work on the entry can release it again here at any time."),
        ],
        "button_label": _("Take the consent back"), "cancel_url": back,
    })
