import { routesOf } from '../http/call/handler.ts'
import type { Routes } from '../http/routes.ts'
import { getAudit, getShowAudit } from './calls/audit.ts'
import { changePoll } from './calls/change-poll.ts'
import { createPoll } from './calls/create-poll.ts'
import { exportCsv, exportJson, exportParquet } from './calls/export.ts'
import { getStudioPoll } from './calls/get-poll.ts'
import { getShowHealth } from './calls/health.ts'
import { listHeldPosts } from './calls/held-posts.ts'
import { listPolls } from './calls/list-polls.ts'
import { deletePost, muteShowViewer, releaseShowPost, unmuteShowViewer } from './calls/moderation.ts'
import { createPack, deleteSticker, listPacks, putSticker } from './calls/packs.ts'
import { pinPost, unpinPost } from './calls/pin.ts'
import { listCohorts } from './calls/poll-cohorts.ts'
import { POLL_STEPS } from './calls/poll-steps.ts'
import { sayPresence } from './calls/presence.ts'
import { getRecording } from './calls/recording.ts'
import { REHEARSAL_CALLS } from './calls/rehearsal.ts'
import { REQUEST_CALLS } from './calls/requests.ts'
import { revokeKey } from './calls/revoke-key.ts'
import { revokeToken } from './calls/revoke-token.ts'
import { rotateKey } from './calls/rotate-key.ts'
import {
  changeShow,
  createShow,
  getStudioShow,
  listShows,
  SHOW_STEPS,
  switchesOfShow,
} from './calls/shows.ts'
import { getTimeline } from './calls/timeline.ts'
import { wipeShow } from './calls/wipe-show.ts'
import { putWordList } from './calls/word-lists.ts'
import type { StudioContext } from './context.ts'

/** Producers' calls. Each needs a producer's token, and each change is in the audit trail. */
export const STUDIO_CALLS = [
  listPolls,
  createPoll,
  getStudioPoll,
  listCohorts,
  changePoll,
  ...POLL_STEPS,
  sayPresence,
  ...REQUEST_CALLS,
  listShows,
  createShow,
  getStudioShow,
  changeShow,
  switchesOfShow,
  ...SHOW_STEPS,
  wipeShow,
  ...REHEARSAL_CALLS,
  listPacks,
  createPack,
  putSticker,
  deleteSticker,
  listHeldPosts,
  putWordList,
  pinPost,
  unpinPost,
  deletePost,
  muteShowViewer,
  releaseShowPost,
  unmuteShowViewer,
  getTimeline,
  getShowHealth,
  exportCsv,
  exportJson,
  exportParquet,
  getRecording,
  getShowAudit,
  getAudit,
  rotateKey,
  revokeKey,
  revokeToken,
]

export const studioRoutes = (context: StudioContext): Routes => routesOf(STUDIO_CALLS, context)
