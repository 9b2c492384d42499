from typing import Any

from django import forms
from django.core.validators import (
    DecimalValidator,
    EmailValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from lorbeer.shared.startup import StageConfig

# Django's own sentences do not say what to do.
SENTENCES: tuple[tuple[type[forms.Field], str, Any], ...] = (
    (forms.Field, "required", _("Please fill in this field.")),
    (forms.ChoiceField, "required", _("Please choose one of the options.")),
    (forms.BooleanField, "required", _("Please tick this box.")),
    (forms.FileField, "required", _("Please choose a file.")),
    (forms.FileField, "empty", _("This file is empty and was not stored. Please look into it and choose it again.")),
    (forms.DateField, "invalid", _("This is not a date. Please write it like 31.12.2017.")),
    (forms.TimeField, "invalid", _("This is not a time. Please write it like 14:30.")),
    (forms.DateTimeField, "invalid", _("This is not a day with a time. Please write it like 31.12.2017 14:30.")),
    (forms.SplitDateTimeField, "invalid_date", _("This is not a date. Please write it like 31.12.2017.")),
    (forms.SplitDateTimeField, "invalid_time", _("This is not a time. Please write it like 14:30.")),
    (forms.IntegerField, "invalid", _("This is not a whole number. Please use digits only, for example 1500.")),
    (forms.FloatField, "invalid", _("This is not a number. Please use digits only, for example 1500.")),
    (forms.DecimalField, "invalid", _("This is not a number. Please use digits only, for example 1500.")),
    (forms.ChoiceField, "invalid_choice", _("“%(value)s” cannot be chosen here, or not any more. Please choose one of the options.")),
    (forms.MultipleChoiceField, "invalid_choice", _("“%(value)s” cannot be chosen here, or not any more. Please choose from the options.")),
    (forms.MultipleChoiceField, "invalid_list", _("This is no choice from the options. Please load the page again and choose there.")),
    (forms.ModelChoiceField, "invalid_choice", _("This cannot be chosen here, or not any more. Please choose one of the options.")),
    (forms.ModelMultipleChoiceField, "invalid_choice",
     _("“%(value)s” cannot be chosen here, or not any more. Please choose from the options.")),
    (forms.ModelMultipleChoiceField, "invalid_pk_value",
     _("“%(pk)s” cannot be chosen here, or not any more. Please choose from the options.")),
    (forms.ModelMultipleChoiceField, "invalid_list", _("This is no choice from the options. Please load the page again and choose there.")),
    (forms.FileField, "invalid", _("No file came with the form. Please choose it again and send it.")),
    (forms.FileField, "missing", _("No file came with the form. Please choose it again and send it.")),
    (forms.FileField, "max_length", ngettext_lazy(
        "The name of the file is too long: at most %(max)d character, and it has %(length)d. Please give it a shorter one.",
        "The name of the file is too long: at most %(max)d characters, and it has %(length)d. Please give it a shorter one.", "max")),
    (forms.FileField, "contradiction", _("Please either choose a file or tick that it goes, not both.")),
    (forms.URLField, "invalid", _("This is not a web address. It looks like https://www.example.org.")),
)


class Config(StageConfig):
    name = "lorbeer.shared"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.shared import triggers

        for field, code, sentence in SENTENCES:
            field.default_error_messages = {**vars(field).get("default_error_messages", {}), code: sentence}
        EmailValidator.message = _("This is not an e-mail address. It looks like name@example.org.")
        MaxLengthValidator.message = ngettext_lazy(
            "This is too long: at most %(limit_value)d character fits here, and it has %(show_value)d. Please shorten it.",
            "This is too long: at most %(limit_value)d characters fit here, and it has %(show_value)d. Please shorten it.", "limit_value")
        MinLengthValidator.message = ngettext_lazy(
            "This is too short: at least %(limit_value)d character is needed, and it has %(show_value)d.",
            "This is too short: at least %(limit_value)d characters are needed, and it has %(show_value)d.", "limit_value")
        ProhibitNullCharactersValidator.message = _("There is a character in it that nobody can read. Please type it again.")
        DecimalValidator.messages = DecimalValidator.messages | {
            "invalid": _("This is not a number. Please use digits only, for example 1500."),
            "max_digits": ngettext_lazy("Please write it with %(max)s digit at most.", "Please write it with %(max)s digits at most.", "max"),
            "max_decimal_places": ngettext_lazy("Please write it with %(max)s decimal place at most.",
                                                "Please write it with %(max)s decimal places at most.", "max"),
            "max_whole_digits": ngettext_lazy("Please write it with %(max)s digit before the decimal point at most.",
                                              "Please write it with %(max)s digits before the decimal point at most.", "max"),
        }
        MinValueValidator.message = _("%(show_value)s is too small here. Please give %(limit_value)s or more.")
        MaxValueValidator.message = _("%(show_value)s is too large here. Please give %(limit_value)s or less.")
        post_migrate.connect(triggers.create_after_migrate, sender=self, dispatch_uid="triggers")
