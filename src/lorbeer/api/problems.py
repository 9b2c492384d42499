"""What the API says when it cannot answer: RFC 9457, application/problem+json, in the reader's language."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """`detail`: a sentence for people. `errors`: [{parameter, detail}] where single parameters are wrong. `allow`: for 405."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]] | None = None, *, allow: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.allow = status, detail, errors or [], allow


def answer(problem: Problem) -> HttpResponse:
    """The problem as an answer. It is kept nowhere: what is refused now may be there in a minute."""
    found: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(problem.status).phrase, "status": problem.status,
                             "detail": problem.detail}
    if problem.errors:
        found["errors"] = problem.errors
    response = HttpResponse(json.dumps(found, ensure_ascii=False), status=problem.status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if problem.allow:
        response.headers["Allow"] = problem.allow
    return response
