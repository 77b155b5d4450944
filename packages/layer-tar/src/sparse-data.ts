import { encodeStreamHeader, StreamAttribute, StreamId } from "@oriel/backup-stream";

/** NTFS keeps holes in units of 16 clusters of 4 KiB. */
const UNIT = 64 * 1024;
const ZEROS = Buffer.alloc(UNIT);

/**
 * The data of a sparse file as a backup stream: an empty data stream, a block for each unit that is not all zeros, and
 * an empty block that says where the file ends (Microsoft: "WIN32_STREAM_ID", and "Sparse File Operations").
 */
export async function writeSparseData(
  content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  await write(encodeStreamHeader({ id: StreamId.Data, attributes: StreamAttribute.Sparse, size: 0 }));
  const unit = Buffer.allocUnsafe(UNIT);
  let filled = 0;
  let position = 0;
  const flush = async (): Promise<void> => {
    const data = unit.subarray(0, filled);
    if (!data.equals(ZEROS.subarray(0, filled))) {
      await write(encodeStreamHeader({ id: StreamId.SparseBlock, size: filled, offset: position }));
      await write(data);
    }
    position += filled;
    filled = 0;
  };
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + UNIT - filled);
      unit.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled === UNIT) await flush();
    }
  }
  if (filled > 0) await flush();
  await write(encodeStreamHeader({ id: StreamId.SparseBlock, size: 0, offset: position }));
}
