import { existsSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./command.ts";
import { eventually } from "./host.ts";

/** Why no program can be given a terminal here; undefined where one can. */
export function whyNoTerminal(): string | undefined {
  const found = (process.env.PATH ?? "").split(path.delimiter).some((folder) => existsSync(path.join(folder, "tmux")));
  return found ? undefined : "tmux is not installed";
}

/** A program in a terminal, as a person has it: keys go in, and what is on the screen is read. */
export interface Terminal {
  /** Names of keys as tmux has them (`Enter`, `C-c`), or text. */
  press(...keys: readonly string[]): Promise<void>;
  /** Text as it is. */
  type(text: string): Promise<void>;
  screen(): Promise<string>;
  /** Waits until the screen has a match. */
  shows(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  close(): Promise<void>;
}

export interface TerminalOptions {
  /** Folder for the socket. */
  readonly folder: string;
  readonly columns: number;
  readonly rows: number;
}

export async function openTerminal(words: readonly string[], { folder, columns, rows }: TerminalOptions): Promise<Terminal> {
  const socket = path.join(folder, `tmux-${Math.random().toString(36).slice(2)}`);
  const tmux = async (...command: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand("tmux", ["-S", socket, "-f", "/dev/null", ...command]);
    if (code !== 0) throw new Error(`tmux ${command.join(" ")}: ${stderr}`);
    return stdout;
  };
  // The pane outlives its program, so that its last words can be read.
  const program = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux("new-session", "-d", ...size, `${program}; echo "[ended with $?]"; sleep 600`, ";", "set-option", "-g", "status", "off");
  const screen = (): Promise<string> => tmux("capture-pane", "-p");
  return {
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    type: async (text) => void (await tmux("send-keys", "-l", text)),
    screen,
    shows: async (pattern) => {
      let seen = "";
      const matches = async (): Promise<boolean> => {
        seen = await screen();
        return pattern.test(seen);
      };
      await eventually(`the screen shows ${pattern}`, matches, 30_000).catch((error: Error) => {
        throw new Error(`${error.message}; it shows:\n${seen}`);
      });
      return seen;
    },
    resize: async (width, height) => void (await tmux("resize-window", "-x", String(width), "-y", String(height))),
    close: async () => void (await tmux("kill-server")),
  };
}
