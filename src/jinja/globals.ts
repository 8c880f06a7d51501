/**
 * What every template finds in its environment: `range`, `dict`, `namespace`, `cycler`, `joiner`, and the
 * functions of transformers, `raise_exception` and `strftime_now`.
 *
 * @module
 */

import { asInteger, asText, REQUIRED, take } from "./arguments.ts";
import { EngineFailure, PythonFailure, RaisedByTemplate, typeError } from "./failure.ts";
import { reprOf, textFor } from "./python_text.ts";
import { iterate } from "./sequences.ts";
import {
  type Arguments,
  Callable,
  Dict,
  Host,
  Range,
  textOf,
  Tuple,
  type Value,
} from "./values.ts";

/** The longest range, as in Jinja's own sandbox. */
const LONGEST_RANGE = 100_000;

/** An object whose attributes a template may set. */
export class Namespace extends Host {
  readonly typeName = "Namespace";
  readonly #attributes = new Map<string, Value>();

  override attribute(name: string): Value | undefined {
    return this.#attributes.get(name);
  }

  set(name: string, value: Value): void {
    if (name.startsWith("_")) {
      throw new PythonFailure(
        "SecurityError",
        "Chat templates cannot store underscore-prefixed attributes on a namespace, but got " +
          `'${name}'. Please rename the attribute.`,
      );
    }
    this.#attributes.set(name, value);
  }

  /** As Python prints it, with the dict of its attributes. */
  override print(): string {
    return `<Namespace ${reprOf(new Dict(this.#attributes))}>`;
  }
}

/** Gives its values in turn, again and again. */
class Cycler extends Host {
  readonly typeName = "Cycler";
  #at = 0;

  constructor(readonly items: readonly Value[]) {
    super();
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "current":
        return this.items[this.#at]!;
      case "items":
        return new Tuple(this.items);
      case "pos":
        return BigInt(this.#at);
      case "next":
        return new Callable("next", () => this.#next());
      case "reset":
        return new Callable("reset", () => {
          this.#at = 0;
          return null;
        });
    }
  }

  #next(): Value {
    const value = this.items[this.#at]!;
    this.#at = (this.#at + 1) % this.items.length;
    return value;
  }
}

/** Writes nothing at first, and its separator ever after. */
class Joiner extends Host {
  readonly typeName = "Joiner";
  #used = false;

  constructor(readonly separator: Value) {
    super();
  }

  override attribute(name: string): Value | undefined {
    // The attributes of Python's object.
    return { sep: this.separator, used: this.#used }[name];
  }

  override call(): Value {
    if (this.#used) return this.separator;
    this.#used = true;
    return "";
  }
}

/** The functions by name. */
export const globals: ReadonlyMap<string, Value> = new Map(
  Object.entries<(given: Arguments) => Value>({
    range: (given) => rangeOf(given.positional.map(asInteger)),
    dict: (given) => dictOf("dict", given),
    namespace: (given) => {
      const namespace = new Namespace();
      for (const [name, value] of dictOf("dict", given).entries()) {
        namespace.set(asText(name), value);
      }
      return namespace;
    },
    cycler: ({ positional }) => {
      if (positional.length > 0) return new Cycler(positional);
      throw new PythonFailure("TemplateRuntimeError", "at least one item has to be provided");
    },
    joiner: (given) => new Joiner(take("joiner", given, { sep: ", " })[0]!),
    lipsum: () => {
      throw new EngineFailure("the function 'lipsum' is not known, as it writes random words");
    },
    raise_exception: (given) => {
      const [message] = take("raise_exception", given, { message: REQUIRED });
      throw new RaisedByTemplate(textFor(message!));
    },
  }).map(([name, call]) => [name, new Callable(name, call)]),
);

/** `range(stop)` or `range(start, stop, step)` */
function rangeOf(bounds: readonly bigint[]): Range {
  const [start, stop, step = 1n] = bounds.length === 1 ? [0n, ...bounds] : bounds;
  if (start === undefined || stop === undefined || bounds.length > 3) {
    throw typeError(`range expected 1 to 3 arguments, got ${bounds.length}`);
  }
  if (step === 0n) throw new PythonFailure("ValueError", "range() arg 3 must not be zero");
  const range = new Range(start, stop, step);
  if (range.length <= LONGEST_RANGE) return range;
  throw new PythonFailure(
    "OverflowError",
    `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${LONGEST_RANGE}).`,
  );
}

/** `dict(mapping or pairs, **named)` */
function dictOf(name: string, { positional, named }: Arguments): Dict {
  if (positional.length > 1) throw typeError(`${name} expected at most 1 argument`);
  const [source] = positional;
  const own = source === undefined
    ? []
    : source instanceof Dict
    ? source.entries()
    : [...iterate(source)].map(pairOf);
  return new Dict([...own, ...named]);
}

/** The pair of a key and a value that an item of a list is. */
function pairOf(item: Value): readonly [Value, Value] {
  const [key, value, ...more] = textOf(item) === undefined ? iterate(item) : textOf(item)!;
  if (key !== undefined && value !== undefined && more.length === 0) return [key, value];
  throw new PythonFailure(
    "ValueError",
    "dictionary update sequence element has another length than 2",
  );
}
