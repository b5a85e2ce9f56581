/** A way to a server that takes now longer, now shorter: what happens to fall together does so sooner. */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Jitter {
  readonly url: string
  close(): void
}

/** @param most milliseconds that what is sent or answered is held back at most, one in ten so long */
export async function jitter(url: string, most: number): Promise<Jitter> {
  const upstream = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const up = connect(Number(upstream.port), upstream.hostname)
    for (const [from, to] of [
      [socket, up],
      [up, socket],
    ] as const) {
      sockets.add(from)
      void pass(from, to, most)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.port = String((server.address() as { port: number }).port)
  return {
    url: through.href,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** In order, as of any connection. */
async function pass(from: Socket, to: Socket, most: number): Promise<void> {
  try {
    for await (const chunk of from) {
      await sleep(Math.random() < 0.1 ? most : 1)
      to.write(chunk as Buffer)
    }
  } catch {
    // It was cut off.
  } finally {
    to.destroy()
  }
}
