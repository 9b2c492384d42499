from django.db.models.signals import post_migrate

from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.screening"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.formal_check.rules import bars_reopening
        from lorbeer.screening import triggers
        from lorbeer.screening.rules import keeps_verdict

        bars_reopening(keeps_verdict)

        # After every migration, because SQLite loses a table's triggers when it rebuilds the table.
        post_migrate.connect(triggers.create_after_migration, sender=self)
