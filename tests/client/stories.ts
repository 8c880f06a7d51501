/**
 * The stories of the rude server, and what the client must make of each, wherever it runs.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { app, clientOver, playing, refusal } from "./played.ts";
import {
  answers,
  chunked,
  first,
  good,
  json,
  type Manner,
  meddled,
  packed,
  pours,
  says,
  silence,
} from "./rude_server.ts";

/** The items that are scored in every story. */
export const storyItems = [
  { prompt: "The film was", completions: [" a delight.", ""] },
  {
    prompt: "p",
    completions: [" Grüß 🎬"],
    token_spans: [[[0, 5], [5, 7], [7, 7]] as [number, number][]],
  },
];

/** A manner, and its outcome: `scored`, or kind, status and attempts. */
type Story = readonly [manner: Manner, outcome: string];

const page = "<!doctype html><h1>Bad Gateway</h1>";
const html = { "content-type": "text/html" };
const head = `HTTP/1.1 200 OK\r\n${json}`;

/** An error as the server writes it. */
function refuses(status: number, kind: string, headers: Record<string, string> = {}): Manner {
  return answers(async () => ({
    status,
    headers: { "content-type": "application/json", ...headers },
    body: await refusal(status, { kind }).text(),
  }));
}

/** Replaces the first number of the first list of its name, or whatever matches. */
function replaced(pattern: RegExp, by: string): Manner {
  return meddled((reply) => {
    if (!pattern.test(reply)) throw new Error(`Cannot meddle as nothing matches ${pattern}`);
    return reply.replace(pattern, by);
  });
}

const gone: Manner = () => Promise.resolve();

/** Every story by its name. */
export const stories: ReadonlyMap<string, Story> = new Map<string, Story>([
  ["good", [good, "scored"]],
  ["chunked", [chunked, "scored"]],
  ["gzip", [packed, "scored"]],
  ["gone-once", [first(1, gone), "scored"]],
  ["busy-once", [first(1, refuses(503, "overloaded", { "retry-after": "0" })), "scored"]],
  ["late-once", [first(1, refuses(504, "deadline_exceeded")), "scored"]],
  ["proxy-503-once", [first(1, answers({ status: 503, headers: html, body: page })), "scored"]],
  ["gone", [gone, "network - 2"]],
  ["gone-in-head", [says("HTTP/1.1 200 O"), "network - 2"]],
  ["gone-in-body", [says(`${head}content-length: 1000\r\n\r\n{"id":`), "network 200 2"]],
  ["gone-in-chunk", [
    says(`${head}transfer-encoding: chunked\r\n\r\nff\r\n{"id"`),
    "network 200 2",
  ]],
  ["no-http", [says("SSH-2.0-OpenSSH_9.6\r\n"), "network - 2"]],
  ["no-gzip", [meddled((reply) => reply, { "content-encoding": "gzip" }), "network 200 2"]],
  ["busy", [refuses(503, "overloaded"), "overloaded 503 2"]],
  ["late", [refuses(504, "deadline_exceeded"), "deadline_exceeded 504 2"]],
  ["proxy-504", [answers({ status: 504, headers: html, body: page }), "deadline_exceeded 504 2"]],
  ["silence", [silence, "timeout"]],
  ["drip", [pours(" ", { pauseMs: 20 }), "timeout"]],
  ["flood", [pours(" ".repeat(60_000), { pauseMs: 0 }), "protocol 200 1"]],
  ["bomb", [
    answers({
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(" ".repeat(20_000_000)),
    }),
    "protocol 200 1",
  ]],
  ["half-json", [meddled((reply) => reply.slice(0, reply.length / 2)), "protocol 200 1"]],
  ["no-utf8", [meddled(() => Uint8Array.of(0x22, 0xff, 0x22)), "protocol 200 1"]],
  ["empty", [answers({ headers: { "content-type": "application/json" } }), "protocol 200 1"]],
  ["html-200", [answers({ headers: html, body: page }), "protocol 200 1"]],
  ["json-as-html", [meddled((reply) => reply, html), "protocol 200 1"]],
  ["no-content", [answers({ status: 204 }), "protocol 204 1"]],
  ["proxy-502", [answers({ status: 502, headers: html, body: page }), "network 502 2"]],
  ["proxy-502-once", [first(1, answers({ status: 502, headers: html, body: page })), "scored"]],
  ["proxy-429", [answers({ status: 429, headers: { "retry-after": "1" } }), "overloaded 429 1"]],
  ["invalid", [refuses(400, "invalid_request"), "invalid_request 400 1"]],
  ["unauthorized", [refuses(401, "unauthorized"), "unauthorized 401 1"]],
  ["unknown", [refuses(404, "unknown_model"), "unknown_model 404 1"]],
  ["proxy-404", [answers({ status: 404, headers: html, body: page }), "unknown_route 404 1"]],
  ["moved", [
    answers({ status: 307, headers: { location: "/good/v1/rewards" } }),
    "protocol 307 1",
  ]],
  ["too-large", [refuses(413, "too_large"), "too_large 413 1"]],
  ["proxy-413", [answers({ status: 413, headers: html, body: page }), "too_large 413 1"]],
  ["too-long", [refuses(422, "too_long"), "too_long 422 1"]],
  ["failure", [refuses(500, "model_failure"), "model_failure 500 1"]],
  ["an-item-less", [replaced(/"items":\[\{.*?\]\},/s, '"items":['), "protocol 200 1"]],
  ["a-completion-more", [
    replaced(/"completions":\[(\{.*?\})/s, '"completions":[$1,$1'),
    "protocol 200 1",
  ]],
  ["not-a-number", [replaced(/"score":[^,]+/, '"score":NaN'), "protocol 200 1"]],
  ["null", [replaced(/"score":[^,]+/, '"score":null'), "protocol 200 1"]],
  ["infinite", [replaced(/"score":[^,]+/, '"score":1e999'), "protocol 200 1"]],
  ["a-text", [replaced(/"score":([^,]+)/, '"score":"$1"'), "protocol 200 1"]],
  ["null-in-list", [replaced(/"rewards":"[^"]+"/, '"rewards":[1,null,1]'), "protocol 200 1"]],
  ["short-base64", [replaced(/"rewards":"....(....)*?/, '"rewards":"'), "protocol 200 1"]],
  ["no-base64", [replaced(/"rewards":"./, '"rewards":"?'), "protocol 200 1"]],
  ["another-sum", [replaced(/"score":-?\d/, '"score":9'), "protocol 200 1"]],
  ["other-model", [good, "unknown_model 404 1"]],
]);

/** The outcomes that there must be; the numbers are those of the app itself. */
export async function expectedOutcomes(names: Iterable<string>): Promise<Record<string, string>> {
  const { items } = await clientOver(playing(app())).client.score(storyItems);
  const scored = `scored ${JSON.stringify(items)}`;
  return Object.fromEntries(
    Array.from(names, (name) => {
      const outcome = stories.get(name)?.[1] ?? "no such story";
      return [name, outcome === "scored" ? scored : outcome];
    }),
  );
}

/** The manners by name. */
export const manners: ReadonlyMap<string, Manner> = new Map(
  Array.from(stories, ([name, [manner]]) => [name, manner]),
);
