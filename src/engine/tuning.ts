/**
 * Tuning: how much padding and how many branches a model of some size can afford.
 *
 * On workload (a) of `deno task bench`, two cores, a quarter and three times the first constant and an eighth of
 * the second were no faster than these.
 *
 * @module
 */

import type { Architecture, Dimensions } from "../architectures/architecture.ts";
import type { TreeOptions } from "../tree/token_tree.ts";
import { visibleWindow, type Window } from "../tree/window.ts";
import { atOnceLimits, type AttentionSetting, BYTES_PER_SCORE } from "./attention_memory.ts";
import type { PaddingLimits } from "./passes/padded_feeds.ts";

/** What one tile costs in one layer beyond its arithmetic, as arithmetic that would take as long. */
const FLOPS_PER_TILE = 2e7;

/**
 * The same on a GPU, where attention comes in tiles only beyond its memory: a turn of the loop of a millisecond, at
 * 20 TFLOP/s. This was not measured.
 */
const FLOPS_PER_GPU_TILE = 2e10;

/** Scores that one tile may hold over all heads: 2^23 float32 are 32 MiB. */
const SCORES_PER_TILE = 2 ** 23;

/** Operations on one token in a usual block's linear layers, in units of hidden squared: 12 weights, 2 each. */
const LINEAR_FLOPS = 24;

/**
 * Numbers that a usual block keeps of a token for the way back, in units of hidden. With 2,048 tokens of
 * models/movie-reward at once the process grew by 152 MiB, of which these are 144.
 */
const KEPT_PER_TOKEN = 24;

/** Numbers that a pass for gradients may keep: 2^27 float32 are 512 MiB. */
const KEPT = 2 ** 27;

/**
 * Tokens of such a pass. On models/movie-reward, two cores, 512, 1,024 and 2,048 took alike long, 256 longer
 * with short texts, and 4,096 twice as long.
 */
const PADDED_TOKENS = 1024;

/** How sequences are laid out whose scores are differentiated. */
export function paddingLimits({ dimensions }: { dimensions: Dimensions }): PaddingLimits {
  const { hidden, heads, layers } = dimensions;
  return {
    perToken: layers * KEPT_PER_TOKEN * hidden,
    perPair: layers * heads,
    numbers: KEPT,
    tokens: PADDED_TOKENS,
  };
}

/** Tokens of the longest text that a pass of its own keeps within so many bytes, at float32. */
export function longestOwnPass(
  { dimensions }: { dimensions: Dimensions },
  bytes: number,
): number {
  const { perToken, perPair } = paddingLimits({ dimensions });
  // perPair * n^2 + perToken * n = bytes / 4, and the larger of its two solutions.
  const half = perToken / (2 * perPair);
  return Math.floor(Math.sqrt(half * half + bytes / 4 / perPair) - half);
}

/** What rows see in each layer of an architecture. */
export function windowsOf(
  { attention, trunk }: Pick<Architecture, "attention" | "trunk">,
): readonly Window[] {
  const { layers } = trunk.dimensions;
  return Array.from({ length: layers }, (_, i) => visibleWindow(trunk.attention(i), attention));
}

/** How batches of an architecture are laid out, where attention comes in tiles. */
export function treeOptions(
  { dimensions, sharesUpTo }: { dimensions: Dimensions; sharesUpTo: number },
): Omit<TreeOptions, "windows"> {
  const { hidden, heads } = dimensions;
  return {
    sharing: { tokensPerBranch: FLOPS_PER_TILE / (LINEAR_FLOPS * hidden * hidden), sharesUpTo },
    tiles: {
      maxPairs: Math.max(1, Math.floor(SCORES_PER_TILE / heads)),
      pairsPerTile: FLOPS_PER_TILE / (4 * hidden),
    },
  };
}

/** The same in any form of attention. Tiles take all the memory there is where they are not the rule. */
export function layoutOf(
  architecture: Pick<Architecture, "dimensions" | "sharesUpTo" | "trunk">,
  attention: AttentionSetting,
): Omit<TreeOptions, "windows"> {
  const options = treeOptions(architecture);
  if (attention.form === "tiles") return options;
  const { hidden, heads } = architecture.dimensions;
  const tiles = {
    maxPairs: Math.max(1, Math.floor(attention.bytes / BYTES_PER_SCORE / heads)),
    pairsPerTile: FLOPS_PER_GPU_TILE / (4 * hidden),
  };
  return { ...options, tiles, ...atOnceLimits(architecture.trunk, attention) };
}
