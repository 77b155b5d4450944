import { type ChildProcess, type SendHandle, spawn } from "node:child_process";
import type { Socket as UdpSocket } from "node:dgram";
import type { Server } from "node:net";
import { fileURLToPath } from "node:url";
import type { NameSockets } from "@oriel/contracts";
import { listenTcp } from "./forward-tcp.ts";
import { listenUdp } from "./forward-udp.ts";
import type { Forwarder } from "./forwarder.ts";
import type { RelayReply, RelayRequest } from "./relay-messages.ts";

/** A process of this one's in another network name space, which passes sockets on and back. */
export interface Relay {
  /** Has a port here, and leads it to what is there. @throws Error of listening, such as EADDRINUSE */
  forward(protocol: "tcp" | "udp", address: string, port: number): Promise<Forwarder>;
  /** Binds an address that is there. @throws Error of binding */
  bind(address: string, port: number): Promise<NameSockets>;
  /** As forgetConnections does it here. */
  forget(mark: number): Promise<void>;
  close(): void;
}

/** Milliseconds for a request. */
const deadline = 20_000;

type WithoutId<Request> = Request extends unknown ? Omit<Request, "id"> : never;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  udp?: UdpSocket;
  done(reply: RelayReply, handle: unknown): void;
  fail(error: Error): void;
}

/**
 * @param before words that put a command into that name space
 * @param onEnd when it ends by itself
 */
export function startRelay(before: readonly string[], onEnd: (why: string) => void): Relay {
  const program = new URL(import.meta.url.endsWith(".ts") ? "./relay-program.ts" : "./relay-program.js", import.meta.url);
  const [command = "", ...words] = [...before, process.execPath, fileURLToPath(program)];
  const child: ChildProcess = spawn(command, words, { cwd: "/", env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"], detached: true });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let isClosed = false;
  child.unref();
  child.channel?.unref();
  child.on("message", (reply: RelayReply, handle) => {
    const found = waiting.get(reply.id);
    // Nobody waits any more: it is to be nobody's.
    if (found === undefined) return void (handle as UdpSocket | Server | undefined)?.close();
    if (reply.part === "udp") {
      found.udp = handle as UdpSocket;
      return;
    }
    waiting.delete(reply.id);
    clearTimeout(found.timer);
    found.done(reply, handle);
  });
  const end = (why: string): void => {
    for (const { timer, fail } of waiting.values()) {
      clearTimeout(timer);
      fail(new Error(`the relay of published ports has ended: ${why}`));
    }
    waiting.clear();
    if (!isClosed) onEnd(why);
    isClosed = true;
  };
  child.once("error", ({ message }) => end(message));
  child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));

  const ask = <Answer>(
    request: WithoutId<RelayRequest>,
    handle: SendHandle | undefined,
    take: (given: unknown, udp?: UdpSocket) => Answer,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      count += 1;
      const id = count;
      const fail = (error: Error): void => {
        waiting.get(id)?.udp?.close();
        waiting.delete(id);
        reject(error);
      };
      if (isClosed) return reject(new Error("the relay of published ports has ended"));
      const timer = setTimeout(() => fail(new Error("the relay of published ports does not reply")), deadline);
      const own: Waiting = {
        timer,
        fail,
        done: ({ error }, given) => {
          if (error === undefined) return resolve(take(given, own.udp));
          own.udp?.close();
          reject(Object.assign(new Error(error.message), { code: error.code }));
        },
      };
      waiting.set(id, own);
      child.send({ ...request, id } as RelayRequest, handle, (error) => {
        if (error === null) return;
        clearTimeout(timer);
        fail(error);
      });
    });
  const done = (): void => undefined;

  return {
    forward: async (protocol, address, portNumber) => {
      count += 1;
      const port = count;
      const socket = await (protocol === "tcp" ? listenTcp(address, portNumber) : listenUdp(address, portNumber));
      // Who comes before it is passed on finds nothing.
      if ("listen" in socket) socket.on("connection", (client) => client.resetAndDestroy());
      socket.on("error", done);
      try {
        await ask({ kind: "take", port, protocol }, socket, done);
      } finally {
        socket.close();
      }
      return {
        aim: (target) => void ask({ kind: "aim", port, target }, undefined, done).catch(done),
        // What has ended has no port any more.
        close: () => ask({ kind: "close", port }, undefined, done).catch(done),
      };
    },
    bind: (address, portNumber) =>
      ask({ kind: "bind", address, portNumber }, undefined, (tcp, udp) => {
        if (udp === undefined) throw new Error(`the relay of published ports sent no socket for ${address}`);
        return { udp, tcp: tcp as Server };
      }),
    forget: (mark) => ask({ kind: "forget", mark }, undefined, done),
    close: () => {
      isClosed = true;
      child.kill("SIGKILL");
    },
  };
}
