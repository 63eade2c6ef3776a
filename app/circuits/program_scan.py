"""Checks a program without a parser, in milliseconds also for hostile text.

The web scans a program before it accepts the job, and the simulator process before it parses. A program that
would cost a parser too much time or memory, or make it read other files, is refused with the place or limit.
"""

import re
from itertools import islice
from math import isinf

import msgspec

from app.circuits.spec import Language, RunLimits, operation_limit, qubit_limit
from app.circuits.tokens import Token, error_at, line_and_column, tokenize, without_mark
from app.errors import InvalidProgramError, LimitExceededError
from app.pauses import Pauses

STANDARD_INCLUDES = {
    Language.OPENQASM_2: ("qelib1.inc",),
    Language.OPENQASM_3: ("stdgates.inc", "qelib1.inc"),
}
_QUBIT_WORDS = {Language.OPENQASM_2: ("qreg",), Language.OPENQASM_3: ("qreg", "qubit")}
_CLBIT_WORDS = {Language.OPENQASM_2: ("creg",), Language.OPENQASM_3: ("creg", "bit")}
_OPENING, _CLOSING, _SIGNS = frozenset("([{"), frozenset(")]}"), frozenset("-~!")
_VERSION_2, _VERSION_3 = re.compile(r"2(\.0)?"), re.compile(r"3(\.[0-9]*)?")
_INTEGER = re.compile(r"0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9][0-9_]*")
_LONGEST_LOOP_HEAD = 8  # tokens of "for uint[32] i in"
_LARGEST_EXPONENT = 1_024  # IEEE 754 double: values are below 2 to this
_LONGEST, _HUGE = 18, 10**18  # digits, and what more of them are taken for: over every limit
_BEFORE_DECLARATIONS = frozenset({"", ";", "}", "output"})
_MOST_DIGITS = 4_000  # Python reads 4,300
_END = Token("symbol", "", 0)
_TOKENS_AT_ONCE = 1_024  # some 2 ms


class ScannedProgram(msgspec.Struct, frozen=True):
    """The language, the declared sizes, and the names of the gates that the program defines itself."""

    language: Language
    num_qubits: int
    num_clbits: int
    gate_names: frozenset[str]


def scan(source: str, limits: RunLimits) -> ScannedProgram:
    """Check a program without parsing it.

    It may declare as many qubits as any method runs; the limit of its method is for those that it uses.

    Raises:
        InvalidProgramError: another version, an include of another file, in OpenQASM 2 a size that is no
            literal; with line and column.
        LimitExceededError: bytes, qubits, classical bits, operations, nesting; the limit is named.
    """
    size = len(source.encode("utf-8", "surrogatepass"))
    limits.check("max_program_bytes", size, "the program has {} bytes")
    source = without_mark(source)
    language = _language(source)
    return _Scanner(source, language, limits).run()


def _language(source: str) -> Language:
    """Return the language of the version line, which must be the first statement; without one, OpenQASM 3.

    Only comments may stand before it; they end in different places in the two languages.
    """
    for language, versions in ((Language.OPENQASM_2, _VERSION_2), (Language.OPENQASM_3, _VERSION_3)):
        head = list(islice(tokenize(source, language), 3))
        if len(head) > 1 and head[0].text == "OPENQASM" and versions.fullmatch(head[1].text):
            if len(head) < 3 or head[2].text != ";":
                raise error_at(source, head[1].offset, "the version line must end with ';'")
            return language
    if not head:
        raise error_at(source, 0, "the program is empty: it begins with 'OPENQASM 2.0;' or 'OPENQASM 3.0;'")
    if head[0].text == "OPENQASM":
        raise error_at(source, head[:2][-1].offset, "the version must be 2.0 or 3.0")
    return Language.OPENQASM_3


