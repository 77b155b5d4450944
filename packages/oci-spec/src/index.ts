export { type ContainerCommand, commandOf, defaultWindowsShell, type ProcessCommand, shellForm, windowsCommand } from "./command.ts";
export { buildCommandLine, escapeArgument, maxCommandLineLength } from "./command-line.ts";
export { createSpec, ociVersion, type SpecInput, type SpecResult } from "./create-spec.ts";
export {
  type CredentialSpecFiles,
  type CredentialSpecLookups,
  credentialSpecRegistryKey,
  resolveCredentialSpec,
} from "./credential-spec.ts";
export { type DeviceSpec, parseDevice } from "./devices.ts";
export { checkEnvironment, type EnvironmentOptions, effectiveEnvironment, mergeEnvironment, parseEnvironment } from "./environment.ts";
export { createExecProcess, createHealthcheckProcess, type ExecConfig } from "./exec-process.ts";
export { foldCase } from "./fold-case.ts";
export { type Isolation, isolationOf } from "./isolation.ts";
export { type MergeImageConfigOptions, mergeImageConfig } from "./merge-image-config.ts";
export { canonicalPipePath, isPipePath, type SpecMount } from "./mounts.ts";
export type { SpecEndpoint, SpecNetwork } from "./network.ts";
export { parseCommandLine, parseCommandLineAsShell } from "./parse-command-line.ts";
export { type CredentialSpecSource, parseSecurityOptions } from "./security-options.ts";
export { type ValidateHostConfigOptions, validateHostConfig } from "./validate-host-config.ts";
