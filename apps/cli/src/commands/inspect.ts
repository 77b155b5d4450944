import { ClientError, type OrielClient, unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { write } from "../terminal.ts";
import { forEach } from "./each.ts";

export function addInspectCommand(program: Command, context: CliContext): void {
  program
    .command("inspect")
    .description("Return low-level information on containers and images")
    .argument("<object...>", "names or ids of containers or images")
    .action((objects: string[]) =>
      context.withClient(async (client) => {
        const found: unknown[] = [];
        await forEach(context, objects, async (name) => void found.push(await inspect(client, name)));
        await write(context.terminal.stdout, `${JSON.stringify(found, undefined, 4)}\n`);
      }),
    );
}

/** A container if there is one of that name, else an image. */
async function inspect(client: OrielClient, name: string): Promise<unknown> {
  const container = await orNotFound(unwrap(client.GET("/containers/{id}/json", { params: { path: { id: name } } })));
  if (container !== undefined) return container;
  const image = await orNotFound(unwrap(client.GET("/images/{name}/json", { params: { path: { name } } })));
  if (image !== undefined) return image;
  throw new ClientError(`No such object: ${name}`, 404);
}

async function orNotFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}
