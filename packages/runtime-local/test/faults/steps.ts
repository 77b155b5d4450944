import type { ContainerRuntime, RuntimeEvent, RuntimeProcess, RuntimeSpec } from "@oriel/contracts";
import type { ContractCommands } from "@oriel/testkit";

/** One container to come. */
export interface World {
  readonly id: string;
  readonly runtime: ContainerRuntime;
  readonly commands: ContractCommands;
  specOf(commandLine: string): RuntimeSpec;
  /** Waits until a process is past its start; left out where it is at once. */
  ready?(process: RuntimeProcess): Promise<void>;
  readonly events: readonly RuntimeEvent[];
  init?: RuntimeProcess;
  exec?: RuntimeProcess;
  /** Whether `restore` said what became of it. */
  restored?: boolean;
}

/** Something that is done to a container, and what has to be there before. */
export interface Step<W extends World = World> {
  readonly name: string;
  prepare(world: W): Promise<unknown>;
  run(world: W): Promise<unknown>;
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
      await create(world, world.commands.echoStdin);
      await start(world);
    },
    async ({ init }) => {
      await init?.closeStdin();
      await init?.exit;
    },
  ),
  step("stats", running, ({ runtime, id }) => runtime.stats(id)),
  step("list processes", running, ({ runtime, id }) => runtime.processes(id)),
  step("delete unstarted", create, remove),
  step("delete running", running, remove),
];

/** The same for what can be paused. */
export const pauseSteps: readonly Step[] = [
  step("pause", running, ({ runtime, id }) => runtime.pause(id)),
  step("resume", paused, ({ runtime, id }) => runtime.resume(id)),
  step("delete paused", paused, remove),
];

function step(
  name: string,
  prepare: (world: World) => Promise<unknown>,
  run: (world: World) => Promise<unknown>,
  { canBeCutShort = true } = {},
): Step {
  return { name, prepare, run, canBeCutShort };
}

async function create({ runtime, id, commands, specOf }: World, commandLine = commands.runLong): Promise<void> {
  await runtime.create({ id, spec: specOf(commandLine) });
}

/** A container from its first call to its last. Answers its exit code, which should be 4. */
export async function wholeLife({ runtime, specOf, commands }: World, id: string): Promise<number> {
  await runtime.create({ id, spec: specOf(commands.exitWith(4)) });
  const init = drained(await runtime.start(id));
  await init.closeStdin();
  const { exitCode } = await init.exit;
  await runtime.delete(id);
  return exitCode;
}

async function start(world: World): Promise<void> {
  world.init = drained(await world.runtime.start(world.id));
  await world.ready?.(world.init);
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
  const process = { user: {}, cwd: "", commandLine: world.commands.runLong, terminal };
  const made = drained(await world.runtime.exec(world.id, "e1", process));
  world.exec = made;
  await world.ready?.(made);
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

/** A stream that nobody reads keeps its pipe. */
export function drained(process: RuntimeProcess): RuntimeProcess {
  process.stdout.resume();
  process.stderr?.resume();
  return process;
}
