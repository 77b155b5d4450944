import { parentPort, workerData } from "node:worker_threads";
import type { WindowsLibraries } from "./libraries.ts";
import { createNativeCalls } from "./native-calls.ts";

/** One call, as it is put to a thread. */
export interface CallRequest {
  readonly family: string;
  readonly name: string;
  readonly values: readonly unknown[];
}

/** What a thread says of it: the function's answer, or what it threw. */
export type CallReply = { readonly answer: unknown } | { readonly thrown: unknown };

type AnyCalls = Readonly<Record<string, Readonly<Record<string, (...values: readonly unknown[]) => unknown>>>>;

const port = parentPort;
if (port === null) throw new Error("call-thread runs only as a thread of CallThreads");
const calls = createNativeCalls(workerData as WindowsLibraries) as unknown as AnyCalls;

port.on("message", ({ family, name, values }: CallRequest) => {
  let reply: CallReply;
  try {
    reply = { answer: calls[family]?.[name]?.(...values) };
  } catch (thrown) {
    reply = { thrown };
  }
  port.postMessage(reply);
});
