import { loadImage, type OrielClient, unwrap } from "@oriel/client";
import { InvalidArgumentError } from "@oriel/contracts";
import type { Command } from "commander";
import { KeptFailure, readArchive } from "../client/read-archive.ts";
import type { CliContext } from "../context.ts";
import { formatTable } from "../format/table.ts";
import { formatAge, formatBytes, shortId } from "../format/units.ts";
import { type Terminal, write } from "../terminal.ts";
import { forEach } from "./each.ts";

/** Commands about images: images, load and rmi, which are image ls, load and rm, too. Returns the group `image`. */
export function addImageCommands(program: Command, context: CliContext): Command {
  const image = program.command("image").description("Manage images").helpCommand(false);
  for (const command of [program.command("images"), image.command("ls")]) describeList(command, context);
  for (const command of [program.command("load"), image.command("load")]) describeLoad(command, context);
  for (const command of [program.command("rmi"), image.command("rm")]) describeRemove(command, context);
  return image;
}

function describeList(command: Command, context: CliContext): void {
  const { stdout } = context.terminal;
  command
    .description("List images")
    .option("-q, --quiet", "Only show image IDs")
    .option("--no-trunc", "Don't truncate output")
    .action((options: { quiet?: boolean; trunc: boolean }) =>
      context.withClient(async (client) => {
        const found = await unwrap(client.GET("/images/json"));
        const id = (whole: string) => (options.trunc ? shortId(whole) : whole);
        if (options.quiet) {
          await write(stdout, found.map((image) => `${id(image.Id)}\n`).join(""));
          return;
        }
        const now = new Date();
        const rows = found.flatMap((image) =>
          (image.RepoTags.length === 0 ? ["<none>:<none>"] : image.RepoTags).map((reference) => {
            const colon = reference.lastIndexOf(":");
            const [repository, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
            return [repository, tag, id(image.Id), formatAge(image.Created, now), formatBytes(image.Size)];
          }),
        );
        await write(stdout, formatTable(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], rows));
      }),
    );
}

function describeLoad(command: Command, context: CliContext): void {
  const { stdin } = context.terminal;
  command
    .description("Load an image from a tar archive or STDIN")
    .option("-i, --input <file>", "Read from tar archive file, instead of STDIN")
    .option("-q, --quiet", "Suppress the load output")
    .action(({ input, quiet }: { input?: string; quiet?: boolean }) =>
      context.withClient(async (client) => {
        if (input === undefined && stdin.isTTY === true) {
          throw new InvalidArgumentError("no archive was given", { op: "image.load", remedy: "oriel load -i FILE" });
        }
        await load(client, input === undefined ? stdin : readArchive(input), context.terminal, quiet ?? false);
      }),
    );
}

function describeRemove(command: Command, context: CliContext): void {
  const { stdout } = context.terminal;
  command
    .description("Remove one or more images")
    .argument("<image...>", "names or ids")
    .option("-f, --force", "Force removal of the image")
    .action((images: string[], { force }: { force?: boolean }) =>
      context.withClient((client) =>
        forEach(context, images, async (name) => {
          const removed = await unwrap(client.DELETE("/images/{name}", { params: { path: { name }, query: { force: force ?? false } } }));
          const lines = removed.map((change) => ("Untagged" in change ? `Untagged: ${change.Untagged}\n` : `Deleted: ${change.Deleted}\n`));
          await write(stdout, lines.join(""));
        }),
      ),
    );
}

/** Sends an archive, and shows what the daemon says about it. */
export async function load(client: OrielClient, archive: AsyncIterable<Uint8Array>, terminal: Terminal, quiet: boolean): Promise<void> {
  const source = new KeptFailure(archive);
  try {
    for await (const { stream } of loadImage(client, source, { quiet })) if (stream !== undefined) await write(terminal.stdout, stream);
  } catch (error) {
    throw source.failure ?? error;
  }
}
