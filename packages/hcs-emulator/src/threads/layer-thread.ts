import { parentPort } from "node:worker_threads";
import { hresultOf } from "../host/answers.ts";
import { type CallOutcome, type CallReply, type CallRequest, createLayerCalls, type LayerCalls } from "./layer-calls.ts";

const port = parentPort;
if (port === null) throw new Error("layer-thread runs only as a thread of LayerThreads");
let calls: LayerCalls | undefined;

/** Bytes up to which copying costs less than handing over. */
const cheapToCopy = 16 * 1024;

/** Bytes that are handed over, not copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const bytes = typeof value === "object" && value !== null && "head" in value ? value.head : value;
  return bytes instanceof Uint8Array && bytes.length > cheapToCopy ? [bytes.buffer as ArrayBuffer] : [];
}

port.on("message", (requests: readonly CallRequest[]) => {
  const replies: CallReply[] = [];
  const buffers: ArrayBuffer[] = [];
  for (const { id, name, values } of requests) {
    const outcome = run(name, values);
    if (id === undefined) continue;
    replies.push({ id, ...outcome });
    if ("value" in outcome) buffers.push(...buffersOf(outcome.value));
  }
  if (replies.length > 0) port.postMessage(replies, buffers);
});

function run(name: CallRequest["name"], values: CallRequest["values"]): CallOutcome {
  try {
    calls ??= createLayerCalls();
    const call = calls[name] as (...values: readonly unknown[]) => unknown;
    return { value: call(...values) };
  } catch (error) {
    return { hresult: hresultOf(error), message: error instanceof Error ? error.message : String(error) };
  }
}
