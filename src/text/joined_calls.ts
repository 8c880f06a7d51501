/**
 * Joined calls: the short texts of several callers go to the tokenizers library together.
 *
 * To hand a call to another thread takes this one some 60 µs, whatever it holds, and to tokenise a short
 * text takes that one less. So what comes while a call is under way goes with the next one.
 *
 * @module
 */

import type { JsEncoding } from "tokenizers";

/** Tokenises texts; rejects where one of them cannot be. */
export type EncodeBatch = (texts: string[]) => Promise<JsEncoding[]>;

/**
 * UTF-16 units that are joined, some 10 ms of work. Nobody waits behind more than a call of these: who brings
 * more at once has a call to themselves, beside.
 */
const MOST_CHARACTERS = 8_192;

/** The texts of one caller, and who waits for them. */
interface Caller {
  readonly texts: readonly string[];
  readonly characters: number;
  resolve(encodings: JsEncoding[]): void;
  reject(error: unknown): void;
}

/** Calls of one tokenizer with one set of options. */
export class JoinedCalls {
  readonly #encode: EncodeBatch;
  #waiting: Caller[] = [];
  #busy = false;

  constructor(encode: EncodeBatch) {
    this.#encode = encode;
  }

  /** As the library's own call with these texts; what others bring makes no difference. */
  encode(texts: readonly string[]): Promise<JsEncoding[]> {
    const characters = texts.reduce((sum, { length }) => sum + length, 0);
    if (characters > MOST_CHARACTERS) return this.#encode([...texts]);
    const { promise, resolve, reject } = Promise.withResolvers<JsEncoding[]>();
    this.#waiting.push({ texts, characters, resolve, reject });
    if (!this.#busy) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#serve(this.#next());
    this.#busy = false;
  }

  /** Those who have waited longest, as many as fit. */
  #next(): readonly Caller[] {
    let characters = 0;
    const late = this.#waiting.findIndex((each) =>
      (characters += each.characters) > MOST_CHARACTERS
    );
    return this.#waiting.splice(0, late < 0 ? this.#waiting.length : late);
  }

  async #serve(callers: readonly Caller[]): Promise<void> {
    try {
      const encodings = await this.#encode(callers.flatMap(({ texts }) => texts));
      let from = 0;
      for (const { texts: { length }, resolve } of callers) {
        resolve(encodings.slice(from, from += length));
      }
    } catch (error) {
      // One text spoils a whole call, and the error does not say which.
      if (callers.length === 1) callers[0]!.reject(error);
      else await Promise.all(callers.map((each) => this.#serve([each])));
    }
  }
}
