"""What can be seen of a program without a parser, in milliseconds and on hostile text.

The web scans before it accepts a job, and the simulator process before it parses: what would make a
parser slow, hungry or indiscreet (traps 13 to 16) is refused here, with its place or its limit named.
"""

from collections.abc import Sequence

import msgspec

from app.circuits.spec import Language, Method, RunLimits
from app.circuits.tokens import Token, error_at, line_and_column, tokenize
from app.errors import InvalidProgramError, LimitExceededError

STANDARD_INCLUDE = {Language.OPENQASM_2: "qelib1.inc", Language.OPENQASM_3: "stdgates.inc"}
_QUBIT_WORDS = {Language.OPENQASM_2: ("qreg",), Language.OPENQASM_3: ("qreg", "qubit")}
_CLBIT_WORDS = {Language.OPENQASM_2: ("creg",), Language.OPENQASM_3: ("creg", "bit")}
_OPENING, _CLOSING, _SIGNS = frozenset("([{"), frozenset(")]}"), frozenset("-~!")
_LONGEST_SIZE, _HUGE_SIZE = 18, 10**18  # digits, and what more of them are taken for
_END = Token("symbol", "", 0)


class ScannedProgram(msgspec.Struct, frozen=True):
    """What a scan found: the language, the sizes declared, and the names of the program's own gates.

    ``modifies_own_gates`` says that a modifier (``ctrl @``, ``pow(2) @``) stands before one of these.
    """

    language: Language
    num_qubits: int
    num_clbits: int
    gate_names: frozenset[str]
    modifies_own_gates: bool = False


def scan(source: str, limits: RunLimits, method: Method = "automatic") -> ScannedProgram:
    """Look a program over without parsing it.

    Raises:
        InvalidProgramError: no version line, an include of another file, a ``while`` loop, a size that is
            no literal; with line and column.
        LimitExceededError: bytes, qubits, classical bits, operations, nesting; the limit is named.
    """
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > limits.max_program_bytes:
        raise LimitExceededError(
            f"the program has {size} bytes; the limit max_program_bytes is {limits.max_program_bytes}",
            "max_program_bytes",
        )
    tokens: list[Token] = []
    statements = 0
    for token in tokenize(source):
        tokens.append(token)
        statements += token.text == ";"
        if statements > max(limits.max_operations, limits.max_operations_qasm3) + limits.max_clbits:
            break  # the scanner refuses it by its language's limit; the rest need not be looked at
    language = _language(source, tokens)
    return _Scanner(source, tokens, language, limits, method).run()


def _language(source: str, tokens: Sequence[Token]) -> Language:
    """The language that the version line states; it must be the first statement (in OpenQASM 3, too)."""
    if not tokens or tokens[0].text != "OPENQASM":
        offset = tokens[0].offset if tokens else 0
        raise error_at(
            source, offset, "a program begins with its version: 'OPENQASM 2.0;' or 'OPENQASM 3.0;'"
        )
    version = tokens[1] if len(tokens) > 1 else tokens[0]
    if version.text in ("2", "2.0"):
        language = Language.OPENQASM_2
    elif version.text == "3" or (version.kind == "number" and version.text.startswith("3.")):
        language = Language.OPENQASM_3
    else:
        raise error_at(source, version.offset, "the version must be 2.0 or 3.0")
    if len(tokens) < 3 or tokens[2].text != ";":
        raise error_at(source, version.offset, "the version line must end with ';'")
    return language


