"""What goes wrong in ways we foresaw. The text of each error is fit to show: what happened, what it means, what to do."""


class LorbeerError(Exception):
    """A rule was broken; `str(error)` is a sentence for the person who tried."""

    @property
    def sentence(self) -> str:
        """For people: without the name of a field."""
        return str(self)


class Refused(LorbeerError):
    """The act is not allowed (now, or for this person); carries the reason of a Verdict."""


class BadInput(LorbeerError):
    """Data from outside does not make sense; `where` names file, sheet, row or field.

    Several faults of one input travel together in `faults`, each a sentence of its own.
    """

    def __init__(self, message: str, *, where: str = "", faults: list[str] | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where, self.message = where, message
        self.faults = faults or [str(self)]

    @property
    def sentence(self) -> str:
        return self.message


class NotStored(BadInput):
    """A file was in order, but the place for it is full or away. Pages say it where they say that a file is broken."""


class Busy(LorbeerError):
    """Nothing is wrong, but others are served first: the same can be sent again in a moment."""
