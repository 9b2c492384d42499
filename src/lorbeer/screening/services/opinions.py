"""One page on each proposal, and the dossier of all."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.people.models import Person
from lorbeer.screening import queries, rules
from lorbeer.screening.models import (
    Dossier,
    ExpertOpinion,
    Proposal,
)
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition
from lorbeer.screening.services.votes import clean_text


def locked_opinion(opinion: ExpertOpinion) -> ExpertOpinion:
    return (
        ExpertOpinion.objects.select_for_update(of=("self",))
        .select_related("proposal__entry__competition", "author", "second_reader")
        .get(pk=opinion.pk)
    )


@transaction.atomic
def draft_opinion(proposal: Proposal, by: Person, description: str = "", reasons: str = "", seen: str = "") -> ExpertOpinion:
    """Write the opinion on a proposal; who writes first is its author until it is released.

    `seen`: digest of the text that the writer had before them. Raises BadInput where another stands there meanwhile: nothing is lost unseen.
    """
    opinion, _created = ExpertOpinion.objects.get_or_create(proposal=proposal)
    opinion = locked_opinion(opinion)
    require(rules.can_write_opinion(by, opinion))
    first, stands = opinion.author_id is None, queries.text_digest(opinion)
    opinion.author = by
    opinion.description, opinion.reasons = clean_text(description), clean_text(reasons)
    if seen and stands not in (seen, queries.text_digest(opinion)):
        raise BadInput(_("Another text has been saved since this page was opened, perhaps in another window. Yours is still here and not saved;"
                         " the other stands below. Take from it what you need: saving again replaces it."))
    opinion.changed_at = clock.now()
    opinion.save(update_fields=["author", "description", "reasons", "changed_at"])
    if first:
        note_opinion("opinion.take", opinion, by)
    return opinion


def note_opinion(verb: str, opinion: ExpertOpinion, by: Person | None, **detail: object) -> None:
    entry = opinion.proposal.entry
    log.record(
        verb, subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, opinion=opinion.pk, **detail
    )


@transaction.atomic
def assign_opinion(opinion: ExpertOpinion, author: Person, by: Person, *, second_reader: Person | None = None) -> ExpertOpinion:
    """The office says who writes an opinion and who reads it before the jury; the text stays.

    Without a second reader, or with another author, it goes to its author, who hands it over: else whoever wrote the text could make
    themselves its reader. Raises BadInput for people who cannot, Refused.
    """
    opinion = locked_opinion(opinion)
    require(rules.can_assign_opinion(by, opinion))
    if second_reader == author:
        raise BadInput(_("Somebody other than its author reads an opinion before it is released."), where=_("Second reader"))
    for person in filter(None, (author, second_reader)):
        if not rules.can_take_opinion(person, opinion.proposal.entry):
            raise BadInput(_("%(person)s cannot take this opinion: not a screener or in the office here, or biased.") % {"person": person})
    if second_reader is None or author != opinion.author:
        opinion.state = ExpertOpinion.State.WRITING
    opinion.author, opinion.second_reader, opinion.changed_at = author, second_reader, clock.now()
    opinion.save(update_fields=["author", "second_reader", "state", "changed_at"])
    note_opinion("opinion.assign", opinion, by, to=author.code, reader=second_reader.code if second_reader else "")
    return opinion


def look_up_quotations(opinion: ExpertOpinion) -> ExpertOpinion:
    """Bind the opinion to the accepted submission and note where its quotations stand there. Saves nothing.

    Raises BadInput, with a sentence for each, where a quotation does not stand in the entry.
    """
    submission, found = queries.quotations_of(opinion)
    faults = [
        _("“%(quotation)s” does not stand in the entry as it was submitted.") % {"quotation": Truncator(one.text).chars(120)}
        for one in found if not one.is_found and not one.is_enclosed
    ]
    if faults:
        advice = _("Please quote word for word ([…] leaves something out), or write it without quotation marks.")
        raise BadInput(" ".join([*faults, advice]), faults=faults)
    opinion.submission, opinion.quotations = submission, [one.as_json() for one in found]
    return opinion


def hand_to_second_reader(opinion: ExpertOpinion, second_reader: Person, by: Person, *, with_pdf: bool = True) -> ExpertOpinion:
    """The author has finished and names who reads it before it is released.

    Raises BadInput where a text is missing, a quotation does not stand in the entry, the page is not enough (unless `with_pdf` is
    False: then only the release looks), or the second reader cannot be one.
    """
    from lorbeer.screening import documents

    opinion.refresh_from_db()
    require(rules.can_write_opinion(by, opinion))
    if not opinion.description.strip() or not opinion.reasons.strip():
        raise BadInput(_("Description and reasons are both needed before somebody else reads the opinion."))
    if second_reader.pk in (by.pk, opinion.author_id):
        raise BadInput(_("Somebody other than its author reads an opinion before it is released."))
    if not (verdict := rules.can_take_opinion(second_reader, opinion.proposal.entry)):
        raise BadInput(
            _("%(person)s cannot be the second reader: not a screener or in the office here, or biased.")
            % {"person": second_reader}
        ) from Refused(str(verdict.reason))
    look_up_quotations(opinion)
    if with_pdf:
        documents.opinion_pdf(opinion)                                  # before the transaction: it takes a while
    with transaction.atomic():
        opinion = unchanged(opinion)
        require(rules.can_write_opinion(by, opinion))
        opinion = look_up_quotations(opinion)
        opinion.author = by
        opinion.second_reader, opinion.state, opinion.remark = second_reader, ExpertOpinion.State.READING, ""
        opinion.changed_at = clock.now()
        opinion.save(update_fields=["author", "second_reader", "state", "remark", "changed_at", "submission", "quotations"])
        note_opinion("opinion.hand_over", opinion, by, to=second_reader.code)
    return opinion


def unchanged(seen: ExpertOpinion) -> ExpertOpinion:
    """The opinion, locked; raises Refused where somebody has changed it since it was `seen`."""
    opinion = locked_opinion(seen)
    if opinion.changed_at != seen.changed_at:
        raise Refused(_("The opinion was changed a moment ago. Please read it again."))
    return opinion


@transaction.atomic
def return_opinion(opinion: ExpertOpinion, by: Person, remark: str) -> ExpertOpinion:
    """The second reader sends it back with a remark."""
    opinion = locked_opinion(opinion)
    require(rules.can_judge_opinion(by, opinion))
    if not remark.strip():
        raise BadInput(_("Please say what should be changed; the author reads it."), where=_("Remark"))
    opinion.state, opinion.remark = ExpertOpinion.State.WRITING, clean_text(remark)
    opinion.changed_at = clock.now()
    opinion.save(update_fields=["state", "remark", "changed_at"])
    note_opinion("opinion.return", opinion, by)
    return opinion


def release_opinion(opinion: ExpertOpinion, by: Person, *, with_pdf: bool = True) -> ExpertOpinion:
    """The second reader releases it to the jury; its one page is made and kept.

    `with_pdf=False` releases without the page, which `opinion_pdf` then makes when somebody asks for it.
    Raises BadInput where the text does not fit on one page.
    """
    from lorbeer.screening import documents

    opinion.refresh_from_db()
    require(rules.can_judge_opinion(by, opinion))
    look_up_quotations(opinion)
    content = documents.opinion_pdf(opinion) if with_pdf else None
    with transaction.atomic():
        opinion = unchanged(opinion)
        require(rules.can_judge_opinion(by, opinion))
        opinion = look_up_quotations(opinion)
        opinion.state, opinion.released_at = ExpertOpinion.State.RELEASED, clock.now()
        if content is not None:
            opinion.pdf = keep_opinion(opinion, content)
        opinion.save(update_fields=["state", "released_at", "pdf", "submission", "quotations"])
        note_opinion("opinion.release", opinion, by, sha256=queries.text_digest(opinion))
    return opinion


def keep_opinion(opinion: ExpertOpinion, content: bytes) -> Any:
    entry = opinion.proposal.entry
    return files.store(
        content,
        name=f"{entry.code}-opinion.pdf",
        stored_by="system:opinions",
        scope=entry.competition.code,
        subject=f"opinion:{opinion.pk}",
        media_type="application/pdf",
    )


def build_dossier(competition: "Competition", round: int, by: Person | None) -> Dossier:
    """All released opinions as one document with bookmarks, in the order of the jury's agenda; kept."""
    from lorbeer.screening import documents

    if by is not None:
        require(rules.can_build_dossier(by, competition))
    opinions = list(queries.opinions_of(competition, round).filter(state=ExpertOpinion.State.RELEASED))
    if not opinions:
        raise BadInput(_("No expert opinion has been released yet, so there is nothing to put into the dossier."))
    content = documents.dossier_pdf(competition, opinions)
    with transaction.atomic():
        stored = files.store(
            content,
            name=f"{competition.code}-dossier-{round}.pdf",
            stored_by="system:dossier",
            scope=competition.code,
            subject=f"dossier:{competition.code}",
            media_type="application/pdf",
        )
        dossier = Dossier.objects.create(competition=competition, round=round, file=stored, opinions=len(opinions))
        log.record(
            "dossier.build",
            subject=f"competition:{competition.code}",
            scope=competition.code,
            actor=by,
            sha256=stored.blob_id,
            opinions=len(opinions),
        )
    return dossier
