import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isOrielError, type StorageBackend, silentLogger } from "../../packages/contracts/src/index.ts";
import { WindowsFilterStorage } from "../../packages/graphdriver-windowsfilter/src/index.ts";
import { createEmulatedHcs, type EmulatedHcs } from "../../packages/hcs-emulator/src/index.ts";
import { writeLayerTar } from "../../packages/layer-tar/src/index.ts";
import { hostileTars } from "../../packages/layer-tar/test/hostile-corpus.ts";
import { SnapshotterStorage, WindowsSnapshotter } from "../../packages/snapshotter-windows/src/index.ts";
import { memoryJournal } from "../../packages/testkit/src/index.ts";

const corpus = hostileTars();
const base = `sha256:${"1".repeat(64)}`;
const hostile = `sha256:${"2".repeat(64)}`;

/** A storage backend whose folder lies in the midst of files that nobody may touch. */
class Surrounded implements AsyncDisposable {
  readonly #root: string;
  readonly #host: EmulatedHcs;
  readonly #closeStorage: () => Promise<void>;
  readonly storage: StorageBackend;
  readonly journal = memoryJournal();

  private constructor(root: string, name: "windowsfilter" | "snapshotter") {
    const logger = silentLogger;
    this.#root = root;
    this.#host = createEmulatedHcs({ root: path.join(root, "engine"), rootfs: "copy" });
    if (name === "windowsfilter") {
      const home = path.join(root, "engine", name);
      this.storage = new WindowsFilterStorage({ raw: this.#host, journal: this.journal, logger, home });
      this.#closeStorage = async () => {};
    } else {
      const snapshotter = new WindowsSnapshotter({ raw: this.#host, logger, root: path.join(root, "engine", name) });
      this.storage = new SnapshotterStorage({ snapshotter, journal: this.journal });
      this.#closeStorage = () => snapshotter.close();
    }
  }

  static async open(name: "windowsfilter" | "snapshotter"): Promise<Surrounded> {
    const root = await mkdtemp(path.join(os.tmpdir(), "oriel-hostile-"));
    for (const folder of ["outside", "engine/outside", `engine/${name}`, `engine/${name}-outside`]) {
      await mkdir(path.join(root, folder), { recursive: true });
      await writeFile(path.join(root, folder, "keep"), "keep");
    }
    return new Surrounded(root, name);
  }

  get openFiles(): number {
    return this.#host.liveHandles().files;
  }

  /** Everything that is there with its size, time and text, and the names of what the host has where careless code would write. */
  async look(): Promise<string[]> {
    const elsewhere = await Promise.all(["/", "/etc"].map((folder) => readdir(folder)));
    return [...(await list(this.#root)), ...elsewhere.flat(), await readFile("/etc/passwd", "latin1")];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeStorage();
    await this.#host.close();
    await rm(this.#root, { recursive: true, force: true });
  }
}

async function list(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    // Every attempt is written down in it.
    if (/^metadata\.db/.test(name)) continue;
    const at = path.join(folder, name);
    const stats = await lstat(at);
    const text = stats.isFile() ? await readFile(at, "latin1") : "";
    found.push(`${at} ${stats.mode} ${stats.isDirectory() ? "" : stats.mtimeMs} ${text}`);
    if (stats.isDirectory()) found.push(...(await list(at)));
  }
  return found;
}

async function* pieces(tar: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.length; at += 1000) yield tar.subarray(at, at + 1000);
}

/** The error; or what else became of it within ten seconds. */
async function whatHappens(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve("it hangs"), 10_000);
  });
  const done = work.then(
    () => "it became a layer",
    (error: unknown) => error,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

describe.each(["windowsfilter", "snapshotter"] as const)(`hostile tars given to storage = "%s"`, (name) => {
  it("are each refused by the name of their entry, in time; none is a layer, and nothing else is touched", {
    timeout: 400_000,
  }, async () => {
    await using surrounded = await Surrounded.open(name);
    const { storage, journal } = surrounded;
    const times = { lastWrite: 0n };
    const content = Buffer.from("1");
    await storage.applyLayer({
      chainId: base,
      tar: writeLayerTar([
        { kind: "directory", name: "Files", times },
        { kind: "file", name: "Files/one", times, size: 1, content },
        { kind: "file", name: "UtilityVM/Files/uvm", times, size: 1, content },
      ]),
    });
    const before = await surrounded.look();
    const written = journal.list();
    let refused = 0;
    let named = 0;
    for (const { what, category, tar, names, as } of corpus) {
      for (const kind of ["base", "later"] as const) {
        if (as !== undefined && as !== kind) continue;
        const parent = kind === "base" ? {} : { parentChainId: base };
        const error = await whatHappens(storage.applyLayer({ chainId: hostile, ...parent, tar: pieces(tar) }));
        const title = `${category}: ${what}, as a ${kind} layer`;
        expect(isOrielError(error, "InvalidArgument"), `${title}: ${error}`).toBe(true);
        if (names !== null) {
          const { resource = "", message } = error as { readonly resource?: string; readonly message: string };
          if (names !== undefined) expect(resource, title).toBe(names);
          expect(message, title).toContain(JSON.stringify(resource).slice(1, 150));
          named += 1;
        }
        expect(surrounded.openFiles, title).toBe(0);
        expect(await storage.getLayer(hostile), title).toBeUndefined();
        refused += 1;
      }
    }
    expect(await surrounded.look()).toEqual(before);
    expect((await storage.listLayers()).map(({ chainId }) => chainId)).toEqual([base]);
    expect(journal.list()).toEqual(written);
    console.log(`${name}: ${corpus.length} hostile tars, refused ${refused} times, ${named} by the name of their entry`);
    expect(refused).toBeGreaterThan(400);
  });
});
