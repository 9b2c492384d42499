"""The jury and its day: who is there, what is on the table, how it was decided, what is left in the purse."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock, codes
from lorbeer.shared.reasons import new_secret


class Member(models.Model):
    class Kind(models.TextChoices):
        CHAIR = "chair", _("chair")
        MEMBER = "member", _("member")
        DEPUTY = "deputy", _("deputy")

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="jury_members")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="jury_memberships")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MEMBER)
    constituency = models.CharField(max_length=200, blank=True)  # "kommunale Spitzenverbände"
    deputy_for = models.ForeignKey("self", models.CASCADE, null=True, related_name="deputies")
    votes = models.BooleanField(default=True)
    appointed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competition", "person"], name="one_membership_per_person"),
            models.UniqueConstraint(fields=["competition"], condition=Q(kind="chair"), name="one_chair"),
            models.CheckConstraint(
                condition=~Q(kind="deputy") | Q(deputy_for__isnull=False), name="a_deputy_stands_in_for_somebody"
            ),
            models.CheckConstraint(condition=Q(kind="deputy") | Q(deputy_for=None), name="only_a_deputy_stands_in"),
        ]

    def __str__(self) -> str:
        return str(self.person)


class Meeting(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="jury_meetings")
    round = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    held_on = models.DateField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    rules = models.JSONField(default=dict)  # by what it is held: the call's when it was opened, see queries.rules_of_meeting
    current = models.ForeignKey("Item", models.SET_NULL, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=0)  # rises with every change but votes: the live board's ETag
    pulse = models.PositiveIntegerField(default=0)  # rises with every vote: only who counts them looks at it
    minutes = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    minutes_sha256 = models.CharField(max_length=64, blank=True)
    signed = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")  # the same PDF with a signature
    signed_sha256 = models.CharField(max_length=64, blank=True)
    signed_by = models.CharField(max_length=200, blank=True)  # as the certificate names them
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "round"], name="one_meeting_per_round")]

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class Declaration(models.Model):
    """A member has gone through the agenda and said for which entries they are biased; only then the dossier opens."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="declarations")
    member = models.ForeignKey(Member, models.PROTECT, related_name="declarations")
    declared_at = models.DateTimeField(default=clock.now)
    up_to = models.PositiveSmallIntegerField(default=0)  # the batch of items that it covers last; later ones ask for another
    # What of it the member said on their own page, and when: it stays when the office takes back what it had noted.
    own_up_to = models.PositiveSmallIntegerField(null=True)
    own_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "member"], name="one_declaration_per_member")]


class DeclarationNote(models.Model):
    """What a member declared away from the screen, as the office noted it. Notes are added, and one that was wrong is taken back: it stays,
    and counts no more."""

    class Source(models.TextChoices):
        PAPER = "paper", _("on paper")
        WORD = "word", _("by word in the meeting, for the minutes")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="declaration_notes")
    member = models.ForeignKey(Member, models.PROTECT, related_name="declaration_notes")
    number = models.PositiveSmallIntegerField()  # the member's first, second, … in this meeting
    source = models.CharField(max_length=10, choices=Source)
    said_on = models.DateField()  # the day on the paper, or of the meeting
    up_to = models.PositiveSmallIntegerField()  # the batch of items that the member had before them last
    entries = models.ManyToManyField("entries.Entry", related_name="+")  # for which it says "biased", and nobody had known
    scan = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    noted_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(default=clock.now)
    taken_back_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["noted_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member", "number"], name="one_declaration_note_per_number"),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None) | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="who_took_a_declaration_back",
            ),
        ]


class Presence(models.Model):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="presences")
    member = models.ForeignKey(Member, models.PROTECT, related_name="presences")
    came_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], condition=Q(left_at=None), name="present_once"),
        ]


