/** Which schemas init makes a project's tables in. */
import { expect, test } from '@jest/globals'
import { ownSchema } from '../../../src/cli/init/own-schema.js'
import { asSuperuser, describeEachDatabase } from '../../servers/databases.js'
import { server, withDatabase } from '../../servers/server.js'

describeEachDatabase(
  (given) => {
    test.each([
      ['nobody has claimed it', 'SELECT', 'fstore'],
      ['the project has it', "INSERT INTO fstore.store VALUES ('my-shop')", 'fstore'],
      ['another has it', "INSERT INTO fstore.store VALUES ('other')", 'fstore_my_shop'],
      ['it may not be looked into', 'REVOKE ALL ON SCHEMA fstore FROM PUBLIC', 'fstore_my_shop'],
      ['nor its table', 'REVOKE ALL ON fstore.store FROM PUBLIC', 'fstore_my_shop'],
    ])('%s', async (_, sql, schema) => {
      const database = withDatabase((await server('postgres')).url, new URL(given.url).pathname.slice(1))
      await asSuperuser(
        database,
        `CREATE SCHEMA fstore; CREATE TABLE fstore.store (project text);
         GRANT USAGE ON SCHEMA fstore TO PUBLIC; GRANT SELECT ON fstore.store TO PUBLIC; ${sql}`,
      )
      expect(await ownSchema(given.db, 'my-shop')).toBe(schema)
      await asSuperuser(database, 'DROP SCHEMA fstore CASCADE')
    })
  },
  ['postgres'],
)
