/**
 * The version of deno.json.
 *
 * @module
 */

import project from "../../deno.json" with { type: "json" };

/** As in `0.1.0`. */
export const version: string = project.version;
