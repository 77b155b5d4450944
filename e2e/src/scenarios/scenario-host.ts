import type { CommandOptions, CommandResult } from "../command.ts";

/** `windows`: a Windows Node.js under Wine, on the test vmcompute.dll; `emulated`: the host compute service that Oriel brings. */
export type ScenarioHostName = "windows" | "emulated";

/** A daemon that scenarios are put to. */
export interface ScenarioHost {
  readonly name: ScenarioHostName;
  /** Data root of the daemon, as it spells it. */
  readonly root: string;
  /** The file with a line for each call into vmcompute.dll; absent where none are traced. */
  readonly trace?: string;
  /** Archives of the images that the scenarios name. */
  readonly images: readonly string[];
  /** What the words of a command are here: folders, subnets and ports of the host are others. @default the same */
  localised?(words: readonly string[]): readonly string[];
  docker(words: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}
