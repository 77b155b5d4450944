import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { runCommand } from "./command.ts";
import { eventually } from "./host.ts";

/** A terminal with a user in front of it: what is on its screen, and what is typed. tmux keeps the screen. */
export interface Screen {
  /** What a user sees: the lines of the screen without blanks at their ends, and without empty lines at the end of all. */
  text(): Promise<string>;
  /** Waits until what is on the screen fits. @throws Error with the screen when it does not within the time. */
  shows(pattern: RegExp, milliseconds?: number): Promise<string>;
  /** Waits until the command reads keys as they are typed: what is typed before that is changed by the terminal. */
  handsOnKeys(): Promise<void>;
  /** Types these characters. */
  type(characters: string): Promise<void>;
  /** Presses keys by tmux's names: `Enter`, `C-c`, `Up`. */
  press(...keys: string[]): Promise<void>;
  resize(size: { readonly width: number; readonly height: number }): Promise<void>;
  /** Waits for the end of the command; returns its exit code. */
  exitCode(milliseconds?: number): Promise<number>;
  close(): Promise<void>;
}

/** Why there can be no screens here; undefined where there can. */
export function whyNoScreen(): string | undefined {
  return spawnSync("tmux", ["-V"]).status === 0 ? undefined : "tmux is not installed";
}

/** Runs a command in a terminal of its own. */
export async function openScreen(
  words: readonly string[],
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Screen> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "oriel-screen-"));
  const socket = path.join(folder, "tmux.sock");
  const settings = path.join(folder, "tmux.conf");
  // The screen stays when the command has ended.
  await writeFile(settings, "set-option -g remain-on-exit on\nset-option -g status off\n");
  const tmux = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand("tmux", ["-S", socket, "-f", settings, ...args], { env: { TERM: "xterm-256color" } });
    if (code !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  // tmux 3.3 does not always notice the end of its command.
  const code = path.join(folder, "code");
  const noting = `"$@"; echo $? >'${code}.new' && mv '${code}.new' '${code}'`;
  await tmux("new-session", "-d", "-x", String(width), "-y", String(height), "sh", "-c", noting, "sh", ...words);

  const text = async (): Promise<string> => (await tmux("capture-pane", "-p")).trimEnd();
  const look = async (format: string): Promise<string> => (await tmux("display-message", "-p", format)).trim();
  const until = async (what: string, condition: () => Promise<boolean>, milliseconds = 20_000): Promise<void> => {
    try {
      await eventually(what, condition, milliseconds);
    } catch (error) {
      throw new Error(`not within ${milliseconds / 1000} s: ${what}. The screen:\n${await text()}`, { cause: error });
    }
  };
  return {
    text,
    async shows(pattern, milliseconds) {
      await until(`the screen shows ${pattern}`, async () => pattern.test(await text()), milliseconds);
      return text();
    },
    async handsOnKeys() {
      const terminal = await look("#{pane_tty}");
      await until("the command takes keys as they are", async () => {
        const { stdout } = await runCommand("stty", ["-F", terminal, "-a"]);
        return / -icanon\b/.test(stdout);
      });
    },
    type: async (characters) => void (await tmux("send-keys", "-l", characters)),
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    resize: async (size) => void (await tmux("resize-window", "-x", String(size.width), "-y", String(size.height))),
    async exitCode(milliseconds) {
      await until("the command ends", async () => existsSync(code), milliseconds);
      return Number(await readFile(code, "utf8"));
    },
    async close() {
      await runCommand("tmux", ["-S", socket, "kill-server"]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
