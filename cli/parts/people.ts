import type { Logger } from 'pino'
import { pageUrl } from '../../services/http/reachable-url.ts'
import { createApiKeys } from '../../services/people/api-keys.ts'
import { createOpenId } from '../../services/people/openid.ts'
import { createOutside } from '../../services/people/outside.ts'
import { createPasswords } from '../../services/people/passwords.ts'
import { createPeople } from '../../services/people/people.ts'
import { parseRoleRule } from '../../services/people/role-rule.ts'
import { peopleRoutes } from '../../services/people/routes.ts'
import { createSecondFactor } from '../../services/people/second-factor.ts'
import { createSessions } from '../../services/people/sessions.ts'
import { PEOPLE_SETTINGS } from '../../services/people/settings.ts'
import { createSignIn } from '../../services/people/sign-in.ts'
import { findVouched } from '../../services/people/vouched.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { namesOf, type ValuesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'

/** Who may call the studio: people by their sessions, and owners of tokens. */
export const people = part({
  name: 'people',
  settings: [
    ...namesOf(PEOPLE_SETTINGS),
    'host',
    'port',
    'tls-cert',
    'public-url',
    'trust-proxy',
    'limit-loopback',
  ],
  needs: ['store', 'identity', 'directory', 'bodies'],
  serves: ['studio'],
  check(config) {
    if ((config['oidc-issuer'] === '') !== (config['oidc-client'] === ''))
      throw new ConfigError(
        'oidc-client',
        'and oidc-issuer must both be set: the client id of this server at the provider',
      )
  },
  open({ store, identity, directory, bodies, clock, logger, config }) {
    const trustProxy = config['trust-proxy']
    let ownUrl = ''
    const outside = createOutside({
      publicUrl: config['public-url'],
      trustProxy,
      tls: config['tls-cert'] !== '',
      ownUrl: () => ownUrl,
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
    const openId = openIdOf(config, logger)
    const vouched = openId && findVouched({ store: store.people, people, roles: openId.roles, clock })
    return {
      thing: { members, ownersLink: people.ownersLink },
      routes: peopleRoutes({
        ...{ identity, bodies, directory, members },
        ...{ people, passwords, sessions, signIn, secondFactor, outside, trustProxy, clock },
        ...(openId && vouched && { openId, vouched }),
        apiKeys: createApiKeys({ store: store.people, clock }),
      }),
      start({ url }: { url: string }) {
        ownUrl = pageUrl(url)
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
          'nobody can sign in to the studio yet: open this link, which works once within a day, to create the first owner',
        )
      } catch (err) {
        logger.warn({ err }, 'no link for the first owner could be created: run roar token owner-link')
      }
    }
  },
})

const openIdOf = (config: ValuesOf<typeof PEOPLE_SETTINGS>, logger: Logger) =>
  config['oidc-issuer'] === ''
    ? undefined
    : createOpenId(
        {
          issuer: config['oidc-issuer'],
          client: config['oidc-client'],
          secret: config['oidc-secret'],
          scope: config['oidc-scope'],
          roles: config['oidc-roles'].map((rule) => parseRoleRule(rule)!),
        },
        logger,
      )
