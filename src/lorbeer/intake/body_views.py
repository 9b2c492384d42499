"""Which municipality a form means whose name the register does not know, or knows several times: said by the office, never guessed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import State
from lorbeer.intake import queries, rules, services
from lorbeer.intake.models import Arrival, Draft
from lorbeer.intake.office_views import arrival_address, of_arrival
from lorbeer.questionnaire.municipalities import answer_of, question_for_applicant
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import require


def _draft_of(request: HttpRequest, arrival: Arrival) -> Draft | None:
    """The draft in which the office may write; None, and it is said, where it has been handed in."""
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").filter(entry=arrival.entry_id).first()
    if draft is None or draft.entry.state != State.DRAFT:
        messages.warning(request, _("The entry has been handed in, so its answers cannot be changed here any more."))
        return None
    require(entry_rules.can_edit_draft(request.user, draft.entry))
    return draft


@of_arrival(rules.can_handle_arrival)
@require_POST
def arrival_body(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """The office says which municipality is meant (an official key): it becomes the answer in the draft."""
    if (draft := _draft_of(request, arrival)) is None:
        return redirect(arrival_address(arrival))
    body = queries.find_municipality(arrival.competition, request.POST.get("key", "")[:12])
    question = question_for_applicant(form_of(draft.version))
    if body is None or not question:
        raise BadInput(_("The official register knows no municipality with this key. Reload the page and choose again."))
    services.save_answer(draft, question, 0, answer_of(body, body.edition), by=request.user)  # type: ignore[arg-type]
    Draft.objects.filter(pk=draft.pk).update(unknown_body="")
    messages.success(request, _("The entry is one of %(name)s now.") % {"name": body.name})
    return redirect(arrival_address(arrival))


@of_arrival(rules.can_handle_arrival)
@require_POST
def arrival_no_body(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """The office says that no municipality applies: nobody is asked for it any more."""
    if (draft := _draft_of(request, arrival)) is not None:
        services.say_no_body(draft, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("No municipality applies; the entry stays without one."))
    return redirect(arrival_address(arrival))
