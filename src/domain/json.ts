/** A JSON value, as stored in `jsonb` columns and sent over the API. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
