"""Prize money after the announcement: the list, one award, the winner's report; and what is due to be erased."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lorbeer.awards.models import Award
from lorbeer.awards.queries import announced_results, announced_rounds
from lorbeer.call.models import Competition
from lorbeer.entries.queries import is_contributor
from lorbeer.follow_up import forms, queries, retention, retention_schedule, rules, services
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.outreach.queries import has_letters
from lorbeer.people.access import can_work_in_office, competition_for, is_office
from lorbeer.shared import clock, files, lists
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.lists import Column
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags import components
from lorbeer.shared.text import written_in
from lorbeer.shared.verdicts import require

MOST_FILES = 20
WORDS: dict[str, tuple[Any, str, str]] = {
    "": (gettext_lazy("not paid yet"), "quiet", "·"),
    ProofOfUse.State.OPEN: (gettext_lazy("report to come"), "info", "○"),
    ProofOfUse.State.SENT: (gettext_lazy("report to decide on"), "warning", "↧"),
    ProofOfUse.State.RETURNED: (gettext_lazy("returned"), "warning", "↩"),
    ProofOfUse.State.ACCEPTED: (gettext_lazy("accepted"), "success", "✓"),
    "bare": (gettext_lazy("accepted without proof"), "info", "✓"),
    "overdue": (gettext_lazy("report overdue"), "danger", "!"),
}


def proof_word(proof: ProofOfUse | None, today: Any) -> str:
    if proof is None:
        return ""
    if proof.state == ProofOfUse.State.ACCEPTED and not proof.documents:
        return "bare"
    late = proof.state in queries.WAITING and proof.due_on < today
    return "overdue" if late else proof.state


def badge(word: str) -> Any:
    return components.badge(*WORDS[word])


def insider(request: HttpRequest, code: str) -> Competition:
    """The competition for somebody with a role in it; to others the page does not exist."""
    place = competition_for(request, code)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    return place


def find_award(request: HttpRequest, competition: str, code: str) -> Award:
    """An award that is announced; 404 for strangers, 403 with the reason for insiders."""
    place = competition_for(request, competition)
    award = (
        Award.objects.filter(competition=place, code=code)
        .select_related("entry__group", "entry__competition", "competition", "group", "prize", "project").first()
    )
    roles = request.roles  # type: ignore[attr-defined]
    if award is None or not (roles or is_contributor(request.user, award.entry)):
        raise Http404
    if not announced_results(place).filter(pk=award.pk).exists():
        raise Http404
    require(rules.can_see_money(request.user, award))
    return award


# --- the list ---------------------------------------------------------------------------------------------------------


def _columns(place: Competition, listing: lists.Listing | None, today: Any) -> list[Column]:
    def address(award: Any) -> str:
        url = reverse("follow_up:award_show", args=[place.code, award.code])
        return listing.with_place(url) if listing else url

    def word(award: Any) -> str:
        return proof_word(getattr(award, "proof", None), today)

    return [
        Column("applicant", place.applicant_word, value=lambda award: award.entry.applicant or award.entry.code,
               url=address, sort="entry__applicant"),
        Column("title", gettext_lazy("Entry"), value=lambda award: written_in(place, award.entry.title), sort="entry__title"),
        Column("amount_cents", gettext_lazy("Awarded"), kind="money", sort="amount_cents"),
        Column("paid", gettext_lazy("Paid"), kind="money", sort="paid"),
        Column("proved", gettext_lazy("Spent, as accepted"), kind="money", sort="proved"),
        Column("left", pgettext_lazy("money", "Left"), kind="money", sort="left"),
        Column("due_on", gettext_lazy("Report due"), kind="day", sort="due_on",
               value=lambda award: None if award.proof_state == ProofOfUse.State.ACCEPTED else award.due_on),
        Column("state", gettext_lazy("State"), value=lambda award: badge(word(award)),
               export=lambda award: str(WORDS[word(award)][0]), sort="proof_state"),
    ]


@login_required
@require_safe
def payment_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Sums and budget for those who may know them; every award with its payments for office and auditor."""
    place = insider(request, competition)
    require(rules.can_see_sums(request.user, place))
    sees_rows = bool(request.roles & rules.SEES_MONEY)  # type: ignore[attr-defined]
    listing = None
    if sees_rows:
        today = clock.today(place.time_zone)
        listing = lists.build(
            request, queries.awards_with_money(place), _columns(place, None, today), form=forms.MoneyFilter,
            name=_("prize-money-%(competition)s") % {"competition": place.code},
        )
        if file := listing.download():
            return file
        listing.columns = _columns(place, listing, today)
    sums = queries.sums(place)
    here = reverse("follow_up:payment_list", args=[place.code])
    figures = [
        {"value": format_euro(sums.awarded), "label": pgettext("money", "awarded"),
         "note": ngettext("%(count)s prize", "%(count)s prizes", sums.awards) % {"count": sums.awards}},
        {"value": format_euro(sums.paid), "label": _("paid"), "note": _("%(sum)s still to pay") % {"sum": format_euro(sums.unpaid)}},
        {"value": format_euro(sums.proved), "label": _("spent, as accepted"),
         "note": _("%(sum)s of it without proof") % {"sum": format_euro(sums.stated)} if sums.stated else ""},
        {"value": sums.overdue, "label": npgettext("figure", "report overdue", "reports overdue", sums.overdue),
         "url": f"{here}?state=overdue" if sees_rows else ""},
    ]
    return render(request, "follow_up/payment_list.html", {
        "listing": listing, "sums": sums, "figures": figures, "parts": queries.parts_of(sums), "earmarked": queries.earmarked_for(place),
        "purses": list(place.purses.filter(round__in=announced_rounds(place)).order_by("round")),
    })


