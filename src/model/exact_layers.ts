/**
 * Exact layers: the linear layers that stay in float32 where int8 would change scores too much.
 *
 * @module
 */

import type { LossOf } from "../engine/rounding_loss.ts";

/**
 * How far rounding may move scores, as {@linkcode LossOf} has it. Scores that move so far correlate with the exact
 * ones to about 1 - 0.045^2 / 2 = 0.999.
 */
export const LARGEST_LOSS = 0.045;

/** Names in a note. */
const SHOWN = 8;

/** A linear layer that may be rounded. */
export interface RoundedLayer {
  readonly name: string;
  /** Weights: what it costs to leave the layer in float32. */
  readonly size: number;
}

/** What was chosen, and what was measured of it. */
export interface ExactLayers {
  readonly names: readonly string[];
  /** The loss with all layers rounded; NaN where all texts score alike. */
  readonly before: number;
  /** The loss with the chosen ones left in float32. */
  readonly after: number;
}

/** A layer and what rounding it alone loses. */
interface Measured extends RoundedLayer {
  readonly loss: number;
}

/**
 * Leaves layers in float32 until the loss is within the bound: those that lose most for their size. Measuring every
 * layer of a large model would take hours, so whole blocks are measured first, and layers in as many
 * blocks, the worst ones first, as are needed to choose from.
 */
export async function chooseExact(
  layers: readonly RoundedLayer[],
  lossOf: LossOf,
  largest: number = LARGEST_LOSS,
): Promise<ExactLayers> {
  const names = layers.map(({ name }) => name);
  const before = await lossOf(names);
  if (!(before > largest)) return { names: [], before, after: before };
  const measured: Measured[] = [];
  for (const block of await worstFirst(layers, lossOf)) {
    for (const layer of block) measured.push({ ...layer, loss: await lossOf([layer.name]) });
    const found = await leaveOut(measured, { names, lossOf, before, largest });
    if (found !== undefined) return found;
  }
  return { names, before, after: 0 };
}

async function worstFirst(
  layers: readonly RoundedLayer[],
  lossOf: LossOf,
): Promise<readonly RoundedLayer[][]> {
  const blocks: { own: RoundedLayer[]; loss: number }[] = [];
  for (const own of Map.groupBy(layers, blockOf).values()) {
    blocks.push({ own, loss: await lossOf(own.map(({ name }) => name)) });
  }
  return blocks.toSorted((a, b) => b.loss - a.loss).map(({ own }) => own);
}

/** As in `model.layers.3`. */
function blockOf({ name }: RoundedLayer): string {
  return /^.*?\.\d+(?=\.)/.exec(name)?.[0] ?? name;
}

/** The fewest of those measured that are enough, by halving; undefined where all of them are not. */
async function leaveOut(
  measured: readonly Measured[],
  { names, lossOf, before, largest }: {
    names: readonly string[];
    lossOf: LossOf;
    before: number;
    largest: number;
  },
): Promise<ExactLayers | undefined> {
  const ranked = measured.toSorted((a, b) => weightOf(b) - weightOf(a)).map(({ name }) => name);
  const lossWithout = async (count: number) => {
    const exact = new Set(ranked.slice(0, count));
    return await lossOf(names.filter((name) => !exact.has(name)));
  };
  let [few, enough] = [0, ranked.length];
  let after = await lossWithout(enough);
  if (after > largest) return undefined;
  while (few + 1 < enough) {
    const middle = (few + enough) >> 1;
    const loss = await lossWithout(middle);
    if (loss > largest) few = middle;
    else [enough, after] = [middle, loss];
  }
  const exact = new Set(ranked.slice(0, enough));
  return { names: names.filter((name) => exact.has(name)), before, after };
}

function weightOf({ loss, size }: Measured): number {
  return loss ** 2 / size;
}

/** What whoever starts the model should know of it; undefined where every layer is rounded. */
export function exactNote(
  { names, before, after }: ExactLayers,
  layers: readonly RoundedLayer[],
): string | undefined {
  if (names.length === 0) return undefined;
  const exact = new Set(names);
  const sum = (some: readonly RoundedLayer[]) => some.reduce((sum, { size }) => sum + size, 0);
  const share = sum(layers.filter(({ name }) => exact.has(name))) / sum(layers);
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  return `${names.length} of ${layers.length} linear layers stay in float32, ${
    percent(share)
  } of ` +
    `their weights, as rounding them too moved scores by ${percent(before)} of their spread ` +
    `instead of ${percent(after)}: ${names.slice(0, SHOWN).join(", ")}` +
    (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");
}
