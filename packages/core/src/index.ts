/// <reference types="node" preserve="true" />

export { anySignal } from "./abort/any-signal.ts";
export { cancellation } from "./abort/cancellation.ts";
export { onAbort } from "./abort/on-abort.ts";
export { unlessAborted } from "./abort/unless-aborted.ts";
export { untilAborted } from "./abort/until-aborted.ts";
export { type DeadlineOptions, withDeadline } from "./abort/with-deadline.ts";
export { causesOf } from "./causes.ts";
export * from "./config.ts";
export { parseConfig } from "./config-file.ts";
export {
  type ConfigKey,
  type ConfigKeyRow,
  type ConfigLayer,
  type ConfigValues,
  configKeyNames,
  configKeys,
  type Platform,
} from "./config-keys.ts";
export { mergeConfig } from "./config-merge.ts";
export { type ConfigFlags, checkVariables, configFromEnvironment, configFromFlags } from "./config-text.ts";
export type { ValueKind } from "./config-value.ts";
export { type ContainerAccount, containerAccountOf } from "./container-account.ts";
export * from "./detach-keys.ts";
export { isDiskFull } from "./disk-full.ts";
export * from "./errors.ts";
export * from "./filter/filter.ts";
export { parseFilter } from "./filter/parse-filter.ts";
export { foldName } from "./fold-name.ts";
export * from "./hcs/codes.ts";
export * from "./hcs/handles.ts";
export * from "./hcs/hresult.ts";
export * from "./hcs/notifications.ts";
export * from "./hcs/raw-compute.ts";
export * from "./hcs/raw-hcs.ts";
export * from "./hcs/raw-layers.ts";
export * from "./hcs/raw-network.ts";
export * from "./hcs/raw-storage.ts";
export * from "./hcs/raw-win32.ts";
export { registryText } from "./hcs/registry-text.ts";
export * from "./host-address.ts";
export * from "./ipv4.ts";
export { KeyedQueue } from "./keyed-queue.ts";
export * from "./lifecycle.ts";
export * from "./logger.ts";
export { nearestName } from "./nearest-name.ts";
export * from "./plugin.ts";
export * from "./plugin-loader.ts";
export * from "./plugin-order.ts";
export * from "./ports/container-config.ts";
export * from "./ports/container-runtime.ts";
export * from "./ports/host-facts.ts";
export * from "./ports/image-store.ts";
export * from "./ports/network-backend.ts";
export * from "./ports/resource-journal.ts";
export * from "./ports/runtime-spec.ts";
export * from "./ports/snapshotter.ts";
export * from "./ports/storage-backend.ts";
export { ReaderLeases } from "./reader-leases.ts";
export { parseScratchSize } from "./scratch-size.ts";
export { SerialQueue } from "./serial-queue.ts";
export * from "./services.ts";
export * from "./token.ts";
export { UnreadStream } from "./unread-stream.ts";
