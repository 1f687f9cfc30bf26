import { Component, type ReactNode, Suspense } from 'react'
import { Button } from './button.tsx'
import { Loading } from './loading.tsx'

interface Props {
  /** Which screen it is: another one is tried anew. */
  at: string
  children: ReactNode
}

interface State {
  at: string
  hasFailed: boolean
}

/**
 * A screen that is loaded when it is opened; one that cannot be shown says so, and the rest of the studio goes on. Firefox and
 * Safari remember a failed import for as long as the page is open, and screens share their files: so the next try is a new page
 * at the same address.
 */
export class LateScreen extends Component<Props, State> {
  override state: State = { at: this.props.at, hasFailed: false }

  static getDerivedStateFromProps({ at }: Props, before: State): State | null {
    return at === before.at ? null : { at, hasFailed: false }
  }

  static getDerivedStateFromError(): Partial<State> {
    return { hasFailed: true }
  }

  override render(): ReactNode {
    if (this.state.hasFailed)
      return (
        <div className="page">
          <p className="fault" role="alert">
            This screen cannot be shown.
          </p>
          <Button onPress={() => location.reload()}>Load it again</Button>
        </div>
      )
    return <Suspense fallback={<Loading />}>{this.props.children}</Suspense>
  }
}
