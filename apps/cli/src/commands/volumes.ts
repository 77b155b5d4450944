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
  const volume = program.command("volume").description("Manage volumes").helpCommand(false);

  volume
    .command("ls")
    .description("List volumes")
    .option("-q, --quiet", "Only display volume names")
    .option("-f, --filter <KEY=value>", "Provide filter values (dangling, driver, label or name)", collect)
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
    .description("Create a volume")
    .argument("[name]", "its name (default a random one)")
    .option("-d, --driver <name>", "Specify volume driver name (default local)")
    .option("-o, --opt <KEY=value>", "Set driver specific options", collectLabels)
    .option("--label <KEY=value>", "Set metadata for a volume", collectLabels)
    .action((name: string | undefined, { driver, opt, label }: CreateOptions) =>
      context.withClient(async (client) => {
        const body = {
          Name: name,
          Driver: driver,
          ...(opt === undefined ? {} : { DriverOpts: { ...opt } }),
          ...(label === undefined ? {} : { Labels: { ...label } }),
        };
        const made = await unwrap(client.POST("/volumes/create", { body }));
        await write(stdout, `${made.Name}\n`);
      }),
    );

  volume
    .command("inspect")
    .description("Display detailed information on one or more volumes")
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
    .description("Remove one or more volumes")
    .argument("<volume...>", "names")
    .option("-f, --force", "Force the removal of one or more volumes; one that does not exist is no error")
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
    .description("Remove unused local volumes")
    .option("-a, --all", "Remove all unused volumes, not just anonymous ones")
    .option("--filter <KEY=value>", "Provide filter values (label or label!)", collect)
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
