/**
 * What every family's config.json holds alike: labels and their order; and how one is refused.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";

const none = (what: string) => z.null({ error: `${what} is not supported` }).optional();

/** Fields shared by all sequence classifiers. A family whose padding has another default sets it. */
export const classifierFields = {
  id2label: z.record(z.string().regex(/^\d+$/, "labels are numbered"), labelName()).nullish(),
  label2id: z.record(z.string(), z.unknown()).nullish(),
  num_labels: z.number().int().positive().optional(),
  problem_type: z.string().nullish(),
  pad_token_id: z.number().int().nullish(),
  per_layer_config: none("a configuration of its own for a layer"),
  text_config: none("a text model within another"),
};

function labelName() {
  return z.union([z.string(), z.number().transform(String)]);
}

const classifier = z.object(classifierFields);

/** What config.json says of any sequence classifier. */
export type ClassifierConfig = z.infer<typeof classifier>;

/** What it says of labels. */
export type LabelConfig = Pick<
  ClassifierConfig,
  "id2label" | "label2id" | "num_labels" | "problem_type"
>;

/**
 * `id2label`'s names in order; `LABEL_i` where the file names none. transformers' default is two labels, and
 * it leaves `label2id` unread.
 *
 * @throws {AbacusError} `bad_model` naming two fields that contradict each other
 */
export function labelNames(config: LabelConfig): readonly string[] {
  const { id2label, num_labels: count } = config;
  const named = Object.entries(id2label ?? {}).sort(([a], [b]) => Number(a) - Number(b));
  const names = id2label === undefined || id2label === null
    ? Array.from({ length: count ?? 2 }, (_, i) => `LABEL_${i}`)
    : named.map(([, name]) => name);
  if (names.length === 0) throw contradicting('"id2label" names no label', "{}");
  if (count !== undefined && count !== names.length) {
    throw contradicting(
      '"num_labels" and "id2label" contradict each other',
      `${count} and ${names}`,
    );
  }
  if (config.problem_type === "single_label_classification" && names.length === 1) {
    throw contradicting(
      '"problem_type" needs more than the one label of "id2label" or "num_labels"',
      `"${config.problem_type}"`,
    );
  }
  refuseOtherNumbers(config, named);
  return names;
}

/** The same name under two numbers; names that one map alone has are what editing one of them leaves. */
function refuseOtherNumbers({ label2id }: LabelConfig, named: readonly [string, string][]): void {
  const ids = label2id ?? {};
  const shown = (name: string) => {
    const id = ids[name];
    return typeof id === "object" ? JSON.stringify(id) : String(id);
  };
  const wrong = named.find(([id, name]) => Object.hasOwn(ids, name) && shown(name) !== id);
  if (wrong === undefined) return;
  const [id, name] = wrong;
  throw contradicting(
    `"id2label" and "label2id" contradict each other about "${name.slice(0, 100)}"`,
    `${id} and ${shown(name)}`,
  );
}

function contradicting(reason: string, received: string): AbacusError {
  return badConfiguration(
    `Cannot read the labels as ${reason}: received ${received.slice(0, 200)}`,
  );
}

/** The error of a config.json that Abacus cannot use. */
export function badConfiguration(message: string): AbacusError {
  return new AbacusError("bad_model", message, { path: "config.json" });
}
