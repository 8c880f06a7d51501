"""OpenRLHF's executor, experience maker and loss in an actor of Ray, as its trainer is one.

Stand-ins: the language model's engine, and what the actor, the reference and the critic would say
of tokens (0), as these run on GPUs.

Arguments: the server's address, and a directory with the tokenizer that policy and reward model
share. Prints, as one line of JSON, the completions and what each estimator makes of their rewards.
"""

from __future__ import annotations

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

import ray
import torch
from transformers import AutoTokenizer

from abacus_rewards.openrlhf.__main__ import worker_environment
from abacus_rewards.openrlhf.settings import read_arguments

ESTIMATORS = (
    "gae",
    "reinforce",
    "rloo",
    "reinforce_baseline",
    "group_norm",
    "dr_grpo",
    "flash_reinforce",
)
PROMPTS = ("<s>The movie was", "<s>The acting in it")
TEXTS = (" a warm, funny film.", " a dull mess.", " so good", " two hours of my life, gone.")
SAMPLES = 2


class StandInEngine:
    """Says a completion that it was given, in place of vLLM's engine."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    async def generate(self, prompt_ids: Any, sampling: Any, multi_modal_data: Any = None) -> Any:
        said = SimpleNamespace(token_ids=self.ids, finish_reason="stop", logprobs=None)
        return SimpleNamespace(outputs=[said])


def arguments(estimator: str, policy_loss_type: str = "ppo") -> Any:
    """OpenRLHF's arguments, as far as the experience maker reads them."""
    advantage = SimpleNamespace(estimator=estimator, gamma=1.0, lambd=1.0, no_std_norm=True)
    return SimpleNamespace(
        actor=SimpleNamespace(policy_loss_type=policy_loss_type),
        algo=SimpleNamespace(
            advantage=advantage, kl=SimpleNamespace(use_loss=False, estimator="k1")
        ),
        reward=SimpleNamespace(clip_range=None),
        rollout=SimpleNamespace(n_samples_per_prompt=SAMPLES, micro_batch_size=3),
        train=SimpleNamespace(dynamic_batch_enable=False),
    )


@ray.remote
class Trainer:
    """What happens in OpenRLHF's own actor, from a sampled completion to the loss of its tokens."""

    def __init__(self, server: str, tokenizer: str) -> None:
        self.url = f"{server}/get_reward"
        self.tokenizer = AutoTokenizer.from_pretrained(tokenizer)

    def rollout(self) -> list[Any]:
        """Completions with their scores, as the executor gets them from the server."""
        from openrlhf.utils.agent import SingleTurnAgentExecutor

        executor = SingleTurnAgentExecutor([self.url])
        sampling = SimpleNamespace(max_tokens=32, logprobs=None)

        async def all_of_them() -> list[Any]:
            said = []
            for i, text in enumerate(TEXTS):
                ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
                engine = StandInEngine([*ids, self.tokenizer.eos_token_id])
                prompt = PROMPTS[i // SAMPLES]
                said.append(
                    await executor.execute(prompt, "", sampling, 64, self.tokenizer, engine)
                )
            return said

        return asyncio.run(all_of_them())

    def experiences(self, estimator: str, rollout: list[Any], **others: Any) -> list[Any]:
        """Experience with advantages, computed by OpenRLHF's maker."""
        from openrlhf.trainer.ppo_utils.experience_maker import RemoteExperienceMaker
        from openrlhf.trainer.ppo_utils.kl_controller import FixedKLController
        from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator

        made: Any = SamplesGenerator._process_response_into_experience
        samples = [made(None, each, max_len=64) for each in rollout]
        strategy = SimpleNamespace(args=arguments(estimator, **others))
        maker = RemoteExperienceMaker(
            None, None, None, None, FixedKLController(0.0), strategy, self.tokenizer
        )
        batches = maker.split_rollout_samples(samples)
        for each in batches:
            each.kl = torch.zeros(each.action_mask.shape)
            each.values = torch.zeros(each.action_mask.shape)
        return maker.compute_advantages_and_returns(batches)

    def told(self) -> dict[str, Any]:
        """What became of each token, by estimator."""
        rollout = self.rollout()
        estimates = {}
        for estimator in ESTIMATORS:
            batches = self.experiences(estimator, rollout)
            estimates[estimator] = {
                "returns": rows(batches, "returns"),
                "advantages": rows(batches, "advantages"),
                "derivatives": [row for each in batches for row in derivatives(each)],
                "difference": torch.cat(
                    [each.info["abacus_difference"] for each in batches]
                ).tolist(),
            }
        wrong = [{**each, "reward": [each["reward"][0] + 1.0]} for each in rollout]
        return {
            "sequences": [each["observation_tokens"] for each in rollout],
            "starts": [each["action_ranges"][0][0] for each in rollout],
            "rewards": [each["reward"][0] for each in rollout],
            "estimates": estimates,
            "refused": [
                error_of(lambda: self.experiences("gae", wrong)),
                error_of(lambda: self.experiences("gae", rollout, policy_loss_type="gspo")),
            ],
        }


def rows(batches: list[Any], name: str) -> list[list[float]]:
    """A field of every completion, at its own tokens."""
    return [
        row[mask.bool()].tolist()
        for each in batches
        for row, mask in zip(getattr(each, name), each.action_mask, strict=True)
    ]


def derivatives(experience: Any) -> list[list[float]]:
    """Of OpenRLHF's loss, times the tokens of the batch, by the log-probability of each token."""
    from openrlhf.models.loss import PolicyLoss

    mask = experience.action_mask
    logprobs = torch.zeros(mask.shape, requires_grad=True)
    loss, *_ = PolicyLoss()(logprobs, torch.zeros(mask.shape), experience.advantages, mask)
    loss.backward()
    scaled = logprobs.grad * mask.sum()
    return [row[at.bool()].tolist() for row, at in zip(scaled, mask, strict=True)]


def error_of(work: Any) -> str:
    """What a call is refused with."""
    try:
        work()
    except ValueError as error:
        return str(error)
    return "nothing"


def main(server: str, tokenizer: str) -> None:
    settings, rest = read_arguments(
        ["--abacus.url", server, "--abacus.credit", '{"method": "red"}']
    )
    assert not rest
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        logging_level="ERROR",
        runtime_env=worker_environment(settings),
    )
    trainer: Any = Trainer.remote(server, tokenizer)
    print(json.dumps(ray.get(trainer.told.remote())))
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
