/**
 * Takes a command line apart as the Microsoft C runtime does since 2008 (`argv` of `main`, `wmain`).
 *
 * - The first word ends at a space or tab outside quotes; its quotes are dropped, its backslashes are plain.
 * - Words after it are separated by spaces and tabs. 2n backslashes before a quote are n backslashes, and the quote opens
 *   or closes; 2n+1 are n backslashes and a plain quote. Other backslashes are plain.
 * - `""` inside quotes is a plain quote, and the quotes stay open.
 *
 * `CommandLineToArgvW` differs: see {@link parseCommandLineAsShell}.
 * @see https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function parseCommandLine(line: string): string[] {
  const [program, rest] = readProgram(line);
  return [program, ...readArguments(line, rest, true)];
}

/**
 * Takes a command line apart as `CommandLineToArgvW` does, where that differs from the C runtime:
 *
 * - A first word that begins with a quote ends at the next quote, white space or not; another ends at the first character
 *   up to and including the space, so also at a line feed, and keeps its quotes.
 * - `""` inside quotes is a plain quote, and the quotes close.
 *
 * Lines made by `buildCommandLine` mean the same to both.
 * @see https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */
export function parseCommandLineAsShell(line: string): string[] {
  if (line.startsWith('"')) {
    const close = line.indexOf('"', 1);
    const end = close === -1 ? line.length : close;
    return [line.slice(1, end), ...readArguments(line, end + 1, false)];
  }
  let end = 0;
  while (end < line.length && line.charCodeAt(end) > 0x20) end += 1;
  return [line.slice(0, end), ...readArguments(line, end + 1, false)];
}

function readProgram(line: string): [program: string, rest: number] {
  let program = "";
  let quoted = false;
  let at = 0;
  for (; at < line.length; at += 1) {
    const unit = line.charAt(at);
    if (unit === '"') quoted = !quoted;
    else if (!quoted && isBlank(unit)) break;
    else program += unit;
  }
  return [program, at];
}

function readArguments(line: string, from: number, staysOpen: boolean): string[] {
  const found: string[] = [];
  let at = from;
  for (;;) {
    while (at < line.length && isBlank(line.charAt(at))) at += 1;
    if (at >= line.length) return found;
    let word = "";
    let quoted = false;
    while (at < line.length) {
      const start = at;
      while (line.charAt(at) === "\\") at += 1;
      const backslashes = at - start;
      const unit = line.charAt(at);
      if (unit !== '"') {
        word += "\\".repeat(backslashes);
        if (unit === "" || (!quoted && isBlank(unit))) break;
        word += unit;
        at += 1;
        continue;
      }
      word += "\\".repeat(backslashes >> 1);
      if (backslashes % 2 === 1) {
        word += unit;
      } else if (quoted && line.charAt(at + 1) === '"') {
        word += unit;
        at += 1;
        quoted = staysOpen;
      } else {
        quoted = !quoted;
      }
      at += 1;
    }
    found.push(word);
  }
}

function isBlank(unit: string): boolean {
  return unit === " " || unit === "\t";
}
