import { PassThrough } from "node:stream";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatBytes } from "../format/units.ts";
import { write } from "../terminal.ts";
import { load } from "./images.ts";

interface BuildBaseOptions {
  readonly output?: string;
  readonly osVersion?: string;
}

/** Adds `image build-base`, and its former name `nano`, which the help leaves out. */
export function addBuildBaseCommand(program: Command, image: Command, context: CliContext): void {
  for (const command of [image.command("build-base"), program.command("nano", { hidden: true })]) {
    command
      .description("Build the base image oriel/nano from the installed Wine")
      .option("-o, --output <file>", "Write the archive to a file, instead of loading it")
      .option("--os-version <version>", "Windows version that the image reports (e.g., 10.0.20348.2113)")
      .addHelpText(
        "after",
        "\nThe image has cmd.exe and a handful of console tools. An archive can be loaded with `oriel load` or `docker load`.",
      )
      .action(async (options: BuildBaseOptions) => {
        if (options.output !== undefined) await writeArchive(context, options.output, options);
        else await loadBase(context, options);
      });
  }
}

async function writeArchive(context: CliContext, output: string, options: BuildBaseOptions): Promise<void> {
  const built = await build(context, output, options);
  await write(context.terminal.stdout, `Written: ${output} (${built})\n`);
}

async function loadBase(context: CliContext, options: BuildBaseOptions): Promise<void> {
  await context.withClient(async (client) => {
    const archive = new PassThrough();
    // A daemon that refuses the archive ends the building; a building that fails ends the request, and load tells why.
    const building = build(context, archive, options);
    building.catch((error: Error) => archive.destroy(error));
    try {
      await load(client, archive, context.terminal, true);
    } catch (error) {
      archive.destroy();
      await building.catch(() => undefined);
      throw error;
    }
    await write(context.terminal.stdout, `${await building}\n`);
  });
}

/** Returns a summary of what was built. */
async function build(context: CliContext, output: string | PassThrough, { osVersion }: BuildBaseOptions): Promise<string> {
  // Loaded here: no other command needs it.
  const { buildNanoImage } = await import("@oriel/nano-image");
  const wine = context.terminal.env.ORIEL_WINE || undefined;
  const image = await buildNanoImage({
    output,
    wine,
    osVersion,
  });
  return `${image.files.length} programs and libraries of ${image.wineVersion}, ${formatBytes(image.unpackedBytes)}`;
}
