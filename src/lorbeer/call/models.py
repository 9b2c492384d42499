"""A competition as its call describes it: nothing here is hard-wired, everything comes from a package or the screen."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from lorbeer.call.rulebook import ScreeningRules
from lorbeer.shared.phases import BAR
from lorbeer.shared.prepared import prepared
from lorbeer.shared.remembered import once_per_page
from lorbeer.shared.text import LocalizedField


class Competition(models.Model):
    """One call with everything that belongs to it."""

    class ApplicantKind(models.TextChoices):
        MUNICIPALITY = "municipality", _("municipalities from the official register")
        ORGANISATION = "organisation", _("associations, groups and other bodies")
        PERSON = "person", _("single persons")

        @property
        def word(self) -> str:
            """What pages, letters and files call whoever applies: a person is no body."""
            return pgettext("person", "Applicant") if self == self.PERSON else pgettext("body", "Applicant")

    code = models.SlugField(max_length=60, unique=True)                 # part of every address: "zusammenleben2017"
    title = LocalizedField()
    kind = LocalizedField()                                             # "Bundeswettbewerb"
    aim = LocalizedField()                                              # one sentence for the poster
    sponsor = LocalizedField()
    office_name = LocalizedField()
    office_address = models.TextField(blank=True)
    office_email = models.EmailField(blank=True)
    office_phone = models.CharField(max_length=60, blank=True)
    applicant_kind = models.CharField(max_length=20, choices=ApplicantKind, default=ApplicantKind.MUNICIPALITY)
    time_zone = models.CharField(max_length=60, default="Europe/Berlin")
    languages = models.JSONField(default=list)                          # ["de", "en"]
    register_edition = models.ForeignKey("register.RegisterEdition", models.PROTECT, null=True, related_name="+")
    brings_register = models.BooleanField(default=False)                # the edition came with the package, and leaves with it
    max_entries_per_applicant = models.PositiveSmallIntegerField(null=True)
    max_projects = models.PositiveSmallIntegerField(default=2)
    paper_counts_by = models.CharField(max_length=10, default="postmark")       # or "arrival"
    paper_keyed_twice = models.BooleanField(default=False)
    screening = models.JSONField(default=dict)                          # see ScreeningRules in call/rulebook.py
    jury = models.JSONField(default=dict)                               # see JuryRules in call/rulebook.py
    retention = models.JSONField(default=dict)                          # see RetentionRules in call/rulebook.py
    is_sample = models.BooleanField(default=False)                      # answers of single entries are invented
    sample_note = LocalizedField()                                      # said wherever one entry's answers are shown
    is_public = models.BooleanField(default=False)                      # the call has been published

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def first_language(self) -> str:
        """The language of what is written once, and of whatever is missing in another one."""
        return next(iter(self.languages), "de")

    @property
    def rounds(self) -> list[int]:
        """The rounds of its phases in order."""
        return sorted({phase.round for phase in self.schedule}) or [1]

    @property
    def schedule(self) -> "tuple[Phase, ...]":
        """Its phases in order, as nearly every page needs them; one query per page, none when they are prefetched."""
        known = getattr(self, "_prefetched_objects_cache", {}).get("phases")
        return tuple(known) if known is not None else _schedule(self)

    # --- stages that a call may do without; what it has not, appears nowhere ---

    @property
    def has_screening(self) -> bool:
        """Whether people read and vote before the jury; else what is admitted goes straight to it."""
        return ScreeningRules.from_json(self.screening).seats > 0

    @property
    def has_opinions(self) -> bool:
        return self.has_screening and ScreeningRules.from_json(self.screening).opinions

    @property
    def has_check(self) -> bool:
        """Whether somebody decides on admission: the call names a phase for it, a ground for exclusion or a check point."""
        return self._has_phase(Phase.Kind.CHECK) or self.clauses.exists() or self.check_points.exists()

    @property
    def of_register(self) -> bool:
        """Whether municipalities apply: only then pages speak of Land, legal status, size and official key."""
        return self.applicant_kind == self.ApplicantKind.MUNICIPALITY

    @property
    def of_persons(self) -> bool:
        return self.applicant_kind == self.ApplicantKind.PERSON

    @property
    def applicant_word(self) -> str:
        return self.ApplicantKind(self.applicant_kind).word

    @property
    def has_money(self) -> bool:
        return self.prizes.filter(amount_cents__gt=0).exists()

    @property
    def has_book(self) -> bool:
        return self._has_phase(Phase.Kind.BOOK) or self.chapters.exists()   # type: ignore[attr-defined]

    def _has_phase(self, kind: str) -> bool:
        return any(phase.kind == kind for phase in self.schedule)


class Phase(models.Model):
    """A stretch of time in a competition. Both ends are inclusive, to the last second of the named moment."""

    class Kind(models.TextChoices):
        CALL = "call", BAR["call"]
        LETTERS = "letters", BAR["letters"]
        ENTRIES = "entries", BAR["entries"]
        CHECK = "check", BAR["check"]
        SCREENING = "screening", BAR["screening"]
        JURY = "jury", BAR["jury"]
        ANNOUNCED = "announced", BAR["announced"]
        BOOK = "book", BAR["book"]
        FOLLOW_UP = "follow_up", BAR["follow_up"]

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="phases")
    kind = models.CharField(max_length=20, choices=Kind)
    round = models.PositiveSmallIntegerField(default=1)                 # a fund decides twice a year: rounds 1 and 2
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)                           # 31 Dec 23:59:59 is still in time

    class Meta:
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "kind", "round"], name="one_phase_per_kind_and_round"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="phase_ends_after_start"
            ),
        ]


@once_per_page
def _schedule(competition: Competition) -> tuple[Phase, ...]:
    return tuple(_phases(competition.pk))


@prepared
def _phases(competition: int) -> "models.QuerySet[Phase]":
    return Phase.objects.filter(competition=competition)


class AwardGroup(models.Model):
    """Entries that compete with each other; the special category is a group that no entry is sorted into."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="groups")
    code = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    label = LocalizedField()                                            # "kreisfreie Städte"
    heading = LocalizedField()                                          # as a table row: "Kreisfreie Städte"
    legal_statuses = models.JSONField(default=list)                     # who is sorted in; empty: every legal status
    condition = models.TextField(blank=True)                            # over answers and register: questionnaire/grouping.py
    is_special = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_group_code")]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def has_rule(self) -> bool:
        """Whether it takes certain entries only; a group without a rule takes what no other one takes."""
        return bool(self.legal_statuses or self.condition)


