"""Who gets a picture or document of the website: its writers always, everybody else what is shown to the public."""

from django.utils.translation import gettext_lazy as _

from lorbeer.people.access import competitions_visible_to, roles_of
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict
from lorbeer.website.lint import names_file
from lorbeer.website.models import Asset
from lorbeer.website.queries import public_pages
from lorbeer.website.rules import EDITORS


def may_read_asset(person: object, stored: StoredFile) -> Verdict:
    asset = Asset.objects.filter(file=stored).select_related("competition").first()
    if asset is None:
        return Verdict(_("This file is not shown any more."))
    if roles_of(person, asset.competition) & EDITORS:
        return ALLOWED
    if competitions_visible_to(person).filter(pk=asset.competition_id).exists() and is_shown(asset):
        return ALLOWED
    return Verdict(_("No published page shows this file."))


def is_shown(asset: Asset) -> bool:
    """Whether the public meets it: in the list of downloads, in the press kit, or on a page that it reads."""
    if asset.is_download or asset.in_press_kit:
        return True
    pages = public_pages(asset.competition).filter(published__text__contains=asset.name)
    return any(names_file(page.published.text, asset.name) for page in pages if page.published)


files.allow("website:", may_read_asset)
