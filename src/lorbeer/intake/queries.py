"""Reading what came in: the accepted document of an entry, drafts and how complete they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Competition, Phase
from lorbeer.call.queries import register_of
from lorbeer.entries import embargo
from lorbeer.entries.models import Entry, State
from lorbeer.entries.names import address_key, body_key
from lorbeer.entries.queries import entries_written_by
from lorbeer.intake import places
from lorbeer.intake.models import (
    QUARANTINE,
    Arrival,
    Channel,
    Draft,
    DraftAnswer,
    DraftAnswerRevision,
    Enclosure,
    IncomingMail,
    MailFetch,
    Scan,
    Submission,
    UnreadText,
    WaitingMail,
)
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Form, Question, Section, Type
from lorbeer.questionnaire.evaluation import GONE, Evaluation
from lorbeer.questionnaire.faults import Fault, faults, progress
from lorbeer.questionnaire.frozen import Document
from lorbeer.questionnaire.grouping import Applicant, applicant_of, group_for
from lorbeer.questionnaire.municipalities import bodies_in
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import in_language, measured
from lorbeer.register.models import Municipality
from lorbeer.shared import clock, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import Job
from lorbeer.shared.prepared import prepared

Key = tuple[str, int]


def own_entries(person: object, competition: Competition) -> list[dict[str, Any]]:
    """The entries on which `person` works, the newest first: entry, the state that applicants may know, address."""
    read_state = embargo.state_reader(())
    return [
        {"entry": entry, "state": read_state(entry), "url": reverse("intake:entry_show", args=[competition.code, entry.code])}
        for entry in (_own(person.pk, competition.pk) if isinstance(person, Person) else ())
    ]


@prepared
def _own(person: int, competition: int) -> QuerySet[Entry]:
    return entries_written_by(person, competition).select_related("competition", "group")


def accepted_submission(entry: Entry) -> Submission | None:
    """The submission that counts; None for drafts and withdrawn entries."""
    for submission in _accepted(entry.pk):
        submission.entry = entry
        return submission
    return None


@prepared
def _accepted(entry: int) -> QuerySet[Submission]:
    """Without the form itself, which `form_of` keeps in memory."""
    return (Submission.objects.filter(entry=entry, is_accepted=True)
            .select_related("version__questionnaire", "arrival").defer("version__definition"))


def count_submissions(entry: Entry) -> int:
    """How often the entry has been handed in."""
    return len(_submissions(entry.pk))


@prepared
def _submissions(entry: int) -> QuerySet[Submission, int]:
    return Submission.objects.filter(entry=entry).values_list("pk", flat=True)


def document_of(submission: Submission, language: str | None = None) -> Document:
    return Document.read(form_of(submission.version), submission.document, language)


def accepted_document(entry: Entry, language: str | None = None) -> Document:
    """What the applicant handed in. Raises Refused, with the reason, where nothing counts as handed in."""
    submission = accepted_submission(entry)
    if submission is None:
        raise Refused(_("“%(entry)s” has not been submitted, or it has been withdrawn.") % {"entry": entry})
    return document_of(submission, language)


def document_or_none(entry: Entry) -> Document | None:
    """The document of the accepted submission; None where nothing has been submitted."""
    submission = accepted_submission(entry)
    return document_of(submission) if submission else None


def accepted_documents(entries: Iterable[Entry] | QuerySet[Entry], language: str | None = None) -> dict[int, Document]:
    """Entry id → accepted document; one query for any number. Entries without one are left out."""
    submissions = Submission.objects.filter(entry__in=entries, is_accepted=True).select_related("version__questionnaire")
    return {submission.entry_id: document_of(submission, language) for submission in submissions}


def draft_answers(draft: Draft) -> dict[Key, Any]:
    """(question, place) → value of a draft, blank ones left out; one query."""
    return {(question, place): value for question, place, value in _values(draft.pk) if value is not None}


@prepared
def _values(draft: int) -> QuerySet[DraftAnswer, tuple[str, int, Any]]:
    return DraftAnswer.objects.filter(draft=draft).values_list("question", "place", "value")


def state_of(draft: Draft, unread: Mapping[str, str]) -> str:
    """The entry, and a mark of what a page shows of its draft: another one as soon as something new has been typed (held.js)."""
    return f"{draft.entry.code} {draft.changed_at.timestamp()}:{len(unread)}"


def unread_texts(draft: Draft, person: object) -> dict[str, str]:
    """Name of the field → what `person` typed there and nobody can read; one query. Not what lies with a place that was taken out."""
    form = form_of(draft.version)
    return {field: text for field, text in _unread(draft.pk, person.pk)  # type: ignore[attr-defined]
            if (there := places.place_in(form, field)) is None or there[2] < GONE}


@prepared
def _unread(draft: int, person: int) -> QuerySet[UnreadText, tuple[str, str]]:
    return UnreadText.objects.filter(draft=draft, person=person).values_list("field", "text")


def unread_at_places(draft: Draft) -> dict[Key, list[tuple[str, str, Person]]]:
    """(repeat, place) → (question, text, who typed it) of all that nobody can read, also where the place was taken out; one query."""
    form, found = form_of(draft.version), defaultdict(list)
    for one in draft.unread.select_related("person").order_by("typed_at", "pk"):
        if there := places.place_in(form, one.field):
            found[there[1:]].append((there[0], one.text, one.person))
    return dict(found)


def evaluation_of(draft: Draft, answers: Mapping[Key, Any] | None = None) -> Evaluation:
    zone = draft.entry.competition.time_zone
    return Evaluation(form_of(draft.version), draft_answers(draft) if answers is None else answers, zone=zone)


@dataclass(frozen=True)
class SectionState:
    """How far a section is. `status`: empty, partial, complete or faulty (something there does not fit)."""

    key: str                                                            # as in addresses
    number: int
    label: str
    status: str
    asked: int
    answered: int
    required: int
    missing: int
    faults: list[Fault] = field(default_factory=list)
    measure: str = ""                                                   # "1,204 of 1,500 characters"


@dataclass(frozen=True)
class Completeness:
    sections: list[SectionState]
    percent: int                                                        # share of the required answers that are there

    @property
    def faults(self) -> list[Fault]:
        return [fault for section in self.sections for fault in section.faults]

    @property
    def is_complete(self) -> bool:
        return not self.faults

    @property
    def next_section(self) -> SectionState | None:
        """Where to go on: the first section that is not complete."""
        return next((section for section in self.sections if section.status != "complete"), None)


def completeness(draft: Draft, answers: Mapping[Key, Any] | None = None) -> Completeness:
    """Every section that is asked, with what is missing or wrong in it; one query where `answers` are not given."""
    return completeness_of(evaluation_of(draft, answers))


def sections_asked(evaluation: Evaluation) -> list[tuple[str, Section]]:
    """The sections that are asked now, with their keys, in their order."""
    return [(key, section) for key, section in evaluation.form.keyed_sections() if evaluation.can_be_filled_in(section)]


def gaps_of(submission: Submission) -> list[tuple[str, str]]:
    """(question with its place and section, sentence) for what is missing or does not fit in what was handed in, in the form's order."""
    document = document_of(submission)
    evaluation = Evaluation(document.form, document.answers, zone=submission.entry.competition.time_zone)
    return [(_before_a_sentence(" · ".join(filter(None, [section.label, label_of(document.form, fault)]))), fault.sentence)
            for section in completeness_of(evaluation).sections for fault in section.faults]


