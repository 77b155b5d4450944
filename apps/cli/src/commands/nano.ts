import { PassThrough } from "node:stream";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatBytes } from "../format/units.ts";
import { write } from "../terminal.ts";
import { load } from "./images.ts";

interface NanoOptions {
  readonly output?: string;
  readonly osVersion?: string;
}

export function addNanoCommand(program: Command, context: CliContext): void {
  program
    .command("nano")
    .summary("make the base image oriel/nano from the installed Wine")
    .description(
      "Makes the base image oriel/nano, with cmd.exe and a handful of console tools, from the Wine of this machine, and loads it.",
    )
    .option("-o, --output <file>", "only write the archive, for oriel load or docker load")
    .option("--os-version <version>", "the Windows that it says it is, as 10.0.20348.2113")
    .action(async (options: NanoOptions) => {
      if (options.output !== undefined) await writeNano(context, options.output, options);
      else await loadNano(context, options);
    });
}

async function writeNano(context: CliContext, output: string, options: NanoOptions): Promise<void> {
  const built = await build(context, output, options);
  await write(context.terminal.stdout, `Written: ${output} (${built})\n`);
}

async function loadNano(context: CliContext, options: NanoOptions): Promise<void> {
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

/** Answers what was built, in words. */
async function build(context: CliContext, output: string | PassThrough, { osVersion }: NanoOptions): Promise<string> {
  // Loaded here: no other command needs it.
  const { buildNanoImage } = await import("@oriel/nano-image");
  const wine = context.terminal.env.ORIEL_WINE || undefined;
  const image = await buildNanoImage({
    output,
    ...(wine === undefined ? {} : { wine }),
    ...(osVersion === undefined ? {} : { osVersion }),
  });
  return `${image.files.length} programs and libraries of ${image.wineVersion}, ${formatBytes(image.unpackedBytes)}`;
}
