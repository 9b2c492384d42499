from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.formal_check"
    default = True
