"""The page on which a workbook is brought in."""


from django import forms
from django.utils.translation import gettext_lazy


class WorkbookForm(forms.Form):
    """A questionnaire as an Excel workbook."""

    workbook = forms.FileField(
        label=gettext_lazy("Workbook"), help_text=gettext_lazy("An XLSForm workbook, .xlsx or .xls, at most 10 MB."),
        widget=forms.FileInput({"accept": ".xlsx,.xls"}),
    )
