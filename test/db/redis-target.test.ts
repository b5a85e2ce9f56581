import { expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import { redisTarget } from '../../src/db/redis-target.js'
import { defineConfig } from '../../src/index.js'
import { group } from '../project.js'

test.each([
  [
    'redis://h',
    { kind: 'single', nodes: [{ host: 'h', port: 6379 }], db: 0, tls: false, verified: true, place: 'h:6379' },
  ],
  ['rediss://me:a%40b:c@h:1/2', { tls: true, username: 'me', password: 'a@b:c', db: 2, place: 'h:1' }],
  ['rediss://:p@h?rejectUnauthorized=false', { password: 'p', verified: false }],
  ['valkey://[::1]:7', { nodes: [{ host: '::1', port: 7 }] }],
  ['valkeys-cluster://:p@a,b:2', { kind: 'cluster', tls: true, password: 'p', place: 'a:6379,b:2' }],
  ['redis-sentinel://a,b:2/3#m%20m', { kind: 'sentinel', master: 'm m', db: 3, place: 'a:26379,b:2' }],
])('reads %s, also from a config', (url, target) => {
  expect(redisTarget(url)).toMatchObject(target)
  const profiles = { default: { redis: url } }
  expect(parseConfig(defineConfig({ project: 'demo', groups: [group('visits')], profiles })).profiles).toEqual(profiles)
})

test.each([
  ['', 'a URL'],
  ['hunter2', 'a URL'],
  ['http://:hunter2@host', 'a URL'],
  ['redis://:hunter2@', 'host'],
  ['redis://:hunter2@a:1,b:2', 'several hosts'],
  ['redis://:hunter2@ho st', 'host'],
  ['redis://:hunter2@host:port', 'host'],
  ['redis://:hunter2@host/zero', 'a URL'],
  ['redis-sentinel://:hunter2@host/0', 'master'],
  ['redis-cluster://:hunter2@a,b/1', 'database'],
])('is no URL of a Redis: %s', (url, why) => {
  let error: any
  try {
    redisTarget(url)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2, why: expect.stringContaining(why) })
  expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('hunter2')
})
