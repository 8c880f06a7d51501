/**
 * The tokens that a model's tokenizer has a name for, for settings that name tokens.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { Tokenizer } from "./tokenizer.ts";
import { defineTokenizer } from "./tokenizer_definition.ts";
import { readTokenizerFiles } from "./tokenizer_files.ts";

/** Tokens by name. */
export interface NamedTokens {
  /** The id of a special token by its part, as in `eos_token`, where the files name one. */
  special(part: string): number | undefined;
  /** The id of a token of the vocabulary by its text. */
  idOf(token: string): number | undefined;
  /** The token of an id. */
  tokenOf(id: number): string | undefined;
  /**
   * The ids of a text without the special tokens that stand around one.
   *
   * @throws {AbacusError} `bad_usage` where the tokenizer refuses it
   */
  idsOf(text: string): Promise<readonly number[]>;
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
    tokenOf: (id) => tokenizer.tokenOf(id),
    async idsOf(text) {
      const [tokens] = await tokenizer.encode([text], { addSpecialTokens: false });
      if (tokens !== undefined && !(tokens instanceof Error)) return [...tokens.ids];
      throw new AbacusError(
        "bad_usage",
        `Cannot write a text in the model's tokens as the tokenizer refuses it: received '${text}'`,
      );
    },
  };
}
