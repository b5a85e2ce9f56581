import { type Found, failed, ok, warning } from './check.js'

/** Beyond this what an application stamps itself may come too far ahead of the database to be taken. */
const mostMs = 60_000
const noticeableMs = 1_000

/**
 * @param asked milliseconds since 1970 by this machine, before and after the other was asked
 * @param theirs what the other said
 */
export function clockSkew(asked: readonly [before: number, after: number], theirs: number): Found {
  const [before, after] = asked
  // Its answer lies between the two; only what is beyond them is skew.
  const ahead = theirs > after ? theirs - after : theirs < before ? theirs - before : 0
  const size = Math.abs(ahead)
  const words = `${(size / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`
  const fix = 'Let both machines keep their clocks by NTP.'
  if (size <= noticeableMs) return ok("its clock agrees with this machine's")
  return size > mostMs ? failed(`its clock is ${words}`, fix) : warning(`its clock is ${words}`, fix)
}
