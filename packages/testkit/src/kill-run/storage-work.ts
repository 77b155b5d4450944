import { createHash } from "node:crypto";
import type { ResourceJournal, StorageBackend } from "@oriel/contracts";
import { windowsLayerTar } from "../tar-file.ts";
import type { Random } from "./random.ts";
import type { StorageWorld, WorkEvent } from "./storage-world.ts";
import { randomFiles, type WorldFiles, withFiles } from "./world-files.ts";

/** A storage backend on a folder that outlives its process. */
export interface KillRunStorage {
  readonly backend: StorageBackend;
  /** Folder that the backend keeps layers and scratches in. */
  readonly folder: string;
  /** Names below `folder` that are neither: the backend's database. */
  readonly own?: readonly string[];
  /** As in the fixture of the storage contract. */
  read(volumePath: string, name: string): Promise<string | undefined>;
  write(volumePath: string, name: string, text: string): Promise<void>;
  remove(volumePath: string, name: string): Promise<void>;
  /** What only this backend can tell to be wrong after a restart, a line each. */
  verify?(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * What a module that is given to the kill run exports as `openStorage`.
 * @param powerLost whether the machine has lost its power since it was last opened
 */
export type OpenStorage = (root: string, journal: ResourceJournal, powerLost?: boolean) => Promise<KillRunStorage>;

export interface StorageWorkOptions {
  readonly storage: KillRunStorage;
  readonly world: StorageWorld;
  readonly random: Random;
  /** Words that no other lane uses: lanes work side by side, each on layers of its own. */
  readonly lane: string;
  /** Must have written the event down when it returns. */
  readonly tell: (event: WorkEvent) => void;
}

const MAX_LAYERS = 5;
const MAX_SCRATCHES = 2;

export function chainIdOf(name: string): string {
  return `sha256:${createHash("sha256").update(name).digest("hex")}`;
}

/** Imports, prepares, runs, commits and removes at random, and never ends by itself. */
export async function workForever(options: StorageWorkOptions): Promise<never> {
  const { random, lane } = options;
  let count = Math.floor(random.next() * 1_000_000_000);
  for (;;) {
    const name = `${lane}-${count}`;
    count += 1;
    await doOne(options, name);
  }
}

async function doOne({ storage, world, random, lane, tell }: StorageWorkOptions, name: string): Promise<void> {
  const { backend } = storage;
  const layers = [...world.layers.values()].filter((layer) => layer.name.startsWith(`${lane}-`));
  const scratches = [...world.scratches.values()].filter((scratch) => scratch.id.startsWith(`${lane}-`));
  const parents = new Set([...layers.map(({ parent }) => parent), ...scratches.map(({ parent }) => parent)]);
  const unused = layers.filter((layer) => !parents.has(layer.name));
  const act = async (event: DistributiveOmit<WorkEvent, "phase">, work: () => Promise<unknown>): Promise<void> => {
    for (const phase of ["begin", "done"] as const) {
      if (phase === "done") await work();
      const told: WorkEvent = { phase, ...event };
      world.apply(told);
      tell(told);
    }
  };
  const parentOf = (parent: string | undefined) => (parent === undefined ? {} : { parentChainId: chainIdOf(parent) });

  const op = random.pick(["import", "import", "prepare", "run", "run", "commit", "commit", "remove-layer", "remove-scratch"] as const);
  if (op === "import" && layers.length < MAX_LAYERS) {
    const parent = random.below(4) === 0 ? undefined : random.pick(layers)?.name;
    const files = randomFiles(random, name, world.shownBy(parent));
    await act({ op, layer: { name, parent, files } }, () =>
      backend.applyLayer({ chainId: chainIdOf(name), ...parentOf(parent), tar: slowly(windowsLayerTar(files)) }),
    );
  } else if (op === "prepare" && scratches.length < MAX_SCRATCHES) {
    const parent = random.pick(layers)?.name;
    if (parent === undefined) return;
    await act({ op, scratch: { id: name, parent, files: {} } }, () =>
      backend.createScratch({ id: name, parentChainId: chainIdOf(parent) }),
    );
  } else if (op === "run") {
    const scratch = random.pick(scratches);
    if (scratch?.files === undefined) return;
    const more = randomFiles(random, name, withFiles(world.shownBy(scratch.parent), scratch.files));
    await act({ op, id: scratch.id, files: { ...scratch.files, ...more } }, () => run(storage, scratch.id, more));
  } else if (op === "commit" && layers.length < MAX_LAYERS) {
    const scratch = random.pick(scratches);
    if (scratch?.files === undefined) return;
    const { id, parent, files } = scratch;
    await act({ op, layer: { name, parent, files } }, () =>
      backend.applyLayer({ chainId: chainIdOf(name), ...parentOf(parent), tar: backend.diff(id) }),
    );
  } else if (op === "remove-layer" && unused.length > 0 && layers.length > 2) {
    const layer = random.pick(unused);
    if (layer !== undefined) await act({ op, name: layer.name }, () => backend.removeLayer(chainIdOf(layer.name)));
  } else if (op === "remove-scratch") {
    const scratch = random.pick(scratches);
    if (scratch !== undefined) await act({ op, id: scratch.id }, () => backend.removeScratch(scratch.id));
  }
}

async function run({ backend, write, remove }: KillRunStorage, id: string, files: WorldFiles): Promise<void> {
  const { volumePath } = await backend.mountScratch(id);
  for (const [name, text] of Object.entries(files)) {
    if (text === null) await remove(volumePath, name);
    else await write(volumePath, name, text);
  }
  await backend.unmountScratch(id);
}

/** In pieces, with a turn of the event loop between them, as a download has. */
async function* slowly(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < data.length; offset += 8192) {
    yield data.subarray(offset, offset + 8192);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;
