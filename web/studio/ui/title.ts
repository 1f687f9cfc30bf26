import { useEffect } from 'react'

/** What the browser's tab is called: of several desks one finds the right one by it. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Roar Studio`
  }, [title])
}
