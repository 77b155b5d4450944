import { unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatTable } from "../format/table.ts";
import { formatBytes } from "../format/units.ts";
import { write } from "../terminal.ts";
import { forEach } from "./each.ts";
import { collect, collectLabels } from "./option-values.ts";

interface CreateOptions {
  readonly driver?: string;
  readonly opt?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
}

/** Commands about volumes: volume ls, create, inspect, rm, prune. */
export function addVolumeCommands(program: Command, context: CliContext): void {
  const { stdout } = context.terminal;
  const volume = program.command("volume").summary("folders for data that outlive containers").description("Manages volumes.");

  volume
    .command("ls")
    .description("Lists volumes.")
    .option("-q, --quiet", "names only")
    .option("-f, --filter <KEY=value>", "dangling, driver, label or name", collect)
    .action(({ quiet, filter }: { quiet?: boolean; filter?: string[] }) =>
      context.withClient(async (client) => {
        const { Volumes } = await unwrap(client.GET("/volumes", { params: { query: filtersOf(filter) } }));
        if (quiet) return write(stdout, Volumes.map(({ Name }) => `${Name}\n`).join(""));
        const rows = Volumes.map(({ Driver, Name }) => [Driver, Name]);
        await write(stdout, formatTable(["DRIVER", "VOLUME NAME"], rows));
      }),
    );

  volume
    .command("create")
    .description("Creates a volume, and shows its name. One of that name is left as it is.")
    .argument("[name]", "its name; a random one unless given")
    .option("-d, --driver <name>", "local unless given")
    .option("-o, --opt <KEY=value>", "option of the driver", collectLabels)
    .option("--label <KEY=value>", "label", collectLabels)
    .action((name: string | undefined, { driver, opt, label }: CreateOptions) =>
      context.withClient(async (client) => {
        const body = {
          ...(name === undefined ? {} : { Name: name }),
          ...(driver === undefined ? {} : { Driver: driver }),
          ...(opt === undefined ? {} : { DriverOpts: { ...opt } }),
          ...(label === undefined ? {} : { Labels: { ...label } }),
        };
        const made = await unwrap(client.POST("/volumes/create", { body }));
        await write(stdout, `${made.Name}\n`);
      }),
    );

  volume
    .command("inspect")
    .description("Shows volumes as JSON, in one list.")
    .argument("<volume...>", "names")
    .action((volumes: string[]) =>
      context.withClient(async (client) => {
        const found: unknown[] = [];
        await forEach(context, volumes, async (name) => {
          found.push(await unwrap(client.GET("/volumes/{name}", { params: { path: { name } } })));
        });
        await write(stdout, `${JSON.stringify(found, undefined, 4)}\n`);
      }),
    );

  volume
    .command("rm")
    .description("Removes volumes that no container has, with what is in them.")
    .argument("<volume...>", "names")
    .option("-f, --force", "those that do not exist are no error")
    .action((volumes: string[], { force }: { force?: boolean }) =>
      context.withClient((client) =>
        forEach(context, volumes, async (name) => {
          await unwrap(client.DELETE("/volumes/{name}", { params: { path: { name }, query: { force: force ?? false } } }));
          await write(stdout, `${name}\n`);
        }),
      ),
    );

  volume
    .command("prune")
    .description("Removes the volumes that no container has and nobody has named.")
    .option("-a, --all", "also those that have a name")
    .option("--filter <KEY=value>", "label or label!", collect)
    .action(({ all, filter = [] }: { all?: boolean; filter?: string[] }) =>
      context.withClient(async (client) => {
        const query = filtersOf(all ? [...filter, "all=true"] : filter);
        const { VolumesDeleted, SpaceReclaimed } = await unwrap(client.POST("/volumes/prune", { params: { query } }));
        await write(stdout, `${VolumesDeleted.map((name) => `${name}\n`).join("")}Reclaimed: ${formatBytes(SpaceReclaimed)}\n`);
      }),
    );
}

/** `label=a=b` becomes `{"label":["a=b"]}`; the keys may end in `!`. */
function filtersOf(given: readonly string[] = []): { filters?: string } {
  if (given.length === 0) return {};
  const filters: Record<string, string[]> = {};
  for (const text of given) {
    const [key = "", ...rest] = text.split("=");
    filters[key] = [...(filters[key] ?? []), rest.join("=")];
  }
  return { filters: JSON.stringify(filters) };
}
