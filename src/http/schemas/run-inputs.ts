import { z } from 'zod';

export const externalSchema = z
  .object({
    path: z.string().describe("Where it lies in the run's tree"),
    url: z.string(),
    revision: z.string(),
    isPinned: z.boolean().describe('The property names the revision; else it was fixed for this run'),
  })
  .meta({ id: 'External', description: 'What `svn:externals` bring into the tree of a run' });

export const includedFileSchema = z
  .object({
    file: z.string(),
    repository: z.string().nullable().describe('null: beside the file that includes it'),
    revision: z.string().nullable(),
    sha256: z.string(),
  })
  .meta({ id: 'IncludedFile', description: 'A file that the pipeline of a run includes, as it was then' });

export const pipelinePlaceSchema = z
  .object({
    repository: z.string().nullable().describe("null: in the server's own pipeline file"),
    file: z.string().nullable().describe("From the root of the branch; null: the server's file"),
    revision: z.string().nullable().describe('At which it was read; null: of the server, or not read yet'),
    sha256: z.string().nullable().describe('Of the file as it was then; null: not read yet'),
  })
  .meta({ id: 'PipelinePlace', description: 'Where the steps of a run were written' });
