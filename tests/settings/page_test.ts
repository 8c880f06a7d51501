import assert from "node:assert/strict";
import { settingsSchema } from "../../src/settings.ts";
import { pagePath, settingsPage } from "./page.ts";

Deno.test("docs/settings.md is the page of the settings (deno run -A tests/settings/write.ts)", async () => {
  assert.equal(await Deno.readTextFile(pagePath), await settingsPage());
});

Deno.test("every setting is one of a command's", async () => {
  const page = await settingsPage();
  for (const name of Object.keys(settingsSchema.shape)) {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    assert.match(page, new RegExp(`^\\| \`${flag}[ \`]`, "m"), flag);
  }
});
