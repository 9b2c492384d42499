"""A published questionnaire as a PDF to fill in: laid out by Typst, its fields put in by `widgets.py`."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.questionnaire.definition import UPLOADED, Form
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.pdfform.fields import IDENTITY, Field, Identity, Kind
from lorbeer.questionnaire.pdfform.layout import Drawn, Layout
from lorbeer.questionnaire.pdfform.widgets import as_form
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Answers, in_language
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import Refused
from lorbeer.shared.text import language_for


def write(
    version: Version, competition: Competition, *, language: str = "de", answers: Answers | None = None, entry: str = "",
    made_at: datetime | None = None,
) -> bytes:
    """The form as a PDF: tagged (PDF/UA-1, PDF/A-2a), with fields that carry the names of the questions.

    `answers`: filled in already, those of the draft `entry` as they were at `made_at`. Raises Refused for a version that is
    not published: a form that has been handed out must be readable for good.
    """
    if not version.is_published:
        raise Refused(_("A form to fill in can only be made of a published version."))
    identity = Identity(competition.code, version.questionnaire.code, version.number, language, entry, made_at)
    return pdf_of(form_of(version), identity, competition, answers or {})


@dataclass(frozen=True)
class Told:
    """What a form says around its questions: how it is filled in, what the number is for, how it ends."""

    intro: list[str]
    caption: str
    closing: str


def pdf_of(form: Form, identity: Identity, competition: Competition, answers: Answers, told: Told | None = None) -> bytes:
    """Any form as a PDF to fill in. `told`: in the language of the identity; left out, what an entry form says."""
    with translation.override(language_for(identity.language)):
        told = told or _of_entry_form(form, competition)
        layout = Layout(form, Evaluation(form, answers, zone=competition.time_zone))
        itself = Drawn(Field(IDENTITY, Kind.LINE), _("Number of this form, please leave it as it is"), str(identity), readonly=True)
        page = render_pdf("form", {
            "title": in_language(form.title, None, form.default_language) or _("Entry form"),
            "competition": str(competition.title), "identity": str(identity), "sections": layout.sections,
            "intro": told.intro,
            "identity_field": str(len(layout.fields)),
            "qr": {"payload": str(identity), "alt": _("QR code with the number of this form: %(number)s") % {"number": identity},
                   "caption": told.caption},
            "texts": {"row": _("Question")},
            "closing": told.closing,
        }, language=identity.language)
        return as_form(page, [*layout.fields, itself], str(identity))


def _of_entry_form(form: Form, competition: Competition) -> Told:
    return Told(
        _introduction(competition, any(one.type in UPLOADED for one in form.questions())),
        _("By this number the competition office knows the form again."),
        _("Thank you. Please save the form and look through it once more before you send it."),
    )


def _introduction(competition: Competition, has_files: bool) -> list[str]:
    """How the form is filled in and where it goes."""
    sentences = [
        _("Fill in this form in a PDF program, save it under a name of your own and send the file itself: not a print, not a "
          "picture of it. Then your answers are read by themselves."),
        _("Questions with a star need an answer. Some are asked only under a condition, which stands below the question."),
    ]
    if competition.office_email:
        sentences.append(_("Mail it to %(email)s, or take it over into your entry online.") % {"email": competition.office_email})
    if has_files:
        sentences.append(_("Files and photos are attached to the mail; a form cannot hold them."))
    return sentences
