import { type Command, CommanderError, Option } from "commander";
import { collectMounts } from "../run/mount-options.ts";
import { collectPorts } from "../run/port-options.ts";
import { collect, collectLabels } from "./option-values.ts";

/** The words that describe a container: image, program, and what is said of them. */
export function addContainerOptions(command: Command): Command {
  return (
    command
      // -h is the host name, as with docker.
      .helpOption("--help", "show this help")
      .argument("<image>", "name or id of the image")
      .argument("[words...]", "program and arguments; else the image's own")
      .option("-i, --interactive", "give the program this command's input")
      .option("-t, --tty", "give the program a terminal")
      .option("-e, --env <NAME=value>", "environment variable; NAME alone takes this command's value", collect)
      .option("-w, --workdir <path>", "working directory of the program")
      .option("-u, --user <name>", "user who runs the program")
      .option("-h, --hostname <name>", "host name of the container")
      .option("--entrypoint <program>", "in place of the image's entrypoint")
      .addOption(new Option("--isolation <kind>", "how it is kept apart").choices(["default", "process", "hyperv"]))
      .option("--network <name>", "network that it is connected to, none, or container:NAME; else nat", collect)
      .option("-p, --publish <ports>", "port of the host for one of the container: 8080:80, 127.0.0.1:53:53/udp", collectPorts)
      .option("-P, --publish-all", "a port of the host for each that the image exposes")
      .option("-v, --volume <volume>", "volume or folder of the host: NAME:C:\\\\data[:ro], C:\\\\data for one without a name", collect)
      .option("--mount <mount>", "the same in words: type=volume,source=NAME,target=C:\\\\data,readonly", collectMounts)
      .option("--volumes-from <container>", "the volumes of another container: NAME[:ro]", collect)
      .option("-l, --label <KEY=value>", "label", collectLabels)
      // docker's exit code for a mistake here: any other could be the program's own.
      .exitOverride((error) => {
        throw error.exitCode === 0 ? error : new CommanderError(125, error.code, error.message);
      })
      // What follows the image belongs to its program.
      .passThroughOptions()
  );
}
