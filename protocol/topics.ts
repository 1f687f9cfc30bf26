/** The PubSub topics of a show. */
export const TOPIC_ROOT = 'roar'
/** What an edge or a bridge subscribes to: every topic of every show, rooms too. Viewers are refused it. */
export const RELAY_FILTER = `${TOPIC_ROOT}/#`

/** No show has such an id. */
export const TREE_SHOW = '$tree'
/** Where an edge says to its relays that there is a root. Only edges hear it. */
export const TREE_TOPIC = `${TOPIC_ROOT}/${TREE_SHOW}/path`
/** Where deliver says which edges there are in sum, and which take viewers. Only edges hear it. */
export const FLEET_TOPIC = `${TOPIC_ROOT}/${TREE_SHOW}/edges`

/** Where deliver says which tokens are revoked, each under its mark. No show has such an id, so only edges and bridges hear it. */
export const REVOKED_PREFIX = `${TOPIC_ROOT}/$tokens/revoked/`
export const revokedTopic = (mark: string): string => `${REVOKED_PREFIX}${mark}`

/** The show a topic belongs to; undefined for a topic that is not one of a show's. */
export function showOf(topic: string): string | undefined {
  const [root, show, rest] = topic.split('/', 3)
  return root === TOPIC_ROOT && show !== '' && rest !== undefined ? show : undefined
}

export const moodTopic = (show: string, segment = ''): string =>
  segment === '' ? `${TOPIC_ROOT}/${show}/mood` : `${TOPIC_ROOT}/${show}/mood/${segment}`
export const feedTopic = (show: string): string => `${TOPIC_ROOT}/${show}/feed`
export const pollTopic = (show: string, poll: string): string => `${TOPIC_ROOT}/${show}/polls/${poll}`
/** @param channel Of the room, see `RoomDocument`. */
export const roomTopic = (show: string, channel: string): string => `${TOPIC_ROOT}/${show}/rooms/${channel}`
export const viewersTopic = (show: string): string => `${TOPIC_ROOT}/${show}/viewers`
/**
 * Where an edge reports to what is above it who watches at it and below it, and which edges there are. Not below `roar/`: whoever reads the shows there
 * does not get the reports of all edges.
 */
const REPORTS_ROOT = 'roar-viewers'
export const REPORTS_FILTER = `${REPORTS_ROOT}/+`
export const reportTopic = (edge: string): string => `${REPORTS_ROOT}/${edge}`
export const isReport = (topic: string): boolean => topic.startsWith(`${REPORTS_ROOT}/`)
export const showTopic = (show: string): string => `${TOPIC_ROOT}/${show}/show`
