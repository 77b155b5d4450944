import { dockerfileWords, withChanges } from "@oriel/dockerfile";

/** What `docker commit` makes of an image's configuration, given the lines of its `--change`. */
export const changed = withChanges(
  { Env: ["Path=C:\\bin"], WorkingDir: "C:\\app" },
  ["ENV PATH=C:\\mine;$Path", "WORKDIR logs", 'CMD ["app.exe", "-x"]', "EXPOSE 80 53/udp"],
  "windows",
);

/** The words of a line, as a Dockerfile's instructions read them. */
export const words = dockerfileWords('"two words" $NAME C:\\new', (name) => ({ NAME: "value" })[name]);
