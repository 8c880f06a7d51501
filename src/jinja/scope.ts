/**
 * Scope: the names of a template while it runs, each in the scope that `names.ts` found for it.
 *
 * @module
 */

import type { Names } from "./names.ts";
import { Undefined, type Value } from "./values.ts";

/** See the module. */
export class Scope {
  readonly #values = new Map<string, Value | undefined>();
  readonly #parent: Scope | undefined;
  readonly #variables: ReadonlyMap<string, Value>;

  /** @param variables what the template was given to be rendered with */
  constructor(names: Names, variables: ReadonlyMap<string, Value>, parent?: Scope) {
    this.#parent = parent;
    this.#variables = variables;
    for (const [name, load] of names.loads) {
      const value = load === "variable"
        ? variables.get(name)
        : load === "outer"
        ? parent === undefined ? undefined : parent.#find(name)
        : undefined;
      this.#values.set(name, value);
    }
  }

  /** A scope within this one. */
  inner(names: Names): Scope {
    return new Scope(names, this.#variables, this);
  }

  read(name: string): Value {
    const value = this.#find(name);
    return value === undefined ? new Undefined(`'${name}' is undefined`) : value;
  }

  assign(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** The value of a name; undefined (JavaScript's) where it has none. */
  #find(name: string): Value | undefined {
    if (this.#values.has(name)) return this.#values.get(name);
    return this.#parent === undefined ? this.#variables.get(name) : this.#parent.#find(name);
  }
}
