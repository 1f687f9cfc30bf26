import { RoarFeed } from './roar-feed.ts'
import { RoarPoll } from './roar-poll.ts'
import { RoarStage } from './roar-stage.ts'
import { RoarSwarm } from './roar-swarm.ts'
import { define } from './tag.ts'

define('roar-feed', RoarFeed)
define('roar-poll', RoarPoll)
define('roar-stage', RoarStage)
define('roar-swarm', RoarSwarm)
