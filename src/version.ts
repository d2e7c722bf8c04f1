import packageJson from '../package.json' with { type: 'json' };

/** Of this program, from its package. */
export const version: string = packageJson.version;
