from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.entries"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.call.in_use import bars_changes
        from lorbeer.entries.rules import keeps_dates

        bars_changes(keeps_dates)
