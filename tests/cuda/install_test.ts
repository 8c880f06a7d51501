import assert from "node:assert/strict";
import { installCuda } from "../../src/cuda/install.ts";
import { libraryFolder } from "../../src/cuda/libraries.ts";
import { cudaLibraries, providerLibraries } from "../../src/cuda/libraries.ts";
import { wheels } from "../../src/cuda/wheels.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { smallWheel } from "./small_wheel.ts";

const library = new TextEncoder().encode("a library ".repeat(5_000));
const wheel = smallWheel({ "pkg/lib/liba.so.13": library, "pkg/readme": Uint8Array.of(1) });

/** An index with one package, as PyPI answers. */
function serveIndex(data: Uint8Array<ArrayBuffer>) {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname === "/simple/small/") {
      return Response.json({ files: [{ filename: wheel.file, url: "../../files/one.whl" }] });
    }
    return pathname === "/files/one.whl" ? new Response(data) : new Response(null, { status: 404 });
  });
  const index = `http://127.0.0.1:${server.addr.port}/simple`;
  return { asked, index, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("a wheel is fetched from the index, checked, and its libraries laid into the folder", async () => {
  await using folder = await temporaryDirectory();
  await using server = serveIndex(wheel.data);
  const seen: number[][] = [];
  const found = await installCuda({
    folder: folder.path,
    index: server.index,
    wheels: [wheel],
    onProgress: (...each) => seen.push(each),
  });
  assert.deepEqual(found, { folder: folder.path, brought: ["liba.so.13"], kept: [] });
  assert.deepEqual(await Deno.readFile(`${folder.path}/liba.so.13`), library);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["liba.so.13"]);
  assert.deepEqual(seen.at(-1), [wheel.bytes, wheel.bytes]);
});

Deno.test("what is there in its full size is not fetched again", async () => {
  await using folder = await temporaryDirectory();
  await using server = serveIndex(wheel.data);
  const options = { folder: folder.path, index: server.index, wheels: [wheel] };
  await installCuda(options);
  const before = server.asked.length;
  assert.deepEqual((await installCuda(options)).kept, ["liba.so.13"]);
  assert.equal(server.asked.length, before);
});

Deno.test("another wheel than the pinned one is refused, and nothing of it stays", async () => {
  await using folder = await temporaryDirectory();
  const data = wheel.data.slice();
  data[40]! ^= 1;
  await using server = serveIndex(data);
  await assert.rejects(
    installCuda({ folder: folder.path, index: server.index, wheels: [wheel] }),
    { kind: "bad_device", message: /Cannot install small-1-py3-none-any\.whl as its SHA-256/ },
  );
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a folder of wheels takes the place of the index; one without the wheel is refused", async () => {
  await using folder = await temporaryDirectory();
  await using from = await temporaryDirectory();
  const options = { folder: folder.path, from: from.path, wheels: [wheel] };
  await assert.rejects(installCuda(options), {
    kind: "bad_device",
    message: /Cannot install small as it cannot be had: received No such file/,
  });
  await Deno.writeFile(`${from.path}/${wheel.file}`, wheel.data);
  assert.deepEqual((await installCuda(options)).brought, ["liba.so.13"]);
  assert.deepEqual(await Deno.readFile(`${folder.path}/liba.so.13`), library);
  assert.ok((await Deno.stat(`${from.path}/${wheel.file}`)).isFile);
});

Deno.test("the pinned wheels hold every library that is looked for, of the runtime's own version", async () => {
  const names = wheels.flatMap(({ libraries }) => libraries.map(({ path }) => path))
    .map((path) => path.slice(path.lastIndexOf("/") + 1));
  assert.deepEqual(names.toSorted(), [...providerLibraries, ...cudaLibraries].toSorted());
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const [, version] = imports["onnxruntime-node"].split("node@");
  assert.ok(wheels[0]?.file.startsWith(`onnxruntime_gpu-${version}-`));
  assert.match(libraryFolder(), new RegExp(`onnxruntime-node/${version}/bin/napi-v6/`));
});
