from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.editions"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.editions import services  # noqa: F401 - releases at the announcement
