/** What an invitation link contains. */
export interface Invitation {
  room: string
  invite: string
}

const FORM = /^#room=([a-z0-9-]{1,32})\.([a-z0-9-]{1,32})$/

/** Reads the invitation from an address's fragment, which is never sent to a server and so is in no log. */
export function invitationIn(fragment: string): Invitation | undefined {
  const [, room, invite] = FORM.exec(fragment) ?? []
  return room !== undefined && invite !== undefined ? { room, invite } : undefined
}

/** The address at which others join, from one of this page. */
export function linkOf(page: string, { room, invite }: Invitation): string {
  const link = new URL(page)
  link.hash = `room=${room}.${invite}`
  return link.href
}
