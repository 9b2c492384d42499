"""Public pages of a competition; dates, criteria and prizes come from the call and are never typed twice."""

from django.db import models

from lorbeer.shared import clock


class Page(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="pages")
    code = models.SlugField(max_length=60)                              # "theme", "imprint", "privacy"
    language = models.CharField(max_length=5, default="de")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200)
    text = models.TextField()                                           # Markdown
    in_menu = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["competition", "code", "language"], name="one_page_per_language")]
