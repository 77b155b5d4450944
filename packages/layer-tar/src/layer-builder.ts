import { withBootBackup } from "./boot-backups.ts";
import { withSecurity } from "./default-security.ts";
import {
  type DescribedEntry,
  encodeDescription,
  type WriteBytes,
  writeAlternateStream,
  writeContent,
  writeFileData,
} from "./entry-content.ts";
import type { EntryPool } from "./entry-pool.ts";
import { EntryWriter } from "./entry-writer.ts";
import { HardLinkCounts } from "./hard-link-counts.ts";
import type { FileEntry, HardLinkEntry, LayerTarEntry, StreamEntry } from "./layer-tar-entry.ts";
import type { EntryForm, LayerTarget } from "./layer-target.ts";
import type { LayerTree, NodeKind, Placement } from "./layer-tree.ts";
import { malformedTar } from "./tar/tar-member.ts";

/** Hands the entries of a tar, in its order, to a layer in the making: several at once, each after its folder. */
export class LayerBuilder {
  readonly #target: LayerTarget;
  readonly #tree: LayerTree;
  readonly #pool: EntryPool;
  readonly #folder: string;
  /** Stays open until the next entry, as alternate streams follow their file. */
  #current: { readonly writer: EntryWriter; readonly form: EntryForm } | undefined;
  readonly #hardLinks = new HardLinkCounts();
  #size = 0;

  constructor(target: LayerTarget, tree: LayerTree, pool: EntryPool, folder: string) {
    this.#target = target;
    this.#tree = tree;
    this.#pool = pool;
    this.#folder = folder;
  }

  /** Sum of the sizes of the files so far, bytes. */
  get size(): number {
    return this.#size;
  }

  /** @throws InvalidArgumentError naming the entry that cannot be; any failure of making an earlier one. */
  async add(entry: LayerTarEntry): Promise<void> {
    if (entry.kind === "stream") return this.#addStream(entry);
    await this.end();
    if ("times" in entry) return this.#addDescribed(entry);
    if (entry.kind === "hardlink") return this.#addHardLink(entry);
    this.#target.addWhiteout(entry);
  }

  /** Ends the last entry; it may still be in the making then. */
  async end(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    await current.writer.finish();
    this.#current = undefined;
  }

  /** Gives up the entry at which the tar broke off. Never fails. */
  async abandon(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.writer.discard();
  }

  async #addDescribed(entry: DescribedEntry): Promise<void> {
    const kind = entry.kind === "file" || entry.kind === "directory" ? entry.kind : "link";
    const { placement, needs } = await this.#place(entry.name, kind);
    const form = this.#target.formOf(entry, placement);
    const description = form.format === "backup" ? encodeDescription(withSecurity(entry)) : undefined;
    const writer = new EntryWriter(this.#pool, await this.#pool.acquire(), {
      name: placement.path,
      needs,
      open: (size) => this.#target.addEntry(entry, placement, size),
    });
    this.#current = { writer, form };
    await writer.write(form.head);
    if (description !== undefined) await writer.write(description);
    if (entry.kind !== "file") return;
    this.#size += entry.size;
    await withBootBackup(this.#folder, entry, (onData) => writeData(entry, form, writer, onData));
  }

  async #addStream(entry: StreamEntry): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    if (current.form.format === "plain") throw malformedTar("is a stream of a hive file, which has none", entry.name);
    await writeAlternateStream(entry, (bytes) => current.writer.write(bytes));
  }

  async #addHardLink(entry: HardLinkEntry): Promise<void> {
    const { placement, needs } = await this.#place(entry.name, "file");
    this.#hardLinks.add(entry);
    const link = this.#target.addHardLink(entry, placement);
    if (link === undefined) return;
    this.#pool.start(await this.#pool.acquire(), placement.path, [...needs, link.target], link.make);
  }

  /** Finds the entry's place, begins to make the folders that are missing, and returns which one it lies in. */
  async #place(name: string, kind: NodeKind): Promise<{ placement: Placement; needs: readonly string[] }> {
    const placement = this.#tree.add(name, kind);
    for (const folder of placement.missing) {
      this.#pool.start(await this.#pool.acquire(), folder, folderOf(folder), () => this.#target.addFolder(folder));
    }
    return { placement, needs: folderOf(placement.path) };
  }
}

async function writeData(entry: FileEntry, form: EntryForm, writer: EntryWriter, onData: WriteBytes | undefined): Promise<void> {
  const write: WriteBytes = async (bytes) => writer.write(bytes);
  const content = onData === undefined ? entry.content : tapped(entry.content, onData);
  await (form.format === "plain" ? writeContent(content, write) : writeFileData({ ...entry, content }, write));
}

async function* tapped(content: FileEntry["content"], onData: WriteBytes): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    await onData(chunk);
    yield chunk;
  }
}

function folderOf(name: string): readonly string[] {
  const slash = name.lastIndexOf("/");
  return slash === -1 ? [] : [name.slice(0, slash)];
}
