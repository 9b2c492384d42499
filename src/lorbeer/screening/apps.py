from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.screening"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.call.in_use import bars_changes
        from lorbeer.entries.rules import bars_declaring
        from lorbeer.entries.services import on_bias
        from lorbeer.formal_check.rules import bars_reopening
        from lorbeer.screening.queries import mails_without_sealed
        from lorbeer.screening.rules import keeps_open_vote, keeps_rules, keeps_verdict
        from lorbeer.screening.services import give_back
        from lorbeer.screening.triggers import of_sealed_votes
        from lorbeer.shared import outbox, triggers

        bars_declaring(keeps_open_vote)
        on_bias(give_back)
        bars_reopening(keeps_verdict)
        bars_changes(keeps_rules)
        triggers.keep(of_sealed_votes)
        outbox.keep_from(mails_without_sealed)
