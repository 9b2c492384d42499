from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.jury"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.formal_check.rules import bars_reopening
        from lorbeer.jury.rules import keeps_verdicts

        bars_reopening(keeps_verdicts)
