import assert from "node:assert/strict";
import { accessLine, failureLine } from "../../src/http/access_log.ts";
import type { RequestRecord } from "../../src/http/request_record.ts";

const time = new Date(0);
const record: RequestRecord = {
  time,
  requestId: "r1",
  method: "POST",
  path: "/v1/rewards",
  route: "/v1/rewards",
  status: 200,
  seconds: 0.0123456,
  scored: {
    model: "m",
    completions: 3,
    tokens: 102,
    computedTokens: 77,
    reusedTokens: { inFlight: 0, kept: 0 },
    stages: { read: 0.5, tokenize: 1, queue: 0.126, inference: 5, credit: 0.25, write: 3 },
    truncated: 0,
    fallbacks: 0,
    responseMasses: [],
  },
};

Deno.test("a line of text holds everything of one request", () => {
  assert.equal(
    accessLine(record, "text"),
    "1970-01-01T00:00:00.000Z POST /v1/rewards 200 12.35ms model=m completions=3 tokens=102 " +
      "computed_tokens=77 shared_tokens=25 tokenize_ms=1 queue_ms=0.13 inference_ms=5 id=r1",
  );
});

Deno.test("a line of JSON holds the same under names that machines read", () => {
  assert.deepEqual(JSON.parse(accessLine(record, "json")), {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    request_id: "r1",
    method: "POST",
    path: "/v1/rewards",
    route: "/v1/rewards",
    status: 200,
    ms: 12.35,
    model: "m",
    completions: 3,
    tokens: 102,
    computed_tokens: 77,
    shared_tokens: 25,
    tokenize_ms: 1,
    queue_ms: 0.13,
    inference_ms: 5,
  });
});

Deno.test("the key is named where one was shown", () => {
  const keyed = { ...record, keyName: "trainer" };
  assert.match(accessLine(keyed, "text"), / 12\.35ms key=trainer model=m /);
  assert.equal(JSON.parse(accessLine(keyed, "json")).key, "trainer");
});

Deno.test("what a request does not have is left out", () => {
  const bare = { time, requestId: "r1", method: "GET", path: "/", route: "/" };
  assert.equal(
    accessLine({ ...bare, status: 404, seconds: 1, kind: "unknown_route" }, "text"),
    "1970-01-01T00:00:00.000Z GET / 404 1000ms kind=unknown_route id=r1",
  );
});

Deno.test("a failure is logged with its stack and all its causes, under the request's id", () => {
  const cause = new Error("outer", { cause: new TypeError("inner", { cause: 42 }) });
  const text = failureLine({ time, requestId: "r1", cause }, "text");
  assert.match(text, /^1970-01-01T00:00:00\.000Z failure id=r1 Error: outer\n/);
  assert.match(text, /caused by TypeError: inner\n[^]*caused by 42$/);
  const json = JSON.parse(failureLine({ time, requestId: "r1", cause }, "json"));
  assert.deepEqual([json.level, json.request_id], ["error", "r1"]);
  assert.match(json.cause, /caused by TypeError: inner/);
});

Deno.test("a JSON line stays one line", () => {
  const cause = new Error("two\nlines");
  assert.equal(failureLine({ time, requestId: "r1", cause }, "json").split("\n").length, 1);
});

Deno.test("texts are in a line where they are logged, which stays one line", () => {
  const text = [{ prompt: "a\nb", completion: 'say "c"' }];
  const line = accessLine({ ...record, text }, "text");
  assert.match(line, / text=\[\{"prompt":"a\\nb","completion":"say \\"c\\""\}\] id=r1$/);
  assert.deepEqual(JSON.parse(accessLine({ ...record, text }, "json")).text, text);
  assert.doesNotMatch(accessLine(record, "json"), /text/);
});

Deno.test("a request that failed is told with its model and the stages that it came to", () => {
  const { scored: _, ...bare } = record;
  const failed = { ...bare, status: 504, kind: "deadline_exceeded" as const };
  const late = { ...failed, reached: { model: "m", stages: { read: 1, tokenize: 2, queue: 9 } } };
  assert.match(
    accessLine(late, "text"),
    / 504 12\.35ms kind=deadline_exceeded model=m tokenize_ms=2 queue_ms=9 id=r1$/,
  );
  const unread = { ...failed, reached: { stages: { read: 1 } } };
  assert.match(accessLine(unread, "text"), / 504 12\.35ms kind=deadline_exceeded id=r1$/);
});
