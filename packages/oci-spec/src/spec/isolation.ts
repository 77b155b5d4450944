import type { HostConfig } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";

export type Isolation = "process" | "hyperv";

/**
 * The isolation in effect: the container's own, else the daemon's. A Linux container always has Hyper-V isolation. The
 * value has no case, as in dockerd.
 * @throws InvalidArgumentError for a value that is neither `default`, `process` nor `hyperv`, and for process isolation of
 *   a Linux container.
 */
export function isolationOf(hostConfig: HostConfig, defaultIsolation: Isolation, os = "windows"): Isolation {
  const asked = (hostConfig.Isolation ?? "").toLowerCase();
  if (!["", "default", "process", "hyperv"].includes(asked)) {
    throw invalidOption(`invalid isolation '${hostConfig.Isolation}' on windows`, "Isolation is one of default, process, hyperv.");
  }
  if (imageOs(os) === "linux") {
    if (asked === "process") throw invalidOption("invalid isolation 'process' of a Linux container: must be hyperv");
    return "hyperv";
  }
  return asked === "process" || asked === "hyperv" ? asked : defaultIsolation;
}

/** @throws InvalidArgumentError for an operating system that containers on Windows cannot have. */
export function imageOs(os: string): "windows" | "linux" {
  if (os === "windows" || os === "linux") return os;
  throw invalidOption(`image os ${JSON.stringify(os)}: must be windows or linux`);
}
