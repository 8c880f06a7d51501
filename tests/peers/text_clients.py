"""OpenAI's and Hugging Face's own clients ask a server for the scores of texts, for text_clients_test.ts.

    python tests/peers/text_clients.py http://127.0.0.1:PORT MODEL KEY TEXT...

Prints one line of JSON: versions, and per client the scores.
"""

import importlib.metadata
import json
import sys

from huggingface_hub import InferenceClient
from openai import OpenAI


def ask_with_openai(base, model, key, texts):
    """It asks for base64 and takes lists of numbers as well, as SGLang answers."""
    with OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0, timeout=60) as client:
        reply = client.embeddings.create(model=model, input=texts)
    return [entry.embedding[-1] for entry in sorted(reply.data, key=lambda entry: entry.index)]


def ask_with_hugging_face(base, key, texts):
    """One text at a time. Of the flat list of text-embeddings-inference it returns the first entry itself."""
    client = InferenceClient(f"{base}/predict", token=key, timeout=60)
    return [client.text_classification(text).score for text in texts]


def main():
    base, model, key, *texts = sys.argv[1:]
    said = {
        "versions": {name: importlib.metadata.version(name) for name in ("openai", "huggingface_hub")},
        "openai": ask_with_openai(base, model, key, texts),
        "huggingFace": ask_with_hugging_face(base, key, texts),
    }
    print(json.dumps(said))


main()
