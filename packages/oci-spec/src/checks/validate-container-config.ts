import type { ContainerConfig } from "@oriel/contracts";
import { commandOf, windowsCommand } from "../command-line/command.ts";
import { invalidOption } from "../invalid-option.ts";
import { checkEnvironment } from "../process/environment.ts";
import { fullHostname } from "../process/hostname.ts";
import { workingDirectory } from "../process/working-directory.ts";
import { imageOs } from "../spec/isolation.ts";

const nanosecondsPerMillisecond = 1_000_000;
const healthTests = ["", "NONE", "CMD", "CMD-SHELL"];

/**
 * Checks a merged configuration when a container is made: command, environment, working directory, names and health check.
 * @throws InvalidArgumentError naming the option, its value and what is allowed.
 */
export function validateContainerConfig(config: ContainerConfig, os = "windows"): void {
  const system = imageOs(os);
  if (system === "windows") windowsCommand(config);
  else commandOf(config);
  checkEnvironment(config.Env ?? []);
  workingDirectory(config.WorkingDir, system);
  fullHostname("", config);
  validateHealthcheck(config.Healthcheck);
}

function validateHealthcheck(check: ContainerConfig["Healthcheck"]): void {
  if (check === undefined) return;
  for (const name of ["Interval", "Timeout", "StartPeriod", "StartInterval"] as const) {
    const value = check[name] ?? 0;
    if (value !== 0 && !(value >= nanosecondsPerMillisecond)) {
      throw invalidOption(`${name} in Healthcheck cannot be less than 1ms: ${value} ns`);
    }
  }
  if ((check.Retries ?? 0) < 0) throw invalidOption(`Retries in Healthcheck cannot be negative: ${check.Retries}`);
  const kind = check.Test?.[0] ?? "";
  if (!healthTests.includes(kind)) {
    throw invalidOption(`unknown type for health test: ${JSON.stringify(kind)}; it is one of NONE, CMD, CMD-SHELL`);
  }
}
