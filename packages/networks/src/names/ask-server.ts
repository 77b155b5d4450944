import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { unlessAborted } from "@oriel/contracts";
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
  const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
  const answered = new Promise<Buffer>((resolve, reject) => {
    socket.on("error", reject);
    // Connected: what comes from another address never gets here.
    socket.connect(server.port, server.address, (error?: Error) => {
      if (error !== undefined) reject(error);
      else if (!signal.aborted) socket.send(withId(message, id), (failure) => failure && reject(failure));
    });
    socket.on("message", (answer) => {
      if (answersQuestion(answer, id, question)) resolve(withId(answer, message.readUInt16BE(0)));
    });
  });
  return unlessAborted(answered, signal).finally(() => socket.close());
}

/** The same by TCP, for answers of any length. */
export function askByTcp(server: DnsServer, message: Buffer, question: Question, signal: AbortSignal): Promise<Buffer> {
  const id = randomInt(0x1_0000);
  const socket = connect(server.port, server.address);
  const frames = new MessageFrames();
  const answered = new Promise<Buffer>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("connect", () => socket.write(frameMessage(withId(message, id))));
    socket.on("data", (data) => {
      for (const answer of frames.push(data)) {
        if (answersQuestion(answer, id, question)) resolve(withId(answer, message.readUInt16BE(0)));
      }
    });
    socket.on("close", () => reject(new Error(`${server.address} closed the connection`)));
  });
  return unlessAborted(answered, signal).finally(() => socket.destroy());
}
