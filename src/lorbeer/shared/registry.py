"""Where a stage lets others have a say without knowing them: dependencies point backwards only (docs/architecture.md).

A stage offers a registry; an app that comes later, or the one that knows the answer, puts a function into it when it is loaded.
"""

from collections.abc import Callable, Iterator
from typing import Generic, ParamSpec, TypeVar

from lorbeer.shared.verdicts import ALLOWED, Verdict

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Registry(Generic[Asked, Answer]):
    """`registry(function)` puts a function in, as a decorator too, and twice is once; iterating gives them in that order."""

    def __init__(self) -> None:
        self.registered: list[Callable[Asked, Answer]] = []

    def __call__(self, function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        if function not in self.registered:
            self.registered.append(function)
        return function

    def __iter__(self) -> Iterator[Callable[Asked, Answer]]:
        return iter(self.registered)

    def answers(self, *asked: Asked.args, **named: Asked.kwargs) -> Iterator[Answer]:
        """What each of them says, one after the other: who stops listening asks no further."""
        return (function(*asked, **named) for function in self.registered)

    def tell(self, *asked: Asked.args, **named: Asked.kwargs) -> None:
        """Let each of them act, in the transaction of whoever tells."""
        for function in self.registered:
            function(*asked, **named)


class Bars(Registry[Asked, Verdict]):
    """Who may say why something cannot be done now."""

    def verdict(self, *asked: Asked.args, **named: Asked.kwargs) -> Verdict:
        """The first refusal, if any."""
        return next((verdict for verdict in self.answers(*asked, **named) if not verdict), ALLOWED)
