"""How entries come in: drafts answer by answer, arrivals in one register, submissions frozen for good."""

from email.utils import parseaddr

from django.db import models
from django.db.models import F, Q
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock, codes

QUARANTINE = "quarantine:"               # in place of "arrival:", the subject of files that nobody may download


class Draft(models.Model):
    """The working copy of an entry's answers, bound to one published questionnaire version."""

    entry = models.OneToOneField("entries.Entry", models.CASCADE, related_name="draft")
    version = models.ForeignKey("questionnaire.Version", models.PROTECT, related_name="drafts")
    changed_at = models.DateTimeField(default=clock.now)
    moved_places = models.JSONField(default=list)                       # of repeats: [repeat, place, where it went, when]; see places.py
    unknown_body = models.CharField(max_length=200, blank=True)         # who applies, as a form said it: not one body of the register


class DraftAnswer(models.Model):
    """One answer of a draft, with a revision of its own: two tabs or two people never overwrite each other unseen."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=100)                         # stable name
    place = models.PositiveSmallIntegerField(default=0)                 # 0 outside repeats; 1, 2 … within
    value = models.JSONField(null=True)
    revision = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)
    page = models.CharField(max_length=20, blank=True)                  # the page that wrote it: what that sends next is no collision
    turn = models.PositiveIntegerField(default=0)                       # how often that page had sent then: what it sent before is older

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "question", "place"], name="one_answer_per_place")]


class DraftAnswerRevision(models.Model):
    """What an answer was before, or a text that came too late because somebody else had changed it: none is lost."""

    answer = models.ForeignKey(DraftAnswer, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    changed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()
    was_refused = models.BooleanField(default=False)                    # `revision` is the one it was written upon
    settled_at = models.DateTimeField(null=True)                        # when somebody chose between the two texts
    page = models.CharField(max_length=20, blank=True)                  # as of the answer
    turn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "revision"], condition=Q(was_refused=False), name="one_row_per_revision"
            ),
        ]


class UnreadText(models.Model):
    """What somebody typed into a field that cannot be read as an answer, such as a word for a number: shown to them again, on any device."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="unread")
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    field = models.CharField(max_length=200)                            # its name in the form: `costs`, `address__2--postcode`
    text = models.TextField()
    typed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "person", "field"], name="one_unread_text_per_field")]


