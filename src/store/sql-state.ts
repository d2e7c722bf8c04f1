import pg from 'pg';
import { Fault } from '../domain/fault.ts';

/** The five characters by which PostgreSQL names what went wrong; undefined for anything it did not report. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Whether a row was refused because it exists already, optionally by the named constraint or index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code !== '23505') return false;
  return constraint === undefined || error.constraint === constraint;
}

/** Whether what was to be stored is what no database can hold: a value out of range, a row too large. Trying again does not help. */
export function isUnstorable(error: unknown): boolean {
  return /^(?:22|54)/.test(sqlStateOf(error) ?? '');
}

/** Whether the connection that reported the error can no longer be used. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return lossStates.test(error.code ?? '');
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}

/**
 * Turns what only the operator can change into a `Fault`; every other error, such as a violated constraint, comes
 * back as it is, because its caller knows what to make of it.
 */
export function asDatabaseFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (isConnectionLoss(error)) {
    return new Fault(
      'database-unreachable',
      'The connection to the database was lost in the middle of a query',
      {
        cause: error,
        hint: 'Check that PostgreSQL runs and accepts connections; what was interrupted is tried again.',
      },
    );
  }
  const state = sqlStateOf(error) ?? '';
  if (givenUpStates.test(state)) {
    return new Fault('database-unreachable', `The database gave up a statement (SQLSTATE ${state})`, {
      cause: error,
      hint: 'It is tried again; where this goes on, the database, or its disk, has more to do than it can.',
    });
  }
  if (state === diskFull) {
    return new Fault('disk-full', 'The database could not write: its disk is full', {
      cause: error,
      hint: 'Free space on the disk that holds the database; work continues by itself.',
    });
  }
  return error;
}

/** Connection exceptions, operator intervention (shutdown, crash, not ready yet), too many connections. */
const lossStates = /^(08...|57P0[1-5]|53300)$/;
/** Took too long; could not be put in an order with others. Nothing of it was done. */
const givenUpStates = /^(57014|40001|40P01)$/;
const diskFull = '53100';
