/** Options of several commands. */
import { Option } from 'commander'
import { wholeNumber } from './value.js'

export function online(): Option {
  return new Option('--online', 'send to Redis what it lacks, too, and make new versions live there')
}

export function parallel(): Option {
  return new Option('--parallel <windows>', 'windows of a group that run at the same time (PostgreSQL only)').argParser(
    wholeNumber,
  )
}

export function createTenant(): Option {
  return new Option('--create-tenant', 'add the tenant where there is none of that name')
}

export function allTenants(): Option {
  return new Option('--all-tenants', 'for every active tenant, one after another')
}
