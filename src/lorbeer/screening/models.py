"""Two people read each entry independently; their votes are sealed and never change."""

import hashlib

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock, codes


def new_sheet_secret() -> str:
    return codes.new_code(18)                                   # more than anybody can try


class AssignmentRun(models.Model):
    """One computed assignment: reproducible from its seed and the hash of its input."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="assignment_runs")
    round = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    seed = models.PositiveIntegerField()
    input = models.JSONField(default=dict)  # all that the solver was told, see assignment.Problem
    input_sha256 = models.CharField(max_length=64)  # of the canonical JSON of `input`
    result = models.JSONField()  # [[entry code, person code], …], sorted
    result_sha256 = models.CharField(max_length=64, blank=True)
    objective = models.BigIntegerField()
    explanation = models.JSONField(default=dict)  # loads, excluded pairs by reason, what rules cost
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)


    based_on = models.ForeignKey("self", models.CASCADE, null=True, related_name="changed_by_hand")
    changes = models.JSONField(default=list)  # by hand: [[entry code, from, to], …], the newest last
    stands_in_for = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")  # whose rest it gives away


class ScreenerProfile(models.Model):
    """What the assignment knows of a screener beside the role: how much they can read, what they know, which languages they read."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="screener_profiles")
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="screener_profiles")
    capacity = models.PositiveSmallIntegerField(null=True)  # most entries in a round; empty: no limit
    fields = models.JSONField(default=list)  # names of choices of the question that the call names
    languages = models.JSONField(default=list)  # the same; empty: all

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "person"], name="one_profile_per_screener")]


class PairRule(models.Model):
    """A person and an entry that the office puts together, or keeps apart, in the assignment."""

    class Kind(models.TextChoices):
        PINNED = "pinned", _("reads it in any case")
        FORBIDDEN = "forbidden", _("does not read it")

    code = models.CharField(max_length=20, unique=True, default=codes.long_code)
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="pair_rules")
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="pair_rules")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "person"], name="one_rule_per_pair")]


class Vote(models.Model):
    """One screener's judgement of one entry. Open while `sealed_at` is empty, then final."""

    # The place: the office moves it and takes it back by this code, and the log names it so while it is given and taken.
    code = models.CharField(max_length=20, unique=True, default=codes.long_code)
    # Part of the sealed sheet, so that nobody finds its digest by trying; see `sheet_name`. No page shows it.
    secret = models.CharField(max_length=20, unique=True, default=new_sheet_secret)
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="votes")
    screener = models.ForeignKey("people.Person", models.PROTECT, related_name="votes")
    seat = models.PositiveSmallIntegerField()  # 1 … seats of the call
    submission = models.ForeignKey(
        "intake.Submission", models.PROTECT, null=True, related_name="votes"
    )  # what was read
    option = models.CharField(max_length=40, blank=True)  # code of a VoteOption of the call
    reason = models.TextField(blank=True)
    due_on = models.DateField(null=True)
    assigned_at = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(null=True)  # when the newest save of the draft came in
    sent = models.JSONField(default=dict)  # field of the sheet → what its windows sent, and what waits for a choice: see windows.py
    sealed_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the sealed sheet

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "seat"], name="one_vote_per_seat"),
            models.UniqueConstraint(fields=["entry", "screener"], name="one_vote_per_screener"),
            models.CheckConstraint(
                condition=Q(sealed_at=None) | (~Q(option="") & ~Q(reason="")), name="sealed_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(sealed_at=None) | (~Q(sha256="") & Q(submission__isnull=False)),
                name="sealed_names_what_was_read",
            ),
        ]

    @property
    def sheet_name(self) -> str:
        """What the log calls the sheet. Until the pair opens nothing else is called so: neither the place nor a page."""
        return f"sheet:{hashlib.sha256(self.secret.encode()).hexdigest()[:20]}"


class Rating(models.Model):
    """Points and reason for one criterion; `project` is set on the sheet of an individual project."""

    vote = models.ForeignKey(Vote, models.CASCADE, related_name="ratings")
    criterion = models.ForeignKey("call.Criterion", models.PROTECT, related_name="+")
    project = models.ForeignKey("entries.Project", models.PROTECT, null=True, related_name="ratings")
    points = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "criterion", "project"], name="one_rating_per_criterion_and_project"),
            models.UniqueConstraint(fields=["vote", "criterion"], condition=Q(project=None), name="one_rating_per_criterion"),
        ]


