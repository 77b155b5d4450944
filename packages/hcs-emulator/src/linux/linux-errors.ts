import { getSystemErrorName } from "node:util";

/** The kernel's name of an error number, as `EPERM`. */
export function errorName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `error ${errno}`;
  }
}

/** What guest/linux-container.c says, with names for the numbers of errors. */
export const namedErrors = (message: string): string => message.replace(/error (\d+)/, (_, errno: string) => errorName(Number(errno)));
