import type { OutputFrame } from "@oriel/engine";

const streamNumber = { stdout: 1, stderr: 2 } as const;

/**
 * The header of a piece of output where stdout and stderr share a connection: the stream's number, three zero bytes,
 * and the length, big-endian.
 * @see https://docs.docker.com/reference/api/engine/version/v1.50/#tag/Container/operation/ContainerAttach "Stream format"
 */
export function frameHeader(stream: OutputFrame["stream"], length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(streamNumber[stream], 0);
  header.writeUInt32BE(length, 4);
  return header;
}
