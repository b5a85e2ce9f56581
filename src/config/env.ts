import { FstoreError } from '../errors.js'

const placeholder = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

/**
 * A placeholder for an environment variable, filled in when a profile is used: loading a config never needs the
 * variable. It is a string, and stays whole when it is joined to others: `${env('DATABASE_URL')}?sslmode=require`.
 *
 * @param fallback what it means where the variable is unset or empty.
 * @throws FstoreError CONFIG_INVALID where `name` cannot be a variable's name.
 */
export function env(name: string, fallback?: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new FstoreError('CONFIG_INVALID', `env("${name}"): not the name of an environment variable.`, {
      fix: "Use letters, digits and underscores, such as env('DATABASE_URL').",
    })
  }
  return fallback === undefined ? `\${env:${name}}` : `\${env:${name}:-${encodeURIComponent(fallback)}}`
}

/** The text with its placeholders filled in, or the name of the first variable that is not set. Empty is unset. */
export function resolveEnv(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): { readonly text: string } | { readonly missing: string } {
  let missing: string | undefined
  const resolved = text.replaceAll(placeholder, (_, name: string, fallback?: string) => {
    const value = variables[name] || (fallback === undefined ? undefined : decodeURIComponent(fallback))
    if (value === undefined) missing ??= name
    return value ?? ''
  })
  return missing === undefined ? { text: resolved } : { missing }
}
