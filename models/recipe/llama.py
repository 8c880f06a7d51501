"""A small Llama in plain torch.

Its parameters carry the names Hugging Face gives them, so exporting is copying
the state dict. What it adds over the transformers class is dropout (the data is
small) and a loss that skips padding and slices the vocabulary-sized product (half
the cost of a step on a CPU). Ids, targets and masks stay on the CPU, where all but
dropout is drawn: what a mask keeps is then counted without waiting for a GPU.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


def narrow(device):
    """Products in bfloat16, where the processor has instructions for it; elsewhere they would take longer."""
    enabled = device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)


@dataclass
class Shape:
    """Sizes of the network; 3.3 million weights with these."""

    vocab: int = 8192
    hidden: int = 192
    layers: int = 4
    heads: int = 6
    mlp: int = 512
    positions: int = 512
    theta: float = 10000.0
    eps: float = 1e-5


# `small` has 1.1 million weights, three quarters of them in the table of words.
SIZES = {"usual": Shape(), "small": Shape(hidden=96, layers=3, heads=3, mlp=256)}


class VocabularyLoss(torch.autograd.Function):
    """Cross-entropy over the vocabulary, forward and backward in slices small
    enough to stay in a CPU's cache; the logits of a whole batch would not. A GPU takes
    a batch at once."""

    @staticmethod
    def forward(ctx, hidden, weight, targets):
        narrow = torch.bfloat16 if torch.is_autocast_enabled(hidden.device.type) else hidden.dtype
        size = 256 if hidden.device.type == "cpu" else 8192
        h, w = hidden.detach().to(narrow), weight.detach().to(narrow)
        total, n = 0.0, len(targets)
        grad_h, grad_w = torch.empty_like(h), torch.zeros_like(weight)
        for i in range(0, n, size):
            part, goal = h[i:i + size], targets[i:i + size, None]
            logits = (part @ w.T).float()
            norm = logits.logsumexp(-1, keepdim=True)
            total = total + (norm - logits.gather(1, goal)).sum()
            slope = logits.sub_(norm).exp_().scatter_add_(1, goal, torch.full_like(norm, -1)).to(narrow)
            grad_h[i:i + len(part)] = slope @ w
            grad_w += slope.T @ part
        ctx.save_for_backward(grad_h.to(hidden.dtype).div_(n), grad_w.div_(n))
        return total / n

    @staticmethod
    def backward(ctx, grad):
        grad_h, grad_w = ctx.saved_tensors
        return grad_h * grad, grad_w * grad, None


class Attention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.heads, self.width = s.heads, s.hidden // s.heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(s.hidden, s.hidden, bias=False))

    def forward(self, x, cos, sin):
        b, t, h = x.shape
        # One product for the three projections: short matrices waste a CPU.
        w = torch.cat([self.q_proj.weight, self.k_proj.weight, self.v_proj.weight])
        qkv = F.linear(x, w).view(b, t, 3, self.heads, self.width).permute(2, 0, 3, 1, 4)
        qk, v = qkv[:2], qkv[2]
        half = torch.cat([-qk[..., self.width // 2:], qk[..., : self.width // 2]], -1)
        q, k = (qk * cos + half * sin).to(v.dtype)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(b, t, h))


class Mlp(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(s.hidden, s.mlp, bias=False)
        self.up_proj = nn.Linear(s.hidden, s.mlp, bias=False)
        self.down_proj = nn.Linear(s.mlp, s.hidden, bias=False)

    def forward(self, x):
        gate, up = F.linear(x, torch.cat([self.gate_proj.weight, self.up_proj.weight])).chunk(2, -1)
        return self.down_proj(F.silu(gate) * up)


class Layer(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.self_attn = Attention(s)
        self.mlp = Mlp(s)
        self.input_layernorm = nn.RMSNorm(s.hidden, eps=s.eps)
        self.post_attention_layernorm = nn.RMSNorm(s.hidden, eps=s.eps)

    def forward(self, x, cos, sin, drop):
        x = x + drop(self.self_attn(self.input_layernorm(x), cos, sin))
        return x + drop(self.mlp(self.post_attention_layernorm(x)))


class Body(nn.Module):
    """The `model.` part: embeddings, layers, final norm."""

    def __init__(self, s: Shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(s.vocab, s.hidden)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = nn.RMSNorm(s.hidden, eps=s.eps)


class Llama(nn.Module):
    """The body plus a reward head; the vocabulary head is the embedding, tied."""

    def __init__(self, shape: Shape, dropout: float = 0.0):
        super().__init__()
        self.shape = shape
        self.model = Body(shape)
        self.score = nn.Linear(shape.hidden, 1, bias=False)
        self.drop = nn.Dropout(dropout)
        width = shape.hidden // shape.heads
        rate = shape.theta ** (-torch.arange(0, width, 2).float() / width)
        angle = torch.outer(torch.arange(shape.positions).float(), rate).repeat(1, 2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.ndim == 2:
                scale = 0.02 if "embed" in name else shape.hidden ** -0.5
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    scale /= (2 * shape.layers) ** 0.5
                nn.init.normal_(p, std=scale)
        nn.init.zeros_(self.score.weight)

    @property
    def device(self):
        return self.score.weight.device

    def hidden(self, ids):
        """Final hidden states. Padding stands on the right, where a causal
        mask hides it from every real token, so no other mask is needed."""
        t = ids.shape[1]
        cos, sin = self.cos[:t], self.sin[:t]
        x = self.drop(self.model.embed_tokens(ids.to(self.device)))
        for layer in self.model.layers:
            x = layer(x, cos, sin, self.drop)
        return self.model.norm(x)

    def language_loss(self, hidden, targets):
        """Mean cross-entropy of the next token where targets are not -100."""
        keep = targets != -100
        return VocabularyLoss.apply(hidden[keep], self.model.embed_tokens.weight, targets[keep].to(self.device))

    def reward(self, hidden):
        """A log-odds at every position: what the head would say if the text ended there."""
        return self.score(hidden).squeeze(-1).float()