# --- one award --------------------------------------------------------------------------------------------------------


def numbered_payments(award: Award) -> list[Payment]:
    """The payments as they were recorded, each with its `number`: 1, 2 …; nothing is ever deleted."""
    payments = list(award.payments.select_related("recorded_by", "cancelled_by").order_by("pk"))
    for number, payment in enumerate(payments, start=1):
        payment.number = number  # type: ignore[attr-defined]
    return payments


def money_facts(award: Award, person: Any) -> dict[str, Any]:
    """What the page of an award and the tab of its entry show. The competition and entry are loaded already."""
    proof = ProofOfUse.objects.filter(award=award).select_related("sent_by", "accepted_by").first()
    payments = numbered_payments(award)
    paid = sum(payment.amount_cents for payment in payments)
    for payment, verdict in zip(payments, rules.payments_to_cancel(person, award, payments), strict=True):
        payment.may_cancel = verdict  # type: ignore[attr-defined]
    if proof:
        proof.award = award
    zone = ZoneInfo(award.competition.time_zone)
    return {
        "parts": queries.parts_of(queries.sums_of([(award, proof, paid)])),
        "award": award, "entry": award.entry, "proof": proof, "payments": payments, "paid": paid,
        "unpaid": award.amount_cents - paid,
        "payments_bound": next((payment.may_cancel.reason for payment in payments if not (  # type: ignore[attr-defined]
            payment.may_cancel or payment.cancels_id or hasattr(payment, "cancelled_by"))), ""),  # type: ignore[attr-defined]
        "files": files.listed(person, proof.files.select_related("blob").order_by("pk")) if proof else [],
        "word": badge(proof_word(proof, clock.today(zone))),
        "due_at": datetime.combine(proof.due_on, time(23, 59, 59), zone) if proof else None,
        "is_office": is_office(person, award.competition), "is_own": is_contributor(person, award.entry),
        "can_accept": rules.can_accept_proof(person, proof) if proof else None,
        "can_reopen": rules.can_reopen_proof(person, proof) if proof else None, "can_pay": rules.can_pay(person, award),
        "can_send": rules.can_send_proof(person, award, proof), "earmarked": queries.earmarked_for(award.competition),
        "can_remind": rules.can_remind(person, proof) if proof else None,
    }


