/**
 * The settings of `ppo` for the server that rewards its completions: where it is, and how it is told of them.
 *
 * @module
 */

import { z } from "zod";
import { sendForms } from "./ppo/rollout/telling.ts";
import { help, integer, oneOf, text, toggle } from "./settings_readers.ts";

/** The settings; docs/ppo.md shows their use. */
export function rewardServerSettings() {
  return {
    server: addresses().optional().register(help, {
      value: "URL",
      description:
        "reward server, as in http://127.0.0.1:8080; several that serve one model share the work: the " +
        "flag repeated, or with commas",
      unset: "starts one with --model",
    }),
    // A server has a default of several, but which it is depends on how it was started.
    rewardModel: text().optional().register(help, {
      value: "NAME",
      description:
        "which of the models that the reward server serves gives the rewards, or which mixture of them",
      unset: "the only one",
    }),
    // One, as a server computes together what arrives together, which affects the last bits of scores.
    requestsInFlight: integer(1, 256).default(1).register(help, {
      value: "N",
      description:
        "requests of a step that each reward server has at a time; with more than one, runs are no longer " +
        "the same to the last bit",
    }),
    // Long enough to restart a server; the run can also be resumed afterwards.
    rewardTimeoutMs: integer(1, 86_400_000).default(300_000).register(help, {
      value: "MS",
      description:
        "how long a step may wait for its rewards, including retries, before the run stops",
    }),
    // Ids are exact where both tokenizers are one: text may be tokenised anew to others.
    send: oneOf(...sendForms).default("auto").register(help, {
      value: "FORM",
      description:
        "what the reward model is told of a completion: its text, its token ids (which means that it " +
        "has the policy's tokenizer), or auto for ids wherever that is so",
    }),
    // Reward models of TRL and OpenRLHF are trained on texts with their end, and so were those of the authors
    // of attention-based credit. Without it, one cannot tell a text that is complete from one that was cut.
    sendEndOfText: toggle().default(true).register(help, {
      description:
        "tell the reward model where the policy ended a text, by its end-of-sequence token behind it; " +
        "what was cut off gets none (--append-eos closes all texts)",
    }),
  };
}

/** The most servers of one run. */
const MOST_SERVERS = 256;

/** Addresses of servers, with commas between them. */
function addresses() {
  return z.string().transform((given) => given.split(",").map((text) => text.trim()))
    .refine((texts) => texts.every(isAddress), "an address such as http://127.0.0.1:8080")
    .refine((texts) => texts.length <= MOST_SERVERS, `at most ${MOST_SERVERS} addresses`);
}

/** `localhost:8080` is none, as a URL it has the scheme `localhost`. */
function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
