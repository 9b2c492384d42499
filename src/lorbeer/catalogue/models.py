"""What an applicant has released to the public, and when that was taken back."""

from django.db import models

from lorbeer.shared import clock


class Release(models.Model):
    """One released part of an entry. Nothing is public without one; taking it back closes it at once."""

    class Part(models.TextChoices):
        ENTRY = "entry"                                                 # title, applicant, group, Land, projects
        ABSTRACT = "abstract"
        PICTURES = "pictures"
        CONTACT = "contact"                                             # office and postal address, never a person
        ANSWERS = "answers"                                             # those questions marked as publishable

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="releases")
    part = models.CharField(max_length=20, choices=Part)
    released_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "part"], condition=models.Q(revoked_at=None), name="released_once"),
        ]


class SearchText(models.Model):
    """The folded and stemmed shadow of a public entry: both databases search this column and find the same."""

    edition = models.ForeignKey("editions.Edition", models.CASCADE, related_name="search_texts")
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="search_texts")
    title = models.TextField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "entry"], name="one_search_text")]
