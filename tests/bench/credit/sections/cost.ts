/**
 * Cost: texts, tokens and time of each method beside the scores alone, in alternation.
 *
 * @module
 */

import { plantedTexts } from "../planted.ts";
import type { Subject } from "../subject.ts";
import { type Choices, methodsOf, type Row, type Way } from "../ways.ts";

/** Each method per token and per sentence. */
export async function cost(subject: Subject, choices: Choices): Promise<Row[]> {
  const texts = plantedTexts(16, 3).map(({ text }) => text);
  const ways = methodsOf(subject, choices).flatMap((method) =>
    (["token", "sentence"] as const).map((unit): Way => ({ method, unit }))
  ).filter(({ method, unit }) => method !== "shapley" || unit !== "token");
  const rows: Row[] = [];
  for (const way of ways) {
    rows.push(await rowOf(subject, texts, { ...way, rounds: choices.rounds }));
  }
  return rows;
}

async function rowOf(
  subject: Subject,
  texts: readonly string[],
  { method, unit, rounds }: Way & Pick<Choices, "rounds">,
): Promise<Row> {
  const credit = () => subject.credit(texts, { method, unit, beta: 1 });
  const plain = () => subject.credit(texts, { method: "terminal", unit: "token", beta: 1 });
  await credit(); // opens the session of a pass of its own
  const asked = (await credit()).cost;
  const alone = (await plain()).cost;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { cost: { seconds } } = await plain();
    ratios.push((await credit()).cost.seconds / seconds);
  }
  return {
    method,
    unit: String(unit),
    "tokens asked": asked.tokens / alone.tokens,
    "tokens computed": asked.computedTokens / alone.tokens,
    "time": ratios.toSorted((a, b) => a - b)[ratios.length >> 1]!,
  };
}
