import { ClientError } from "./client-error.ts";

/** A piece of a container's output. */
export interface OutputChunk {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

const headerLength = 8;
const streams = ["stdout", "stdout", "stderr"] as const;

/**
 * Takes stdout and stderr apart again: a header of eight bytes (the stream's number, three zeros, the length) comes
 * before each piece. Large pieces are passed on as they come.
 * @throws ClientError for bytes that are no such stream, or that end within a piece
 */
export async function* demultiplex(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputChunk["stream"] = "stdout";
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      if (left > 0) {
        const data = rest.subarray(0, left);
        left -= data.length;
        rest = rest.subarray(data.length);
        yield { stream, data };
        continue;
      }
      const missing = headerLength - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < headerLength) break;
      stream = streamOf(header);
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
  if (left > 0 || header.length > 0) throw new ClientError("the output broke off");
}

function streamOf(header: Buffer): OutputChunk["stream"] {
  const stream = streams[header.readUInt8(0)];
  if (stream === undefined || header.readUIntBE(1, 3) !== 0) {
    throw new ClientError(`the output is not what a gateway sends: it has the header ${header.toString("hex")}`);
  }
  return stream;
}
