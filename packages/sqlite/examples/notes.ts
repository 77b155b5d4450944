import { openDatabase, transaction } from "@oriel/sqlite";

/** Opens a file of notes. Each migration takes its schema one version further. */
export function openNotes(file: string) {
  const database = openDatabase({
    op: "notes.open",
    file,
    loss: "Without it the notes are gone.",
    migrations: ["CREATE TABLE notes (text TEXT NOT NULL) STRICT", "ALTER TABLE notes ADD COLUMN author TEXT"],
  });
  return {
    /** Keeps all notes or, if one is refused, none; they are on disk when it returns. */
    add(...notes: readonly string[]): void {
      const insert = database.prepare("INSERT INTO notes (text) VALUES (?)");
      transaction(database, () => {
        for (const note of notes) insert.run(note);
      });
    },
    list: () =>
      database
        .prepare("SELECT text FROM notes ORDER BY rowid")
        .all()
        .map(({ text }) => text),
    close: () => database.close(),
  };
}
