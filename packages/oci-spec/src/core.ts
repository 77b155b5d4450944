// The one place where this package reaches for another. The published package has its own copy of these declarations
// (scripts/finish-build.mjs), so that it has no dependencies; errors are matched by `code`, which works across copies.
export {
  type ContainerConfig,
  type DeviceMapping,
  foldName,
  type HostConfig,
  type ImageRunConfig,
  InvalidArgumentError,
  isOrielError,
  type LinuxSpec,
  type MountSpec,
  type OrielError,
  type ProcessSpec,
  type RuntimeSpec,
  type WindowsSpec,
} from "@oriel/contracts";
