import type { Command } from "commander";
import { CommanderError, Option } from "commander";
import type { CliContext } from "../context.ts";
import { runContainer } from "../run/run-container.ts";
import type { RunOptions } from "../run/run-options.ts";
import { collect, collectLabels } from "./option-values.ts";

export function addRunCommand(program: Command, context: CliContext): void {
  program
    .command("run")
    .summary("make a container and run it")
    .description("Makes a container from an image and runs it. The exit code is that of its program.")
    // -h is the host name, as with docker.
    .helpOption("--help", "show this help")
    .argument("<image>", "name or id of the image")
    .argument("[words...]", "program and arguments; else the image's own")
    .option("-i, --interactive", "give the program this command's input")
    .option("-d, --detach", "print the container's id and do not wait")
    .option("--rm", "remove the container when it has ended")
    .option("--name <name>", "a name of your choice")
    .option("-e, --env <NAME=value>", "environment variable; NAME alone takes this command's value", collect)
    .option("-w, --workdir <path>", "working directory of the program")
    .option("-u, --user <name>", "user who runs the program")
    .option("-h, --hostname <name>", "host name of the container")
    .option("--entrypoint <program>", "in place of the image's entrypoint")
    .addOption(new Option("--isolation <kind>", "how it is kept apart").choices(["default", "process", "hyperv"]))
    .option("-l, --label <KEY=value>", "label", collectLabels)
    // docker's exit code for a mistake here: any other could be the program's own.
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(125, error.code, error.message);
    })
    // What follows the image belongs to its program.
    .passThroughOptions()
    .action((image: string, words: string[], options: RunOptions) =>
      context.withClient((client) => runContainer({ client, context, image, words, options })),
    );
}
