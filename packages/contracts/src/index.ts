/// <reference types="node" preserve="true" />
export { type HostAddress, parseHostAddress } from "./addresses/host-address.ts";
export { formatIPv4, type IPv4Subnet, parseIPv4, parseIPv4Subnet, subnetContains, subnetsOverlap } from "./addresses/ipv4.ts";
export { anySignal } from "./async/any-signal.ts";
export { cancellation } from "./async/cancellation.ts";
export { KeyedQueue } from "./async/keyed-queue.ts";
export { LifecycleStack } from "./async/lifecycle-stack.ts";
export { onAbort } from "./async/on-abort.ts";
export { ReaderLeases } from "./async/reader-leases.ts";
export { SerialQueue } from "./async/serial-queue.ts";
export { unlessAborted } from "./async/unless-aborted.ts";
export { untilAborted } from "./async/until-aborted.ts";
export { type DeadlineOptions, withDeadline } from "./async/with-deadline.ts";
export { causesOf } from "./errors/causes.ts";
export {
  AlreadyExistsError,
  ConflictError,
  DeadlineExceededError,
  type ErrorCode,
  type ErrorDetails,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isOrielError,
  NotFoundError,
  type OrielError,
  PermissionDeniedError,
  toOrielError,
  UnavailableError,
  UnimplementedError,
} from "./errors/errors.ts";
export * from "./hcs/codes.ts";
export * from "./hcs/handles.ts";
export * from "./hcs/hresult.ts";
export * from "./hcs/notifications.ts";
export * from "./hcs/raw-compute.ts";
export * from "./hcs/raw-hcs.ts";
export * from "./hcs/raw-layers.ts";
export * from "./hcs/raw-network.ts";
export * from "./hcs/raw-win32.ts";
export { registryText } from "./hcs/registry-text.ts";
export { type ContainerAccount, containerAccountOf } from "./names/container-account.ts";
export { foldName } from "./names/fold-name.ts";
export { nearestName } from "./names/nearest-name.ts";
export type * from "./plugins/config.ts";
export { definePlugin, type Plugin, type ServicesOf, type ServiceTokens } from "./plugins/plugin.ts";
export { type ServiceToken, serviceToken } from "./plugins/token.ts";
export type * from "./ports/container-config.ts";
export * from "./ports/container-runtime.ts";
export * from "./ports/host-facts.ts";
export * from "./ports/image-store.ts";
export * from "./ports/logger.ts";
export * from "./ports/network-backend.ts";
export * from "./ports/resource-journal.ts";
export type * from "./ports/runtime-spec.ts";
export { parseScratchSize } from "./ports/scratch-size.ts";
export type * from "./ports/snapshotter.ts";
export * from "./ports/storage-backend.ts";
