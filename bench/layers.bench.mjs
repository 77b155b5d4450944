// What storage costs on the emulated host, beside GNU tar with sha256sum and beside containerd in the same run, one after the
// other in turn. Run: node --conditions=oriel-source bench/layers.bench.mjs [unpack] [snapshots] [depth] [many]
//   --runs 3 --files 10000 --bytes 1e9     of the image, and how often it is unpacked
//   --folder DIR         a disk to work on, with five times the image free; default: the folder for temporary files
//                        (not on an ext4 without a journal, as some virtual machines have: it searches past the inodes of what was
//                        deleted in the last minutes, so that whoever is measured later is slower; recently_deleted in fs/ext4/ialloc.c)
//   --containerd DIR     folder of `containerd` and `ctr`; default: those on the path, and no peer where there are none
//   --built              the packages as they were built last, not their sources: that is what users' memory holds
import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { startContainerd } from "./layers/containerd.mjs";
import { baseFiles, besideBase, imageFiles, layerFile, writeFiles } from "./layers/contents.mjs";
import { makeImage } from "./layers/image.mjs";

const run = promisify(execFile);
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "3" },
    files: { type: "string", default: "10000" },
    bytes: { type: "string", default: "1e9" },
    folder: { type: "string", default: os.tmpdir() },
    containerd: { type: "string", default: "" },
    built: { type: "boolean", default: false },
  },
});
const wanted = positionals.length === 0 ? ["unpack", "snapshots", "depth", "many"] : positionals;
const runs = Number(given.runs);
const backends = ["windowsfilter", "snapshotter"];
const program = fileURLToPath(new URL("layers/storage.mjs", import.meta.url));

