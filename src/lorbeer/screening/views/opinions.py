"""Expert opinions and the dossier."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.rules import UNDECLARED, has_declared
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person, Role
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import Dossier, ExpertOpinion
from lorbeer.screening.views.assignment import applicant_of
from lorbeer.screening.views.common import INSIDE, address, chosen_round, find, round_tabs
from lorbeer.screening.views.votes import comparison
from lorbeer.shared import context, files, lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lists import Column
from lorbeer.shared.text import written_in
from lorbeer.shared.verdicts import require

STATES = {"writing": "open", "reading": "running", "released": "complete"}


def opinion_address(name: str, opinion: ExpertOpinion, competition: Competition) -> str:
    proposal = opinion.proposal
    return address(
        name, competition, code=proposal.entry.code, group=proposal.group.code,
        project=proposal.project.position if proposal.project else 0,
    )


@login_required
@require_GET
def opinion_list(request: HttpRequest, competition: str) -> HttpResponse:
    """All proposals with the state of their opinion, in the order of the dossier."""
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    round = chosen_round(request, found)
    opinions = queries.opinions_of(found, round).filter(pk__in=rules.opinions_readable_by(request.user, found).values("pk"))
    listing = lists.build(request, opinions, [
        Column("code", _("Code"), kind="code", value=lambda one: one.proposal.entry.code, sort="proposal__entry__code",
               url=lambda one: opinion_address("opinion_show", one, found)),
        Column("title", _("Title"), value=lambda one: written_in(
            found, str(one.proposal.project or documents.name_of(one.proposal.entry)))),
        Column("applicant", found.applicant_word, value=lambda one: applicant_of(one.proposal.entry), sort="proposal__entry__applicant"),
        Column("group", _("Proposed in"), value=lambda one: str(one.proposal.group), sort="proposal__group__position"),
        Column("author", _("Author"), value=lambda one: str(one.author or "") or None, sort="author__name"),
        Column("reader", _("Second reader"), value=lambda one: str(one.second_reader or "") or None, sort="second_reader__name"),
        Column("state", _("State"), value=opinion_badge, sort="state", export=lambda one: str(one.get_state_display())),
    ], name="kurzgutachten", per_page=100)
    if file := listing.download():
        return file
    counts = dict(opinions.order_by().values_list("state").annotate(Count("pk")))
    dossier = Dossier.objects.filter(competition=found, round=round).select_related("file").first()
    return render(request, "screening/opinion_list.html", {
        "undeclared": "" if has_declared(request.user, found, round=round) else UNDECLARED,
        "declare_url": context.address("jury:meeting_list", competition=found.code),
        "round_tabs": round_tabs(request, found, round), "listing": listing, "round": round, "total": sum(counts.values()),
        "figure": [
            {"label": _("released"), "value": counts.get("released", 0), "tone": "success"},
            {"label": _("with the second reader"), "value": counts.get("reading", 0), "tone": "info"},
            {"label": _("being written"), "value": counts.get("writing", 0), "tone": "warning"},
        ],
        "has_opinions": found.has_opinions,
        "can_build": found.has_opinions and rules.can_build_dossier(request.user, found),
        "released": counts.get("released", 0), "dossier": dossier,
        "dossier_url": files.address_of(dossier.file) if dossier and files.may_read(request.user, dossier.file) else "",
        "mine": opinions.filter(
            Q(state=ExpertOpinion.State.WRITING, author=request.user)
            | Q(state=ExpertOpinion.State.READING, second_reader=request.user)).count(),
    })


def opinion_badge(opinion: ExpertOpinion) -> Any:
    from lorbeer.shared.templatetags.components import state as shown

    return shown(STATES[opinion.state], opinion.get_state_display())


def find_opinion(request: HttpRequest, competition: Competition, code: str, group: str, project: int) -> ExpertOpinion:
    opinions = ExpertOpinion.objects.filter(
        proposal__entry__competition=competition, proposal__entry__code=code, proposal__group__code=group,
    )
    opinions = opinions.filter(proposal__project__position=project) if project else opinions.filter(proposal__project=None)
    opinion = get_object_or_404(opinions.select_related(
        "proposal__entry__competition", "proposal__entry__group", "proposal__group", "proposal__project", "author", "second_reader", "pdf"))
    require(rules.can_read_opinion(request.user, opinion))
    return opinion


def second_readers(competition: Competition, author: Any) -> QuerySet[Person]:
    """Whom the author can name; who is biased is refused when they are."""
    return queries.taking_part(competition).exclude(pk=author.pk)


def opinion_page(request: HttpRequest, competition: Competition, opinion: ExpertOpinion, status: int = 200, **given: Any) -> HttpResponse:
    entry = opinion.proposal.entry
    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, competition).filter(entry=entry)).order_by("seat"))
    accepted, quoted = queries.quotations_of(opinion)
    content = reverse("entries:entry_tab", args=[competition.code, entry.code, "content"])
    return render(request, "screening/opinion_show.html", {
        "quotations": [{"found": one, "url": content + one.fragment if one.is_found else ""} for one in quoted],
        "accepted": accepted, "is_older": bool(opinion.submission_id and accepted and opinion.submission_id != accepted.pk),
        "opinion": opinion, "entry": entry, "name": str(opinion.proposal.project or documents.name_of(entry)),
        "facts": documents.entry_facts(entry), "badge": opinion_badge(opinion),
        "comparison": comparison(entry, votes) if rules.is_through(entry) and votes else None,
        "can_write": rules.can_write_opinion(request.user, opinion), "can_judge": rules.can_judge_opinion(request.user, opinion),
        "form": given.get("form") or forms.OpinionForm(initial={
            "description": opinion.description, "reasons": opinion.reasons, "seen": queries.text_digest(opinion)}),
        "stands": given.get("stands", False), "refused": given.get("refused", ""), "typed": given.get("typed"),
        "reader_form": given.get("reader_form") or forms.ReaderForm(
            people=second_readers(competition, request.user), initial={"second_reader": opinion.second_reader_id}),
        "people_form": given.get("people_form") or (forms.OpinionPeopleForm(people=queries.taking_part(competition), initial={
            "author": opinion.author_id, "second_reader": opinion.second_reader_id,
        }) if rules.can_assign_opinion(request.user, opinion) else None),
        "remark_form": given.get("remark_form") or forms.RemarkForm(),
        "urls": {key: opinion_address(f"opinion_{key}", opinion, competition)
                 for key in ("assign", "save", "return", "release", "pdf")},
    }, status=status)


@login_required
@require_GET
def opinion_show(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    return opinion_page(request, found, find_opinion(request, found, code, group, project))


@login_required
@require_POST
def opinion_assign(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    """The office says who writes and who reads it, also where somebody cannot go on."""
    found = find(request, competition, *OFFICE)
    opinion = find_opinion(request, found, code, group, project)
    require(rules.can_assign_opinion(request.user, opinion))
    form = forms.OpinionPeopleForm(request.POST, people=queries.taking_part(found))
    if form.is_valid():
        try:
            services.assign_opinion(opinion, form.cleaned_data["author"], request.user,  # type: ignore[arg-type]
                                    second_reader=form.cleaned_data["second_reader"])
        except BadInput as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Recorded who writes this opinion and who reads it. Its text stays as it is."))
            return redirect(opinion_address("opinion_show", opinion, found))
    return opinion_page(request, found, opinion, 400, people_form=form)


@login_required
@require_POST
def opinion_save(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    """Save the text and, with `_hand_over`, give it to the second reader."""
    found = find(request, competition, *INSIDE)
    opinion, form = find_opinion(request, found, code, group, project), forms.OpinionForm(request.POST)
    writing = rules.can_write_opinion(request.user, opinion)
    if not writing:                                                     # somebody else has taken it meanwhile: the text is given back
        if not form.is_valid() or not (form.cleaned_data["description"] or form.cleaned_data["reasons"]):
            require(writing)
        return opinion_page(request, found, opinion, 403, refused=str(writing.reason), typed=form.cleaned_data)
    reader_form = forms.ReaderForm(request.POST, people=second_readers(found, request.user)) if "_hand_over" in request.POST else None
    if not form.is_valid():
        return opinion_page(request, found, opinion, 400, form=form, reader_form=reader_form)
    try:
        services.draft_opinion(opinion.proposal, request.user, **form.cleaned_data)
    except BadInput as fault:
        form.add_error(None, str(fault))
        form.data = request.POST.dict() | {"seen": queries.text_digest(opinion)}
        return opinion_page(request, found, opinion, 400, form=form, reader_form=reader_form, stands=True)
    opinion.refresh_from_db()
    if reader_form is None:
        messages.success(request, _("The opinion is saved."))
        return redirect(opinion_address("opinion_show", opinion, found))
    if reader_form.is_valid():
        reader = reader_form.cleaned_data["second_reader"]
        try:
            services.hand_to_second_reader(opinion, reader, request.user)
        except BadInput as fault:
            reader_form.add_error(None, str(fault))
        else:
            messages.success(request, _("%(person)s reads the opinion now.") % {"person": reader})
            return redirect(opinion_address("opinion_show", opinion, found))
    return opinion_page(request, found, opinion, 400, reader_form=reader_form)


@login_required
@require_POST
def opinion_return(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    form = forms.RemarkForm(request.POST)
    if not form.is_valid():
        return opinion_page(request, found, opinion, 400, remark_form=form)
    services.return_opinion(opinion, request.user, form.cleaned_data["remark"])
    messages.success(request, _("The opinion is back with its author."))
    return redirect(opinion_address("opinion_show", opinion, found))


@login_required
@require_POST
def opinion_release(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    try:
        services.release_opinion(opinion, request.user)                 # type: ignore[arg-type]
    except BadInput as fault:                                           # of the text: the second reader sends it back, or sees what is too long
        messages.error(request, str(fault))
        return opinion_page(request, found, opinion, 400)
    messages.success(request, _("The opinion is released to the jury."))
    return redirect(opinion_address("opinion_show", opinion, found))


@login_required
@require_GET
def opinion_pdf(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    """The one page: the kept one when it is released, else as it would look now."""
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    opinion = find_opinion(request, found, code, group, project)
    if opinion.pdf:
        content = files.read(opinion.pdf)
    else:
        if opinion.state != ExpertOpinion.State.RELEASED:               # as it would be handed on now
            opinion.submission, found_quotations = queries.quotations_of(opinion)
            opinion.quotations = [one.as_json() for one in found_quotations]
        content = documents.opinion_pdf(opinion)
    return HttpResponse(content, content_type="application/pdf", headers={
        "Content-Disposition": f'inline; filename="{opinion.proposal.entry.code}.pdf"'})


@login_required
@require_POST
def dossier_build(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    dossier = services.build_dossier(found, round, request.user)
    messages.success(request, ngettext(
        "The dossier is ready: %(count)d opinion.", "The dossier is ready: %(count)d opinions.", dossier.opinions
    ) % {"count": dossier.opinions})
    return redirect(f"{address('opinion_list', found)}?round={round}")
