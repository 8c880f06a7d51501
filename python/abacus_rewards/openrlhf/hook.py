"""Takes hold of OpenRLHF's experience maker, in whatever process imports it.

OpenRLHF's trainer is an actor of Ray, so a change made in the driver does not reach it. Ray calls
`install` in every worker before that does anything else. It must not import OpenRLHF's modules
there: they bring DeepSpeed into processes that are vLLM's. So the experience maker is changed when,
and only if, somebody imports it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

MAKER = "openrlhf.trainer.ppo_utils.experience_maker"
"""The module of the class that computes advantages."""


def install() -> None:
    """Lets tokens be paid in this process; the name that `worker_process_setup_hook` is given."""
    if MAKER in sys.modules:
        _pay(sys.modules[MAKER])
    elif not any(isinstance(each, _MakerFinder) for each in sys.meta_path):
        sys.meta_path.insert(0, _MakerFinder())


def _pay(module: ModuleType) -> None:
    from .experience import pay_tokens

    pay_tokens(module)


class _MakerFinder(importlib.abc.MetaPathFinder):
    """Finds the one module as others would, with a loader that changes it once it is there."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != MAKER:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            loader.exec_module = _then(loader.exec_module, _pay)
        return spec


def _then(
    first: Callable[[ModuleType], None], second: Callable[[ModuleType], None]
) -> Callable[[ModuleType], None]:
    def both(module: ModuleType) -> None:
        first(module)
        second(module)

    return both
