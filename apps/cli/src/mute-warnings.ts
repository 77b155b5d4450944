/**
 * Node.js 22 warns that its SQLite is experimental. That is ours to know and nothing a user can act on; other warnings
 * are shown as ever.
 */
export function muteExperimentalWarnings(): void {
  const shown = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning" && warning.message.startsWith("SQLite")) return;
    for (const listener of shown) listener.call(process, warning);
  });
}
