/**
 * Writes docs/errors.md: `deno run -A tests/errors/write.ts`.
 *
 * @module
 */

import { errorsPage, pagePath } from "./page.ts";

await Deno.writeTextFile(pagePath, errorsPage());
