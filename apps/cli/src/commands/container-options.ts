import { type Command, CommanderError, Option } from "commander";
import { collectMounts } from "../run/mount-options.ts";
import { collectPorts } from "../run/port-options.ts";
import { collect, collectLabels } from "./option-values.ts";

/** The words that describe a container: image, program, and what is said of them. */
export function addContainerOptions(command: Command): Command {
  return (
    command
      // -h is the host name, as with docker.
      .helpOption("--help", "Print usage")
      .argument("<image>", "name or id of the image")
      .argument("[words...]", "program and arguments (default those of the image)")
      .option("-i, --interactive", "Keep STDIN open even if not attached")
      .option("-t, --tty", "Allocate a pseudo-TTY")
      .option("-e, --env <NAME=value>", "Set environment variables; NAME alone takes this command's value", collect)
      .option("-w, --workdir <path>", "Working directory inside the container")
      .option("-u, --user <name>", "Username that runs the program")
      .option("-h, --hostname <name>", "Container host name")
      .option("--entrypoint <program>", "Overwrite the default ENTRYPOINT of the image")
      .addOption(new Option("--isolation <kind>", "Container isolation technology").choices(["default", "process", "hyperv"]))
      .option("--network <name>", "Connect a container to a network, to none, or to that of container:NAME (default nat)", collect)
      .option("-p, --publish <ports>", "Publish a container's port(s) to the host (8080:80, 127.0.0.1:53:53/udp)", collectPorts)
      .option("-P, --publish-all", "Publish all exposed ports to random ports")
      .option("-v, --volume <volume>", "Bind mount a volume (NAME:C:\\\\data[:ro], C:\\\\data for one without a name)", collect)
      .option(
        "--mount <mount>",
        "Attach a filesystem mount to the container (type=volume,source=NAME,target=C:\\\\data,readonly)",
        collectMounts,
      )
      .option("--volumes-from <container>", "Mount volumes from the specified container(s) (NAME[:ro])", collect)
      .option("-l, --label <KEY=value>", "Set meta data on a container", collectLabels)
      // docker's exit code for a mistake here: any other could be the program's own.
      .exitOverride((error) => {
        throw error.exitCode === 0 ? error : new CommanderError(125, error.code, error.message);
      })
      // What follows the image belongs to its program.
      .passThroughOptions()
  );
}
