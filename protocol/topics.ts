/** The PubSub topics of a show. */
export const TOPIC_ROOT = 'roar'
/** What an edge or a bridge subscribes to: every topic of every show, also rooms. Refused to viewers. */
export const RELAY_FILTER = `${TOPIC_ROOT}/#`

/** Cannot be a show's id. */
export const TREE_SHOW = '$tree'
/** Where an edge publishes to its relays that there is a root. For edges only. */
export const TREE_TOPIC = `${TOPIC_ROOT}/${TREE_SHOW}/path`
/** Where deliver publishes the sum of all edges, and which of them accept viewers. For edges only. */
export const FLEET_TOPIC = `${TOPIC_ROOT}/${TREE_SHOW}/edges`

/**
 * Where deliver publishes revoked tokens, each under its mark. It cannot be a show's id, so only edges and bridges receive it.
 */
export const REVOKED_PREFIX = `${TOPIC_ROOT}/$tokens/revoked/`
export const revokedTopic = (mark: string): string => `${REVOKED_PREFIX}${mark}`

/** What may follow `roar/{show}/` in a viewer's filter, with MQTT's wildcards: the topics that a show can have. */
export const TOPIC = /^(#|feed|show|(\+|mood|polls|rooms|viewers)(\/[#+a-z0-9-]+)?)$/

/** The show of a topic; undefined for a topic of no show. */
export function showOf(topic: string): string | undefined {
  const [root, show, rest] = topic.split('/', 3)
  return root === TOPIC_ROOT && show !== '' && rest !== undefined ? show : undefined
}

export const moodTopic = (show: string, segment = ''): string =>
  segment === '' ? `${TOPIC_ROOT}/${show}/mood` : `${TOPIC_ROOT}/${show}/mood/${segment}`
export const feedTopic = (show: string): string => `${TOPIC_ROOT}/${show}/feed`
export const pollTopic = (show: string, poll: string): string => `${TOPIC_ROOT}/${show}/polls/${poll}`
/** @param channel The room's, see `RoomDocument`. */
export const roomTopic = (show: string, channel: string): string => `${TOPIC_ROOT}/${show}/rooms/${channel}`
export const viewersTopic = (show: string): string => `${TOPIC_ROOT}/${show}/viewers`
/**
 * Where an edge reports to the node above it its own viewers and those below it, and which edges there are. Outside `roar/`, so
 * that subscribers of shows do not get the reports of all edges.
 */
const REPORTS_ROOT = 'roar-viewers'
export const REPORTS_FILTER = `${REPORTS_ROOT}/+`
export const reportTopic = (edge: string): string => `${REPORTS_ROOT}/${edge}`
export const isReport = (topic: string): boolean => topic.startsWith(`${REPORTS_ROOT}/`)
export const showTopic = (show: string): string => `${TOPIC_ROOT}/${show}/show`
