/**
 * Value head: `v_head.summary`, which TRL's AutoModelForCausalLMWithValueHead puts beside a language model,
 * and GRM (arXiv 2406.10216) trains as a reward head: linear, or linear layers with ReLU between them. What
 * is stored tells which, as `vhead_layer_type` and its kin stand in some config.json only.
 *
 * @module
 */

import type { AskedHead } from "../architecture_choice.ts";
import { badConfiguration } from "../configuration.ts";
import { countedLabels, type HeadKind, type StoredShapes } from "./head_kind.ts";
import { type HeadLayer, layeredHead } from "./layered.ts";
import { lastToken } from "./reading_places.ts";

const weightName = /(?:^|\.)(v_head\.summary(?:\.(\d+))?)\.weight$/;

/** Whatever `v_head.summary` is, read at the last token. */
export const valueHead: HeadKind = {
  tensor: "v_head.summary.weight",
  head(source) {
    const layers = layersOf(source.stored);
    return layeredHead({
      inputs: source.trunk.dimensions.hidden,
      labels: countedLabels(source, layers.at(-1)!.outputs),
      layers,
    });
  },
  pooling: lastToken,
};

/** Whether a checkpoint has such a head. */
export function hasValueHead(stored: StoredShapes): boolean {
  return stored.keys().some((name) => weightName.test(name));
}

/**
 * GRM's reward head. Only its trainer writes `vhead_layer_type`, and so the head is none of a critic, which
 * `v_head.summary` alone does not tell.
 */
export function grmHead(
  { vhead_layer_type: type = null }: Readonly<Record<string, unknown>>,
  stored: StoredShapes = new Map(),
): AskedHead | undefined {
  if (type === null || !hasValueHead(stored)) return undefined;
  return {
    by: '"vhead_layer_type" and its head v_head.summary',
    kind: valueHead,
    className: "GRewardModel",
  };
}

/** Its linear layers in order: a Sequential counts the activations too, so their numbers are even. */
function layersOf(stored: StoredShapes): readonly HeadLayer[] {
  const layers = [...stored].flatMap(([name, { shape: [outputs = 0] }]) => {
    const [, own, number = "0"] = weightName.exec(name) ?? [];
    if (own === undefined) return [];
    return [{ name: own, number: Number(number), outputs, bias: hasBias(stored, name) }];
  }).sort((a, b) => a.number - b.number);
  if (layers.length > 0 && layers.every(({ number }, i) => number === 2 * i)) return layers;
  throw badConfiguration(
    `Cannot read the value head as its layers must be "v_head.summary", or "v_head.summary.0" and every ` +
      `second one after it: received ${
        layers.length === 0 ? "none" : layers.map(({ name }) => name).join(", ").slice(0, 200)
      }`,
  );
}

function hasBias(stored: StoredShapes, weight: string): boolean {
  return stored.has(weight.replace(/weight$/, "bias"));
}
