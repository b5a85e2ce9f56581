/** What reads values and serves them. */
import { Option } from 'commander'
import type { Declarations } from './declaration.js'
import { each, list, portNumber, wholeNumber } from './value.js'

export const read: Declarations = {
  get: {
    summary: 'Read the newest values of entities',
    declare: (command) =>
      command
        .argument('<key...>', 'a key, or name=value for each key of the entity; several entities one after another')
        .description('Read the newest values of entities')
        .option('-e, --entity <name>', 'whose key it is, where several entities could have it')
        .option('-f, --features <names>', 'only these: group.feature, or feature', list)
        .addOption(new Option('--service <name>', "a service's vector, by its keys").conflicts(['entity', 'features']))
        .option('--max-age <duration>', 'pass over tiers that may hold older values (0s, 5m)')
        .addOption(new Option('--tier <name>', 'ask this tier alone').choices(['redis', 'latest']).conflicts('maxAge'))
        .option('--request <name=value>', 'what on-demand features are computed with, again for each; or as JSON', each)
        .examples(
          'fstore get SFO',
          'fstore get origin=SFO destination=LAX',
          'fstore get SFO LAX --features departures_7d --json',
          'fstore get --service late_v1 origin=SFO destination=LAX',
          'fstore get SFO --features risk.score --request scheduled_at=2001-03-01T08:00Z',
        ),
    load: () => import('../commands/get.js'),
  },
  search: {
    summary: 'Find entities by their embeddings',
    declare: (command) =>
      command
        .argument('<feature>', 'an embedding: group.feature, or feature')
        .description('Find the entities whose newest embeddings are most alike a vector, or another entity')
        .option('--key <key...>', 'the entity to find the like of: its key, or name=value for each of its keys')
        .addOption(new Option('--vector <numbers>', 'a vector as JSON: [0.1,0.2]').conflicts('key'))
        .addOption(new Option('--vector-file <file>', 'the same from a file; - for stdin').conflicts(['key', 'vector']))
        .option('-n, --limit <entities>', 'entities to show', '10')
        .option('--threshold <similarity>', 'only those at least so similar')
        .option('--exact', 'compare with every row: slower, and misses none')
        .option('-f, --features <names>', 'features to show of them: group.feature, or feature', list)
        .examples(
          'fstore search docs.embedding --key doc_17',
          "fstore search docs.embedding --vector '[0.1,0.2,0.3]' --threshold 0.7 --features title",
          'fstore search docs.embedding --vector-file query.json --json',
        ),
    load: () => import('../commands/search.js'),
  },
  history: {
    summary: 'Show the values a feature has had',
    declare: (command) =>
      command
        .argument('<feature>', 'group.feature, or feature; group.feature@2 for a version that is not live')
        .argument('<key...>', 'the key of one entity, or name=value for each of its keys')
        .description('Show the values a feature of one entity has had, newest first')
        .option('--start <timestamp>', 'only values as of this or later (2026-01-31, 2026-01-31T06:00:00Z)')
        .option('--end <timestamp>', 'only values as of before this')
        .option('-n, --limit <rows>', 'rows to show', '20')
        .option('--all', 'superseded rows, too: what was corrected or retracted since')
        .examples(
          'fstore history departures.departures_7d SFO',
          'fstore history routes.late_share_28d origin=SFO destination=LAX --all --json',
        ),
    load: () => import('../commands/history.js'),
  },
  serve: {
    summary: 'Serve features over HTTP',
    declare: (command) =>
      command
        .description('Serve features over HTTP, until it is told to stop')
        .addOption(new Option('-p, --port <port>', '0 for any that is free').argParser(portNumber).default(6566))
        .option('--host <address>', 'where to listen; any but this machine alone wants a token', '127.0.0.1')
        .option('--token-file <file>', 'a file with the one secret that opens everything (FSTORE_TOKEN)')
        .option('--tokens <file>', 'a JSON list of tokens with tenants and scopes (FSTORE_TOKENS)')
        .addOption(new Option('--body-limit <bytes>', 'largest body').argParser(wholeNumber).default(1 << 20))
        .addOption(
          new Option('--max-keys <number>', 'most entities of one read').argParser(wholeNumber).default(10_000),
        )
        .option('--timeout <duration>', 'longest wait for an answer', '30s')
        .option('--grace <duration>', 'how long what is under way may take when told to stop', '10s')
        .addOption(
          new Option('--log-level <level>', 'what is logged, on stderr')
            .choices(['info', 'warn', 'error', 'silent'])
            .default('info'),
        )
        .examples('fstore serve', 'FSTORE_TOKEN=$(openssl rand -hex 32) fstore serve --host 0.0.0.0 --port 8080'),
    load: () => import('../commands/serve.js'),
  },
  mcp: {
    summary: 'Serve features to agents',
    declare: (command) =>
      command
        .description('Serve features to agents, by the Model Context Protocol on stdin and stdout')
        .examples('fstore mcp', 'fstore mcp --tenant acme --config shop/featurestore.config.ts'),
    load: () => import('../commands/mcp.js'),
  },
}
