"""Scores texts with transformers alone, for tests/e2e/transformers_test.ts.

    python tests/oracle/scores.py REWARD_DIR POLICY_DIR

Greets with its versions and with what it found when it loaded both directories unchanged. Then it reads
JSON lines {"prompt", "completion"} and answers each with the score, the spans of the completion's tokens
and the attention of the pooled position on them (last layer, mean over heads), an empty line ends it.
"""

import json
import sys

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

reward_directory, policy_directory = sys.argv[1:]
options = {"dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
reward, reward_info = AutoModelForSequenceClassification.from_pretrained(reward_directory, **options)
policy, policy_info = AutoModelForCausalLM.from_pretrained(policy_directory, **options)
tokenizer = AutoTokenizer.from_pretrained(reward_directory)
policy_tokenizer = AutoTokenizer.from_pretrained(policy_directory)


def complaints(info):
    return {name: sorted(map(str, found)) for name, found in info.items() if found}


@torch.no_grad()
def sample(text):
    encoded = policy_tokenizer(text, return_tensors="pt")
    torch.manual_seed(0)
    made = policy.generate(
        input_ids=encoded["input_ids"],
        attention_mask=encoded["attention_mask"],
        max_new_tokens=24,
        do_sample=True,
    )
    return policy_tokenizer.decode(made[0], skip_special_tokens=True)


@torch.no_grad()
def score(prompt, completion):
    encoded = tokenizer(prompt + completion, return_offsets_mapping=True)
    ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
    output = reward(torch.tensor([ids]), output_attentions=True)
    # Where transformers reads the score: at the last id that is not padding.
    position = max((i for i, token in enumerate(ids) if token != reward.config.pad_token_id), default=0)
    row = output.attentions[-1][0].mean(0)[position].tolist()
    own = [i for i, (_, end) in enumerate(offsets) if end > len(prompt)]
    return {
        "score": output.logits[0, 0].item(),
        "position": position,
        "token_ids": [ids[i] for i in own],
        "offsets": [[max(offsets[i][0] - len(prompt), 0), offsets[i][1] - len(prompt)] for i in own],
        "attention": [row[i] for i in own],
    }


reward.eval(), policy.eval()
greeting = {
    "transformers": transformers.__version__,
    "complaints": {**complaints(reward_info), **complaints(policy_info)},
    "same_tokenizer": tokenizer.get_vocab() == policy_tokenizer.get_vocab(),
    "sample": sample("The movie"),
}
print(json.dumps(greeting), flush=True)
for line in sys.stdin:
    if not line.strip():
        break
    print(json.dumps(score(**json.loads(line))), flush=True)
