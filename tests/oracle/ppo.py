"""Numbers to hold src/ppo to: the mathematics of PPO for language models, written another way.

Everything is float64. Wherever there are two ways to write a quantity, this takes the one that the
program does not take, and where it can it asks numpy or torch for the answer:

    KL                the divergence of whole distributions, by torch.distributions, and k1 to k3 by numpy
    advantages        equation 16 of arXiv 1506.02438 as a double sum, held to its first line, the mixture
                      of n-step advantages; never the recursion
    whitening         padded batches with masks, as in TRL 0.7.4, where the program has ragged rows
    statistics        numpy on all entries in one array
    own attention     a causal softmax of several heads, columns averaged with numpy.nanmean
    random numbers    xoroshiro128+ on 64-bit integers, as its authors published it

Run: python tests/oracle/ppo.py > tests/golden/ppo.json
"""

import hashlib
import json
import sys

import numpy as np
import torch

LENGTHS = [1, 2, 7, 12, 3]
KL_ESTIMATORS = {
    "k1": lambda ratio: -np.log(ratio),
    "k2": lambda ratio: np.log(ratio) ** 2 / 2,
    "k3": lambda ratio: (ratio - 1) - np.log(ratio),
}


def rows_of(random, scale=1.0, shift=0.0):
    return [scale * random.standard_normal(length) + shift for length in LENGTHS]


def lists(rows):
    return [row.tolist() for row in rows]


def padded(rows):
    """Rows, left-aligned, and their mask. Padding is NaN-free garbage, so that a lost mask shows."""
    values = torch.full((len(rows), max(map(len, rows))), 1e3, dtype=torch.float64)
    mask = torch.zeros_like(values, dtype=torch.bool)
    for i, row in enumerate(rows):
        values[i, : len(row)] = torch.from_numpy(row)
        mask[i, : len(row)] = True
    return values, mask  # [rows, longest]


def unpadded(values, mask):
    return [row[kept].tolist() for row, kept in zip(values, mask)]


def kl(random):
    policy, reference = (torch.from_numpy(random.standard_normal((4, 9))).log_softmax(-1) for _ in range(2))
    full = torch.distributions.kl_divergence(*(torch.distributions.Categorical(logits=x) for x in [policy, reference]))
    ratio = (reference.exp() / policy.exp()).numpy()
    return {
        "policy": lists(policy),
        "reference": lists(reference),
        "divergence": full.tolist(),
        **{name: lists(estimate(ratio)) for name, estimate in KL_ESTIMATORS.items()},
    }


def kl_controller(random):
    """After n steps the coefficient is the first one times n factors."""
    observed = np.concatenate([6 * np.exp(random.standard_normal(20)), [-3, 0, 6, 1e6]])
    samples = random.integers(1, 128, len(observed))
    factors = 1 + np.clip((observed - 6) / 6, -0.2, 0.2) * (samples / 10_000)
    return {
        "first": 0.2,
        "target": 6,
        "horizon": 10_000,
        "kl": observed.tolist(),
        "samples": samples.tolist(),
        "coefficients": (0.2 * np.cumprod(factors)).tolist(),
    }


def token_rewards(random):
    credit, kl_rows = rows_of(random), rows_of(random, 0.3)
    scores, mask = padded(credit)
    penalty, _ = padded(kl_rows)
    total = torch.zeros_like(scores)
    total[mask] += -0.15 * penalty[mask]
    total[mask] += scores[mask]
    return {"credit": lists(credit), "kl": lists(kl_rows), "coefficient": 0.15, "rewards": unpadded(total, mask)}


def by_deltas(rewards, values, gamma, lam):
    """The last line of equation 16: the sum over l of (gamma lambda)^l delta[t + l]."""
    after = np.append(values, 0.0)
    delta = [rewards[t] + gamma * after[t + 1] - after[t] for t in range(len(rewards))]
    return np.array([sum((gamma * lam) ** (s - t) * delta[s] for s in range(t, len(delta))) for t in range(len(delta))])


def by_mixture(rewards, values, gamma, lam):
    """The first line: n-step advantages with weights (1 - lambda) lambda^(n - 1), the rest on the longest."""
    tokens, after, mixed = len(rewards), np.append(values, 0.0), []
    for t in range(tokens):
        longest = tokens - t
        n_step = [
            sum(gamma**l * rewards[t + l] for l in range(n)) + gamma**n * after[t + n] - values[t]
            for n in range(1, longest + 1)
        ]
        weights = [(1 - lam) * lam ** (n - 1) for n in range(1, longest)] + [lam ** (longest - 1)]
        mixed.append(np.dot(weights, n_step))
    return np.array(mixed)


def advantages(random):
    cases = []
    for gamma, lam in [(1.0, 0.95), (1.0, 1.0), (0.99, 0.0), (0.9, 0.8)]:
        for rewards, values in zip(rows_of(random), rows_of(random, 2.0, 0.5)):
            found = by_deltas(rewards, values, gamma, lam)
            assert np.allclose(found, by_mixture(rewards, values, gamma, lam), rtol=0, atol=1e-13)
            cases.append(
                {
                    "gamma": gamma,
                    "lambda": lam,
                    "rewards": rewards.tolist(),
                    "values": values.tolist(),
                    "advantages": found.tolist(),
                    "returns": (found + values).tolist(),
                }
            )
    return cases


