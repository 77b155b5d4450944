import { attach, createClient, unwrap, wait } from "@oriel/client";

/** Runs a program in a new container, shows what it says, and returns its exit code. */
export async function run(host: string, image: string, command: string[]): Promise<number> {
  const client = createClient({ host });
  try {
    const { Id: id } = await unwrap(client.POST("/containers/create", { body: { Image: image, Cmd: command } }));
    const path = { id };
    // Attached and watched before it starts, so that nothing is missed.
    const { stdout, stderr } = await attach(client, id);
    const { exit } = await wait(client, id, { condition: "next-exit" });
    stdout.pipe(process.stdout, { end: false });
    stderr.pipe(process.stderr, { end: false });
    await client.POST("/containers/{id}/start", { params: { path } });
    const { exitCode } = await exit;
    await client.DELETE("/containers/{id}", { params: { path } });
    return exitCode;
  } finally {
    await client.close();
  }
}
