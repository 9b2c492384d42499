from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.follow_up"
    default = True
