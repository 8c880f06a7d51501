/**
 * The version, as deno.json states it.
 *
 * @module
 */

import project from "../../deno.json" with { type: "json" };

/** As in `0.1.0`. */
export const version: string = project.version;
