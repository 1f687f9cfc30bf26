import type { RoarElementProps } from './roar-elements.ts'

export { type Mood, useFeed, useMood, usePoll, useShow, useStatus } from './hooks.ts'
export type { RoarBarProps, RoarElementProps } from './roar-elements.ts'
export { useRoar } from './use-roar.ts'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends RoarElementProps {}
  }
}
