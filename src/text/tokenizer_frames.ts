/**
 * Frames: the post-processors of the classes that have one of their own, which put special tokens around
 * a text or a pair of texts.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Arguments, SpecialName } from "./tokenizer_arguments.ts";

/** A part of a tokenizer.json. */
export type Part = Readonly<Record<string, unknown>>;

/** What a frame is made of. */
export interface FrameInput {
  /** The text of a special token, as Python writes it: `None` where there is none. */
  readonly named: (name: SpecialName) => string;
  /** Its id, or that of the unknown token; undefined where there is no such special token. */
  readonly idOf: (name: SpecialName) => number | undefined;
  readonly others: Arguments;
}

/** A token of a template, or one of the two texts. */
const piece = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const text = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });

function template(
  single: readonly Part[],
  pair: readonly Part[],
  tokens: readonly (readonly [token: string, id: number])[],
): Part {
  const special_tokens = Object.fromEntries(
    tokens.map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }]),
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
    const [cls, sep] = [inTemplate(named, "cls_token"), inTemplate(named, "sep_token")];
    const single = [piece(cls, 0), text("A", 0), piece(sep, 0)];
    return template(single, [...single, text("B", 1), piece(sep, 1)], [
      [cls, idOf("cls_token") ?? missing[0]],
      [sep, idOf("sep_token") ?? missing[1]],
    ]);
  };
}

/** `<s>` first, `</s>` behind each text and between the two. */
export function frameXlmRoberta({ named, idOf }: FrameInput): Part {
  const [bos, eos] = [inTemplate(named, "bos_token"), inTemplate(named, "eos_token")];
  const single = [piece(bos, 0), text("A", 0), piece(eos, 0)];
  const pair = [...single, piece(eos, 0), text("B", 0), piece(eos, 0)];
  return template(single, pair, [
    [bos, existing(idOf, "bos_token")],
    [eos, existing(idOf, "eos_token")],
  ]);
}

/** The same as the library's own kind. */
export function frameRoberta({ named, idOf, others }: FrameInput): Part {
  return {
    type: "RobertaProcessing",
    sep: [named("sep_token"), existing(idOf, "sep_token")],
    cls: [named("cls_token"), existing(idOf, "cls_token")],
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
    const id = others.flag(`add_${name}`, false, false) ? idOf(name) : undefined;
    return id === undefined ? [] : [[inTemplate(named, name), id] as const];
  });
  const [bos = [], eos = []] = around;
  const framed = (id: "A" | "B", type: number) => [
    ...bos.map(([token]) => piece(token, type)),
    text(id, type),
    ...eos.map(([token]) => piece(token, type)),
  ];
  return template(framed("A", 0), [...framed("A", 0), ...framed("B", 1)], [...bos, ...eos]);
}

function existing(idOf: FrameInput["idOf"], name: SpecialName): number {
  const id = idOf(name);
  if (id === undefined) throw unframed(name, "one that the class can add", "none");
  return id;
}

/** transformers writes the template as one text, in which these characters separate its parts. */
function inTemplate(named: FrameInput["named"], name: SpecialName): string {
  const token = named(name);
  if (/[\s:]|^\$/.test(token)) {
    throw unframed(name, "without spaces, colons and a leading $", token);
  }
  return token;
}

function unframed(name: SpecialName, expectation: string, received: string): AbacusError {
  return new AbacusError(
    "bad_model",
    `Cannot load the tokenizer as its '${name}', which stands around every text, must be ` +
      `${expectation}: received ${received}`,
  );
}
