import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { HcsNotification, type HcsProcess, type HcsProcessInformation, type HcsSystem } from "@oriel/contracts";
import { makeScratch, makeWineBaseLayer, mountScratch, wineProgramFolder } from "@oriel/testkit";
import { findContainment, isContainment } from "../src/containment/containment.ts";
import { createEmulatedHcs, type EmulatedHcs, findWine } from "../src/index.ts";

const programFolder = await wineProgramFolder();
export const noWine = programFolder === undefined || (await findWine()) === undefined ? "Wine is not installed" : undefined;

/** Why tests cannot start a container as the daemon does unless told otherwise; undefined where they can. */
export const noContainer = noWine ?? (await whyNotContained());

/** Why this host contains no containers; undefined where it does. */
export async function whyNotContained(): Promise<string | undefined> {
  const found = await containmentOfHost();
  return isContainment(found) ? undefined : `this host contains no containers: ${found.why}`;
}

/** What tests of this account have their containers contained with. */
export async function containmentOfHost(): Promise<Awaited<ReturnType<typeof findContainment>>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-contained-"));
  try {
    return await findContainment(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder with a base layer that runs cmd.exe, for all tests of a file. */
export async function baseLayer(): Promise<{ readonly folder: string; readonly base: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-container-"));
  const base = path.join(folder, "base");
  if (programFolder !== undefined) await makeWineBaseLayer(base, programFolder);
  return { folder, base, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A process with its output, as far as it has come. */
export interface TestProcess {
  readonly handle: HcsProcess;
  readonly information: HcsProcessInformation;
  /** What it has written so far, without a console's escape sequences. */
  output(): string;
  write(keys: string): void;
  /** Ends its input. */
  end(): void;
  /** Waits until the output has a match behind the last one that was waited for. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  /** Settles when the output has ended. */
  readonly ended: Promise<void>;
  /** Settles with the exit code. */
  readonly exited: Promise<number>;
}

/** A started container over the raw interface. */
export interface TestContainer {
  readonly hcs: EmulatedHcs;
  readonly system: HcsSystem;
  readonly scratch: string;
  readonly root: string;
  start(document: Record<string, unknown>): Promise<TestProcess>;
  /** Output of a program that takes no input. */
  run(commandLine: string): Promise<string>;
  close(): Promise<void>;
}

export interface TestContainerOptions {
  readonly folder: string;
  readonly base: string;
  readonly rootfs?: "copy" | "overlay" | undefined;
  /** More of the container document. */
  readonly document?: Record<string, unknown> | undefined;
  /** How many processes and threads it may have. @default the emulator's */
  readonly processes?: number | undefined;
}

let count = 0;

export async function startContainer(options: TestContainerOptions): Promise<TestContainer> {
  const { folder, base, rootfs = "copy", document = {}, processes } = options;
  count += 1;
  const root = path.join(folder, `engine-${count}`);
  const hcs = createEmulatedHcs({ root, rootfs, processes });
  await hcs.start();
  const scratch = path.join(root, "scratch");
  await makeScratch(hcs, scratch, base);
  // A virtual machine attaches its disk itself.
  const volume = document.HvPartition === true ? "" : await mountScratch(hcs, scratch, base);
  const { system, status, result } = await startSystem(hcs, containerDocument({ volume, scratch, base, document }));
  if (status !== 0) {
    await hcs.close();
    throw new Error(`start of the container: ${(status >>> 0).toString(16)} ${result}`);
  }
  const start = (parameters: Record<string, unknown>) => startProcess(hcs, system, parameters);
  return {
    hcs,
    system,
    scratch,
    root: path.join(scratch, ".oriel", "root"),
    start,
    run: (commandLine) => runProgram(hcs, system, commandLine),
    close: () => hcs.close(),
  };
}

/** A container on a scratch: `volume` is empty for a virtual machine. */
export function containerDocument({ volume, scratch, base, document }: ContainerDocumentOptions): Record<string, unknown> {
  return {
    SystemType: "Container",
    Name: "c",
    VolumePath: volume,
    LayerFolderPath: scratch,
    Layers: [{ ID: "b", Path: base }],
    ...document,
  };
}

interface ContainerDocumentOptions {
  readonly volume: string;
  readonly scratch: string;
  readonly base: string;
  readonly document: Record<string, unknown>;
}

/** Creates and starts a compute system; the status is that of the call that failed, or of the start. */
export async function startSystem(hcs: EmulatedHcs, document: Record<string, unknown>, id = "c") {
  const { hresult, result, system } = await hcs.compute.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
  if (hresult !== 0 && system === 0n) return { system, status: hresult, result };
  const status = await new Promise<number>((resolve) => {
    const callback = (type: number, _context: bigint, code: number): void =>
      void (type === HcsNotification.SystemStartCompleted && resolve(code));
    void hcs.compute.HcsRegisterComputeSystemCallback(system, callback, 0n).then(() => hcs.compute.HcsStartComputeSystem(system, ""));
  });
  return { system, status, result };
}

function createProcess(hcs: EmulatedHcs, system: HcsSystem, document: Record<string, unknown>) {
  return hcs.compute.HcsCreateProcess(system, JSON.stringify({ WorkingDirectory: "C:\\", CreateStdOutPipe: true, ...document }));
}

/** Output of a program that takes no input. */
export async function runProgram(hcs: EmulatedHcs, system: HcsSystem, commandLine: string): Promise<string> {
  const { information, hresult, result } = await createProcess(hcs, system, { CommandLine: commandLine });
  if (hresult !== 0) throw new Error(`${commandLine}: ${(hresult >>> 0).toString(16)} ${result}`);
  return text(hcs.win32.openPipeReader(information.stdOutput));
}

/** Starts a process with pipes. */
export async function startProcess(hcs: EmulatedHcs, system: HcsSystem, document: Record<string, unknown>): Promise<TestProcess> {
  const { hresult, result, process, information } = await createProcess(hcs, system, { CreateStdInPipe: true, ...document });
  if (hresult !== 0) throw new Error(`HcsCreateProcess: ${(hresult >>> 0).toString(16)} ${result}`);
  const exited = new Promise<number>((resolve) => {
    void hcs.compute.HcsRegisterProcessCallback(
      process,
      (type) => {
        if (type !== HcsNotification.ProcessExited) return;
        void hcs.compute
          .HcsGetProcessProperties(process)
          .then(({ processProperties }) => resolve(JSON.parse(processProperties ?? "{}").ExitCode));
      },
      0n,
    );
  });
  let raw = "";
  let output = "";
  let from = 0;
  let changed: () => void = () => undefined;
  const reader = hcs.win32.openPipeReader(information.stdOutput);
  const writer = hcs.win32.openPipeWriter(information.stdInput);
  writer.on("error", () => undefined);
  reader.on("data", (chunk: Buffer) => {
    raw += chunk.toString();
    output = plainText(raw);
    changed();
  });
  const ended = new Promise<void>((resolve) => {
    reader.once("close", resolve);
  });
  let over = false;
  void ended.then(() => {
    over = true;
    changed();
  });
  return {
    handle: process,
    information,
    output: () => output,
    write: (keys) => void writer.write(keys),
    end: () => void writer.end(),
    seen: async (pattern) => {
      for (;;) {
        const found = new RegExp(pattern.source, `${pattern.flags}g`);
        found.lastIndex = from;
        const match = found.exec(output);
        if (match !== null) {
          from = found.lastIndex;
          return match;
        }
        if (over) throw new Error(`the output ended without ${pattern}:\n${output}`);
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
    ended,
    exited,
  };
}

const esc = String.fromCharCode(0x1b);
const skippedSpaces = new RegExp(`${esc}\\[(\\d+)C`, "g");
const otherSequences = new RegExp(`${esc}(\\[[0-9;?]*[a-zA-Z]|\\][^${String.fromCharCode(7)}]*${String.fromCharCode(7)})`, "g");

/** What a terminal would show: a console skips spaces instead of writing them, and moves and colours are left out. */
function plainText(output: string): string {
  return output.replace(skippedSpaces, (_, count: string) => " ".repeat(Number(count))).replace(otherSequences, "");
}
