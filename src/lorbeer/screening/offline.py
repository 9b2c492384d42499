"""A vote's sheet as a PDF that is filled in without a network, and what it says when it comes back.

The form itself is that of questionnaire/pdfform; its fields are called as those of the page (`queries.sheet_fields`). What comes back
is compared with the draft and put to the choice; nothing is saved here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lorbeer.people.models import Person
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Choice, Form, Question, Section, Type
from lorbeer.questionnaire.pdfform import Identity, Told
from lorbeer.register.models import RegisterEdition
from lorbeer.screening import queries
from lorbeer.screening.models import Vote
from lorbeer.screening.services.common import LONGEST_TEXT
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.text import Localized, language_for

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

FORM = "sheet"                                                          # what the number on the PDF says of the kind


def offline_name(vote: Vote) -> str:
    """By what the PDF names its vote: nothing else is called so, and nobody can make it up or find the place by it."""
    return hashlib.sha256(f"offline:{vote.secret}".encode()).hexdigest()[:20]


def write_sheet(vote: Vote, language: str) -> bytes:
    """The sheet of an opened vote as a PDF to fill in, with what the draft holds by now. Raises Refused before it is opened."""
    if vote.submission is None:
        raise Refused(_("Please open the entry first. The sheet names the version that you read."))
    competition = vote.entry.competition
    identity = Identity(competition.code, FORM, vote.submission.number, language, offline_name(vote), clock.now().astimezone(UTC))
    with translation.override(language_for(language)):
        form = sheet_form(vote)
        told = Told(
            [
                _("This is the sheet of your vote on the entry %(code)s, version %(number)d, with what it held when it was made.")
                % {"code": vote.entry.code, "number": vote.submission.number},
                _("Fill it in in a PDF program, save it and read it back under “My pile”, “Read and vote offline”. You see there what "
                  "differs from your sheet and choose; nothing is sealed by it."),
                _("It is for you alone: until all votes on the entry are sealed nobody else may read it."),
            ],
            _("By this number Lorbeer knows your sheet again."),
            _("Please save the file before you close it."),
        )
    answers = {(name, 0): text for name, text in queries.sheet_fields(vote).items() if text and name in form.placed}
    return pdfform.pdf_of(form, identity, competition, answers, told)


def sheet_form(vote: Vote) -> Form:
    """The sheet of the vote as a form, in the active language: the entry first, then each of its projects."""
    competition = vote.entry.competition
    rules, criteria = queries.rules_of(competition), list(competition.criteria.all())
    points = tuple(Choice(str(number), _plain(str(number))) for number in range(rules.scale + 1))

    def rated(sheet: str) -> list[Question]:
        found = []
        for one in criteria:
            found += [
                Question(f"{sheet}points_{one.code}", Type.SINGLE, _plain(f"{one.number} {one.label}"),
                         hint=_plain(str(one.description)) if one.description else Localized(), choices=points),
                Question(f"{sheet}reason_{one.code}", Type.LONG_TEXT, _plain(_("Reason for criterion %(number)d") % {"number": one.number})),
            ]
        return found

    def options(only_special: bool) -> tuple[Choice, ...]:
        return tuple(Choice(one.code, _plain(str(one.label))) for one in rules.options if not (only_special and one.proposes == "group"))

    scale = _("Points per criterion: 0 means not met at all, %(most)s means met in full; what lies between is a matter of degree.") % {
        "most": rules.scale}
    sections = [Section(
        "entry", _plain(_("The entry %(code)s") % {"code": vote.entry.code}), hint=_plain(scale) if criteria else Localized(),
        items=(*rated(""), Question("option", Type.SINGLE, _plain(_("Overall vote")), choices=options(False)),
               Question("reason", Type.LONG_TEXT, _plain(_("Reason of the overall vote")))),
    )]
    for project in vote.entry.projects.all():
        at = project.position
        sections.append(Section(
            f"project_{at}", _plain(_("Project %(number)d: %(title)s") % {"number": at, "title": project.title}),
            hint=_plain(_("Leave it empty if you give the project no vote of its own.")),
            items=(*rated(f"project_{at}_"),
                   Question(f"option_of_{at}", Type.SINGLE, _plain(_("Vote on this project")), choices=options(True)),
                   Question(f"reason_of_{at}", Type.LONG_TEXT, _plain(_("Reason of the vote on this project")))),
        ))
    language = (translation.get_language() or "de")[:2]
    title = _("Sheet of a vote: %(code)s") % {"code": vote.entry.code}
    return Form(_plain(title), FORM, {language: language}, language, tuple(sections))


def _plain(text: str) -> Localized:
    """A text as it is: what people wrote refers to no question."""
    language = (translation.get_language() or "de")[:2]
    return Localized({language: text.replace("${", "$ {")})


# --- read back --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One field of which the file says something else than the sheet; `value`: as the page would send it.

    `is_newer`: only the file was changed since it was made, so that it may be taken without looking.
    """

    name: str
    label: str
    on_sheet: str
    in_file: str
    value: str
    is_newer: bool


