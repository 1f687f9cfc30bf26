import { createApiKeys } from '../../services/people/api-keys.ts'
import { createOutside } from '../../services/people/outside.ts'
import { createPasswords } from '../../services/people/passwords.ts'
import { createPeople } from '../../services/people/people.ts'
import { peopleRoutes } from '../../services/people/routes.ts'
import { createSecondFactor } from '../../services/people/second-factor.ts'
import { createSessions } from '../../services/people/sessions.ts'
import { PEOPLE_SETTINGS } from '../../services/people/settings.ts'
import { createSignIn } from '../../services/people/sign-in.ts'
import { namesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'

/** Who may call the studio: people by their sessions, and whom tokens are of. */
export const people = part({
  name: 'people',
  settings: [...namesOf(PEOPLE_SETTINGS), 'host', 'port', 'public-url', 'trust-proxy', 'limit-loopback'],
  needs: ['store', 'identity', 'directory', 'bodies'],
  serves: ['studio'],
  open({ store, identity, directory, bodies, clock, logger, config }) {
    const trustProxy = config['trust-proxy']
    const outside = createOutside({
      publicUrl: config['public-url'],
      trustProxy,
      ownUrl: `http://${config.host}:${config.port}`,
    })
    const passwords = createPasswords()
    const people = createPeople({ store: store.people, passwords, clock })
    const sessions = createSessions({
      ...{ store: store.people, identity, outside, clock },
      times: { idleMs: config['session-idle-s'] * 1000, maxMs: config['session-max-s'] * 1000 },
    })
    const secondFactor = createSecondFactor({ store: store.people, people, clock })
    const signIn = createSignIn({
      ...{ store: store.people, passwords, secondFactor, clock },
      limitLoopback: config['limit-loopback'],
    })
    const { members } = sessions
    return {
      thing: { members, ownersLink: people.ownersLink },
      routes: peopleRoutes({
        ...{ identity, bodies, directory, members },
        ...{ people, passwords, sessions, signIn, secondFactor, outside, trustProxy, clock },
        apiKeys: createApiKeys({ store: store.people, clock }),
      }),
      start() {
        void inviteFirstOwner()
      },
    }

    async function inviteFirstOwner(): Promise<void> {
      try {
        const secret = await people.ownersLink('first', 'the server')
        if (secret === undefined) return
        const link = outside.link(secret)
        logger.info(
          { link },
          'nobody can sign in to the studio yet: this link, good once and for a day, makes its owner',
        )
      } catch (err) {
        logger.warn({ err }, 'no link for the first owner could be made: roar token owner-link makes one')
      }
    }
  },
})
