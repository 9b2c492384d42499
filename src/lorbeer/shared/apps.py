from typing import Any

from django import forms
from django.core.validators import EmailValidator, MaxValueValidator, MinValueValidator
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

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
        MinValueValidator.message = _("%(show_value)s is too small here. Please give %(limit_value)s or more.")
        MaxValueValidator.message = _("%(show_value)s is too large here. Please give %(limit_value)s or less.")
        post_migrate.connect(triggers.create_after_migrate, sender=self, dispatch_uid="triggers")
