from django.db.models.signals import post_migrate

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.questionnaire"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.questionnaire.guards import create_triggers

        post_migrate.connect(create_triggers, sender=self, dispatch_uid="questionnaire.guards")
