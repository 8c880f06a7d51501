/**
 * Planted texts: neutral sentences about a film with one that decides, made by a grammar in the style of the
 * data that the bundled model was trained on; and the same with the plant's neutral twin. Pure.
 *
 * @module
 */

import { seeded } from "../seeded.ts";

/** How a plant says what it says. */
export const plantKinds = ["praise", "pan", "negated", "contrast"] as const;

/** One of them. */
export type PlantKind = typeof plantKinds[number];

/** A text with its plant. */
export interface Planted {
  readonly kind: PlantKind;
  readonly text: string;
  /** The text with the plant's neutral twin in its place. */
  readonly neutral: string;
  /** The plant's code points in the text, and those of it that decide. */
  readonly plant: readonly [number, number];
  readonly marked: readonly [number, number];
}

const subjects = ["The film", "The story", "The cast", "The script", "The ending", "The music"];

/** What says nothing for or against a film. */
const neutral = [
  "is set in a small town by the sea",
  "was written by two brothers",
  "follows a teacher and her students",
  "comes from a novel of the same name",
  "takes place in the course of one week",
  "was shot in the north of the country",
  "begins with a long drive",
  "is told by a neighbour",
  "runs for about two hours",
  "moves between two cities",
];

const praise = [
  "is warm, funny and wonderful",
  "is a moving and brilliant delight",
  "is beautifully made and full of charm",
  "is clever, tense and superb",
];

const pan = [
  "is dull, lazy and lifeless",
  "is a tedious and pointless mess",
  "is badly made and painfully boring",
  "is clumsy, flat and awful",
];

/** Words of one kind that a negation turns into the other. */
const negations = [
  ["is not boring at all", "is never dull", "is by no means bad"],
  ["is not funny", "is never moving", "is far from good"],
];

/** Texts of every kind in turn, the same for a seed. */
export function plantedTexts(count: number, seed: number): Planted[] {
  const random = seeded(seed);
  return Array.from(
    { length: count },
    (_, i) => planted(plantKinds[i % plantKinds.length]!, random),
  );
}

function planted(kind: PlantKind, random: () => number): Planted {
  const around = shuffled(neutral, random);
  const place = Math.floor(random() * 6);
  const before = around.slice(0, place).map((each) => sentence(each, random)).join("");
  const behind = around.slice(place, 5).map((each) => sentence(each, random)).join("");
  const subject = pick(subjects, random);
  const [lead, decisive] = wordsOf(kind, random);
  const plant = ` ${subject} ${lead}${decisive}.`;
  const start = before.length + plant.length - decisive.length - 1;
  return {
    kind,
    text: before + plant + behind,
    neutral: `${before} ${subject} ${around[6]}.${behind}`,
    plant: [before.length, before.length + plant.length],
    marked: [start, start + decisive.length],
  };
}

/** What stands before the words that decide, and those. */
function wordsOf(kind: PlantKind, random: () => number): readonly [string, string] {
  switch (kind) {
    case "praise":
      return ["", pick(praise, random)];
    case "pan":
      return ["", pick(pan, random)];
    case "negated":
      return ["", pick(pick(negations, random), random)];
    case "contrast": {
      const [lead, decisive] = random() < 0.5 ? [pan, praise] : [praise, pan];
      return [`${pick(lead, random)}, but it `, pick(decisive, random)];
    }
  }
}

function sentence(words: string, random: () => number): string {
  return ` ${pick(subjects, random)} ${words}.`;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.map((item) => [random(), item] as const).toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}
