from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.catalogue"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.catalogue import hooks  # noqa: F401 - registers itself
