"""Beginning an entry: once, however often somebody clicks."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.entries.services import add_contributor
from lorbeer.intake import rules
from lorbeer.intake.models import Channel, Draft, DraftAnswer
from lorbeer.intake.services.answers import fill_draft
from lorbeer.intake.services.heads import applicant_named, propose_by_register, subject_of, take_over_municipality
from lorbeer.intake.services.unread import keep_unread
from lorbeer.outreach.services import link_intents
from lorbeer.people.models import Person
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.municipalities import answer_of, question_for_applicant
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.register.models import Municipality
from lorbeer.shared import codes, log
from lorbeer.shared.errors import Refused
from lorbeer.shared.prepared import insert, prepared
from lorbeer.shared.verdicts import require


@transaction.atomic
def start_draft(
    competition: Competition, *, by: Person, applicant: str = "", municipality: Municipality | None = None
) -> Draft:
    """Begin an entry in the open round with `by` as its contact person. Raises Refused outside the dates.

    The municipality that was picked is the answer to its question. A second call before anything was written gives the same
    draft: a double click starts one entry.
    """
    _lock_person(by.pk)                                                 # of two clicks, the second waits here
    round = rules.open_round(competition)
    version = current_version(competition)
    asked = question_for_applicant(form_of(version)) if version else ""
    picked = asked if municipality else ""
    if untouched := _untouched(_begun_by(by.pk, competition.pk), round, picked, municipality, applicant_named(applicant, municipality)):
        return untouched
    require(rules.can_start_entry(by, competition))
    draft = new_draft(competition, round or 1, applicant, municipality, version)
    add_contributor(draft.entry, by, is_contact=True)
    if picked and municipality:
        fill_draft(draft, {picked: answer_of(municipality, municipality.edition)}, by=by)
    elif asked and applicant.strip() and competition.applicant_kind == competition.ApplicantKind.MUNICIPALITY:
        keep_unread(draft, by=by, judged=(), typed={asked: applicant.strip()[:300]})     # no municipality that is known here
    link_intents(draft.entry)
    log.record("draft.start", subject=subject_of(draft.entry), scope=competition.code, actor=by, channel=Channel.ONLINE,
               round=draft.entry.round)
    return draft


@prepared
def _lock_person(pk: int) -> QuerySet[Person, int]:
    return Person.objects.select_for_update().filter(pk=pk).values_list("pk", flat=True)


@prepared
def _begun_by(person: int, competition: int) -> QuerySet[Draft, int]:
    """Drafts that are not handed in, of which the person is the contact."""
    return Draft.objects.filter(
        entry__contributors__person=person, entry__contributors__is_contact=True, entry__competition=competition, entry__state=State.DRAFT
    ).values_list("pk", flat=True)


def _untouched(drafts: list[int], round: int | None, picked: str, municipality: Municipality | None, applicant: str) -> Draft | None:
    """That of `drafts` which was begun in the same words and in which nothing has been written since."""
    if not drafts:
        return None
    written = DraftAnswer.objects.exclude(question=picked, place=0, revision=1)
    return (
        Draft.objects.filter(~Exists(written.filter(draft=OuterRef("pk"))), pk__in=drafts, entry__round=round,
                             entry__municipality=municipality, entry__applicant=applicant)
        .select_related("entry__competition", "version__questionnaire").first()
    )


def new_draft(
    competition: Competition, round: int, applicant: str, municipality: Municipality | None, version: Version | None = None
) -> Draft:
    version = version or current_version(competition)
    if version is None:
        raise Refused(_("The entry form has not been published yet. Please come back later."))
    entry = Entry(competition=competition, code=codes.free_code(Entry.objects), round=round, applicant=applicant_named(applicant, municipality))
    take_over_municipality(entry, municipality)
    propose_by_register(entry)
    entry.save()
    insert(draft := Draft(entry=entry, version=version))
    return draft
