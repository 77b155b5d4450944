export { assertRuntimeSpec, checkRuntimeSpec } from "./checks/check-runtime-spec.ts";
export type { SchemaIssue } from "./checks/json-schema.ts";
export { validateContainerConfig } from "./checks/validate-container-config.ts";
export { type ValidateHostConfigOptions, validateHostConfig } from "./checks/validate-host-config.ts";
export { type ContainerCommand, commandOf, type ProcessCommand, shellForm } from "./command-line/command.ts";
export { buildCommandLine } from "./command-line/command-line.ts";
export { parseCommandLine, parseCommandLineAsShell } from "./command-line/parse-command-line.ts";
export {
  type CredentialSpecFiles,
  type CredentialSpecLookups,
  credentialSpecRegistryKey,
  resolveCredentialSpec,
} from "./credentials/credential-spec.ts";
export { canonicalPipePath, isPipePath, type SpecMount, windowsPlace } from "./mounts/mounts.ts";
export {
  type DependencyFiles,
  type DependencyLink,
  type DependencyPlan,
  type DependencyReference,
  type PlanDependenciesOptions,
  planDependencies,
} from "./mounts/secrets.ts";
export { type MountLookups, volumeBehindMount } from "./mounts/volume-behind-mount.ts";
export { parseEnvironment } from "./process/environment.ts";
export { createExecProcess, createHealthcheckProcess, type ExecConfig } from "./process/exec-process.ts";
export { type MergeImageConfigOptions, mergeImageConfig } from "./process/merge-image-config.ts";
export { createSpec } from "./spec/create-spec.ts";
export { type ExplainOptions, explain, type FieldExplanation, type FieldOrigin } from "./spec/explain.ts";
export { buildSpec, type SpecDefaults, type SpecRequest, type SpecSources } from "./spec/gather-spec-input.ts";
export { type Isolation, isolationOf } from "./spec/isolation.ts";
export type { SpecEndpoint, SpecNetwork } from "./spec/network.ts";
export { windowsResources } from "./spec/resources.ts";
export type { SpecInput, SpecResult } from "./spec/spec-input.ts";
