"""`python -m abacus_rewards.openrlhf`: OpenRLHF's PPO with a reward for every token."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from typing import Any

from .settings import Settings, read_arguments

TRAINER = "openrlhf.cli.train_ppo_ray"

OWN_VARIABLES = {
    "TOKENIZERS_PARALLELISM": "true",
    "NCCL_DEBUG": "WARN",
    "RAY_ENABLE_ZERO_COPY_TORCH_TENSORS": "1",
}
"""What OpenRLHF's driver sets for its workers, which it leaves out where Ray runs already."""


def main(arguments: Sequence[str]) -> None:
    """Starts Ray with the hook, and then OpenRLHF as its own command does."""
    settings, rest = read_arguments(arguments)
    import ray

    ray.init(runtime_env=worker_environment(settings))
    sys.argv = [TRAINER, *rest]
    runpy.run_module(TRAINER, run_name="__main__", alter_sys=True)


def worker_environment(settings: Settings) -> dict[str, Any]:
    """The `runtime_env` of workers in which tokens are paid."""
    own = {name: os.environ.get(name, value) for name, value in OWN_VARIABLES.items()}
    return {
        "worker_process_setup_hook": "abacus_rewards.openrlhf.hook.install",
        "env_vars": {**own, **settings.environment()},
    }


if __name__ == "__main__":
    main(sys.argv[1:])
