/**
 * Macros: functions that a template writes, and the block of a call, which its callee knows as `caller`.
 *
 * @module
 */

import { typeError } from "./failure.ts";
import { type Arguments, Dict, Host, Tuple, Undefined, type Value } from "./values.ts";

/** What a macro is made of. */
export interface MacroOptions {
  /** None for the block of a call. */
  readonly name: string | null;
  readonly parameters: readonly string[];
  /** Which of `caller`, `kwargs` and `varargs` it reads besides. */
  readonly special: ReadonlySet<string>;
  /** Writes it, given its parameters by name; one that is absent was not given. */
  readonly run: (given: ReadonlyMap<string, Value>) => Value;
}

/** See the module. */
export class Macro extends Host {
  readonly typeName = "Macro";
  readonly #options: MacroOptions;

  constructor(options: MacroOptions) {
    super();
    this.#options = options;
  }

  override attribute(name: string): Value | undefined {
    const { parameters, special } = this.#options;
    switch (name) {
      case "name":
        return this.#options.name;
      case "arguments":
        return new Tuple(parameters);
      case "caller":
        return special.has("caller");
      case "catch_kwargs":
        return special.has("kwargs");
      case "catch_varargs":
        return special.has("varargs");
    }
  }

  override print(): string {
    const { name } = this.#options;
    return `<Macro ${name === null ? "anonymous" : `'${name}'`}>`;
  }

  override call({ positional, named }: Arguments): Value {
    const { parameters, special, run } = this.#options;
    const rest = new Map(named);
    const given = new Map<string, Value>();
    for (const [at, name] of parameters.entries()) {
      const value = at < positional.length ? positional[at] : rest.get(name);
      if (at >= positional.length) rest.delete(name);
      if (value !== undefined) given.set(name, value);
    }
    if (special.has("caller")) {
      given.set("caller", rest.get("caller") ?? new Undefined("No caller defined"));
      rest.delete("caller");
    }
    if (special.has("kwargs")) given.set("kwargs", new Dict(rest));
    else if (rest.size > 0) this.#refuse(`takes no keyword argument '${[...rest.keys()][0]}'`);
    const more = positional.slice(parameters.length);
    if (special.has("varargs")) given.set("varargs", new Tuple(more));
    else if (more.length > 0) this.#refuse(`takes not more than ${parameters.length} argument(s)`);
    return run(given);
  }

  #refuse(reason: string): never {
    const { name } = this.#options;
    throw typeError(`macro ${name === null ? "None" : `'${name}'`} ${reason}`);
  }
}
