import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { runContainer } from "../run/run-container.ts";
import type { RunOptions } from "../run/run-options.ts";
import { addContainerOptions } from "./container-options.ts";
import { checkDetachKeys } from "./option-values.ts";

export function addRunCommand(program: Command, context: CliContext): void {
  addContainerOptions(program.command("run").description("Create and run a new container from an image"))
    .option("-d, --detach", "Run container in background and print container ID")
    .option("--rm", "Automatically remove the container and its associated anonymous volumes when it exits")
    .option("--name <name>", "Assign a name to the container")
    .option("--detach-keys <keys>", "Override the key sequence for detaching a container", checkDetachKeys)
    .addHelpText("after", "\nThe exit code is that of the container's program.")
    .action((image: string, words: string[], options: RunOptions) =>
      context.withClient((client) => runContainer({ client, context, image, words, options })),
    );
}
