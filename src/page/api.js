// @ts-check
/// <reference lib="dom" />
/**
 * The requests of the page to the server, and the failure of a request.
 *
 * @module
 */

/**
 * A reply whose lists of floats are JSON numbers, the encoding that the page requests.
 *
 * @typedef {Omit<import("../wire/reply.ts").RewardReply, "items"> & { items: { completions: import("./card.js").Answer[] }[] }} Reply
 */

/** A failure that the page can show. */
export class Problem extends Error {
  /** @param {{ kind: string, message: string, path?: string | undefined, requestId?: string | undefined }} details */
  constructor({ kind, message, path, requestId }) {
    super(message);
    this.name = "Problem";
    this.kind = kind;
    this.path = path;
    this.requestId = requestId;
  }
}

/** Sends requests to the server of the page. */
export class Api {
  /** The API key that the visitor entered. Kept in memory only. */
  key = "";

  /** Relative to the address of the page. */
  rewardsUrl = new URL("v1/rewards", document.baseURI).href;

  /**
   * @param {unknown} request
   * @param {AbortSignal} signal
   * @returns {Promise<Reply>}
   */
  rewards(request, signal) {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(this.rewardsUrl, {
      method: "POST",
      body: JSON.stringify(request),
      headers,
      signal,
    });
  }

  /** @returns {Promise<import("../wire/models.ts").ModelsReply>} */
  models() {
    return this.#ask("v1/models", {});
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   */
  async #ask(path, init) {
    const headers = new Headers(init.headers);
    if (this.key !== "") headers.set("Authorization", `Bearer ${this.key}`);
    const response = await reached(fetch(path, { ...init, headers }));
    const body = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body;
    const { kind, message, path: at, request_id: requestId } = body?.error ?? {};
    throw new Problem({
      kind: kind ?? "model_failure",
      message: message ?? `The server answered ${response.status} without a reason`,
      path: at,
      requestId,
    });
  }
}

/** @param {Promise<Response>} answer */
async function reached(answer) {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw new Problem({ kind: "cancelled", message: "Stopped before the answer came" });
    }
    throw new Problem({
      kind: "unreachable",
      message: "Cannot reach the server: is it still running?",
    });
  }
}
