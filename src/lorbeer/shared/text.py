"""Text that an office writes in several languages: stored as {"de": …, "en": …}, shown in the reader's."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language


class Localized(dict[str, str]):
    """A text in several languages; `str()` gives the active one, else German, else whatever there is."""

    def __str__(self) -> str:
        language = (get_language() or "de").split("-")[0]
        return self.get(language) or self.get("de") or next(iter(self.values()), "")

    def __bool__(self) -> bool:
        return any(self.values())


def localized(value: Any) -> Localized:
    """`value` as Localized: a dict as it is, a plain string as German."""
    if isinstance(value, dict):
        return Localized({str(language): str(text) for language, text in value.items()})
    return Localized({"de": str(value)} if value else {})


def house_language(language: str) -> str:
    """The language in which the house itself can speak to a reader of `language`: its own words exist in German and English."""
    return language if language in dict(settings.LANGUAGES) else "en"


class LocalizedField(models.JSONField):
    """A JSON column that reads and writes Localized."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Localized)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Localized:
        return localized(super().from_db_value(value, expression, connection) or {})

    def get_prep_value(self, value: Any) -> Any:
        return dict(localized(value)) if value is not None else None

    def to_python(self, value: Any) -> Any:
        return localized(super().to_python(value))
