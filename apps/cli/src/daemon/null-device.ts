import { access, constants } from "node:fs/promises";
import { FailedPreconditionError } from "@oriel/contracts";

/**
 * Programs are started with the null device for what they do not use. Where this account may not use it, each start would
 * fail as if the program itself could not be run.
 *
 * @throws FailedPreconditionError with the command that mends it
 */
export async function checkNullDevice(file = "/dev/null"): Promise<void> {
  if (process.platform === "win32") return;
  try {
    await access(file, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new FailedPreconditionError(`${file} cannot be read and written by this account, and no program can be started without it`, {
      op: "daemon.start",
      resource: file,
      remedy: `as root: rm -f ${file}; mknod -m 666 ${file} c 1 3`,
      cause,
    });
  }
}
