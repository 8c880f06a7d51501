import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { fakeApp, goodRequest } from "./fake_app.ts";

/** Every path of the documentation that takes a body. */
async function scoringPaths(): Promise<string[]> {
  const { paths } = await (await fakeApp().app.request("/openapi.json")).json();
  return Object.keys(paths).filter((path) => "post" in paths[path])
    .map((path) => path.replaceAll(/\{\w+\}/g, "fake-reward"));
}

Deno.test("no route reads a body in another encoding than gzip, and none more of one than its limit", async () => {
  const { app } = fakeApp({ settings: { maxBodyBytes: 1_000 } });
  const paths = await scoringPaths();
  assert.ok(paths.length > 10, paths.join());
  const headers = { "Content-Type": "application/json" };
  for (const path of paths) {
    for (const encoding of ["zstd", "br", "deflate", "gzip, gzip"]) {
      const answer = await app.request(path, {
        method: "POST",
        body: "{}",
        headers: { ...headers, "Content-Encoding": encoding },
      });
      assert.equal(answer.status, 415, `${path} ${encoding}`);
      assert.equal(answer.headers.get("Accept-Encoding"), "gzip, identity");
      await answer.body?.cancel();
    }
    const bomb = await app.request(path, {
      method: "POST",
      body: new Uint8Array(gzipSync(" ".repeat(100_000))),
      headers: { ...headers, "Content-Encoding": "gzip" },
    });
    assert.ok([413, 422].includes(bomb.status), `${path} ${bomb.status}`);
    assert.match(await bomb.text(), /at most 1000 bytes/, path);
  }
});

Deno.test("binary tensors are read from gzip as they are without", async () => {
  const { app } = fakeApp();
  const text = new TextEncoder();
  const tensor = (value: string) => {
    const bytes = text.encode(value);
    const whole = new Uint8Array(4 + bytes.length);
    new DataView(whole.buffer).setUint32(0, bytes.length, true);
    whole.set(bytes, 4);
    return whole;
  };
  const { prompt, completions: [completion] } = goodRequest.items[0]!;
  const data = [tensor(prompt), tensor(completion!)];
  const inputs = ["prompt", "completion"].map((name, i) => ({
    ...{ name, shape: [1], datatype: "BYTES" },
    parameters: { binary_data_size: data[i]!.length },
  }));
  const head = text.encode(JSON.stringify({ inputs, outputs: [{ name: "score" }] }));
  const body = new Uint8Array(await new Blob([head, ...data]).arrayBuffer());
  const post = async (body: Uint8Array<ArrayBuffer>, more: Record<string, string>) => {
    const headers = {
      "Content-Type": "application/octet-stream",
      "Inference-Header-Content-Length": String(head.length),
      ...more,
    };
    const answer = await app.request("/v2/models/fake-reward/infer", {
      method: "POST",
      body,
      headers,
    });
    return [answer.status, (await answer.json()).outputs?.[0]?.data];
  };
  const plain = await post(body, {});
  assert.equal(plain[0], 200);
  const packed = new Uint8Array(gzipSync(body));
  assert.deepEqual(await post(packed, { "Content-Encoding": "gzip" }), plain);
  assert.equal((await post(packed, { "Content-Encoding": "zstd" }))[0], 415);
});
