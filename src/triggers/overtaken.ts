import { Fault } from '../domain/fault.ts';

export function overtaken(repository: string): Fault {
  return new Fault('internal', `Another server began to watch ${repository} at the same moment`, {
    hint: 'Nothing is lost; the next poll goes on where the other server stopped.',
  });
}
