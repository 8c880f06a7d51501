"""Makes tests/golden/gradients.json from torch: what the score owes to each token's embedding.

    python tests/oracle/gradients.py

For every model of tests/golden/models (see models.py) and every sequence and text of its golden.json:
the score, a weighted sum of the logits of the last token, and per token the product of the token's
embedding with the gradient of the score by it, from autograd, one sequence at a time without padding
and in float64, but for the norms and angles that transformers computes in float32. The weights of the labels are those that the tests ask for.
"""

import datetime
import json

import numpy
import torch
import transformers

from models import FOLDER, MODELS

WEIGHTS = {1: [1.0], 2: [-1.0, 1.0], 3: [0.5, 0.0, -1.0]}


def attributed(model, weights, ids):
    """Gradient times embedding of every token, checked by central differences along the embedding."""
    embeddings = model.get_input_embeddings()(torch.tensor([ids])).detach().requires_grad_()
    score = score_of(model, weights, embeddings)
    score.backward()
    attribution = (embeddings.grad * embeddings).sum(-1)[0].detach()
    for token in {0, len(ids) // 2, len(ids) - 1}:
        assert abs(slope_along(model, weights, embeddings.detach(), token) - attribution[token]) < 1e-3
    return {
        "ids": ids,
        "score": float(numpy.float32(score.item())),
        "attribution": [float(numpy.float32(value)) for value in attribution.tolist()],
    }


def score_of(model, weights, embeddings):
    states = model.base_model(inputs_embeds=embeddings, use_cache=False).last_hidden_state
    return model.score(states)[0, -1] @ weights


@torch.no_grad()
def slope_along(model, weights, embeddings, token, step=3e-3):
    """How fast the score changes as a token's embedding is scaled."""
    scaled = [embeddings.clone() for _ in range(2)]
    scaled[0][0, token] *= 1 + step
    scaled[1][0, token] *= 1 - step
    up, down = (score_of(model, weights, each) for each in scaled)
    return (up - down) / (2 * step)


def main():
    golden = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "models": {},
    }
    for name, (kind, *_) in MODELS.items():
        folder = FOLDER / name
        model = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64).eval()
        weights = torch.tensor(WEIGHTS[model.config.num_labels], dtype=torch.float64)
        asked = json.loads((folder / "golden.json").read_text())
        golden["models"][name] = {
            "label_weights": weights.tolist(),
            **{
                kind: [attributed(model, weights, each["ids"]) for each in asked[kind]]
                for kind in ("sequences", "texts")
                if kind in asked
            },
        }
    (FOLDER.parent / "gradients.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
