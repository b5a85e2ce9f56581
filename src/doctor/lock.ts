/** Who has the embedded database open. */
import { lockHolder } from '../db/lock.js'
import { ownIdentity } from '../db/process-identity.js'
import { type Found, failed, ok } from './check.js'

/** @param directory of the embedded database; its lock lies beside it */
export function checkLock(directory: string): Found {
  const holder = lockHolder(`${directory}.lock`)
  if (holder === undefined) return ok('free: no other process has the database open')
  const own = ownIdentity()
  if (holder.pid === own.pid && holder.host === own.host) return ok('held by this process')
  const where = holder.host === own.host ? '' : ` on host ${holder.host}`
  const who = `process ${holder.pid} (${holder.command})${where}`
  if (holder.givesWay) return ok(`${who} has it open, and gives way`)
  return failed(`${who} has the database open, and the rest could not be looked at`, fixFor(where !== '', directory))
}

function fixFor(isElsewhere: boolean, directory: string): string {
  return isElsewhere
    ? `Stop it; where it is gone, remove ${directory}.lock.`
    : 'Wait for it or stop it, or give fstore a server with DATABASE_URL.'
}