class Criterion(models.Model):
    competition = models.ForeignKey(Competition, models.CASCADE, related_name="criteria")
    code = models.SlugField(max_length=40)
    number = models.PositiveSmallIntegerField()
    label = LocalizedField()
    description = LocalizedField()
    optional_in_special = models.BooleanField(default=False)            # may be missing in the special category
    weight = models.PositiveSmallIntegerField(default=1)                # how often its points count in a sum

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "code"], name="one_criterion_code"),
            models.UniqueConstraint(fields=["competition", "number"], name="one_criterion_number"),
        ]

    def __str__(self) -> str:
        return str(self.label)


class Purse(models.Model):
    """The prize money of one round. The database refuses to spend more than the cap."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="purses")
    round = models.PositiveSmallIntegerField(default=1)
    cap_cents = models.PositiveBigIntegerField()
    spent_cents = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competition", "round"], name="one_purse_per_round"),
            models.CheckConstraint(condition=Q(spent_cents__lte=F("cap_cents")), name="never_above_the_cap"),
        ]


class Prize(models.Model):
    """What can be won in a group: a fixed amount, or anything up to one."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="prizes")
    group = models.ForeignKey(AwardGroup, models.CASCADE, related_name="prizes")
    code = models.SlugField(max_length=40)
    label = LocalizedField()
    amount_cents = models.PositiveBigIntegerField()                     # 0: an honour, or a prize in kind
    up_to = models.BooleanField(default=False)                          # amount_cents is the most, not the amount
    max_count = models.PositiveSmallIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)              # as the call names them: first, second, third

    class Meta:
        ordering = ["group__position", "position", "-amount_cents", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_prize_code")]


class ExclusionClause(models.Model):
    """A ground on which an entry is not admitted, as the call words it."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="clauses")
    code = models.SlugField(max_length=40)
    number = models.CharField(max_length=20)                            # "1.2"
    label = LocalizedField()                                            # "nicht von einer Kommune eingereicht"
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_clause_code")]

    def __str__(self) -> str:
        return str(self.label)


class CheckPoint(models.Model):
    """One line of the formal check's list."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="check_points")
    code = models.SlugField(max_length=40)
    label = LocalizedField()
    clause = models.ForeignKey(ExclusionClause, models.SET_NULL, null=True, related_name="check_points")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_check_point_code")]


class Letter(models.Model):
    """The text of a mail or letter, with named placeholders: {{ entry.title }}, {{ receipt.number }}."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="letters")
    code = models.SlugField(max_length=60)                              # "receipt", "wave_1", "admission", "result_won"
    language = models.CharField(max_length=5, default="de")
    subject = models.CharField(max_length=300)
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "code", "language"], name="one_letter_text")]
