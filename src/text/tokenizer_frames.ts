/**
 * Frames: the post-processors of the classes that have one of their own, which put special tokens around
 * a text or a pair of texts.
 *
 * @module
 */

import type { Arguments, SpecialName } from "./tokenizer_arguments.ts";

/** A part of a tokenizer.json. */
export type Part = Readonly<Record<string, unknown>>;

/** What a frame is made of. */
export interface FrameInput {
  /** The text of a special token, as Python writes it: `None` where there is none. */
  readonly named: (name: SpecialName) => string;
  /** Its id, of the added tokens too. */
  readonly idOf: (token: string) => number | undefined;
  readonly others: Arguments;
}

/** What `named` gives for a token that there is none of. */
const NO_NAME = "None";

/** A token of a template, or one of the two texts. */
const piece = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const text = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });

function template(
  single: readonly Part[],
  pair: readonly Part[],
  tokens: readonly (readonly [token: string, id: number | undefined])[],
): Part {
  const special_tokens = Object.fromEntries(
    tokens.map(([token, id]) => [token, { id: token, ids: [id ?? 0], tokens: [token] }]),
  );
  return { type: "TemplateProcessing", single, pair, special_tokens };
}

/**
 * `[CLS]` first, `[SEP]` behind each text.
 *
 * @param missing the ids where the tokens have no name
 */
export function frameByClsAndSep(missing: readonly [cls: number, sep: number]) {
  return ({ named, idOf }: FrameInput): Part => {
    const [cls, sep] = [named("cls_token"), named("sep_token")];
    const single = [piece(cls, 0), text("A", 0), piece(sep, 0)];
    return template(single, [...single, text("B", 1), piece(sep, 1)], [
      [cls, idOf(cls) ?? missing[0]],
      [sep, idOf(sep) ?? missing[1]],
    ]);
  };
}

/** `<s>` first, `</s>` behind each text and between the two. */
export function frameXlmRoberta({ named, idOf }: FrameInput): Part {
  const [bos, eos] = [named("bos_token"), named("eos_token")];
  const single = [piece(bos, 0), text("A", 0), piece(eos, 0)];
  const pair = [...single, piece(eos, 0), text("B", 0), piece(eos, 0)];
  return template(single, pair, [[bos, idOf(bos)], [eos, idOf(eos)]]);
}

/** The same as the library's own kind. */
export function frameRoberta({ named, idOf, others }: FrameInput): Part {
  const [cls, sep] = [named("cls_token"), named("sep_token")];
  return {
    type: "RobertaProcessing",
    sep: [sep, idOf(sep) ?? 0],
    cls: [cls, idOf(cls) ?? 0],
    trim_offsets: false,
    add_prefix_space: others.flag("add_prefix_space", false),
  };
}

/**
 * `add_bos_token` and `add_eos_token` around each text, where a class has no frame of its own and no
 * tokenizer.json has one.
 */
export function frameByBosAndEos({ named, idOf, others }: FrameInput): Part {
  const around = (["bos_token", "eos_token"] as const).map((name) => {
    const token = named(name);
    return others.flag(`add_${name}`, false, false) && token !== NO_NAME ? [token] : [];
  });
  const [bos = [], eos = []] = around;
  const framed = (id: "A" | "B", type: number) => [
    ...bos.map((token) => piece(token, type)),
    text(id, type),
    ...eos.map((token) => piece(token, type)),
  ];
  const tokens = [...bos, ...eos].map((token) => [token, idOf(token)] as const);
  return template(framed("A", 0), [...framed("A", 0), ...framed("B", 1)], tokens);
}
