import { hashOf, newSecret } from '../../services/people/secrets.ts'
import type { TestRoar } from '../embedded.ts'

/** The cookie of a browser whose user signed in this long ago. */
export async function leftSession(roar: TestRoar, person: string, agoMs: number): Promise<string> {
  const [secret, now] = [newSecret(), Date.now()]
  const made = now - agoMs
  const session = {
    id: crypto.randomUUID(),
    hash: hashOf(secret),
    person,
    agent: 'a laptop',
    made,
    used: now,
  }
  const { people } = roar.things.store!
  await people.write({ adds: { kind: 'session', ...session, ends: now + 3_600_000 } }, now)
  return secret
}
