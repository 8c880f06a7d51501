"""Classes of trainers' own: trunks of transformers with the heads that their published code puts on them.

Restated from INF-ORM's class, UltraRM's and Eurus-RM's, and safe-rlhf's score models. Each answers for one sequence as
theirs does, and is read where theirs is. Qwen2.5-Math-RM's head is what vLLM and SGLang say of its modeling file, which
was not at hand; the place is that of the Qwen2ForSequenceClassification of transformers 4 that it was made of. All of
them agree about texts without a `pad_token_id` in them.

Traps
- INF-ORM and Qwen2.5-Math-RM read the token before the first `pad_token_id`, wherever that stands, as transformers 4
  did; where there is none, or it comes first, -1 wraps around to the last token. Their heads have one output, whatever
  config.json says of labels, and biases.
- UltraRM, Eurus-RM and safe-rlhf read the last token that the attention mask keeps: with nothing padded, the last.
- safe-rlhf's `bias` and `score_dim` are false and 1 where absent. `do_normalize` subtracts the mean and divides by
  the root of the variance plus 1e-8, which stand as tensors beside the head; costs are divided only, critics are
  left as they are. Without it the tensors are stored all the same.
"""

import torch
from torch import nn
from transformers import (
    LlamaConfig,
    LlamaModel,
    LlamaPreTrainedModel,
    MistralConfig,
    MistralModel,
    MistralPreTrainedModel,
    Qwen2Config,
    Qwen2Model,
    Qwen2PreTrainedModel,
)
from transformers.modeling_outputs import SequenceClassifierOutputWithPast

from byte_level import VOCABULARY, byte_level
from families.llama import LLAMA
from golden_model import GoldenModel
from sequences import causal_sequences


class HeadOnTrunk:
    """The forward pass that all of them share."""

    def forward(self, input_ids, attention_mask=None, **options):
        trunk = self.model(input_ids, attention_mask=attention_mask, **options)
        scores = self.scores(trunk.last_hidden_state)
        read = scores[torch.arange(len(input_ids)), self.position(input_ids)]
        return SequenceClassifierOutputWithPast(logits=read, attentions=trunk.attentions)

    def position(self, input_ids):
        """The last one of a mask that keeps everything."""
        return torch.ones_like(input_ids).cumsum(dim=1).argmax(dim=1)


def before_padding(input_ids, padding):
    if padding is None:
        return -1
    return (torch.eq(input_ids, padding).int().argmax(-1) - 1) % input_ids.shape[-1]


class MlpScore(HeadOnTrunk):
    def add_head(self, config):
        width = config.hidden_size
        self.score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def scores(self, states):
        return self.score(states)

    def position(self, input_ids):
        return before_padding(input_ids, self.config.pad_token_id)


class INFORMForSequenceClassification(MlpScore, LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.add_head(config)
        self.post_init()


class Qwen2ForRewardModel(MlpScore, Qwen2PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = Qwen2Model(config)
        self.add_head(config)
        self.post_init()


class RegressionHead(HeadOnTrunk):
    def scores(self, states):
        return self.regression_head(states)


class LlamaRewardModel(RegressionHead, LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        self.regression_head = nn.Linear(config.hidden_size, 1, bias=False)
        self.post_init()


class EurusRewardModel(RegressionHead, MistralPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = MistralModel(config)
        self.regression_head = nn.Linear(config.hidden_size, 1, bias=False)
        self.post_init()


class Normalizer(nn.Module):
    def __init__(self, config, width):
        super().__init__()
        self.function = {"reward": "affine", "cost": "scale"}[config.score_type]
        self.register_buffer("mean", torch.tensor(getattr(config, "mean", [0.0] * width)))
        self.register_buffer("var", torch.tensor(getattr(config, "var", [1.0] * width)))
        self.register_buffer("count", torch.zeros(1, dtype=torch.long))

    def forward(self, scores):
        shifted = scores - self.mean if self.function == "affine" else scores
        return shifted / (self.var.sqrt() + 1e-8)


class LlamaForScore(HeadOnTrunk, LlamaPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.model = LlamaModel(config)
        width = getattr(config, "score_dim", 1)
        self.score_head = nn.Linear(config.hidden_size, width, bias=getattr(config, "bias", False))
        self.normalizer = Normalizer(config, width)
        self.post_init()

    def scores(self, states):
        scores = self.score_head(states)
        return self.normalizer(scores) if getattr(self.config, "do_normalize", False) else scores


class LlamaModelForScore(LlamaForScore):
    """What the first releases of safe-rlhf called it."""


def scored(model, rows):
    return model.scores(rows)[:, 0]


def trained(kind, config, **options):
    return GoldenModel(kind, config, causal_sequences(VOCABULARY, 90), head=scored, **options)


def llama(kind, more={}, **options):
    return trained(kind, LlamaConfig(**LLAMA, **more), **options)


def beaver(kind, width, score_type, **more):
    config = dict(bias=True, num_labels=width, score_dim=width, score_type=score_type, **more)
    return trained(kind, LlamaConfig(**{**LLAMA, **config}), pooling="end")


STATISTICS = dict(do_normalize=True, normalizer_type="RunningMeanStd", mean=[0.7], var=[2.5])
COSTS = dict(do_normalize=True, mean=[0.7, -3.0], var=[2.5, 0.3])

MODELS = {
    "inform": llama(INFORMForSequenceClassification, tokenizer=byte_level, pooling="before padding"),
    "qwen2-rm": trained(
        Qwen2ForRewardModel, Qwen2Config(**LLAMA), dtype=torch.bfloat16, pooling="before padding"
    ),
    "ultra-rm": llama(LlamaRewardModel, pooling="end"),
    "eurus-rm": trained(
        EurusRewardModel, MistralConfig(**LLAMA, sliding_window=None), dtype=torch.float16, pooling="end"
    ),
    "beaver": beaver(LlamaModelForScore, 1, "reward", do_normalize=False),
    "beaver-normalised": beaver(LlamaForScore, 1, "reward", **STATISTICS),
    "beaver-cost": beaver(LlamaForScore, 2, "cost", **COSTS),
}
