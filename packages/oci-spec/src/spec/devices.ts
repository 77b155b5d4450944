import type { DeviceMapping } from "@oriel/contracts";
import { invalidOption } from "../invalid-option.ts";
import type { Isolation } from "./isolation.ts";

/** Kinds that the host compute service can assign: both are GUIDs of a device interface class. */
const servedKinds = ["class", "vpci-class-guid"];

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

/**
 * Whether containers of this isolation can have the device.
 * @throws InvalidArgumentError naming the device and what can be had.
 */
export function checkDeviceIsServed(mapping: DeviceMapping, isolation: Isolation): void {
  const { idType } = parseDevice(mapping);
  const path = mapping.PathOnHost;
  if (isolation === "hyperv") {
    throw invalidOption(`device '${path}': devices cannot be assigned to a container with Hyper-V isolation`, "Use process isolation.");
  }
  if (servedKinds.includes(idType)) return;
  throw invalidOption(
    `device '${path}': devices of the kind '${idType}' cannot be assigned to a container`,
    "Give the GUID of a device interface class: class/GUID.",
  );
}
