"""What is typed in about prize money: payments, reports, remarks; and the search in the log."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lorbeer.follow_up.models import ProofOfUse
from lorbeer.shared.fields import DayField, EuroField, WrittenField
from lorbeer.shared.lists import ListForm

MOST = Decimal(10) ** 10                                                # euros; keeps cents within the column


def cents(euros: Decimal) -> int:
    return int(euros * 100)


class PaymentForm(forms.Form):
    amount = EuroField(label=_("Amount in euros"), most=MOST, least=Decimal("0.01"))
    paid_on = DayField(label=_("Day of payment"))
    note = WrittenField(label=_("Note"), max_length=300, required=False, help_text=_("For example the payment reference."))


class CancellationForm(forms.Form):
    reason = WrittenField(label=_("Why?"), max_length=300, help_text=_("For example “entered twice”. It stands beside the payment."))


class ReopeningForm(forms.Form):
    reason = WrittenField(label=_("Why?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
                          help_text=_("The winner reads this and gets it by mail."))


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files at once; cleaned to a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFilesField, self).clean(one, initial) for one in given]


class ReportForm(forms.Form):
    report = WrittenField(
        label=_("What was the money spent on?"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("What was done, for whom, when, and what came of it."),
    )
    spent = EuroField(label=_("Sum spent, in euros"), most=MOST)
    files = ManyFilesField(
        label=_("Proof"), required=False, help_text=_("Receipts, invoices, photographs: PDF, office documents or pictures."),
    )


class ReturnForm(forms.Form):
    remarks = WrittenField(
        label=_("What is missing?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The winner reads this and gets it by mail."),
    )


class MoneyFilter(ListForm):
    q = WrittenField(label=_("Search"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[
        ("", _("all")), ("unpaid", _("not fully paid")), ("overdue", _("report overdue")), ("open", _("report to come")),
        ("sent", _("report to decide on")), ("accepted", _("report accepted")),
    ])

    def narrow(self, rows: Any) -> Any:
        words, state = self.cleaned_data["q"], self.cleaned_data["state"]
        if words:
            rows = rows.filter(
                Q(entry__applicant__icontains=words) | Q(entry__title__icontains=words) | Q(entry__reference__icontains=words)
                | Q(entry__code__iexact=words)
            )
        if state == "unpaid":
            rows = rows.filter(unpaid__gt=0)
        elif state == "overdue":
            rows = rows.filter(overdue=0)
        elif state == "open":
            rows = rows.filter(proof__state__in=(ProofOfUse.State.OPEN, ProofOfUse.State.RETURNED))
        elif state:
            rows = rows.filter(proof__state=state)
        return rows
