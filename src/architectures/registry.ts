/**
 * Registry: every family that Abacus can serve, one line each.
 *
 * To add a family, write its page (see llama.ts), add its line here and its golden numbers under
 * tests/oracle.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";
import { nearest } from "../weights/nearest.ts";
import type { Architecture } from "./architecture.ts";
import { gpt2ForSequenceClassification } from "./gpt2.ts";
import { llamaForSequenceClassification } from "./llama.ts";

type Reader = (config: unknown) => Architecture;

const readers: Readonly<Record<string, Reader>> = {
  GPT2ForSequenceClassification: gpt2ForSequenceClassification,
  LlamaForSequenceClassification: llamaForSequenceClassification,
};

/** The names that config.json may give under `architectures`. */
export const architectureNames: readonly string[] = Object.keys(readers);

const named = z.object({ architectures: z.array(z.string()).min(1) });

/**
 * The page of the architecture that a config.json names.
 *
 * @throws {AbacusError} `bad_model` for an architecture that is unknown (naming the nearest known
 * one) or a configuration that its page cannot read (naming the field).
 */
export function architectureOf(config: unknown): Architecture {
  const parsed = named.safeParse(config);
  if (!parsed.success) {
    throw bad(
      `Cannot tell the architecture as "architectures" is missing or is not a list of names`,
    );
  }
  const name = parsed.data.architectures[0] ?? "";
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined) throw unknown(name);
  return read(reader, config, name);
}

function read(reader: Reader, config: unknown, name: string): Architecture {
  try {
    return reader(config);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw bad(
      `Cannot read the configuration of ${name} as "${
        issue?.path.join(".")
      }" is not usable: ${issue?.message}`,
    );
  }
}

function unknown(name: string): AbacusError {
  const near = nearest(name, architectureNames);
  const hint = near === undefined ? "" : `; the nearest known one is ${near}`;
  return bad(
    `Cannot serve the architecture "${name.slice(0, 100)}" as it is not one of ${
      architectureNames.join(", ")
    }${hint}`,
  );
}

function bad(message: string): AbacusError {
  return new AbacusError("bad_model", message, { path: "config.json" });
}
