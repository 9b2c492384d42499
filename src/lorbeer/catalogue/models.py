"""The index of the public database: computed from a published edition, thrown away and built again at will."""

from django.db import models


class SearchText(models.Model):
    """The folded and stemmed shadow of a public entry: both databases search this column and find the same."""

    edition = models.ForeignKey("editions.Edition", models.CASCADE, related_name="search_texts")
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="search_texts")
    title = models.TextField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "entry"], name="one_search_text")]
