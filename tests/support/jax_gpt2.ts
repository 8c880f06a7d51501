/**
 * GPT-2 with a value head, the loss of PPO and Adam once more, in @jax-js/jax: another engine with an
 * autodiff of its own, to compare numbers and times with. The mathematics is that of
 * `src/architectures/gpt2.ts`, `src/ppo/graphs/loss.ts` and `optimiser.ts`, and none of their code.
 *
 * An array is gone once it was used: every use but the last says `.ref`.
 *
 * @module
 */

import { init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { LossSettings } from "../../src/ppo/graphs/loss.ts";
import type { AdamSettings } from "../../src/ppo/graphs/optimiser.ts";
import type { PolicySize, RandomBatch, RandomPolicy } from "./random_policy.ts";

type Tensor = np.Array;

/** Arrays by name. */
export type Tensors = Record<string, Tensor>;

/** The state of Adam, by names of weights, and what an update learns from. */
interface Step {
  readonly parameters: Tensors;
  readonly first: Tensors;
  readonly second: Tensors;
  readonly batch: Tensors;
  readonly update: Tensor;
}

/** The weights of a policy by name. */
export function jaxWeights({ weights }: RandomPolicy): Tensors {
  return Object.fromEntries(
    weights.map(({ name, shape, data }) => [name, np.array(data).reshape([...shape])]),
  );
}

/** A batch by name, `[rows]` each; `ids` are `[batch * length]`. */
export function jaxBatch({ ids, actions, ...rows }: RandomBatch): Tensors {
  const floats = Object.entries(rows).map(([name, data]) => [name, np.array(data)]);
  // The gradient of `take` fails within `jit` unless arithmetic stands behind it: a factor of 1 does.
  const one = np.array(new Float32Array([1])).reshape([]);
  const chosen = np.array(actions).reshape([actions.length, 1]);
  return { ids: np.array(ids), actions: chosen, one, ...Object.fromEntries(floats) };
}

/** Starts the threads. */
export async function startJax(): Promise<void> {
  await init("wasm");
}

/** The loss and its derivative by every weight. */
export function jaxGradients(size: PolicySize, settings: LossSettings) {
  return jit((weights: Tensors, batch: Tensors): [Tensor, Tensors] =>
    valueAndGrad((at: Tensors, seen: Tensors) => ppoLoss(at, seen, { size, settings }))(
      weights,
      batch,
    )
  );
}

/** One update: the loss before it, and the state after. */
export function jaxUpdate(
  size: PolicySize,
  { loss: settings, adam }: { loss: LossSettings; adam: AdamSettings },
) {
  return jit(({ batch, update, ...state }: Step): [Tensor, Omit<Step, "batch" | "update">] => {
    const [loss, gradient] = valueAndGrad((at: Tensors, seen: Tensors) =>
      ppoLoss(at, seen, { size, settings })
    )(tree.ref(state.parameters), batch);
    return [loss, adamStep({ ...state, gradient, update }, adam)];
  });
}

/** The clipped surrogate, the value loss and the entropy bonus (arXiv 1707.06347, equation 9). */
function ppoLoss(
  at: Tensors,
  { ids, actions, one, logProbs, values, advantages, returns }: Tensors,
  { size, settings }: { size: PolicySize; settings: LossSettings },
): Tensor {
  const hidden = responseRows(gpt2(at, { ids: ids!, one: one!.ref }, size), size); // [rows, hidden]
  const logits = np.matmul(hidden.ref, at["lm_head.weight"]!.transpose());
  const normalizer = nn.logsumexp(logits.ref, -1);
  const rows = normalizer.shape[0]!;
  const chosen = np.takeAlongAxis(logits.ref, actions!, 1).mul(one!).reshape([rows]);
  const ratio = np.exp(chosen.sub(normalizer.ref).sub(logProbs!));
  const kept = np.clip(ratio.ref, 1 - settings.clip, 1 + settings.clip);
  const gain = np.minimum(ratio.mul(advantages!.ref), kept.mul(advantages!));
  const value = np.matmul(hidden, at["value_head.weight"]!.transpose())
    .add(at["value_head.bias"]!).reshape([rows]);
  const limited = np.clip(value.ref.sub(values!.ref), -settings.valueClip, settings.valueClip)
    .add(values!).sub(returns!.ref);
  const larger = np.maximum(squared(value.sub(returns!)), squared(limited));
  const loss = larger.mean().mul(settings.valueCoefficient / 2).sub(gain.mean());
  if (settings.entropyCoefficient !== 0) {
    const entropy = normalizer.sub(nn.softmax(logits.ref, -1).mul(logits).sum(-1)).mean();
    return loss.sub(entropy.mul(settings.entropyCoefficient));
  }
  logits.dispose();
  normalizer.dispose();
  return loss;
}

/** The final norm of every token: `[batch * length, hidden]`. */
function gpt2(at: Tensors, { ids, one }: { ids: Tensor; one: Tensor }, size: PolicySize): Tensor {
  const { batch, length, hidden, layers } = size;
  const words = np.take(at["transformer.wte.weight"]!, ids, 0).mul(one);
  const places = at["transformer.wpe.weight"]!.slice([0, length]);
  let x = words.reshape([batch, length, hidden]).add(places).reshape([batch * length, hidden]);
  for (let layer = 0; layer < layers; layer++) {
    const name = `transformer.h.${layer}`;
    x = x.ref.add(attention(norm(x, at, `${name}.ln_1`), at, { name, size }));
    const wide = nn.gelu(affine(norm(x.ref, at, `${name}.ln_2`), at, `${name}.mlp.c_fc`));
    x = x.add(affine(wide, at, `${name}.mlp.c_proj`));
  }
  return norm(x, at, "transformer.ln_f");
}

/** Every token but the last of each sequence is followed by a response token. */
function responseRows(x: Tensor, { batch, length, hidden }: PolicySize): Tensor {
  return x.reshape([batch, length, hidden]).slice([], [0, length - 1])
    .reshape([batch * (length - 1), hidden]);
}

function attention(
  x: Tensor,
  at: Tensors,
  { name, size }: { name: string; size: PolicySize },
): Tensor {
  const { batch, length, hidden, heads } = size;
  const fused = affine(x, at, `${name}.attn.c_attn`);
  const part = (i: number, input: Tensor) =>
    input.slice([], [i * hidden, (i + 1) * hidden])
      .reshape([batch, length, heads, hidden / heads]).transpose([0, 2, 1, 3]);
  const [queries, keys, values] = [part(0, fused.ref), part(1, fused.ref), part(2, fused)];
  const scores = np.matmul(queries, keys.transpose([0, 1, 3, 2]))
    .mul(1 / Math.sqrt(hidden / heads)).add(np.tri(length).sub(1).mul(1e30));
  const mixed = np.matmul(nn.softmax(scores, -1), values).transpose([0, 2, 1, 3]);
  return affine(mixed.reshape([batch * length, hidden]), at, `${name}.attn.c_proj`);
}

function norm(x: Tensor, at: Tensors, name: string): Tensor {
  return nn.standardize(x, -1, { epsilon: 1e-5 }).mul(at[`${name}.weight`]!)
    .add(at[`${name}.bias`]!);
}

function affine(x: Tensor, at: Tensors, name: string): Tensor {
  return np.matmul(x, at[`${name}.weight`]!).add(at[`${name}.bias`]!);
}

/** Adam with a constant rate, no decay of weights and a limit to the gradient's norm. */
function adamStep(
  { gradient, update, ...state }: Omit<Step, "batch"> & { gradient: Tensors },
  { learningRate, beta1, beta2, epsilon, maxGradientNorm }: AdamSettings,
): Omit<Step, "batch" | "update"> {
  const names = Object.keys(gradient);
  const norm = np.sqrt(
    names.map((name) => squared(gradient[name]!.ref).sum()).reduce((sum, each) => sum.add(each)),
  );
  const scale = np.minimum(np.reciprocal(norm.add(1e-6)).mul(maxGradientNorm), 1);
  const corrections = [beta1, beta2].map((beta) => {
    return np.exp(update.ref.mul(Math.log(beta))).mul(-1).add(1);
  });
  update.dispose();
  const after = names.map((name) => {
    const limited = gradient[name]!.mul(scale.ref);
    const m = state.first[name]!.mul(beta1).add(limited.ref.mul(1 - beta1));
    const v = state.second[name]!.mul(beta2).add(squared(limited).mul(1 - beta2));
    const root = np.sqrt(v.ref.div(corrections[1]!.ref)).add(epsilon);
    const change = m.ref.div(corrections[0]!.ref).div(root).mul(learningRate);
    return { name, parameter: state.parameters[name]!.sub(change), m, v };
  });
  for (const each of [scale, ...corrections]) each.dispose();
  return {
    parameters: Object.fromEntries(after.map(({ name, parameter }) => [name, parameter])),
    first: Object.fromEntries(after.map(({ name, m }) => [name, m])),
    second: Object.fromEntries(after.map(({ name, v }) => [name, v])),
  };
}

function squared(x: Tensor): Tensor {
  return x.ref.mul(x);
}
