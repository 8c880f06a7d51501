"""OpenRLHF 0.11.2: the token rewards of an Abacus server in its advantages.

    python -m abacus_rewards.openrlhf --abacus.url http://127.0.0.1:8080 ARGUMENTS OF OpenRLHF

OpenRLHF has one reward for a completion and pays it on the last token. Here each token is paid what
it earned, and the last what is missing then, so that a completion has the reward that OpenRLHF
wanted it to have: its estimators, baselines, clipping and penalties stay its own.
"""

from __future__ import annotations

from ..versions import require_release

require_release("openrlhf", "0.11.2")
