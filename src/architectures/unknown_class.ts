/**
 * Unknown class: the error of a config.json whose class is none of those that are served, or trained, or that
 * names none. It says which is the nearest.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { nearest } from "../spelling.ts";
import { type AskedHead, classNames, type Evidence } from "./architecture_choice.ts";
import { badConfiguration } from "./configuration.ts";

/** Classes by name. */
export type Classes = Readonly<Record<string, { readonly family: string }>>;

/** What a class was looked for in. */
export interface Search {
  readonly verb: string;
  readonly classes: Classes;
  /** The classes of the other kind of model. */
  readonly other: Classes;
}

/** The error of a class that is not served, or of a file that names none. */
export function unknownClass(
  config: Readonly<Record<string, unknown>>,
  { verb, classes, other }: Search,
  { asked }: Evidence = {},
): AbacusError {
  const known = Object.keys(classes);
  const [name] = asked === undefined ? classNames(config) : [asked];
  if (name === undefined) {
    return badConfiguration(
      `Cannot tell the architecture as "architectures" is missing or is not a list of names, and ` +
        `"model_type" is not one of ${familiesOf(classes).join(", ")}: received ${
          JSON.stringify(config["model_type"] ?? null).slice(0, 100)
        }`,
    );
  }
  // The hint comes first: the list is of well over a thousand characters.
  const message = `Cannot ${verb} the architecture "${name.slice(0, 100)}" as ${
    hintOf(name, { verb, classes, other })
  }it is not one of ${known.join(", ")}`;
  if (asked === undefined) return badConfiguration(message);
  return new AbacusError("bad_usage", `${message}: received --architecture ${asked.slice(0, 100)}`);
}

/** What the name is instead, or may be meant to be. */
function hintOf(name: string, { verb, classes, other }: Search): string {
  if (Object.hasOwn(other, name)) {
    return verb === "serve"
      ? "it is a policy, of which --head vocabulary:TOKEN reads a token's logit as its score, and "
      : "it is a reward model, and ";
  }
  const near = nearest(name, Object.keys(classes));
  return near === undefined ? "" : `the nearest known one is ${near}, and `;
}

/** The error of a head that is asked for of a model that is no decoder. */
export function unknownFamily(
  { model_type: type = null, architectures = null }: Readonly<Record<string, unknown>>,
  { by }: Pick<AskedHead, "by">,
  families: readonly string[],
): AbacusError {
  const [name, className] = [type, architectures].map((each) => JSON.stringify(each).slice(0, 100));
  return new AbacusError(
    "bad_usage",
    `Cannot read the model by ${by} as it is for decoders, and "model_type" is not one of ${
      families.join(", ")
    }: received ${name} and "architectures" ${className}`,
  );
}

/** The families of classes, each once. */
export function familiesOf(classes: Classes): readonly string[] {
  return [...new Set(Object.values(classes).map(({ family }) => family))];
}
