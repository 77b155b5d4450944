/// <reference types="node" preserve="true" />
export { type AttachOptions, attach } from "./attach.ts";
export type { Attachment } from "./attachment.ts";
export type { ClientAddress } from "./client-address.ts";
export { ClientError } from "./client-error.ts";
export { type ClientOptions, createClient, type OrielClient, unwrap } from "./create-client.ts";
export type { OutputChunk } from "./demultiplex.ts";
export { type ExecOptions, type Execution, exec, execDetached } from "./exec.ts";
export type {
  ContainerConfig,
  ContainerCreateBody,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  EventMessage,
  ExecInspect,
  HostConfig,
  ImageInspect,
  ImageSummary,
  ProgressMessage,
  paths,
  SystemInfo,
  Version,
} from "./generated/api.ts";
export {
  type ContainerExit,
  type EventsOptions,
  events,
  type LoadImageOptions,
  type LogsOptions,
  loadImage,
  logs,
  stats,
  type WaitOptions,
  wait,
} from "./streams.ts";
