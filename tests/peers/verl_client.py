"""verl's own reward loop asks a server for rewards, for verl_client_test.ts.

    python tests/peers/verl_client.py MODEL ADDRESS... < rollouts.json

MODEL is a directory with a tokenizer and a chat template. Its last part is what the server calls the model: verl gives
one path to both. Each ADDRESS is ENGINE=HOST:PORT. Standard input holds a list of [user, response]. Prints one line of
JSON: the version and per address the rewards.
"""

import asyncio
import importlib.metadata
import json
import os
import pathlib
import sys

import numpy as np
import torch
from hydra import compose, initialize_config_module
from tensordict import TensorDict
from transformers import AutoTokenizer
from verl import DataProto
from verl.experimental.reward_loop.reward_loop import RewardLoopWorker


def rollouts_of(tokenizer, pairs):
    """A batch as verl's rollout leaves it: prompts padded on the left, responses on the right."""
    prompts = tokenizer([user for user, _ in pairs], padding=True, padding_side="left", return_tensors="pt")
    # A rollout ends with the end token, which verl cuts out.
    texts = [response + tokenizer.eos_token for _, response in pairs]
    form = {"padding": True, "padding_side": "right", "return_tensors": "pt"}
    responses = tokenizer(texts, add_special_tokens=False, **form)
    batch = {
        "prompts": prompts["input_ids"],
        "responses": responses["input_ids"],
        "input_ids": torch.cat([prompts["input_ids"], responses["input_ids"]], 1),
        "attention_mask": torch.cat([prompts["attention_mask"], responses["attention_mask"]], 1),
    }
    chats = np.empty(len(pairs), dtype=object)
    chats[:] = [[{"role": "user", "content": user}] for user, _ in pairs]
    return DataProto(batch=TensorDict(batch, len(pairs)), non_tensor_batch={"raw_prompt": chats})


async def ask(model, engine, address, data):
    overrides = [
        f"actor_rollout_ref.model.path={model}",
        "actor_rollout_ref.rollout.name=vllm",
        "reward.reward_model.enable=True",
        f"reward.reward_model.model_path={model}",
        f"reward.reward_model.rollout.name={engine}",
    ]
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", overrides=overrides)
    replies = await RewardLoopWorker(config, address).compute_score_batch(data)
    return [reply["reward_score"] for reply in replies]


async def main():
    directory = pathlib.Path(sys.argv[1])
    os.chdir(directory.parent)
    data = rollouts_of(AutoTokenizer.from_pretrained(directory.name), json.load(sys.stdin))
    rewards = []
    for each in sys.argv[2:]:
        engine, address = each.split("=", 1)
        rewards.append(await ask(directory.name, engine, address, data))
    print(json.dumps({"version": importlib.metadata.version("verl"), "rewards": rewards}))


asyncio.run(main())
