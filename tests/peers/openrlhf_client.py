"""OpenRLHF's own rollout executor asks servers for rewards, for openrlhf_client_test.ts.

    python tests/peers/openrlhf_client.py MODEL URL... < rollouts.json

MODEL is a directory with a tokenizer. URLs hold the key where a server has one. Standard input holds a list of
[prompt, response]. The engine that would generate is ours: it says the response that it was given. Prints one line of
JSON: the version, and of every rollout the reward and the score for filtering.
"""

import asyncio
import importlib.metadata
import json
import sys
from types import SimpleNamespace

from openrlhf.utils.agent import SingleTurnAgentExecutor
from transformers import AutoTokenizer


class Engine:
    """A stand-in for vLLM's engine."""

    def __init__(self, ids):
        self.ids = ids

    async def generate(self, prompt_token_ids, sampling_params, multi_modal_data=None):
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=self.ids, finish_reason="stop", logprobs=None)])


async def main():
    model, *urls = sys.argv[1:]
    tokenizer = AutoTokenizer.from_pretrained(model)
    executor = SingleTurnAgentExecutor(urls)
    sampling = SimpleNamespace(max_tokens=64, logprobs=None)
    rewards = []
    for prompt, response in json.load(sys.stdin):
        engine = Engine(tokenizer(response, add_special_tokens=False)["input_ids"])
        said = await executor.execute(prompt, "a label", sampling, 256, tokenizer, engine)
        rewards.append([said["reward"], said["scores"]])
    print(json.dumps({"version": importlib.metadata.version("openrlhf"), "rewards": rewards}))


asyncio.run(main())
