"""Public pages and news of a competition; dates, criteria and prizes come from the call and are never typed twice.

A page keeps every text that was saved as a version. The office works on the newest, the public reads the published one.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock
from lorbeer.shared.text import Localized, LocalizedField


class Page(models.Model):
    class Kind(models.TextChoices):
        PAGE = "page", _("Page")
        NEWS = "news", _("News")

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="pages")
    code = models.SlugField(max_length=60)                              # "theme", "imprint", "privacy"
    language = models.CharField(max_length=5, default="de")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PAGE)
    position = models.PositiveSmallIntegerField(default=0)
    in_menu = models.BooleanField(default=True)
    shown_on = models.DateField(null=True)                              # news: their day; before it nobody outside reads them
    newest = models.ForeignKey("PageVersion", models.SET_NULL, null=True, related_name="+")
    published = models.ForeignKey("PageVersion", models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "code", "language"], name="one_page_per_language"),
            models.CheckConstraint(condition=~models.Q(kind="news") | models.Q(shown_on__isnull=False), name="news_have_a_day"),
        ]

    def __str__(self) -> str:
        return self.newest.title if self.newest else self.code

    @property
    def is_draft(self) -> bool:
        """Whether what the public reads (if anything) is not the newest text."""
        return self.newest_id != self.published_id


class PageVersion(models.Model):
    """A text as somebody saved it; never changed."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()                              # 1, 2, 3 … of its page
    title = models.CharField(max_length=200)
    text = models.TextField()                                           # Markdown, see website/render.py
    saved_at = models.DateTimeField(default=clock.now)
    saved_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")     # nobody: a package
    taken_from = models.PositiveIntegerField(null=True)                 # the version that was brought back

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["page", "number"], name="one_page_version_number")]


class Asset(models.Model):
    """A picture or document of the website. Pages name it: `![](market.jpg)`, `[leaflet](leaflet.pdf)`."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="assets")
    name = models.CharField(max_length=100)                             # "market.jpg", as it stands in the texts
    file = models.ForeignKey("shared.StoredFile", models.PROTECT, related_name="+")
    title = LocalizedField()                                            # of a download: "Merkblatt"
    alternative_text = LocalizedField()                                 # of a picture
    caption = LocalizedField()
    credit = models.CharField(max_length=200, blank=True)               # whose picture it is
    is_download = models.BooleanField(default=False)
    in_press_kit = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["competition", "name"], name="one_asset_of_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.file.blob.media_type.startswith("image/")

    @property
    def label(self) -> str:
        return str(self.title) or self.name

    def said(self, field: str, language: str) -> str:
        """A text of it in `language` alone: nobody reads a German alternative text on an English page."""
        words: Localized = getattr(self, field)
        return words.get(language, "")

    @property
    def lacks(self) -> list[Any]:
        """What a picture needs before a page with it is published."""
        if not self.is_picture:
            return []
        return [word for word, there in ((_("alternative text"), self.alternative_text), (_("credit"), self.credit)) if not there]
