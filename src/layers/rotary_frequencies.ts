/**
 * The frequencies of rotary position embedding (RoPE, arXiv 2104.09864), and how checkpoints stretch them
 * to contexts longer than they were first trained at. Numbers only; `rotary.ts` makes angles of them.
 *
 * @module
 */

/** How frequencies are stretched, by the names of `rope_type` in config.json. */
export type RotaryScaling =
  | { readonly kind: "default" }
  | { readonly kind: "linear"; readonly factor: number }
  | Llama3Scaling
  | YarnScaling
  | DynamicScaling
  | LongRopeScaling;

/** Llama 3.1: low frequencies are stretched, high ones kept, those between blended. */
interface Llama3Scaling {
  readonly kind: "llama3";
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContext: number;
}

/** YaRN (arXiv 2309.00071, NTK-by-parts): the same, blended by the index of the frequency. */
interface YarnScaling {
  readonly kind: "yarn";
  readonly factor: number;
  readonly originalContext: number;
  /** Frequencies that make more turns over the original context are kept. */
  readonly fastTurns: number;
  /** Those that make fewer are stretched. */
  readonly slowTurns: number;
  /** Whether the ramp starts and ends at whole indices. */
  readonly truncate: boolean;
}

/** NTK-aware: the base grows with the length of the sequence once it passes `originalContext`. */
export interface DynamicScaling {
  readonly kind: "dynamic";
  readonly factor: number;
  readonly originalContext: number;
}

/** LongRoPE (arXiv 2402.13753): a divisor per frequency, others once a sequence passes `originalContext`. */
interface LongRopeScaling {
  readonly kind: "longrope";
  readonly short: readonly number[];
  readonly long: readonly number[];
  readonly originalContext: number;
}

/** A family's rotary embedding. */
export interface Rotary {
  /** Columns of a head that turn, the first ones. An odd number turns one more, as in transformers. */
  readonly rotated: number;
  /** Whether neighbouring columns form a pair, and not column `i` and `i + rotated / 2`. */
  readonly interleaved: boolean;
  readonly base: number;
  /** The longest sequence. */
  readonly context: number;
  readonly scaling: RotaryScaling;
  /** What cosines and sines are multiplied with; 1 for most. Scores then grow by its square. */
  readonly attentionFactor: number;
}

/** A rotary embedding whose frequencies change with the length of the sequence. */
type LengthScaling = DynamicScaling | LongRopeScaling;

/** The scaling, where sequences longer than its `originalContext` have other frequencies than shorter ones. */
export function lengthScaling({ scaling, context }: Rotary): LengthScaling | undefined {
  if (scaling.kind !== "dynamic" && scaling.kind !== "longrope") return undefined;
  return context > scaling.originalContext ? scaling : undefined;
}

/** The longest sequence whose angles are those of the same tokens in shorter ones. */
export function sharingLimit(rotary: Rotary): number {
  return lengthScaling(rotary)?.originalContext ?? Infinity;
}

/** The frequencies of sequences up to the original context, then those of longer ones where they differ. */
export function frequencySets(rotary: Rotary): readonly (readonly number[])[] {
  const { scaling } = rotary;
  const plain = exponents(rotary).map((exponent) => rotary.base ** exponent);
  switch (scaling.kind) {
    case "default":
    case "dynamic":
      return [plain];
    case "linear":
      return [plain.map((each) => each / scaling.factor)];
    case "llama3":
      return [plain.map((each) => stretched(each, keptByTurns(each, scaling), scaling))];
    case "yarn": {
      const kept = keptByIndex(rotary, scaling);
      return [plain.map((each, i) => stretched(each, kept(i), scaling))];
    }
    case "longrope": {
      const divided = (by: readonly number[]) => plain.map((each, i) => each / (by[i] ?? NaN));
      const longer = lengthScaling(rotary) === undefined ? [] : [divided(scaling.long)];
      return [divided(scaling.short), ...longer];
    }
  }
}

/** Powers of the base, `-2 * i / rotated` (arXiv 2104.09864, equation 15). */
export function exponents({ rotated }: Rotary): readonly number[] {
  return Array.from({ length: Math.ceil(rotated / 2) }, (_, i) => -2 * i / rotated);
}

/** A frequency of which the part `kept` stays as it is and the rest is divided by the factor. */
function stretched(frequency: number, kept: number, { factor }: { factor: number }): number {
  return (1 - kept) * frequency / factor + kept * frequency;
}

/** Llama 3.1's rule: by how many turns a frequency makes over the original context. */
function keptByTurns(frequency: number, scaling: Llama3Scaling): number {
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const turns = originalContext * frequency / (2 * Math.PI);
  return within01((turns - low) / (high - low));
}

/**
 * YaRN's rule: a ramp between the indices of the frequencies that make so many turns. The paper has the ramp
 * over turns; its authors' code, and transformers with it, over indices.
 */
function keptByIndex({ rotated, base }: Rotary, scaling: YarnScaling): (index: number) => number {
  const indexOf = (turns: number) =>
    rotated * Math.log(scaling.originalContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  const [first, last] = [indexOf(scaling.fastTurns), indexOf(scaling.slowTurns)];
  const start = Math.max(scaling.truncate ? Math.floor(first) : first, 0);
  const end = Math.min(scaling.truncate ? Math.ceil(last) : last, rotated - 1);
  const length = end === start ? 0.001 : end - start;
  return (index) => 1 - within01((index - start) / length);
}

function within01(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
