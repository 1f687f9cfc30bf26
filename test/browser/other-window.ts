/** A window of a browser that is driven by scripts alone: what every driver can do. */
export interface OtherWindow {
  open(url: string): Promise<void>
  /** Runs a function body in the page, and resolves to what it returns. */
  run(script: string): Promise<unknown>
  close(): Promise<void>
}
