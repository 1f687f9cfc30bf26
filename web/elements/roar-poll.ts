import { GuestIdentity } from '../guest/guest-identity.ts'
import { keep, kept } from '../page/keep.ts'
import { PollEntry } from '../poll/poll-entry.ts'
import { frameCss } from './frame.ts'
import { ListeningElement } from './listening-element.ts'
import { box, type Stay, sheetOf } from './roar-element.ts'
import type { Shared } from './shared-client.ts'

const sheet = sheetOf(frameCss)

/**
 * `<roar-poll url show>`: the show's polls as on its own page: vote, change, the receipt and its check, the result. Its height is
 * 0 while there is none.
 *
 * Events, both bubbling: `roar-vote` with `detail.poll`, once the server has the vote, and `roar-poll` with the poll's packet.
 */
export class RoarPoll extends ListeningElement {
  constructor() {
    super(sheet)
  }

  protected present(stay: Stay, shared: Shared): void {
    const { frame, url, show, words, signal, onSpeak } = stay
    const { client, serverNow } = shared
    const host = box('poll', 'poll-host')
    frame.append(host)
    // One voter per server: its token is valid for no other. Not in a cookie, which would be sent to this page's server.
    const voter = new GuestIdentity({ ...{ url, kept, keep }, key: `voter.${url}` })
    const polls = new PollEntry({
      ...{ host, url, show, words, serverNow, kept, keep, token: voter.token },
      become: () => voter.become(''),
      onCounted: (poll) => this.tell('roar-vote', { poll }),
    })
    polls.follow(client, () => !signal.aborted)
    onSpeak(() => polls.speak())
    client.on('poll', (packet) => this.tell('roar-poll', packet), { signal })
    signal.addEventListener('abort', () => polls.close())
  }
}
