"""Tables as data: what is crossed with what, on which base, rounded how."""

from django.db import models

from lorbeer.shared.text import LocalizedField


class TableDefinition(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="tables")
    code = models.SlugField(max_length=40)                              # "tab1": the name in the book's references
    number = models.PositiveSmallIntegerField(default=0)
    title = LocalizedField()
    definition = models.JSONField()                                     # see statistics/definitions.py

    class Meta:
        ordering = ["number", "code"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_table_code")]
