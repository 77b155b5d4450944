import type { ContainerConfig, ImageRunConfig } from "@oriel/contracts";
import { mergeEnvironment } from "./environment.ts";

export interface MergeImageConfigOptions {
  /** Environment names differ by case in a Linux container. @default "windows" */
  readonly os?: "windows" | "linux";
}

/**
 * The container's configuration with what it leaves open taken from its image, as dockerd does when a container is made.
 * Neither argument is changed.
 *
 * - The image's Cmd holds only where the container gives neither Cmd nor Entrypoint; `Entrypoint: [""]` drops the image's
 *   entrypoint and stands for none.
 * - Environment, labels, ports and volumes are joined; the container's win. A health check is filled in field by field.
 * - `ArgsEscaped` speaks of the element that the command line begins with, so the image's flag holds where that element is the
 *   image's. (dockerd lets it hold also when the user gives an array of his own, whose first element then goes
 *   unquoted to CreateProcess.)
 * @throws InvalidArgumentError for an environment entry that is no variable.
 */
export function mergeImageConfig(
  container: ContainerConfig,
  image: ImageRunConfig | undefined,
  options: MergeImageConfigOptions = {},
): ContainerConfig {
  const merged: ContainerConfig = { ...container };
  const imageConfig = image ?? {};

  const env = mergeEnvironment(container.Env ?? [], imageConfig.Env ?? [], { caseSensitive: options.os === "linux" });
  setOrDelete(merged, "Env", env.length > 0 ? env : undefined);
  setOrDelete(merged, "User", container.User || imageConfig.User);
  setOrDelete(merged, "WorkingDir", container.WorkingDir || imageConfig.WorkingDir);
  setOrDelete(merged, "StopSignal", container.StopSignal || imageConfig.StopSignal);
  setOrDelete(merged, "Shell", hasItems(container.Shell) ? container.Shell : imageConfig.Shell);
  setOrDelete(merged, "ExposedPorts", joined(imageConfig.ExposedPorts, container.ExposedPorts));
  setOrDelete(merged, "Volumes", joined(imageConfig.Volumes, container.Volumes));
  setOrDelete(merged, "Labels", joined(imageConfig.Labels, container.Labels));
  setOrDelete(merged, "Healthcheck", mergeHealthcheck(container.Healthcheck, imageConfig.Healthcheck));
  mergeCommand(merged, container, imageConfig);
  return merged;
}

function mergeCommand(merged: ContainerConfig, container: ContainerConfig, image: ImageRunConfig): void {
  const entrypointGiven = hasItems(container.Entrypoint);
  const cmdGiven = hasItems(container.Cmd);
  const entrypointFromImage = container.Entrypoint === undefined || container.Entrypoint === null;

  if (!entrypointGiven && !cmdGiven) setOrDelete(merged, "Cmd", image.Cmd);
  if (entrypointFromImage) setOrDelete(merged, "Entrypoint", image.Entrypoint);
  if (merged.Entrypoint?.length === 1 && merged.Entrypoint[0] === "") delete merged.Entrypoint;

  const firstIsFromImage = hasItems(merged.Entrypoint) ? !entrypointGiven : !entrypointGiven && !cmdGiven;
  const escaped = container.ArgsEscaped === true || (image.ArgsEscaped === true && firstIsFromImage);
  setOrDelete(merged, "ArgsEscaped", escaped ? true : undefined);
}

function mergeHealthcheck(
  own: ContainerConfig["Healthcheck"],
  image: ImageRunConfig["Healthcheck"],
): ContainerConfig["Healthcheck"] | undefined {
  if (own === undefined || image === undefined) return own ?? image;
  const filled = { ...image };
  for (const name of ["Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"] as const) {
    const value = own[name];
    const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== 0;
    if (given) Object.assign(filled, { [name]: value });
  }
  return filled;
}

function joined<T>(image: Record<string, T> | undefined, own: Record<string, T> | undefined): Record<string, T> | undefined {
  if (image === undefined || own === undefined) return own ?? image;
  return { ...image, ...own };
}

function hasItems(list: readonly string[] | null | undefined): boolean {
  return list !== undefined && list !== null && list.length > 0;
}

function setOrDelete<K extends keyof ContainerConfig>(target: ContainerConfig, key: K, value: ContainerConfig[K] | undefined): void {
  if (value === undefined || value === "") delete target[key];
  else target[key] = value;
}
