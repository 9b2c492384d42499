"""A large JSON object read piece by piece: of a million entries one at a time is in memory."""

import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 20                                                         # bytes
_read = json.JSONDecoder().raw_decode
_BLANK = " \t\r\n"


def pieces(source: IO[bytes], of: str) -> Iterator[tuple[str, Any]]:
    """(key, value) of the object in `source`, in its order; of the list under the key `of` each element by itself.

    Raises ValueError where it is no JSON object.
    """
    text = _Text(source)
    text.take("{")
    while text.peek() != "}":
        key = text.value()
        text.take(":")
        if key == of and text.peek() == "[":
            text.take("[")
            while text.peek() != "]":
                yield key, text.value()
                if text.peek() == ",":
                    text.take(",")
            text.take("]")
        else:
            yield key, text.value()
        if text.peek() == ",":
            text.take(",")


class _Text:
    """What of the source has been read and not been used."""

    def __init__(self, source: IO[bytes]) -> None:
        import codecs

        self.source, self.decode = source, codecs.getincrementaldecoder("utf-8")().decode
        self.text, self.at, self.is_whole = "", 0, False

    def more(self) -> bool:
        if self.is_whole:
            return False
        # Twice as much each time a value is not there whole, so that a large one is not read again for every chunk.
        chunk = self.source.read(max(CHUNK, len(self.text) - self.at))
        self.is_whole = not chunk
        self.text, self.at = self.text[self.at:] + self.decode(chunk, self.is_whole), 0
        return True

    def peek(self) -> str:
        """The next sign that is no blank; "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _BLANK:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            raise ValueError(f"Expected {sign} in the facts of an edition.")
        self.at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                found, end = _read(self.text, self.at)
            except json.JSONDecodeError:
                if not self.more():
                    raise
                continue
            if end == len(self.text) and not self.is_whole:             # a number may go on
                self.more()
                continue
            self.at = end
            return found
