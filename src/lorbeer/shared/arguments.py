"""Kinds of arguments on the command line, which say in a few words what they take."""

import argparse
from collections.abc import Callable


def number_from(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number of at least `least` and at most `most`, for `add_argument(type=…)`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least or (most is not None and number > most):
            allowed = f"from {least} to {most}" if most is not None else f"of at least {least}"
            raise argparse.ArgumentTypeError(f"{number} is not a number {allowed}")
        return number

    return read
