// One measurement of a storage backend on the emulated host, in a process of its own so that its memory can be told:
// node --conditions=oriel-source storage.mjs '{"backend":"snapshotter","root":"…","work":"unpack",…}'
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { baseFiles, imageFiles, layerFile } from "./contents.mjs";

// As the daemon does (limit-young-space.ts of the command).
setFlagsFromString("--semi-space-growth-factor=1");

const { backend: name, root, work, built = false, ...options } = JSON.parse(process.argv[2]);
const load = (name) => import(`../../packages/${name}/${built ? "dist/index.js" : "src/index.ts"}`);
const { silentLogger } = await load("contracts");
const { EngineDatabase, SqliteResourceJournal } = await load("engine");
const { WindowsFilterStorage } = await load("graphdriver-windowsfilter");
const { createEmulatedHcs } = await load("hcs-emulator");
const { LocalImageStore } = await load("images");
const { writeLayerTar } = await load("layer-tar");
const { SnapshotterStorage, WindowsSnapshotter } = await load("snapshotter-windows");

await mkdir(root, { recursive: true });
const raw = createEmulatedHcs({ root });
await raw.start();
const database = new EngineDatabase(path.join(root, "engine.db"));
database.open();
const journal = new SqliteResourceJournal(database);
const snapshotter = new WindowsSnapshotter({ raw, logger: silentLogger, root: path.join(root, "snapshotter") });
const storage =
  name === "snapshotter"
    ? new SnapshotterStorage({ snapshotter, journal })
    : new WindowsFilterStorage({ raw, journal, logger: silentLogger, home: path.join(root, "windowsfilter") });

const chainId = (number) => `sha256:${number.toString(16).padStart(64, "0")}`;
const times = { lastWrite: 1_700_000_000_000_000_000n };
const folders = ["Files", "Hives"].map((name) => ({ kind: "directory", name, times }));
const asEntry = ({ name, content }) => ({ kind: "file", name, times, size: content.length, content });
const tarOf = (files) => writeLayerTar([...folders, ...files.map(asEntry)]);
const smallBase = () => tarOf(baseFiles);
const smallLayer = (number) => tarOf([layerFile(number)]);

/** Milliseconds by the clock, and of processors. */
async function costs(task) {
  const before = process.cpuUsage();
  const elapsed = await timed(task);
  const { user, system } = process.cpuUsage(before);
  return { elapsed, processor: (user + system) / 1000 };
}

async function timed(task) {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** What one of these takes, ms: the middle of several, after others: JavaScript is compiled while it runs. */
async function each(count, task, before = count) {
  const took = [];
  for (let index = 0; index < before + count; index += 1) {
    const milliseconds = await timed(() => task(index));
    if (index >= before) took.push(milliseconds);
  }
  return took.sort((a, b) => a - b)[Math.floor(count / 2)];
}

async function* hashed(file, expected) {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    hash.update(piece);
    yield piece;
  }
  if (`sha256:${hash.digest("hex")}` !== expected) throw new Error("the layer is not what it was");
}

const works = {
  /** A layer, as the base or on another one. The threads of the emulated host run by then, as they do in a daemon. */
  async unpack({ layer, chainId: digest, on }) {
    await storage.applyLayer({ chainId: chainId(1), tar: smallBase() });
    const parent = on === "base" ? {} : { parentChainId: chainId(1) };
    return costs(() => storage.applyLayer({ chainId: digest, ...parent, tar: hashed(layer, digest) }));
  },

  /** The whole way of `docker load`. */
  async load({ archive }) {
    const store = new LocalImageStore({ root: path.join(root, "images"), storage });
    await store.open();
    await storage.applyLayer({ chainId: chainId(1), tar: smallBase() });
    const took = await costs(() => store.load({ archive: createReadStream(archive, { highWaterMark: 256 * 1024 }) }));
    await store.close();
    return took;
  },

  /** A scratch, a layer made of it, and both removed again: what `docker run`, `commit` and `rm` need of storage. */
  async cycle({ count }) {
    await storage.applyLayer({ chainId: chainId(1), tar: smallBase() });
    return each(
      count,
      async (index) => {
        const id = `scratch-${index}`;
        await storage.createScratch({ id, parentChainId: chainId(1) });
        await storage.applyLayer({ chainId: chainId(2 + index), parentChainId: chainId(1), tar: storage.diff(id) });
        await storage.removeScratch(id);
        await storage.removeLayer(chainId(2 + index));
      },
      5 * count,
    );
  },

  /** The same through the snapshotter's own interface: prepare, commit, remove. */
  async snapshots({ count, on }) {
    if (on !== "nothing")
      await storage.applyLayer({ chainId: chainId(1), tar: on === "image" ? tarOf([...baseFiles, ...imageFiles]) : smallBase() });
    const parent = on === "nothing" ? {} : { parent: chainId(1) };
    return each(
      count,
      async (index) => {
        await snapshotter.prepare({ key: `key ${index}`, ...parent });
        await snapshotter.commit({ name: `name ${index}`, key: `key ${index}` });
        await snapshotter.remove(`name ${index}`);
      },
      5 * count,
    );
  },

  /** A scratch made, mounted, unmounted and removed on chains of these depths; ms by depth. */
  async depth({ depths, count }) {
    const took = {};
    for (let depth = 1; depth <= Math.max(...depths); depth += 1) {
      await storage.applyLayer({
        chainId: chainId(depth),
        ...(depth === 1 ? {} : { parentChainId: chainId(depth - 1) }),
        tar: depth === 1 ? smallBase() : smallLayer(depth),
      });
      if (!depths.includes(depth)) continue;
      const parentChainId = chainId(depth);
      const cycle = await each(count, async (index) => {
        const id = `scratch-${index}`;
        await storage.createScratch({ id, parentChainId });
        await storage.removeScratch(id);
      });
      const id = "mounted";
      await storage.createScratch({ id, parentChainId });
      const mount = await each(count, async () => {
        await storage.mountScratch(id);
        await storage.unmountScratch(id);
      });
      await storage.removeScratch(id);
      took[depth] = { cycle, mount };
    }
    return took;
  },

  /** The same with few and with many scratches there. */
  async many({ many, count }) {
    await storage.applyLayer({ chainId: chainId(1), tar: smallBase() });
    const create = (id) => storage.createScratch({ id, parentChainId: chainId(1) });
    const cycle = () =>
      each(count, async (index) => {
        await create(`scratch-${index}`);
        await storage.removeScratch(`scratch-${index}`);
      });
    const few = await cycle();
    for (let index = 0; index < many; index += 1) await create(`kept-${index}`);
    return { few, many: await cycle(), list: await each(3, () => storage.listScratches()) };
  },
};

const result = await works[work](options);
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
await snapshotter.close();
await raw.close();
database.close();
process.stdout.write(JSON.stringify({ result, megabytes }));
process.exit(0);
