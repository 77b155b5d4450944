import type { TestDaemon } from "../daemon.ts";
import type { ExpectedState } from "./expected-state.ts";

const image = "oriel/nano";

/** Thrown when a command fails; expected of those that the daemon's death cuts short. */
class CommandFailed extends Error {}

/**
 * The life of containers with a network of their own, a published port and a volume, one after another, until a command fails.
 * Returns how that one failed.
 */
export async function loadNetworks(daemon: TestDaemon, expected: ExpectedState, worker: string): Promise<string> {
  const succeed = async (...words: string[]): Promise<void> => {
    const { code, stderr } = await daemon.docker(words);
    if (code !== 0) throw new CommandFailed(`docker ${words.join(" ")}: ${stderr.trim()}`);
  };
  try {
    for (let turn = 0; ; turn += 1) await oneLife(succeed, expected, `${worker}-${turn}`, turn % 2 === 0);
  } catch (error) {
    if (error instanceof CommandFailed) return error.message;
    throw error;
  }
}

async function oneLife(
  succeed: (...words: string[]) => Promise<void>,
  expected: ExpectedState,
  name: string,
  keepsVolume: boolean,
): Promise<void> {
  const [volume, network, container] = [`volume-${name}`, `network-${name}`, `container-${name}`];
  const write = (text: string, words: readonly string[]): Promise<void> =>
    expected.write(volume, text, () => succeed(...words, "cmd", "/c", `echo ${text}>C:\\data\\file.txt`));
  await expected.make(volume, () => succeed("volume", "create", volume));
  await expected.make(network, () => succeed("network", "create", network));
  const options = ["--network", network, "--network-alias", `alias-${name}`, "-p", "80", "-p", "53/udp", "-v", `${volume}:C:\\data`];
  const program = ["ping", "-n", "1000", "127.0.0.1"];
  await expected.make(container, () => succeed("run", "-d", "--name", container, ...options, image, ...program));
  await write(`first of ${name}`, ["exec", container]);
  await succeed("network", "connect", "nat", container);
  await write(`second of ${name}`, ["exec", container]);
  await succeed("network", "disconnect", "nat", container);
  await expected.remove(container, () => succeed("rm", "-f", container));
  await expected.remove(network, () => succeed("network", "rm", network));
  if (!keepsVolume) await expected.remove(volume, () => succeed("volume", "rm", volume));
}
