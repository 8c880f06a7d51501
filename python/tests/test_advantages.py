"""Advantages of tokens, from their rewards alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from abacus_rewards.advantages import size_ratio, token_advantages


def test_advantages_are_those_of_the_formula() -> None:
    rows: list[Any] = [[1.0, 2.0, 3.0], [0.0, 1.0]]
    first, second = token_advantages(rows, 2)
    # Totals are 6 and 1, their mean 3.5; before the second token 1 and 0, before the third 3.
    assert first.tolist() == [2.5, 2.5 - 0.5, 2.5]
    assert second.tolist() == [-2.5, -2.5 + 0.5]


def test_equal_totals_have_no_scale() -> None:
    for row in token_advantages([[1.0, 2.0], [2.0, 1.0]], 2, scale_by_deviation=True):
        assert row.tolist() == [0.0, 0.0]


def test_with_all_on_the_last_token_they_are_grpo_s() -> None:
    totals = np.array([3.0, 1.0, 5.0])
    rows = [[0.0] * i + [float(total)] for i, total in enumerate(totals)]
    expected = (totals - totals.mean()) / (totals.std(ddof=1) + 1e-4)
    for row, own in zip(token_advantages(rows, 3, scale_by_deviation=True), expected, strict=True):
        assert row == pytest.approx([own] * len(row))


@pytest.mark.parametrize("apart", [1.0, 1e-2, 1e-4, 1e-6])
def test_totals_that_are_nearly_equal_make_no_large_advantages(apart: float) -> None:
    # Both earn nothing in all, but for `apart`, and get there in opposite ways.
    rows: list[Any] = [[4.0, -4.0 + apart], [-4.0, 4.0], [0.0]]
    advantages = token_advantages(rows, 3, scale_by_deviation=True)
    deviation = np.std([apart, 0.0, 0.0], ddof=1)
    assert _size(advantages) == pytest.approx(2 * (deviation / (deviation + 1e-4)) ** 2)
    plain = token_advantages(rows, 3)
    for row, other in zip(advantages, plain, strict=True):
        assert row / other == pytest.approx(advantages[0][0] / plain[0][0]), "one scale for all"


def test_advantages_of_nothing_have_a_ratio_of_one() -> None:
    assert size_ratio(np.zeros(2), [np.zeros(3), np.zeros(0)]) == 1.0


def _size(rows: Sequence[NDArray[np.float64]]) -> float:
    return float(sum(np.mean(row**2) for row in rows))
