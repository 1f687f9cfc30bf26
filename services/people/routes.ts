import { routesOf } from '../http/call/handler.ts'
import type { Routes } from '../http/routes.ts'
import { endApiKey, listApiKeys, makeApiKey } from './calls/api-keys.ts'
import { comeBack, goToProvider, waysToSignIn } from './calls/openid.ts'
import {
  changePerson,
  getPerson,
  invitePerson,
  linkPerson,
  listPeople,
  removePerson,
  welcome,
} from './calls/people.ts'
import { currentSession, endSession, listSessions, signIn } from './calls/sessions.ts'
import { removeTotp, setTotp } from './calls/totp.ts'
import type { PeopleContext } from './context.ts'

/** Calls for signing in to the studio, and about its people. */
export const PEOPLE_CALLS = [
  waysToSignIn,
  signIn,
  goToProvider,
  comeBack,
  listSessions,
  currentSession,
  endSession,
  listPeople,
  invitePerson,
  welcome,
  getPerson,
  changePerson,
  removePerson,
  linkPerson,
  setTotp,
  removeTotp,
  listApiKeys,
  makeApiKey,
  endApiKey,
]

export const peopleRoutes = (context: PeopleContext): Routes => routesOf(PEOPLE_CALLS, context)
