import path from "node:path";
import { Readable } from "node:stream";
import { BackupStreamDecoder, type StreamHeader, StreamId } from "@oriel/backup-stream";
import { hresultFailed, InvalidArgumentError, type OrielError } from "@oriel/contracts";
import { hresultError } from "@oriel/hcs-bindings";
import type { RawExportCalls } from "@oriel/layer-tar";

/** Reads single files of a layer, by the names that its tar has: what tar-split puts a layer's tar together from. */
export interface LayerFileGetter extends AsyncDisposable {
  /**
   * Bytes of a file (`Files/Windows/notepad.exe`), or of one of its streams (`Files/a.txt:Zone.Identifier`). Leaving the
   * iteration early closes the file.
   * @throws InvalidArgumentError for a name that leaves the layer; NotFoundError.
   */
  get(name: string): Readable;
}

/** Windows changes the boot files of a utility VM; the importer has put copies of them at the layer's root. */
const mutated: ReadonlyMap<string, string> = new Map(
  ["BCD", "BCD.LOG", "BCD.LOG1", "BCD.LOG2"].map((name) => [
    `utilityvm/files/efi/microsoft/boot/${name.toLowerCase()}`,
    `${name}.bak`.toLowerCase(),
  ]),
);

const PIECE = 256 * 1024;

/** @param folder of the layer, absolute; only what lies in it is read, and never through a link */
export function layerFileGetter(
  raw: RawExportCalls["win32"],
  folder: string,
  dispose: () => Promise<void> = async () => {},
): LayerFileGetter {
  return {
    get(name) {
      const { file, stream } = parseName(name);
      const relative = mutated.get(file.toLowerCase()) ?? file;
      return Readable.from(readStream(raw, folder, path.join(folder, ...relative.split("/")), stream), { objectMode: false });
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function parseName(name: string): { readonly file: string; readonly stream: string | undefined } {
  const [file = "", stream, ...more] = name.replaceAll("\\", "/").replace(/^\.\//, "").split(":");
  const parts = file.split("/");
  const leaves = parts.some((part) => part === "" || part === "." || part === "..");
  if (leaves || more.length > 0 || stream === "" || stream?.includes("/") === true) {
    throw new InvalidArgumentError(`'${name}' is no name of a file in a layer; it must read Files/folder/file or Files/file:stream`, {
      op: "layer.read",
      resource: name,
    });
  }
  return { file, stream };
}

async function* readStream(
  raw: RawExportCalls["win32"],
  root: string,
  file: string,
  stream: string | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const check = (op: string, { hresult }: { readonly hresult: number }): void => {
    if (hresultFailed(hresult)) throw callError(op, hresult, file);
  };
  const opened = await raw.OpenBackupReader(root, file);
  check("OpenBackupReader", opened);
  try {
    const decoder = new BackupStreamDecoder();
    let position = 0;
    for (;;) {
      const read = await raw.BackupRead(opened.file, PIECE);
      check("BackupRead", read);
      if (read.chunk.length === 0) return;
      for (const { type, header, ...event } of decoder.write(read.chunk)) {
        if (!isWanted(header, stream)) continue;
        if (type === "start" && header.id === StreamId.SparseBlock) {
          yield* zeros((header.offset ?? 0) - position);
          position = header.offset ?? 0;
        }
        if (!("chunk" in event)) continue;
        position += event.chunk.length;
        yield event.chunk;
      }
    }
  } finally {
    await raw.CloseBackupFile(opened.file);
  }
}

/** A sparse file has its data in blocks with holes between them. */
function isWanted({ id, name }: StreamHeader, stream: string | undefined): boolean {
  if (stream !== undefined) return id === StreamId.AlternateData && plain(name) === stream;
  return id === StreamId.Data || id === StreamId.SparseBlock;
}

function* zeros(count: number): Generator<Uint8Array, void, undefined> {
  for (let left = count; left > 0; left -= PIECE) yield new Uint8Array(Math.min(left, PIECE));
}

function plain(name: string): string {
  return name.replace(/^:/, "").replace(/:\$DATA$/i, "");
}

function callError(op: string, hresult: number, resource: string): OrielError {
  return hresultError({ op, hresult, resource, subject: "file" });
}