const folder = await mkdtemp(path.join(given.folder, "oriel-bench-"));
const at = (name) => path.join(folder, name);
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
let peak = 0;
let peer;
try {
  const { FORCE_COLOR: _, ...env } = process.env;
  peer = await startContainerd(at("containerd"), given.containerd).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    console.log("no containerd here: 'apt-get install containerd', or --containerd with the folder of its programs");
  });
  console.log(
    `${os.cpus().length} processors, load ${os.loadavg()[0].toFixed(1)}, Node.js ${process.versions.node}, ${peer?.version ?? ""}`,
  );

  /** One measurement in a process of its own, on an empty root. */
  async function ours(backend, work, options = {}) {
    const root = at("ours");
    try {
      const condition = given.built ? [] : ["--conditions=oriel-source"];
      const words = JSON.stringify({ backend, root, work, built: given.built, ...options });
      const { stdout } = await run(process.execPath, [...condition, program, words], { env, maxBuffer: 2 ** 26 });
      const { result, megabytes } = JSON.parse(stdout);
      peak = Math.max(peak, megabytes);
      return { result, megabytes };
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  if (wanted.includes("unpack")) {
    const image = await makeImage(folder, { files: Number(given.files), bytes: Number(given.bytes) });
    console.log(
      `\nUnpacking one layer of ${Number(given.files).toLocaleString("en")} files, ${(image.bytes / 1e6).toFixed(0)} MB; seconds, the middle of ${runs}`,
    );
    const rows = new Map();
    const note = (row, { result: { elapsed, processor }, megabytes }) =>
      rows.set(row, [...(rows.get(row) ?? []), { elapsed: elapsed / 1000, processor: processor / 1000, megabytes }]);
    const theFloor = "GNU tar and sha256sum";
    const theirs = "ctr image import";
    for (let round = 0; round < runs; round += 1) {
      await settle();
      note(theFloor, { result: await floor(image.layer) });
      for (const backend of backends) {
        for (const on of ["base", "layer"]) {
          await settle();
          note(`${backend}, ${on === "base" ? "as the base" : "on another layer"}`, await ours(backend, "unpack", { ...image, on }));
        }
      }
      if (peer !== undefined) {
        await settle();
        note(theirs, { result: await imported(image.linux) });
      }
      for (const backend of backends) {
        await settle();
        note(`${backend}, docker load`, await ours(backend, "load", { archive: image.windows }));
      }
    }
    const middleOf = (row, what) => middle((rows.get(row) ?? []).map((cost) => cost[what]));
    console.log(`${"".padEnd(34)}   clock  ratio   processor  ratio   memory`);
    for (const [row, costs] of rows) {
      const whole = row.endsWith("docker load");
      const against = row === theirs || (whole && peer === undefined) ? row : whole ? theirs : theFloor;
      const column = (what) =>
        `${middleOf(row, what).toFixed(2).padStart(8)}  ${(middleOf(row, what) / middleOf(against, what)).toFixed(2)}`;
      const memory = Math.max(...costs.map(({ megabytes = 0 }) => megabytes));
      const all = costs.map(({ elapsed }) => elapsed.toFixed(1)).join(", ");
      console.log(
        `${row.padEnd(34)} ${column("elapsed")}    ${column("processor")}   ${memory === 0 ? "" : `${memory} MB`.padStart(6)}   of ${against} (${all})`,
      );
    }
  }

  if (wanted.includes("snapshots")) {
    const count = 100;
    console.log(
      `\nPrepare, commit and remove, one after another; a second, the middle of ${runs} processes, of each the middle of ${count} after ${5 * count} others`,
    );
    const places = { nothing: "on nothing", layer: "on a base layer of 13 files", image: "on one of 1,000 files more, 100 MB" };
    const rows = new Map();
    const note = (row, milliseconds) => rows.set(row, [...(rows.get(row) ?? []), milliseconds]);
    for (let round = 0; round < runs; round += 1) {
      for (const [on, place] of Object.entries(places)) {
        await settle();
        note(`snapshotter, ${place}`, (await ours("snapshotter", "snapshots", { count, on })).result);
        if (peer === undefined) continue;
        await settle();
        note(`containerd, ${place}`, await cycles(on === "image" ? 5 : count, on));
        if (on !== "layer") continue;
        await settle();
        note(`containerd, ${place}, synced as ours`, await cycles(count, on, syncAll));
      }
      for (const backend of backends) {
        await settle();
        note(`${backend}, with a tar between, as commit needs it`, (await ours(backend, "cycle", { count })).result);
      }
    }
    for (const [row, times] of rows) {
      const milliseconds = middle(times);
      console.log(`${row.padEnd(56)} ${(1000 / milliseconds).toFixed(0).padStart(6)}   ${milliseconds.toFixed(1).padStart(7)} ms each`);
    }
  }

  if (wanted.includes("depth")) {
    const depths = [1, 2, 8, 32, 64, 127];
    console.log("\nA scratch on chains of layers; milliseconds, by depth");
    console.log(`${"".padEnd(40)} ${depths.map((depth) => String(depth).padStart(7)).join(" ")}`);
    const line = (row, times) =>
      console.log(
        `${row.padEnd(40)} ${times.map((time) => time.toFixed(1).padStart(7)).join(" ")}   last to first ${(times.at(-1) / times[0]).toFixed(2)}`,
      );
    for (const backend of backends) {
      // A layer may have 127 below it.
      const { result } = await ours(backend, "depth", { depths, count: 15 });
      line(
        `${backend}, made and removed`,
        depths.map((depth) => result[depth].cycle),
      );
      line(
        `${backend}, mounted and unmounted`,
        depths.map((depth) => result[depth].mount),
      );
    }
    if (peer !== undefined) line("containerd, made and removed", await deeper(depths, 15));
  }

  if (wanted.includes("many")) {
    const many = 10_000;
    console.log(
      `\nA scratch made and removed, beside none and beside ${many.toLocaleString("en")} others; milliseconds, and those of listing all`,
    );
    const line = (row, { few, many, list }) =>
      console.log(
        `${row.padEnd(40)} ${few.toFixed(1).padStart(7)} ${many.toFixed(1).padStart(7)}   many to none ${(many / few).toFixed(2)}   listed in ${list.toFixed(0)}`,
      );
    for (const backend of backends) line(backend, (await ours(backend, "many", { many, count: 40 })).result);
    if (peer !== undefined) line("containerd", await crowd(many, 40));
  }
  console.log(`\nPeak memory of any of our processes: ${peak} MB`);
} finally {
  await peer?.stop();
}

/** The same stream through both. */
async function floor(layer) {
  const target = at("floor");
  await mkdir(target);
  try {
    const script = 'set -o pipefail; tee >(tar -x --warning=no-unknown-keyword -C "$1") < "$2" | sha256sum; wait $!';
    return await costs("bash", "-c", script, "floor", target, layer);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function imported(archive) {
  try {
    const before = await peer.processor();
    const { elapsed, processor } = await costs(...peer.command("image", "import", "--snapshotter", "native", archive));
    return { elapsed, processor: processor + (await peer.processor()) - before };
  } finally {
    await peer.ctr("image", "rm", "--sync", "bench.local/image:latest");
  }
}

/** What containerd leaves to the kernel: all files of the snapshot are on disk before it counts as committed. */
async function syncAll(folder) {
  const { hostSyncer, syncTree } = await import("../packages/hcs-bindings/src/index.ts");
  await syncTree(folder, hostSyncer(60_000), path.dirname(folder));
}

/** Milliseconds of one prepare, commit and remove. */
async function cycles(count, on, beforeCommit = async () => {}) {
  const snapshots = peer.snapshots();
  const parent = on === "nothing" ? "" : "base layer";
  if (on !== "nothing") await makeBase(snapshots, on === "image" ? imageFiles : []);
  const took = [];
  for (let index = 0; index < 2 * count; index += 1) {
    const seconds = await timed(async () => {
      await beforeCommit(await snapshots.prepare(`key ${index}`, parent));
      await snapshots.commit(`name ${index}`, `key ${index}`);
      await snapshots.remove(`name ${index}`);
    });
    if (index >= count) took.push(seconds);
  }
  if (on !== "nothing") await snapshots.remove(parent);
  snapshots.close();
  return middle(took) * 1000;
}

/** A layer with what a base layer of ours has, and these files. */
async function makeBase(snapshots, files) {
  await writeFiles(await snapshots.prepare("base", ""), [...baseFiles, ...besideBase, ...files]);
  await snapshots.commit("base layer", "base");
}

async function deeper(depths, count) {
  const snapshots = peer.snapshots();
  const result = [];
  const deepest = Math.max(...depths);
  for (let depth = 1; depth <= deepest; depth += 1) {
    const folder = await snapshots.prepare("next", depth === 1 ? "" : `layer ${depth - 1}`);
    await writeFiles(folder, depth === 1 ? [...baseFiles, ...besideBase] : [layerFile(depth)]);
    await snapshots.commit(`layer ${depth}`, "next");
    if (!depths.includes(depth)) continue;
    const took = [];
    for (let index = 0; index < count; index += 1) {
      took.push(
        await timed(async () => {
          await snapshots.prepare("scratch", `layer ${depth}`);
          await snapshots.remove("scratch");
        }),
      );
    }
    result.push(middle(took) * 1000);
  }
  for (let depth = deepest; depth > 0; depth -= 1) await snapshots.remove(`layer ${depth}`);
  snapshots.close();
  return result;
}

async function crowd(many, count) {
  const snapshots = peer.snapshots();
  await makeBase(snapshots, []);
  const cycle = async () => {
    const took = [];
    for (let index = 0; index < count; index += 1) {
      took.push(
        await timed(async () => {
          await snapshots.prepare("scratch", "base layer");
          await snapshots.remove("scratch");
        }),
      );
    }
    return middle(took) * 1000;
  };
  const few = await cycle();
  for (let index = 0; index < many; index += 1) await snapshots.prepare(`kept ${index}`, "base layer");
  const beside = await cycle();
  const list = await timed(() => snapshots.list());
  snapshots.close();
  return { few, many: beside, list: list * 1000 };
}

/** What the one before has written must not be the next one's work. */
async function settle() {
  if (existsSync("/proc/self")) await run("sync", ["-f", folder]);
}

/** Milliseconds of a command by the clock, and of processors. */
async function costs(...command) {
  let processor = 0;
  const elapsed = await timed(async () => {
    const { stdout } = await run("bash", ["-c", '"$@" >&2; times', "costs", ...command], { maxBuffer: 2 ** 26 });
    // The shell's own, then those of what it ran: `0m1.234s 0m0.567s`.
    const times = [...(stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
    processor = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
  });
  return { elapsed: elapsed * 1000, processor };
}

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function middle(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
