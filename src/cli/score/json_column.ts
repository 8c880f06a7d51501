/**
 * A Parquet column for JSON values: of a type that holds all of them to the last digit, or else of their
 * JSON texts.
 *
 * @module
 */

import { elementsOf } from "./json_text.ts";
import { type Column, leaf, list, text } from "./parquet_schema.ts";
import { cannotScore } from "./row.ts";

/** A column, and the encoding of the JSON text of a value for it. */
export interface JsonColumn {
  readonly declared: Column;
  readonly stored: Column;
  encode(value: string): unknown;
}

/** The types of values that decide the type of a column. */
export type JsonType =
  | Scalar
  | "null"
  | "empty list"
  | `list of ${Scalar}`
  | "other"
  | "other with NaN";

type Scalar = keyof typeof scalars;

/** Kinds of values by what holds each exactly. */
const scalars = {
  boolean: true,
  string: true,
  /** Whole numbers that are safe in JavaScript and in a double. */
  natural: true,
  negative: true,
  /** Whole numbers of 64 bits. */
  long: true,
  "negative long": true,
  "unsigned long": true,
  /** Numbers whose digits are those of a double. */
  real: true,
  NaN: true,
} as const;

/** The type of one value. @param value its JSON text */
export function jsonType(value: string): JsonType {
  const scalar = scalarType(value);
  if (scalar !== undefined) return scalar;
  if (value === "null") return "null";
  if (!value.startsWith("[")) return otherType(value);
  const [type, ...others] = new Set(elementsOf(value).map(scalarType));
  if (others.length > 0) return numericList(value) ?? otherType(value);
  if (type === undefined) return elementsOf(value).length === 0 ? "empty list" : otherType(value);
  return `list of ${type}`;
}

/** Lists of numbers are often mixed: `[1, 0.5]`. */
function numericList(value: string): JsonType | undefined {
  const types = new Set(elementsOf(value).map(scalarType));
  const isReal = [...types].every((type) => type !== undefined && reals.includes(type));
  return isReal ? "list of real" : undefined;
}

function otherType(value: string): JsonType {
  return /NaN|Infinity/.test(value) && !isPlainJson(value) ? "other with NaN" : "other";
}

function isPlainJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function scalarType(value: string): Scalar | undefined {
  switch (value[0]) {
    case '"':
      return isWellFormed(value) ? "string" : undefined;
    case "t":
    case "f":
      return "boolean";
    case "[":
    case "{":
    case "n":
      return undefined;
  }
  if (/NaN|Infinity/.test(value)) return "NaN";
  return /[.eE]/.test(value) || value === "-0" ? realType(value) : wholeType(BigInt(value));
}

/** Half of a surrogate pair can be written in JSON, but not in UTF-8. */
function isWellFormed(value: string): boolean {
  return !/\\u[dD]/.test(value) || (JSON.parse(value) as string).isWellFormed();
}

function wholeType(value: bigint): Scalar | undefined {
  const isNegative = value < 0n;
  const size = isNegative ? -value : value;
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return isNegative ? "negative" : "natural";
  if (value === BigInt.asIntN(64, value)) return isNegative ? "negative long" : "long";
  return value === BigInt.asUintN(64, value) ? "unsigned long" : undefined;
}

/** Other digits than a double would be written with would be lost. */
function realType(value: string): Scalar | undefined {
  return digitsOf(value) === digitsOf(String(Number(value))) ? "real" : undefined;
}

/** The digits of a number without zeros around them, and its exponent: equal for equal numbers. */
function digitsOf(value: string): string {
  const [mantissa = "", exponent = "0"] = value.replace("-", "").toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const zeros = digits.length - significant.length;
  return `${significant}e${Number(exponent) - fraction.length + zeros}`;
}

const naturals: Scalar[] = ["natural", "long"];
const reals: readonly string[] = ["natural", "negative", "real", "NaN"];

/** What holds values of some types exactly. */
interface Leaf {
  readonly holds: readonly string[];
  make(name: string): Column;
  encode(value: string): unknown;
}

/** In the order of preference. */
const leaves: readonly Leaf[] = [
  { holds: ["boolean"], make: (name) => leaf(name, "BOOLEAN"), encode: JSON.parse },
  {
    holds: [...naturals, "negative", "negative long"],
    make: (name) => leaf(name, "INT64"),
    encode: BigInt,
  },
  {
    holds: [...naturals, "unsigned long"],
    make: (name) => leaf(name, "INT64", "UINT_64"),
    encode: BigInt,
  },
  { holds: reals, make: (name) => leaf(name, "DOUBLE"), encode: Number },
  { holds: ["string"], make: text, encode: JSON.parse },
];

/**
 * The column for values of these types. Values without a type in common are written as JSON, texts in
 * quotes like the others.
 *
 * @throws {AbacusError} `bad_usage` where JSON has nothing for one of them
 */
export function columnForm(name: string, types: ReadonlySet<JsonType>): JsonColumn {
  const needed = [...types].filter((type) => type !== "null");
  const found = leaves.find(({ holds }) => needed.every((type) => holds.includes(type)));
  if (found !== undefined) return same(found.make(name), found.encode);
  const elements = needed.filter((type) => type !== "empty list");
  const listed = elements.length === 0
    ? leaves.at(-1)
    : leaves.find(({ holds }) =>
      elements.every((type) => type.startsWith("list of ") && holds.includes(type.slice(8)))
    );
  if (listed === undefined) return jsonTexts(name, needed);
  return same(
    list(name, listed.make("element")),
    (value) => elementsOf(value).map((each) => each === "null" ? null : listed.encode(each)),
  );
}

function same(column: Column, encode: JsonColumn["encode"]): JsonColumn {
  return { declared: column, stored: column, encode };
}

function jsonTexts(name: string, types: readonly JsonType[]): JsonColumn {
  if (types.some((type) => type.includes("NaN"))) {
    throw cannotScore(
      "Parquet cannot hold NaN or Infinity beside values that are no numbers (write .jsonl instead)",
      `the column '${name}'`,
    );
  }
  const declared = leaf(name, "BYTE_ARRAY", "JSON");
  // The writer would make JSON of the text once more.
  return { declared, stored: text(name), encode: (value) => value };
}