@dataclass(frozen=True)
class ReadBack:
    """What came back, for the person who sent it. `read_then`: the number of the submission that the sheet was made for."""

    vote: Vote
    differences: list[Difference]
    faults: list[str]
    read_then: int
    same: int = 0

    @property
    def is_other_version(self) -> bool:
        return self.vote.submission is None or self.vote.submission.number != self.read_then


# What to do with such a file is another thing than with an entry form: nobody but its screener may see what stands in it.
UNREADABLE = {
    "no_fields": gettext_lazy(
        "This PDF has no fields to read: it was printed, scanned or flattened, or is no sheet. Nothing was taken over. Please choose the sheet "
        "that you filled in and saved in a PDF program, or type what you wrote on the page of your vote yourself. Send it to nobody: until all "
        "votes are sealed it is for you alone."),
    "strange": gettext_lazy(
        "This PDF is not the sheet of a vote. Nothing was taken over. Please choose the file that you downloaded under “Read and vote offline” "
        "and filled in."),
}


def read_sheet(content: bytes, competition: "Competition", by: Person) -> ReadBack:
    """A filled sheet of one of the person's own votes, compared with its draft.

    Raises BadInput for what is no sheet of theirs (whether it is somebody else's is not told), Refused for a sealed vote, and Busy.
    """
    named: list[Vote] = []

    def form_for(identity: Identity) -> tuple[Form, RegisterEdition | None]:
        if identity.form != FORM:
            raise BadInput(_("This PDF is a form of another kind, not the sheet of a vote. Nothing was taken over."))
        own = queries.with_sheets(Vote.objects.filter(screener=by, entry__competition=competition)).select_related("entry__group")
        secrets = {offline_name(one): one.pk for one in Vote.objects.filter(screener=by, entry__competition=competition)}
        pk = secrets.get(identity.entry) if identity.competition == competition.code else None
        if pk is None:
            raise BadInput(_("This is none of your sheets in this competition. Please choose the file that you downloaded yourself, under "
                             "“Read and vote offline”. Nothing was taken over."))
        vote = own.get(pk=pk)
        if vote.sealed_at:
            raise Refused(_("Your vote on the entry %(code)s is sealed. What the file says was not taken over; a sealed vote never changes.")
                          % {"code": vote.entry.code})
        named.append(vote)
        with translation.override(language_for(identity.language)):
            return sheet_form(vote), None

    try:
        back = pdfform.read_any(content, form_for, get_language() or "")
    except pdfform.Unreadable as fault:
        raise BadInput(str(UNREADABLE.get(fault.word, fault))) from fault
    (vote,) = named
    texts, faults = {}, list(back.faults)
    for name, value in back.answers.items():
        if isinstance(name, str) and len(str(value)) <= LONGEST_TEXT:
            texts[name] = str(value)
        else:
            faults.append(_("“%(text)s” is longer than %(limit)d characters, so it was not taken over.")
                          % {"text": Truncator(str(value)).chars(80), "limit": LONGEST_TEXT})
    differences, same = compare(vote, texts, back.identity.made_at)
    return ReadBack(vote, differences, faults, back.identity.version, same)


def compare(vote: Vote, texts: Mapping[str, str], made_at: datetime | None) -> tuple[list[Difference], int]:
    """What `texts` of a file say otherwise than the draft, in the order of the sheet, and how much is the same.

    What the file leaves empty says nothing: nothing is taken away by it.
    """
    there, form = queries.sheet_fields(vote), sheet_form(vote)
    untouched = bool(made_at and (vote.saved_at is None or vote.saved_at.replace(microsecond=0) <= made_at))
    found, same = [], 0
    for name, placed in form.placed.items():
        text = texts.get(name, "").replace("\r\n", "\n").strip()
        if not text:
            continue
        if text == there.get(name, "").strip():
            same += 1
            continue
        label = " – ".join((_text(placed.section.title), _text(placed.question.label)))
        words = {choice.code: _text(choice.label) for choice in placed.question.choices}
        now = there.get(name, "")
        found.append(Difference(name, label, words.get(now, now), words.get(text, text), text, untouched or not now.strip()))
    return found, same


def _text(label: Localized) -> str:
    return next(iter(dict(label).values()), "")
