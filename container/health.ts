/**
 * The container's health check: ends with 0 where the server is ready, with 1 otherwise. The image has
 * no curl, and needs none.
 *
 * @module
 */

const port = Deno.env.get("ABACUS_PORT") || "8080";

try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
  Deno.exit(ok ? 0 : 1);
} catch {
  Deno.exit(1);
}
