import path from "node:path";

/**
 * The target of a Windows link as a link of the host, relative to the link's own folder: an absolute `C:\x` starts at
 * the container's root, and no number of `..` leads out of it. Targets on other drives and servers, devices and an empty
 * target lead nowhere: no file of a layer has a colon in its name.
 *
 * @param target as Windows has it
 * @param link the link's own name below the container's root, with `/`
 */
export function hostLinkTarget(target: string, link: string): string {
  if (target === "") return ":";
  // The object manager's own form, which some tools write where a user would type the rest.
  const unix = target.replaceAll("\\", "/").replace(/^\/\?\?\//, "//?/");
  const folder = path.posix.dirname(`/${link}`);
  const drive = /^(?:\/\/\?\/)?([A-Za-z]):(.*)$/.exec(unix);
  if (drive !== null && drive[1]?.toUpperCase() !== "C") return `${drive[1]?.toUpperCase()}:${drive[2]}`;
  if (unix.startsWith("//?/") && drive === null) return `:${unix.slice(3)}`;
  if (unix.startsWith("//") && drive === null) return `unc${unix.slice(1)}`;
  // Resolving from "/" swallows any ".." too many.
  const inside = path.posix.resolve(folder, drive === null ? unix : `/${drive[2]}`);
  return path.posix.relative(folder, inside) || ".";
}