def _before_a_sentence(label: str) -> str:
    return label if label.endswith(("?", "!", ".", ":")) else f"{label}:"


def label_of(form: Form, fault: Fault) -> str:
    """The question of a fault with the number of its place; empty where it is about a whole section."""
    placed = form.placed.get(fault.question)
    label = in_language(placed.question.label) if placed else ""
    return f"{label} ({fault.place})" if label and fault.place else label


def completeness_of(evaluation: Evaluation) -> Completeness:
    form = evaluation.form
    by_section: dict[str, list[Fault]] = {}
    for fault in faults(form, evaluation.answers, evaluation=evaluation):
        by_section.setdefault(fault.section, []).append(fault)
    states: list[SectionState] = []
    required = missing = 0
    for key, section in sections_asked(evaluation):
        tally = progress(form, section, evaluation)
        found = by_section.get(key, [])
        required, missing = required + tally["required"], missing + tally["missing"]
        if any(fault.kind != "missing" for fault in found):
            status = "faulty"
        elif not found and (tally["answered"] or not tally["required"]):
            status = "complete" if tally["answered"] else "empty"
        else:
            status = "partial" if tally["answered"] else "empty"
        label = evaluation.text(section.title) if section.title else _("Further questions")
        states.append(SectionState(
            key, len(states) + 1, label, status, faults=found, measure=_measure(form, section, evaluation), **tally
        ))
    percent = 100 if not required else (required - missing) * 100 // required
    return Completeness(states, percent)


