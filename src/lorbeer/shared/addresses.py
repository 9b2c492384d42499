"""Addresses in which a code stands beside fixed words, such as `statistics/explore/` beside `statistics/<code>/`."""

from django.urls import NoReverseMatch, resolve, reverse


def is_taken(view: str, *parts: object) -> bool:
    """Whether another page of the house stands at the address of `view` with `parts`, so that nobody would ever see this one."""
    try:
        return resolve(reverse(view, args=parts)).view_name != view
    except NoReverseMatch:
        return False                                                    # not a code at all: others say so
