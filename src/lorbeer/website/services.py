"""Writing, publishing and arranging pages; keeping their pictures and documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, log
from lorbeer.shared.addresses import is_taken
from lorbeer.shared.errors import BadInput, LorbeerError, Refused
from lorbeer.website import lint
from lorbeer.website.merging import merged
from lorbeer.website.models import Asset, Page, PageVersion

LONGEST_PAGE = 100_000                                                  # characters
FIRST_OUTSIDE_MENU = 90                                                 # position of pages that the menu does not show


class ChangedMeanwhile(LorbeerError):  # noqa: N818 a sentence, not a fault of the program
    """Somebody saved the page after this text was begun. `newest`: theirs; `together`: both, or None where they contradict."""

    def __init__(self, sentence: str, newest: PageVersion, together: str | None) -> None:
        super().__init__(sentence)
        self.newest, self.together = newest, together


def _subject(page: Page) -> str:
    return f"page:{page.code}.{page.language}"


@transaction.atomic
def create_page(
    competition: Competition, *, code: str, language: str, title: str, text: str, by: Person | None, kind: str = Page.Kind.PAGE,
    **place: Any,
) -> Page:
    """A page with its first version, a draft. `place`: position, in_menu, shown_on. Raises BadInput for an address in use."""
    if is_taken("website:page_edit", competition.code, code, language):
        raise BadInput(_("This name is an address of Lorbeer itself. Please choose another one."), where="code")
    if competition.pages.filter(code=code).exclude(kind=kind).exists():
        raise BadInput(_("This name is in use for something of another kind. Please choose another one."), where="code")
    if "position" not in place:
        same = competition.pages.filter(code=code).first()
        last = competition.pages.filter(kind=kind, position__lt=FIRST_OUTSIDE_MENU - 1).aggregate(last=Max("position"))["last"] or 0
        place["position"] = same.position if same else min(last + 1, FIRST_OUTSIDE_MENU - 1)
        if same:                                                        # a translation stands where its page does
            place |= {"in_menu": same.in_menu, "shown_on": same.shown_on}
    try:
        with transaction.atomic():
            page = Page.objects.create(competition=competition, code=code, language=language, kind=kind, **place)
    except IntegrityError as error:
        raise BadInput(_("There is a page with this name in this language already. Edit that one."), where="code") from error
    _keep_version(page, title, text, by=by)
    log.record("page.create", subject=_subject(page), scope=competition.code, actor=by)
    return page


def _keep_version(page: Page, title: str, text: str, *, by: Person | None, taken_from: int | None = None) -> PageVersion:
    version = PageVersion.objects.create(
        page=page, number=page.newest.number + 1 if page.newest else 1, title=title, text=text, saved_by=by, taken_from=taken_from)
    page.newest = version
    page.save(update_fields=["newest"])
    return version


def _locked(page: Page) -> Page:
    return Page.objects.select_for_update(of=("self",)).select_related("newest", "published", "competition").get(pk=page.pk)


@transaction.atomic
def save_page(page: Page, *, title: str, text: str, revision: int, by: Person | None) -> Page:
    """Keep what somebody wrote on top of version `revision` as the next one; the same again is no new version.

    Raises ChangedMeanwhile where another was saved since, with both texts brought together where that can be done.
    """
    page = _locked(page)
    assert page.newest, "a page has a version from its beginning"
    if (title, text) == (page.newest.title, page.newest.text):
        return page
    if page.newest.number != revision:
        raise _changed(page, text, revision, by)
    version = _keep_version(page, title, text, by=by)
    log.record("page.save", subject=_subject(page), scope=page.competition.code, actor=by, version=version.number)
    return page


def _changed(page: Page, text: str, revision: int, by: Person | None) -> ChangedMeanwhile:
    newest = page.newest
    assert newest
    base = page.versions.filter(number=revision).first()
    together = merged(base.text, text, newest.text) if base else None
    own = by is not None and newest.saved_by_id == by.pk
    what = _("You saved this page in another window meanwhile.") if own else _("Somebody else saved this page meanwhile.")
    if together is None:
        return ChangedMeanwhile(f"{what} " + _("Nothing is lost: your text stands in the field, the other one below it. Bring both "
                                               "together in the field and save again."), newest, None)
    return ChangedMeanwhile(f"{what} " + _("You changed different places, so both are brought together in the field. Please read it "
                                           "through and save again."), newest, together)


@transaction.atomic
def bring_back(page: Page, version: PageVersion, *, by: Person | None) -> Page:
    """The text of an earlier version as a new one; what was newest until now stays among the versions."""
    page = _locked(page)
    assert page.newest
    if (version.title, version.text) != (page.newest.title, page.newest.text):
        kept = _keep_version(page, version.title, version.text, by=by, taken_from=version.number)
        log.record("page.bring_back", subject=_subject(page), scope=page.competition.code, actor=by, version=kept.number,
                   taken_from=version.number)
    return page


@transaction.atomic
def publish_page(page: Page, *, revision: int, by: Person | None) -> Page:
    """Let the public read version `revision`, which must be the newest. Raises Refused with every fault that stands in the way."""
    page = _locked(page)
    assert page.newest
    if page.newest.number != revision:
        raise Refused(_("The page was changed meanwhile. Please look at the newest version, and publish that."))
    faults = [finding.sentence for finding in lint.findings(page.newest.title, page.newest.text, page.competition, page.language)
              if finding.is_fault]
    if faults:
        raise Refused(_("Not published:") + " " + " ".join(faults))
    show(page, page.newest)
    log.record("page.publish", subject=_subject(page), scope=page.competition.code, actor=by, version=revision,
               sha256=log.digest(f"{page.newest.title}\n{page.newest.text}"))
    return page


def show(page: Page, version: PageVersion | None) -> None:
    page.published, page.published_at = version, clock.now() if version else None
    page.save(update_fields=["published", "published_at"])


@transaction.atomic
def hide_page(page: Page, *, by: Person | None) -> Page:
    """The public reads the page no longer; its text and versions stay."""
    page = _locked(page)
    show(page, None)
    log.record("page.hide", subject=_subject(page), scope=page.competition.code, actor=by)
    return page


@transaction.atomic
def arrange_page(page: Page, *, in_menu: bool, shown_on: Any, by: Person | None) -> Page:
    """Whether the menu shows the page, and the day of news; in all languages alike."""
    if page.kind == Page.Kind.NEWS and shown_on is None:
        raise BadInput(_("News needs a day."), where="shown_on")
    page.competition.pages.filter(code=page.code).update(in_menu=in_menu, shown_on=shown_on)
    log.record("page.arrange", subject=_subject(page), scope=page.competition.code, actor=by, in_menu=in_menu,
               shown_on=shown_on.isoformat() if shown_on else "")
    page.refresh_from_db()
    return page


@transaction.atomic
def move_page(competition: Competition, code: str, *, steps: int, by: Person | None) -> None:
    """Move a page `steps` places down in the menu (negative: up), in all its languages."""
    Competition.objects.select_for_update().get(pk=competition.pk)
    codes = list(dict.fromkeys(competition.pages.filter(kind=Page.Kind.PAGE).values_list("code", flat=True)))
    at = codes.index(code)
    codes.insert(max(0, at + steps), codes.pop(at))
    for position, one in enumerate(codes, 1):
        competition.pages.filter(code=one).update(position=position)
    log.record("page.move", subject=f"page:{code}", scope=competition.code, actor=by, steps=steps)


@transaction.atomic
def delete_page(page: Page, *, by: Person | None) -> None:
    log.record("page.delete", subject=_subject(page), scope=page.competition.code, actor=by)
    page.delete()


# --- pictures and documents -------------------------------------------------------------------------------------------


@transaction.atomic
def keep_asset(competition: Competition, *, name: str, uploaded: File, by: Person | None, **facts: Any) -> Asset:
    """A picture or document for the pages; one of the same name takes the place of the former. Raises BadInput."""
    stored = files.accept_upload(uploaded, kinds=("image", "pdf", "document"), name=name, scope=competition.code,
                                 subject=f"website:{name}"[:80], stored_by=by)
    with _no_page_loses_words(competition, name):
        return put_asset(competition, name, stored, by=by, **facts)


@contextmanager
def _no_page_loses_words(competition: Competition, name: str) -> Iterator[None]:
    """Raises Refused where a published page that shows the file could not be published after the change: the credit or words are missing."""
    def faults() -> set[tuple[str, str, str]]:
        shown = competition.pages.exclude(published=None).select_related("published")
        return {(page.published.title, page.language, one.text) for page in shown
                if page.published and lint.names_file(page.published.text, name)
                for one in lint.findings(page.published.title, page.published.text, competition, page.language) if one.is_fault}

    before = faults()
    yield
    if new := sorted(faults() - before):
        title, language, text = new[0]
        raise Refused(_("Nothing was changed: the published page “%(page)s” (%(language)s) shows this file. %(fault)s") % {
            "page": title, "language": language, "fault": text})


def put_asset(competition: Competition, name: str, stored: Any, *, by: Person | None, **facts: Any) -> Asset:
    last = competition.assets.aggregate(last=Max("position"))["last"] or 0
    former = competition.assets.select_for_update().filter(name=name).first()
    if former is None:
        asset = Asset.objects.create(competition=competition, name=name, file=stored, **{"position": last + 1} | facts)
    else:
        before, asset = former.file, former
        asset.file = stored
        for field, value in facts.items():
            setattr(asset, field, value)
        asset.save()
        files.forget(before)
    log.record("asset.keep", subject=f"website:{name}"[:80], scope=competition.code, actor=by, sha256=stored.blob_id)
    return asset


@transaction.atomic
def describe_asset(asset: Asset, *, by: Person | None, **facts: Any) -> Asset:
    """Raises Refused where a published page shows it and would lack the words."""
    with _no_page_loses_words(asset.competition, asset.name):
        for field, value in facts.items():
            setattr(asset, field, value)
        asset.save(update_fields=list(facts))
    log.record("asset.describe", subject=f"website:{asset.name}"[:80], scope=asset.competition.code, actor=by)
    return asset


@transaction.atomic
def delete_asset(asset: Asset, *, by: Person | None) -> None:
    """Raises Refused while a published page shows it."""
    shown = [page for page in asset.competition.pages.exclude(published=None).select_related("published")
             if page.published and lint.names_file(page.published.text, asset.name)]
    if shown:
        raise Refused(_("“%(name)s” stands on published pages: %(pages)s. Take it out there first.") % {
            "name": asset.name, "pages": ", ".join(sorted({one.published.title for one in shown if one.published}))})
    stored = asset.file
    log.record("asset.delete", subject=f"website:{asset.name}"[:80], scope=asset.competition.code, actor=by)
    asset.delete()
    files.forget(stored)
