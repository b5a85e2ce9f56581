/** A project on one of the tests' databases and a Redis: built, sent, and compared with what Redis then holds. */

import { schemasOf } from '../../src/offline/feature-table.js'
import { openRedis, type Redis } from '../../src/db/redis.js'
import { parseRowName, projectKeys, rowPrefix } from '../../src/online/redis-keys.js'
import { type SyncEvent, type SyncOptions, type SyncResult, sync } from '../../src/online/sync.js'
import { type VerifyOptions, type VerifyReport, verify } from '../../src/online/verify.js'
import { Trial, type TrialOptions } from '../plan/trial.js'

export { schemasOf, openRedis, type Redis, parseRowName, projectKeys, rowPrefix, type SyncEvent, type SyncOptions, type SyncResult, sync, type VerifyOptions, type VerifyReport, verify, Trial, type TrialOptions }
