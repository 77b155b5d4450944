import type { DeviceMapping } from "./core.ts";
import { invalidOption } from "./invalid-option.ts";

/** A device as the runtime spec has it. */
export interface DeviceSpec {
  id: string;
  idType: string;
}

/**
 * `class/ID` or `IDType://ID`.
 * @throws InvalidArgumentError for any other form.
 */
export function parseDevice(mapping: DeviceMapping): DeviceSpec {
  const path = mapping.PathOnHost;
  const isClass = path.startsWith("class/");
  const cut = isClass ? "class".length : path.indexOf("://");
  if (cut === -1) throw invalidOption(`invalid device assignment path: '${path}', must be 'class/ID' or 'IDType://ID'`);
  const idType = path.slice(0, cut);
  const id = path.slice(cut + (isClass ? "/".length : "://".length));
  if (idType === "") throw invalidOption(`invalid device assignment path: '${path}', IDType cannot be empty`);
  if (id === "") throw invalidOption(`invalid device assignment path: '${path}', ID cannot be empty`);
  return { id, idType };
}
