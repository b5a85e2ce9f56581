/** How far a pass is, remembered while its next rows are on their way. */
import type { HeldSynced, Synced, SyncedPlace } from './synced.js'

export class SavedPass {
  readonly #place: SyncedPlace
  #held: HeldSynced
  #saving: Promise<void> = Promise.resolve()
  #isLost = false

  constructor(place: SyncedPlace, held: HeldSynced) {
    this.#place = place
    this.#held = held
  }

  /** Another has changed what is remembered: what is sent from here on would not count. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** @param sent resolves when all that the state tells of is in Redis */
  save(sent: Promise<void>, state: Synced): void {
    this.#saving = Promise.all([sent, this.#saving]).then(async () => {
      if (this.#isLost) return
      const held = await this.#place.replace(this.#held, state)
      if (held === undefined) this.#isLost = true
      else this.#held = held
    })
    // It is met when all is settled.
    this.#saving.catch(() => {})
  }

  async settled(): Promise<void> {
    await this.#saving
  }
}
