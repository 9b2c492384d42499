"""Portraits of the winners: written by the editor, proof-read by whom they are about."""


from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.awards import forms, queries, rules, services
from lorbeer.awards.models import Award, Portrait
from lorbeer.awards.views import award_or_404, insider
from lorbeer.entries.rules import can_invite_contact
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Role
from lorbeer.shared.context import address
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.files import address_of, check_upload
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def portrait_list(request: HttpRequest, competition: str) -> HttpResponse:
    """All winners with the state of their portrait."""
    found = insider(request, competition)
    office = bool(request.roles & OFFICE)  # type: ignore[attr-defined]
    if not office and Role.Kind.EDITOR not in request.roles:  # type: ignore[attr-defined]
        raise Refused(_("Portraits are written by the office and the editor."))
    awards = queries.results_open_to(request.user, found) if office else queries.announced_results(found)
    rows = [(award, _portrait_state(award)) for award in awards.select_related("portrait")]
    done = sum(state == "approved" for _award, state in rows)
    return render(request, "awards/portrait_list.html", {"rows": rows, "done": done, "count": len(rows)})


def _portrait_state(award: Award) -> str:
    portrait: Portrait | None = getattr(award, "portrait", None)
    if portrait is None or not portrait.description:
        return "missing"
    if portrait.approved_at:
        return "approved"
    if portrait.sent_for_proof_at is None:
        return "written"
    if portrait.objected_at and portrait.objected_at > portrait.sent_for_proof_at:
        return "objected"
    return "sent"


