/** Runs in node.exe: one of the conformance suites of storage, by its name, on the DLL that is given. */
import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  memoryJournal,
  type SnapshotterFixture,
  type StorageBackendFixture,
  snapshotterContract,
  storageBackendContract,
} from "@oriel/testkit";
import { type RawHcs, type StorageBackend, silentLogger } from "../../../packages/contracts/src/index.ts";
import { WindowsFilterStorage } from "../../../packages/graphdriver-windowsfilter/src/index.ts";
import { readingVolumes } from "../../../packages/graphdriver-windowsfilter/test/reading-volumes.ts";
import { createWindowsHcs } from "../../../packages/hcs-bindings/src/index.ts";
import { runTests } from "../../../packages/hcs-bindings/wine/vitest-stand-in.ts";
import { SnapshotterStorage, WindowsSnapshotter } from "../../../packages/snapshotter-windows/src/index.ts";
import { MetadataDatabase } from "../../../packages/snapshotter-windows/src/metadata-database.ts";

const [dll = "", results = "", suite = ""] = process.argv.slice(2);
// It keeps what is mounted beyond a "process" of the suites, as the service of Windows does.
const windows = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await windows.start();
const driver = { flavour: 1, homeDir: "" } as const;

/** The test DLL has the content of `sandbox.vhdx` beside it, files of the layers below as second names of theirs. */
const shownBeside = (scratch: string) => path.join(scratch, "sandbox-volume");

/** In place of the file system's filter, which gives a scratch a file of its own when it is first written to. */
async function writeAnew(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text);
}

async function makeHome() {
  const root = await mkdtemp("C:\\oriel-storage-");
  return {
    root,
    remove: async (folder: string) => {
      for (const entry of await readdir(folder).catch(() => [])) await giveBack(path.join(folder, entry));
      // With all that the DLL keeps of the files: the file system gives their ids to others.
      await windows.layers.DestroyLayer(driver, root);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function giveBack(scratch: string): Promise<void> {
  await windows.layers.UnprepareLayer(driver, scratch);
  await windows.layers.DeactivateLayer(driver, scratch);
}

type Opener = (parts: {
  readonly raw: Pick<RawHcs, "layers" | "win32">;
  readonly root: string;
  readonly journal: StorageBackendFixture["journal"];
}) => StorageBackend;

async function storageFixture(folderName: string, open: Opener, onEnd: () => void): Promise<StorageBackendFixture> {
  const { root, remove } = await makeHome();
  const folder = path.join(root, folderName);
  const journal = memoryJournal();
  const rootOf = async (volumePath: string): Promise<string> => {
    for (const entry of await readdir(folder)) {
      const scratch = path.join(folder, entry);
      const mounted = await windows.layers.GetLayerMountPath(driver, scratch);
      if (mounted.path === volumePath) return shownBeside(scratch);
    }
    throw new Error(`nothing is mounted at ${volumePath}`);
  };
  const raw = { layers: windows.layers, win32: readingVolumes(windows.win32, rootOf) };
  return {
    backend: open({ raw, root, journal }),
    journal,
    folder,
    entries: () => readdir(folder).catch(() => []),
    putForeignFolder: async (name) => {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, "keep.txt"), "keep");
    },
    read: async (volumePath, name) => readFile(path.join(await rootOf(volumePath), name), "utf8").catch(() => undefined),
    write: async (volumePath, name, text) => {
      const file = path.join(await rootOf(volumePath), name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeAnew(file, text);
    },
    remove: async (volumePath, name) => rm(path.join(await rootOf(volumePath), name), { recursive: true }),
    reopen: async () => {
      onEnd();
      return open({ raw, root, journal });
    },
    dispose: async () => {
      onEnd();
      await remove(folder);
    },
  };
}

/** A snapshotter of which the process can be killed: it keeps no lock then. */
function killable() {
  const databases: MetadataDatabase[] = [];
  return {
    open: (raw: Pick<RawHcs, "layers" | "win32">, root: string) =>
      new WindowsSnapshotter({
        raw,
        logger: silentLogger,
        root: path.join(root, "snapshotter"),
        openDatabase: (file) => {
          const database = new MetadataDatabase(file);
          databases.push(database);
          return database;
        },
      }),
    kill: () => {
      for (const database of databases) database.close();
    },
  };
}

const suites: Readonly<Record<string, () => void>> = {
  windowsfilter: () =>
    storageBackendContract("windowsfilter on the test DLL", () =>
      storageFixture(
        "windowsfilter",
        ({ raw, root, journal }) =>
          new WindowsFilterStorage({ raw, journal, logger: silentLogger, home: path.join(root, "windowsfilter") }),
        () => {},
      ),
    ),
  storage: () =>
    storageBackendContract("snapshotter on the test DLL", () => {
      const { open, kill } = killable();
      return storageFixture(
        "snapshotter\\snapshots",
        ({ raw, root, journal }) => new SnapshotterStorage({ snapshotter: open(raw, root), journal }),
        kill,
      );
    }),
  snapshotter: () =>
    snapshotterContract("the Windows snapshotter on the test DLL", async (): Promise<SnapshotterFixture> => {
      const { root, remove } = await makeHome();
      const { open, kill } = killable();
      const folder = path.join(root, "snapshotter", "snapshots");
      return {
        snapshotter: open(windows, root),
        layers: windows.layers,
        shown: async (scratch) => shownBeside(scratch),
        write: writeAnew,
        entries: () => readdir(folder).catch(() => []),
        reopen: async () => {
          kill();
          return open(windows, root);
        },
        dispose: async () => {
          kill();
          await remove(folder);
        },
      };
    }),
};
suites[suite]?.();

// A line for each test at once: what hangs later does not take them away.
await runTests(120_000, (result) => appendFileSync(results, `${JSON.stringify(result)}\n`));
appendFileSync(results, `${JSON.stringify({ done: true })}\n`);
await windows.close();
process.exit(0);