class RemovedPlace(models.Model):
    """What stood at a place of a repeat that somebody took out of a draft: kept, files and all, until it is put back or the draft erased."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="removed_places")
    repeat = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField()                          # the number that it has since, see places.py
    answers = models.JSONField()                                        # [[question, value], …]
    removed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(default=clock.now)


class Channel(models.TextChoices):
    ONLINE = "online", _("online")
    EMAIL = "email", _("by e-mail")
    POST = "post", _("by post")


class Arrival(models.Model):
    """One line of the arrival register: everything that came in, through whatever door."""

    class Timeliness(models.TextChoices):
        IN_TIME = "in_time", _("in time")
        LATE = "late", _("late")
        ADMITTED_LATE = "admitted_late", _("late, admitted with a reason")

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="arrivals")
    number = models.CharField(max_length=20, unique=True, default=codes.new_code)
    round = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=10, choices=Channel)
    arrived_at = models.DateTimeField(default=clock.now)
    postmarked_on = models.DateField(null=True)
    sender = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)                # of what came in
    timeliness = models.CharField(max_length=20, choices=Timeliness, default=Timeliness.IN_TIME)
    late_reason = models.TextField(blank=True)
    secret = models.CharField(max_length=32, blank=True)                # with it the log's hash of the reason; see shared/reasons.py
    entry = models.ForeignKey("entries.Entry", models.CASCADE, null=True, related_name="arrivals")
    added_to = models.ForeignKey("entries.Entry", models.CASCADE, null=True, related_name="additions")     # no entry of its own
    registered_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    registered_at = models.DateTimeField(default=clock.now)
    sent_from = models.CharField(max_length=32, blank=True)             # the page at the desk: what it sends twice came once
    linked_at = models.DateTimeField(null=True)                         # when it was led to an entry that was there before
    files = models.ManyToManyField("shared.StoredFile", related_name="arrivals")
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)                         # does not belong here, or is there twice: see `changes`

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        indexes = [models.Index(fields=["competition", "arrived_at"], name="arrivals_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(timeliness="admitted_late") | ~Q(late_reason=""), name="late_admission_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(entry=None) | Q(added_to=None), name="an_entry_or_added_to_one"),
        ]


class ArrivalChange(models.Model):
    """A line of the register was corrected, closed or opened again, why, and what stood there before."""

    class Kind(models.TextChoices):
        CORRECTED = "corrected", _("corrected")
        CLOSED = "closed", _("closed: does not belong here")
        INTENT = "intent", _("closed: noted as a letter of intent")
        REOPENED = "reopened", _("opened again")

    arrival = models.ForeignKey(Arrival, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField()
    before = models.JSONField(default=dict)                             # the former values of what was corrected
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "pk"]


class Scan(models.Model):
    """A scanned file and what the codes on it say: that of one arrival, or a stack of letters to be divided."""

    class Problem(models.TextChoices):
        """Why not every page was looked at; in words: findings.problem_of."""

        CLOSED = "closed"                                               # the file does not open
        UNREAD = "unread"
        PARTLY = "partly"
        STOPPED = "stopped"                                             # the work ended without a result

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="scans")
    number = models.CharField(max_length=20, unique=True, default=codes.new_code)
    arrival = models.ForeignKey(Arrival, models.CASCADE, null=True, related_name="scans")     # none: a stack
    file = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    pages = models.PositiveIntegerField(default=0)
    codes = models.JSONField(default=list)                              # [[page, text of the code], …]
    read_pages = models.PositiveIntegerField(default=0)                 # looked at by machine, from the first on
    problem = models.CharField(max_length=10, choices=Problem, blank=True)
    scanned_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    scanned_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-scanned_at", "-pk"]


class ScanPart(models.Model):
    """Pages of a stack that a cover sheet begins: proposed as one letter until somebody at the desk decides. 0 to 0: a file that does
    not open, as a whole."""

    scan = models.ForeignKey(Scan, models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    first_page = models.PositiveIntegerField()
    last_page = models.PositiveIntegerField()
    codes = models.JSONField(default=list)                              # texts of the codes on it
    arrival = models.ForeignKey(Arrival, models.SET_NULL, null=True, related_name="parts")
    left_out_because = models.TextField(blank=True)
    decided_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["first_page", "position"]
        constraints = [models.UniqueConstraint(fields=["scan", "position"], name="one_part_per_position")]

    @property
    def is_whole(self) -> bool:
        return self.last_page == 0

    @property
    def pages(self) -> int:
        """How many, 0 of a file that does not open."""
        return 0 if self.is_whole else self.last_page - self.first_page + 1


class Keying(models.Model):
    """An entry on paper is keyed in by two people who do not see each other's work; the newest of a draft counts."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="keyings")
    number = models.PositiveSmallIntegerField(default=1)
    first_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")      # keys into the draft
    opened_to = models.ManyToManyField("people.Person", related_name="+", blank=True)    # who could read it while it was keyed in first
    begun_at = models.DateTimeField(default=clock.now)
    first_done_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    answers = models.JSONField(default=list)                            # of the second: [[question, place, value], …]
    moved_places = models.JSONField(default=list)                       # of the second, as those of a draft
    second_done_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)                        # when the last difference was decided

    class Meta:
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="one_keying_per_number"),
            models.CheckConstraint(condition=Q(first_by=None) | Q(second_by=None) | ~Q(first_by=F("second_by")), name="keyed_by_two"),
            models.CheckConstraint(condition=Q(settled_at=None) | Q(second_done_at__isnull=False, second_by__isnull=False),
                                   name="settled_after_the_second"),
        ]


class KeyingDifference(models.Model):
    """An answer that the two keyed in differently, and what a third look decided."""

    class Choice(models.TextChoices):
        FIRST = "first", _("the first")
        SECOND = "second", _("the second")
        NEITHER = "neither", _("neither of them")

    keying = models.ForeignKey(Keying, models.CASCADE, related_name="differences")
    question = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField(default=0)
    first = models.JSONField(null=True)
    second = models.JSONField(null=True)
    choice = models.CharField(max_length=10, choices=Choice, blank=True)
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["keying", "question", "place"], name="one_difference_per_answer"),
            models.CheckConstraint(condition=Q(choice="") | Q(decided_by__isnull=False, decided_at__isnull=False), name="decided_by_somebody"),
        ]

    @property
    def was_opened(self) -> bool:
        """Whether it is no difference, but what is asked only because of what was decided: two alike answers never differ."""
        return self.first is None and self.second is None

    @property
    def revision(self) -> str:
        """Tells one decision from the next; empty before the first."""
        return self.decided_at.isoformat() if self.decided_at else ""


