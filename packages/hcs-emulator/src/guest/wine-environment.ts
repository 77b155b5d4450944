/**
 * All that Wine sees of our environment: nothing of the host's leaks into a container.
 * @param prefix as the container's processes have it
 */
export function wineEnvironment(prefix: string): Record<string, string> {
  return {
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    // wineboot would start services and take a second; the agent does what is needed of it. Since Wine 10 the driver for Wayland
    // writes to the error output of a program when there is no session to draw in.
    WINEDLLOVERRIDES: "wineboot.exe=;mscoree=;mshtml=;winewayland.drv=",
    HOME: prefix,
    // Wine takes the name of the Windows user from it.
    USER: "ContainerAdministrator",
    LC_ALL: "C.UTF-8",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
}
