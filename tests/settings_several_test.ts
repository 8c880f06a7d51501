import assert from "node:assert/strict";
import { z } from "zod";
import { severalSettings } from "../src/settings_several.ts";
import { help } from "../src/settings_readers.ts";

Deno.test("what one of several models has of its own is some text, whose parts semicolons separate", () => {
  const shape = severalSettings();
  const schema = z.object(shape);
  assert.deepEqual(schema.parse({}), {});
  assert.deepEqual(schema.parse({ set: " a.score=x=1,y=-1 " }), { set: "a.score=x=1,y=-1" });
  assert.throws(() => schema.parse({ set: " " }), /some text/);
  for (const each of Object.values(shape)) assert.equal(help.get(each)?.separator, ";");
});
