from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.editions"
    default = True
