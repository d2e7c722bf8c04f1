import { z } from 'zod';

export const rollbackBody = z.strictObject({
  workload: z
    .string()
    .regex(/^[a-z]+\/[\w.-]{1,253}$/, 'is written as KIND/NAME: deployment/cart, service/cart_web')
    .describe('`deployment/cart`, as the environment lists it'),
  run: z
    .string()
    .min(1)
    .optional()
    .describe('Whose version to go back to: an id, `cart#12`; default: the one before what runs now'),
  why: z.string().max(300).optional().describe('Kept with the run'),
});
