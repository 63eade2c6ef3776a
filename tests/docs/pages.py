"""The examples of a page: how they are found, run, written down and held against what they gave.

A block ```bash or ```python is run, a block ```sh is only shown. A block ```json or ```text right after it is
what it printed: JSON made short (… stands for what is left out), or text. All blocks of one language on one
page run one after the other in one process, bash first.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.files import PROJECT

BLOCK = re.compile(
    r"^```(?P<language>bash|python)\n(?P<code>.*?)^```\n(?:\n?```(?P<kind>json|text)\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
ELLIPSIS = "…"
WIDTH = 110
MAX_ITEMS, SHOWN_ITEMS = 4, 3
MAX_CHARACTERS, SHOWN_CHARACTERS = 160, 110
RUN_SECONDS = 240
DRAWN = frozenset({"graph_status", "hint"})
"""What differs from run to run: pending or stored, as the graph server has time; how a new key begins."""


@dataclass(frozen=True)
class Example:
    """A block that is run; ``output`` is what the page says that it prints, from ``start`` to ``end``."""

    language: str
    code: str
    kind: str | None
    output: str | None
    start: int
    end: int


def examples(page: str) -> list[Example]:
    """The examples of a page's text."""
    return [
        Example(found["language"], found["code"], found["kind"], found["output"], *found.span("output"))
        for found in BLOCK.finditer(page)
    ]


def run(found: Sequence[Example], environment: Mapping[str, str], folder: Path) -> list[str]:
    """Run the examples; what each printed."""
    outputs = [folder / str(number) for number in range(len(found))]
    for language, command, before, after in (
        ("bash", ["bash"], "set -euo pipefail\n", 'echo {number} > {at}\n{{\n{code}}} > "{output}"\n'),
        (
            "python",
            [sys.executable],
            "import sys\n",
            "print({number}, file=open({at!r}, 'w'))\n"
            "sys.stdout = open({output!r}, 'w')\n{code}\nsys.stdout.close()\n",
        ),
    ):
        script, at = folder / f"script.{language}", str(folder / "at")
        parts = [
            after.format(number=number, at=at, code=each.code, output=str(output))
            for number, (each, output) in enumerate(zip(found, outputs, strict=True))
            if each.language == language
        ]
        script.write_text(before + "".join(parts))
        ended = subprocess.run(
            [*command, script],
            cwd=PROJECT,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        if ended.returncode != 0:
            example = int(Path(at).read_text())
            raise AssertionError(f"{found[example].code}\n{outputs[example].read_text()}\n{ended.stderr}")
    return [output.read_text() for output in outputs]


def recorded(page: str, found: Sequence[Example], outputs: Sequence[str], url: str, shown_url: str) -> str:
    """The page with what its examples printed now."""
    for example, output in reversed(list(zip(found, outputs, strict=True))):
        if example.kind is not None:
            text = output.replace(url, shown_url)
            written = pretty(shortened(json.loads(text))) if example.kind == "json" else text.rstrip()
            page = f"{page[: example.start]}{written}\n{page[example.end :]}"
    return page


def shortened(value: Any) -> Any:
    """JSON with long lists and texts cut."""
    if isinstance(value, dict):
        return {name: shortened(each) for name, each in value.items()}
    if isinstance(value, list):
        cut = len(value) > MAX_ITEMS
        return [shortened(each) for each in value[: SHOWN_ITEMS if cut else None]] + [ELLIPSIS] * cut
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return value[:SHOWN_CHARACTERS] + ELLIPSIS
    return value


def pretty(value: Any, indent: str = "", room: int = WIDTH) -> str:
    """JSON with each object on a line of its own if it fits."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= room or not value or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {pretty(each, inner, room - len(name) - 4)}"
            for name, each in value.items()
        ]
    else:
        parts = [pretty(each, inner, room) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{lines}\n{indent}{closing}"


def difference(shown: Any, got: Any, path: str = "answer") -> str | None:
    """How the shape of an answer is not what the page shows; ``None`` if it is.

    Numbers may differ, and texts with digits in them (ids, times); other texts, true, false and null may not.
    """
    if isinstance(shown, dict) and isinstance(got, dict):
        if shown.keys() != got.keys():
            return f"{path} has {sorted(got)}, not {sorted(shown)}"
        pairs = [(shown[name], got[name], f"{path}.{name}") for name in shown if name not in DRAWN]
    elif isinstance(shown, list) and isinstance(got, list):
        given = [each for each in shown if each != ELLIPSIS]
        if len(got) < len(given) or (len(got) != len(given) and given == shown):
            return f"{path} has {len(got)} items, not {len(given)}"
        pairs = [(one, other, f"{path}[{i}]") for i, (one, other) in enumerate(zip(given, got, strict=False))]
    else:
        return None if _alike(shown, got) else f"{path} is {got!r}, not like {shown!r}"
    return next((found for pair in pairs if (found := difference(*pair))), None)


def _alike(shown: Any, got: Any) -> bool:
    if isinstance(shown, str) and isinstance(got, str):
        return shown == got or any(character.isdigit() for character in shown)
    if isinstance(shown, bool) or isinstance(got, bool) or shown is None or got is None:
        return shown is got
    return isinstance(shown, int | float) and isinstance(got, int | float)


def masked(text: str) -> str:
    """Text without what differs from run to run: ids and numbers."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(?:\.\d+)?", "#", text.strip())
