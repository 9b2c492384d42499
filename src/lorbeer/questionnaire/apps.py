from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.questionnaire"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.questionnaire.guards import of_published_versions
        from lorbeer.shared import triggers

        triggers.keep(of_published_versions)
