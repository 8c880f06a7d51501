import assert from "node:assert/strict";
import { busyHub, failedPull, refusal, stoppedPull } from "../../../src/model/hub/hub_error.ts";

const place = { id: "owner/reward", hubUrl: "https://hub" };

const table: [status: number, code: string | undefined, kind: string, hint: RegExp][] = [
  [401, "RepoNotFound", "unknown_model", /a private one that needs a token \(--hub-token\)/],
  [404, "RepoNotFound", "unknown_model", /no such model/],
  [404, "RevisionNotFound", "unknown_model", /no such revision/],
  [401, "GatedRepo", "unauthorized", /accept its terms at https:\/\/hub\/owner\/reward/],
  [403, "GatedRepo", "unauthorized", /--hub-token/],
  [401, undefined, "unauthorized", /refuses access/],
  [403, "DisabledRepo", "unauthorized", /refuses access/],
  [404, "EntryNotFound", "unknown_model", /model, revision or file/],
  [400, undefined, "bad_model", /with an unknown status/],
];

for (const [status, code, kind, hint] of table) {
  Deno.test(`${status} ${code ?? "without a code"} from the hub is ${kind}`, () => {
    const headers = new Headers(code === undefined ? {} : { "X-Error-Code": code });
    const error = refusal(new Response(null, { status, headers }), place);
    assert.equal(error.kind, kind);
    assert.match(error.message, hint);
    assert.match(
      error.message,
      new RegExp(`^Cannot pull as .*: received ${status}.* for owner/reward$`),
    );
  });
}

Deno.test("a busy hub is overloaded, with the time to come back where it gave one", () => {
  const answer = new Response(null, { status: 429 });
  const error = busyHub(answer, place, 6.2);
  assert.deepEqual([error.kind, error.retryAfterS], ["overloaded", 6.2]);
  assert.match(error.message, /try again in 7 s: received 429$/);
  assert.match(busyHub(answer, place).message, /try again later: received 429$/);
});

Deno.test("other failures keep their cause, and a stop its reason", () => {
  const cause = new TypeError("below");
  assert.equal(failedPull("the disk is full", "/m", cause).cause, cause);
  const stopped = stoppedPull("SIGINT");
  assert.deepEqual([stopped.kind, stopped.message.endsWith("received SIGINT")], [
    "cancelled",
    true,
  ]);
  assert.ok(stoppedPull(new Error("stop")).message.endsWith("received stop"));
});
