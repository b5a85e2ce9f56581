/** A command line that may be kept: no password, no token, and not whom `erase` removed. */

/** Replaces what is secret in a text. */
export type Mask = (text: string) => string

export const hidden = '***'
/** Variables that hold secrets are known by their names. */
const secretName = /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|API_?KEY/i
/** Shorter ones are words that stand in any text. */
const shortest = 6

/** @param urls whose passwords are secret too */
export function maskOf(env: Readonly<Record<string, string | undefined>>, urls: readonly string[]): Mask {
  const named = Object.entries(env).flatMap(([name, value]) => (value && secretName.test(name) ? [value] : []))
  const secrets = [...new Set([...named, ...urls.flatMap(passwords)])].filter(({ length }) => length >= shortest)
  const longestFirst = secrets.sort((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((masked, secret) => masked.replaceAll(secret, hidden), withoutLogins(text))
}

/** `postgres://me:secret@host` and `host=h password=secret`, of whatever database. */
function withoutLogins(text: string): string {
  return text
    .replace(/(\w:\/\/[^\s:/@]*:)\S+@/g, `$1${hidden}@`)
    .replace(/(password\s*=\s*)('[^']*'|[^\s&]+)/gi, `$1${hidden}`)
}

/** To the first `@`, and where one is not encoded to the last. */
const written = [/^[\w+-]+:\/\/[^:@/]*:([^@]+)@/, /^[\w+-]+:\/\/[^:@/]*:(.+)@/]

/** As written, and decoded. */
function passwords(url: string): string[] {
  return written.flatMap((pattern) => {
    const password = pattern.exec(url)?.[1]
    if (password === undefined) return []
    try {
      return [password, decodeURIComponent(password)]
    } catch {
      return [password]
    }
  })
}

/** The words after `fstore`. */
export function keptWords(command: string, words: readonly string[], mask: Mask): string[] {
  // Whose data is gone is not to stay here.
  if (command === 'erase') return ['erase', hidden]
  return words.map(mask)
}
