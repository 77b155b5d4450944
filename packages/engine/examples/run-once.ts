import type { Engine } from "@oriel/engine";

/** What `docker run --rm` does: answers the exit code, and writes the output as it comes. */
export async function runOnce(engine: Engine, image: string, command: string[], write: (text: string) => void): Promise<number> {
  const { id } = await engine.containers.create({
    config: { Image: image, Cmd: command },
    hostConfig: { AutoRemove: true },
  });
  const { output } = await engine.containers.attach(id, { stdin: false, stdout: true, stderr: true, stream: true });
  const removed = engine.containers.wait(id, "removed");
  await engine.containers.start(id);
  for await (const { data } of output) write(new TextDecoder().decode(data));
  return (await removed).exitCode;
}
