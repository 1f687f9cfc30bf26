/** The PubSub topics of a show. */
export const TOPIC_ROOT = 'roar'
/** What an edge or a bridge subscribes to: every topic of every show, rooms too. Viewers are refused it. */
export const RELAY_FILTER = `${TOPIC_ROOT}/#`

export const moodTopic = (show: string, segment = ''): string =>
  segment === '' ? `${TOPIC_ROOT}/${show}/mood` : `${TOPIC_ROOT}/${show}/mood/${segment}`
export const feedTopic = (show: string): string => `${TOPIC_ROOT}/${show}/feed`
export const pollTopic = (show: string, poll: string): string => `${TOPIC_ROOT}/${show}/polls/${poll}`
export const showTopic = (show: string): string => `${TOPIC_ROOT}/${show}/show`
