import { loadImage, type OrielClient, unwrap } from "@oriel/client";
import { InvalidArgumentError } from "@oriel/core";
import type { Command } from "commander";
import { KeptFailure, readArchive } from "../client/read-archive.ts";
import type { CliContext } from "../context.ts";
import { formatTable } from "../format/table.ts";
import { formatAge, formatBytes, shortId } from "../format/units.ts";
import { type Terminal, write } from "../terminal.ts";
import { forEach } from "./each.ts";

/** Commands about images: images, load, rmi. */
export function addImageCommands(program: Command, context: CliContext): void {
  const { stdin, stdout } = context.terminal;

  program
    .command("images")
    .summary("list images")
    .description("Lists the images that are here.")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids")
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

  program
    .command("load")
    .summary("load images from an archive")
    .description("Loads the images of an archive that `docker save` made, or of a tar of an OCI layout.")
    .option("-i, --input <file>", "the archive; else it is read from stdin")
    .option("-q, --quiet", "say only what was loaded")
    .action(({ input, quiet }: { input?: string; quiet?: boolean }) =>
      context.withClient(async (client) => {
        if (input === undefined && stdin.isTTY === true) {
          throw new InvalidArgumentError("no archive was given", { op: "image.load", remedy: "oriel load -i FILE" });
        }
        await load(client, input === undefined ? stdin : readArchive(input), context.terminal, quiet ?? false);
      }),
    );

  program
    .command("rmi")
    .summary("remove images")
    .description("Removes names of images, and each image with its last name.")
    .argument("<image...>", "names or ids")
    .option("-f, --force", "also one that has several names, or that containers which do not run were made from")
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
