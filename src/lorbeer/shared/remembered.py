"""What a page asks many times is looked up once: answers are remembered while a page is read, never while one writes.

    @once_per_page
    def roles_of(person, competition): ...

Outside the answer to a GET (services, commands, jobs, forms that are sent) each question is asked anew.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponse

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_answers: ContextVar[dict[tuple[Any, ...], Any] | None] = ContextVar("answers", default=None)


def remembering(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what is asked during a GET or HEAD is remembered until its answer is there."""
    def answered(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return get_response(request)
        token = _answers.set({})
        try:
            return get_response(request)
        finally:
            _answers.reset(token)

    return answered


def once_per_page(question: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """For questions whose arguments can be compared (rows count by their key) and whose answers nobody changes."""
    @wraps(question)
    def asked(*facts: Asked.args, **named: Asked.kwargs) -> Answer:
        known = _answers.get()
        if known is None:
            return question(*facts, **named)
        key = (question, *facts, *sorted(named.items()))
        if key not in known:
            known[key] = question(*facts, **named)
        return cast(Answer, known[key])

    return asked
