// @ts-check
/**
 * Examples for a first result with one click. The bundled model scores how positive a piece of a film
 * review is, so they are about films. Plain data.
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
    // Small models see the adjective and miss the adverb, which the token rewards show.
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
    // For process reward models, which score every line; others read it as one text.
    name: "Steps",
    mode: "plain",
    prompt: "A cinema has 12 rows of 9 seats, and 20 seats are taken. How many are free?\n",
    completions: [
      "There are 12 times 9 seats, which is 108.\nOf these 20 are taken.\nSo 88 are free.",
      "There are 12 times 9 seats, which is 98.\nOf these 20 are taken.\nSo 78 are free.",
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
 * The form state of an example, with the server's defaults for the rest.
 *
 * @param {Example} [example] an empty form where there is none
 * @returns {import("./form_state.js").FormState}
 */
export function formStateOf(example) {
  return {
    model: "",
    mode: example?.mode ?? "plain",
    prompt: example?.prompt ?? "",
    messages: example?.messages ?? [{ role: "user", content: "" }],
    completions: example?.completions ?? [""],
    truncate: "none",
    method: "abc",
    unit: "",
    pay: "",
    beta: 0.8,
  };
}
