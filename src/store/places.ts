import { type RawBuilder, sql } from 'kysely';

/**
 * The targets that something was ever deployed to in these environments. Goes from one to the next one in the index:
 * what lies between is never read.
 */
export function placesOf(environments: string[]): RawBuilder<{ environment: string; target: string }> {
  return sql<{ environment: string; target: string }>`
    with recursive place (environment, target) as (
      select environment, (
        select min(target) from deployment where deployment.environment = given.environment)
      from unnest(${environments}::text[]) as given (environment)
      union all
      select environment, (
        select min(next.target) from deployment as next
        where next.environment = place.environment and next.target > place.target)
      from place where target is not null)
    select environment, target from place where target is not null`;
}