class Item(models.Model):
    """One point of the agenda: an entry, or one of its projects, in a group."""

    class Mode(models.TextChoices):
        CONSENSUS = "consensus", _("consensus")
        OPEN = "open", _("open vote")
        SECRET = "secret", _("secret ballot")
        RANKING = "ranking", _("ranking")
        APPROVAL = "approval", _("approval vote")
        STV = "stv", _("single transferable vote")

    class Result(models.TextChoices):
        AWARDED = "awarded", _("awarded")
        NOT_AWARDED = "not_awarded", _("not awarded")
        DEFERRED = "deferred", _("deferred")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    entry = models.ForeignKey("entries.Entry", models.PROTECT, related_name="jury_items")
    project = models.ForeignKey("entries.Project", models.PROTECT, null=True, related_name="jury_items")
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, related_name="jury_items")
    batch = models.PositiveSmallIntegerField(default=1)  # 1 for what was planned, 2 for what came onto the agenda next, …
    added_at = models.DateTimeField(default=clock.now)
    called_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, choices=Result, blank=True)
    mode = models.CharField(max_length=12, choices=Mode, blank=True)
    prize = models.ForeignKey("call.Prize", models.PROTECT, null=True, related_name="jury_items")
    amount_cents = models.PositiveBigIntegerField(default=0)
    yes = models.PositiveSmallIntegerField(default=0)
    no = models.PositiveSmallIntegerField(default=0)
    abstained = models.PositiveSmallIntegerField(default=0)
    entitled = models.PositiveSmallIntegerField(default=0)  # who could vote when it was decided
    out_for_bias = models.PositiveSmallIntegerField(default=0)
    out = models.ManyToManyField(Member, related_name="items_out")  # who had left the room for bias when it was decided
    place = models.PositiveSmallIntegerField(null=True)  # in a ranking; tied items share one
    score = models.DecimalField(max_digits=9, decimal_places=8, null=True)  # in a ranking: the mean score, from 0 to 1
    ballots_counted = models.PositiveSmallIntegerField(default=0)  # in a ranking: how many ballots that score is the mean of
    dissent = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    offline = models.BooleanField(default=False)  # decided without the network, entered afterwards
    noted_at = models.DateTimeField(null=True)  # when it was decided, by the record that was kept without the network
    place_is_kept = False  # no column: set for one reader, to whom its place would tell that of another item, see minutes.keep_places

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "position"], name="one_jury_item_per_position"),
            models.UniqueConstraint(fields=["meeting", "entry", "project", "group"], name="one_jury_item_per_project"),
            models.UniqueConstraint(
                fields=["meeting", "entry", "group"], condition=Q(project=None), name="one_jury_item_per_subject"
            ),
            models.CheckConstraint(condition=Q(amount_cents=0) | Q(result="awarded"), name="money_only_with_an_award"),
            models.CheckConstraint(condition=~Q(result="awarded") | Q(prize__isnull=False), name="an_award_names_its_prize"),
        ]

    @property
    def is_decided(self) -> bool:
        """Whether a result stands; an item that was deferred is still to be decided."""
        return self.result in (self.Result.AWARDED, self.Result.NOT_AWARDED)


