import { isAtLeast } from "../http/api-version.ts";

export const rawStream = "application/vnd.docker.raw-stream";
export const multiplexedStream = "application/vnd.docker.multiplexed-stream";

/** A terminal's output is one stream, as it comes; otherwise each piece has a header, and clients since 1.42 are told so. */
export function outputType(tty: boolean, version: string): string {
  return tty || !isAtLeast(version, "1.42") ? rawStream : multiplexedStream;
}
