import { Text } from '../parts/fields.js'
import { adjust } from '../router.js'

export function GroupField({ group }: { group: string }) {
  return (
    <Text
      label="Group"
      value={group}
      placeholder="any"
      search
      settle={(value) => adjust({ group: value.trim() }, { step: true })}
    />
  )
}
