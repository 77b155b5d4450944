import { parentPort } from "node:worker_threads";
import { hresultOf } from "../host/answers.ts";
import { type CallReply, type CallRequest, createLayerCalls, type LayerCalls } from "./layer-calls.ts";

const port = parentPort;
if (port === null) throw new Error("layer-thread runs only as a thread of LayerThreads");
let calls: LayerCalls | undefined;

/** Bytes are handed over, not copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const bytes = typeof value === "object" && value !== null && "head" in value ? value.head : value;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}

port.on("message", ({ id, name, values }: CallRequest) => {
  let reply: CallReply;
  try {
    calls ??= createLayerCalls();
    const call = calls[name] as (...values: readonly unknown[]) => unknown;
    reply = { id, value: call(...values) };
  } catch (error) {
    reply = { id, hresult: hresultOf(error), message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply, "value" in reply ? buffersOf(reply.value) : []);
});
