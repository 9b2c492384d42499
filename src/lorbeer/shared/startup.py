"""How Lorbeer's apps start: modules with a known name are loaded, so that what they register is there."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

# Each registers something with the house: parts of the competition package, navigation, tasks and pictures for desks,
# tabs of an entry's file, jobs, rules for files, masks of the embargo, system checks, what can be compared with the log,
# words of letters.
MODULES = (
    "package", "package_core", "package_register", "navigation", "tasks", "tabs", "jobs", "file_rules", "embargo", "checks",
    "attest", "letters",
)


class StageConfig(AppConfig):
    def ready(self) -> None:
        for module in MODULES:
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")
