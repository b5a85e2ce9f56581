import { FstoreError } from '../../errors.js'
import { isKind, marker } from '../marker.js'
import { show } from './report.js'

/** Why a value is not a config, with the change that would make it one. */
export function unlikeConfig(value: unknown): FstoreError {
  const { message, fix } = diagnose(value)
  return new FstoreError('CONFIG_INVALID', message, { fix })
}

function diagnose(value: unknown): { message: string; fix: string } {
  const fix = 'End the file with export default defineConfig({ … })'
  if (value === undefined || value === null) return { message: 'The config file has no default export.', fix }
  if (typeof value === 'function') {
    return { message: 'The default export is a function, not a config.', fix: 'Call it: export default name()' }
  }
  if (typeof value !== 'object') return { message: `The default export is ${show(value)}, not a config.`, fix }
  if (typeof (value as { then?: unknown }).then === 'function') {
    return { message: 'The default export is a promise, not a config.', fix: 'Await it: export default await …' }
  }
  const kind = (value as { [marker]?: unknown })[marker]
  if (kind !== undefined) return { message: `The default export is of kind ${String(kind)}, not a config.`, fix }
  const named = Object.entries(value).find(([, member]) => isKind(member, 'config'))
  if (named) {
    const message = `The config is exported as "${named[0]}", not as the default.`
    return { message, fix: `Add the line: export default ${named[0]}` }
  }
  if ('project' in value || 'groups' in value) {
    return {
      message: 'The default export was not made by defineConfig.',
      fix: 'Write export default defineConfig({ … })',
    }
  }
  return { message: 'The config file has no default export that is a config.', fix }
}
