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
    .summary("list containers")
    .description("Lists the containers that run.")
    .option("-a, --all", "also those that do not run")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids and commands")
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
    .summary("wait until containers end")
    .description("Waits until each container has ended, and prints its exit code.")
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
    .summary("stop containers")
    .description("Asks each container to end, and ends it after a while.")
    .argument("<container...>", "names or ids")
    .option("-t, --time <seconds>", "how long it may take; -1: as long as it likes", parseSeconds)
    .option("-s, --signal <signal>", "how it is asked")
    .action((containers: string[], { time, signal }: { time?: number; signal?: string }) =>
      context.withClient((client) =>
        forEach(context, containers, async (id) => {
          const query = { ...(time === undefined ? {} : { t: time }), ...(signal === undefined ? {} : { signal }) };
          await client.POST("/containers/{id}/stop", { params: { path: { id }, query } });
          await write(stdout, `${id}\n`);
        }),
      ),
    );

  program
    .command("kill")
    .summary("end containers")
    .description("Ends each container that runs.")
    .argument("<container...>", "names or ids")
    .option("-s, --signal <signal>", "SIGKILL ends it, others ask it to end", "SIGKILL")
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
    .summary("remove containers")
    .description("Removes containers with what they wrote.")
    .argument("<container...>", "names or ids")
    .option("-f, --force", "also those that run")
    .option("-v, --volumes", "with their volumes that nobody has named")
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
