import type { ContainerRuntime, RuntimeEvent, RuntimeProcess } from "@oriel/core";
import { commands, hyperVSpecOf, type setUp } from "../fixture.ts";

/** One container over a service of its own. */
export interface World extends Omit<ReturnType<typeof setUp>, "runtime" | "newRuntime"> {
  readonly id: string;
  readonly runtime: ContainerRuntime;
  readonly events: readonly RuntimeEvent[];
  init?: RuntimeProcess;
  exec?: RuntimeProcess;
  /** Whether `restore` said what became of it. */
  restored?: boolean;
}

/** Something that is done to a container, and what has to be there before. */
export interface Step {
  readonly name: string;
  prepare(world: World): Promise<unknown>;
  run(world: World): Promise<unknown>;
  /** Whether the container can be deleted while the step hangs. A creation must come to its end first. */
  readonly canBeCutShort: boolean;
}

/** Everything that a runtime does to a container of its own. */
export const steps: readonly Step[] = [
  step("create", async () => {}, create, { canBeCutShort: false }),
  step("start", create, start),
  step("exec", running, (world) => exec(world)),
  step("signal an exec", running, async (world) => {
    const process = world.exec ?? (await exec(world));
    await world.runtime.signal(world.id, "e1", "SIGTERM");
    await process.exit;
  }),
  step(
    "resize",
    async (world) => {
      await running(world);
      await exec(world, true);
    },
    async ({ exec }) => exec?.resize({ height: 25, width: 80 }),
  ),
  step("stop", running, ended("SIGTERM")),
  step("kill", running, ended("SIGKILL")),
  step(
    "end by itself",
    async (world) => {
      await create(world, commands.echoStdin);
      await start(world);
    },
    async ({ init }) => {
      await init?.closeStdin();
      await init?.exit;
    },
  ),
  step("pause", running, ({ runtime, id }) => runtime.pause(id)),
  step("resume", paused, ({ runtime, id }) => runtime.resume(id)),
  step("stats", running, ({ runtime, id }) => runtime.stats(id)),
  step("list processes", running, ({ runtime, id }) => runtime.processes(id)),
  step("delete unstarted", create, remove),
  step("delete running", running, remove),
  step("delete paused", paused, remove),
  step("restore", leftBehind, async (world) => {
    const restored = await world.runtime.restore(world.id, hyperVSpecOf(commands.runLong));
    world.restored = true;
    if (restored.outcome === "adopted") world.init = drained(restored.init);
  }),
];

function step(
  name: string,
  prepare: (world: World) => Promise<unknown>,
  run: (world: World) => Promise<unknown>,
  { canBeCutShort = true } = {},
): Step {
  return { name, prepare, run, canBeCutShort };
}

async function create({ runtime, id }: World, commandLine = commands.runLong): Promise<void> {
  await runtime.create({ id, spec: hyperVSpecOf(commandLine) });
}

async function start(world: World): Promise<void> {
  world.init = drained(await world.runtime.start(world.id));
}

async function running(world: World): Promise<void> {
  await create(world);
  await start(world);
}

async function paused(world: World): Promise<void> {
  await running(world);
  await world.runtime.pause(world.id);
}

async function exec(world: World, terminal = false): Promise<RuntimeProcess> {
  const process = { user: {}, cwd: "", commandLine: commands.runLong, terminal };
  const made = drained(await world.runtime.exec(world.id, "e1", process));
  world.exec = made;
  return made;
}

function ended(signal: string) {
  return async ({ runtime, id, init }: World): Promise<void> => {
    await runtime.signal(id, "init", signal);
    await init?.exit;
  };
}

async function remove({ runtime, id, init }: World): Promise<void> {
  await runtime.delete(id);
  await init?.exit;
}

/** As a former process of the engine leaves a container that it started. */
async function leftBehind({ fake, journal, id }: World): Promise<void> {
  const { compute } = fake.raw;
  const document = { SystemType: "Container", Name: id, Owner: "oriel", Layers: [], HvPartition: true };
  const { system } = await compute.HcsCreateComputeSystem(id, JSON.stringify(document), 0n);
  await compute.HcsStartComputeSystem(system, "");
  const made = await compute.HcsCreateProcess(system, JSON.stringify({ CommandLine: commands.runLong, ConsoleSize: [0, 0] }));
  await compute.HcsCloseProcess(made.process);
  await compute.HcsCloseComputeSystem(system);
  journal.record("compute-system", id, { owner: "oriel", pid: made.information.processId });
}

/** A stream that nobody reads keeps its pipe. */
function drained(process: RuntimeProcess): RuntimeProcess {
  process.stdout.resume();
  process.stderr?.resume();
  return process;
}