def _measure(form: Form, section: Section, evaluation: Evaluation) -> str:
    """The one figure that says most about a section: places of a repeat, length of its only long text."""
    for repeat in form.repeats.values():
        if repeat in section.items and repeat.max_count:
            return _("%(count)d of at most %(most)d") % {"count": evaluation.count(repeat), "most": repeat.max_count}
    texts = [item for item in section.items if isinstance(item, Question) and item.type == Type.LONG_TEXT]
    if len(texts) != 1:
        return ""
    value, limits = evaluation.value(texts[0].name) or "", texts[0].limits
    if limits.pages:
        return ngettext("%(count)s of %(most)d page", "%(count)s of %(most)d pages", limits.pages) % {
            "count": number_format(measured(texts[0], value).pages if value else 0, 1), "most": limits.pages
        }
    if limits.characters:
        return _("%(count)s of %(most)s characters") % {
            "count": number_format(measured(texts[0], value).characters, force_grouping=True),
            "most": number_format(limits.characters, force_grouping=True),
        }
    return ""


def find_municipality(competition: Competition, key: str) -> Municipality | None:
    """The body with official key `key` in the competition's edition of the register, else in the newest."""
    edition = register_of(competition)
    return Municipality.objects.filter(edition=edition, key=key).first() if edition and key else None


def named_partners(entry: Entry, document: Document) -> tuple[list[Municipality], list[str]]:
    """The bodies that an entry names as partners, picked or written as text, and names that the register does not know."""
    edition = entry.competition.register_edition or (entry.municipality.edition if entry.municipality else None)
    answers = [value for _place, value in document.all_by_role("partner") if value]
    keys = {value["key"] for value in answers if isinstance(value, dict) and value.get("key")}
    found = list(edition.municipalities.filter(key__in=keys)) if edition and keys else []
    unknown: list[str] = []
    for text in (value for value in answers if isinstance(value, str)):
        bodies, names = bodies_in(edition, text, entry.land_code)
        found += [body for body in bodies if body not in found]
        unknown += names
    return found, unknown


def compared_keys(entry: Entry, document: Document) -> tuple[str, list[str]]:
    """By what bias is computed beside the names of bodies: the applicant's address, and partners that the register does not know, folded."""
    where = document.address()
    town = where["town"] or "x" if where["postcode"] else ""            # the postcode says it
    partners = {body_key(name) for name in named_partners(entry, document)[1]}
    return address_key(f"{where['street']}, {where['postcode']} {town}"), sorted(partners - {""})


def applicant_facts(entry: Entry, document: Document | None = None) -> Applicant:
    """What the rules of the award groups may read about an entry. `document`: else the one that has been accepted."""
    facts = applicant_of(entry.municipality)
    known = {"register.legal_status": entry.legal_status, "register.land": entry.land_code,
             "register.population": facts.register.get("register.population") or entry.population}
    document = document or document_or_none(entry)
    return Applicant({**facts.register, **{name: value for name, value in known.items() if value not in (None, "")}}, document)


def propose_group(entry: Entry, document: Document | None = None) -> AwardGroup | None:
    """The award group by the call's rule; None where it gives none."""
    return group_for(entry.competition, applicant_facts(entry, document))


def arrivals_of(competition: Competition) -> QuerySet[Arrival]:
    """The arrival register, the newest first."""
    return Arrival.objects.filter(competition=competition).select_related("entry", "added_to", "registered_by", "mail")


def arrivals_of_entry(entry: Entry) -> list[str]:
    """The numbers of all that came for an entry, what was added to it included."""
    return list(Arrival.objects.filter(Q(entry=entry) | Q(added_to=entry)).order_by("pk").values_list("number", flat=True))


DOCUMENTS = (".pdf", ".docx", ".doc", ".odt")                           # pictures are those below every mail of a town hall


def same_files(arrival: Arrival) -> QuerySet[Arrival]:
    """Other arrivals of the competition with the very same document, to the byte: perhaps the same once more."""
    own = [stored.blob_id for stored in arrival.files.all()
           if stored.name.lower().endswith(DOCUMENTS) and not stored.subject.startswith(QUARANTINE)]
    return Arrival.objects.filter(competition=arrival.competition_id, files__blob__in=own).exclude(pk=arrival.pk).select_related(
        "entry").distinct().order_by("arrived_at", "pk")


def last_fetch() -> MailFetch | None:
    """The fetch of mails that runs, or ran last; None where mails are not fetched."""
    return MailFetch.objects.order_by("-pk").first()


def waiting_mails() -> QuerySet[WaitingMail]:
    """Mails of which nobody can tell for which competition they are, and no operator has said it yet."""
    return WaitingMail.objects.filter(competition=None, is_dropped=False)


