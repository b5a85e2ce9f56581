/** Rows whose values readers and writers like to get wrong. Row `i` is the same every time, so nothing need be kept. */

export interface Nasty {
  readonly key: string
  /** Microseconds since 1970. */
  readonly at: bigint
  /** A label of the spine. */
  readonly note: string | null
  /** By feature; absent where the entity has no history. */
  readonly features: Readonly<Record<keyof typeof draws, Value>> | undefined
}

export type Value = string | bigint | number | boolean | null | readonly Value[]

const texts = [
  ...[
    '',
    ' ',
    '"',
    '""',
    'a"b',
    'a,b',
    ',',
    'two\nlines',
    'cr\r\nlf',
    '\n',
    '\r',
    '\t',
    '\\',
    '\\N',
    '\\.',
    'a\n\\.\nb',
  ],
  ...[
    'NULL',
    'null',
    "o'clock",
    '{}',
    '{a,"b"}',
    '[1]',
    '{"a": 1}',
    'NaN',
    '-0',
    'é',
    'e\u0301',
    '日本語',
    '😀👩‍👩‍👧',
    '\uFEFFbom',
  ],
  ...['\u0001', '\u0002', '\u007f', '\u200b\u2028', '\uE000', '\u{10FFFF}', 'x'.repeat(3000)],
]
const integers = [0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)]
const numbers = [
  0,
  -0,
  0.1 + 0.2,
  5e-324,
  -Number.MAX_VALUE,
  1 / 3,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
]
const second = 1_000_000n
const instants = [
  0n,
  -1n,
  1n,
  123_456n,
  1_767_225_599_999_999n,
  -62_135_596_800n * second,
  253_402_300_799n * second + 999_999n,
]

type Random = (below: number) => number
type Draw = (random: Random) => Value

const one = <T>(pool: readonly T[], random: Random): T => pool[random(pool.length)] as T
const text: Draw = (random) =>
  random(2) === 0 ? one(texts, random) : `text ${random(1e6)} "${one(texts.slice(0, 20), random)}"`
const integer: Draw = (random) =>
  random(2) === 0 ? one(integers, random) : BigInt(random(2 ** 32)) * BigInt(random(2 ** 31)) - 2n ** 60n
const number: Draw = (random) =>
  random(2) === 0 ? one(numbers, random) : (random(2 ** 32) / 2 ** 32 - 0.5) * 10 ** (random(40) - 20)
const instant: Draw = (random) =>
  random(2) === 0 ? one(instants, random) : BigInt(random(2 ** 32)) * second + BigInt(random(1e6))
const orNull =
  (draw: Draw): Draw =>
  (random) =>
    random(6) === 0 ? null : draw(random)
const list =
  (draw: Draw): Draw =>
  (random) =>
    Array.from({ length: random(4) }, () => orNull(draw)(random))

const draws = {
  whole: orNull(integer),
  real: orNull(number),
  words: orNull(text),
  flag: orNull((random) => random(2) === 0),
  moment: orNull(instant),
  reals: orNull(list(number)),
  wholes: orNull(list(integer)),
  flags: orNull(list((random) => random(2) === 0)),
  phrases: orNull(list(text)),
}

export const featureNames = Object.keys(draws) as (keyof typeof draws)[]

/** Every instant of a history lies here, every spine's after it. */
export const historyAt = '2026-01-10T00:00:00Z'

export function nasty(i: number): Nasty {
  const random = randomOf(i)
  const at = 1_768_003_200n * second + BigInt(random(1e9))
  // COPY before PostgreSQL 18 ends at a line of the spine that is `\.`, even inside quotes.
  const note = orNull(text)(random) as string | null
  const key = `${one(texts.slice(0, 15), random)}${i}`
  const known = random(10) > 0
  const features = Object.fromEntries(featureNames.map((name) => [name, draws[name](random)])) as Nasty['features']
  return { key, at, note: note?.replaceAll('\n\\.\n', '\n') ?? null, features: known ? features : undefined }
}

/** Globals are slow to reach from a test. */
const { floor, imul } = Math

/** mulberry32. */
function randomOf(seed: number): Random {
  let state = imul(seed + 1, 0x9e3779b1)
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = imul(state ^ (state >>> 15), 1 | state)
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t
    return floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** As PostgreSQL reads a timestamp. */
export function instantText(micros: bigint): string {
  const fraction = ((micros % second) + second) % second
  const date = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${date}.${fraction.toString().padStart(6, '0')}Z`
}

/** What PostgreSQL and JSON print for a timestamp. */
export function microsOf(printed: string): bigint {
  const [, date, time, fraction = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::00)?$/.exec(printed) ?? []
  if (date === undefined) throw new Error(`Not a timestamp: ${printed}`)
  return BigInt(Date.parse(`${date}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}
