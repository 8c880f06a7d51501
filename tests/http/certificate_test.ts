import assert from "node:assert/strict";
import { readCertificate } from "../../src/http/certificate.ts";
import { serveHttp } from "../../src/http/serve.ts";
import { certificates } from "./certificates.ts";
import { fakeApp } from "./fake_app.ts";

const { one, two } = certificates;

/** Writes the two files, and reads them as a certificate. */
async function read(cert: string, key: string) {
  const directory = await Deno.makeTempDir();
  const files = { certPath: `${directory}/cert.pem`, keyPath: `${directory}/key.pem` };
  try {
    await Deno.writeTextFile(files.certPath, cert);
    await Deno.writeTextFile(files.keyPath, key);
    return await readCertificate(files);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a certificate and its key are read as they are, with a chain behind", async () => {
  const chain = one.cert + two.cert;
  assert.deepEqual(await read(chain, one.key), { cert: chain, key: one.key });
});

const refused: readonly [name: string, cert: string, key: string, reason: RegExp][] = [
  ["a key of another certificate", one.cert, two.key, /not the key of the certificate.*key\.pem$/],
  ["a file that is no certificate", "hello", one.key, /holds no certificate in PEM.*cert\.pem$/],
  ["a file that is no key", one.cert, "hello", /holds no private key in PEM .*key\.pem$/],
  ["the two the wrong way round", one.key, one.cert, /holds no certificate in PEM.*cert\.pem$/],
];

for (const [name, cert, key, message] of refused) {
  Deno.test(`${name} is refused by its file`, async () => {
    await assert.rejects(read(cert, key), { kind: "bad_usage", message });
  });
}

Deno.test("a file that is not there is named", async () => {
  const files = { certPath: "/none/cert.pem", keyPath: "/none/key.pem" };
  await assert.rejects(readCertificate(files), {
    kind: "bad_usage",
    message: /^Cannot use the certificate as .*: received \/none\/cert\.pem$/,
  });
});

Deno.test("a server with a certificate answers HTTPS and nothing else", async () => {
  const stop = new AbortController();
  const where = { hostname: "127.0.0.1", port: 0, signal: stop.signal };
  const server = serveHttp(fakeApp().app, { ...where, certificate: one });
  assert.equal(server.url, `https://127.0.0.1:${server.port}`);
  using client = Deno.createHttpClient({ caCerts: [one.cert] });
  const response = await fetch(`${server.url}/healthz`, { client });
  assert.deepEqual(await response.json(), { status: "alive" });
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/healthz`), TypeError);
  stop.abort();
  assert.deepEqual(await server.finished, { drained: true });
});
