/**
 * Which architecture a directory holds, as transformers' AutoModelForSequenceClassification decides it: by
 * `model_type`. What `architectures` says must agree where it names a class that is served; a class of a
 * trainer's own, or none, leaves it to `model_type` and to a head that is really stored, for without one
 * transformers would draw a random one.
 *
 * @module
 */

import type { AbacusError } from "../errors.ts";
import { badConfiguration } from "./configuration.ts";
import type { FoundLayer, HeadKind, StoredShapes } from "./heads/head_kind.ts";
import { refusedClass } from "./heads/refused_classes.ts";

/** What is known of a class before its config.json is read. */
export interface KnownClass {
  /** As `model_type` names it. */
  readonly family: string;
  /** The tensor without which the head would be random. */
  readonly head: string;
  /** Whether the class is a trainer's own, whose name others may give to something else. @default false */
  readonly own?: boolean;
}

/** A head that is asked for, whatever the class is called. */
export interface AskedHead {
  /** By what it is asked for, e.g. `--head value`. */
  readonly by: string;
  readonly kind: HeadKind;
  /** What the model is called with it. @default as its language model */
  readonly className?: string;
}

/** What the choice is made by, beside config.json. */
export interface Evidence {
  /** The class that the user asks for (`--architecture`), which decides alone. */
  readonly asked?: string | undefined;
  /** The shapes of the stored tensors by their names. @default there are none */
  readonly tensors?: StoredShapes | undefined;
  /** The head that the user asks for (`--head`), which any decoder may have. */
  readonly head?: AskedHead | undefined;
}

/** A class that is served, and what it was found by where config.json does not name it. */
export interface Choice {
  readonly name: string;
  readonly by?: string;
  /** The head's outputs, where a trainer's own class leaves config.json without labels. */
  readonly labels?: number;
  /** The head that was found, where config.json does not name the class. */
  readonly found?: FoundLayer;
}

/**
 * The class that serves a config.json, or undefined where nothing says it: the caller knows the words for
 * that.
 *
 * @throws {AbacusError} `bad_model` naming both fields where `architectures` and `model_type` contradict
 * each other, and naming the head where it is missing
 */
export function chooseArchitecture(
  config: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, KnownClass>>,
  { asked, tensors = new Map() }: Evidence,
): Choice | undefined {
  if (asked !== undefined) {
    return Object.hasOwn(known, asked) ? { name: asked, by: "--architecture" } : undefined;
  }
  const names = classNames(config);
  const { model_type: type } = config;
  const named = names.find((name) => Object.hasOwn(known, name) && isServed(known[name], tensors));
  if (named !== undefined) return { name: agreeing(named, type, known) };
  refuseOtherHeads(names);
  const typed = Object.entries(known).find(([name, { family }]) =>
    family === type && name.endsWith("ForSequenceClassification")
  );
  if (typed === undefined) return undefined;
  const [name, { head }] = typed;
  const stored = storedHead(head, config, tensors);
  if (stored !== undefined) return byHead(name, config, stored);
  // A policy is told by its class that it is one.
  if (names.some((each) => /(ForCausalLM|LMHeadModel)$/.test(each))) return undefined;
  throw withoutHead(name, head, names);
}

/** The names under `architectures`; none where it is missing, null, empty or something else. */
export function classNames({ architectures }: Readonly<Record<string, unknown>>): string[] {
  const list = Array.isArray(architectures) ? architectures : [architectures];
  return list.filter((each): each is string => typeof each === "string" && each !== "");
}

/** A trainer's class is what its name says where its head is stored too. */
function isServed(known: KnownClass | undefined, tensors: StoredShapes): boolean {
  if (known === undefined) return false;
  return !known.own || tensors.size === 0 || headAmong(tensors, known.head) !== undefined;
}

/** The name under which a checkpoint has a head's tensor. */
function headAmong(tensors: StoredShapes, head: string): string | undefined {
  return [...tensors.keys()].find((name) => name === head || name.endsWith(`.${head}`));
}

/** A head that is stored. */
interface StoredHead extends FoundLayer {
  /** The name of its weights in the checkpoint. */
  readonly stored: string;
  readonly rows: number;
}

/**
 * The head, under transformers' name or that of OpenRLHF, which saves it as config.json's
 * `value_head_prefix` says; old versions of it had `value_head`.
 */
function storedHead(
  head: string,
  { value_head_prefix: prefix }: Readonly<Record<string, unknown>>,
  tensors: StoredShapes,
): StoredHead | undefined {
  const theirs = typeof prefix === "string" ? [`${prefix}.weight`] : [];
  const names = head === "score.weight" ? [head, ...theirs, "value_head.weight"] : [head];
  for (const own of names) {
    const stored = headAmong(tensors, own);
    if (stored === undefined) continue;
    const [rows = 0] = tensors.get(stored)?.shape ?? [];
    const bias = tensors.has(stored.replace(/weight$/, "bias"));
    return { stored, name: own.replace(/\.weight$/, ""), bias, rows };
  }
  return undefined;
}

/** What a stored head tells beside the class; without labels in config.json, its rows are labels. */
function byHead(
  className: string,
  config: Readonly<Record<string, unknown>>,
  { stored, rows, name, bias }: StoredHead,
): Choice {
  const labelled = ["id2label", "num_labels"].some((field) => (config[field] ?? null) !== null);
  return {
    name: className,
    by: `"model_type" and its head ${stored}`,
    ...(labelled || rows === 0 ? {} : { labels: rows }),
    found: { name, bias },
  };
}

function agreeing(
  name: string,
  type: unknown,
  known: Readonly<Record<string, KnownClass>>,
): string {
  const family = known[name]?.family;
  if (type === undefined || type === null || type === family) return name;
  throw badConfiguration(
    `Cannot tell the architecture as "architectures" and "model_type" contradict each other ` +
      `(--architecture decides): received "${name}", which is of "${family}", and ` +
      JSON.stringify(type).slice(0, 100),
  );
}

function refuseOtherHeads(names: readonly string[]): void {
  const other = refusedClass(names);
  if (other === undefined) return;
  throw badConfiguration(
    `Cannot serve a model as a reward model as ${other.why}: received "architectures" ${
      JSON.stringify(other.name)
    }`,
  );
}

function withoutHead(name: string, head: string, names: readonly string[]): AbacusError {
  const received = names.length === 0 ? "no name" : names.map((each) => `"${each}"`).join(", ");
  return badConfiguration(
    `Cannot serve the model as ${name}, after its "model_type", as it has no head "${head}", and ` +
      `transformers would draw a random one: received ${
        received.slice(0, 200)
      } under "architectures"`,
  );
}
