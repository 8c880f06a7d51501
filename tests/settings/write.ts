/**
 * Writes docs/settings.md: `deno run -A tests/settings/write.ts`.
 *
 * @module
 */

import { pagePath, settingsPage } from "./page.ts";

await Deno.writeTextFile(pagePath, await settingsPage());
