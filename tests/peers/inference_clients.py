"""KServe's and Triton's own clients ask a server as their users would, for inference_clients_test.ts.

    python tests/peers/inference_clients.py http://127.0.0.1:PORT MODEL

Prints one line of JSON: versions, what health and metadata said, and per client and form of tensors the outputs.
"""

import asyncio
import importlib.metadata
import json
import sys

import numpy as np
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import RequestedOutput

PROMPTS = ["The film was", "The film was", ""]
COMPLETIONS = [" a delight 🎬.", " dull.", "All of it."]
NAMES = ["score", "token_count", "token_rewards"]


def column(texts):
    return np.array(texts, dtype=object).reshape(-1, 1)


async def ask_with_kserve(base, model):
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    said = {
        "live": await client.is_server_live(base),
        "ready": await client.is_server_ready(base),
        "model": await client.is_model_ready(base, model),
    }
    for binary in (False, True):
        inputs = [InferInput(name, [3, 1], "BYTES") for name in ("prompt", "completion")]
        for tensor, texts in zip(inputs, (PROMPTS, COMPLETIONS)):
            tensor.set_data_from_numpy(column(texts), binary_data=binary)
        outputs = [RequestedOutput(name, {"binary_data": binary}) for name in NAMES]
        request = InferRequest(model, inputs, request_outputs=outputs)
        reply = await client.infer(base, request, model_name=model)
        said["binary" if binary else "json"] = {each.name: each.as_numpy().tolist() for each in reply.outputs}
    return said


def ask_with_triton(base, model):
    client = triton.InferenceServerClient(base.removeprefix("http://"))
    said = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model": client.is_model_ready(model),
        "metadata": [each["name"] for each in client.get_model_metadata(model)["outputs"]],
        "batches": client.get_model_config(model)["max_batch_size"] > 0,
    }
    for binary in (False, True):
        inputs = [triton.InferInput(name, [3, 1], "BYTES") for name in ("prompt", "completion")]
        for tensor, texts in zip(inputs, (PROMPTS, COMPLETIONS)):
            tensor.set_data_from_numpy(column(texts), binary_data=binary)
        outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in NAMES]
        reply = client.infer(model, inputs, outputs=outputs)
        said["binary" if binary else "json"] = {name: reply.as_numpy(name).tolist() for name in NAMES}
        # Without named outputs it asks for all of them in binary.
        said["all"] = {name: client.infer(model, inputs).as_numpy(name).tolist() for name in NAMES}
    return said


def main():
    base, model = sys.argv[1:]
    versions = {name: importlib.metadata.version(name) for name in ("kserve", "tritonclient")}
    said = {
        "versions": versions,
        "kserve": asyncio.run(ask_with_kserve(base, model)),
        "triton": ask_with_triton(base, model),
    }
    print(json.dumps(said))


main()
