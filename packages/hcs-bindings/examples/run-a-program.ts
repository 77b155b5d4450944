import { text } from "node:stream/consumers";
import type { RawHcs } from "@oriel/contracts";
import { createComputeSystem } from "@oriel/hcs-bindings";

/** Runs one program in a container of its own, and returns its output and exit code. */
export async function runProgram(raw: RawHcs, id: string, commandLine: string) {
  await using system = await createComputeSystem(raw, id, {
    SystemType: "Container",
    Name: id,
    Layers: [], // the container's layer folders, immediate parent first
    HvPartition: false,
  });
  await system.start();
  try {
    await using process = await system.createProcess({
      CommandLine: commandLine,
      CreateStdOutPipe: true,
      ConsoleSize: [0, 0],
    });
    const output = process.stdout ? await text(process.stdout) : "";
    const { exitCode } = await process.exit;
    return { output, exitCode };
  } finally {
    await system.shutdown();
    await system.waitExit({ ms: 60_000 });
  }
}
