import assert from "node:assert/strict";
import { Hono } from "hono";
import { AbacusError } from "../../src/errors.ts";
import { ParsedRequest } from "../../src/http/parsed_request.ts";
import type { AppEnv } from "../../src/http/route.ts";

async function parsed(url: string): Promise<ParsedRequest> {
  let request: ParsedRequest | undefined;
  const app = new Hono<AppEnv>().get("/models/:name", (context) => {
    request = new ParsedRequest({ a: 1 }, context);
    return context.body(null);
  });
  await app.request(url);
  assert.ok(request);
  return request;
}

Deno.test("a request has its body, the values of its path and those of its URL", async () => {
  const { body, params, query } = await parsed("/models/m?method=red&unit=&beta=%30.5");
  assert.deepEqual(body, { a: 1 });
  assert.equal(params["name"], "m");
  assert.deepEqual({ ...query }, { method: "red", unit: "", beta: "0.5" });
});

Deno.test("what a URL says twice is refused by its name, also where it says the same", async () => {
  for (const [again, shown] of [["abc", "'abc'"], ["red", "'red'"], ["", "an empty string"]]) {
    const request = await parsed(`/models/m?method=red&beta=1&method=${again}`);
    assert.throws(() => request.query, (error) => {
      assert.ok(error instanceof AbacusError);
      assert.deepEqual([error.kind, error.path], ["invalid_request", "method"]);
      assert.equal(
        error.message,
        `Cannot read the URL as it may say method once: received 'red' and ${shown}`,
      );
      return true;
    });
  }
});
