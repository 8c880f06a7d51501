"""Times vLLM's pooling on sequences that arrive on standard input, for tests/bench/gpu/gpu.ts.

Reads JSON lines {"sequences": [[id, ...], ...]} and answers each with {"seconds": wall time, "scores": [...]}. vLLM
batches by itself. Its scores are activated, so that they are not compared. An empty line ends it.
"""

import json
import sys
import time

from vllm import LLM, __version__

directory, dtype = sys.argv[1:3]
model = LLM(
    model=directory,
    runner="pooling",
    dtype=dtype,
    skip_tokenizer_init=True,
    enable_prefix_caching=False,  # answers of an earlier round must not count
)

print(json.dumps({"vllm": __version__}), flush=True)
for line in sys.stdin:
    if not line.strip():
        break
    prompts = [{"prompt_token_ids": ids} for ids in json.loads(line)["sequences"]]
    started = time.perf_counter()
    outputs = model.classify(prompts, use_tqdm=False)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "scores": [each.outputs.probs[0] for each in outputs]}), flush=True)
