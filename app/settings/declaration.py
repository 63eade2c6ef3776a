"""How a setting is declared: once, as a field of a dataclass that says how it is read and what it is for."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from typing import Any, Self, TypeVar

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)

MAX_PORT = 65_535
MIB = 1024 * 1024

FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one line for the operator."""


@dataclass(frozen=True)
class Declaration:
    """The declaration of one setting.

    Attributes:
        name: the environment variable; the field's name in capitals, unless another one is given.
        read: turns the text into the value; raises ValueError for a text that is wrong.
        default: the text that is read when the variable is not set; ``None`` if it has to be set.
        description: what the documentation says about it.
    """

    name: str
    read: Callable[[str], Any]
    default: str | None
    description: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """Settings that belong together. The docstring of a section is its heading in the documentation."""

    @classmethod
    def declarations(cls) -> Iterator[tuple[str, Declaration]]:
        """Give each field's name and its declaration."""
        for each in fields(cls):
            declared: Declaration = each.metadata[Declaration.__name__]
            yield each.name, replace(declared, name=declared.name or each.name.upper())

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from ``environ`` (the process's own environment by default).

        Raises:
            SettingsError: a setting is missing, unreadable or out of its range.
        """
        given = os.environ if environ is None else environ
        return cls(**{name: _read(declared, given) for name, declared in cls.declarations()})


def setting(
    read: Callable[[str], T],
    default: str | None,
    description: str,
    *,
    name: str = "",
    is_secret: bool = False,
) -> T:
    """Declare a setting by its reader; see ``Declaration``.

    A secret, or a URL that may hold a password, is left out of the ``repr``, which may get into a log.
    """
    declaration = Declaration(name, read, default, description)
    declared: T = field(repr=not is_secret, metadata={Declaration.__name__: declaration})
    return declared


def count(default: int, description: str, *, least: int = 1, most: int | None = None, name: str = "") -> int:
    """Declare a whole number; an empty text counts as not set."""
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    read = partial(_number, int, default, lambda value: least <= value <= (most or value), bounds)
    return setting(read, str(default), description, name=name)


def optional_count(default: int | None, description: str, *, most: int) -> int | None:
    """Declare a whole number from 1 on that may be missing; an empty text is ``None``."""
    return setting(partial(_optional_count, most), str(default or ""), description)


def port(default: int, description: str, *, name: str = "") -> int:
    """Declare a TCP port; 0 is allowed where it is the default."""
    return count(default, description, least=min(1, default), most=MAX_PORT, name=name)


def seconds(default: int, description: str) -> float:
    """Declare a duration, which may have a fraction; 0 is allowed where it is the default."""
    bounds = "of seconds above 0" if default else "of seconds, at least 0"
    read = partial(_number, float, default, lambda value: value > 0 or value == default, bounds)
    return setting(read, str(default), description)


def text(default: str | None, description: str, *, is_secret: bool = False) -> str:
    """Declare a text that is taken as it is."""
    return setting(str, default, description, is_secret=is_secret)


def optional_text(description: str, *, is_secret: bool = False) -> str | None:
    """Declare a text that may be missing; an empty text is ``None``."""
    return setting(lambda given: given or None, "", description, is_secret=is_secret)


def flag(default: bool, description: str) -> bool:
    """Declare a choice between true and false."""
    return setting(_flag, str(default).lower(), description)


def choose(choices: type[Choice], given: str) -> Choice:
    """Read one of some names; raises ValueError for another name."""
    if given not in list(choices):
        raise ValueError(f"must be {' or '.join(choices)}")
    return choices(given)


def separated(given: str) -> list[str]:
    """Return the entries of a list with commas, without the spaces around them and without empty ones."""
    return [entry for entry in (part.strip() for part in given.split(",")) if entry]


def invalid(name: str, problem: object) -> SettingsError:
    """Return the error that tells the operator what is wrong with a setting."""
    return SettingsError(f'Environment variable "{name}" invalid: {problem}')


def _read(declared: Declaration, environ: Mapping[str, str]) -> Any:
    given = environ.get(declared.name, declared.default)
    if given is None:
        raise SettingsError(f'Environment variable "{declared.name}" not set')
    try:
        return declared.read(given)
    except ValueError as error:
        raise invalid(declared.name, error) from error


def _number(
    read: Callable[[str], T], default: int, is_allowed: Callable[[T], bool], bounds: str, given: str
) -> T:
    try:
        value = read(given or str(default))
        if math.isfinite(value) and is_allowed(value):  # type: ignore[arg-type]  # T is int or float
            return value
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"must be a number {bounds}, not {given!r}")


def _optional_count(most: int, given: str) -> int | None:
    if given and not (given.isascii() and given.isdigit() and 1 <= int(given) <= most):
        raise ValueError(f"must be a number from 1 to {most}, or empty; not {given!r}")
    return int(given) if given else None


def _flag(given: str) -> bool:
    if given.lower() not in FLAGS:
        raise ValueError(f"must be true or false, not {given!r}")
    return FLAGS[given.lower()]
