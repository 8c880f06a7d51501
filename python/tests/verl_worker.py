"""verl's own agent loop worker and TransferQueue; the language model alone is a stand-in.

Arguments: a policy's directory, and the file that names the agent loop. Prints the trajectories and
what verl's estimators make of their rewards, as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import ray
import torch
import transfer_queue as tq
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf
from tensordict import NonTensorData, NonTensorStack, TensorDict
from torch.nn.utils.rnn import pad_sequence
from verl import DataProto
from verl.trainer.ppo import core_algos
from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopWorkerTQ
from verl.trainer.ppo.v1.utils import compute_advantage_for_multi_trajectories
from verl.workers.rollout.replica import TokenOutput

PROMPTS = ("Review the movie.", "How was the acting?")


class StandInModel:
    """Answers with texts in place of a language model, each with the end of the sequence."""

    def __init__(self, answers: list[list[int]]) -> None:
        self.answers = answers

    async def generate(self, prompt_ids: list[int], **others: Any) -> Any:
        self.answers.append(answer := self.answers.pop(0))
        return TokenOutput(token_ids=answer, extra_fields={})


def configuration(policy: str, agents: str) -> Any:
    agent = "actor_rollout_ref.rollout.agent"
    with initialize_config_module("verl.trainer.config", version_base=None):
        return compose(
            "ppo_trainer",
            overrides=[
                f"actor_rollout_ref.model.path={policy}",
                "actor_rollout_ref.rollout.name=vllm",
                "actor_rollout_ref.rollout.prompt_length=64",
                "actor_rollout_ref.rollout.response_length=16",
                "actor_rollout_ref.rollout.n=2",
                f"{agent}.agent_loop_config_path={agents}",
                f"{agent}.default_agent_loop=abacus",
                "algorithm.adv_estimator=abacus_grpo",
                "transfer_queue.enable=True",
                "transfer_queue.backend.SimpleStorage.num_data_storage_units=1",
            ],
        )


def prompts() -> Any:
    count = len(PROMPTS)
    batch = TensorDict({"index": torch.arange(count)}, batch_size=count)
    messages = [NonTensorData([{"role": "user", "content": each}]) for each in PROMPTS]
    batch["raw_prompt"] = NonTensorStack(*messages)
    batch["uid"] = NonTensorStack(*[NonTensorData(f"u{i}") for i in range(count)])
    batch["global_steps"] = NonTensorData(1)
    return batch


def finished(count: int) -> list[str]:
    """The keys of trajectories, once all of them are there."""
    for _ in range(240):
        listed = tq.kv_list(partition_id="train")
        tags = listed.get("train", listed)
        if any(tag.get("status") == "failure" for tag in tags.values()):
            raise RuntimeError(f"a trajectory failed: {tags}")
        keys = sorted(key for key, tag in tags.items() if tag.get("status") == "success")
        if len(keys) == count:
            return keys
        time.sleep(0.5)
    raise TimeoutError("the trajectories did not come")


def estimates(rewards: Any, mask: Any, uids: Any) -> dict[str, list[list[float]]]:
    """The advantages of each estimator, before whitening where it can be left out."""
    one = torch.tensor(1.0)
    _, gae = core_algos.compute_gae_advantage_return(
        rewards, torch.zeros_like(rewards), mask, one, one
    )
    grpo, _ = core_algos.compute_grpo_outcome_advantage(rewards, mask, uids)
    config = OmegaConf.create({"gamma": 1.0})
    _, plus = core_algos.compute_reinforce_plus_plus_outcome_advantage(rewards, mask, config=config)
    named = {"gae": gae, "grpo": grpo, "reinforce++": plus}
    return {name: value.tolist() for name, value in named.items()}


def advantages(rewards: Any, mask: Any, keys: list[str], algorithm: Any) -> list[list[float]]:
    """Those of the configured estimator, as the trainer computes them from its queue."""
    data = DataProto.from_dict(
        tensors={"token_level_rewards": rewards, "response_mask": mask},
        non_tensors={"uid": np.array([key.split("_")[0] for key in keys], dtype=object)},
    )
    done = compute_advantage_for_multi_trajectories(
        data, keys, algorithm.adv_estimator, config=algorithm
    )
    paid: list[list[float]] = done.batch["advantages"].tolist()
    return paid


def main(policy: str, agents: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(policy)
    texts = ("a warm, funny film.", "a dull mess", "it has heart", "two hours of my life, gone")
    answers = [[*tokenizer.encode(each, add_special_tokens=False), 2] for each in texts]
    ray.init(num_cpus=8, include_dashboard=False, logging_level="ERROR")
    config = configuration(policy, agents)
    tq.init(config.transfer_queue)
    worker = AgentLoopWorkerTQ.options(num_cpus=0.5).remote(
        config, StandInModel(answers), None, None
    )
    ray.get(worker.generate_sequences.remote(prompts()))
    keys = finished(4)
    fields = ["responses", "response_mask", "rm_scores"]
    data = tq.kv_batch_get(keys=keys, partition_id="train", select_fields=fields)
    rows = {name: [data[name][i] for i in range(len(keys))] for name in fields}
    rewards, mask = (pad_sequence(rows[name], batch_first=True).float() for name in fields[:0:-1])
    uids = np.array([key.split("_")[0] for key in keys])
    told = {
        "keys": keys,
        "prompts": PROMPTS,
        "responses": [each.tolist() for each in rows["responses"]],
        "rm_scores": [each.tolist() for each in rows["rm_scores"]],
        "estimates": estimates(rewards, mask, uids),
        "advantages": advantages(rewards, mask, keys, config.algorithm),
    }
    tq.close()
    ray.shutdown()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
