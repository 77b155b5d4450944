import {
  containerRuntimeToken,
  definePlugin,
  FailedPreconditionError,
  type Logger,
  loggerToken,
  type OrielConfig,
  type Plugin,
  rawHcsToken,
  storageBackendToken,
  UnimplementedError,
} from "@oriel/contracts";
import { enginePlugin, journalPlugin } from "@oriel/engine";
import { windowsFilterPlugin } from "@oriel/graphdriver-windowsfilter";
import { windowsHcsPlugin } from "@oriel/hcs-bindings";
import { emulatedHcsPlugin } from "@oriel/hcs-emulator";
import { imagesPlugin } from "@oriel/images";
import type { NamedPackage } from "@oriel/kernel";
import { networksPlugin } from "@oriel/networks";
import { localRuntimePlugin } from "@oriel/runtime-local";
import { windowsSnapshotterPlugin } from "@oriel/snapshotter-windows";

const op = "daemon.compose";

export interface ChosenPlugins {
  /** Built-in plugins; each steps back for a plugin of a package that provides its token. */
  readonly defaults: readonly Plugin[];
  /** Packages whose plugins are to be loaded. */
  readonly packages: readonly NamedPackage[];
}

/**
 * The plugins of the daemon that the configuration picks. The journal stands first, as opening it takes the root for this
 * process; nothing else may touch the root before.
 *
 * @throws UnimplementedError or FailedPreconditionError for an implementation that this version or host does not have.
 */
export function choosePlugins(config: OrielConfig, logger: Logger, platform: NodeJS.Platform): ChosenPlugins {
  const parts = [
    { key: "hcs", provides: rawHcsToken, name: config.hcs, builtIn: hcsPlugin(config.hcs, platform) },
    { key: "storage", provides: storageBackendToken, name: config.storage, builtIn: storagePlugin(config.storage) },
    { key: "runtime", provides: containerRuntimeToken, name: config.runtime, builtIn: runtimePlugin(config.runtime) },
  ];
  const builtIn = parts.flatMap((part) => part.builtIn ?? []);
  return {
    defaults: [loggerPlugin(logger), journalPlugin, ...builtIn, imagesPlugin, networksPlugin, enginePlugin],
    packages: [
      ...parts.flatMap(({ key, provides, name, builtIn }) => (builtIn === undefined ? [{ key, provides, name }] : [])),
      ...config.plugins.map((name) => ({ key: "plugins", name })),
    ],
  };
}

function loggerPlugin(logger: Logger): Plugin {
  return definePlugin({ id: "oriel.cli-logger", provides: { logger: loggerToken }, deps: {}, create: () => ({ logger }) });
}

/** Undefined for the name or path of a package, as below. */
function hcsPlugin(hcs: OrielConfig["hcs"], platform: NodeJS.Platform): Plugin | undefined {
  if (hcs === "emulated" || (hcs === "auto" && platform !== "win32")) return emulatedHcsPlugin;
  if (hcs !== "auto" && hcs !== "windows") return undefined;
  if (platform !== "win32") {
    throw new FailedPreconditionError(`hcs = "windows" needs Windows, and this is ${platform}`, { op, remedy: 'set hcs = "auto"' });
  }
  return windowsHcsPlugin;
}

function storagePlugin(storage: OrielConfig["storage"]): Plugin | undefined {
  if (storage === "snapshotter") return windowsSnapshotterPlugin;
  return storage === "windowsfilter" || storage === "windowsdiff" ? windowsFilterPlugin : undefined;
}

function runtimePlugin(runtime: OrielConfig["runtime"]): Plugin | undefined {
  if (runtime === "local") return localRuntimePlugin;
  if (runtime !== "containerd") return undefined;
  throw new UnimplementedError('this version has no remote runtime yet (runtime = "containerd")', { op, remedy: 'set runtime = "local"' });
}
