"""Makes gradients.json in every folder of tests/golden/models: what the score owes to each token's embedding.

    python tests/oracle/gradients.py            every model that has none yet
    python tests/oracle/gradients.py NAME...    these, again where they are there already

For every sequence and text of the folder's golden.json (see models.py): the score, a weighted sum of the
logits of the pooled position, and per token the product of the token's embedding with the gradient of the
score by it, from torch's autograd, one sequence at a time without padding and in float64, but for the norms and
angles that transformers computes in float32. The weights of the labels are those that the tests ask for.

The embedding is the row of the table of words, before positions, token types and norms. That Gemma multiplies
it by a constant changes nothing: the product of a gradient with what it is taken by does not depend on units.
"""

import datetime
import json
import sys

import torch
import transformers

from answers import numbers
from families import MODELS
from golden_model import inputs_of, rows_of
from models import FOLDER

WEIGHTS = {1: [1.0], 2: [-1.0, 1.0], 3: [0.5, 0.0, -1.0]}


def attributed(entry, model, weights, sequence):
    """Gradient times embedding of every token, checked by central differences along the embedding."""
    score_of = scorer(entry, model, weights, sequence)
    ids = sequence["ids"]
    embeddings = model.get_input_embeddings()(torch.tensor([ids])).detach().requires_grad_()
    score = score_of(embeddings)
    score.backward()
    attribution = (embeddings.grad * embeddings).sum(-1)[0].detach()
    for token in {0, len(ids) // 2, len(ids) - 1}:
        # A kink of ReLU may lie within the longer step, and the shorter one is closer to rounding.
        slopes = [slope_along(score_of, embeddings.detach(), token, step) for step in (3e-3, 3e-4)]
        off = min(abs(slope - attribution[token]) / max(1, abs(slope)) for slope in slopes)
        assert off < 1e-3, (slopes, attribution[token])
    given = {key: sequence[key] for key in ("ids", "types") if key in sequence}
    given["pool"] = entry.pool(sequence)
    return {**given, "score": numbers(score.detach())[0], "attribution": numbers(attribution)}


@torch.no_grad()
def slope_along(score_of, embeddings, token, step):
    """How fast the score changes as a token's embedding is scaled."""
    scaled = [embeddings.clone() for _ in range(2)]
    scaled[0][0, token] *= 1 + step
    scaled[1][0, token] *= 1 - step
    up, down = (score_of(each) for each in scaled)
    return (up - down) / (2 * step)


def scorer(entry, model, weights, sequence):
    """The score of a sequence as a function of its embeddings, [1, n, hidden]."""
    pool, ids = entry.pool(sequence), torch.tensor([sequence["ids"]])
    given = inputs_of(sequence) | entry.unembedded(model, ids)

    def score_of(embeddings):
        states = model.base_model(inputs_embeds=embeddings, **given).last_hidden_state
        pooled = rows_of(states)[pool].mean(0, keepdim=True)
        return entry.head(model, pooled)[0] @ weights

    return score_of


def gradients_of(name):
    entry, folder = MODELS[name], FOLDER / name
    model = entry.load(folder, torch.float64)
    weights = torch.tensor(WEIGHTS[model.config.num_labels], dtype=torch.float64)
    asked = json.loads((folder / "golden.json").read_text())
    return {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "label_weights": weights.tolist(),
        **{
            kind: [attributed(entry, model, weights, each) for each in asked[kind]]
            for kind in ("sequences", "texts", "pairs")
            if kind in asked
        },
    }


def main(names):
    for name in names or MODELS:
        path = FOLDER / name / "gradients.json"
        if names or not path.exists():
            path.write_text(json.dumps(gradients_of(name), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
