import { type PollKind, type Visibility, VOTERS_MEAN, type Voters } from '../../../protocol/polls.ts'

interface Option<Id> {
  id: Id
  title: string
  about: string
}

export const TEMPLATES = [
  { id: 'empty', title: 'Choices of your own', about: 'Two or more' },
  { id: 'sides', title: 'The sides of the show', about: 'Who wins, whose side are you on' },
  { id: 'yes-no', title: 'Yes or no', about: 'Two choices' },
] as const
export const KINDS: Option<PollKind>[] = [
  { id: 'one', title: 'One choice', about: 'Each viewer chooses one' },
  { id: 'several', title: 'Several choices', about: 'Each viewer chooses up to so many' },
  { id: 'points', title: 'Points', about: 'Each viewer splits points over the choices' },
]
export const VOTERS: Option<Voters>[] = [
  { id: 'guests', title: 'Everybody', about: VOTERS_MEAN.guests },
  { id: 'signed-in', title: 'Who signed in', about: VOTERS_MEAN['signed-in'] },
  { id: 'verified', title: 'Verified people', about: VOTERS_MEAN.verified },
]
export const VISIBILITIES: Option<Visibility>[] = [
  { id: 'closed', title: 'Once it is closed', about: 'Nobody sees how the others vote' },
  { id: 'live', title: 'Live', about: 'Everybody, while it is open' },
  { id: 'voted', title: 'After voting', about: 'Each viewer once they have voted' },
  { id: 'revealed', title: 'When you reveal it', about: 'Nobody before that' },
]
