/**
 * Names that checkpoints give to one tensor: the one table of old and new spellings. transformers reads all of
 * them (`rename_source_key`), and so the result does not depend on them.
 *
 * @module
 */

/** What the names of a checkpoint are read with. */
export interface Naming {
  /** What a whole model calls its base model, as in `model`; files of either have it or lack it. */
  readonly prefix?: string;
}

/** A name's other spellings; undefined where a rule does not concern it. */
type Spelling = (name: string, naming: Naming) => string | undefined;

/** What may be called otherwise, whatever its prefix. */
const parts: readonly Spelling[] = [
  (name) => name,
  // Checkpoints converted from TensorFlow.
  (name) => name.endsWith("LayerNorm.weight") ? name.replace(/weight$/, "gamma") : undefined,
  (name) => name.endsWith("LayerNorm.bias") ? name.replace(/bias$/, "beta") : undefined,
];

/** The prefix of the base model: as it should be, missing, or there once more. */
const prefixes: readonly Spelling[] = [
  (name) => name,
  (name, { prefix }) =>
    prefix !== undefined && name.startsWith(`${prefix}.`)
      ? name.slice(prefix.length + 1)
      : undefined,
  (name, { prefix }) => prefix === undefined ? undefined : `${prefix}.${name}`,
];

/** Every name under which a checkpoint may hold a tensor, that of transformers first. */
export function spellingsOf(name: string, naming: Naming = {}): readonly string[] {
  return parts.flatMap((part) => {
    const own = part(name, naming);
    if (own === undefined) return [];
    return prefixes.flatMap((prefix) => prefix(own, naming) ?? []);
  });
}

/** A tensor that no graph needs, and why. */
export interface Needless {
  readonly pattern: RegExp;
  readonly reason: string;
}

/**
 * What transformers leaves unread in a checkpoint of any family: buffers that follow from the configuration,
 * and heads that the model does not have.
 */
export const needless: readonly Needless[] = [
  {
    pattern: /(^|\.)rotary_emb\.(inv_freq|cos_cached|sin_cached)$/,
    reason: "derived frequencies",
  },
  { pattern: /(^|\.)position_ids$/, reason: "the numbers from 0 on" },
  { pattern: /^(lm_head|embed_out)\./, reason: "a head over the vocabulary" },
  {
    pattern: /^(cls\.(predictions|seq_relationship)|lm_predictions|mask_predictions)\./,
    reason: "heads of pretraining",
  },
  { pattern: /^(qa_outputs|v_head)\./, reason: "a head of another task" },
];
