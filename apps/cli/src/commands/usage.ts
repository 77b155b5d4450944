import { type ContainerStats, type OrielClient, stats, unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatStats } from "../format/stats.ts";
import { formatTable } from "../format/table.ts";
import { write } from "../terminal.ts";
import { forEach } from "./each.ts";

/** Commands about what containers do and use while they run: pause, unpause, top, stats. */
export function addUsageCommands(program: Command, context: CliContext): void {
  const { stdout } = context.terminal;

  for (const [action, description] of [
    ["pause", "Pause all processes within one or more containers"],
    ["unpause", "Unpause all processes within one or more containers"],
  ] as const) {
    program
      .command(action)
      .description(description)
      .argument("<container...>", "names or ids")
      .action((containers: string[]) =>
        context.withClient((client) =>
          forEach(context, containers, async (id) => {
            await client.POST(`/containers/{id}/${action}`, { params: { path: { id } } });
            await write(stdout, `${id}\n`);
          }),
        ),
      );
  }

  program
    .command("top")
    .description("Display the running processes of a container")
    .argument("<container>", "name or id")
    .action((id: string) =>
      context.withClient(async (client) => {
        const { Titles, Processes } = await unwrap(client.GET("/containers/{id}/top", { params: { path: { id } } }));
        const titles = Titles.map((title) => title.toUpperCase());
        await write(stdout, formatTable(titles, Processes));
      }),
    );

  program
    .command("stats")
    .description("Display a live stream of container(s) resource usage statistics")
    .argument("[container...]", "names or ids (default all running containers)")
    .option("--no-stream", "Disable streaming stats and only pull the first result")
    .action((containers: string[], { stream }: { stream: boolean }) =>
      context.withClient(async (client) => {
        const names = containers.length > 0 ? containers : await runningContainers(client);
        if (stream) await followStats(client, context, names);
        else await write(stdout, formatStats(await Promise.all(names.map((id) => statsOnce(client, id)))));
      }),
    );
}

async function runningContainers(client: OrielClient): Promise<string[]> {
  return (await unwrap(client.GET("/containers/json"))).map(({ Id }) => Id);
}

function statsOnce(client: OrielClient, id: string): Promise<ContainerStats> {
  return unwrap(client.GET("/containers/{id}/stats", { params: { path: { id }, query: { stream: false } } }));
}

/** A table every second, until none of the containers is there any more. */
async function followStats(client: OrielClient, { terminal }: CliContext, names: readonly string[]): Promise<void> {
  const left = new AbortController();
  let streams = names.map((id) => stats(client, id, { signal: left.signal }));
  try {
    while (streams.length > 0) {
      const round = await Promise.all(streams.map((stream) => stream.next()));
      const samples = round.flatMap(({ done, value }) => (done === true ? [] : [value]));
      streams = streams.filter((_, index) => round[index]?.done !== true);
      if (samples.length === 0) return;
      // On a terminal each table takes the place of the one before.
      await write(terminal.stdout, `${terminal.size() === undefined ? "" : "\u001b[H\u001b[J"}${formatStats(samples)}`);
    }
  } finally {
    left.abort();
  }
}
