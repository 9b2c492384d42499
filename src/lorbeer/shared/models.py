"""Facts that have nothing to do with competitions: the log and its seals, the outbox, jobs, stored files."""

from django.db import models

from lorbeer.shared import clock, codes


def new_job_code() -> str:
    return codes.new_code(10)                                           # an address that nobody guesses


def new_file_code() -> str:
    return codes.new_code(10)


class LogEvent(models.Model):
    """Something that happened. Written in the transaction of the change; never altered, never deleted.

    Database triggers refuse UPDATE, DELETE and REPLACE on every engine.
    """

    at = models.DateTimeField(default=clock.now)
    scope = models.CharField(max_length=60, blank=True)                 # code of the competition, empty: installation
    actor = models.CharField(max_length=40, blank=True)                 # code of the person, or "system:<name>"
    verb = models.CharField(max_length=60)                              # "entry.admit", "vote.seal", "mail.send"
    subject = models.CharField(max_length=80, blank=True)               # "entry:K7QD4X-M"
    detail = models.JSONField(default=dict)                             # no personal data in clear

    class Meta:
        indexes = [
            models.Index(fields=["scope", "subject"], name="log_by_subject"),
            models.Index(fields=["scope", "at"], name="log_by_time"),
            models.Index(fields=["scope", "id"], name="log_in_order"),
            models.Index(fields=["scope", "verb"], name="log_by_verb"),
        ]


class LogSeal(models.Model):
    """The link of one event in the hash chain, in the order of sealing, without gaps."""

    number = models.PositiveBigIntegerField(primary_key=True)           # 1, 2, 3, …
    event = models.OneToOneField(LogEvent, models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64, unique=True)               # SHA-256 of previous digest and event
    mark = models.CharField(max_length=64)                              # keyed hash of the digest, see log.mark_of_seal
    sealed_at = models.DateTimeField(default=clock.now)


class UnsealedEvent(models.Model):
    """An event that waits for its seal. Written with the event, so that the sealer finds it whatever commits first.

    An event that has neither seal nor place here did not come through `log.record`, or lost its seal.
    """

    mark = models.CharField(max_length=64)                              # keyed hash of the event, see log.mark_of
    event = models.OneToOneField(LogEvent, models.CASCADE, primary_key=True, related_name="waiting")


class LogProof(models.Model):
    """What the last walk along the whole log has found, in one row; see `proof.py`."""

    facts = models.JSONField(default=dict)
    mark = models.CharField(max_length=64, blank=True)                  # keyed hash of the facts
    due_at = models.DateTimeField(default=clock.now)                    # when the worker walks again


class LogReason(models.Model):
    """Why somebody did what an event says, in their own words; see `reasons.py`."""

    ERASED = "–"                                                        # what an erasure leaves of the words

    event = models.OneToOneField(LogEvent, models.PROTECT, primary_key=True, related_name="reason")
    words = models.TextField()
    secret = models.CharField(max_length=32, blank=True)


class Blob(models.Model):
    """The bytes of a file, known by their SHA-256 and never altered."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()                             # bytes
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField(default=clock.now)
    not_cleaned_at = models.DateTimeField(null=True)                    # when no version for readers could be made of it


class StoredFile(models.Model):
    """Who brought which bytes, when, under what name, for what."""

    class Access(models.TextChoices):
        RESTRICTED = "restricted"                                       # a rule of the owning app decides
        PUBLIC = "public"

    code = models.CharField(max_length=20, unique=True, default=new_file_code)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="files")
    original = models.ForeignKey("self", models.CASCADE, null=True, related_name="derivatives")
    kind = models.CharField(max_length=30, default="upload")            # upload, made; of these: cleaned, web, thumbnail, print
    name = models.CharField(max_length=200)
    scope = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=80, blank=True)               # "entry:K7QD4X-M"
    stored_by = models.CharField(max_length=40, blank=True)             # code of the person
    access = models.CharField(max_length=20, choices=Access, default=Access.RESTRICTED)
    alternative_text = models.CharField(max_length=500, blank=True)
    caption = models.CharField(max_length=300, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    is_sample = models.BooleanField(default=False)                      # drawn by a program
    stored_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["scope", "subject"], name="file_by_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["original", "kind"], condition=models.Q(original__isnull=False), name="one_derivative_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tally(models.Model):
    """How often something was sent lately, for limits.py; under a keyed hash, and deleted when its time is over."""

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"


class Leased(models.Model):
    """Work that a worker takes for a while: it runs again when its worker dies."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    key = models.CharField(max_length=200, unique=True, null=True)      # the same thing is queued once
    scope = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    run_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)              # also the fence: only the last taker may end it
    interruptions = models.PositiveSmallIntegerField(default=0)         # its worker died in the middle
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class Message(Leased):
    """A mail in the outbox. Written in the transaction of its reason, sent by the worker, once, in order."""

    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=200, blank=True)
    reply_to = models.EmailField(blank=True)
    title = models.CharField(max_length=300)                            # the mail's subject line
    body = models.TextField()
    attachments = models.ManyToManyField(StoredFile, related_name="messages")
    kind = models.CharField(max_length=40, blank=True)                  # "receipt", "wave", "result", …
    message_id = models.CharField(max_length=200, blank=True)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run_at", "id"], condition=models.Q(state="waiting"), name="messages_waiting"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="messages_running"),
            models.Index(fields=["scope", "subject"], name="messages_by_subject"),
            models.Index(fields=["scope", "kind", "state"], name="messages_by_kind"),
        ]


class Job(Leased):
    """Long work that says how far it is, can be stopped, and leaves its whole result or none."""

    code = models.CharField(max_length=20, unique=True, default=new_job_code)
    name = models.CharField(max_length=60)                              # registered handler, e.g. "book.build"
    arguments = models.JSONField(default=dict)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)                 # what it is at
    stop_requested = models.BooleanField(default=False)
    started_by = models.CharField(max_length=40, blank=True)
    result = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run_at", "id"], condition=models.Q(state="waiting"), name="jobs_waiting"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="jobs_running"),
        ]
