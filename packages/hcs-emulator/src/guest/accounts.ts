/** The accounts that every Windows image has. On this host all programs run as one user; only the name differs. */
const accounts = ["ContainerAdministrator", "ContainerUser"] as const;

/** Returns the account that a process runs as where `User` of its document is this: the administrator for what is not known. */
export function accountOf(user: string): string {
  const name = user.replace(/^User Manager\\/i, "").toLowerCase();
  return accounts.find((account) => account.toLowerCase() === name) ?? accounts[0];
}
