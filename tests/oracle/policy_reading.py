"""Reads texts with trained policies in transformers alone, for tests/e2e/ppo_test.ts.

    python tests/oracle/policy_reading.py CHECKPOINT_DIR...

Greets with its version and with what it found when it loaded the directories unchanged. Then it reads JSON lines
{"directory", "text"} and answers each with the ids of the text and, of every id but the first, the
log-probability.
"""

import json
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

options = {"dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
policies, tokenizers, complaints = {}, {}, {}
for directory in sys.argv[1:]:
    policies[directory], info = AutoModelForCausalLM.from_pretrained(directory, **options)
    policies[directory].eval()
    tokenizers[directory] = AutoTokenizer.from_pretrained(directory)
    complaints |= {name: sorted(map(str, found)) for name, found in info.items() if found}


@torch.no_grad()
def read(directory, text):
    ids = tokenizers[directory](text)["input_ids"]
    rows = policies[directory](torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return {"ids": ids, "log_probs": [rows[t, ids[t + 1]].item() for t in range(len(ids) - 1)]}


print(json.dumps({"transformers": transformers.__version__, "complaints": complaints}), flush=True)
for line in sys.stdin:
    print(json.dumps(read(**json.loads(line))), flush=True)
