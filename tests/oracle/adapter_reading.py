"""Reads tokens with trained adapters in peft alone, for tests/ppo/run/adapter_directory_test.ts.

    python tests/oracle/adapter_reading.py ADAPTER_DIR...

Greets with its versions and with what peft and transformers warned of when they loaded the directories. Then it
reads JSON lines {"directory", "ids"} and answers each with the log-probabilities of all tokens after those ids: of
the adapted model, and of the base model, whose adapter is disabled.
"""

import json
import sys
import warnings

import peft
import torch
import transformers
from peft import AutoPeftModelForCausalLM
from transformers import AutoTokenizer

options = {"dtype": torch.float32, "attn_implementation": "eager"}
models = {}
with warnings.catch_warnings(record=True) as complaints:
    warnings.simplefilter("always")
    for directory in sys.argv[1:]:
        models[directory] = AutoPeftModelForCausalLM.from_pretrained(directory, **options).eval()
        AutoTokenizer.from_pretrained(directory)


@torch.no_grad()
def read(directory, ids):
    model, tokens = models[directory], torch.tensor([ids])
    after = lambda: model(input_ids=tokens).logits[0, -1].double().log_softmax(-1).tolist()
    adapted = after()
    with model.disable_adapter():
        return {"adapted": adapted, "base": after()}


greeting = {
    "peft": peft.__version__,
    "transformers": transformers.__version__,
    "complaints": [str(each.message) for each in complaints if "peft" in each.filename],
}
print(json.dumps(greeting), flush=True)
for line in sys.stdin:
    print(json.dumps(read(**json.loads(line))), flush=True)
