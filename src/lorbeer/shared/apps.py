from django import forms
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.shared"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.shared import triggers

        # Django's own sentence does not say what to do.
        forms.FileField.default_error_messages["empty"] = _("This file is empty and was not stored. Please look into it and choose it again.")
        post_migrate.connect(triggers.create_after_migrate, sender=self, dispatch_uid="triggers")
