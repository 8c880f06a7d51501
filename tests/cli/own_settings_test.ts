import assert from "node:assert/strict";
import { modelSettings } from "../../src/cli/model_settings.ts";
import { ownSettings } from "../../src/cli/own_settings.ts";
import { helpOf } from "../../src/settings.ts";

Deno.test("each setting is read as its flag is, and belongs to the model that it names", () => {
  const own = ownSettings(
    "help.score=good=1,bad=-1; c.1.pool-at=last ;c.1.pair=false;help.max-gradient-mb=7;",
    ["help", "c.1", "plain"],
  );
  assert.deepEqual(Object.fromEntries(own), {
    help: { score: "good=1,bad=-1", maxGradientMb: 7 },
    "c.1": { poolAt: "last", pair: false },
    plain: {},
  });
  assert.deepEqual([...ownSettings(undefined, ["a"])], [["a", {}]]);
});

const shared = ["model", "name"];

Deno.test("every setting of a model can be one's own, but for what all share", () => {
  for (const name of modelSettings) {
    const word = helpOf(name).flag.slice(2);
    const set = () => ownSettings(`a.${word}=1`, ["a"]);
    if (shared.includes(name)) {
      assert.throws(set, { kind: "bad_usage", message: new RegExp(`as '${word}' is what`) });
      continue;
    }
    try {
      assert.deepEqual(Object.keys(set().get("a")!), [name]);
    } catch (error) {
      // One of some names, none of which is 1: its own check has read it.
      assert.match(String(error), new RegExp(`as '${word}' must be one of`));
    }
  }
});

Deno.test("what cannot be set is refused with what was received", () => {
  const refused: readonly (readonly [string, string | RegExp])[] = [
    ["safe.dtype", "it must be NAME.SETTING=VALUE"],
    ["dtype=float16", "it must be NAME.SETTING=VALUE"],
    ["saef.dtype=float16", "there is no such model (there are help, safe)"],
    ["safe.dtyp=float16", "'dtyp' is no setting of a model (did you mean 'dtype'?)"],
    ["safe.port=1", /^'port' is no setting of a model \(/],
    ["safe.dtype=float8", /^'dtype' must be one of auto, float32, float16/],
    ["safe.pair=maybe", "'pair' must be true or false"],
    ["safe.score=", "'score' must be some text"],
    ["safe.max-batch-tokens=0", "'max-batch-tokens' must be an integer from 1 to 16777216"],
    ["safe.device=gpu", /^'device' must be /],
    ["safe.threads=0", "'threads' must be an integer from 1 to 1024"],
    ["safe.name=other", "'name' is what --model NAME=DIR gives"],
  ];
  for (const [entry, reason] of refused) {
    const start = "Cannot use --set (or ABACUS_SET) as ";
    assert.throws(
      () => ownSettings(`help.pair=true;${entry}`, ["help", "safe"]),
      (error: Error) => {
        const { message } = error;
        assert.ok(message.startsWith(start) && message.endsWith(`: received '${entry}'`), message);
        const given = message.slice(start.length, -`: received '${entry}'`.length);
        if (typeof reason === "string") assert.equal(given, reason);
        else assert.match(given, reason);
        return true;
      },
    );
  }
  assert.throws(() => ownSettings("a.pair=true;a.pair=false", ["a"]), {
    kind: "bad_usage",
    message: /each setting of a model must be given once: received 'a.pair=false'/,
  });
});
