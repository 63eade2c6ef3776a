"""Cuts ``{"vectors": [{…}, {…}], "transaction": true}`` into its items as it comes in, without decoding it.

msgspec decodes a document at once, which would stop a web process for a tenth of a second for 60 MB. Here
only quotes, braces and brackets are read, for a millisecond a chunk. Decoding the items shows whether they
are JSON.
"""

import re
from collections.abc import Iterator

from app.errors import BadRequestError, InvalidInputError
from app.vectors.limits import MAX_BATCH_VECTORS, MAX_ITEM_BYTES

MAX_AROUND_BYTES = 1024 * 1024
"""The most bytes around the items: 200 bytes of white space for each."""

ITEM_DEPTH = 2
"""How deep items are nested: in the document, and in its list."""

PLACEHOLDER = b"{}"

_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_UP_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"' + _REST_OF_STRING.pattern + rb'"[^"{}\[\]]*+)*+', re.DOTALL)
"""Strings, and all else without braces and brackets; possessive quantifiers, so that it takes linear time."""

_QUOTE, _OPENING = ord('"'), b"{["


class ItemSplitter:
    """Cuts a document; ``around`` is what stands around the items, with ``{}`` in place of each."""

    def __init__(self) -> None:
        self.around = bytearray()
        self._item = bytearray()
        self._count = 0
        self._depth = 0
        self._is_in_string = False
        self._is_escaped = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take more bytes, and give the items that are complete by now: objects and lists of any content.

        Raises:
            BadRequestError: there are more items than a batch may have.
            InvalidInputError: an item, or what stands around the items, is too long.
        """
        start = 0  # of what belongs to the present item, or stands before the next one
        place = self._skip_string(chunk, 0) if self._is_in_string else 0
        while (at := _end_of(_UP_TO_BRACKET, chunk, place)) < len(chunk):
            place = at + 1
            if chunk[at] == _QUOTE:
                place = self._skip_string(chunk, place)
            elif chunk[at] in _OPENING:
                if self._depth == ITEM_DEPTH:
                    self._keep(chunk[start:at])
                    start = at
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == ITEM_DEPTH:
                    yield self._whole(chunk[start:place])
                    start = place
        self._keep(chunk[start:])

    @property
    def is_in_item(self) -> bool:
        """Return whether an item has begun and not ended."""
        return self._depth > ITEM_DEPTH

    def _skip_string(self, chunk: bytes, place: int) -> int:
        """Return the place after a string's end, or after the chunk if the string goes on in the next one."""
        if self._is_escaped and chunk:
            place += 1
        end = _end_of(_REST_OF_STRING, chunk, place)
        is_whole = end < len(chunk) and chunk[end] == _QUOTE
        self._is_in_string = not is_whole
        self._is_escaped = end < len(chunk) and not is_whole  # a backslash, and what it escapes comes next
        return end + 1 if is_whole else len(chunk)

    def _whole(self, end: bytes) -> bytes:
        self._keep(end, is_item=True)
        item = bytes(self._item)
        self._item.clear()
        self.around += PLACEHOLDER
        self._count += 1
        if self._count > MAX_BATCH_VECTORS:
            raise wrong_count("more")
        return item

    def _keep(self, part: bytes, *, is_item: bool = False) -> None:
        if is_item or self._depth > ITEM_DEPTH:
            self._item += part
            if len(self._item) > MAX_ITEM_BYTES:
                raise InvalidInputError(
                    f"vectors[{self._count}] is longer than {MAX_ITEM_BYTES} bytes (max_vector_bytes)",
                    ("body", "vectors", self._count),
                )
            return
        self.around += part
        if len(self.around) > MAX_AROUND_BYTES:
            raise InvalidInputError(
                f"the body holds over {MAX_AROUND_BYTES} bytes beside its vectors", ("body",)
            )


def wrong_count(there_are: object) -> BadRequestError:
    """Return the refusal of a batch of so many items."""
    return BadRequestError(
        f"vectors must be 1 to {MAX_BATCH_VECTORS} items (max_batch_vectors); there are {there_are}. "
        "POST /v2/vectors/import takes any number."
    )


def _end_of(pattern: re.Pattern[bytes], chunk: bytes, place: int) -> int:
    """Return where a pattern ends that always matches."""
    found = pattern.match(chunk, place)
    return found.end() if found else place
