import { Component, type ReactNode, Suspense } from 'react'
import { Button } from './button.tsx'
import { Loading } from './loading.tsx'

interface Props {
  /** Which screen it is: another one is a new attempt. */
  at: string
  children: ReactNode
}

interface State {
  at: string
  hasFailed: boolean
}

/**
 * A screen loaded when it is opened; if that fails it says so, and the rest of the studio keeps working. Firefox and Safari
 * remember a failed import while the page is open, and screens share files, so a retry reloads the page at the same address.
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
