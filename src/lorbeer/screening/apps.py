from django.db.models.signals import post_migrate

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.screening"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.screening import triggers

        # After every migration, because SQLite loses a table's triggers when it rebuilds the table.
        post_migrate.connect(triggers.create_after_migration, sender=self)
