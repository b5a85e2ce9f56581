/** A database as Feast's settings name it. */
export function partsOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  return { host: hostname, port, database: pathname.slice(1), user: username, password: `"${password}"` }
}
