import { unwrap, wait } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatTable } from "../format/table.ts";
import { formatAge, shortId } from "../format/units.ts";
import { write } from "../terminal.ts";
import { forEach } from "./each.ts";
import { parseSeconds } from "./option-values.ts";

/** Commands about containers that are there: ps, wait, stop, kill, rm, inspect. */
export function addContainerCommands(program: Command, context: CliContext): void {
  const { stdout } = context.terminal;

  program
    .command("ps")
    .description("List containers")
    .option("-a, --all", "Show all containers (default shows just running)")
    .option("-q, --quiet", "Only display container IDs")
    .option("--no-trunc", "Don't truncate output")
    .action((options: { all?: boolean; quiet?: boolean; trunc: boolean }) =>
      context.withClient(async (client) => {
        const found = await unwrap(client.GET("/containers/json", { params: { query: { all: options.all ?? false } } }));
        const id = (whole: string) => (options.trunc ? shortId(whole) : whole);
        if (options.quiet) {
          await write(stdout, found.map((container) => `${id(container.Id)}\n`).join(""));
          return;
        }
        const now = new Date();
        const rows = found.map((container) => [
          id(container.Id),
          container.Image,
          JSON.stringify(options.trunc ? shorten(container.Command) : container.Command),
          formatAge(container.Created, now),
          container.Status,
          container.Names.map((name) => name.replace(/^\//, "")).join(", "),
        ]);
        await write(stdout, formatTable(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES"], rows));
      }),
    );

  program
    .command("wait")
    .description("Block until one or more containers stop, then print their exit codes")
    .argument("<container...>", "names or ids")
    .action((containers: string[]) =>
      context.withClient(async (client) => {
        await forEach(context, containers, async (id) => {
          const { exitCode } = await (await wait(client, id)).exit;
          await write(stdout, `${exitCode}\n`);
        });
      }),
    );

  program
    .command("stop")
    .description("Stop one or more running containers")
    .argument("<container...>", "names or ids")
    .option("-t, --time <seconds>", "Seconds to wait before killing the container (-1 waits without limit)", parseSeconds)
    .option("-s, --signal <signal>", "Signal to send to the container")
    .action((containers: string[], { time, signal }: { time?: number; signal?: string }) =>
      context.withClient((client) =>
        forEach(context, containers, async (id) => {
          const query = { t: time, signal };
          await client.POST("/containers/{id}/stop", { params: { path: { id }, query } });
          await write(stdout, `${id}\n`);
        }),
      ),
    );

  program
    .command("kill")
    .description("Kill one or more running containers")
    .argument("<container...>", "names or ids")
    .option("-s, --signal <signal>", "Signal to send to the container", "SIGKILL")
    .action((containers: string[], { signal }: { signal: string }) =>
      context.withClient((client) =>
        forEach(context, containers, async (id) => {
          await client.POST("/containers/{id}/kill", { params: { path: { id }, query: { signal } } });
          await write(stdout, `${id}\n`);
        }),
      ),
    );

  program
    .command("rm")
    .description("Remove one or more containers")
    .argument("<container...>", "names or ids")
    .option("-f, --force", "Force the removal of a running container (uses SIGKILL)")
    .option("-v, --volumes", "Remove anonymous volumes associated with the container")
    .action((containers: string[], { force = false, volumes = false }: { force?: boolean; volumes?: boolean }) =>
      context.withClient((client) =>
        forEach(context, containers, async (id) => {
          await client.DELETE("/containers/{id}", { params: { path: { id }, query: { force, v: volumes } } });
          await write(stdout, `${id}\n`);
        }),
      ),
    );
}

function shorten(command: string): string {
  return command.length > 20 ? `${command.slice(0, 19)}…` : command;
}
