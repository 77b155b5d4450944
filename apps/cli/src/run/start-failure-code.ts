/**
 * The exit code for a container that could not be run: 127 for a program that is not there, 126 for one that may not be
 * run, 125 otherwise. The gateway words its answers so that docker's own search finds them, and so does this one.
 */
export function startFailureCode(error: unknown): 125 | 126 | 127 {
  const message = error instanceof Error ? error.message.toLowerCase() : "";
  if (/executable file not found|no such file or directory|cannot find the file specified/.test(message)) return 127;
  if (/permission denied|is a directory/.test(message) && !message.startsWith("cannot reach")) return 126;
  return 125;
}
