"""Random programs with branches and loops on measured bits, and an interpreter of them.

Every gate is ``x`` or ``cx``, so each program has one outcome. For a compiler each measured bit is unknown
all the same: it cannot work the program out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

QUBITS, WIDTH = 3, 2
VARIABLES = f"bit[{WIDTH}] d; bit w; uint[3] n = 0; int[4] s = 0;"
DECLARATIONS = f"qubit[{QUBITS}] q; bit[{WIDTH}] c; {VARIABLES}\n"
NAMES = ("c", "d", "w", "n", "s")
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Leave(Enum):
    """How the execution of a statement ends, if not by the next one."""

    BREAK = auto()
    CONTINUE = auto()
    RETURN = auto()
    END = auto()


@dataclass
class Memory:
    """The values of the qubits (bit k is qubit k) and of the classical variables."""

    qubits: int = 0
    values: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    result: int = 0


Value = Callable[[Memory], int]
Action = Callable[[Memory], Leave | None]
Text = tuple[str, Value]
Step = tuple[str, Action]


def run_all(steps: list[Step], memory: Memory) -> Leave | None:
    """Run statements until one of them leaves."""
    for _, action in steps:
        if (leave := action(memory)) is not None:
            return leave
    return None


class Generator:
    """Draws statements; ``depth`` is how far they may still nest."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._subroutines: list[tuple[str, list[Step], Value]] = []

    def program(self) -> tuple[str, Memory]:
        """A program, and what it leaves behind."""
        memory = Memory()
        definitions = [self._definition(number) for number in range(self._chance.randint(0, 2))]
        steps = [self._flip() for _ in range(4)] + [self._measure() for _ in range(4)]
        for _ in range(self._chance.randint(3, 8)):
            steps += self._steps(3, False, False)
        run_all(steps, memory)
        return "\n".join([*definitions, DECLARATIONS, *(text for text, _ in steps)]), memory

    def _definition(self, number: int) -> str:
        """A subroutine with variables of its own, which may return early."""
        steps = [step for _ in range(self._chance.randint(1, 4)) for step in self._steps(2, False, True)]
        result, value = self._condition(1)
        head = f"def f{number}(qubit[{QUBITS}] q, bit[{WIDTH}] c) -> bit {{ {VARIABLES}"
        self._subroutines.append((f"f{number}", steps, value))
        return f"{head} {' '.join(text for text, _ in steps)} return {result}; }}"

    def _steps(self, depth: int, in_loop: bool, in_call: bool) -> list[Step]:
        kinds = [self._flip, self._flip, self._measure, self._measure, self._assign, self._count, self._known]
        if self._subroutines:
            kinds += [self._call]
        if in_call and depth:
            kinds += [self._return]
        if depth:
            kinds += [self._branch, self._branch, self._loop, self._switch, self._while]
            kinds += [] if in_call else [self._branch, self._end]
        if in_loop and depth:
            kinds += [self._leave, self._leave]
        return [self._chance.choice(kinds)(depth, in_loop, in_call)]

    def _block(self, depth: int, in_loop: bool, in_call: bool) -> tuple[str, list[Step]]:
        number = self._chance.randint(0, 3)
        steps = [step for _ in range(number) for step in self._steps(depth - 1, in_loop, in_call)]
        return "{ " + " ".join(text for text, _ in steps) + " }", steps

    def _call(self, *_: object) -> Step:
        (name, steps, value), place = self._chance.choice(self._subroutines), self._chance.randrange(WIDTH)
        argument, target = self._chance.choice("cd"), self._chance.choice("cd")

        def act(memory: Memory) -> None:
            inner = Memory(memory.qubits)
            inner.values["c"] = memory.values[argument]
            returned = run_all(steps, inner) is Leave.RETURN
            memory.qubits = inner.qubits
            _set_bit(memory, target, place, inner.result if returned else int(value(inner)))

        return f"{target}[{place}] = {name}(q, {argument});", act

    def _return(self, *_: object) -> Step:
        (text, value), (result, returned) = self._condition(1), self._condition(0)

        def act(memory: Memory) -> Leave | None:
            if not value(memory):
                return None
            memory.result = int(returned(memory))
            return Leave.RETURN

        return f"if ({text}) {{ return {result}; }}", act

    def _flip(self, *_: object) -> Step:
        control, target = self._chance.sample(range(QUBITS), 2)
        if self._chance.random() < 0.5:
            return f"x q[{target}];", lambda memory: _set_qubits(memory, memory.qubits ^ 1 << target)
        return (
            f"cx q[{control}], q[{target}];",
            lambda memory: _set_qubits(memory, memory.qubits ^ (memory.qubits >> control & 1) << target),
        )

    def _measure(self, *_: object) -> Step:
        qubit, place = self._chance.randrange(QUBITS), self._chance.randrange(WIDTH)
        name = self._chance.choice("cdw")
        target = "w" if name == "w" else f"{name}[{place}]"
        place = 0 if name == "w" else place
        return (
            f"{target} = measure q[{qubit}];",
            lambda memory: _set_bit(memory, name, place, memory.qubits >> qubit & 1),
        )

    def _known(self, *_: object) -> Step:
        """A value that a compiler knows, so that the branches on it are chosen before the run."""
        name, place, bit = self._chance.choice("cd"), self._chance.randrange(WIDTH), self._chance.randrange(2)
        if self._chance.random() < 0.5:
            return f"{name}[{place}] = {bit};", lambda memory: _set_bit(memory, name, place, bit)
        value = self._chance.randrange(4)
        return f'{name} = "{value:02b}";', lambda memory: _set(memory, name, value)

    def _assign(self, *_: object) -> Step:
        if self._chance.random() < 0.5:
            (text, value), name = self._condition(1), self._chance.choice("cd")
            place = self._chance.randrange(WIDTH)
            return f"{name}[{place}] = {text};", lambda memory: _set_bit(
                memory, name, place, int(value(memory))
            )
        target, source = self._chance.sample("cd", 2)
        text, change = self._chance.choice(
            [
                (source, lambda value: value),
                (f"~{source}", lambda value: value ^ 3),
                (f'{source} ^ "10"', lambda value: value ^ 2),
                (f"{source} << 1", lambda value: value << 1 & 3),
                (f"{source} >> 1", lambda value: value >> 1),
            ]
        )
        return f"{target} = {text};", lambda memory: _set(memory, target, change(memory.values[source]))

    def _count(self, *_: object) -> Step:
        place = self._chance.randrange(WIDTH)
        text, change = self._chance.choice(
            [
                ("n += 1;", lambda values: values["n"] + 1),
                ("n -= 3;", lambda values: values["n"] - 3),
                ("n ^= 5;", lambda values: values["n"] ^ 5),
                ("n <<= 1;", lambda values: values["n"] << 1),
                ("n = 6;", lambda _: 6),
                (f"n[1] = c[{place}];", lambda values: values["n"] & 5 | (values["c"] >> place & 1) << 1),
            ]
        )
        if self._chance.random() < 0.6:
            return text, lambda memory: _set(memory, "n", change(memory.values) & 7)
        text, signed = self._chance.choice(
            [
                ("s += 3;", lambda value: value + 3),
                ("s -= 2;", lambda value: value - 2),
                ("s = -s;", lambda value: -value),
                ("s *= 3;", lambda value: value * 3),
                ("s = s - 1;", lambda value: value - 1),
            ]
        )
        return text, lambda memory: _set(memory, "s", (signed(memory.values["s"]) + 8) % 16 - 8)

    def _branch(self, depth: int, in_loop: bool, in_call: bool) -> Step:
        (text, value) = self._condition(2)
        (first, then), (second, other) = (self._block(depth, in_loop, in_call) for _ in range(2))
        has_else = self._chance.random() < 0.5
        return (
            f"if ({text}) {first}" + (f" else {second}" if has_else else ""),
            lambda memory: run_all(then if value(memory) else other if has_else else [], memory),
        )

    def _switch(self, depth: int, in_loop: bool, in_call: bool) -> Step:
        name = self._chance.choice("cd")
        labels = self._chance.sample(range(4), self._chance.randint(1, 3))
        blocks = [self._block(depth, in_loop, in_call) for _ in labels]
        default = self._block(depth, in_loop, in_call)
        cases = " ".join(f"case {label} {text}" for label, (text, _) in zip(labels, blocks, strict=True))
        chosen = {label: steps for label, (_, steps) in zip(labels, blocks, strict=True)}
        return (
            f"switch (int({name})) {{ {cases} default {default[0]} }}",
            lambda memory: run_all(chosen.get(memory.values[name], default[1]), memory),
        )

    def _loop(self, depth: int, _in_loop: bool, in_call: bool) -> Step:
        text, steps = self._block(depth, True, in_call)
        turns = self._chance.randint(1, 3)

        def act(memory: Memory) -> Leave | None:
            for _ in range(turns):
                leave = run_all(steps, memory)
                if leave is Leave.BREAK:
                    break
                if leave in (Leave.RETURN, Leave.END):
                    return leave
            return None

        return f"for int i in [1:{turns}] {text}", act

    def _while(self, depth: int, _in_loop: bool, in_call: bool) -> Step:
        """At most one turn: the last statement clears the bit. Without ``continue``, which would skip it."""
        text, steps = self._block(min(depth, 1), False, in_call)
        qubit, leaves = self._chance.randrange(QUBITS), self._chance.random() < 0.3
        last = " break; }" if leaves else " w = 0; }"

        def act(memory: Memory) -> Leave | None:
            _set_bit(memory, "w", 0, memory.qubits >> qubit & 1)
            while memory.values["w"]:
                if (leave := run_all(steps, memory)) is not None:
                    return leave
                if leaves:
                    break
                memory.values["w"] = 0
            return None

        return f"w = measure q[{qubit}]; while (w) {text[:-1]}{last}", act

    def _leave(self, *_: object) -> Step:
        text, value = self._condition(1)
        word = self._chance.choice(["break", "continue"])
        leave = Leave[word.upper()]
        return f"if ({text}) {word};", lambda memory: leave if value(memory) else None

    def _end(self, *_: object) -> Step:
        text, value = self._condition(2)
        return f"if ({text}) {{ end; }}", lambda memory: Leave.END if value(memory) else None

    def _condition(self, depth: int) -> Text:
        if depth and self._chance.random() < 0.3:
            (first, one), (second, two) = self._condition(depth - 1), self._condition(depth - 1)
            if self._chance.random() < 0.5:
                return f"({first}) && ({second})", lambda memory: one(memory) and two(memory)
            return f"({first}) || ({second})", lambda memory: one(memory) or two(memory)
        name, other = self._chance.sample("cd", 2)
        place, elsewhere = self._chance.randrange(WIDTH), self._chance.randrange(WIDTH)
        number = self._chance.randrange(4)
        symbol = self._chance.choice(list(COMPARISONS))
        compare = COMPARISONS[symbol]
        choices: list[Text] = [
            (f"{name} {symbol} {number}", lambda memory: compare(memory.values[name], number)),
            (f"{number} {symbol} {name}", lambda memory: compare(number, memory.values[name])),
            (f"n {symbol} {2 * number}", lambda memory: compare(memory.values["n"], 2 * number)),
            (f"s {symbol} {number - 2}", lambda memory: compare(memory.values["s"], number - 2)),
            (f"{name} {symbol} {other}", lambda memory: compare(memory.values[name], memory.values[other])),
            (f"{name}[{place}]", lambda memory: memory.values[name] >> place & 1),
            (f"!{name}[{place}]", lambda memory: not memory.values[name] >> place & 1),
            (
                f"({name}[{place}] ^ {other}[{elsewhere}])",
                lambda memory: (memory.values[name] >> place ^ memory.values[other] >> elsewhere) & 1,
            ),
            ("w", lambda memory: memory.values["w"]),
            ("w == 0", lambda memory: not memory.values["w"]),
        ]
        return self._chance.choice(choices)


def _set(memory: Memory, name: str, value: int) -> None:
    memory.values[name] = value


def _set_qubits(memory: Memory, value: int) -> None:
    memory.qubits = value


def _set_bit(memory: Memory, name: str, place: int, bit: int) -> None:
    memory.values[name] = memory.values[name] & ~(1 << place) | bit << place
