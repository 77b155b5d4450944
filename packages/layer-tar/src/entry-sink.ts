import { open } from "node:fs/promises";
import type { BasicInfo } from "@oriel/core";
import type { LayerFiles, OpenLayerFile } from "./layer-files.ts";

/** Takes the bytes of one entry. `close` finishes it; `discard` gives it up after a failure, and never throws. */
export interface EntrySink {
  /** `backup`: wants a backup stream. `plain`: wants the data alone. */
  readonly format: "backup" | "plain";
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

/** Writes through the raw interface: the entry becomes what it is in the layer. */
export function backupSink(file: OpenLayerFile, info: BasicInfo): EntrySink {
  return {
    format: "backup",
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
 * @param head bytes that stand before all others
 */
export async function stagedSink(
  files: LayerFiles,
  name: string,
  format: EntrySink["format"],
  head: Uint8Array,
  info: BasicInfo,
): Promise<EntrySink> {
  const handle = await open(files.pathOf(name), "wx");
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
  };
  try {
    await write(head);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    format,
    write,
    close: async () => {
      await handle.close();
      await files.setBasicInfo(name, { ...info, attributes: 0 });
    },
    discard: () => handle.close().catch(() => {}),
  };
}

/**
 * Gathers small pieces, so that a file of a few hundred bytes costs one call and not four. One entry at a time is
 * written through it.
 */
export class PieceBuffer {
  readonly #bytes = Buffer.allocUnsafe(128 * 1024);
  #size = 0;

  /** The sink, buffered. What a former entry left is dropped. */
  through(sink: EntrySink): EntrySink {
    this.#size = 0;
    const flush = async (): Promise<void> => {
      if (this.#size === 0) return;
      const size = this.#size;
      this.#size = 0;
      await sink.write(this.#bytes.subarray(0, size));
    };
    return {
      format: sink.format,
      write: async (bytes) => {
        const large = bytes.length > this.#bytes.length / 2;
        if (large || this.#size + bytes.length > this.#bytes.length) await flush();
        if (large) return sink.write(bytes);
        this.#bytes.set(bytes, this.#size);
        this.#size += bytes.length;
      },
      close: async () => {
        await flush();
        await sink.close();
      },
      discard: () => sink.discard(),
    };
  }
}
