/**
 * Control tokens in users' texts, which `--split-special-tokens` makes plain text, so that nobody can
 * type the end of a turn.
 *
 * For conversations it is what transformers calls `sanitize_control_tokens`: the tokens in the messages
 * are marked before the template is applied, and the rendered text is tokenised in pieces. A marked token
 * becomes a piece that is read without any added tokens; the pieces between are read as ever, with the
 * control tokens that the template wrote.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { contentOf } from "./added_token.ts";
import type { TextPiece } from "./encode_pieces.ts";
import { codePointLength } from "./encoding.ts";
import type { RenderedSample } from "./rendered_sample.ts";
import type { Message, Sample } from "./sample.ts";
import { templateLiterals } from "./template_literals.ts";
import type { TokenizerDefinition } from "./tokenizer_definition.ts";

type ChatSample = Extract<Sample, { kind: "chat" }>;

/** Private characters around a control token of a user, the same as in transformers. */
const [START, END] = ["\u{F0000}", "\u{F0001}"];

/** The control tokens of one model. */
export class ControlTokens {
  readonly #control: RegExp;
  readonly #marked: RegExp;
  /** By identity, as the renderer of turns keeps conversations. */
  readonly #conversations = new WeakMap<readonly Message[], readonly Message[]>();

  /** @param template the text of the chat template, where there is one */
  constructor({ added, controlTokens }: TokenizerDefinition, template = "") {
    const literals = templateLiterals(template);
    const isNamed = (content: string) =>
      controlTokens?.includes(content) ?? (literals.includes(content) && !isSpace(content));
    const tokens = [...new Map(added.map((token) => [token.content, token])).values()];
    const control = tokens.filter(({ special, content }) => special || isNamed(content));
    this.#control = new RegExp(anyOf(control.map(contentOf)), "gu");
    const any = anyOf(tokens.map(contentOf));
    this.#marked = new RegExp(`${START}(${any})${END}|[${START}${END}]`, "u");
  }

  /** Those that a text contains. */
  in(text: string): ReadonlySet<string> {
    return new Set(text.match(this.#control));
  }

  /**
   * Marks every control token of a conversation and its completion.
   *
   * @throws {AbacusError} `invalid_request` where a text contains the marks themselves
   */
  mark(sample: ChatSample): ChatSample {
    const { messages, completion } = sample;
    const marked = this.#conversations.get(messages) ?? this.#mark(messages) as Message[];
    this.#conversations.set(messages, marked);
    return { ...sample, messages: marked, completion: this.#mark(completion) as string };
  }

  /**
   * Takes the marks out of a rendered conversation.
   *
   * @param sample the conversation with marks
   */
  unmark(rendered: RenderedSample, { completion }: ChatSample): RenderedSample {
    const { text, region } = rendered;
    if (typeof text !== "string") return rendered;
    const pieces = this.#split(text);
    return {
      ...rendered,
      text: pieces.map((piece) => piece.text).join(""),
      region: {
        ...region,
        start: unmarked(text, region.start),
        end: unmarked(text, region.end),
        length: unmarked(completion, region.length),
        parts: region.parts.map((part) => {
          const start = unmarked(text, part.text);
          return {
            text: start,
            completion: unmarked(completion, part.completion),
            length: unmarked(text, part.text + part.length) - start,
          };
        }),
      },
      ...(pieces.length > 1 ? { pieces } : {}),
    };
  }

  #mark(value: unknown): unknown {
    if (typeof value === "string") return this.#markText(value);
    if (Array.isArray(value)) return value.map((each) => this.#mark(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.#mark(each)]));
  }

  #markText(text: string): string {
    if (text.includes(START) || text.includes(END)) {
      throw new AbacusError(
        "invalid_request",
        "Cannot keep control tokens out of a text (--split-special-tokens) that has the private " +
          "characters by which they are marked: received U+F0000 or U+F0001",
      );
    }
    return text.replaceAll(this.#control, `${START}$&${END}`);
  }

  /** A mark without its other half, which a template may leave, separates two pieces too. */
  #split(text: string): TextPiece[] {
    const parts: (string | undefined)[] = text.split(this.#marked);
    const pieces = parts.map((text = "", at) => ({ text, isPlain: at % 2 === 1 }));
    return pieces.filter((piece, at) => at === 0 || piece.text !== "");
  }
}

/** A pattern of any of some texts, the longest first. */
function anyOf(texts: readonly string[]): string {
  const longest = texts.filter((text) => text !== "").sort((one, two) => two.length - one.length);
  const escaped = longest.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return escaped.join("|") || "(?!)";
}

/** As `isspace` of Python. */
function isSpace(text: string): boolean {
  // deno-lint-ignore no-control-regex -- to Python the separators U+001C to U+001F are space
  return /^[\s\x1c-\x1f\x85]+$/.test(text) && !text.includes("\ufeff");
}

/** The place in a text without marks of a place in the text with marks, both in code points. */
function unmarked(text: string, place: number): number {
  const before = Array.from(text).slice(0, place).join("");
  return codePointLength(before.replaceAll(START, "").replaceAll(END, ""));
}
