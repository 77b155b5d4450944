import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type RawHcs, type ResourceJournal, silentLogger } from "@oriel/contracts";
import { createEmulatedHcs, type EmulatedHcs } from "@oriel/hcs-emulator";
import { type LayerCallScript, memoryJournal, ScriptedLayerCalls } from "@oriel/testkit";
import { SnapshotterStorage, WindowsSnapshotter } from "../src/index.ts";
import { MetadataDatabase } from "../src/metadata-database.ts";

/** A snapshotter on an emulated host whose layer functions can be told to fail or to hang. */
export class ScriptedSnapshotter implements AsyncDisposable {
  readonly host: EmulatedHcs;
  readonly journal: ResourceJournal = memoryJournal();
  snapshotter: WindowsSnapshotter;
  storage: SnapshotterStorage;
  readonly #root: string;
  readonly #scripted: ScriptedLayerCalls;
  readonly #databases: MetadataDatabase[] = [];
  /** Milliseconds. */
  static readonly callDeadline = 60_000;
  /** Milliseconds; of snapshotters that are opened from now on. */
  settleDelay = 25;

  private constructor(root: string) {
    this.#root = root;
    this.host = createEmulatedHcs({ root, rootfs: "copy" });
    this.#scripted = new ScriptedLayerCalls(this.host.layers);
    this.snapshotter = this.newSnapshotter();
    this.storage = new SnapshotterStorage({ snapshotter: this.snapshotter, journal: this.journal });
  }

  static async open(): Promise<ScriptedSnapshotter> {
    return new ScriptedSnapshotter(await mkdtemp(path.join(os.tmpdir(), "oriel-snapshotter-")));
  }

  get home(): string {
    return path.join(this.#root, "snapshotter");
  }

  /** Of the last snapshotter that was opened. */
  get database(): MetadataDatabase {
    const database = this.#databases.at(-1);
    if (database === undefined) throw new Error("no snapshotter was opened yet");
    return database;
  }

  /** As {@link ScriptedLayerCalls} has them. */
  get calls(): string[] {
    return this.#scripted.calls;
  }

  get callNames(): readonly string[] {
    return this.#scripted.names;
  }

  script(name: keyof RawHcs["layers"], script: LayerCallScript): void {
    this.#scripted.script(name, script);
  }

  hang(name: keyof RawHcs["layers"]): () => void {
    return this.#scripted.hang(name);
  }

  /** Another one on the same folder and host. @param win32 in place of functions of the host */
  newSnapshotter(win32: Partial<RawHcs["win32"]> = {}, machineStart?: () => number): WindowsSnapshotter {
    return new WindowsSnapshotter({
      raw: { layers: this.#scripted.layers, win32: { ...this.host.win32, ...win32 } },
      logger: silentLogger,
      root: this.home,
      callDeadline: ScriptedSnapshotter.callDeadline,
      settleDelay: this.settleDelay,
      machineStart,
      openDatabase: (file) => {
        const database = new MetadataDatabase(file);
        this.#databases.push(database);
        return database;
      },
    });
  }

  /**
   * As after a kill: nobody ends what was begun, and nothing locks the folder any more.
   * @param machineStart where the machine has ended as well
   */
  restart(machineStart?: () => number): void {
    this.#databases.at(-1)?.close();
    this.snapshotter = this.newSnapshotter({}, machineStart);
    this.storage = new SnapshotterStorage({ snapshotter: this.snapshotter, journal: this.journal });
  }

  /** A committed snapshot with these files; on none it is a base layer. */
  async layer(name: string, files: Readonly<Record<string, string>> = {}, parent?: string): Promise<string> {
    const key = `${name}-key`;
    await this.snapshotter.prepare({ key, parent });
    await this.write(key, files);
    await this.snapshotter.commit({ name, key });
    return this.folderOf(name);
  }

  async write(key: string, files: Readonly<Record<string, string>>): Promise<void> {
    await this.withShown(key, async (root) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(root, name)), { recursive: true });
        await writeFile(path.join(root, name), text);
      }
    });
  }

  /** With what a container would see of an active snapshot or a view. */
  async withShown<T>(key: string, use: (root: string) => Promise<T>): Promise<T> {
    const { folder, parents } = await this.snapshotter.locate(key);
    if (parents.length === 0) return use(path.join(folder, "Files"));
    await this.snapshotter.mount(key);
    try {
      return await use(path.join(folder, ".oriel", "root"));
    } finally {
      await this.snapshotter.unmount(key);
    }
  }

  async folderOf(name: string): Promise<string> {
    return (await this.snapshotter.locate(name)).folder;
  }

  /** Names of the folders of the snapshots. */
  entries(): Promise<string[]> {
    return readdir(path.join(this.home, "snapshots"));
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.snapshotter.walk()) names.push(name);
    return names;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#databases) database.close();
    await this.host.close();
    await rm(this.#root, { recursive: true, force: true });
  }
}