class IncomingMail(models.Model):
    """A mail that was fetched: the line of the register is its `arrival`, the mail as it came lies among that one's files."""

    class Outcome(models.TextChoices):
        """What became of it: exactly one of these. The same mail a second time has no row."""

        DRAFT = "draft", _("its form was read into a draft")
        OFFICE = "office", _("for the office to look at")
        AUTO_REPLY = "auto_reply", _("automatic mail")
        BOUNCE = "bounce", _("report on a mail that could not be delivered")

    class Trouble(models.TextChoices):
        """Why it is for the office to look at."""

        UNREADABLE = "unreadable", _("The mail cannot be read.")
        INFECTED = "infected", _("The virus scanner has found something. What it found is locked away.")
        NO_FORM = "no_form", _("No filled-in form of this competition is attached.")
        SEVERAL_FORMS = "several_forms", _("More than one filled-in form is attached.")
        FORM_REFUSED = "form_refused", _("The attached form could not be read into a draft.")
        NAMES_ENTRY = "names_entry", _("The attached form belongs to an entry that has been begun already.")
        FORWARDED = "forwarded", _("A filled-in form lies in a mail that was attached, so whose it is waits for your decision.")
        LATE = "late", _("It came after the deadline, so its form waits for your decision.")

    class Answer(models.TextChoices):
        SENT = "sent", _("sent")
        AUTOMATIC = "automatic", _("none, because a program wrote the mail")
        NO_ADDRESS = "no_address", _("none, because the mail names no single sender to whom one could write")
        TOO_MANY = "too_many", _("none, because this sender, or others of the same domain, got many of them already")
        WITHHELD = "withheld", _("none, because such mails have forged senders")

    arrival = models.OneToOneField(Arrival, models.CASCADE, related_name="mail")
    sha256 = models.CharField(max_length=64, unique=True)               # of the mail as it came
    fingerprint = models.CharField(max_length=64, db_index=True)        # the same mail by another way: see mail_reading.py
    message_id = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)                           # by the sender's clock, which judges nothing
    outcome = models.CharField(max_length=12, choices=Outcome)
    trouble = models.CharField(max_length=15, choices=Trouble, blank=True)
    details = models.JSONField(default=list)                            # sentences that explain it; by language, or in the call's
    answer = models.CharField(max_length=12, choices=Answer)
    text = models.TextField(blank=True)                                 # hostile: shown as plain text, never as markup

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome="office") | Q(trouble=""), name="trouble_is_for_the_office"),
        ]


class Enclosure(models.Model):
    """A file that came beside a mailed form, and which file question of the draft it answers; without a reason nobody knows yet."""

    class Reason(models.TextChoices):
        NAMED = "named", _("the form names it")
        BEGINS = "begins", _("its name begins with that of the question")
        ONLY = "only", _("no other question takes such a file")
        OFFICE = "office", _("the office has decided")
        ASIDE = "aside", _("the office says: belongs to no question")

    arrival = models.ForeignKey(Arrival, models.CASCADE, related_name="enclosures")
    file = models.ForeignKey("shared.StoredFile", models.CASCADE, related_name="+")          # as it came, of the arrival
    question = models.CharField(max_length=100, blank=True)
    place = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    kept = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")     # the copy that the answer names
    by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["arrival", "file"], name="a_file_is_enclosed_once"),
            models.CheckConstraint(condition=Q(reason__in=["", "aside"], question="") | (~Q(reason__in=["", "aside"]) & ~Q(question="")),
                                   name="an_answer_has_its_question"),
        ]


class MailFetch(models.Model):
    """The fetch of mails that runs, or ran last. Only one runs at a time: it alone has the key."""

    RUNNING = "running"

    key = models.CharField(max_length=10, unique=True, null=True)
    place = models.CharField(max_length=100, blank=True)                # the machine and its folder: see `leases.alone_here`
    started_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField()                                # not heard of until then: another machine may begin
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    unheard = 0                                                         # of those that wait: how many were not told of before
    received = models.PositiveIntegerField(default=0)                   # new arrivals
    waiting = models.PositiveIntegerField(default=0)                    # mails that could not be taken in, and stay where they are


