import { copyFile } from "node:fs/promises";
import path from "node:path";
import { HcsNotification, type HcsSystem } from "@oriel/contracts";
import { overlayAllowed } from "../../src/layers/rootfs-overlay.ts";
import {
  baseLayer,
  containerDocument,
  startContainer,
  startProcess,
  startSystem,
  type TestContainerOptions,
  type TestProcess,
} from "../emulated-container.ts";

/** Where a container's files are on the host. */
export interface ContainerFiles {
  /** The daemon's folder. */
  readonly engine: string;
  /** The process that has the container. */
  readonly daemon: number;
  readonly scratch: string;
}

/** A container with hostile programs in it, by calls that another process can make. */
export interface HostileContainer {
  files(): Promise<ContainerFiles>;
  /** Starts a program; returns a number for it. */
  start(): Promise<number>;
  /** Sends it a line; returns the line that comes next. Rejects when its output ends without. */
  request(program: number, line: string): Promise<string>;
  /** Ends its input; returns its exit code. */
  end(program: number): Promise<number>;
  exited(program: number): Promise<number>;
  /** Ends the compute system, if it has not ended, and starts another on the same files; returns the HRESULT of the start. */
  restart(document: Record<string, unknown>): Promise<number>;
  /** Writes what the container has changed into a folder, as commit does; returns the HRESULT. */
  exportChanges(folder: string): Promise<number>;
  /** Ends the compute system and removes its files; returns the HRESULT. */
  destroy(): Promise<number>;
  /** Ends everything, once. */
  close(): Promise<void>;
}

/** What an account runs containers with. */
export interface HostileHost {
  /** @param processes how many processes and threads it may have; without, as many as the emulator gives */
  open(document: Record<string, unknown>, processes?: number): Promise<HostileContainer>;
  close(): Promise<void>;
}

const info = { flavour: 1, homeDir: "" } as const;

/** This process's account. */
export async function localHost(): Promise<HostileHost> {
  const { folder, base, remove } = await baseLayer();
  await copyFile(new URL("../fixtures/hostile.exe", import.meta.url), path.join(base, "Files", "Windows", "System32", "hostile.exe"));
  return {
    open: (document, processes) => openContainer({ folder, base, document, processes }),
    close: remove,
  };
}

async function openContainer(options: TestContainerOptions): Promise<HostileContainer> {
  const { base, document } = options;
  const container = await startContainer({ ...options, rootfs: (await overlayAllowed(options.folder)) ? "overlay" : "copy" });
  const { hcs, scratch } = container;
  const programs = new Map<number, TestProcess>();
  let system: HcsSystem | undefined = container.system;
  let last = 0;
  let closed: Promise<void> | undefined;

  const programOf = (id: number): TestProcess => {
    const program = programs.get(id);
    if (program === undefined) throw new Error(`there is no program ${id}`);
    return program;
  };
  const endOf = (running: HcsSystem): Promise<void> =>
    new Promise((resolve) => {
      const callback = (type: number): void => void (type === HcsNotification.SystemExited && resolve());
      void hcs.compute.HcsRegisterComputeSystemCallback(running, callback, 0n);
    });
  let ended = endOf(container.system);
  const stop = async (): Promise<void> => {
    if (system === undefined) return;
    const ending = system;
    system = undefined;
    // It may have begun to end by itself.
    await hcs.compute.HcsTerminateComputeSystem(ending, "");
    await ended;
    await hcs.compute.HcsCloseComputeSystem(ending);
  };

  return {
    files: async () => ({ daemon: process.pid, engine: path.dirname(scratch), scratch }),
    start: async () => {
      if (system === undefined) throw new Error("the compute system has ended");
      last += 1;
      programs.set(last, await startProcess(hcs, system, { CommandLine: "hostile.exe" }));
      return last;
    },
    request: async (id, line) => {
      const program = programOf(id);
      program.write(`${line}\n`);
      return (await program.seen(/([^\r\n]*)\r?\n/))[1] ?? "";
    },
    end: async (id) => {
      const program = programOf(id);
      program.end();
      return program.exited;
    },
    exited: async (id) => programOf(id).exited,
    restart: async (more) => {
      await stop();
      const { path: volume } = await hcs.layers.GetLayerMountPath(info, scratch);
      const again = containerDocument({ volume, scratch, base, document: { ...document, ...more } });
      const started = await startSystem(hcs, again);
      // What could not start has ended.
      system = started.status === 0 ? started.system : undefined;
      if (system !== undefined) ended = endOf(system);
      return started.status;
    },
    exportChanges: async (target) => {
      await stop();
      await hcs.layers.UnprepareLayer(info, scratch);
      return (await hcs.layers.ExportLayer(info, scratch, target, [{ layerId: "base", flags: 0, path: base }])).hresult;
    },
    destroy: async () => {
      await stop();
      await hcs.layers.UnprepareLayer(info, scratch);
      await hcs.layers.DeactivateLayer(info, scratch);
      return (await hcs.layers.DestroyLayer(info, scratch)).hresult;
    },
    close: () => {
      closed ??= container.close();
      return closed;
    },
  };
}
