/** What a link lets its reader into. */
export interface Invitation {
  room: string
  invite: string
}

const FORM = /^#room=([a-z0-9-]{1,32})\.([a-z0-9-]{1,32})$/

/** The invitation in an address's fragment, which no server and no log of one ever sees. */
export function invitationIn(fragment: string): Invitation | undefined {
  const [, room, invite] = FORM.exec(fragment) ?? []
  return room !== undefined && invite !== undefined ? { room, invite } : undefined
}

/** The address at which others join, given one of this page. */
export function linkOf(page: string, { room, invite }: Invitation): string {
  const link = new URL(page)
  link.hash = `room=${room}.${invite}`
  return link.href
}
