/** Values as an application gives them: read, or refused with what would be right, and never with the value itself. */

import { expect, test } from '@jest/globals'
import { exactValue } from '../../src/offline/pushed-value.js'

type Typed = Parameters<typeof exactValue>[0]
const int: Typed = { dataType: 'int64' }
const big: Typed = { dataType: 'int64', as: 'bigint' }
const float: Typed = { dataType: 'float64' }
const string: Typed = { dataType: 'string' }
const bool: Typed = { dataType: 'bool' }
const timestamp: Typed = { dataType: 'timestamp' }
const integers: Typed = { dataType: 'array', element: 'int64' }
const texts: Typed = { dataType: 'array', element: 'string' }
const vector: Typed = { dataType: 'embedding', dimension: 2 }

test.each<[Typed, unknown, unknown]>([
  [int, null, null],
  [int, -1, '-1'],
  [int, 2 ** 53 - 1, '9007199254740991'],
  [int, 5n, '5'],
  [big, 2n ** 63n - 1n, '9223372036854775807'],
  [big, '-9223372036854775808', '-9223372036854775808'],
  [big, 7, '7'],
  [float, 0.1, 0.1],
  [float, -0, '-0'],
  [float, Number.NaN, 'NaN'],
  [float, -Infinity, '-Infinity'],
  [float, 'Infinity', 'Infinity'],
  [string, 'ü😀', 'ü😀'],
  [bool, false, false],
  [timestamp, new Date(0), '1970-01-01T00:00:00Z'],
  [timestamp, '2026-03-01T01:00:00.123456+01:00', '2026-03-01T00:00:00.123456Z'],
  [integers, [1, null, 3n], ['1', null, '3']],
  [integers, [], []],
  [texts, ['a', null], ['a', null]],
  [vector, [-0, 0.1], [0, Math.fround(0.1)]],
  [vector, new Float32Array([1, 2]), [1, 2]],
])('%j takes a value', (feature, value, expected) => {
  expect(exactValue(feature, value)).toEqual({ value: expected })
})

const beyond = "is beyond 2^53, which a number cannot hold; declare the feature as int64({ as: 'bigint' })"

test.each<[Typed, unknown, string]>([
  [int, '1', 'is text, and must be a whole number'],
  [int, 1.5, 'is a number, and must be a whole number'],
  [int, Number.NaN, 'is a number, and must be a whole number'],
  [int, 2 ** 53, beyond],
  [int, 2n ** 60n, beyond],
  [big, 2 ** 53, 'is a number, and must be a bigint or the text of one'],
  [big, 2n ** 63n, 'does not fit in 64 bits'],
  [big, '9223372036854775808', 'does not fit in 64 bits'],
  [big, '1e3', 'is text, and must be a bigint or the text of one'],
  [float, '0.1', 'is text, and must be a number'],
  [float, 1n, 'is a bigint, and must be a number'],
  [string, 1, 'is a number, and must be text'],
  [string, 'a\0b', 'holds a zero byte, which PostgreSQL cannot keep'],
  [string, 'a\ud800', 'holds half of a surrogate pair, which is no text'],
  [bool, 1, 'is a number, and must be true or false'],
  [timestamp, 0, 'is a number, and must be a Date or the text of a timestamp'],
  [timestamp, '2026-03-01T00:00:00', 'is no timestamp with a time zone in the years 1 to 9999'],
  [timestamp, new Date(Number.NaN), 'is no timestamp with a time zone in the years 1 to 9999'],
  [integers, 1, 'is a number, and must be a list'],
  [integers, [1, [2]], 'has an element, [1], that is a list, and must be a whole number'],
  [integers, [2 ** 53], `has an element, [0], that ${beyond}`],
  [texts, [undefined], 'has an element, [0], that is undefined, and must be text'],
  [vector, [1], 'has 1 dimensions, and must have 2'],
  [vector, [1, 1e39], 'has an element, [1], that is no finite number of 32 bits'],
  [vector, '[1,2]', 'is text, and must be a list or Float32Array'],
  [string, { a: 1 }, 'is an object, and must be text'],
])('%j refuses a value', (feature, value, wrong) => {
  expect(exactValue(feature, value)).toEqual({ wrong })
})
