from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.documentation"
    default = True
