/**
 * The container's health check: ends with 0 where the server is ready, with 1 otherwise. The image has
 * no curl, and needs none. A server that was given a certificate answers HTTPS alone; its name is not that of
 * the loopback, so Deno is told not to check it there (`--unsafely-ignore-certificate-errors=127.0.0.1`).
 *
 * @module
 */

const port = Deno.env.get("ABACUS_PORT") || "8080";

async function isReady(scheme: string): Promise<boolean> {
  try {
    return (await fetch(`${scheme}://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

Deno.exit(await isReady("http") || await isReady("https") ? 0 : 1);
