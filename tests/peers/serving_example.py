"""Calls the example of docs/serving.md as TRL, verl and ms-swift do, with a stand-in for ms-swift's registry.

    serving_example.py EXAMPLE
"""
import asyncio
import importlib.util
import json
import sys
import types

rewards = types.ModuleType("swift.rewards")
rewards.ORM, rewards.orms = object, {}
sys.modules["swift"] = types.ModuleType("swift")
sys.modules["swift.rewards"] = rewards

spec = importlib.util.spec_from_file_location("abacus_reward", sys.argv[1])
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)

chat = [{"role": "user", "content": "Review it."}]
answer = {"role": "assistant", "content": "A delight."}
said = {
    "trl": example.trl_reward(["The film was", "It was"], [" a delight.", " dull."], level=[1, 2]),
    "chat": example.trl_reward([chat], [[answer]]),
    "verl": asyncio.run(
        example.compute_score("films", " a delight.", None, {"prompt": "The film was"})
    ),
    "swift": rewards.orms["abacus"]()(["A delight."], messages=[chat + [answer]]),
}
try:
    example.scores([{"prompt": "a", "completions": [3]}])
except RuntimeError as error:
    said["refused"] = json.loads(str(error))["error"]["kind"]
print(json.dumps(said))
