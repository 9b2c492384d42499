"""Who may know results before everybody does, who approves and announces them, who writes and proofs portraits."""

from django.utils.translation import gettext_lazy as _

from lorbeer.awards import queries
from lorbeer.awards.models import Announcement, Award, Portrait
from lorbeer.call.models import Competition
from lorbeer.entries import embargo
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import is_contributor
from lorbeer.jury.rules import hidden_entries
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Role
from lorbeer.shared.verdicts import ALLOWED, Verdict

EMBARGO = Verdict(_("The results have not been announced yet. Until then only those who decide on them, approve or check them know them."))
KEPT = Verdict(_("You are biased for this entry, so what the jury decided on it is shown to you only when the results are announced."))
KNOWS_BEFORE = OFFICE | {Role.Kind.AUDITOR, Role.Kind.SPONSOR}


def can_see_results(person: object, competition: Competition) -> Verdict:
    """The list of results with amounts: office, auditor and sponsor (whose list is empty until the meeting is closed).

    Without the results of entries for which they are biased: `queries.results_open_to`.
    """
    if roles_of(person, competition) & KNOWS_BEFORE:
        return ALLOWED
    return EMBARGO


def can_see_award_of(person: object, entry: Entry) -> Verdict:
    """The result on the page of one entry; the twin of `queries.announced_results` for insiders."""
    if queries.is_entry_announced(entry):
        return ALLOWED
    if roles_of(person, entry.competition) & KNOWS_BEFORE and not is_contributor(person, entry):
        return KEPT if embargo.is_kept_from(person, entry) else ALLOWED
    return EMBARGO


def can_approve(person: object, competition: Competition, round: int) -> Verdict:
    """The sponsor approves what the jury has decided, once the meeting is closed; where the call names no sponsor, the lead."""
    approves = {Role.Kind.SPONSOR} if competition.sponsor else {Role.Kind.SPONSOR, Role.Kind.OFFICE_LEAD}
    if not roles_of(person, competition) & approves:
        return Verdict(_("The sponsor approves the results. The office announces them afterwards.") if competition.sponsor
                       else _("The lead of the office approves the results. The office announces them afterwards."))
    meeting = queries.closed_meeting(competition, round)
    if meeting is None:
        return Verdict(_("The jury’s meeting has not been closed yet, so there are no results to approve."))
    if hidden_entries(person, meeting):
        return Verdict(_("You are biased for an entry of this round and do not see its result, so somebody else approves. If nobody else can,"
                         " the lead of the office gives somebody that role under Team."))
    announcement = queries.announcement_of(competition, round)
    if announcement and announcement.approved_at:
        return Verdict(_("The results have been approved."))
    return ALLOWED


def not_approved(competition: Competition) -> Verdict:
    """Why results cannot be announced whose approval is missing; a call that names no sponsor speaks of none."""
    return Verdict(_("The sponsor has not approved the results yet.") if competition.sponsor
                   else _("The lead of the office has not approved the results yet."))


def can_announce(person: object, competition: Competition, round: int) -> Verdict:
    if not roles_of(person, competition) & OFFICE:
        return Verdict(_("Only the competition office announces the results."))
    announcement: Announcement | None = queries.announcement_of(competition, round)
    if announcement is None or announcement.approved_at is None:
        return not_approved(competition)
    if announcement.announced_at is not None:
        return Verdict(_("The announcement has been set already."))
    return ALLOWED


def can_get_certificate(person: object, award: Award) -> Verdict:
    """The winner as soon as everybody knows; the office before, to print it for the ceremony, but for bias."""
    if roles_of(person, award.competition) & OFFICE:
        return KEPT if embargo.is_kept_from(person, award.entry) else ALLOWED
    if not is_contributor(person, award.entry):
        return Verdict(_("The certificate is for the winner and the office."))
    return ALLOWED if queries.is_entry_announced(award.entry) else EMBARGO


def can_write_portrait(person: object, award: Award) -> Verdict:
    """The office at any time, where no bias keeps the result from them; the editor from the announcement on."""
    roles = roles_of(person, award.competition)
    if roles & OFFICE:
        return KEPT if embargo.is_kept_from(person, award.entry) else ALLOWED
    if Role.Kind.EDITOR in roles:
        return ALLOWED if queries.is_entry_announced(award.entry) else EMBARGO
    return Verdict(_("Portraits are written by the office and the editor."))


def can_read_letter(person: object, entry: Entry) -> Verdict:
    """The letter with the result, its page and its file alike: the office, which sends it. To its reader it comes by mail or post."""
    if not roles_of(person, entry.competition) & OFFICE:
        return Verdict(_("Letters with the result are sent by the office."))
    return can_see_award_of(person, entry)


def can_post_letter(person: object, entry: Entry) -> Verdict:
    """The office prints the letter with the result at any time, and notes that it has gone out once everybody may know."""
    if not roles_of(person, entry.competition) & OFFICE:
        return Verdict(_("Letters with the result are sent by the office."))
    return ALLOWED if queries.is_entry_announced(entry) else EMBARGO


def can_note_approval(person: object, portrait: Portrait) -> Verdict:
    """The office, for winners who answer on paper or by mail, once everybody may know the result."""
    if not roles_of(person, portrait.award.competition) & OFFICE:
        return Verdict(_("An approval on paper is noted by the office."))
    if not portrait.description:
        return Verdict(_("There is no text yet that could be approved."))
    if portrait.approved_at:
        return Verdict(_("This text has been approved."))
    return ALLOWED if queries.is_entry_announced(portrait.award.entry) else EMBARGO


def can_proof_portrait(person: object, portrait: Portrait) -> Verdict:
    """Somebody who works on the entry, once it has been sent to them."""
    entry = portrait.award.entry
    if not is_contributor(person, entry):
        return Verdict(_("The winner reads this text before it is printed. Only those who work on the entry can approve it."))
    if not queries.is_entry_announced(entry):
        return EMBARGO
    if portrait.sent_for_proof_at is None:
        return Verdict(_("This text is still being written. You get a mail when it is ready for you to read."))
    return ALLOWED


def can_approve_portrait(person: object, portrait: Portrait) -> Verdict:
    proofing = can_proof_portrait(person, portrait)
    if not proofing:
        return proofing
    if portrait.approved_at:
        return Verdict(_("This text has been approved."))
    if portrait.objected_at and portrait.objected_at > portrait.sent_for_proof_at:
        return Verdict(_("Your remarks are with the office. You get the text again when it has been changed."))
    return ALLOWED
