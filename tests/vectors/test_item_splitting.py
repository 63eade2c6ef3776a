"""Batches that arrive in chunks of any size are cut into the same items as a decoder of the whole finds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequestError, InvalidInputError
from app.vectors.batch_input import read_batch
from app.vectors.item_splitting import MAX_AROUND_BYTES, ItemSplitter
from app.vectors.limits import MAX_BATCH_VECTORS, MAX_ITEM_BYTES
from tests.vectors.conftest import vector

NAMES = st.text('a"\\{}[],', max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('a"\\{}[],:\n é', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


def cut(raw: bytes, size: int) -> list[bytes]:
    """Pieces of some size."""
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def hollow(value: Any) -> Any:
    """Return a value with ``{}`` in place of the objects and lists that it holds."""
    if isinstance(value, dict):
        return {name: {} if isinstance(each, dict | list) else each for name, each in value.items()}
    if isinstance(value, list):
        return [{} if isinstance(each, dict | list) else each for each in value]
    return value


@given(
    items=st.lists(VALUES, max_size=5),
    rest=st.dictionaries(st.sampled_from(["transaction", 'x"{']), VALUES, max_size=2),
    size=st.integers(1, 30),
    indent=st.sampled_from([None, 1]),
    is_first=st.booleans(),
)
def test_a_document_is_cut_the_same_wherever_its_pieces_end(
    items: list[Any], rest: dict[str, Any], size: int, indent: int | None, is_first: bool
) -> None:
    document = {"vectors": items, **rest} if is_first else {**rest, "vectors": items}
    splitter = ItemSplitter()
    raw = json.dumps(document, indent=indent).encode()
    found = [json.loads(item) for piece in cut(raw, size) for item in splitter.feed(piece)]
    inner = [list(each.values()) if isinstance(each, dict) else each for each in document.values()]
    held = [each for value in inner if isinstance(value, list) for each in value]
    assert found == [each for each in held if isinstance(each, dict | list)]
    assert json.loads(splitter.around) == {name: hollow(value) for name, value in document.items()}


def test_a_batch_is_read_in_any_order_of_its_members() -> None:
    raw = json.dumps({"transaction": False, "vectors": [vector("a"), 5, ["b"], "c", vector("d", 1)]}).encode()
    for size in (1, 7, len(raw)):
        batch = read_batch(cut(raw, size))
        assert batch.transaction is False
        assert [item.id for item in batch.items] == ["a", None, None, None, "d"]
        assert [item.error is None for item in batch.items] == [True, False, False, False, True]
        assert str(batch.items[3].error) == "vectors[3]: expected `object`, got `str`"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (b"[]", "expected `object`"),
        (b'{"vectors": {"a": {}}}', "expected `array`"),
        (b'{"vectors": [{}]', "line 1, column 17), with each item written as {}"),
        (b'{"vectors": [{}, ]}', "not JSON"),
        (b'{"vectors": [{} {}]}', "not JSON"),
        (b'{"vectors": [{"id": ]}, {}]}', "vectors[0]: it is not JSON"),
        (b'{"vectors": [{}, {"id": "\xff"}]}', "vectors[1]: it is not UTF-8"),
        (b'{"vectors": [{"id": "a\\u0000", "vector": [1]}]}', "null character"),
        (b'{"vectors": [{}]}]', "not JSON"),
        (b'{"vectors": [{}]} {}', "not JSON"),
        (b'{"vectors": [{}], "vectors": [{}, {}]}', "vectors is given more than once"),
        (b'{"vectors": [{}], "x": [{}]}', "unknown field `x`"),
        (b'{"vectors": [{}], "transaction": 1}', "expected `bool`"),
        (b'{"vectors": ["unfinished', "not JSON"),
        (b'{"vectors": [{"id": "a"}, {"id": "b", "vector": [1, 2', "not JSON: vectors[1] does not end"),
        (b"}]}]{[{[", "not JSON"),
    ],
)
def test_what_is_no_batch_is_refused_with_its_place(raw: bytes, said: str) -> None:
    for size in (3, 1_000):
        with pytest.raises(InvalidInputError) as refused:
            read_batch(cut(raw, size))
        assert said in refused.value.message


def test_neither_an_item_nor_what_stands_around_them_is_without_bound() -> None:
    with pytest.raises(InvalidInputError, match="bytes beside its vectors"):
        read_batch(cut(b'{"vectors": [' + b"1," * MAX_AROUND_BYTES, 65_536))
    with pytest.raises(InvalidInputError, match=r"vectors\[1\] is longer than"):
        read_batch(cut(b'{"vectors": [{}, {"a": "' + b"x" * MAX_ITEM_BYTES, 65_536))


@pytest.mark.parametrize("item", [b"{}", b"1"])
def test_items_over_the_cap_are_not_looked_at(item: bytes) -> None:
    for count in (0, MAX_BATCH_VECTORS + 1):
        with pytest.raises(BadRequestError, match=f"1 to {MAX_BATCH_VECTORS} items"):
            read_batch([b'{"vectors": [' + b",".join([item] * count) + b"]}"])
