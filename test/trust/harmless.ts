/** What no hostile text may get out, and how what is refused is refused. */
import { expect } from '@jest/globals'
import { DatabaseError } from '../../src/db/database.js'
import { FstoreError } from '../../src/errors.js'
import type { AnyStore } from '../../src/store.js'

export const secret = 'the canary sings'
/** The app may delete from it, if only it is made to. */
export const canary = `CREATE TABLE canary (secret text); INSERT INTO canary VALUES ('${secret}'); GRANT ALL ON canary TO fstore_app`

/** Nothing of the canary comes back, and what is refused is refused on purpose. */
export async function expectHarmless(give: () => unknown, where: { surface: string; text: string }): Promise<void> {
  const answer = await Promise.resolve()
    .then(give)
    .catch((error: unknown) => error)
  if (answer instanceof Error && !isRefusal(answer, where))
    throw new Error(JSON.stringify(where).slice(0, 300), { cause: answer })
  const told = answer instanceof FstoreError ? answer.toJSON() : answer
  const text = JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
  expect({ ...where, isTold: text.includes(secret) }).toEqual({ ...where, isTold: false })
}

/**
 * What types forbid, and nobody looks at before the server does, the server refuses as data. That it cannot read a
 * statement is for whoever wrote SQL to be told.
 */
function isRefusal(error: Error, { surface }: { surface: string }): boolean {
  if (error instanceof DatabaseError) return error.code.startsWith('22')
  if (error instanceof FstoreError && error.code === 'SQL_FAILED')
    return /SQL/.test(surface) || /invalid byte sequence/.test(error.message)
  return error instanceof FstoreError && error.exitCode !== 1
}

export async function as<T>(store: AnyStore, tenant: string, work: (other: AnyStore) => Promise<T>): Promise<T> {
  const other = store.forTenant(tenant)
  return work(other).finally(() => other.close())
}
