import { ClientError, type OrielClient, unwrap } from "@oriel/client";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { ExitError } from "../report-error.ts";
import { assertTerminal } from "../run/assert-terminal.ts";
import { followContainer } from "../run/follow-container.ts";
import { createContainer } from "../run/run-container.ts";
import type { RunOptions } from "../run/run-options.ts";
import { startFailureCode } from "../run/start-failure-code.ts";
import { write } from "../terminal.ts";
import { addContainerOptions } from "./container-options.ts";
import { forEach } from "./each.ts";
import { checkDetachKeys } from "./option-values.ts";

interface JoinFlags {
  readonly attach?: boolean;
  readonly interactive?: boolean;
  readonly stdin?: boolean;
  readonly detachKeys?: string;
}

/** Commands that make containers and run them in steps: create, start, attach. */
export function addStartCommands(program: Command, context: CliContext): void {
  const { stdout } = context.terminal;

  addContainerOptions(program.command("create").description("Create a new container"))
    .option("--rm", "Automatically remove the container and its associated anonymous volumes when it exits")
    .option("--name <name>", "Assign a name to the container")
    .action((image: string, words: string[], options: RunOptions) =>
      context.withClient(async (client) => write(stdout, `${await createContainer({ client, context, image, words, options })}\n`)),
    );

  program
    .command("start")
    .description("Start one or more stopped containers")
    .argument("<container...>", "names or ids")
    .option("-a, --attach", "Attach STDOUT/STDERR and forward signals")
    .option("-i, --interactive", "Attach container's STDIN; implies -a")
    .option("--detach-keys <keys>", "Override the key sequence for detaching a container", checkDetachKeys)
    .action((containers: string[], { attach = false, interactive = false, detachKeys }: JoinFlags) =>
      context.withClient(async (client) => {
        const start = (id: string) => client.POST("/containers/{id}/start", { params: { path: { id } } });
        if (!attach && !interactive) {
          await forEach(context, containers, async (id) => {
            await start(id);
            await write(stdout, `${id}\n`);
          });
          return;
        }
        const [id = "", ...others] = containers;
        if (others.length > 0) throw new ClientError("only one container can be started with -a or -i", 400);
        const { tty, openStdin, autoRemove } = await look(client, id);
        const takesInput = interactive && openStdin;
        assertTerminal(context.terminal, tty, takesInput);
        const until = autoRemove ? "removed" : "next-exit";
        try {
          await followContainer({ client, context, id, tty, interactive: takesInput, detachKeys, until, start: () => start(id) });
        } catch (error) {
          throw new ExitError(startFailureCode(error), error);
        }
      }),
    );

  program
    .command("attach")
    .description("Attach local standard input, output, and error streams to a running container")
    .argument("<container>", "name or id")
    .option("--no-stdin", "Do not attach STDIN")
    .option("--detach-keys <keys>", "Override the key sequence for detaching a container", checkDetachKeys)
    .action((id: string, { stdin = true, detachKeys }: JoinFlags) =>
      context.withClient(async (client) => {
        const { tty, openStdin, status } = await look(client, id);
        if (status === "paused") throw new ClientError("cannot attach to a paused container, unpause it first", 409);
        if (status !== "running") throw new ClientError("cannot attach to a stopped container, start it first", 409);
        const interactive = stdin && openStdin;
        assertTerminal(context.terminal, tty, interactive);
        await followContainer({ client, context, id, tty, interactive, detachKeys, until: "not-running" });
      }),
    );
}

/** What of a container decides how it is joined. */
async function look(client: OrielClient, id: string) {
  const { Config, HostConfig, State } = await unwrap(client.GET("/containers/{id}/json", { params: { path: { id } } }));
  return {
    tty: Config.Tty === true,
    openStdin: Config.OpenStdin === true,
    autoRemove: HostConfig.AutoRemove === true,
    status: State.Status,
  };
}