class Reopening(models.Model):
    """The motion by which a decision was taken up again, and what had been decided."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="reopenings")
    motion = models.TextField()
    secret = models.CharField(max_length=32, default=new_secret)  # with it the log holds hashes of motion and dissent
    before = models.JSONField()  # the decision that became void: see services.decisions.reopen
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "pk"]


class Ballot(models.Model):
    """One member's voice on an item (open vote), the member's rank of it (ranking), or whether they approve of it (approval).

    These are three kinds of ballot, and one never takes the place of another.
    """

    class Choice(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        ABSTAIN = "abstain", _("abstention")
        RANK = "rank", _("rank")
        APPROVE = "approve", _("approves")
        PASS = "pass", _("does not approve")

    item = models.ForeignKey(Item, models.CASCADE, related_name="ballots")
    member = models.ForeignKey(Member, models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=10, choices=Choice)
    rank = models.PositiveSmallIntegerField(null=True)  # 1 is best
    cast_at = models.DateTimeField(default=clock.now)
    # Who of the desk noted the raised hand; nobody: the member cast it on their own screen.
    noted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "member"], condition=Q(choice__in=["yes", "no", "abstain"]), name="one_voice_per_member"),
            models.UniqueConstraint(fields=["item", "member"], condition=Q(choice="rank"), name="one_rank_per_member"),
            models.UniqueConstraint(fields=["item", "member"], condition=Q(choice__in=["approve", "pass"]), name="one_approval_per_member"),
        ]


class Urn(models.Model):
    """A secret ballot that is being cast on the item on the table. Opened once, gone once it is decided: see `secrecy.py`."""

    item = models.OneToOneField(Item, models.CASCADE, related_name="urn")
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    public_key = models.CharField(max_length=64)  # of the pair whose other half no table holds
    # Once it has been opened: the sums, from which the decision follows. The envelopes stay until then, empty, and tell who voted.
    counted_at = models.DateTimeField(null=True)
    yes = models.PositiveSmallIntegerField(default=0)
    no = models.PositiveSmallIntegerField(default=0)
    abstained = models.PositiveSmallIntegerField(default=0)


class Envelope(models.Model):
    """A member's secret voice, closed: who has voted can be seen, what they voted only by whoever holds the urn's key."""

    urn = models.ForeignKey(Urn, models.CASCADE, related_name="envelopes")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    sealed = models.CharField(max_length=200)  # no time and nothing else that would tell envelopes apart

    class Meta:
        constraints = [models.UniqueConstraint(fields=["urn", "member"], name="one_envelope_per_member")]


class Poll(models.Model):
    """A ballot on a whole group: a shortlist, or the prizes.

    What it is about, how it is counted and for what stands fixed when it is opened. While it is open everybody sees how many have
    voted; once it is closed no ballot changes, and only then anybody sees who is ahead. It ends counted, or given up on a recorded motion.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="polls")
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, related_name="jury_polls")
    number = models.PositiveSmallIntegerField()  # the group's first, second, … ballot
    items = models.JSONField(default=list)  # positions of the group's undecided items when it was opened: what it is about
    mode = models.CharField(max_length=12, choices=Item.Mode)
    keep = models.PositiveSmallIntegerField(null=True)  # a shortlist of so many; none: the prizes
    seats = models.PositiveSmallIntegerField(null=True)  # so many prizes at most; in a single transferable vote the places to fill
    least = models.PositiveSmallIntegerField(null=True)  # in an approval vote: with fewer approvals an entry gets nothing
    prize = models.ForeignKey("call.Prize", models.PROTECT, null=True, related_name="+")  # this one alone; none: as the call names them
    opened_at = models.DateTimeField(default=clock.now)
    opened_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    ballots = models.PositiveSmallIntegerField(default=0)  # that are counted
    result = models.JSONField(default=dict)  # see services.ranking.result_of
    counted_at = models.DateTimeField(null=True)
    counted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    motion = models.TextField(blank=True)  # by which it was given up
    late = models.JSONField(default=list)  # [code of a person, item]: of whom a bias had become known between closing and giving up
    secret = models.CharField(max_length=32, default=new_secret)  # with it the log holds a hash of the motion
    given_up_at = models.DateTimeField(null=True)
    given_up_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "group", "number"], name="one_poll_per_number"),
            models.UniqueConstraint(fields=["meeting", "group"], condition=Q(counted_at=None, given_up_at=None), name="one_poll_at_a_time"),
            models.CheckConstraint(condition=Q(counted_at=None) | Q(closed_at__isnull=False), name="closed_before_it_is_counted"),
            models.CheckConstraint(condition=Q(counted_at=None) | Q(given_up_at=None), name="counted_or_given_up"),
        ]
