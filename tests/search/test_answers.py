"""What is read off an encoded answer without decoding it."""

import pytest
from msgspec import Raw

from app.search.answers import Answer, Caveat, QueryResult, Stats, encode, is_quantum

STATS = Stats(
    candidates=1,
    circuit_candidates=0,
    circuit_qubits=0,
    circuits=0,
    contexts=0,
    index="exact",
    filter_index=None,
    seed=None,
)


@pytest.mark.parametrize("claim", [True, False])
def test_whether_an_answer_is_quantum_is_its_own_member(claim: bool) -> None:
    """Not that of a result, of metadata, or of a text that comes after it."""
    lie = b'{"list":[1],"quantum_enhanced":%s}' % (b"false" if claim else b"true")
    result = QueryResult(
        id="a",
        score=1.0,
        metadata=Raw(lie),
        quantum_enhanced=not claim,
        context_collapsed=None,
        classical_score=1.0,
        quantum_score=None,
    )
    warning = Caveat("code", lie.decode())
    answer = Answer(results=[result], quantum_enhanced=claim, stats=STATS, warnings=[warning])
    assert is_quantum(encode(answer)) is claim


def test_no_answer_is_not_quantum() -> None:
    assert is_quantum(b"") is False
