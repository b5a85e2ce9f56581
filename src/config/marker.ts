/** Marks what the builders make. `Symbol.for` is shared by every copy of this package; `instanceof` is not. */
export const marker = Symbol.for('featurestore.kind')

export type Kind = 'config' | 'entity' | 'group' | 'feature' | 'sql'

/** Whether `value` was made by the builder of that kind, in this copy of the package or another. */
export function isKind(value: unknown, kind: Kind): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && (value as { [marker]?: unknown })[marker] === kind
}

/** A frozen object that carries its kind out of sight of `Object.keys` and JSON. */
export function mark<T extends object>(kind: Kind, fields: T): T {
  const marked = { ...fields }
  Object.defineProperty(marked, marker, { value: kind })
  return Object.freeze(marked)
}
