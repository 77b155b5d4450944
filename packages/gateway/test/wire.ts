import type { Socket } from "node:net";

/** An HTTP answer as it comes over a connection: the head, and reading on behind it. */
export interface WireAnswer {
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What came behind the head in the same pieces. */
  readonly rest: Buffer;
}

/** Reads up to the end of the head. */
export async function readHead(socket: Socket): Promise<WireAnswer> {
  let seen = Buffer.alloc(0);
  return await new Promise((resolve, reject) => {
    const settle = () => {
      socket.off("readable", read);
      socket.off("close", closed);
    };
    const closed = () => {
      settle();
      reject(new Error(`the connection was closed after ${JSON.stringify(seen.toString())}`));
    };
    const read = () => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const end = seen.indexOf("\r\n\r\n");
        if (end === -1) continue;
        settle();
        const [status = "", ...lines] = seen.subarray(0, end).toString().split("\r\n");
        const headers = lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]);
        resolve({ status, headers: Object.fromEntries(headers), rest: seen.subarray(end + 4) });
        return;
      }
    };
    socket.on("readable", read);
    socket.on("close", closed);
    read();
  });
}

/** Everything up to the other side's end. */
export async function readToEnd(socket: Socket, begun: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const chunks = [begun];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Takes frames apart, in the simplest way. */
export function frames(bytes: Buffer): { stream: number; text: string }[] {
  const found: { stream: number; text: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    found.push({ stream: bytes.readUInt8(at), text: bytes.subarray(at + 8, at + 8 + length).toString() });
    at += 8 + length;
  }
  return found;
}
