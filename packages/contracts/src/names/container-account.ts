/** The accounts that every Windows image has. */
const accounts = ["ContainerAdministrator", "ContainerUser"] as const;

export type ContainerAccount = (typeof accounts)[number];

/** Returns the account that `User` of a container names, if it is one that every Windows image has. Such names have no case. */
export function containerAccountOf(user: string): ContainerAccount | undefined {
  const name = user.replace(/^User Manager\\/i, "").toLowerCase();
  return accounts.find((account) => account.toLowerCase() === name);
}
