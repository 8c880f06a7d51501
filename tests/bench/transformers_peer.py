"""Times transformers on sequences that arrive on standard input, for tests/bench/scoring.ts and tests/bench/gpu.

Reads JSON lines {"how": "eager" | "sdpa", "dtype": "float32" | "bfloat16", "batch": sequences a forward pass,
"sequences": [[id, ...], ...]} and answers each with {"seconds": wall time, "scores": [...]}. Sequences are sorted by length and padded
on the right, as a careful script would do; "eager" also returns the attentions, which attention-based
credit needs. An empty line ends it.
"""

import json
import sys
import time

import torch
import transformers

directory, threads = sys.argv[1], int(sys.argv[2])
device = sys.argv[3] if len(sys.argv) > 3 else "cpu"
torch.set_num_threads(threads)
models = {}


def model_for(how, dtype):
    if (how, dtype) not in models:
        load = transformers.AutoModelForSequenceClassification.from_pretrained
        model = load(directory, attn_implementation=how, dtype=getattr(torch, dtype)).eval()
        models[how, dtype] = model.to(device)
    return models[how, dtype]


@torch.no_grad()
def score(how, dtype, batch, sequences):
    model = model_for(how, dtype)
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    scores = [0.0] * len(sequences)
    credit = []
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        width = max(len(sequences[i]) for i in chosen)
        ids = torch.zeros(len(chosen), width, dtype=torch.long)
        mask = torch.zeros(len(chosen), width, dtype=torch.long)
        for row, i in enumerate(chosen):
            ids[row, : len(sequences[i])] = torch.tensor(sequences[i])
            mask[row, : len(sequences[i])] = 1
        output = model(ids.to(device), attention_mask=mask.to(device), output_attentions=how == "eager")
        for row, i in enumerate(chosen):
            scores[i] = output.logits[row, 0].item()
            if how == "eager":
                credit.append(output.attentions[-1][row].mean(0)[len(sequences[i]) - 1].cpu())
    return scores


print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
for line in sys.stdin:
    if not line.strip():
        break
    request = json.loads(line)
    model_for(request["how"], request["dtype"])
    started = time.perf_counter()
    scores = score(request["how"], request["dtype"], request["batch"], request["sequences"])
    print(json.dumps({"seconds": time.perf_counter() - started, "scores": scores}), flush=True)