@login_required
@require_safe
def award_show(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """Payments, report and decision on one award; the winner reads the same page without the office's buttons."""
    found = find_award(request, competition, award)
    return _award_page(request, found)


def _award_page(request: HttpRequest, award: Award, payment: Any = None, back: Any = None) -> HttpResponse:
    facts = money_facts(award, request.user)
    if payment is None and facts["unpaid"] and facts["can_pay"]:
        today = clock.today(award.competition.time_zone)
        payment = forms.PaymentForm(initial={"amount": Decimal(facts["unpaid"]).scaleb(-2), "paid_on": today})
    status = 400 if any(form is not None and form.is_bound for form in (payment, back)) else 200
    return render(request, "follow_up/award_show.html", {
        **facts, "payment_form": payment, "return_form": back or forms.ReturnForm(), "returning": back is not None,
    }, status=status)


@login_required
@require_POST
def payment_record(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = find_award(request, competition, award)
    require(rules.can_pay(request.user, found))
    form = forms.PaymentForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.record_payment(
                found, amount_cents=forms.cents(data["amount"]), paid_on=data["paid_on"], note=data["note"],
                by=request.user,  # type: ignore[arg-type]
            )
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The payment is recorded."))
            return redirect("follow_up:award_show", found.competition.code, found.code)
    return _award_page(request, found, payment=form)


@login_required
@require_http_methods(["GET", "POST"])
def payment_cancel(request: HttpRequest, competition: str, award: str, number: int) -> HttpResponse:
    """Take back what was entered by mistake, with a reason."""
    found = find_award(request, competition, award)
    payment = next((one for one in numbered_payments(found) if one.number == number), None)  # type: ignore[attr-defined]
    if payment is None:
        raise Http404
    payment.award = found
    require(rules.can_cancel_payment(request.user, payment))
    form = forms.CancellationForm(request.POST if request.method == "POST" else None)
    back = reverse("follow_up:award_show", args=[found.competition.code, found.code])
    if request.method == "POST" and form.is_valid():
        services.cancel_payment(payment, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The payment is cancelled. Both rows stay to be seen."))
        return redirect(back)
    return render(request, "confirm.html", {
        "title": _("Cancel the payment of %(amount)s?") % {"amount": format_euro(payment.amount_cents)}, "form": form, "danger": True,
        "consequences": [_("A second row takes the amount off again; nothing is deleted."),
                         _("Cancel only what was entered by mistake: no money moves by it.")],
        "button_label": _("Cancel the payment"), "cancel_url": back,
    }, status=400 if form.is_bound else 200)


def _proof(award: Award) -> ProofOfUse:
    proof = ProofOfUse.objects.filter(award=award).first()
    if proof is None:
        raise Http404
    proof.award = award
    return proof


@login_required
@require_http_methods(["GET", "POST"])
def proof_accept(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = find_award(request, competition, award)
    proof = _proof(found)
    require(rules.can_accept_proof(request.user, proof))  # type: ignore[arg-type]
    back = reverse("follow_up:award_show", args=[found.competition.code, found.code])
    if request.method == "POST":
        services.accept_proof(proof, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The report is accepted. The winner gets a mail."))
        return redirect(back)
    return render(request, "confirm.html", {
        "title": _("Accept the report?"),
        "consequences": [
            _("%(spent)s of %(awarded)s are accounted for.")
            % {"spent": format_euro(proof.spent_cents), "awarded": format_euro(found.amount_cents)},
            *([] if proof.documents else [_("No files came with it. The sums will say “spent, as reported, without proof”. If you want to see "
                                            "proof, send the report back instead.")]),
            _("The winner gets a mail and cannot change the report any more."),
        ],
        "button_label": _("Accept the report"), "cancel_url": back,
    })


@login_required
@require_http_methods(["GET", "POST"])
def proof_reopen(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """Take back an acceptance that was wrong, with a reason."""
    found = find_award(request, competition, award)
    proof = _proof(found)
    require(rules.can_reopen_proof(request.user, proof))
    form = forms.ReopeningForm(request.POST if request.method == "POST" else None)
    back = reverse("follow_up:award_show", args=[found.competition.code, found.code])
    if request.method == "POST" and form.is_valid():
        services.reopen_proof(proof, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The acceptance is taken back. The report is to be decided on again, and the winner gets a mail."))
        return redirect(back)
    return render(request, "confirm.html", {
        "title": _("Take the acceptance back?"), "form": form, "danger": True,
        "consequences": [_("The report is to be decided on again: accept it, or send it back to the winner."),
                         _("Until then its money counts as “report to be checked”."),
                         _("The winner gets a mail with your reason. The log keeps that the report was accepted once.")],
        "button_label": _("Take the acceptance back"), "cancel_url": back,
    }, status=400 if form.is_bound else 200)


@login_required
@require_POST
def proof_return(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = find_award(request, competition, award)
    proof = _proof(found)
    require(rules.can_decide_proof(request.user, proof))
    form = forms.ReturnForm(request.POST)
    if form.is_valid():
        services.return_proof(proof, remarks=form.cleaned_data["remarks"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The report went back. The winner gets your remarks by mail."))
        return redirect("follow_up:award_show", found.competition.code, found.code)
    return _award_page(request, found, back=form)


@login_required
@require_POST
def proof_remind(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = find_award(request, competition, award)
    if services.remind(_proof(found), by=request.user):  # type: ignore[arg-type]
        messages.success(request, _("The reminder is in the outbox."))
    else:
        messages.warning(request, _("No reminder was sent: one went out today already, or the entry has nobody to write to."))
    return redirect("follow_up:award_show", found.competition.code, found.code)


# --- the winner's report ----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def proof_send(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    """The report on the money: what it was spent on, how much, with files. Once sent it is shown, not asked for."""
    found = find_award(request, competition, award)
    facts = money_facts(found, request.user)
    if not facts["is_own"] and not facts["is_office"]:
        require(facts["can_send"])
    proof: ProofOfUse | None = facts["proof"]
    if request.method == "POST":
        require(facts["can_send"])
    initial = {"report": proof.report, "spent": Decimal(proof.spent_cents).scaleb(-2) if proof.report else None} if proof else {}
    form = forms.ReportForm(request.POST, request.FILES) if request.method == "POST" else forms.ReportForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _keep_report(request, found, form)
        except LorbeerError as error:
            form.add_error(None, str(error))
        else:
            if facts["is_own"]:
                messages.success(request, _("Thank you. The report is with the office; you get a mail when it is accepted."))
            else:
                messages.success(request, _("The report is recorded. Somebody else of the office decides on it now."))
            return redirect("follow_up:proof_send" if facts["is_own"] else "follow_up:award_show", found.competition.code, found.code)
    return render(request, "follow_up/proof_send.html", {**facts, "form": form}, status=400 if form.is_bound else 200)


def _keep_report(request: HttpRequest, award: Award, form: forms.ReportForm) -> None:
    """Keep files and report; raises BadInput where a file is refused (then nothing was sent)."""
    given = form.cleaned_data["files"]
    if len(given) > MOST_FILES:
        raise BadInput(_("Please send at most %(count)s files at once.") % {"count": MOST_FILES})
    kept = [
        files.accept_upload(one, ("image", "pdf", "document"), stored_by=request.user, scope=award.competition.code,
                            subject=f"proof:{award.code}")
        for one in given
    ]
    services.send_proof(
        award, report=form.cleaned_data["report"], spent_cents=forms.cents(form.cleaned_data["spent"]), files=kept,
        by=request.user,  # type: ignore[arg-type]
    )


# --- retention --------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def retention_show(request: HttpRequest, competition: str) -> HttpResponse:
    """What personal data is due to be erased, and when."""
    place = insider(request, competition)
    require(rules.can_erase(request.user, place))
    rows, beside = retention_schedule.schedule(place), retention.due_beside(place)
    return render(request, "follow_up/retention_show.html", {
        "rows": rows, "due": any(row.waiting for row in rows if row.is_due) or beside, "beside": beside,
        "has_letters": has_letters(place), "last": retention_schedule.last_erasure(place),
        "months": retention_schedule.months_of(place),
    })


@login_required
@require_http_methods(["GET", "POST"])
def retention_erase(request: HttpRequest, competition: str) -> HttpResponse:
    """Erase what is due, after asking once."""
    place = insider(request, competition)
    require(can_work_in_office(request.user, place))
    back = reverse("follow_up:retention_show", args=[place.code])
    if request.method == "POST":
        done = retention.erase(place, by=request.user)  # type: ignore[arg-type]
        messages.success(request, str(done))
        return redirect(back)
    plan = retention.erase(place, by=None, dry_run=True)
    return render(request, "confirm.html", {
        "title": _("Erase what is due?"), "danger": True,
        "consequences": [*plan.sentences(), _("Nobody can bring it back. Statistics, editions and the log stay as they are.")],
        "button_label": _("Erase"), "cancel_url": back,
    })
