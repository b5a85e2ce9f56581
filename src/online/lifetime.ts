/** How long a value stays online after the instant it is as of. */

const day = 86_400

/**
 * Seconds: the ttl, and a grace in which a read still says EXPIRED instead of NOT_FOUND.
 *
 * @param ttl seconds
 */
export function onlineLifetime(ttl: number): number {
  return ttl + Math.max(ttl, day)
}

/**
 * When Redis may let go of a value: milliseconds since 1970; 0: never.
 *
 * @param ttl seconds; absent: it never expires
 */
export function expiryOf(eventTimestamp: string, ttl: number | undefined): number {
  if (ttl === undefined) return 0
  // Redis refuses an instant before 1970, and every other row of the call with it.
  return Math.max(1, Math.round(Date.parse(eventTimestamp) + onlineLifetime(ttl) * 1000))
}
