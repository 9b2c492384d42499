"""What a questionnaire must hold before applicants fill it in, and what the house works better with: said here for all who ask.

The page that publishes, the editor and the import of a package show the same sentences.
"""

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import CHOOSING, Form
from lorbeer.questionnaire.values import in_language

PUBLIC_TEXTS = ("title", "abstract", "project_title")                   # roles of what stands in the public database in its own words


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


def telling(form: Form) -> list[str]:
    """A sentence for each text that more people read than its question says: a public one that depends on an answer which applicants may keep
    closed, and a name that heads the entry though it is marked as personal data."""
    closable = {question.name for question in form.questions() if question.publishable and question.type in CHOOSING}
    found = []
    for text in (question for role in PUBLIC_TEXTS for question in form.with_role(role)):
        told = form.told_by(text.name) & closable
        for question in (one for one in form.questions() if one.name in told):
            facts = {"text": in_language(text.label) or text.name, "question": in_language(question.label) or question.name}
            found.append(_("Whether and how “%(text)s” is asked depends on the answer to “%(question)s”. Who keeps that answer closed still "
                           "shows this text, and with it what they answered. Let “%(text)s” depend on no published answer.") % facts)
    for name in (question for question in form.with_role("applicant_name") if question.personal_data):
        found.append(_("“%(text)s” is marked as personal data, but says who applies: that heads the entry for everybody who reads it, "
                       "screeners and jury included, and is public once the entry is released. Ask for a name that may be read, or take the "
                       "role away.")
                     % {"text": in_language(name.label) or name.name})
    return found
