import { FakeEngine } from "@oriel/engine-testkit";

/** Runs a program of the fake engine, and returns its exit code and its output. */
export async function runEcho(): Promise<{ exitCode: number; output: string }> {
  const engine = new FakeEngine();
  const { id } = await engine.containers.create({ config: { Image: "oriel/nano", Cmd: ["echo", "hello"] }, hostConfig: {} });
  const exit = engine.containers.wait(id, "next-exit");
  await engine.containers.start(id);
  const { exitCode } = await exit;
  const { batches } = await engine.containers.logs(id, { stdout: true, stderr: true });
  let output = "";
  for await (const batch of batches) for (const { data } of batch) output += Buffer.from(data).toString();
  return { exitCode, output };
}
