import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { hresultFromWin32, WIN32 } from "@oriel/contracts";
import type { RawExportCalls, RawLayerCalls } from "../src/index.ts";

type Host = RawExportCalls & RawLayerCalls;

/** The host, on which an export says that these are gone: paths in `Files`, with a backslash before each name. */
export function withTombstones(host: Host, paths: readonly string[]): Host {
  return withTombstoneFile(host, `\ufeffVersion 1.0\n${paths.join("\n")}\n`);
}

/** The host, on which an export has this list of removed files. */
export function withTombstoneFile(host: Host, text: string | undefined): Host {
  return onceExported(host, async (folder) => {
    const list = path.join(folder, "tombstones.txt");
    await (text === undefined ? rm(list) : writeFile(list, text));
  });
}

/** The host, on which something is done to what it exports. */
export function onceExported(host: Host, alter: (folder: string) => Promise<void>): Host {
  const { layers, win32 } = host;
  return {
    win32,
    layers: {
      ...layers,
      ExportLayer: async (info, id, folder, parents) => {
        const answer = await layers.ExportLayer(info, id, folder, parents);
        await alter(folder);
        return answer;
      },
    },
  };
}

/** The host, on which the nth call of one function is refused. */
export function refusing(host: Host, name: string, nth: number): { raw: Host; refused: () => boolean } {
  const denied = { hresult: hresultFromWin32(WIN32.ACCESS_DENIED) };
  let count = 0;
  const wrap = <T extends object>(functions: T): T => {
    const original = (functions as Record<string, (...all: unknown[]) => Promise<unknown>>)[name];
    if (original === undefined) return functions;
    const wrapped = async (...args: unknown[]): Promise<unknown> => {
      count += 1;
      return count === nth ? denied : original(...args);
    };
    return { ...functions, [name]: wrapped };
  };
  return { raw: { layers: wrap(host.layers), win32: wrap(host.win32) }, refused: () => count >= nth };
}
