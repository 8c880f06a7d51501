/**
 * The catalogue's errors of a server: what callers are answered, and what a start can end with. The kind
 * stands in the answer and in the log, with the status that it has in most protocols.
 *
 * @module
 */

import { type Section, section } from "./section.ts";

/** The sections of a server. */
export const serving: readonly Section[] = [
  section("Load, deadlines and the end of a server", [
    "batch/admission.ts",
    "batch/endings.ts",
    "http/backend.ts",
    "http/body_budget.ts",
    "http/edge.ts",
    "http/request_scope.ts",
  ], [
    [
      "Cannot admit as …, with … completions admitted: received …",
      "503 `overloaded`, or 429 with --overload-status 429. The message says which: the queue is full (by --max-queue or --max-queue-tokens), it has no room for the tokens that a credit method plans beside the completions, the answer would come in about so many ms and so after the deadline, or the server is shutting down.",
      "Try again after the seconds of `Retry-After`. Where it lasts: fewer requests in flight, longer deadlines, --replicas, or another machine; `abacus_queue_oldest_seconds` tells how long what waits has waited.",
    ],
    [
      "Cannot admit as at most … completions fit into the queue: received …",
      "413 `too_large`. One request has more completions than --max-queue, so that no wait would help.",
      "Send fewer completions a request, or raise --max-queue.",
    ],
    [
      "Cannot assign credit as one … may plan at most … tokens (--max-credit-tokens): received at least …",
      "413 `too_large`. `occlusion` computes every completion once more for each of its sentences; this request would compute more tokens beside its completions than one may.",
      "Send fewer or shorter completions a request (score counts each completion by itself), use another credit method, or raise --max-credit-tokens.",
    ],
    [
      "Cannot score as the deadline has passed",
      "504 `deadline_exceeded`. The request's time (--deadline-ms, or `x-abacus-deadline-ms` of its caller) was over while it waited or ran.",
      "Compare `abacus_stage_seconds` of queue and inference: much queue is too much load, much inference a batch that is too large (--max-batch-tokens) or a text that is too long.",
    ],
    [
      "Cannot score as the caller left",
      "499 `cancelled`, in logs and metrics only. The caller closed its connection before the answer; what was left of its work was dropped.",
      "Nothing, unless there are many: then the caller's own timeout is shorter than the wait. Let it send `x-abacus-deadline-ms`.",
    ],
    [
      "Cannot answer as …",
      "The message says why: the model is still loading or has failed to load (503), the caller hung up (499), the deadline has passed (504), or the server is shutting down and its --drain-ms are over (503).",
      "Loading: wait until /readyz says `ready`. Failed to load: the line on standard error says why. Deadline: see above.",
    ],
    [
      "Cannot answer as the server is shutting down",
      "503 `overloaded`. The server was told to end (SIGTERM, Ctrl-C) and takes on nothing new; what came before is answered.",
      "Send the request to another server, or again once the next one listens. Clients that try again after a 503 do so by themselves.",
    ],
    [
      "Cannot read the request as the bodies of others hold … of … bytes (--max-bodies-mb): received …",
      "503 `overloaded`, or 429 with --overload-status 429. Many large requests are being read or answered at once.",
      "Try again after the seconds of `Retry-After`; raise --max-bodies-mb if the machine has the memory.",
    ],
  ]),
  section("Requests that are wrong", [
    "http/answer.ts",
    "http/app.ts",
    "http/auth.ts",
    "http/body.ts",
    "http/content_encoding.ts",
    "http/deadline.ts",
    "http/failure_case.ts",
    "http/parsed_request.ts",
    "http/protocols",
  ], [
    [
      "Cannot read the URL as it may say … once: received … and …",
      "400 `invalid_request`. The URL has a parameter twice, of which one value would be ignored.",
      "Leave one of them out: often one stands in the URL that was set and the other is added by the client.",
    ],
    [
      "Cannot read the request as it must hold one input, and not those of … and of …: received …",
      "400 `invalid_request`. The body has the input of two protocols of the path, such as `input` of vLLM's /classify and `text` of SGLang's, of which one would be ignored.",
      "Send the input of one of them; null in the place of the other is as good as nothing.",
    ],
    [
      "Cannot answer as …: received …",
      "404 `unknown_route`, or 405 where the path exists: there is no such route, or it takes other methods, which the message and the header `Allow` name.",
      "Look for the route in /docs. A path that is doubled (`/v1/v1/rewards`) comes of a base URL that holds a part of it already.",
    ],
    [
      "Cannot answer as this server asks for its key, in 'Authorization: Bearer KEY': received …",
      "401 `unauthorized`. The request shows no key, or none of the server's; keys are never repeated in messages.",
      "Send the key as a bearer token, or as the password in the URL (`http://any:KEY@host/get_reward`) for trainers that have no setting for headers. After a change of the key file the server needs SIGHUP.",
    ],
    [
      "Cannot answer as … must be a whole number from 1 to …: received '…'",
      "400 `invalid_request`. The header by which a caller shortens its deadline is not a number of milliseconds.",
      "Send milliseconds without sign, point or unit, as in `x-abacus-deadline-ms: 30000`.",
    ],
    [
      "Cannot answer with rows as the model has no one sequence of tokens: received token_classify",
      "400 `invalid_request`. `/pooling` was asked of a mixture, each of whose members reads tokens of its own.",
      "Ask `/v1/rewards` or another protocol, or `/pooling` of a single model.",
    ],
    [
      "Cannot answer with rows of steps as the model scores whole completions: received rows=steps",
      "400 `invalid_request`. Only process reward models have a score for each step.",
      "Leave `rows=steps` out of the URL, or ask a process reward model.",
    ],
    [
      "Cannot read the request as …: received …",
      "400 `invalid_request`, or 415 `unsupported_media_type`. The body is not JSON, not UTF-8, empty or not sent as JSON, or its binary tensors do not fit the JSON before them; the message names the place.",
      "Send a JSON object with `Content-Type: application/json`.",
    ],
    [
      "Cannot read the request as its body broke off",
      "400 `invalid_request`. The connection ended before the whole body had come, or fewer bytes came than `Content-Length` says.",
      "Look at the network and at proxies between; a proxy with a limit of its own ends bodies so.",
    ],
    [
      "Cannot read the request as its body may have at most … bytes: received …",
      "413 `too_large`. The body is larger than --max-body-mb.",
      "Send fewer items a request, or raise --max-body-mb.",
    ],
    [
      "Cannot read the request as its body may have at most … bytes: received … bytes of gzip that hold more",
      "413 `too_large`. The body is larger than --max-body-mb once it is decompressed.",
      "Send fewer items a request, or raise --max-body-mb.",
    ],
    [
      "Cannot read the request as its content encoding is gzip and its body is not, or breaks off: received … bytes",
      "400 `invalid_request`. The header `Content-Encoding: gzip` belongs to another body, or a proxy decompressed it and left the header.",
      "Compress the body with gzip, or leave the header out.",
    ],
    [
      "Cannot read the request as its content encoding must be gzip or none: received …",
      "415 `unsupported_media_type`. The body is compressed in another way, such as br, zstd or deflate.",
      "Compress it with gzip, or not at all.",
    ],
    [
      "Cannot reply as a reward does not fit into …: received …",
      "400 `invalid_request`. `/pooling` was asked for an element type in which this reward would be infinite.",
      "Ask for float32 (`embed_dtype`), or for `encoding_format` float.",
    ],
    [
      "Cannot reply as a tensor may have at most … elements (send fewer samples at a time, or ask for the score alone): received … samples of up to … tokens",
      "400 `invalid_request`. The outputs of the Open Inference Protocol are rectangles, and that of all token rewards would be too large.",
      "Send fewer samples at a time, or name `score` alone in `outputs`.",
    ],
    [
      "Cannot reply as the header metadata may have … characters (send fewer texts, or ask for bytes_only): received … texts, which take …",
      "400 `invalid_request`. With `encoding_format` bytes the facts of every text stand in a header, which has a limit.",
      "Send fewer texts at a time, or ask for bytes_only.",
    ],
    [
      "Cannot score as … must not be empty: received []",
      "400 of type `empty` in the words of text-embeddings-inference. The request asks for nothing.",
      "Send at least one text.",
    ],
  ]),
  section("A model that fails", ["batch/fault.ts", "batch/run_batch.ts", "http/errors.ts"], [
    [
      "Cannot answer as something inside the server failed; its log names the cause under this request's id",
      "500 `model_failure`. Something failed whose message may tell of the machine, so that callers are not shown it.",
      "Search the log for the id of the request, which stands in the answer and in `X-Request-Id`: the line before has the cause.",
    ],
    [
      "Cannot score as the engine failed: received …",
      "500 `model_failure`. The native runtime refused to compute the batch; the text behind it is its own.",
      "With a device: look at its driver and its memory. Else report it with the text.",
    ],
    [
      "Cannot score as the engine must answer … sequences: received …",
      "500 `model_failure`. The engine answered another number of texts than it was asked for: a bug.",
      "Report it with the model's class.",
    ],
    [
      "Cannot score as …: received …",
      "500 `model_failure`. The engine died of this completion twice, died too often over its batch, or memory does not suffice for this completion alone; the others of the batch were answered.",
      "Memory: float16, --max-batch-tokens down, or refuse such texts. Deaths: `abacus_engine_deaths_total` has the signal; keep the text and report it.",
    ],
  ]),
  section("Starting a server", [
    "http/serve.ts",
    "http/key_file.ts",
    "http/certificate.ts",
    "cli/mixtures.ts",
  ], [
    [
      "Cannot listen as …: received …",
      "Another program listens at the port, the machine has no such address, or the system or Deno does not allow it; the message says which.",
      "Choose another --port or --host. Ports below 1024 need rights of the system; Deno needs --allow-net.",
    ],
    [
      "Cannot use --mix (or ABACUS_MIX) as …: received …",
      "A mixture has no name or no members, names a model that is not served, gives one twice or has a weight that is no number; the message says which.",
      "Write NAME=MODEL:WEIGHT,MODEL:WEIGHT with names that --model gives.",
    ],
    [
      "Cannot use the certificate as …: received …",
      "A file of --tls-cert or --tls-key cannot be read or holds something else than PEM, or the key belongs to another certificate; the message names the file.",
      "Name the certificate with its chain behind it, and its private key without a password, both in PEM.",
    ],
    [
      "Cannot read the keys as …: received …",
      "The file of --api-key-file cannot be read, is too large, has no key, or has a line that is neither a key nor a comment, or whose name or key stands in another line too; the message names the line. Keys are never repeated.",
      "Write one `name: key` or `name key` a line. A server that was told to read the file again (SIGHUP) keeps its old keys until the file is right.",
    ],
  ]),
];
