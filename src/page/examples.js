// @ts-check
/**
 * Examples that give a newcomer a result with one click. The bundled model scores how positive a
 * piece of a film review is, so they speak of films. Plain data.
 *
 * @module
 */

/**
 * @typedef {object} Example
 * @property {string} name
 * @property {"plain" | "chat"} mode
 * @property {string} [prompt]
 * @property {{ role: string, content: string }[]} [messages]
 * @property {string[]} completions
 */

/** @type {readonly Example[]} */
export const examples = [
  {
    name: "Three endings",
    mode: "plain",
    prompt: "After two hours in the dark,",
    completions: [
      " I came out smiling. Warm, funny and beautifully acted, with an ending that moved me to tears.",
      " I came out annoyed. A dull script, wooden acting, and not one joke that works.",
      " I was torn: a charming first half, great music, and then a messy, predictable ending.",
    ],
  },
  {
    name: "Few words",
    mode: "plain",
    prompt: "The story of a fisherman and his daughter is",
    completions: [
      " told with warmth, wit and great care.",
      " badly told and always sentimental.",
      " told.",
    ],
  },
  {
    // Small models read the adjective and miss the adverb; the token rewards show it.
    name: "Never boring",
    mode: "plain",
    prompt: "The film is",
    completions: [" never boring.", " often boring.", " wonderful."],
  },
  {
    name: "Emoji and lines",
    mode: "plain",
    prompt: "My notes after the late show:\n",
    completions: [
      "Superb cast \u{1f60d}\nGorgeous photography\nA moving, funny, brilliant film",
      "Loud and boring \u{1f634}\nA mess of a script\u2026\nAvoid!",
    ],
  },
  {
    name: "A conversation",
    mode: "chat",
    messages: [{ role: "user", content: "Was the film worth the ticket?" }],
    completions: [
      "Yes, and I would go again: a tense, funny, beautifully acted thriller.",
      "No. It is a lazy copy of better films.",
    ],
  },
];

/**
 * An example as a draft, with the server's own defaults for the rest.
 *
 * @param {Example} [example] an empty draft where there is none
 * @returns {import("./draft.js").Draft}
 */
export function draftOf(example) {
  return {
    mode: example?.mode ?? "plain",
    prompt: example?.prompt ?? "",
    messages: example?.messages ?? [{ role: "user", content: "" }],
    completions: example?.completions ?? [""],
    truncate: "none",
    method: "abc",
    beta: 0.8,
  };
}
