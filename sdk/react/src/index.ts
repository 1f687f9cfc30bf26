import type { RoarBarProps } from './roar-bar.ts'

export { type Mood, useFeed, useMood, usePoll, useShow, useStatus } from './hooks.ts'
export type { RoarBarProps } from './roar-bar.ts'
export { useRoar } from './use-roar.ts'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'roar-bar': RoarBarProps
    }
  }
}
