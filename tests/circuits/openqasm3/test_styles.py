"""A random circuit in several styles of OpenQASM 3 has the unitary of the plain one, with its phase."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circuits.openqasm3.circuits import WRITTEN_AS, Call, circuits, plain
from tests.circuits.openqasm3.matrices import STANDARD, Matrix, controlled, on
from tests.circuits.openqasm3.reading import is_near, unitary

pytestmark = pytest.mark.slow

Program = tuple[str, str]
"""What stands before the declaration of the qubits, and the statements after it."""


def _wanted(num_qubits: int, calls: list[Call]) -> Matrix:
    """The product of the matrices of the specification."""
    whole = on(STANDARD["id"][1](), 0, of=num_qubits)
    for call in calls:
        whole = on(STANDARD[call.name][1](*call.angles), *call.qubits, of=num_qubits) @ whole
    return whole


def _plain(_draw: st.DrawFn, _width: int, calls: list[Call]) -> Program:
    return "", "\n".join(map(plain, calls))


def _loops(draw: st.DrawFn, _width: int, calls: list[Call]) -> Program:
    """Each gate in a loop of one turn whose variable is an index, or in loops that count."""
    lines = []
    for call in calls:
        first, *rest = call.qubits
        operands = ", ".join(["q[i]", *(f"q[{qubit}]" for qubit in rest)])
        head = plain(call, "{}").split(" ")[0]
        sets = [f"{{{first}}}", f"[{first}:{first}]", f"[{first}:-1:{first}]", f"[{first}:3:{first + 2}]"]
        lines.append(f"for uint i in {draw(st.sampled_from(sets))} {{ {head} {operands}; }}")
    return "", f"int n = 0; while (n < 1) {{ n += 1;\n{chr(10).join(lines)}\n}}"


def _index_sets(_draw: st.DrawFn, _width: int, calls: list[Call]) -> Program:
    """Runs of one gate on several qubits are one statement over an index set."""
    lines, number = [], 0
    while number < len(calls):
        call, qubits = calls[number], [calls[number].qubits[0]]
        same = number + 1
        while len(call.qubits) == 1 and same < len(calls) and calls[same][:2] == call[:2]:
            if calls[same].qubits[0] in qubits:
                break
            qubits.append(calls[same].qubits[0])
            same += 1
        lines.append(plain(call) if len(qubits) == 1 else _over_set(call, qubits))
        number = same
    return "", "\n".join(lines)


def _over_set(call: Call, qubits: list[int]) -> str:
    head = plain(call, "{}").split(" ")[0]
    return f"{head} q[{{{', '.join(map(str, qubits))}}}];"


def _aliases(draw: st.DrawFn, width: int, calls: list[Call]) -> Program:
    """The qubits under the names of a permuted alias, made of two parts."""
    order = draw(st.permutations(range(width)))
    cut = draw(st.integers(1, width - 1))
    first, second = order[:cut], order[cut:]
    position = {qubit: place for place, qubit in enumerate(order)}
    lines = [f"let a = q[{{{', '.join(map(str, first))}}}] ++ q[{{{', '.join(map(str, second))}}}];"]
    for call in calls:
        places = tuple(position[qubit] - draw(st.sampled_from([0, width])) for qubit in call.qubits)
        lines.append(plain(Call(call.name, call.angles, places), "a[{}]"))
    return "", "\n".join(lines)


def _subroutines(draw: st.DrawFn, width: int, calls: list[Call]) -> Program:
    """Parts of the circuit in subroutines on the register, which call others on single qubits."""
    definitions, lines = [], []
    for number, call in enumerate(calls):
        names = [f"a{place}" for place in range(len(call.qubits))]
        angles = [f"t{place}" for place in range(len(call.angles))]
        head = call.name + (f"({', '.join(angles)})" if angles else "")
        parameters = ", ".join(
            [*(f"float {angle}" for angle in angles), *(f"qubit {name}" for name in names)]
        )
        definitions.append(f"def f{number}({parameters}) {{ {head} {', '.join(names)}; }}")
        arguments = [*map(str, call.angles), *(f"r[{qubit}]" for qubit in call.qubits)]
        lines.append(f"f{number}({', '.join(arguments)});")
    cut = draw(st.integers(0, len(lines)))
    for name, part in (("first", lines[:cut]), ("second", lines[cut:])):
        definitions.append(f"def {name}(qubit[{width}] r) {{ {' '.join(part)} }}")
    return "\n".join(definitions), "first(q); second(q);"


def _modifiers(draw: st.DrawFn, _width: int, calls: list[Call]) -> Program:
    lines = []
    for call in calls:
        operands = ", ".join(f"q[{qubit}]" for qubit in call.qubits)
        head = plain(call, "{}").split(" ")[0]
        others = [
            form.format(*(f"({angle})" for angle in call.angles)) for form in WRITTEN_AS.get(call.name, [])
        ]
        lines.append(f"{draw(st.sampled_from([head, *others]))} {operands};")
    return "", "\n".join(lines)


def _own_gates(draw: st.DrawFn, width: int, calls: list[Call]) -> Program:
    """The circuit in gates that call gates; one half is written backwards and inverted."""
    names = [f"a{qubit}" for qubit in range(width)]
    cut = draw(st.integers(0, len(calls)))
    first = " ".join(plain(call, "a{}") for call in calls[:cut])
    second = " ".join("inv @ " + plain(call, "a{}") for call in reversed(calls[cut:]))
    gates = [
        f"gate {name} {', '.join(names)} {{ {body} }}" for name, body in (("one", first), ("two", second))
    ]
    whole = f"gate whole {', '.join(names)} {{ one {', '.join(names)}; inv @ two {', '.join(names)}; }}"
    return "\n".join([*gates, whole]), f"whole {', '.join(f'q[{qubit}]' for qubit in range(width))};"


STYLES = {
    "plain": _plain,
    "loops": _loops,
    "index sets": _index_sets,
    "aliases": _aliases,
    "subroutines": _subroutines,
    "modifiers": _modifiers,
    "own gates": _own_gates,
}


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=25)
@given(data=st.data())
def test_a_circuit_has_its_unitary_in_every_style(style: str, data: st.DataObject) -> None:
    width, calls = data.draw(circuits())
    before, statements = STYLES[style](data.draw, width, calls)
    assert is_near(unitary(statements, width, before), _wanted(width, calls))


@settings(max_examples=25)
@given(data=st.data())
def test_a_circuit_in_a_gate_is_the_same_below_a_control(data: st.DataObject) -> None:
    width, calls = data.draw(circuits(most_gates=6))
    before, _ = _own_gates(data.draw, width, calls)
    operands = ", ".join(f"q[{qubit}]" for qubit in range(width + 1))
    modifier, active = data.draw(st.sampled_from([("ctrl", 1), ("negctrl", 0), ("inv @ ctrl @ inv", 1)]))
    found = unitary(f"{modifier} @ whole {operands};", width + 1, before)
    assert is_near(found, controlled(_wanted(width, calls), active))
