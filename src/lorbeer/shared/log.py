"""The log: written in the transaction of the change, chained afterwards."""

from lorbeer.shared.models import LogEvent


def record(verb: str, *, subject: str = "", scope: str = "", actor: object = None, **detail: object) -> LogEvent:
    """Note that `actor` (a person, "system:<name>" or None) did `verb` to `subject` in competition `scope`."""
    code = actor if isinstance(actor, str) else getattr(actor, "code", "")
    return LogEvent.objects.create(verb=verb, subject=subject, scope=scope, actor=code, detail=detail)