def masked_mean(values, mask):
    return (values * mask).sum() / mask.sum()


def masked_whiten(values, mask, shift_mean):
    mean = masked_mean(values, mask)
    biased = masked_mean((values - mean) ** 2, mask)
    variance = biased * mask.sum() / (mask.sum() - 1)
    assert torch.isclose(variance, values[mask].var(unbiased=True), rtol=1e-13, atol=0)
    whitened = (values - mean) * torch.rsqrt(variance + 1e-8)
    return whitened if shift_mean else whitened + mean


def whitening(random):
    cases = []
    for scale, shift in [(1.0, 0.0), (3.0, -5.0), (1e-4, 2.0)]:
        rows = rows_of(random, scale, shift)
        values, mask = padded(rows)
        cases.append(
            {
                "rows": lists(rows),
                "shifted": unpadded(masked_whiten(values, mask, True), mask),
                "not_shifted": unpadded(masked_whiten(values, mask, False), mask),
            }
        )
    return cases


def statistics(random):
    returns = rows_of(random, 2.0, 1.0)
    values = [0.7 * row + 0.4 * random.standard_normal(len(row)) for row in returns]
    all_returns, all_values = np.concatenate(returns), np.concatenate(values)
    return {
        "returns": lists(returns),
        "values": lists(values),
        "mean": all_returns.mean(),
        "variance": all_returns.var(ddof=1),
        "standard_deviation": all_returns.std(ddof=1),
        "row_sums": [row.sum() for row in returns],
        "explained_variance": 1 - np.var(all_returns - all_values) / np.var(all_returns),
    }


def own_attention(random):
    cases = []
    for prompt, tokens, beta in [(3, 1, 0.8), (5, 2, 1.0), (4, 6, 0.8), (2, 15, 0.0), (2, 15, 0.5)]:
        positions = prompt + tokens
        logits = torch.from_numpy(1.5 * random.standard_normal((4, positions, positions)))
        hidden = torch.ones(positions, positions, dtype=torch.bool).triu(1)
        attention = logits.masked_fill(hidden, float("-inf")).softmax(-1).mean(0)[prompt:, prompt:].numpy()
        seen = np.where(np.tril(np.ones_like(attention)) > 0, attention, np.nan)  # [tokens, tokens]
        received = np.nanmean(seen, axis=0)
        shares, score = received / received.sum(), 3 * random.standard_normal()
        rewards = beta * score * shares + (1 - beta) * score * np.eye(tokens)[-1]
        cases.append(
            {
                "beta": beta,
                "score": score,
                "attention": attention.reshape(-1).tolist(),
                "shares": shares.tolist(),
                "rewards": rewards.tolist(),
            }
        )
    return cases


class Stream:
    """xoroshiro128+ with the constants 24, 16, 37; its low 32 bits are what is used."""

    def __init__(self, seed, step, purpose):
        name = json.dumps([seed, step, purpose], separators=(",", ":"), ensure_ascii=False)
        words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:16], dtype="<u4").tolist()
        self.state = [words[0] << 32 | words[1], words[2] << 32 | words[3]]

    def next(self):
        first, second = self.state
        result = (first + second) % 2**64
        second ^= first
        self.state = [rotate(first, 24) ^ second ^ (second << 16) % 2**64, rotate(second, 37)]
        return result % 2**32

    def uniform(self):
        return self.next() // 2**9 / 2**23

    def below(self, bound):
        """Draws, seen as signed and moved up by 2^31, that would favour small remainders are thrown away."""
        most = 2**32 - 2**32 % bound
        while (drawn := (self.next() + 2**31) % 2**32) >= most:
            pass
        return drawn % bound

    def shuffled(self, count):
        items = list(range(count))
        for last in range(count - 1, 0, -1):
            chosen = self.below(last + 1)
            items[last], items[chosen] = items[chosen], items[last]
        return items


def rotate(word, by):
    return (word << by | word >> (64 - by)) % 2**64


def random_streams():
    cases = []
    names = [(0, 0, "sampling"), (0, 0, "minibatches"), (1, 0, "sampling")]
    for name in [*names, (-7, 123_456, "näher"), (2**53 - 1, 1, "")]:
        integers, bounds = Stream(*name), [1, 2, 3, 10, 2**31 + 1, 2**32]
        cases.append(
            {
                "seed": name[0],
                "step": name[1],
                "purpose": name[2],
                "uniform": take(Stream(*name), 6),
                "bounds": bounds,
                "below": [integers.below(bound) for bound in bounds],
                "shuffled": Stream(*name).shuffled(9),
            }
        )
    return cases


def take(stream, count):
    return [stream.uniform() for _ in range(count)]


def main():
    random = np.random.default_rng(20240202)
    golden = {
        "made_by": "tests/oracle/ppo.py",
        "made_with": {
            "numpy": np.__version__,
            "torch": torch.__version__.split("+")[0],
            "python": sys.version.split()[0],
        },
        "kl": kl(random),
        "kl_controller": kl_controller(random),
        "token_rewards": token_rewards(random),
        "advantages": advantages(random),
        "whitening": whitening(random),
        "statistics": statistics(random),
        "own_attention": own_attention(random),
        "random_streams": random_streams(),
    }
    json.dump(golden, sys.stdout)
    print()


if __name__ == "__main__":
    main()
