import type { HostConfig } from "@oriel/core";
import { invalidOption } from "./invalid-option.ts";

export type Isolation = "process" | "hyperv";

/**
 * The isolation in effect: the container's own, else the daemon's. The value has no case, as in dockerd.
 * @throws InvalidArgumentError for a value that is neither `default`, `process` nor `hyperv`.
 */
export function isolationOf(hostConfig: HostConfig, defaultIsolation: Isolation): Isolation {
  const asked: string = hostConfig.Isolation ?? "";
  if (asked === "") return defaultIsolation;
  if (asked === "process" || asked === "hyperv") return asked;
  const folded = asked.toLowerCase();
  if (folded === "default") return defaultIsolation;
  if (folded === "process" || folded === "hyperv") return folded;
  throw invalidOption(`invalid isolation '${asked}' on windows`, "Isolation is one of default, process, hyperv.");
}
