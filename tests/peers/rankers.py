"""Cohere's own clients and Haystack's ranker have a server rank texts, for rankers_test.ts.

    python tests/peers/rankers.py http://127.0.0.1:PORT MODEL KEY QUERY TEXT...

Prints one line of JSON: versions, per client the index and the score of each text in the order received, and
how Haystack's ranker ends with a wrong key.
"""

import importlib.metadata
import json
import os
import sys

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import cohere  # noqa: E402
from haystack import Document  # noqa: E402
from haystack.utils import Secret  # noqa: E402
from haystack_integrations.components.rankers.huggingface_api import HuggingFaceTEIRanker  # noqa: E402


def ask_cohere(client, model, query, texts):
    reply = client.rerank(model=model, query=query, documents=texts)
    return [[result.index, result.relevance_score] for result in reply.results]


def ask_haystack(base, key, query, texts, raw_scores):
    ranker = HuggingFaceTEIRanker(url=base, token=Secret.from_token(key), raw_scores=raw_scores, max_retries=1)
    ranked = ranker.run(query=query, documents=[Document(content=text) for text in texts])
    return [[texts.index(document.content), document.score] for document in ranked["documents"]]


def refusal(ask):
    try:
        ask()
    except RuntimeError as error:
        return str(error)
    return None


def main():
    base, model, key, query, *texts = sys.argv[1:]
    packages = ("cohere", "haystack-ai", "huggingface-api-haystack")
    first = cohere.Client(api_key=key, base_url=base, timeout=60)
    second = cohere.ClientV2(api_key=key, base_url=base, timeout=60)
    said = {
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "cohereV1": ask_cohere(first, model, query, texts),
        "cohereV2": ask_cohere(second, model, query, texts),
        "haystackRaw": ask_haystack(base, key, query, texts, True),
        "haystack": ask_haystack(base, key, query, texts, False),
        "refusal": refusal(lambda: ask_haystack(base, "wrong", query, texts, True)),
    }
    print(json.dumps(said))


main()
