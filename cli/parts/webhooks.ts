import { startDeliveries } from '../../services/webhooks/deliver.ts'
import { post } from '../../services/webhooks/post.ts'
import { webhookRoutes } from '../../services/webhooks/routes.ts'
import { WEBHOOK_SETTINGS } from '../../services/webhooks/settings.ts'
import { namesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'
import { gauge } from '../metrics.ts'

/** Sends events to other people's servers. Without the store it waits, and nothing else waits for it. */
export const webhooks = part({
  name: 'webhooks',
  settings: namesOf(WEBHOOK_SETTINGS),
  needs: ['store', 'log-clock', 'directory', 'identity', 'people', 'bodies'],
  reports: true,
  open({ store, directory, identity, people, bodies, 'log-clock': clock, config, logger, health }) {
    const allowsPrivate = config['webhooks-private']
    const deliveries = startDeliveries({
      ...{ store: store.webhooks, directory, clock, logger, health },
      history: (show, range) => store.history(show, range),
      post: (given, signal) => post(given, { allowsPrivate, signal }),
    })
    return {
      thing: undefined,
      routes: webhookRoutes({
        ...{ store: store.webhooks, directory, identity, bodies, clock, allowsPrivate },
        members: people.members,
      }),
      metrics: [
        gauge(
          'webhook_deliveries_waiting',
          'Deliveries of webhooks that have not arrived yet, of all processes',
          () => deliveries.waiting(),
        ),
      ],
      drain: () => deliveries.close(),
    }
  },
})
