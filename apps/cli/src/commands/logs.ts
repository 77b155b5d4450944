import { logs } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { write } from "../terminal.ts";
import { parseTail } from "./option-values.ts";

export function addLogsCommand(program: Command, context: CliContext): void {
  program
    .command("logs")
    .summary("show what a container put out")
    .description("Shows what a container put out, stdout and stderr apart.")
    .argument("<container>", "name or id")
    .option("-f, --follow", "stay for what comes, until it ends")
    .option("-n, --tail <lines>", "number of last lines, or all", parseTail)
    .option("-t, --timestamps", "begin every line with its time")
    .action((id: string, { follow, tail, timestamps }: { follow?: boolean; tail?: number; timestamps?: boolean }) =>
      context.withClient(async (client) => {
        const options = { follow: follow ?? false, timestamps: timestamps ?? false, ...(tail === undefined ? {} : { tail }) };
        for await (const { stream, data } of logs(client, id, options)) await write(context.terminal[stream], data);
      }),
    );
}
