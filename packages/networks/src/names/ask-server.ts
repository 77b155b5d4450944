import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { answersQuestion, type Question, withId } from "./dns-message.ts";
import type { DnsServer } from "./host-servers.ts";
import { frameMessage, MessageFrames } from "./tcp-frames.ts";

/**
 * Sends a question to a server, with an id and from a port that nobody can guess, and waits for its answer.
 * @param signal ends the wait
 * @throws the signal's reason, and what the connection fails with
 */
export function askByUdp(server: DnsServer, message: Buffer, question: Question, signal: AbortSignal): Promise<Buffer> {
  const id = randomInt(0x1_0000);
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    const end = finisher(signal, () => socket.close());
    socket.on("error", (error) => end(() => reject(error)));
    // Connected: what comes from another address never gets here.
    const onConnect = (error?: Error): void => {
      if (error !== undefined) end(() => reject(error));
      else if (!end.isOver) socket.send(withId(message, id), (failure) => failure && end(() => reject(failure)));
    };
    socket.connect(server.port, server.address, onConnect);
    socket.on("message", (answer) => {
      if (answersQuestion(answer, id, question)) end(() => resolve(withId(answer, message.readUInt16BE(0))));
    });
    end.onAbort((reason) => reject(reason));
  });
}

/** The same by TCP, for answers of any length. */
export function askByTcp(server: DnsServer, message: Buffer, question: Question, signal: AbortSignal): Promise<Buffer> {
  const id = randomInt(0x1_0000);
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, server.address);
    const frames = new MessageFrames();
    const end = finisher(signal, () => socket.destroy());
    socket.on("error", (error) => end(() => reject(error)));
    socket.on("connect", () => socket.write(frameMessage(withId(message, id))));
    socket.on("data", (data) => {
      for (const answer of frames.push(data)) {
        if (answersQuestion(answer, id, question)) end(() => resolve(withId(answer, message.readUInt16BE(0))));
      }
    });
    socket.on("close", () => end(() => reject(new Error(`${server.address} closed the connection`))));
    end.onAbort((reason) => reject(reason));
  });
}

interface Finisher {
  (report: () => void): void;
  readonly isOver: boolean;
  onAbort(report: (reason: Error) => void): void;
}

/** Settles once, and releases what was opened. */
function finisher(signal: AbortSignal, release: () => void): Finisher {
  let isOver = false;
  let abort: (() => void) | undefined;
  const end = (report: () => void): void => {
    if (isOver) return;
    isOver = true;
    if (abort !== undefined) signal.removeEventListener("abort", abort);
    release();
    report();
  };
  return Object.defineProperties(end as Finisher, {
    isOver: { get: () => isOver },
    onAbort: {
      value: (report: (reason: Error) => void) => {
        abort = () => end(() => report(signal.reason as Error));
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort, { once: true });
      },
    },
  });
}
