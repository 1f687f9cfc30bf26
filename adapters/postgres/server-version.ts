import { SQL } from 'bun'

/** The server's version at this address. @throws when access is denied */
export async function postgresVersion(url: string): Promise<string> {
  const database = new SQL({ url, max: 1 })
  try {
    const [row]: { server_version: string }[] = await database`SHOW server_version`
    return row!.server_version
  } finally {
    await database.close({ timeout: 0 })
  }
}
