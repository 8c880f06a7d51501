/**
 * The tokens that a model's tokenizer has a name for, for settings that name tokens.
 *
 * @module
 */

import { Tokenizer } from "./tokenizer.ts";
import { defineTokenizer } from "./tokenizer_definition.ts";
import { readTokenizerFiles } from "./tokenizer_files.ts";

/** Tokens by name. */
export interface NamedTokens {
  /** The id of a special token by its part, as in `eos_token`, where the files name one. */
  special(part: string): number | undefined;
  /** The id of a token of the vocabulary by its text. */
  idOf(token: string): number | undefined;
}

/**
 * Reads the tokenizer files of a Hugging Face directory.
 *
 * @throws {AbacusError} `bad_model` where a file is missing or cannot be read
 */
export async function readNamedTokens(directory: string): Promise<NamedTokens> {
  const definition = defineTokenizer(await readTokenizerFiles(directory));
  const tokenizer = await Tokenizer.open(definition);
  return {
    special(part) {
      const token = definition.specialTokens[part];
      return token === undefined ? undefined : tokenizer.idOf(token);
    },
    idOf: (token) => tokenizer.idOf(token),
  };
}
