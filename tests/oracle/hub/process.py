"""Qwen2.5-Math-PRM, which is read at each <extra_0>: two labels of a head of two layers, and of their softmax the second."""

import torch
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForSequenceClassification, Qwen2Model

from hub.decoders import QWEN3, WHOLE, vocabulary
from hub.model import HubModel, encoded
from hub.own_code import tensors_of
from hub.vocabularies import QWEN_SPECIAL, qwen

MARK = "<extra_0>"
SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
QUESTION = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Sue has 18 flamingos. How many are left?"}]
STEPS = [
    ["First, she puts 18 in the yard.", "Then 6 are taken: \\(18 - 6 = 12\\).", "So the answer is \\boxed{12}."],
    ["It was great, café \U0001f469\u200d\U0001f680."],
]


def math_prm():
    special = [MARK if name == "<|quad_end|>" else name for name in QWEN_SPECIAL]
    return qwen("qwen2_5", special=special, eos_token="<|im_end|>")


CONFIG = {name: value for name, value in QWEN3.items() if name not in ("head_dim", "attention_bias")} | {
    "architectures": ["Qwen2ForProcessRewardModel"],
    "auto_map": {
        "AutoConfig": "configuration_qwen2_rm.Qwen2RMConfig",
        "AutoModel": "modeling_qwen2_rm.Qwen2ForProcessRewardModel",
    },
    "bos_token_id": 420,
    "id2label": {"0": "LABEL_0", "1": "LABEL_1"},
    "label2id": {"LABEL_0": 0, "LABEL_1": 1},
    "eos_token_id": 422,
    "max_position_embeddings": 4096,
    "model_type": "qwen2",
    "pad_token_id": 420,
    "rope_theta": 10000.0,
    "sliding_window": 4096,
    "tie_word_embeddings": False,
    "transformers_version": "4.37.0",
    "use_cache": True,
    "vocab_size": vocabulary(math_prm, 3),
}


def to_prm(tensors):
    noise = torch.Generator().manual_seed(8)
    draw = lambda *shape: torch.randn(shape, generator=noise).div(shape[-1] ** 0.5).bfloat16()
    head = {"0.weight": draw(32, 32), "0.bias": draw(32), "2.weight": draw(2, 32), "2.bias": draw(2)}
    tensors.pop("score.weight")
    # The published checkpoints of Qwen's reward models still have the language model's head.
    unread = {"lm_head.weight": draw(*tensors["model.embed_tokens.weight"].shape)}
    return tensors | unread | {f"score.{name}": value for name, value in head.items()}


def probabilities(tensors, states):
    """The second of the two labels, at every position."""
    layer = lambda at, x: x @ tensors[f"score.{at}.weight"].T + tensors[f"score.{at}.bias"]
    return layer(2, layer(0, states).relu()).softmax(-1)[:, 1]


class ProcessModel(HubModel):
    @torch.no_grad()
    def answers(self, folder):
        tokenizer, tensors = AutoTokenizer.from_pretrained(folder), tensors_of(folder)
        fields = {name: value for name, value in self.config.items() if name not in ("model_type", "auto_map")}
        base = Qwen2Model(Qwen2Config(**fields, attn_implementation="eager")).eval()
        base.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")})
        mark = tokenizer.convert_tokens_to_ids(MARK)
        return [answer(tokenizer, lambda ids: probabilities(tensors, base(ids).last_hidden_state[0]), mark, ask) for ask in self.asks]


def answer(tokenizer, score, mark, ask):
    """Steps of a completion without marks are parted by blank lines, and the model reads a mark in place of each: no
    token of the completion's own, so that its tokens are not told."""
    completion = ask["completion"]
    marked = completion if MARK in completion else MARK.join(completion.split("\n\n")) + MARK
    ids, _, own = encoded(tokenizer, {**ask, "completion": marked}, pair=False)
    scores = score(torch.tensor([ids]))
    steps = [scores[at].item() for at in own if ids[at] == mark]
    told = {"own": own} if marked == completion else {}
    return {**ask, "ids": ids, "position": None, "score": sum(steps) / len(steps), "steps": steps, **told}


MODELS = [
    ProcessModel(
        "Qwen2.5-Math-PRM-7B",
        Qwen2ForSequenceClassification,
        CONFIG,
        math_prm,
        [*WHOLE, "vocab.json", "merges.txt"],
        [
            {"messages": QUESTION, "completion": completion}
            for steps in STEPS
            for completion in (MARK.join(steps) + MARK, "\n\n".join(steps))
        ],
        weights=4,
        stored=to_prm,
    ),
]
