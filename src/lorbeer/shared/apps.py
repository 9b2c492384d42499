from django.db.models.signals import post_migrate

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.shared"
    default = True

    def ready(self) -> None:
        super().ready()
        from django.utils.translation.trans_real import DjangoTranslation

        from lorbeer.shared import triggers

        # In a language that the house does not speak it says its own words in English, not in Django's default, German.
        DjangoTranslation._add_fallback = lambda self, localedirs=None: None  # type: ignore[attr-defined]

        post_migrate.connect(triggers.create_after_migrate, sender=self, dispatch_uid="triggers")