class _Scanner:
    """One pass over the tokens, which are read when they are needed; each method checks one kind of token."""

    def __init__(self, source: str, language: Language, limits: RunLimits) -> None:
        self._source, self._language, self._limits = source, language, limits
        self._rest, self._tokens, self._pauses = tokenize(source, language), list[Token](), Pauses()
        self._qubit_limit = qubit_limit("automatic")
        self._operation_limit = operation_limit(language)
        self._qubits = self._clbits = self._statements = self._depth = self._signs = 0
        self._gates: dict[str, tuple[int, int]] = {}  # name -> (operations when expanded, nesting)

    def run(self) -> ScannedProgram:
        """Check every token once."""
        begin = 0
        while begin < len(self._tokens) or self._read():
            end = min(begin + _TOKENS_AT_ONCE, len(self._tokens))
            self._look(begin, end)
            begin = end
            self._pauses.give_way()
        names = frozenset(self._gates)
        return ScannedProgram(self._language, self._qubits, self._clbits, names)

    def _read(self) -> bool:
        """Read some more tokens; return False at the program's end."""
        known = len(self._tokens)
        self._tokens.extend(islice(self._rest, _TOKENS_AT_ONCE))
        self._pauses.give_way()
        return len(self._tokens) > known

    def _look(self, begin: int, end: int) -> None:
        for index in range(begin, end):
            kind, text, offset = self._tokens[index]
            if kind == "word":
                self._word(index, text)
                self._signs = 0
                continue
            if text in _OPENING:
                self._depth += 1
            elif text in _CLOSING:
                self._depth -= 1
            elif kind == "number":
                self._number(index, text)
            elif text == ";":
                self._statement()
            self._signs = self._signs + 1 if text in _SIGNS else 0
            if max(self._depth, self._signs) > self._limits.max_expression_depth:
                self._refuse("max_expression_depth", "brackets or signs are nested more than", offset)

    def _word(self, index: int, text: str) -> None:
        if text == "include":
            self._include(index)
        elif text in _QUBIT_WORDS[self._language] and self._declares(index):
            self._qubits += self._declared_size(index)
            self._check("qubits", self._qubits, self._qubit_limit)
        elif text in _CLBIT_WORDS[self._language] and self._declares(index):
            self._clbits += self._declared_size(index)
            self._check("classical bits", self._clbits, "max_clbits")
        elif text == "gate":
            self._gate_definition(index)
        elif text == "for" and self._language is Language.OPENQASM_3:
            self._loop(index)
        elif text in ("cal", "defcal") and self._language is Language.OPENQASM_3:
            raise self._error(index, f"'{text}' is not supported: pulses cannot be simulated; write gates")

    def _statement(self) -> None:
        """Count a statement: each is at least one operation, but for the version line and declarations."""
        self._statements += 1
        name = self._operation_limit
        limit = getattr(self._limits, name)
        if self._statements > limit + self._limits.max_clbits:
            raise LimitExceededError(f"the program has more statements than the limit {name}, {limit}", name)

    def _number(self, index: int, text: str) -> None:
        """Refuse numbers that parsers cannot read: too large indices, and values above all floats."""
        before, after = self._token(index - 1).text, self._token(index + 1).text
        if before == "$":
            self._qubits = max(self._qubits, (_integer(text) or 0) + 1)
            self._check("qubits", self._qubits, self._qubit_limit)
        is_3 = self._language is Language.OPENQASM_3  # whose front end reads what Python can read
        is_index = before == "[" and (after == "]" and len(text) > _MOST_DIGITS if is_3 else True)
        if is_index and _integer(text) == _HUGE:
            raise self._error(index, "this index is beyond every register")
        if _is_infinite(text):
            raise self._error(index, "this number is too large: values must be finite")

    def _loop(self, index: int) -> None:
        """Refuse a loop over literals that has more iterations than a program may have operations."""
        header = [self._token(place).text for place in range(index, index + _LONGEST_LOOP_HEAD)]
        if "in" not in header:
            return
        index += header.index("in") + 1
        bounds: list[int | None] = []
        while self._token(index).text in ("[", ":"):
            sign = -1 if self._token(index + 1).text == "-" else 1
            index += 1 if sign == 1 else 2
            value = _integer(self._token(index).text)
            bounds.append(None if value is None else sign * value)
            index += 1
        if self._token(index).text != "]" or None in bounds or len(bounds) not in (2, 3):
            return  # expressions: the front end resolves them and has the same bound
        start, *steps, stop = (bound for bound in bounds if bound is not None)
        if step := steps[0] if steps else 1:
            iterations = max((stop - start) // step + 1, 0)
            self._check("iterations in one loop", iterations, self._operation_limit)

    def _include(self, index: int) -> None:
        allowed = STANDARD_INCLUDES[self._language]
        name = self._token(index + 1)
        if name.kind != "string" or name.text[1:-1] not in allowed:
            names = " and ".join(f'"{each}"' for each in allowed)
            raise self._error(index, f"only {names} can be included in {self._language} programs")

    def _declares(self, index: int) -> bool:
        """Return whether a type begins a global declaration, and stands in no head, cast or body."""
        if self._language is Language.OPENQASM_2:
            return True
        return self._depth == 0 and self._token(index - 1).text in _BEFORE_DECLARATIONS

    def _declared_size(self, index: int) -> int:
        """Return the size in ``qreg q[2]``, ``qubit[2] q`` or ``qubit q``, which is 1."""
        bracket = index + (1 if self._tokens[index].text in ("qubit", "bit") else 2)
        if self._token(bracket).text != "[":
            return 1
        size = self._token(bracket + 1)
        is_plain = size.kind == "number" and self._token(bracket + 2).text == "]"
        value = _integer(size.text) if is_plain else None
        if value is not None:
            return value
        if self._language is Language.OPENQASM_3:
            return 1  # an expression: the parser's front end works it out, and has the same limits
        raise self._error(index, "the size of a register must be a plain integer")

    def _gate_definition(self, index: int) -> None:
        """Count the operations of one call of the gate from the calls in its body."""
        name = self._token(index + 1).text
        position = index + 2
        while self._token(position).text not in ("{", ";", "gate", ""):
            position += 1
        work = nesting = brackets = 0
        while (token := self._token(position)).text:
            brackets += (token.text == "{") - (token.text == "}")
            if brackets == 0 or token.text == "gate":
                break  # definitions do not nest; going on would take quadratic time on hostile text
            if token.kind == "word" and self._token(position - 1).text in ("{", "}", ";", "@"):
                callee_work, callee_nesting = self._gates.get(token.text, (1, 0))
                work, nesting = work + callee_work, max(nesting, callee_nesting)
            position += 1
        self._gates[name] = (work, nesting + 1)
        self._check_gate(name, index)

    def _check_gate(self, name: str, index: int) -> None:
        work, nesting = self._gates[name]
        if nesting > self._limits.max_gate_nesting:
            self._refuse(
                "max_gate_nesting", "gate definitions are nested more than", self._tokens[index].offset
            )
        self._check("operations in a gate definition", work, self._operation_limit)

    def _check(self, what: str, number: int, limit: str) -> None:
        self._limits.check(limit, number, f"the program has {{}} {what}")

    def _refuse(self, limit: str, sentence: str, offset: int) -> None:
        line, column = line_and_column(self._source, offset)
        value = getattr(self._limits, limit)
        raise LimitExceededError(
            f"line {line}, column {column}: {sentence} {value} deep; that is the limit {limit}", limit
        )

    def _token(self, index: int) -> Token:
        while index >= len(self._tokens):
            if not self._read():
                return _END
        return self._tokens[index] if index >= 0 else _END

    def _error(self, index: int, sentence: str) -> InvalidProgramError:
        return error_at(self._source, self._tokens[index].offset, sentence)


def _integer(text: str) -> int | None:
    """Return the value of an integer literal, else None; Python refuses to read 4,300 digits."""
    if not _INTEGER.fullmatch(text):
        return None
    return int(text, 0 if text[1:2].isalpha() else 10) if len(text) <= _LONGEST else _HUGE


def _is_infinite(text: str) -> bool:
    """Return whether the value of a literal is over the largest float, about 1.8e308."""
    if _INTEGER.fullmatch(text) and text[1:2].isalpha():
        bits = {"x": 4, "o": 3, "b": 1}[text[1].lower()]
        return len(text[2:].replace("_", "").lstrip("0")) * bits > _LARGEST_EXPONENT
    return isinf(float(text.replace("_", "")))
