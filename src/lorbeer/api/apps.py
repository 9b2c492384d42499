from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.api"
    default = True
