"""A batch as it comes in: each item is decoded, checked and packed before the next one is read."""

from collections.abc import Iterable, Sequence

import msgspec

from app.errors import ConflictError, InvalidInputError, Location
from app.pauses import Pauses
from app.rest.decoding import INVALID_JSON, decode_struct
from app.vectors.bodies import BatchInput, VectorInput
from app.vectors.item_splitting import ItemSplitter, wrong_count
from app.vectors.limits import MAX_BATCH_VECTORS
from app.vectors.vector_input import BODY, NewVector, check_vector, decode_vector


class CheckedItem(msgspec.Struct, frozen=True):
    """An item of a batch: its vector, or why it cannot be stored; its id, if it has one; its place."""

    id: str | None
    vector: NewVector | None = None
    error: InvalidInputError | None = None
    place: Location = BODY


class ItemResult(msgspec.Struct, frozen=True):
    """The result for one vector; ``error`` says why it was not stored."""

    index: int
    id: str | None
    is_new: bool = True
    error: InvalidInputError | ConflictError | None = None

    @property
    def status(self) -> str:
        """Return its status as responses name it."""
        if self.error is not None:
            return "failed"
        return "inserted" if self.is_new else "updated"


class Batch(msgspec.Struct, frozen=True):
    """A batch that was read."""

    items: Sequence[CheckedItem]
    transaction: bool


def check_item(item: bytes | VectorInput, place: Location = BODY) -> CheckedItem:
    """Check an item, encoded or not, for a store of any dimension; ``place`` names it in messages."""
    vector_id = None
    try:
        given = item if isinstance(item, VectorInput) else decode_vector(item, place)
        vector_id = given.id
        return CheckedItem(vector_id, check_vector(given, None, place), place=place)
    except InvalidInputError as error:
        return CheckedItem(vector_id, error=error, place=place)


def read_batch(chunks: Iterable[bytes]) -> Batch:
    """Read a batch; only one item and the vectors as float32 are in memory.

    Raises:
        InvalidInputError: it is not JSON, or no batch. Items that are no vectors are told in the batch.
        BadRequestError: there are no items, or more than a batch may have.
    """
    splitter, pauses = ItemSplitter(), Pauses()
    whole: list[CheckedItem] = []
    for chunk in chunks:
        for item in splitter.feed(chunk):
            whole.append(_checked(item, len(whole)))
            pauses.give_way()
    if splitter.is_in_item:
        raise _unfinished(len(whole))
    given = _decode_around(bytes(splitter.around))
    if not 1 <= len(given.vectors) <= MAX_BATCH_VECTORS:
        raise wrong_count(len(given.vectors))
    items, waiting = [], iter(whole)
    for index, raw in enumerate(given.vectors):
        text = bytes(raw)
        is_whole = text.startswith((b"{", b"["))
        items.append(next(waiting) if is_whole else check_item(text, (*BODY, "vectors", index)))
    if next(waiting, None) is not None:
        raise InvalidInputError("vectors is given more than once", (*BODY, "vectors"))
    return Batch(items, given.transaction)


def _checked(item: bytes, index: int) -> CheckedItem:
    checked = check_item(item, (*BODY, "vectors", index))
    if checked.error is not None and checked.error.code == INVALID_JSON:
        raise checked.error  # then nothing that follows can be relied on
    return checked


def _unfinished(index: int) -> InvalidInputError:
    """Return the refusal of a body that breaks off in an item; decoding the rest would name another place."""
    message = f"the body is not JSON: vectors[{index}] does not end"
    return InvalidInputError(message, (*BODY, "vectors", index), code=INVALID_JSON)


def _decode_around(around: bytes) -> BatchInput:
    try:
        return decode_struct(around, BatchInput)
    except InvalidInputError as error:
        if error.code == INVALID_JSON and b"{}" in around:
            error.message += ", with each item written as {}"
        raise
