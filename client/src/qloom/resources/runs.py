"""The common part of runs, sweeps and comparisons: how a circuit and its options are sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from qloom.calls import Answer, Call, Repeat, path, query, send_json, texts
from qloom.errors import QloomError
from qloom.models.executions import Execution, with_graph
from qloom.reading import read

Noise: TypeAlias = Mapping[str, Any]
"""``{"type": "depolarizing", "level": "low"}``, or rates and times of your own."""


def as_execution(answer: Answer) -> Execution:
    """Read an execution, just run or stored."""
    return read(Execution, with_graph(answer.json()))


def read_execution(execution_id: str) -> Call[Execution]:
    """Return the call that reads a stored execution."""
    return Call("GET", path("api", "executions", execution_id), as_execution)


def noise_document(noise: Noise | None) -> dict[str, Any] | None:
    """Return noise as the API takes it.

    Raises:
        QloomError: it is not a dict.
    """
    if noise is None:
        return None
    if not isinstance(noise, Mapping):
        raise QloomError(f'noise is a dict, such as {{"type": "thermal", "level": "low"}}, not {noise!r}')
    return dict(noise) or None


def run_filters(
    circuit_name: str | None,
    is_noisy: bool | None,
    status: str | None,
    tags: Sequence[str] | None,
    created_after: datetime | None,
    created_before: datetime | None,
) -> dict[str, Any]:
    """Return the filters that the lists of executions and of sweeps share, as members of a query."""
    return {
        "circuit_name": circuit_name,
        "is_noisy": is_noisy,
        "status": status,
        "tag": texts("tags", tags or ()),
        "created_after": created_after,
        "created_before": created_before,
    }


def run_options(
    shots: int | None,
    seed: int | None,
    method: str | None,
    name: str | None,
    tags: Sequence[str] | None,
    measure: str | None,
) -> dict[str, Any]:
    """Return the options that runs and sweeps share, as members of a body."""
    options = {"shots": shots, "seed": seed, "method": method, "name": name, "measure": measure}
    return {**options, "tags": texts("tags", tags) if tags else None}


def run_call(
    reader: Any,
    circuit: str | None,
    program: str | None,
    noise: Noise | None,
    options: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any],
    prefer: str | None,
    key: str | None,
    base: tuple[str, ...] = ("api", "execute"),
    noisy: tuple[str, ...] = ("noisy",),
) -> Call[Any]:
    """Return the call that runs a circuit of the library, by query, or a program, by a body.

    Raises:
        QloomError: circuit and program are both given or both missing, or a circuit has custom rates.
    """
    headers, document = {"Prefer": prefer} if prefer else {}, noise_document(noise)
    if (circuit is None) == (program is None):
        raise QloomError('give either a circuit of the library, such as "bell", or program=')
    if circuit is None:
        if parameters:
            raise QloomError(f"{', '.join(parameters)}: only circuits of the library have parameters")
        body = {"program": program, "noise": document, **options}
        return send_json("POST", path(*base), reader, body, repeat=Repeat.KEYED, key=key, headers=headers)
    _check_name(circuit)
    own = set(document or ()) - {"type", "level"}
    if own:
        raise QloomError(
            f"noise with {', '.join(sorted(own))} needs a program; a library's circuit takes type and level"
        )
    given = {name: options[name] for name in ("shots", "seed", "method") if options.get(name) is not None}
    levels = {f"noise_{name}": value for name, value in (document or {}).items()}
    where = path(*base, circuit, *(noisy if document else ()))
    params = query(**given, **levels, **parameters, tag=options.get("tags"))
    return Call("POST", where, reader, params, headers, None, Repeat.KEYED, key)


def _check_name(circuit: object) -> None:
    """Refuse a value that is not the name of a circuit."""
    if not isinstance(circuit, str):
        raise QloomError(
            f"a circuit is named by a text, such as 'bell'; circuits of Qiskit run on "
            f"qloom.qiskit.QloomBackend: {type(circuit).__name__}"
        )
    if ";" in circuit:
        raise QloomError("this is a program, and not a name of circuits(): give it as program=")
