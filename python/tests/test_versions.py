"""Releases that an adapter was tested with, and others."""

from __future__ import annotations

import pytest

from abacus_rewards import versions
from abacus_rewards.versions import UntestedVersionError, require_release


@pytest.mark.parametrize("received", ["1.16", "1.16.0", "1.16.3", "1.16.0+cpu", "1.16.0.post1"])
def test_a_tested_release_is_taken(monkeypatch: pytest.MonkeyPatch, received: str) -> None:
    monkeypatch.setattr(versions, "version", lambda name: received)
    assert require_release("trainer", "1.15", "1.16") == received


@pytest.mark.parametrize("received", ["1.17.0", "1.160.0", "2.16", "1.16.0rc1", "1.16.0.dev0"])
def test_another_release_is_refused(monkeypatch: pytest.MonkeyPatch, received: str) -> None:
    monkeypatch.setattr(versions, "version", lambda name: received)
    with pytest.raises(UntestedVersionError, match=f"must be of version 1.16.*{received}"):
        require_release("trainer", "1.16")


def test_what_is_not_installed_is_refused() -> None:
    with pytest.raises(UntestedVersionError, match="must be installed in version 9: received none"):
        require_release("no-such-trainer", "9")
