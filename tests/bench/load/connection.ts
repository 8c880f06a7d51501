/**
 * Connection: one kept-alive HTTP/1.1 connection, as cheap as it can be, so that a load generator does not
 * take the machine from the server that it measures.
 *
 * @module
 */

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

const crlf2 = [13, 10, 13, 10];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A request for {@linkcode Connection.send}, written once and sent many times. */
export function writePost(url: URL, path: string, body: unknown, headers = ""): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(body));
  const head = encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${bytes.length}\r\n${headers}\r\n`,
  );
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

/** Sends one request at a time. A server that closes the connection is connected to again. */
export class Connection implements Disposable {
  readonly #url: URL;
  #socket: Deno.TcpConn | undefined;
  #pending = new Uint8Array();

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends a request and reads its answer. @throws {Error} where the connection breaks */
  async send(request: Uint8Array): Promise<Answer> {
    const answer = await this.#read(await this.begin(request));
    if (answer.closes) this[Symbol.dispose]();
    return answer;
  }

  /** Sends a request, or its beginning, without waiting for the answer. */
  async begin(request: Uint8Array): Promise<Deno.TcpConn> {
    const socket = this.#socket ??= await Deno.connect({
      hostname: this.#url.hostname,
      port: Number(this.#url.port),
    });
    for (let at = 0; at < request.length;) at += await socket.write(request.subarray(at));
    return socket;
  }

  /** Breaks off, whatever is under way. */
  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#pending = new Uint8Array();
  }

  async #read(socket: Deno.TcpConn): Promise<Answer & { closes: boolean }> {
    let end: number;
    while ((end = endOfHead(this.#pending)) < 0) await this.#more(socket);
    const head = decoder.decode(this.#pending.subarray(0, end)).toLowerCase();
    const status = Number(/^http\/1\.1 (\d{3})/.exec(head)?.[1] ?? NaN);
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? NaN);
    if (!(status >= 100 && length >= 0)) throw new Error(`cannot read the answer: ${head}`);
    while (this.#pending.length < end + length) await this.#more(socket);
    const body = decoder.decode(this.#pending.subarray(end, end + length));
    this.#pending = this.#pending.slice(end + length);
    return { status, body, closes: /\r\nconnection: *close/.test(head) };
  }

  async #more(socket: Deno.TcpConn): Promise<void> {
    const chunk = new Uint8Array(16_384);
    const count = await socket.read(chunk);
    if (count === null) throw new Error("the server closed the connection");
    const whole = new Uint8Array(this.#pending.length + count);
    whole.set(this.#pending);
    whole.set(chunk.subarray(0, count), this.#pending.length);
    this.#pending = whole;
  }
}

/** The place behind the empty line; negative where it has not come yet. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (crlf2.every((byte, i) => bytes[at + i] === byte)) return at + 4;
  }
  return -1;
}
