/**
 * ModelSet: the models of one server by name, each with its queue and its scorer.
 *
 * @module
 */

import { type EngineState, stateOf } from "../engine/engine_state.ts";
import type { Engine } from "../engine/engine.ts";
import { AbacusError } from "../errors.ts";

/** Anything that has a model by its name, such as a queue or a scorer; a mixture of models is one too. */
export interface WithModel {
  readonly model: {
    readonly name: string;
    /** @default a mixture has none of its own: its members have theirs */
    readonly engine?: Pick<Engine, "states" | "facts">;
  } & AsyncDisposable;
}

/**
 * One or more models by name, in a fixed order. The first is the default.
 *
 * @example Finding a model by name
 * ```ts
 * import { ModelSet } from "./model_set.ts";
 * import { fakeModel } from "../../tests/support/fake_model.ts";
 * import assert from "node:assert/strict";
 *
 * const models = new ModelSet([
 *   { model: fakeModel({ name: "small" }) },
 *   { model: fakeModel({ name: "large" }) },
 * ]);
 * assert.equal(models.find().model.name, "small");
 * assert.equal(models.find("large").model.name, "large");
 * ```
 */
export class ModelSet<Served extends WithModel = WithModel> implements AsyncDisposable {
  readonly #byName: ReadonlyMap<string, Served>;
  readonly #first: Served;

  /** @throws {AbacusError} `bad_usage` where there is no model, or two have the same name */
  constructor(served: readonly Served[]) {
    const [first] = served;
    if (first === undefined) throw badUsage("there must be at least one", "none");
    const names = served.map(({ model }) => model.name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw badUsage("each must have a name of its own", `'${twice}' twice`);
    this.#byName = new Map(served.map((each) => [each.model.name, each]));
    this.#first = first;
  }

  /** All of them, the default first. */
  get all(): readonly Served[] {
    return [...this.#byName.values()];
  }

  /** Whether all of them compute: the state of the one that is worst off. */
  get state(): EngineState {
    const states = this.all.map(({ model }) => stateOf(model.engine ?? {}));
    return (["failed", "recovering"] as const).find((state) => states.includes(state)) ?? "ready";
  }

  /**
   * The model of this name; without one, the default.
   *
   * @throws {AbacusError} `unknown_model`, naming those that there are
   */
  find(name?: string): Served {
    const found = name === undefined ? this.#first : this.#byName.get(name);
    if (found !== undefined) return found;
    const names = [...this.#byName.keys()].map((known) => `'${known}'`).join(", ");
    const known = this.#byName.size === 1 ? `the loaded model is ${names}` : `there are ${names}`;
    throw new AbacusError("unknown_model", `Cannot score as ${known}: received '${name}'`, {
      path: "model",
    });
  }

  /** Closes every model, the last one first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { model } of this.all.toReversed()) await model[Symbol.asyncDispose]();
  }
}

function badUsage(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot serve models as ${reason}: received ${received}`);
}
