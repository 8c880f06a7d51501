"""A FastAPI server around transformers, for tests/bench/serving.ts.

It scores each request as it comes and batches nothing across requests, as OpenRLHF's serve_rm and most servers of
reward models that trainers write for themselves. Says its address and versions on a line of JSON, and ends with
its standard input.
"""

import json
import os
import socket
import sys
import threading

import fastapi
import torch
import transformers
import uvicorn

directory, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
load = transformers.AutoModelForSequenceClassification.from_pretrained
model = load(directory, attn_implementation="sdpa", dtype=torch.float32).eval()
app = fastapi.FastAPI()


@app.post("/get_reward")
async def get_reward(request: fastapi.Request):
    body = await request.json()
    inputs = tokenizer(body["query"], padding=True, return_tensors="pt")
    with torch.inference_mode():
        output = model(inputs["input_ids"], attention_mask=inputs["attention_mask"])
    return {"rewards": output.logits[:, 0].tolist()}


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
listening = socket.create_server(("127.0.0.1", 0))
greeting = {
    "url": f"http://127.0.0.1:{listening.getsockname()[1]}",
    "fastapi": fastapi.__version__,
    "torch": torch.__version__,
    "transformers": transformers.__version__,
}
print(json.dumps(greeting), flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
