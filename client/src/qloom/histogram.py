"""Counts, and their histogram as text or as an image in notebooks."""

from collections.abc import Mapping
from html import escape

BAR_CHARACTERS = 40
SHOWN_OUTCOMES = 32
"""The most bars of a histogram: more are not readable. The least frequent outcomes are added up."""

ROW, LABEL_WIDTH, BAR_WIDTH = 18, 9, 320
"""Pixels: the height of a row, the width of a character of a label, the longest bar."""


class Counts(dict[str, int]):
    """How often each outcome was measured: a ``dict`` that shows itself as a histogram.

    Keys are in Qiskit's order: the rightmost character is bit 0 of the first register, and spaces separate
    registers, the last one first.
    """

    @property
    def shots(self) -> int:
        """The sum of all counts."""
        return sum(self.values())

    def probabilities(self) -> dict[str, float]:
        """Return the share of each outcome; they add up to 1."""
        shots = self.shots
        return {outcome: count / shots for outcome, count in self.items()}

    def most_common(self, number: int | None = None) -> list[tuple[str, int]]:
        """Return outcomes and counts, the most frequent first."""
        return sorted(self.items(), key=lambda item: (-item[1], item[0]))[:number]

    def histogram(self) -> str:
        """Return a histogram as text: a line for each outcome."""
        return "\n".join(
            f"{label} {'█' * round(BAR_CHARACTERS * share) or '▏'} {count}"
            for label, count, share in _bars(self)
        )

    def _repr_html_(self) -> str:
        return f"<div>{svg_histogram(self)}</div>"

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        printer.text(f"Counts({dict(self)!r})")  # type: ignore[attr-defined]


def svg_histogram(counts: Mapping[str, int]) -> str:
    """Return counts as horizontal bars, an SVG image."""
    bars = _bars(counts)
    left = LABEL_WIDTH * max((len(label) for label, _, _ in bars), default=1) + 10
    rows = []
    for number, (label, count, share) in enumerate(bars):
        y = ROW * number
        rows.append(
            f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{y + 2}" width="{max(1, round(BAR_WIDTH * share))}" height="{ROW - 4}" '
            f'fill="#4c78a8"/><text x="{left + round(BAR_WIDTH * share) + 6}" y="{y + 13}">{count}</text>'
        )
    width, height = left + BAR_WIDTH + 80, ROW * len(bars) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" '
        f'font-family="monospace" font-size="12" fill="currentColor">{"".join(rows)}</svg>'
    )


def _bars(counts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """Return label, count and length of each bar; the longest has length 1."""
    shown = sorted(counts, key=lambda outcome: (-counts[outcome], outcome))[:SHOWN_OUTCOMES]
    rest = sum(counts.values()) - sum(counts[outcome] for outcome in shown)
    bars = [(outcome, counts[outcome]) for outcome in sorted(shown)]
    if rest:
        bars.append((f"{len(counts) - len(shown)} others", rest))
    width = max((len(label) for label, _ in bars), default=0)
    highest = max((count for _, count in bars), default=1)
    return [(label.ljust(width), count, count / highest) for label, count in bars]
