/**
 * Writes docs/families.md: `deno task families`.
 *
 * @module
 */

import { familiesPage, pagePath } from "./page.ts";

await Deno.writeTextFile(pagePath, await familiesPage());
