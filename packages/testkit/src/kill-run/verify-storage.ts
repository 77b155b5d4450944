import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { LayerRecord, ResourceJournal } from "@oriel/contracts";
import { mountsBelow } from "./mounts-below.ts";
import { checkScratchDisk } from "./scratch-disk.ts";
import { chainIdOf, type KillRunStorage } from "./storage-work.ts";
import type { StorageWorld } from "./storage-world.ts";
import { withFiles } from "./world-files.ts";

/**
 * Everything that is not as it must be after a kill and a restart, a line each. Settles what was in doubt.
 * @param journal as the backend uses it
 * @param powerLost whether the machine lost its power, and with it what was written and promised to nobody
 */
export async function verifyStorage(
  storage: KillRunStorage,
  world: StorageWorld,
  journal: ResourceJournal,
  powerLost = false,
): Promise<string[]> {
  const problems: string[] = [];
  const { backend, folder, own = [] } = storage;
  const { failed } = await backend.reconcile({ scratchIds: new Set(world.scratches.keys()) });
  problems.push(...failed.map((line) => `reconcile: ${line}`));

  const layers = await backend.listLayers();
  const expected = new Map([...world.layers, ...world.doubtful].map(([name, layer]) => [chainIdOf(name), layer]));
  const found = new Set<string>();
  for (const layer of layers) {
    const known = expected.get(layer.chainId);
    if (known === undefined) problems.push(`layer ${layer.chainId} is there, and nobody made it`);
    else found.add(known.name);
  }
  for (const name of world.layers.keys()) if (!found.has(name)) problems.push(`layer ${name} was reported done, and is not there`);
  world.settle(found);
  if (powerLost) world.loseWrites();

  const scratches = await backend.listScratches();
  const ids = scratches.map(({ id }) => id).sort();
  const wanted = [...world.scratches.keys()].sort();
  if (ids.join() !== wanted.join()) problems.push(`scratches are ${ids.join()}, and must be ${wanted.join()}`);

  const folders = [...layers, ...scratches].map((record) => path.relative(folder, record.folder).split(path.sep)[0] ?? "");
  const entries = (await readdir(folder)).filter((name) => !own.includes(name));
  const orphans = entries.filter((name) => !folders.includes(name));
  if (orphans.length > 0) problems.push(`folders are nobody's: ${orphans.join()}`);
  problems.push(...(await mountsBelow(folder)).map((mount) => `still mounted: ${mount}`));
  problems.push(...checkJournal(journal, [...layers.map(({ chainId }) => `layer ${chainId}`), ...ids.map((id) => `scratch ${id}`)]));

  const contents = await Promise.all([
    ...layers.map(checkUse),
    ...scratches.map(({ id, folder }) => checkScratchDisk(`scratch ${id}`, folder)),
    ...[...found].map((name) => checkLayer(storage, world, name)),
    ...[...world.scratches.values()].map(({ id, parent, files }) =>
      files === undefined ? [] : checkShown(storage, id, withFiles(world.shownBy(parent), files)),
    ),
  ]);
  return [...problems, ...contents.flat(), ...((await storage.verify?.()) ?? [])];
}

function checkJournal(journal: ResourceJournal, expected: readonly string[]): string[] {
  const recorded = journal.list().map(({ kind, id }) => `${kind} ${id}`);
  const known = new Set(expected);
  return [
    ...recorded.filter((entry) => !known.has(entry)).map((entry) => `the journal still has ${entry}`),
    ...expected.filter((entry) => !recorded.includes(entry)).map((entry) => `the journal lacks ${entry}`),
  ];
}

/** What the metadata says of a layer's size is what its files take. */
async function checkUse({ chainId, folder, size }: LayerRecord): Promise<string[]> {
  const used = await sizeBelow(path.join(folder, "Files"));
  return used === size ? [] : [`layer ${chainId} has ${used} bytes of files, its metadata says ${size}`];
}

async function sizeBelow(folder: string): Promise<number> {
  let size = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) size += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return size;
}

async function checkLayer(storage: KillRunStorage, world: StorageWorld, name: string): Promise<string[]> {
  const id = `verify-${name}`;
  await storage.backend.createScratch({ id, parentChainId: chainIdOf(name) });
  const problems = await checkShown(storage, id, world.shownBy(name));
  await storage.backend.removeScratch(id);
  return problems.map((problem) => `layer ${name}: ${problem}`);
}

async function checkShown({ backend, read }: KillRunStorage, id: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const { volumePath } = await backend.mountScratch(id);
  const problems: string[] = [];
  for (const [name, text] of files) {
    const there = await read(volumePath, name);
    if (there !== text) problems.push(`scratch ${id}: ${name} ${there === undefined ? "is not there" : "has other content"}`);
  }
  await backend.unmountScratch(id);
  return problems;
}
