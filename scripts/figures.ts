import { readFileSync } from "node:fs";

/** What docs/figures.json holds: measured by scripts/measure.ts on one machine. */
export interface Figures {
  readonly machine: string;
  readonly seconds: {
    /** From the start of the process to its first answer. */
    readonly daemonStart: number;
    /** `oriel image build-base`: made and loaded. */
    readonly nano: number;
    /** The first container of a new image. */
    readonly first: number;
    /** Median of `runs` containers after that. */
    readonly next: number;
    /** `oriel ps`: what the client itself takes. */
    readonly client: number;
  };
  readonly runs: number;
  readonly imageBytes: number;
}

/** The table of the README. */
export function figuresTable(): string {
  const text = readFileSync(new URL("../docs/figures.json", import.meta.url), "utf8");
  const { machine, seconds, runs, imageBytes } = JSON.parse(text) as Figures;
  const rows = [
    ["daemon, from its start to its first answer", `${seconds.daemonStart} s`],
    ["`oriel image build-base`: the base image made from Wine, and loaded", `${seconds.nano} s`],
    ["size of `oriel/nano`, unpacked", `${Math.round(imageBytes / 1e6)} MB`],
    ["`oriel run --rm oriel/nano cmd /c exit`, the first time", `${seconds.first} s`],
    [`the same after that, median of ${runs}`, `${seconds.next} s`],
    ["of which the client itself (`oriel ps`)", `${seconds.client} s`],
  ];
  return [
    "| | |",
    "|---|---|",
    ...rows.map(([what, much]) => `| ${what} | ${much} |`),
    "",
    `Measured by \`pnpm measure\` on ${machine}, emulated host.`,
  ].join("\n");
}
