from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.formal_check"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.formal_check.queries import completion_of
        from lorbeer.intake.rules import gives_more_time

        gives_more_time(completion_of)
