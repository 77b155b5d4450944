import { open } from "node:fs/promises";
import { encodeStreamHeader, StreamId } from "@oriel/backup-stream";
import type { BasicInfo } from "@oriel/contracts";
import type { LayerFiles, OpenLayerFile } from "./layer-files.ts";

/** Takes the bytes of one entry. `close` finishes it; `discard` gives it up after a failure, and never throws. */
export interface EntrySink {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

/** Writes through the raw interface: the entry becomes what it is in the layer. */
export function backupSink(file: OpenLayerFile, info: BasicInfo): EntrySink {
  return {
    write: (bytes) => file.write(bytes),
    close: () => file.closeWith(info),
    discard: () => file.close().catch(() => {}),
  };
}

/**
 * Writes an ordinary new file of a staging folder, for ImportLayer to read. Its times are those that the layer's file
 * shall have; its attributes stand in its first bytes and not on itself, as an attribute such as read-only would keep
 * the staging folder from being removed.
 *
 * @param size of all that will be written, where that is known: the file is then made through the raw interface at once,
 *   which for many small files is half the calls
 */
export async function stagedSink(files: LayerFiles, name: string, info: BasicInfo, size?: number): Promise<EntrySink> {
  if (size !== undefined) return wholeStagedSink(files, name, { ...info, attributes: 0 }, size);
  const handle = await open(files.pathOf(name), "wx");
  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
    },
    close: async () => {
      await handle.close();
      await files.setBasicInfo(name, { ...info, attributes: 0 });
    },
    discard: () => handle.close().catch(() => {}),
  };
}

/** What is staged is the data of an ordinary file. */
async function wholeStagedSink(files: LayerFiles, name: string, info: BasicInfo, size: number): Promise<EntrySink> {
  const file = await files.create(name, false);
  const sink = backupSink(file, info);
  try {
    if (size > 0) await sink.write(encodeStreamHeader({ id: StreamId.Data, size }));
  } catch (error) {
    await sink.discard();
    throw error;
  }
  return sink;
}
