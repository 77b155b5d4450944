import { FailedPreconditionError, type Logger, loggerToken, type OrielConfig, type Plugin, UnimplementedError } from "@oriel/core";
import { enginePlugin, journalPlugin } from "@oriel/engine";
import { windowsFilterPlugin } from "@oriel/graphdriver-windowsfilter";
import { windowsHcsPlugin } from "@oriel/hcs-bindings";
import { emulatedHcsPlugin } from "@oriel/hcs-emulator";
import { imagesPlugin } from "@oriel/images";
import { networksPlugin } from "@oriel/networks";
import { localRuntimePlugin } from "@oriel/runtime-local";
import { windowsSnapshotterPlugin } from "@oriel/snapshotter-windows";

const op = "daemon.compose";

/**
 * The plugins of the daemon: the list that the configuration picks. The journal stands first, as opening it takes the
 * root for this process; nothing else may touch the root before.
 *
 * @throws UnimplementedError or FailedPreconditionError for an implementation that this version or host does not have.
 */
export function choosePlugins(config: OrielConfig, logger: Logger, platform: NodeJS.Platform): readonly Plugin[] {
  return [
    loggerPlugin(logger),
    journalPlugin,
    hcsPlugin(config.hcs, platform),
    storagePlugins[config.storage],
    imagesPlugin,
    networksPlugin,
    runtimePlugin(config.runtime),
    enginePlugin,
  ];
}

function loggerPlugin(logger: Logger): Plugin {
  return {
    id: "oriel.cli-logger",
    provides: [loggerToken],
    requires: [],
    register(services) {
      services.provide(loggerToken, () => logger);
    },
  };
}

function hcsPlugin(hcs: OrielConfig["hcs"], platform: NodeJS.Platform): Plugin {
  if (hcs === "emulated" || (hcs === "auto" && platform !== "win32")) return emulatedHcsPlugin;
  if (platform !== "win32") {
    throw new FailedPreconditionError(`hcs = "windows" needs Windows, and this is ${platform}`, { op, remedy: 'set hcs = "auto"' });
  }
  return windowsHcsPlugin;
}

const storagePlugins: Readonly<Record<OrielConfig["storage"], Plugin>> = {
  windowsfilter: windowsFilterPlugin,
  windowsdiff: windowsFilterPlugin,
  windows: windowsSnapshotterPlugin,
};

function runtimePlugin(runtime: OrielConfig["runtime"]): Plugin {
  if (runtime === "local") return localRuntimePlugin;
  throw new UnimplementedError('this version has no remote runtime yet (runtime = "containerd")', { op, remedy: 'set runtime = "local"' });
}
