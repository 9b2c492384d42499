"""The answer of a rule: true when allowed, and otherwise the sentence that says why not."""

from dataclasses import dataclass

from django.utils.functional import Promise

from lorbeer.shared.errors import Refused


@dataclass(frozen=True)
class Verdict:
    reason: str | Promise = ""

    def __bool__(self) -> bool:
        return not self.reason


ALLOWED = Verdict()


def require(verdict: Verdict) -> None:
    """Raise Refused with the verdict's reason unless it is true."""
    if not verdict:
        raise Refused(str(verdict.reason))
