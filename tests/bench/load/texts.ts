/**
 * Texts for load: reviews put together of a few words, the same in every run.
 *
 * @module
 */

const words = "a warm funny film with real heart and a dull lifeless mess of an ending nobody liked"
  .split(" ");

/** A completion of so many words, or of 6 to 25. */
export function review(random: () => number, length = 6 + Math.floor(20 * random())): string {
  const word = () => words[Math.floor(words.length * random())]!;
  return ` ${Array.from({ length }, word).join(" ")}.`;
}
