/** What was found around a folder, in words; never a password. */
import { redisTarget } from '../../db/redis-target.js'
import { targetOfUrl } from '../../db/target.js'
import { visible } from '../format.js'
import type { Orm } from './orm.js'
import type { Surroundings, UrlFound } from './surroundings.js'

export function foundLines({ package: own, manager, orm, database, directUrl, redis }: Surroundings): string[] {
  return [
    ...(own === undefined ? [] : [`package.json: ${packageWords({ own, manager })}`]),
    ...(orm === undefined ? [] : [ormWords(orm)]),
    ...[database, directUrl].flatMap((url) =>
      url === undefined ? [] : [urlWords(url, (text) => targetOfUrl(text).place)],
    ),
    ...(redis === undefined ? [] : [urlWords(redis, (text) => redisTarget(text).place)]),
  ].map((line) => `Found ${line}`)
}

type Packaged = { readonly own: NonNullable<Surroundings['package']>; readonly manager: string }

function packageWords({ own, manager }: Packaged): string {
  const modules = own.isModule ? 'ES modules' : 'CommonJS'
  const name = own.name === undefined ? [] : [visible(own.name)]
  return [...name, manager, own.isTypeScript ? 'TypeScript' : 'JavaScript', modules].join(', ')
}

function ormWords({ name, file, isPostgres, variable }: Orm): string {
  const kind = isPostgres === undefined ? '' : isPostgres ? ', PostgreSQL' : ', not PostgreSQL, which fstore needs'
  return `${name}: ${file}${kind}${variable === undefined ? '' : ` by ${variable}`}`
}

function urlWords({ variable, url, from }: UrlFound, placeOf: (url: string) => string): string {
  try {
    return `${variable} in ${from}: ${placeOf(url)}`
  } catch {
    return `${variable} in ${from}, which is not a valid URL`
  }
}
