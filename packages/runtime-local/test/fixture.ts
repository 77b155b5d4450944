import { type RuntimeSpec, silentLogger } from "@oriel/contracts";
import { liveHandles } from "@oriel/hcs-bindings";
import { createFakeRawHcs, type FakeRawHcsOptions, memoryJournal } from "@oriel/testkit";
import { LocalRuntime } from "../src/local-runtime.ts";

export const commands = {
  printHello: "print hello",
  printOopsToStderr: "complain oops",
  echoStdin: "cat",
  runLong: "sleep",
  missing: "nosuch.exe",
  exitWith: (code: number) => `exit ${code}`,
};

export function specOf(commandLine: string): RuntimeSpec {
  return {
    ociVersion: "1.2.0",
    process: { user: {}, cwd: "C:\\", commandLine },
    root: { path: "\\\\?\\Volume{66d1ef4c-7a00-11e6-8948-00155ddbef9d}\\" },
    windows: { layerFolders: ["C:\\layers\\base", "C:\\layers\\scratch"] },
  };
}

/** The same for a virtual machine, which has its own folder for one. */
export function hyperVSpecOf(commandLine: string): RuntimeSpec {
  const { root: _root, ...spec } = specOf(commandLine);
  return { ...spec, windows: { layerFolders: [], ...spec.windows, hyperv: { utilityVMPath: "C:\\layers\\base\\UtilityVM" } } };
}

/** Seconds. Nothing of a fake takes long unless it hangs; a busy machine must not make it look so. */
export const shortDeadlines = { call: 0.3, notification: 0.3, shutdown: 0.3, terminate: 0.3 };
export const longDeadlines = { call: 10, notification: 10, shutdown: 10, terminate: 10 };

export function setUp(options: FakeRawHcsOptions & { readonly deadlines?: typeof longDeadlines; readonly probe?: number } = {}) {
  const fake = createFakeRawHcs(options);
  const journal = memoryJournal();
  /** A runtime as a new process of the engine has it: it knows nothing but the journal. */
  const newRuntime = (deadlines = options.deadlines ?? longDeadlines) =>
    new LocalRuntime({
      raw: fake.raw,
      journal,
      logger: silentLogger,
      deadlines,
      probe: options.probe,
      exists: async () => false,
    });
  /** Of this set-up; of handles, all of this process unless they are not of these containers. */
  const leftovers = (...ids: readonly string[]) => [
    ...[...fake.systems.keys()].map((id) => `compute system ${id}`),
    ...journal.list().map((entry) => `record ${entry.kind} ${entry.id}`),
    ...liveHandles()
      .filter(({ label }) => ids.length === 0 || ids.some((id) => label.startsWith(id)))
      .map((handle) => `handle ${handle.kind} ${handle.label}`),
    ...(fake.openHandles() === 0 ? [] : [`${fake.openHandles()} handles of the service`]),
  ];
  return { fake, journal, runtime: newRuntime(), newRuntime, leftovers };
}
