import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { curlOf } from "../../src/page/form_state.js";

const url = "http://127.0.0.1:8080/v1/rewards";

/** The arguments that a shell would give to curl. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

Deno.test("the command is written over lines that a shell joins", () => {
  assert.equal(
    curlOf(url, { items: [] }),
    `curl -sS '${url}' \\\n  -H 'Content-Type: application/json' \\\n  --data-raw '{"items":[]}'`,
  );
});

Deno.test("the key is a variable of the shell and never in the command", () => {
  const command = curlOf(url, {}, { withKey: true });
  assert.match(command, /-H "Authorization: Bearer \$ABACUS_API_KEY"/);
});

Deno.test("a shell hands curl the very request, whatever the text holds", () => {
  const nasty = fc.constantFrom(
    "'",
    '"',
    "\\",
    "$(id)",
    "`id`",
    "!",
    "\n",
    "\t",
    "😍",
    "\u2028",
    "%s",
    "@",
    "--",
    "'\\''",
  );
  const text = fc.array(fc.oneof(nasty, fc.string({ unit: "grapheme", maxLength: 3 })), {
    maxLength: 8,
  })
    .map((parts) => parts.join("").replaceAll("\0", ""));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (completions) => {
      const request = { items: [{ prompt: "it's", completions }] };
      const given = argumentsOf(curlOf(url, request));
      assert.deepEqual(given.slice(0, 5), [
        "-sS",
        url,
        "-H",
        "Content-Type: application/json",
        "--data-raw",
      ]);
      assert.deepEqual(JSON.parse(given[5] ?? ""), request);
    }),
    { numRuns: 60 },
  );
});