class ProjectVote(models.Model):
    """The overall vote for an individual project: it can be proposed while its entry is not."""

    vote = models.ForeignKey(Vote, models.CASCADE, related_name="project_votes")
    project = models.ForeignKey("entries.Project", models.PROTECT, related_name="project_votes")
    option = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vote", "project"], name="one_vote_per_project")]


class Abstention(models.Model):
    """Somebody gave an entry back for another reason than bias; they are not asked to read it again."""

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="abstentions")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="abstentions")
    reason = models.TextField()
    abstained_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "person"], name="one_abstention_per_person")]


class JointSession(models.Model):
    """The screeners meet: diverging votes first, then the rest."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="joint_sessions")
    round = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    held_on = models.DateField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    chaired_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    minutes = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    minutes_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["held_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "round"], condition=Q(closed_at=None), name="one_session_to_hold_per_round"),
        ]


class Attendance(models.Model):
    """Somebody was in the session, from when to when; whoever comes back has another row. Who stayed to the end has no time of leaving."""

    session = models.ForeignKey(JointSession, models.CASCADE, related_name="stays")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    came_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["came_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], condition=Q(left_at=None), name="in_a_session_once"),
        ]


class SessionItem(models.Model):
    """One entry on the session's agenda, and what the session found; the votes stay as they were."""

    class Outcome(models.TextChoices):
        PROPOSE = "propose", _("proposed to the jury")
        PASS_OVER = "pass_over", _("not proposed")

    session = models.ForeignKey(JointSession, models.CASCADE, related_name="items")
    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="session_items")
    position = models.PositiveSmallIntegerField()
    diverging = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    arguments = models.TextField(blank=True)
    dissent = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")  # who recorded it
    deciders = models.ManyToManyField("people.Person", related_name="items_decided")  # present then, and free of bias

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["session", "entry"], name="one_item_per_entry"),
            models.UniqueConstraint(fields=["session", "position"], name="one_item_per_position"),
        ]


class Proposal(models.Model):
    """What the screening puts before the jury: an entry in its group, or something in the special category."""

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="proposals")
    project = models.ForeignKey("entries.Project", models.PROTECT, null=True, related_name="proposals")
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, related_name="proposals")
    proposed_at = models.DateTimeField(default=clock.now)
    item = models.ForeignKey(SessionItem, models.SET_NULL, null=True, related_name="proposals")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "project", "group"], name="one_proposal_per_group_and_project"),
            models.UniqueConstraint(fields=["entry", "group"], condition=Q(project=None), name="one_proposal_per_group"),
        ]


class ExpertOpinion(models.Model):
    """One page on a proposal: what it is and why it is proposed. Author, then second reader, then release."""

    class State(models.TextChoices):
        WRITING = "writing", _("being written")
        READING = "reading", _("with the second reader")
        RELEASED = "released", _("released")

    proposal = models.OneToOneField(Proposal, models.CASCADE, related_name="opinion")
    author = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="opinions")
    second_reader = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="opinions_read")
    state = models.CharField(max_length=10, choices=State, default=State.WRITING)
    description = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    remark = models.TextField(blank=True)  # of the second reader, when it goes back
    submission = models.ForeignKey(
        "intake.Submission", models.PROTECT, null=True, related_name="opinions"
    )  # the version of the entry that it is about: where its quotations were looked up, set when it is handed over and released
    quotations = models.JSONField(default=list)  # as Quotation.as_json has them, of description and then reasons
    changed_at = models.DateTimeField(default=clock.now)
    pdf = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(author=None) | Q(second_reader=None) | ~Q(author=F("second_reader")),
                name="two_people_read_an_opinion",
            ),
        ]


class Dossier(models.Model):
    """All released opinions of a round as one document for the jury, in the order of the agenda."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="dossiers")
    round = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey("shared.StoredFile", models.PROTECT, related_name="+")
    opinions = models.PositiveSmallIntegerField()
    built_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-built_at", "-pk"]
