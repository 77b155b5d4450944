import { parentPort } from "node:worker_threads";
import { hresultOf } from "../host/answers.ts";
import { type CallReply, type CallRequest, createLayerCalls, type LayerCalls } from "./layer-calls.ts";

const port = parentPort;
if (port === null) throw new Error("layer-thread runs only as a thread of LayerThreads");
let calls: LayerCalls | undefined;

port.on("message", ({ id, name, values }: CallRequest) => {
  let reply: CallReply;
  try {
    calls ??= createLayerCalls();
    const call = calls[name] as (...values: readonly unknown[]) => unknown;
    reply = { id, value: call(...values) };
  } catch (error) {
    reply = { id, hresult: hresultOf(error), message: error instanceof Error ? error.message : String(error) };
  }
  const bytes = "value" in reply && reply.value instanceof Uint8Array ? [reply.value.buffer as ArrayBuffer] : [];
  port.postMessage(reply, bytes);
});
