/** What a text of Redis says; undefined where it is no JSON, which then tells as much as if it were not there. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
