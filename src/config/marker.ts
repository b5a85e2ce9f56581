/** Marks what the builders make. `Symbol.for` is shared by every copy of this package; `instanceof` is not. */
export const marker = Symbol.for('featurestore.kind')

export type Kind = 'config' | 'entity' | 'group' | 'feature' | 'sql' | 'pick' | 'service' | 'dataset' | 'reducer'

/** Whether `value` was made by the builder of that kind, in this copy of the package or another. */
export function isKind(value: unknown, kind: Kind): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && (value as { [marker]?: unknown })[marker] === kind
}

/** A frozen object that carries its kind, and its methods, out of sight of `Object.keys` and JSON. */
export function mark<T extends object, M extends object>(kind: Kind, fields: T, methods?: M): T & M {
  const marked = { ...fields }
  Object.defineProperty(marked, marker, { value: kind })
  for (const [name, value] of Object.entries(methods ?? {})) Object.defineProperty(marked, name, { value })
  return Object.freeze(marked) as T & M
}
