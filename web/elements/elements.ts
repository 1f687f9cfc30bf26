import { RoarFeed } from './roar-feed.ts'
import { RoarPoll } from './roar-poll.ts'
import { RoarStage } from './roar-stage.ts'
import { RoarSwarm } from './roar-swarm.ts'
import { define } from './tag.ts'

// First, as an element on the stage holds back the others of its page from their start.
define('roar-stage', RoarStage)
define('roar-feed', RoarFeed)
define('roar-poll', RoarPoll)
define('roar-swarm', RoarSwarm)
