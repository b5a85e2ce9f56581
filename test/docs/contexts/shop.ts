/** The project of the guide. */
import { entity } from 'featurestore'
import config, { userActivity } from '../../../templates/minimal/featurestore.config.js'

export { config, userActivity }
export const user = entity('user', { user_id: 'string' })
