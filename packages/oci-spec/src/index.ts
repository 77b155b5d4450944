export { assertRuntimeSpec, checkRuntimeSpec } from "./check-runtime-spec.ts";
export { type ContainerCommand, commandOf, defaultWindowsShell, type ProcessCommand, shellForm, windowsCommand } from "./command.ts";
export { buildCommandLine, escapeArgument, maxCommandLineLength } from "./command-line.ts";
export type {
  ContainerConfig,
  DeviceMapping,
  HostConfig,
  ImageRunConfig,
  LinuxSpec,
  MountSpec,
  ProcessSpec,
  RuntimeSpec,
  WindowsSpec,
} from "./core.ts";
export { createSpec, ociVersion } from "./create-spec.ts";
export {
  type CredentialSpecFiles,
  type CredentialSpecLookups,
  credentialSpecRegistryKey,
  resolveCredentialSpec,
} from "./credential-spec.ts";
export { type DeviceSpec, parseDevice } from "./devices.ts";
export { checkEnvironment, type EnvironmentOptions, effectiveEnvironment, mergeEnvironment, parseEnvironment } from "./environment.ts";
export { createExecProcess, createHealthcheckProcess, type ExecConfig } from "./exec-process.ts";
export { type ExplainOptions, explain, type FieldExplanation, type FieldOrigin } from "./explain.ts";
export { foldCase } from "./fold-case.ts";
export {
  buildSpec,
  type GatheredSpecInput,
  gatherSpecInput,
  type SpecDefaults,
  type SpecRequest,
  type SpecSources,
} from "./gather-spec-input.ts";
export { type Isolation, isolationOf } from "./isolation.ts";
export type { FromSchema, JsonSchema, SchemaIssue } from "./json-schema.ts";
export { type MergeImageConfigOptions, mergeImageConfig } from "./merge-image-config.ts";
export { canonicalPipePath, isPipePath, type SpecMount, windowsPlace } from "./mounts.ts";
export type { SpecEndpoint, SpecNetwork } from "./network.ts";
export { parseCommandLine, parseCommandLineAsShell } from "./parse-command-line.ts";
export { windowsResources } from "./resources.ts";
export {
  type DependencyFiles,
  type DependencyLink,
  type DependencyPlan,
  type DependencyReference,
  type PlanDependenciesOptions,
  planDependencies,
} from "./secrets.ts";
export { type CredentialSpecSource, parseSecurityOptions } from "./security-options.ts";
export type { SpecInput, SpecResult } from "./spec-input.ts";
export { runtimeSpecSchema } from "./spec-schema.ts";
export { validateContainerConfig } from "./validate-container-config.ts";
export { type ValidateHostConfigOptions, validateHostConfig } from "./validate-host-config.ts";
export { type MountLookups, mountSourceStream, volumeBehindMount } from "./volume-behind-mount.ts";
export { isVolumeGuidPath } from "./volume-path.ts";
