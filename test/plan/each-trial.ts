/** A trial for each test of a suite, in schemas of its own, over tables that are made once. */
import { afterEach, beforeAll, beforeEach } from '@jest/globals'
import type { Given } from '../servers/databases.js'
import { Trial } from './trial.js'

/**
 * @param begin is given the trial of the test that comes
 * @param tables SQL that makes what groups read
 */
export function eachTrial(given: Given, begin: (trial: Trial) => unknown, tables = ''): void {
  let trial: Trial
  let n = 0
  beforeAll(async () => {
    const first = new Trial({ db: given.db })
    await first.migrate()
    await first.script(`${tables}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO fstore_app`)
  })
  beforeEach(async () => {
    trial = new Trial({ db: given.db, schema: `trial${n++}` })
    await begin(trial)
  })
  afterEach(() => trial.drop())
}
