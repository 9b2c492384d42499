from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.enquiries"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.catalogue.hooks import way_to_write
        from lorbeer.enquiries.queries import address_of_form

        way_to_write(address_of_form)
