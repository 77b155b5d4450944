// What no engine can be faster than: the same command, started by Wine alone.
import { spawn } from "node:child_process";

/** Milliseconds from the start of a command to its first output. */
export function firstOutputOf(words, env) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let took;
    const [command, ...rest] = words;
    const child = spawn(command, rest, { env, stdio: ["ignore", "pipe", "ignore"] });
    child.once("error", reject);
    child.stdout.once("data", () => {
      took = performance.now() - began;
    });
    child.stdout.on("data", () => undefined);
    child.once("close", (code) => {
      if (took === undefined) reject(new Error(`${words.join(" ")} ended with ${code} and said nothing`));
      else resolve(took);
    });
  });
}

/** Runs each of some measurements in turn, so that what else the machine does meets them alike; returns the medians. */
export async function mediansInTurn(rounds, measurements) {
  const times = new Map(Object.keys(measurements).map((name) => [name, []]));
  for (const measure of Object.values(measurements)) await measure();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(measurements)) times.get(name).push(await measure());
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]]));
}
