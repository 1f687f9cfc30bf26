import * as v from 'valibot'
import { joinedSuspects } from '../../../engine/polls/joined-suspects.ts'
import { PLACES, SIGNS, type Sign, type Suspect } from '../../../protocol/cohorts.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, real, text, time } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

/** Cohorts in one response: those with the most quarantined ballots. */
const COHORTS_MAX = 50

const SignSchema = component<Sign>()(
  'CohortSign',
  v.object({
    sign: v.picklist(SIGNS),
    bits: v.pipe(real, v.description('How much it adds to the suspicion')),
    here: v.pipe(
      real,
      v.description(
        'Ballots of `volume`; of `regular` the variation of the gaps, as a part of their mean; of all others a share from 0 to 1',
      ),
    ),
    usual: v.pipe(
      real,
      v.description('The same elsewhere in the poll, or of people who each come for themselves'),
    ),
  }),
)

const Cohort = component<Suspect>()(
  'Cohort',
  v.object({
    cohort: v.pipe(text, v.description('What the place is called: a keyed hash, another one in each poll')),
    kind: v.pipe(
      v.picklist(PLACES),
      v.description('An IPv4 address or IPv6 /64, a network (/24, /48), a block of networks (/16, /32)'),
    ),
    ballots: v.pipe(count, v.description('Ballots from there, and those of them that are in quarantine')),
    quarantined: count,
    beyondLimit: v.pipe(count, v.description('Of these those that came faster than `network-per-second`')),
    suspicion: v.pipe(real, v.description('From 0 to 1')),
    signs: v.pipe(v.array(SignSchema), v.description('The strongest first')),
    from: time,
    to: time,
  }),
)

export const listCohorts = call({
  id: 'listPollCohorts',
  method: 'GET',
  path: '/v1/studio/shows/{show}/polls/{poll}/cohorts',
  tag: 'Studio',
  summary: 'List from where a poll’s ballots went to quarantine, and why',
  description: `The ${COHORTS_MAX} places with the most ballots in quarantine, with the signs that put them there. No address is in it, and no answer.`,
  who: 'analyst',
  answers: {
    200: answer('The places', v.array(Cohort), [
      {
        ...{ cohort: 'q83vEjRW', kind: 'address', ballots: 3920, quarantined: 3884, beyondLimit: 0 },
        suspicion: 0.93,
        signs: [
          { sign: 'instant', bits: 4, here: 0.98, usual: 0.06 },
          { sign: 'regular', bits: 3.2, here: 0.32, usual: 1 },
          { sign: 'volume', bits: 2.5, here: 3920, usual: 4 },
        ],
        ...{ from: 1_795_349_712_000, to: 1_795_349_732_000 },
      },
    ]),
  },
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext, { params: { show, poll } }) => ({
  status: 200,
  body: joinedSuspects(await store.polls.suspects(show, poll)).slice(0, COHORTS_MAX),
}))
