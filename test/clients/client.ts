import { client } from './generated/client.gen.ts'
import { createPoll, getMood } from './generated/sdk.gen.ts'
import type { NewPoll } from './generated/types.gen.ts'

const { ROAR_URL, ROAR_TOKEN, ROAR_POLL = '', ROAR_OPENS } = process.env
client.setConfig({ baseUrl: ROAR_URL ?? '', auth: ROAR_TOKEN ?? '' })

const mood = await getMood({ path: { show: 'final' }, throwOnError: true })
const body: NewPoll = {
  poll: ROAR_POLL,
  question: 'Who was the best?',
  choices: [
    { choice: 'anna', title: 'Anna' },
    { choice: 'ben', title: 'Ben' },
  ],
  opens: Number(ROAR_OPENS),
}
const poll = await createPoll({ path: { show: 'final' }, body, throwOnError: true })
console.log(mood.data.at, mood.data.total, mood.data.top[0]?.[0], poll.data.state, poll.data.opens)
