"""What a questionnaire must hold before applicants fill it in, and what the house works better with: said here for all who ask.

The page that publishes, the editor and the import of a package show the same sentences.
"""

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.values import in_language


def missing(form: Form) -> list[str]:
    """A sentence for each thing without which it is not published; [] where nothing is missing."""
    if not any(question.is_answered for question in form.questions()):
        return [_("This questionnaire asks nothing. Add questions before you publish it.")]
    if not form.with_role("title"):
        return [_("No question has the role “title”, so receipts and lists could not name an entry. Give it to the question whose "
                  "answer names it (in a workbook: x_role).")]
    if repeated := [question for question in form.with_role("title") if form.placed[question.name].repeat is not None]:
        facts = {"question": in_language(repeated[0].label) or repeated[0].name}
        return [_("“%(question)s” stands in a repeat and has the role “title of the entry”, but an entry has one title. Give the role to a "
                  "question outside the repeat; what names each project has the role “title of a project”.") % facts]
    return []


def advised(form: Form) -> list[str]:
    """A sentence for each thing that the house would use and no question asks for."""
    wanted = [
        (("applicant_name", "municipality"), _("No question asks who applies (roles “who applies” or “the applying municipality”): lists "
                                               "do not name the applicant.")),
        (("contact_email",), _("No question has the role “contact's e-mail”: Lorbeer knows no address to write to beside the "
                               "applicant's account.")),
        (("consent_publication",), _("No question has the role “consent to publication”, by which applicants release their entry.")),
        (("consent_privacy",), _("No question has the role “consent to the processing of data”.")),
    ]
    return [sentence for roles, sentence in wanted if not any(form.with_role(role) for role in roles)]
