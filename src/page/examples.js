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
    prompt: "I went in expecting very little from this film, and",
    completions: [
      " I left smiling: the two leads are wonderful together, and the last ten minutes are as moving as anything this year.",
      " I got even less. A dull script, wooden acting, and not one joke that lands.",
      " for an hour it is clever and warm, but then the plot falls apart and a silly ending spoils the rest.",
    ],
  },
  {
    name: "One word apart",
    mode: "plain",
    prompt: "The story of a fisherman and his daughter is",
    completions: [
      " told with great care, and it is never boring.",
      " told with little care, and it is often boring.",
      " told.",
    ],
  },
  {
    name: "Emoji and lines",
    mode: "plain",
    prompt: "My notes after the late show:\n",
    completions: [
      "+ gorgeous photography 😍\n+ a score you hum for days 🎶\n- half an hour too long",
      "- loud, empty, endless 😴\n- the dialogue… who wrote this?\n+ it ends",
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
