/** Texts that would do harm, or at least surprise, wherever they became part of a statement, a name, or a path. */

/** What both of fstore's roles may do. */
const harm = 'DELETE FROM canary'
const ways = (sql: string) => [
  `'; ${sql}; --`,
  `"; ${sql}; --`,
  `'); ${sql}; --`,
  `")); ${sql}; --`,
  `\\'; ${sql}; --`,
  `$$; ${sql}; $$`,
  `1; ${sql}`,
  `1) AS source; ${sql}; --`,
  `*/ ${sql}; /*`,
  `\n; ${sql};\n--`,
]

export const hostile: readonly string[] = [
  ...ways(harm),
  ...["'", "''", '"', '""', '\\', "\\'", '$1', '$$', ':tenant_id', '::text', '--', '/*', ';', '%', '%s', '_', '?'],
  ...['{}', '{a}:b@c%', '}:x@000000000000', '*', "' OR true --", "' UNION SELECT secret FROM canary --"],
  ...['" FROM canary --', 'U&"\\0064"', "E'\\x27'", 'spent.amount, (SELECT secret FROM canary)'],
  ...['../../../../etc/passwd', '/etc/passwd', 'C:\\x', '-o', '--config=/etc/passwd'],
  ...[
    '\0',
    "a\0'; DROP TABLE canary; --",
    '\ud800',
    '＇； DROP TABLE canary; －－',
    'ʼ; DROP TABLE canary',
    '\u202e',
    '\r\n',
  ],
  ...['__proto__', 'constructor', 'toString', 'null', 'NaN', '', ' ', 'x'.repeat(70), "'".repeat(9_000)],
]
