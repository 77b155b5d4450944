import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { runContainer } from "../run/run-container.ts";
import type { RunOptions } from "../run/run-options.ts";
import { addContainerOptions } from "./container-options.ts";
import { checkDetachKeys } from "./option-values.ts";

export function addRunCommand(program: Command, context: CliContext): void {
  addContainerOptions(
    program
      .command("run")
      .summary("make a container and run it")
      .description("Makes a container from an image and runs it. The exit code is that of its program."),
  )
    .option("-d, --detach", "print the container's id and do not wait")
    .option("--rm", "remove the container when it has ended")
    .option("--name <name>", "a name of your choice")
    .option("--detach-keys <keys>", "leave a terminal by these", checkDetachKeys)
    .action((image: string, words: string[], options: RunOptions) =>
      context.withClient((client) => runContainer({ client, context, image, words, options })),
    );
}
