export function startRedis(): Promise<{ url: string; description: string; stop: () => Promise<void> }>