class WaitingMail(models.Model):
    """A mail that waits in its mailbox: until an operator says for which competition it is, or until what holds it up is mended."""

    class Reason(models.TextChoices):
        UNPLACED = "unplaced", _("Neither its addresses nor a form say for which competition it is.")
        UNREADABLE = "unreadable", _("It cannot be read as a mail, not even to whom it went.")
        HELD = "held", _("It could not be taken in. Each fetch tries again, until it can be or is taken out of the mailbox.")

    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    mailbox = models.CharField(max_length=500)                          # where it lies, as the mailbox calls itself
    sha256 = models.CharField(max_length=64)                            # of the mail as it lies there; of its name where it was not read
    sender = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)                                 # its beginning; hostile: shown as plain text, never as markup
    held_by = models.TextField(blank=True)                              # why it could not be taken in, as the fetch told it
    attached = models.JSONField(default=list)                           # names of what is attached, as hostile
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.UNPLACED)
    arrived_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=clock.now)                  # first
    seen_at = models.DateTimeField(default=clock.now)                   # last: what is gone from the mailbox goes here, too
    competition = models.ForeignKey("call.Competition", models.CASCADE, null=True, related_name="+")       # the next fetch takes it in there
    is_dropped = models.BooleanField(default=False)                     # the next fetch puts it aside, and it is no arrival

    class Meta:
        ordering = ["found_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(competition=None) | Q(is_dropped=False), name="taken_in_or_dropped"),
                       models.UniqueConstraint(fields=["mailbox", "sha256"], name="a_mail_waits_once_in_a_mailbox")]

    @property
    def title(self) -> str:
        """What tells it from others with the same subject: who sent it, and its code."""
        name, address = parseaddr(self.sender)
        who = Truncator(name or address or self.sender).chars(60)
        return " · ".join(filter(None, [self.subject or gettext("Mail without a subject"), who, self.code]))


class MergerLetter(models.Model):
    """A letter on paper that says that two entries were put together, or taken apart: to an entry that no mail reaches."""

    class Kind(models.TextChoices):
        MERGER = "merger", _("put together")
        PARTING = "parting", _("taken apart again")

    number = models.CharField(max_length=20, unique=True, default=codes.new_code)
    merger = models.ForeignKey("intake.Merger", models.CASCADE, related_name="letters")
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="+")             # whose applicant gets it
    kind = models.CharField(max_length=10, choices=Kind)
    written_at = models.DateTimeField(default=clock.now)
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["merger", "entry", "kind"], name="one_letter_of_a_merger")]


class Submission(models.Model):
    """The answers of an entry as they were sent, frozen: everything later reads this document, never the draft."""

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField()                         # 1, 2, … within the entry
    version = models.ForeignKey("questionnaire.Version", models.PROTECT, related_name="submissions")
    arrival = models.ForeignKey(Arrival, models.PROTECT, related_name="submissions")
    receipt_number = models.CharField(max_length=20, unique=True, default=codes.new_code)
    document = models.TextField()                                       # canonical JSON, UTF-8
    sha256 = models.CharField(max_length=64)                            # of `document`
    log_digest = models.CharField(max_length=64, blank=True)            # newest chain value when the receipt was given
    is_accepted = models.BooleanField(default=True)                     # the one that counts
    files = models.ManyToManyField("shared.StoredFile", related_name="submissions")
    receipt_file = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    receipt_posted_at = models.DateTimeField(null=True)                 # by post, where no mail reached the applicant
    submitted_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="one_submission_number"),
            models.UniqueConstraint(fields=["entry"], condition=Q(is_accepted=True), name="one_accepted_submission"),
        ]


class TextMark(models.Model):
    """One number of the sketch by which the long texts of an entry are recognised: see likeness.py."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="+", db_index=False)
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="text_marks")
    value = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["competition", "value"], name="marks_by_value")]


class Merger(models.Model):
    """What the office said about two entries that look alike: they are one, and `entry` counts; or they are two."""

    class Kind(models.TextChoices):
        MERGED = "merged", _("one entry")
        APART = "apart", _("two entries")

    kind = models.CharField(max_length=10, choices=Kind)
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="mergers")
    other = models.ForeignKey("entries.Entry", models.CASCADE, related_name="merged_into")
    reason = models.TextField()
    measure = models.JSONField(default=dict)                            # how alike they were
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    undone_because = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(entry=F("other")), name="merged_with_another"),
            models.CheckConstraint(condition=~Q(reason=""), name="merged_with_a_reason"),
            models.UniqueConstraint(fields=["other"], condition=Q(kind="merged", undone_at=None), name="merged_once"),
        ]
