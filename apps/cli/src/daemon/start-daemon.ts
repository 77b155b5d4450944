import { mkdir } from "node:fs/promises";
import { type Logger, loadPlugins, type OrielConfig, type OrielError, type Plugin, startServices, UnavailableError } from "@oriel/core";
import { engineToken } from "@oriel/engine";
import { buildGateway, listen } from "@oriel/gateway";
import { version } from "../version.ts";
import { choosePlugins } from "./choose-plugins.ts";

export interface StartDaemonOptions {
  readonly config: OrielConfig;
  readonly logger: Logger;
  /** Beside the built-in plugins and those that the configuration names. */
  readonly plugins?: readonly Plugin[];
}

/** A daemon that serves. */
export interface Daemon {
  /** As clients write them; a port that the system chose is the real one. */
  readonly addresses: readonly string[];
  /** Ends the streams, stops the containers and gives everything back; answers what failed. Never rejects; safe to call again. */
  close(): Promise<readonly OrielError[]>;
}

/**
 * Starts an engine with its gateway. Several can run in one process, each with a root of its own.
 *
 * @throws OrielError with nothing left running: for a configuration that this host cannot serve, a root in use, an
 *   address that cannot be listened on.
 */
export async function startDaemon({ config, logger, plugins = [] }: StartDaemonOptions): Promise<Daemon> {
  const builtIn = choosePlugins(config, logger, process.platform);
  const named = await loadPlugins(config.plugins, (name) => import(name));
  await makeRoot(config.root);
  const services = await startServices([...builtIn, ...named, ...plugins], config);
  try {
    const engine = services.resolve(engineToken);
    for (const warning of (await engine.info()).host.warnings) logger.warn({}, warning);
    const gateway = await buildGateway({ engine, logger, version });
    const listening = await listen(gateway, config.hosts);
    let closed: Promise<readonly OrielError[]> | undefined;
    const close = async () => {
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

async function makeRoot(root: string): Promise<void> {
  try {
    // What containers wrote and logged is nobody else's business.
    await mkdir(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException;
    throw new UnavailableError(`the root folder cannot be made: ${message}`, {
      op: "daemon.start",
      resource: root,
      remedy: "choose another with --root",
      cause: error,
    });
  }
}
