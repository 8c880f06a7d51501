"""Lists of floats as a server sends them."""

from __future__ import annotations

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

from .checks import Placed, is_finite, mismatch

Floats = NDArray[np.float32] | NDArray[np.float64]
"""An array (tokens,): float32 where it was sent as base64, float64 where as JSON."""


def floats_at(placed: Placed) -> Floats:
    """A list of finite floats, as a writable array (count,).

    Raises:
        RewardClientError: `protocol`, with the place of the number that is wrong.
    """
    if isinstance(placed.value, str):
        return _from_base64(placed)
    if isinstance(placed.value, list):
        return _from_json(placed)
    raise mismatch(placed, "must be a list of numbers or base64")


def _from_base64(placed: Placed) -> NDArray[np.float32]:
    try:
        content = base64.b64decode(placed.value, validate=True)
    except (binascii.Error, ValueError):
        raise mismatch(placed, "must be base64") from None
    if len(content) % 4 != 0:
        raise mismatch(placed, f"must hold 4 bytes per number, not {len(content)} in all")
    # One copy of the whole array, into the machine's byte order and memory that may be written.
    values = np.frombuffer(content, "<f4").astype(np.float32)
    if not np.isfinite(values).all():
        wrong = int(np.flatnonzero(~np.isfinite(values))[0])
        raise _not_finite(placed, wrong, float(values[wrong]))
    return values


def _from_json(placed: Placed) -> NDArray[np.float64]:
    for i, member in enumerate(placed.value):
        if not is_finite(member):
            raise _not_finite(placed, i, member)
    return np.array(placed.value, dtype=np.float64)


def _not_finite(placed: Placed, index: int, value: object) -> Exception:
    return mismatch(Placed(value, f"{placed.path}[{index}]"), "must be a finite number")
