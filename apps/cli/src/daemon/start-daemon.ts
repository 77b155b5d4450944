import type { Logger, OrielConfig, OrielError, Plugin } from "@oriel/contracts";
import { engineToken } from "@oriel/engine";
import { buildGateway, listen } from "@oriel/gateway";
import { loadPlugins, startServices } from "@oriel/kernel";
import { version } from "../version.ts";
import { choosePlugins } from "./choose-plugins.ts";
import { packageImporter } from "./import-package.ts";
import { makeRoot } from "./make-root.ts";
import { checkNullDevice } from "./null-device.ts";

export interface StartDaemonOptions {
  readonly config: OrielConfig;
  readonly logger: Logger;
  /** Beside those that the configuration names; each takes the place of a built-in one that provides its token. */
  readonly plugins?: readonly Plugin[];
  /**
   * Absolute paths of folders in whose `node_modules` packages are looked for before those beside oriel.
   * @default none
   */
  readonly packageFolders?: readonly string[];
}

/** A daemon that serves. */
export interface Daemon {
  /** As clients write them; a port that the system chose is the real one. */
  readonly addresses: readonly string[];
  /** Ends the streams, stops the containers and gives everything back; returns what failed. Never rejects; safe to call again. */
  close(): Promise<readonly OrielError[]>;
}

/**
 * Starts an engine with its gateway. Several can run in one process, each with a root of its own.
 *
 * @throws OrielError with nothing left running: for a configuration that this host cannot serve, a root in use, an
 *   address that cannot be listened on.
 */
export async function startDaemon({ config, logger, plugins = [], packageFolders = [] }: StartDaemonOptions): Promise<Daemon> {
  const { defaults, packages } = choosePlugins(config, logger, process.platform);
  const named = await loadPlugins(packages, packageImporter(packageFolders));
  await checkNullDevice();
  await makeRoot(config.root);
  const services = await startServices([...named, ...plugins], config, {
    defaults,
    onReplaced: (message) => logger.info({}, message),
    onSlowStart: (message) => logger.warn({}, message),
  });
  try {
    const engine = services.resolve(engineToken);
    for (const warning of (await engine.info()).host.warnings) logger.warn({}, warning);
    const gateway = await buildGateway({ engine, logger, version });
    const listening = await listen(gateway, config.hosts);
    for (const address of listening.addresses) if (address.startsWith("tcp:")) logger.warn({}, openDoor(address));
    let closed: Promise<readonly OrielError[]> | undefined;
    const close = async () => {
      // Listening ends when the requests have: those that wait for a start that hangs would hold it up.
      engine.beginClose();
      await listening.close();
      return services.close();
    };
    return {
      addresses: listening.addresses,
      close() {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

/** A socket has owner and mode; a port has neither. */
function openDoor(address: string): string {
  const reach =
    process.getuid?.() === 0 ? "as root, by mounting any folder of this machine into a container" : "as the account that runs this daemon";
  return `${address} has no password: every account of this machine can act ${reach}`;
}
