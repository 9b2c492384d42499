from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.screening"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.formal_check.rules import bars_reopening
        from lorbeer.screening.queries import mails_without_sealed
        from lorbeer.screening.rules import keeps_verdict
        from lorbeer.screening.triggers import of_sealed_votes
        from lorbeer.shared import outbox, triggers

        bars_reopening(keeps_verdict)
        triggers.keep(of_sealed_votes)
        outbox.keep_from(mails_without_sealed)