@login_required
@require_http_methods(["GET", "POST"])
def portrait_write(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = award_or_404(request, competition, award)
    require(rules.can_write_portrait(request.user, found))
    portrait: Portrait | None = getattr(found, "portrait", None)
    opinion = _opinion_texts(found)
    initial = (
        {"description": portrait.description, "reasons": portrait.reasons} if portrait and portrait.description else opinion
    )
    form = forms.PortraitForm(request.POST if request.method == "POST" else None, initial=initial, place=found.competition)
    if request.method == "POST" and form.is_valid():
        services.write_portrait(found, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        messages.success(request, _("The portrait is kept."))
        return redirect("awards:portrait_write", found.competition.code, found.code)
    return _render_portrait(request, found, form, forms.PictureForm(), status=400 if form.is_bound else 200)


def _opinion_texts(award: Award) -> dict[str, str]:
    """The released expert opinion as a first draft of the portrait."""
    from lorbeer.screening.models import ExpertOpinion

    opinion = ExpertOpinion.objects.filter(
        proposal__entry=award.entry_id,
        proposal__project=award.project_id,
        proposal__group=award.group_id,
        state=ExpertOpinion.State.RELEASED,
    ).first()
    return {"description": opinion.description, "reasons": opinion.reasons} if opinion else {}


def _render_portrait(
    request: HttpRequest, award: Award, form: forms.PortraitForm, picture_form: forms.PictureForm, status: int = 200,
    paper_form: forms.PaperApprovalForm | None = None,
) -> HttpResponse:
    portrait: Portrait | None = getattr(award, "portrait", None)
    entry = award.entry
    can_note = bool(portrait and rules.can_note_approval(request.user, portrait))
    can_invite = can_invite_contact(request.user, entry)
    return render(
        request,
        "awards/portrait_write.html",
        {
            "award": award,
            "entry": award.entry,
            "portrait": portrait,
            "form": form,
            "picture_form": picture_form,
            "paper_form": (paper_form or forms.PaperApprovalForm()) if can_note else None,
            "invite_url": address("intake:contributor_list", competition=entry.competition.code, code=entry.code) if can_invite else "",
            "state": _portrait_state(award),
            "announced": queries.is_entry_announced(award.entry),
            "picture_url": address_of(portrait.picture) if portrait and portrait.picture else "",
            "is_draft": not (portrait and portrait.description) and bool(form.initial),
        },
        status=status,
    )


@login_required
@require_POST
def picture_upload(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = award_or_404(request, competition, award)
    require(rules.can_write_portrait(request.user, found))
    portrait = _portrait_or_404(found)
    form = forms.PictureForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            check_upload(data["picture"], ("image",))
            services.set_portrait_picture(
                portrait,
                data["picture"].read(),
                credit=data["credit"],
                alternative_text=data["alternative_text"],
                caption=data["caption"],
                by=request.user,  # type: ignore[arg-type]
            )
        except BadInput as error:
            form.add_error("picture", str(error))
        else:
            messages.success(request, _("The picture is kept."))
            return redirect("awards:portrait_write", found.competition.code, found.code)
    texts = forms.PortraitForm(initial={"description": portrait.description, "reasons": portrait.reasons}, place=found.competition)
    return _render_portrait(request, found, texts, form, status=400)


@login_required
@require_POST
def picture_draw(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """A drawn sample picture where there is no photograph."""
    found = award_or_404(request, competition, award)
    require(rules.can_write_portrait(request.user, found))
    services.draw_sample_picture(_portrait_or_404(found), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("A sample picture has been drawn. It is marked as one."))
    return redirect("awards:portrait_write", found.competition.code, found.code)


def _portrait_or_404(award: Award) -> Portrait:
    portrait: Portrait | None = getattr(award, "portrait", None)
    if portrait is None:
        raise Http404
    return portrait


@login_required
@require_POST
def portrait_send(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = award_or_404(request, competition, award)
    require(rules.can_write_portrait(request.user, found))
    try:
        services.send_portrait_for_proof(_portrait_or_404(found), by=request.user)  # type: ignore[arg-type]
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The portrait is on its way to the winner."))
    return redirect("awards:portrait_write", found.competition.code, found.code)


@login_required
@require_POST
def portrait_approve_on_paper(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """The office notes an approval that came on paper or by mail."""
    found = award_or_404(request, competition, award)
    portrait = _portrait_or_404(found)
    require(rules.can_note_approval(request.user, portrait))
    form = forms.PaperApprovalForm(request.POST)
    if form.is_valid():
        services.note_paper_approval(portrait, by=request.user, ground=form.cleaned_data["ground"])  # type: ignore[arg-type]
        messages.success(request, _("The approval is noted. The text will be printed as it stands."))
        return redirect("awards:portrait_write", found.competition.code, found.code)
    texts = forms.PortraitForm(initial={"description": portrait.description, "reasons": portrait.reasons}, place=found.competition)
    return _render_portrait(request, found, texts, forms.PictureForm(), status=400, paper_form=form)


@login_required
@require_http_methods(["GET", "POST"])
def portrait_proof(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """The winner's page: read the text as it will be printed, approve it or say what should change."""
    found = award_or_404(request, competition, award)
    portrait = _portrait_or_404(found)
    require(rules.can_proof_portrait(request.user, portrait))
    form = forms.ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        services.object_to_portrait(portrait, by=request.user, remarks=form.cleaned_data["remarks"])  # type: ignore[arg-type]
        messages.success(request, _("Thank you. The office changes the text and sends it to you again."))
        return redirect("awards:portrait_proof", found.competition.code, found.code)
    return render(
        request,
        "awards/portrait_proof.html",
        {
            "award": found,
            "entry": found.entry,
            "portrait": portrait,
            "form": form,
            "can_approve": rules.can_approve_portrait(request.user, portrait),
            "picture_url": address_of(portrait.picture) if portrait.picture else "",
            "entry_url": address("entries:entry_show", competition=found.competition.code, code=found.entry.code),
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_POST
def portrait_approve(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = award_or_404(request, competition, award)
    services.approve_portrait(_portrait_or_404(found), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Thank you. The text is approved and will be printed as it stands."))
    return redirect("awards:portrait_proof", found.competition.code, found.code)
