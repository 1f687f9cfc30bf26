import { useEffect } from 'react'

/** Sets the title of the browser's tab: among several desks it identifies the right one. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Roar Studio`
  }, [title])
}
