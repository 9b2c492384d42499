"""What the process says about itself: one JSON object per line, without personal data and without secrets.

Not to be mistaken for `log`, the record of what happened. Query strings, long words in addresses (invitations, resets)
and e-mail addresses are taken out of everything that is written, tracebacks included.
"""

import logging.config
import re
from typing import Any

import structlog

MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.\w{2,}")
QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\"]+")
TOKEN = re.compile(r"(?<=/)(?=[^/\s'\"]*\d)[A-Za-z0-9_:~-]{20,}(?=[/\s'\",)]|$)")
LEFT_OUT = ("request", "headers", "cookies", "environ")


def bare(text: str) -> str:
    """`text` without mail addresses, query strings and the secret words of addresses."""
    return TOKEN.sub("…", QUERY.sub(r"\1", MAIL.sub("…@…", text)))


def without_secrets(logger: Any, method: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The structlog processor that cleans every value."""
    for name in LEFT_OUT:
        facts.pop(name, None)
    return {name: cleaned(value) for name, value in facts.items()}


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return bare(value)
    if isinstance(value, dict):
        return {key: cleaned(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else bare(str(value))


def setup(chosen: dict[str, str]) -> None:
    """Django's LOGGING_CONFIG. `form`: "json", or "text" for people at a terminal; `level`: one of logging's."""
    form, level = chosen["form"], chosen["level"]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared, structlog.stdlib.PositionalArgumentsFormatter(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: list[Any] = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if form == "text":
        last = [structlog.dev.ConsoleRenderer(colors=False)]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            *last,
        ],
    }
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        # 404s are said by the web server in front; what remains at this level is a fault of ours.
        "loggers": {
            "django.request": {"level": "ERROR"}, "django.security.DisallowedHost": {"level": "CRITICAL"},
            "pikepdf": {"level": "WARNING"},
        },
    })
