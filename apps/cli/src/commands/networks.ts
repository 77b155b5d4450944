import { unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatTable } from "../format/table.ts";
import { shortId } from "../format/units.ts";
import { write } from "../terminal.ts";
import { forEach } from "./each.ts";
import { collect, collectLabels } from "./option-values.ts";

interface CreateOptions {
  readonly driver?: string;
  readonly subnet?: string;
  readonly gateway?: string;
  readonly internal?: boolean;
  readonly opt?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
}

/** Commands about networks: network ls, create, inspect, rm, connect, disconnect. */
export function addNetworkCommands(program: Command, context: CliContext): void {
  const { stdout } = context.terminal;
  const network = program.command("network").description("Manage networks").helpCommand(false);

  network
    .command("ls")
    .description("List networks")
    .option("-q, --quiet", "Only display network IDs")
    .option("--no-trunc", "Do not truncate the output")
    .action((options: { quiet?: boolean; trunc: boolean }) =>
      context.withClient(async (client) => {
        const found = await unwrap(client.GET("/networks"));
        const id = (whole: string) => (options.trunc ? shortId(whole) : whole);
        if (options.quiet) return write(stdout, found.map(({ Id }) => `${id(Id)}\n`).join(""));
        const rows = found.map(({ Id, Name, Driver, Scope }) => [id(Id), Name, Driver, Scope]);
        await write(stdout, formatTable(["NETWORK ID", "NAME", "DRIVER", "SCOPE"], rows));
      }),
    );

  network
    .command("create")
    .description("Create a network")
    .argument("<name>", "its name")
    .option("-d, --driver <name>", "Driver to manage the Network (default nat)")
    .option("--subnet <subnet>", "Subnet in CIDR format that represents a network segment")
    .option("--gateway <address>", "IPv4 or IPv6 Gateway for the master subnet")
    .option("--internal", "Restrict external access to the network")
    .option("-o, --opt <KEY=value>", "Set driver specific options", collectLabels)
    .option("--label <KEY=value>", "Set metadata on a network", collectLabels)
    .action((name: string, options: CreateOptions) =>
      context.withClient(async (client) => {
        const { subnet, gateway } = options;
        const config = { Subnet: subnet, Gateway: gateway };
        const body = {
          Name: name,
          Driver: options.driver,
          ...(Object.keys(config).length === 0 ? {} : { IPAM: { Config: [config] } }),
          Internal: options.internal ?? false,
          Options: { ...options.opt },
          Labels: { ...options.label },
        };
        const { Id, Warning } = await unwrap(client.POST("/networks/create", { body }));
        if (Warning !== "") await write(context.terminal.stderr, `oriel: warning: ${Warning}\n`);
        await write(stdout, `${Id}\n`);
      }),
    );

  network
    .command("inspect")
    .description("Display detailed information on one or more networks")
    .argument("<network...>", "names or ids")
    .action((networks: string[]) =>
      context.withClient(async (client) => {
        const found: unknown[] = [];
        await forEach(context, networks, async (id) => {
          found.push(await unwrap(client.GET("/networks/{id}", { params: { path: { id } } })));
        });
        await write(stdout, `${JSON.stringify(found, undefined, 4)}\n`);
      }),
    );

  network
    .command("rm")
    .description("Remove one or more networks")
    .argument("<network...>", "names or ids")
    .action((networks: string[]) =>
      context.withClient((client) =>
        forEach(context, networks, async (id) => {
          await unwrap(client.DELETE("/networks/{id}", { params: { path: { id } } }));
          await write(stdout, `${id}\n`);
        }),
      ),
    );

  network
    .command("connect")
    .description("Connect a container to a network")
    .argument("<network>", "name or id")
    .argument("<container>", "name or id")
    .option("--alias <name>", "Add network-scoped alias for the container", collect)
    .option("--ip <address>", "IPv4 address (e.g., 172.30.100.104)")
    .action((id: string, container: string, { alias, ip }: { alias?: string[]; ip?: string }) =>
      context.withClient(async (client) => {
        const EndpointConfig = { Aliases: alias ?? null, ...(ip === undefined ? {} : { IPAMConfig: { IPv4Address: ip } }) };
        await unwrap(client.POST("/networks/{id}/connect", { params: { path: { id } }, body: { Container: container, EndpointConfig } }));
      }),
    );

  network
    .command("disconnect")
    .description("Disconnect a container from a network")
    .argument("<network>", "name or id")
    .argument("<container>", "name or id")
    .option("-f, --force", "Force the container to disconnect from a network")
    .action((id: string, container: string, { force }: { force?: boolean }) =>
      context.withClient(async (client) => {
        const body = { Container: container, Force: force ?? false };
        await unwrap(client.POST("/networks/{id}/disconnect", { params: { path: { id } }, body }));
      }),
    );
}
