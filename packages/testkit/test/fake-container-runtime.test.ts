import { NotFoundError, type ProcessSpec } from "@oriel/contracts";
import { containerRuntimeContract } from "../src/container-runtime-contract.ts";
import { type FakeContainerProgram, fakeContainerRuntime } from "../src/fake-container-runtime.ts";

const commands = {
  printHello: "hello",
  printOopsToStderr: "oops",
  echoStdin: "cat",
  runLong: "sleep",
  missing: "nosuch.exe",
  exitWith: (code: number) => `exit ${code}`,
};

const outOfMemory = "eat";

function program({ commandLine = "" }: ProcessSpec): FakeContainerProgram {
  return async ({ stdout, stderr, stdin, asked, outOfMemory: starve }) => {
    if (commandLine === outOfMemory) {
      starve();
      return 137;
    }
    if (commandLine === commands.printHello) await stdout("hello\r\n");
    if (commandLine === commands.printOopsToStderr) await stderr("oops\r\n");
    if (commandLine === commands.echoStdin) for await (const chunk of stdin) await stdout(chunk as Uint8Array);
    if (commandLine === commands.runLong) await asked;
    return commandLine.startsWith("exit ") ? Number(commandLine.slice(5)) : 0;
  };
}

containerRuntimeContract(
  "the fake",
  async () => {
    const runtime = fakeContainerRuntime({
      program(process) {
        if (process.commandLine === commands.missing) throw new NotFoundError(`${commands.missing}: not found`, { op: "process.create" });
        return program(process);
      },
    });
    let prepared = 0;
    const prepare = async () => {
      prepared += 1;
      const id = `c${prepared}`;
      const root = { path: `\\\\?\\Volume{00000000-0000-0000-0000-00000000000${prepared % 10}}\\` };
      return { id, spec: { ociVersion: "1.2.0", root, windows: { layerFolders: ["/layers/base", `/scratches/${id}`] } } };
    };
    return {
      runtime,
      commands,
      prepare,
      async prepareHyperV() {
        const { id, spec } = await prepare();
        return { id, spec: { ...spec, root: { path: "" }, windows: { ...spec.windows, hyperv: {} } } };
      },
      leftovers: () => runtime.live,
      async dispose() {},
    };
  },
  { outOfMemory, isFake: true },
);
