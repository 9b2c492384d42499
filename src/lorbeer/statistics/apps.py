from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.statistics"
    default = True
