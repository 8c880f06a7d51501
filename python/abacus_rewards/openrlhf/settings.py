"""What the launcher tells the workers: the settings of `--abacus.*`, in an environment variable."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

VARIABLE = "ABACUS_OPENRLHF"
"""The environment variable that holds the settings; Ray hands it to every worker."""

KEY_VARIABLE = "ABACUS_KEY"
"""The environment variable that holds the server's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How token rewards are asked for, and what is made of them.

    Attributes:
        url: the server's address, as the workers see it.
        credit: how scores are spread; None for the server's way.
        model: the model that must answer; None for the server's first.
        has_baseline: whether what the completions of a group had earned on average before a token
            is subtracted.
        has_other_rewards: whether OpenRLHF's reward has other parts than the server's score.
    """

    url: str
    credit: Mapping[str, Any] | None = None
    model: str | None = None
    has_baseline: bool = True
    has_other_rewards: bool = False

    def environment(self) -> dict[str, str]:
        """The variables that workers need."""
        key = os.environ.get(KEY_VARIABLE)
        shared = {} if key is None else {KEY_VARIABLE: key}
        return {VARIABLE: json.dumps(asdict(self)), **shared}


def settings_of_worker() -> Settings:
    """The settings that the launcher left. Raises RuntimeError where there was none."""
    written = os.environ.get(VARIABLE)
    if written is None:
        raise RuntimeError(
            "Cannot pay tokens as OpenRLHF must be started by python -m abacus_rewards.openrlhf: "
            f"received no {VARIABLE}"
        )
    return Settings(**json.loads(written))


def read_arguments(arguments: Sequence[str]) -> tuple[Settings, list[str]]:
    """The settings, and the arguments that are OpenRLHF's own."""
    given, rest = _parser().parse_known_args(arguments)
    settings = Settings(
        url=given.url,
        credit=given.credit,
        model=given.model,
        has_baseline=given.token_baseline == "group",
        has_other_rewards=given.other_rewards,
    )
    return settings, rest


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m abacus_rewards.openrlhf",
        description="Runs openrlhf.cli.train_ppo_ray with a reward for every token. "
        "All other arguments are its own.",
        allow_abbrev=False,
    )
    add = parser.add_argument_group("abacus").add_argument
    add("--abacus.url", dest="url", required=True, help="the server, as Ray's workers see it")
    add("--abacus.credit", dest="credit", type=_credit, help='as in \'{"method": "red"}\'')
    add("--abacus.model", dest="model", help="the model that must answer")
    add(
        "--abacus.token_baseline",
        dest="token_baseline",
        choices=("group", "none"),
        default="group",
        help="group (default): what others had earned before the same token is subtracted",
    )
    add(
        "--abacus.other_rewards",
        dest="other_rewards",
        action="store_true",
        help="OpenRLHF's reward has other parts than the server's score; the last token has them",
    )
    return parser


def _credit(written: str) -> dict[str, Any]:
    try:
        credit = json.loads(written)
    except ValueError:
        credit = None
    if not isinstance(credit, dict):
        raise argparse.ArgumentTypeError(f"must be an object of JSON: received {written}")
    return credit
