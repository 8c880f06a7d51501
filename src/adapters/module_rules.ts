/**
 * Which modules of a model an adapter_config.json speaks of, as peft 0.21 matches their names, and with which
 * rank and scale. Pure.
 *
 * A module is named as in transformers, e.g. `model.layers.0.self_attn.q_proj`.
 *
 * @module
 */

import { RE2JS } from "re2js";
import { shown } from "../weights/bad_model.ts";
import { type AdapterConfig, badAdapter } from "./adapter_config.ts";

/** What an adapter multiplies with in one module. */
export interface Rank {
  readonly rank: number;
  /** `alpha / rank`, or `alpha / sqrt(rank)` where it is stabilised (arXiv 2312.03732). */
  readonly scale: number;
}

/** The heads that peft trains and saves as a whole in a classifier, whatever `modules_to_save` says. */
const heads = ["classifier", "score"];

/** The most characters of a pattern; published ones have a few dozen. */
const LONGEST_PATTERN = 10_000;

/** A pattern, and the number that it stands for. */
type Numbered = readonly [pattern: RE2JS, value: number];

/** Matching of one adapter. */
export class ModuleRules {
  readonly #config: AdapterConfig;
  /** The modules that are saved as a whole. */
  readonly #saved: readonly string[];
  readonly #within: readonly RE2JS[];
  readonly #ranks: readonly Numbered[];
  readonly #alphas: readonly Numbered[];
  readonly #excluded: RE2JS | undefined;
  /** Undefined where the modules are listed, or the pattern cannot be read. */
  readonly #targets: RE2JS | undefined;
  readonly #layers: readonly RE2JS[];

  /** @throws {AbacusError} `bad_model` naming a pattern that cannot be read */
  constructor(config: AdapterConfig) {
    const { target_modules: targets, exclude_modules: excluded, layers_pattern: lists } = config;
    this.#config = config;
    this.#saved = [...config.modules_to_save ?? [], ...(isClassifier(config) ? heads : [])];
    this.#within = this.#saved.map((name) =>
      pattern("modules_to_save", `^(?:(?:^|.*\\.)${name}(?:$|\\..*))`)
    );
    this.#ranks = numbered("rank_pattern", config.rank_pattern);
    this.#alphas = numbered("alpha_pattern", config.alpha_pattern);
    this.#excluded = typeof excluded === "string"
      ? pattern("exclude_modules", `^(?:${excluded})$`)
      : undefined;
    this.#targets = typeof targets === "string" ? readable(`^(?:${targets})$`) : undefined;
    this.#layers = [lists ?? []].flat().map((list) =>
      pattern("layers_pattern", `^(?:^|.*?\\.)${list}\\.(\\d+)\\.`)
    );
  }

  /** Rank and scale of a module: the first pattern that its name ends in counts. */
  rankOf(module: string): Rank {
    const { r, lora_alpha, use_rslora } = this.#config;
    const rank = firstMatch(this.#ranks, module) ?? r;
    const alpha = firstMatch(this.#alphas, module) ?? lora_alpha;
    return { rank, scale: alpha / (use_rslora ? Math.sqrt(rank) : rank) };
  }

  /**
   * Whether a linear layer or a table is to have matrices of its own; undefined where a pattern is one that
   * cannot be read, so that the stored tensors alone say it.
   */
  targets(module: string, kind: "linear" | "table"): boolean | undefined {
    const { target_modules: targets, exclude_modules: excluded } = this.#config;
    if (this.#excluded && matches(this.#excluded, module)) return false;
    if (Array.isArray(excluded) && isNamed(module, excluded)) return false;
    if (this.#within.some((each) => matches(each, module))) return false;
    if (typeof targets !== "string") {
      return targets.includes(module) || (isNamed(module, targets) && this.#isInLayers(module));
    }
    if (targets.toLowerCase() === "all-linear") return kind === "linear";
    return this.#targets && matches(this.#targets, module);
  }

  /** The module that is saved as a whole and holds this one, or is it: peft replaces it. */
  savedAs(module: string): string | undefined {
    const parts = module.split(".");
    const outer = parts.map((_, i) => parts.slice(0, i + 1).join("."));
    return outer.find((each) => this.#saved.some((name) => each.endsWith(name)));
  }

  /** By the first number in the name, which is that of the layer. */
  #isInLayers(module: string): boolean {
    const { layers_to_transform: wanted = null } = this.#config;
    if (wanted === null || (Array.isArray(wanted) && wanted.length === 0)) return true;
    const lists = this.#layers.length === 0 ? [anyList] : this.#layers;
    const found = lists.map((list) => list.matcher(module)).find((matcher) => matcher.find());
    return found !== undefined && [wanted].flat().includes(Number(found.group(1)));
  }
}

/** peft trains the head of these tasks, whatever `modules_to_save` says. */
function isClassifier({ task_type: task }: AdapterConfig): boolean {
  return task === "SEQ_CLS" || task === "TOKEN_CLS";
}

const anyList = RE2JS.compile("^.*?\\.[^.]*\\.(\\d+)\\.");

/** Patterns are alternatives to the end of a name, behind a full stop or at the start. */
function numbered(
  field: string,
  values: Readonly<Record<string, number>> | null | undefined,
): Numbered[] {
  return Object.entries(values ?? {}).map(([key, value]) => [
    pattern(field, `^(?:.*\\.)?(?:${key})$`),
    value,
  ]);
}

function firstMatch(patterns: readonly Numbered[], module: string): number | undefined {
  return patterns.find(([each]) => matches(each, module))?.[1];
}

function matches(pattern: RE2JS, module: string): boolean {
  return pattern.matcher(module).find();
}

/** Whether a list names the module by its whole name or by the end of it. */
function isNamed(module: string, names: readonly string[]): boolean {
  return names.some((name) => module === name || module.endsWith(`.${name}`));
}

/** A pattern of Python, matched in linear time, for an adapter's file is not to be trusted. */
function pattern(field: string, source: string): RE2JS {
  const found = readable(source);
  if (found !== undefined) return found;
  throw badAdapter(
    `Cannot match modules as a pattern in "${field}" is none that RE2 can read (it may look neither ` +
      `ahead nor behind): received ${shown(source)}`,
  );
}

function readable(source: string): RE2JS | undefined {
  if (source.length > LONGEST_PATTERN) return undefined;
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}
