import { BackupStreamDecoder, decodeReparse, encodeReparse, encodeStream, StreamId } from "@oriel/backup-stream";

/** The streams of a backup stream that comes in chunks, a line each. */
export function listStreams(chunks: Iterable<Uint8Array>): string[] {
  const found: string[] = [];
  const decoder = new BackupStreamDecoder();
  for (const chunk of chunks) {
    for (const event of decoder.write(chunk)) {
      if (event.type === "start") found.push(`stream ${event.header.id} '${event.header.name}', ${event.header.size} bytes`);
    }
  }
  decoder.end();
  return found;
}

/** A file with a text, and a second stream beside it. */
export const file = Buffer.concat([
  encodeStream({ id: StreamId.Data }, Buffer.from("hello")),
  encodeStream({ id: StreamId.AlternateData, name: ":note:$DATA" }, Buffer.from("seen")),
]);

/** What a symbolic link has as its stream of id 8, and what it says. */
export const link = encodeReparse({ kind: "symlink", target: "..\\other" });
export const { target } = decodeReparse(link);
