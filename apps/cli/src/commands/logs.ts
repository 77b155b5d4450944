import { logs } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { write } from "../terminal.ts";
import { parseTail } from "./option-values.ts";

export function addLogsCommand(program: Command, context: CliContext): void {
  program
    .command("logs")
    .description("Fetch the logs of a container")
    .argument("<container>", "name or id")
    .option("-f, --follow", "Follow log output")
    .option("-n, --tail <lines>", "Number of lines to show from the end of the logs", parseTail)
    .option("-t, --timestamps", "Show timestamps")
    .action((id: string, { follow, tail, timestamps }: { follow?: boolean; tail?: number; timestamps?: boolean }) =>
      context.withClient(async (client) => {
        const options = { follow: follow ?? false, timestamps: timestamps ?? false, tail };
        for await (const { stream, data } of logs(client, id, options)) await write(context.terminal[stream], data);
      }),
    );
}
