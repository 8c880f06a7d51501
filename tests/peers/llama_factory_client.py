"""LlamaFactory's own PPO client asks a server for rewards, for llama_factory_client_test.ts.

    python tests/peers/llama_factory_client.py URL TEXT...

URL holds the key where the server has one. Prints one line of JSON: the version and the rewards.
"""

import importlib.metadata
import json
import os
import pathlib
import sys

# It was made for an older transformers than verl's, with which it shares an environment.
os.environ["DISABLE_VERSION_CHECK"] = "1"
sys.path.append(str(pathlib.Path(__file__).parent / "stand_ins"))

from llamafactory.train.ppo.ppo_utils import get_rewards_from_server


def main():
    url, *texts = sys.argv[1:]
    rewards = get_rewards_from_server(url, texts)
    print(json.dumps({"version": importlib.metadata.version("llamafactory"), "rewards": rewards.tolist()}))


main()