# Of the register: what came by post or e-mail and counts, but is no entry yet, or only a draft.
TO_KEY_IN = (
    Q(closed_at=None, added_to=None) & ~Q(channel=Channel.ONLINE) & ~Q(timeliness=Arrival.Timeliness.LATE)
    & (Q(entry=None) | Q(entry__state=State.DRAFT))
)


# Mails in which something went wrong, until somebody has made something of them.
TROUBLED = (
    Q(closed_at=None, added_to=None, entry=None, mail__isnull=False)
    & ~Q(mail__trouble__in=("", IncomingMail.Trouble.NO_FORM, IncomingMail.Trouble.LATE))
)

# What was closed by itself because a program seems to have written it, and nobody has opened again.
CLOSED_AS_AUTOMATIC = Q(closed_at__isnull=False, mail__outcome=IncomingMail.Outcome.AUTO_REPLY)

# Files that came beside a mailed form, of which nobody has said yet which question they answer.
UNPLACED = Q(Exists(Enclosure.objects.filter(arrival=OuterRef("pk"), reason="")), closed_at=None, added_to=None, entry__state=State.DRAFT)

# A form named an applicant that is not one body of the register, and nobody has said yet which one is meant.
UNKNOWN_BODY = Q(closed_at=None, added_to=None, entry__state=State.DRAFT, entry__municipality=None) & ~Q(entry__draft__unknown_body="") & Q(
    entry__draft__isnull=False)

# Came late, and somebody has to decide whether it counts all the same; a verdict on its entry has decided it, too.
LATE_TO_DECIDE = (
    Q(closed_at=None, added_to=None, timeliness=Arrival.Timeliness.LATE) & (Q(entry=None) | Q(entry__state__in=[State.DRAFT, State.SUBMITTED]))
)


CORRECTED = ("channel", "arrived_at", "postmarked_on", "sender", "subject")


def line_seen(arrival: Arrival) -> str:
    """What a correction of the line begins from, as a digest: another one stands there when somebody else was faster."""
    return log.digest([str(getattr(arrival, name)) for name in CORRECTED])


def left_over() -> Q:
    """What came for an online draft of a round in which nothing can be submitted any more, and which the office does not key in from
    something else; of one line: `rules.is_left_over`."""
    over = Phase.objects.filter(competition=OuterRef("competition"), kind=Phase.Kind.ENTRIES, round=OuterRef("added_to__round"),
                                ends_at__lt=clock.now())
    leads = Arrival.objects.filter(entry=OuterRef("added_to"), closed_at=None)
    return Q(Exists(over), ~Exists(leads), closed_at=None, added_to__state=State.DRAFT) & ~Q(channel=Channel.ONLINE)


def to_key_in(competition: Competition, round: int) -> QuerySet[Arrival]:
    """What the office still has to key in and submit for the round."""
    return arrivals_of(competition).filter(TO_KEY_IN, round=round)


def stacks_of(competition: Competition) -> QuerySet[Scan]:
    """Stacks of scanned letters, the newest first, each with how many letters it holds and how many wait."""
    return (
        Scan.objects.filter(competition=competition, arrival=None).select_related("file", "scanned_by")
        .annotate(letters=Count("parts"), waiting=Count("parts", filter=Q(parts__decided_at=None)))
    )


def reading_of(scan: Scan) -> Job | None:
    """The work that reads a stack: waiting, running, or ended without a result."""
    return Job.objects.filter(name="intake.read_stack", subject=f"scan:{scan.number}").order_by("-pk").first()


def is_stuck(scan: Scan) -> bool:
    """Whether a stack has not been read and nothing is going to read it."""
    job = reading_of(scan)
    return scan.read_at is None and (job is None or job.finished_at is not None)


def stuck_stacks(competition: Competition) -> list[Scan]:
    """Stacks whose reading ended without a result: somebody goes on by hand."""
    return [scan for scan in Scan.objects.filter(competition=competition, arrival=None, read_at=None) if is_stuck(scan)]


def refused_texts(draft: Draft) -> list[DraftAnswerRevision]:
    """Texts that lost against somebody else's and that nobody has settled yet."""
    return _refused(draft.pk)


@prepared
def _refused(draft: int) -> QuerySet[DraftAnswerRevision]:
    return (
        DraftAnswerRevision.objects.filter(answer__draft=draft, was_refused=True, settled_at=None)
        .select_related("answer__changed_by", "changed_by").order_by("changed_at", "pk")
    )


