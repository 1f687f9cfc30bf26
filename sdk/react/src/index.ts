import type { RoarElementProps } from './roar-elements.ts'

export { useFeed, useMood, usePoll, useShow, useStatus } from './hooks.ts'
export type { Mood } from './newest.ts'
export type { RoarBarProps, RoarElementProps } from './roar-elements.ts'
export { useRoar } from './use-roar.ts'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends RoarElementProps {}
  }
}
