import { ErrorAnswer } from "./common.ts";
import { ContainerConfigSchema, ContainerCreateBody, HostConfigSchema } from "./container-config.ts";
import { usageSchemas } from "./container-usage.ts";
import {
  ContainerChange,
  ContainerCreated,
  ContainerInspect,
  ContainerStateSchema,
  ContainerSummary,
  HostConfigInspect,
  MountPoint,
  PortSummary,
  PruneAnswer,
  WaitAnswer,
} from "./containers.ts";
import { ExecCreateBody, ExecCreated, ExecInspect, ExecStartBody } from "./execs.ts";
import { ImageCommitted, ImageHistoryItem, ImageInspect, ImageRemoval, ImageSummary, ProgressMessage } from "./images.ts";
import { networkSchemas } from "./networks.ts";
import { DiskUsageAnswer, EventMessage, InfoAnswer, VersionAnswer } from "./system.ts";
import { volumeSchemas } from "./volumes.ts";

/** Every schema that is referred to by its name. */
export const namedSchemas = [
  ErrorAnswer,
  ContainerConfigSchema,
  HostConfigSchema,
  ...networkSchemas,
  ContainerCreateBody,
  ContainerCreated,
  ContainerStateSchema,
  HostConfigInspect,
  MountPoint,
  PortSummary,
  ContainerSummary,
  ContainerInspect,
  ContainerChange,
  WaitAnswer,
  PruneAnswer,
  ...usageSchemas,
  ExecCreateBody,
  ExecCreated,
  ExecStartBody,
  ExecInspect,
  ImageSummary,
  ImageInspect,
  ImageHistoryItem,
  ImageCommitted,
  ImageRemoval,
  ProgressMessage,
  VersionAnswer,
  InfoAnswer,
  ...volumeSchemas,
  DiskUsageAnswer,
  EventMessage,
];
