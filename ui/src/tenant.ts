/** Whose rows are shown: the tenant that the address names, else the server's own. */

import { address, type Params } from './api.js'
import { useRoute } from './router.js'

/** The address of an answer for the tenant that is looked at. */
export function useAddress(path: string, params: Params = {}): string {
  return address(path, { tenant: useRoute().params.get('tenant'), ...params })
}
