import { unwrap } from "@oriel/client";
import type { ContainerConfig, HostConfig, ImageRunConfig } from "@oriel/contracts";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { createBody, type RunOptions } from "../run/run-options.ts";
import { write } from "../terminal.ts";
import { addContainerOptions } from "./container-options.ts";

interface SpecOptions extends RunOptions {
  readonly json?: boolean;
}

export function addSpecCommand(program: Command, context: CliContext): void {
  addContainerOptions(
    program
      .command("spec")
      .summary("Show the OCI runtime spec that a container would run from")
      .description(
        "Show the OCI runtime spec that 'run' would make of these words, and where each of its fields comes from. Creates no container.",
      ),
  )
    .option("--json", "Print the spec alone, as JSON")
    .action((image: string, words: string[], options: SpecOptions) =>
      context.withClient(async (client) => {
        const { containerSpec } = await import("../spec/container-spec.ts");
        const found = await unwrap(client.GET("/images/{name}/json", { params: { path: { name: image } } }));
        const info = await unwrap(client.GET("/info"));
        const { HostConfig: hostConfig, ...config } = createBody(image, words, options, context.terminal.env);
        // The gateway's document describes Docker's own shapes, whose names core's types share.
        const { spec, warnings, fields } = containerSpec(config as ContainerConfig, (hostConfig ?? {}) as HostConfig, {
          image: (found.Config ?? {}) as ImageRunConfig,
          os: found.Os === "linux" ? "linux" : "windows",
          layers: found.RootFS.Layers ?? [],
          defaultIsolation: info.Isolation === "hyperv" ? "hyperv" : "process",
          processors: info.NCPU,
        });
        const { stdout, stderr } = context.terminal;
        for (const warning of warnings) await write(stderr, `warning: ${warning}\n`);
        if (options.json === true) return write(stdout, `${JSON.stringify(spec, undefined, 2)}\n`);
        for (const { field, value, origin, source } of fields) {
          await write(stdout, `${field} = ${JSON.stringify(value)}\n    ${origin}: ${source}\n`);
        }
      }),
    );
}
