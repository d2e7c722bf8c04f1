import { argv } from 'node:process';
import { WorkingCopies } from '../../../src/scm/subversion/copies/working-copies.ts';
import { createSubversion } from '../../../src/scm/subversion/create-subversion.ts';
import { noStop, repositoryConfig } from './subversion-at.ts';

// A worker that fetches one tree, to be killed. Arguments: repository URL, its folder, revision.
const [, , root = '', folder = '', revision = ''] = argv;
const copies = new WorkingCopies({ folder: `${folder}/copies`, aboveBytes: 0, mostBytes: 1e9, keepMs: 1e9 });
const scm = createSubversion({ stateDir: `${folder}/state`, copies, repository: repositoryConfig(root) });
const request = { branch: 'trunk', path: '', revision, generation: 1, into: `${folder}/killed` };
await scm.exportTree(request, noStop());
