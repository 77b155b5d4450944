import { describe, expect, it } from "vitest";
import { runCli } from "../src/run-cli.ts";
import { testTerminal } from "./terminal.ts";

/** What the docker command line (28.2.2) says of the commands that Oriel has, too. */
const dockersWords: Readonly<Record<string, string>> = {
  attach: "Attach local standard input, output, and error streams to a running container",
  create: "Create a new container",
  exec: "Execute a command in a running container",
  image: "Manage images",
  "image load": "Load an image from a tar archive or STDIN",
  "image ls": "List images",
  "image rm": "Remove one or more images",
  images: "List images",
  info: "Display system-wide information",
  kill: "Kill one or more running containers",
  load: "Load an image from a tar archive or STDIN",
  logs: "Fetch the logs of a container",
  network: "Manage networks",
  "network connect": "Connect a container to a network",
  "network create": "Create a network",
  "network disconnect": "Disconnect a container from a network",
  "network inspect": "Display detailed information on one or more networks",
  "network ls": "List networks",
  "network rm": "Remove one or more networks",
  pause: "Pause all processes within one or more containers",
  ps: "List containers",
  rm: "Remove one or more containers",
  rmi: "Remove one or more images",
  run: "Create and run a new container from an image",
  start: "Start one or more stopped containers",
  stats: "Display a live stream of container(s) resource usage statistics",
  stop: "Stop one or more running containers",
  top: "Display the running processes of a container",
  unpause: "Unpause all processes within one or more containers",
  volume: "Manage volumes",
  "volume create": "Create a volume",
  "volume inspect": "Display detailed information on one or more volumes",
  "volume ls": "List volumes",
  "volume prune": "Remove unused local volumes",
  "volume rm": "Remove one or more volumes",
  wait: "Block until one or more containers stop, then print their exit codes",
};

/** Commands that docker does not have, or of which it says what is not so here. */
const ownWords: Readonly<Record<string, string>> = {
  daemon: "Serve the Docker Engine API until SIGTERM or SIGINT",
  help: "Help about the command",
  "image build-base": "Build the base image oriel/nano from the installed Wine",
  inspect: "Return low-level information on containers and images",
  spec: "Show the OCI runtime spec that a container would run from",
  version: "Show the Oriel version information",
};

async function helpOf(...words: string[]): Promise<string> {
  const terminal = testTerminal();
  expect(await runCli([...words, "--help"], terminal)).toBe(0);
  return terminal.written().stdout;
}

/** The commands that a help lists, each with what is said of it. */
function listed(help: string): Record<string, string> {
  const [, section = ""] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
  const joined = section.replaceAll(/\n {10,}/g, " ");
  return Object.fromEntries([...joined.matchAll(/^ {2}(\S+).*? {2,}(\S.*)$/gm)].map(([, name = "", text = ""]) => [name, text]));
}

describe("the help", () => {
  it("lists every command with docker's words for it", async () => {
    const found = listed(await helpOf());
    for (const group of ["image", "network", "volume"]) {
      for (const [name, text] of Object.entries(listed(await helpOf(group)))) found[`${group} ${name}`] = text;
    }
    expect(found).toEqual({ ...dockersWords, ...ownWords });
  });

  it.each(Object.entries(dockersWords))("of %s begins with docker's words for it", async (command, text) => {
    const [usage, empty, ...rest] = (await helpOf(...command.split(" "))).split("\n");
    expect(usage).toMatch(new RegExp(`^Usage: oriel ${command} `));
    expect([empty, rest.slice(0, rest.indexOf("")).join(" ")]).toEqual(["", text]);
  });

  it("of nano, the former name of image build-base, is that of image build-base", async () => {
    const [, ...former] = (await helpOf("nano")).split("\n");
    const [, ...current] = (await helpOf("image", "build-base")).split("\n");
    expect(former).toEqual(current);
  });
});
