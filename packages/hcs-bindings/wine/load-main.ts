/** Runs in node.exe: many processes at once write to both outputs while a call hangs; tells what came and how late the event loop was. */
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Readable } from "node:stream";
import { type ContainerConfig, createComputeSystem, createWindowsHcs } from "../src/index.ts";
import { testControls } from "./test-controls.ts";
import { makeTestLayers } from "./test-layers.ts";

const [dll = "", program = "", results = "", count = "20", size = "1048576", hang = "10000"] = process.argv.slice(2);
const bytes = Number(size);

const raw = createWindowsHcs({ libraries: { vmcompute: dll, backup: dll } });
await raw.start();
const controls = testControls(dll);
const layers = await makeTestLayers(raw.layers);
const { id, document } = await layers.prepare();
const system = await createComputeSystem(raw, id, document as unknown as ContainerConfig);
await system.start();

/** What `smoke.exe write` writes: lines that are numbered, so that order and loss show. */
function expected(letter: string): Buffer {
  return Buffer.from(Array.from({ length: bytes / 64 }, (_, line) => `${letter}${String(line).padStart(62, ".")}\n`).join(""));
}

const wanted = { out: expected("o"), err: expected("e") };

/** Whether a stream brings these bytes, no more and no fewer. */
async function brings(stream: Readable | null, content: Buffer): Promise<boolean> {
  let at = 0;
  let same = true;
  for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
    same &&= chunk.equals(content.subarray(at, at + chunk.length));
    at += chunk.length;
  }
  return same && at === content.length;
}

async function one(code: number): Promise<{ out: boolean; err: boolean; right: boolean }> {
  const child = await system.createProcess({
    CommandLine: `"${program}" write ${bytes} ${code}`,
    CreateStdOutPipe: true,
    CreateStdErrPipe: true,
    ConsoleSize: [0, 0],
  });
  const [out, err, exit] = await Promise.all([brings(child.stdout, wanted.out), brings(child.stderr, wanted.err), child.exit]);
  await child.close();
  return { out, err, right: exit.exitCode === code };
}

controls.setFaults([{ call: "HcsGetServiceProperties", nth: 1, delay: Number(hang) }]);
const hanging = raw.compute.HcsGetServiceProperties("{}");
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const began = performance.now();
const all = await Promise.all(Array.from({ length: Number(count) }, (_, index) => one(1000 + index)));
const seconds = (performance.now() - began) / 1000;
delay.disable();
await hanging;

await system.terminate();
await system.waitExit();
await system.close();
writeFileSync(
  results,
  JSON.stringify({
    processes: all.length,
    seconds: Number(seconds.toFixed(1)),
    rightStdout: all.filter(({ out }) => out).length,
    rightStderr: all.filter(({ err }) => err).length,
    rightExitCodes: all.filter(({ right }) => right).length,
    eventLoopDelayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    liveHandles: controls.liveHandles(),
  }),
);
await layers.remove();
await raw.close();
process.exit(0);
