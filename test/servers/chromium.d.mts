/** Undefined where none can be had, with why on standard error. */
export function findChromium(): Promise<{ command: string; env: Record<string, string> } | undefined>