class _Scanner:
    """One pass over the tokens; each method looks at one kind of token."""

    def __init__(
        self, source: str, tokens: list[Token], language: Language, limits: RunLimits, method: Method
    ) -> None:
        self._source, self._tokens, self._language, self._limits = source, tokens, language, limits
        self._qubit_limit = limits.qubit_limit(method)
        self._operation_limit = limits.operation_limit(language)
        self._qubits = self._clbits = self._statements = self._defined_work = 0
        self._gates: dict[str, tuple[int, int]] = {}  # name -> (operations when expanded, nesting)
        self._modifies_own_gates = False

    def run(self) -> ScannedProgram:
        """Look at every token once."""
        depth = signs = 0
        for index, (kind, text, offset) in enumerate(self._tokens):
            if kind == "word":
                self._word(index, text)
            elif text in _OPENING:
                depth += 1
            elif text in _CLOSING:
                depth -= 1
            elif text == ";":
                self._statement()
            signs = signs + 1 if text in _SIGNS else 0
            if max(depth, signs) > self._limits.max_expression_depth:
                self._refuse("max_expression_depth", "brackets or signs are nested more than", offset)
        names = frozenset(self._gates)
        return ScannedProgram(self._language, self._qubits, self._clbits, names, self._modifies_own_gates)

    def _word(self, index: int, text: str) -> None:
        if text == "include":
            self._include(index)
        elif text in _QUBIT_WORDS[self._language]:
            self._qubits += self._declared_size(index)
            self._check("qubits", self._qubits, self._qubit_limit)
        elif text in _CLBIT_WORDS[self._language]:
            self._clbits += self._declared_size(index)
            self._check("classical bits", self._clbits, ("max_clbits", self._limits.max_clbits))
        elif text == "gate":
            self._gate_definition(index)
        elif text == "while" and self._language is Language.OPENQASM_3:
            raise self._error(
                index, "'while' is not supported, since nothing says when it ends; use 'for' with a range"
            )
        elif text in self._gates and self._tokens[index - 1].text == "@":
            self._modifies_own_gates = True

    def _statement(self) -> None:
        """Count statements: each is at least an operation, less the version line and the declarations."""
        self._statements += 1
        name, limit = self._operation_limit
        if self._statements > limit + self._limits.max_clbits:
            raise LimitExceededError(f"the program has more statements than the limit {name}, {limit}", name)

    def _include(self, index: int) -> None:
        allowed = STANDARD_INCLUDE[self._language]
        name = self._token(index + 1)
        if name.kind != "string" or name.text[1:-1] != allowed:
            raise self._error(index, f'only "{allowed}" can be included in {self._language} programs')

    def _declared_size(self, index: int) -> int:
        """The size in ``qreg q[2]``, ``qubit[2] q`` or ``qubit q`` (then 1)."""
        bracket = index + (1 if self._tokens[index].text in ("qubit", "bit") else 2)
        if self._token(bracket).text != "[":
            return 1
        size = self._token(bracket + 1)
        if size.kind != "number" or self._token(bracket + 2).text != "]":
            raise self._error(index, "the size of a register must be a plain integer")
        if len(size.text) > _LONGEST_SIZE:
            return _HUGE_SIZE  # over every limit; Python refuses to read numbers of 4,300 digits
        try:
            return int(size.text, 0) if size.text[:1] == "0" and len(size.text) > 1 else int(size.text)
        except ValueError as error:
            raise self._error(index, "the size of a register must be a plain integer") from error

    def _gate_definition(self, index: int) -> None:
        """Work out what one call of the gate expands to, from the calls in its body."""
        name = self._token(index + 1).text
        position = index + 2
        while self._token(position).text not in ("{", ";", ""):
            position += 1
        work = nesting = brackets = 0
        while (token := self._token(position)).text:
            brackets += (token.text == "{") - (token.text == "}")
            if brackets == 0:
                break
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
        # The OpenQASM 3 importer expands every definition when it meets it, the other one only when called.
        self._defined_work += work if self._language is Language.OPENQASM_3 else 0
        self._check("operations in a gate definition", max(work, self._defined_work), self._operation_limit)

    def _check(self, what: str, number: int, limit: tuple[str, int]) -> None:
        if number > limit[1]:
            raise LimitExceededError(
                f"the program has {number} {what}; the limit {limit[0]} is {limit[1]}", limit[0]
            )

    def _refuse(self, limit: str, sentence: str, offset: int) -> None:
        line, column = line_and_column(self._source, offset)
        value = getattr(self._limits, limit)
        raise LimitExceededError(
            f"line {line}, column {column}: {sentence} {value} deep; that is the limit {limit}", limit
        )

    def _token(self, index: int) -> Token:
        return self._tokens[index] if 0 <= index < len(self._tokens) else _END

    def _error(self, index: int, sentence: str) -> InvalidProgramError:
        return error_at(self._source, self._tokens[index].offset, sentence)
