from django.db.models.signals import post_migrate

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.shared"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.shared import triggers

        post_migrate.connect(triggers.create_after_migrate, sender=self, dispatch_uid="triggers")
