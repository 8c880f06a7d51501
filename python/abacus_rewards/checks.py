"""Checks of what a server sent: each returns the value with its type, or raises an error.

The error says what is wrong and where.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import RewardClientError

T = TypeVar("T")


class Absent:
    """The value of a field that is not there; JSON's null is another."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and where in the answer it stands."""

    value: Any
    path: str = ""

    def field(self, name: str) -> Placed:
        """A field of an object; `ABSENT` where it has none of this name."""
        path = f"{self.path}.{name}" if self.path else name
        return Placed(object_at(self).get(name, ABSENT), path)

    def members(self, count: int | None = None) -> list[Placed]:
        """The members of a list, of `count` members if a count is given."""
        return [Placed(each, f"{self.path}[{i}]") for i, each in enumerate(list_at(self, count))]

    @property
    def is_there(self) -> bool:
        """Whether the field is there at all."""
        return self.value is not ABSENT


def mismatch(placed: Placed, fault: str) -> RewardClientError:
    """The error for a value that cannot be right."""
    message = f"Cannot read the answer as {placed.path or 'it'} {fault}: received {_show(placed)}"
    return RewardClientError("protocol", message, path=placed.path or None)


def optional(placed: Placed, read: Callable[[Placed], T]) -> T | None:
    """What `read` makes of a field, or None where it is not there."""
    return read(placed) if placed.is_there else None


def object_at(placed: Placed) -> Mapping[str, Any]:
    """An object."""
    if isinstance(placed.value, dict):
        return placed.value
    raise mismatch(placed, "must be an object")


def list_at(placed: Placed, count: int | None = None) -> list[Any]:
    """A list, of `count` members if a count is given."""
    if not isinstance(placed.value, list):
        raise mismatch(placed, "must be a list")
    if count is not None and len(placed.value) != count:
        raise mismatch(placed, f"must hold {count} members, as requested")
    return placed.value


def is_finite(value: object) -> bool:
    """Whether it is a number that float64 holds; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def finite_at(placed: Placed) -> float:
    """A finite number."""
    if is_finite(placed.value):
        return float(placed.value)
    raise mismatch(placed, "must be a finite number")


def is_count(value: object) -> bool:
    """Whether it is an integer that is not negative and that every JSON reader holds exactly."""
    return type(value) is int and 0 <= value < 2**53


def count_at(placed: Placed) -> int:
    """An integer that is not negative."""
    if is_count(placed.value):
        return int(placed.value)
    raise mismatch(placed, "must be an integer that is not negative")


def text_at(placed: Placed) -> str:
    """A text."""
    if isinstance(placed.value, str):
        return placed.value
    raise mismatch(placed, "must be a string")


def boolean_at(placed: Placed) -> bool:
    """True or false."""
    if isinstance(placed.value, bool):
        return placed.value
    raise mismatch(placed, "must be true or false")


def _show(placed: Placed) -> str:
    """A value as a message shows it: always short."""
    value = placed.value
    if value is ABSENT:
        return "nothing"
    if isinstance(value, str):
        return f"'{value[:40]}...'" if len(value) > 40 else f"'{value}'"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return {None: "null", True: "true", False: "false"}.get(value) or str(value)[:40]
