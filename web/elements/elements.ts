import { RoarFeed } from './roar-feed.ts'
import { RoarSwarm } from './roar-swarm.ts'

// A page that loads the script twice keeps the first.
if (!customElements.get('roar-feed')) customElements.define('roar-feed', RoarFeed)
if (!customElements.get('roar-swarm')) customElements.define('roar-swarm', RoarSwarm)
