"""The official register of municipalities, one edition a year; old competitions keep theirs."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lorbeer.shared import clock


class RegisterEdition(models.Model):
    as_of = models.DateField()                                          # the day the register describes
    source = models.CharField(max_length=200)                           # publisher and licence, shown where it is used
    sha256 = models.CharField(max_length=64, unique=True)               # of the imported file
    imported_at = models.DateTimeField(default=clock.now)
    is_extract = models.BooleanField(default=False)                     # only what one package brought along

    class Meta:
        ordering = ["-is_extract", "as_of", "pk"]


class LegalStatus(models.TextChoices):
    KREISFREI = "kreisfrei", _("independent town")
    STADTSTAAT = "stadtstaat", _("city state or its district")
    KREISANGEHOERIG = "kreisangehoerig", _("municipality within a Kreis")
    VERBAND = "verband", _("association of municipalities")
    LANDKREIS = "landkreis", _("Kreis or Landkreis")
    LAND = "land", _("Land")


TEXT_CODES = {                                                          # the Textkennzeichen of municipalities
    "60": pgettext_lazy("title of a municipality", "market town"),
    "61": pgettext_lazy("title of a municipality", "town that is a Kreis of its own"),
    "62": pgettext_lazy("title of a municipality", "Stadtkreis"),
    "63": pgettext_lazy("title of a municipality", "town"),
    "64": pgettext_lazy("title of a municipality", "municipality"),
    "65": pgettext_lazy("title of a municipality", "inhabited area without a municipality"),
    "67": pgettext_lazy("title of a municipality", "Große Kreisstadt"),
}


class Municipality(models.Model):
    """A Land, Kreis, association or municipality as one edition of the register has it."""

    edition = models.ForeignKey(RegisterEdition, models.CASCADE, related_name="municipalities")
    key = models.CharField(max_length=12)                               # AGS: 2 Land, 5 Kreis, 8 municipality, 9 association
    name = models.CharField(max_length=200)
    search_name = models.CharField(max_length=200)                      # folded, for look-ups
    legal_status = models.CharField(max_length=20, choices=LegalStatus)
    text_code = models.CharField(max_length=2, blank=True)              # of TEXT_CODES, where the file has it
    land_code = models.CharField(max_length=2)                          # "NW"
    population = models.PositiveIntegerField(null=True)
    postcode = models.CharField(max_length=5, blank=True)
    hectares = models.PositiveIntegerField(null=True)                   # its area, by which mergers are told
    latitude = models.FloatField(null=True)                             # degrees, WGS 84
    longitude = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "key"], name="one_key_per_edition")]
        indexes = [models.Index(fields=["edition", "search_name"], name="municipality_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def status_in_words(self) -> str:
        """The legal status, for municipalities with what they may call themselves: “municipality within a Kreis (town)”."""
        status, title = str(LegalStatus(self.legal_status).label), TEXT_CODES.get(self.text_code)
        return f"{status} ({title})" if title and str(title) != status else status
