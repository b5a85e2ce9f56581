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
