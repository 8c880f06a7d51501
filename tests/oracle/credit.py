"""The rule of the authors of ABC, restated, and numbers to hold src/credit/abc.ts to.

Chan et al., "Dense Reward for Free in RLHF" (ICML 2024, arXiv 2402.00782). Written from the rule and not
from their program, but in the types that theirs has: attention and the score are float32, everything
that follows is float64, and (1 - beta) * score is rounded to float32 before it is added.

Let n be the prompt's tokens and T the response's, both counted by the policy's tokenizer. Then

    a[t]     = mean over heads of the last layer's attention from position n + T - 1 to position n + t
    share[t] = a[t] / sum of a
    r[t]     = share[t] * score * beta, and (1 - beta) * score more on the last token

Where the reward model's text has fewer than n + T tokens, the weights that there are stand at the end and
zeros before them.

Run: python tests/oracle/credit.py > tests/golden/credit.json
"""

import json
import sys
from fractions import Fraction

import torch

PROMPT = 5
HEADS = 4


def shares_of(attention, prompt, response):
    """attention: [heads, tokens, tokens], float32. Returns [response], float64, adding up to 1."""
    mean = attention.mean(0)  # [tokens, tokens], float32
    row = mean[prompt : prompt + response, prompt : prompt + response][-1]
    assert exactly_summable(row), "the order of summation would decide the last bit"
    filled = torch.zeros(response, dtype=torch.float64)
    filled[response - len(row) :] = row
    return filled / filled.sum()


def rewards_of(shares, score, beta):
    """shares: [response], float64; score: a float32 scalar tensor. Returns [response], float64."""
    rewards = torch.zeros_like(shares)
    rewards[-1] = (1 - beta) * score
    return rewards + shares * score * beta


def exactly_summable(row):
    return Fraction(row.double().sum().item()) == sum(Fraction(value) for value in row.tolist())


def random_attention(tokens, generator):
    """A causal map as softmax makes it, [HEADS, tokens, tokens], float32."""
    logits = 1.5 * torch.randn(HEADS, tokens, tokens, generator=generator)
    hidden = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
    return logits.masked_fill(hidden, float("-inf")).softmax(-1)


def case(response, beta, missing, generator):
    """One example; `missing` tokens of the response are lost when its text is tokenised again."""
    tokens = PROMPT + response - missing
    attention = random_attention(tokens, generator)
    score = (3 * torch.randn((), generator=generator)).float()
    shares = shares_of(attention, PROMPT, response)
    return {
        "prompt_tokens": PROMPT,
        "response_tokens": response,
        "missing_tokens": missing,
        "beta": beta,
        "score": score.item(),
        "attention_row": attention.mean(0)[-1].tolist(),
        "shares": shares.tolist(),
        "rewards": rewards_of(shares, score, beta).tolist(),
    }


def main():
    generator = torch.Generator().manual_seed(20240201)
    sizes = [(1, 0), (2, 0), (3, 0), (8, 0), (15, 0), (48, 0), (5, 1), (15, 3)]
    cases = [
        case(response, beta, missing, generator)
        for response, missing in sizes
        for beta in [0.0, 0.5, 0.8, 1.0]
    ]
    made_with = {"torch": torch.__version__, "python": sys.version.split()[0]}
    json.dump({"made_by": "tests/oracle/credit.py", "made_with": made_with, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
