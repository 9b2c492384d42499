from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.people"
    default = True
