/** What is wrong with a path that must stay inside the checked-out tree, or null. */
export function treePathMistake(path: string): string | null {
  if (path.includes('://')) return 'a URL is no path within the checked-out tree';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path))
    return 'an absolute path leaves the checked-out tree\nwrite it relative to the folder of the source';
  const segments = path.split('/');
  if (segments.includes('..')) return "a path with '..' may leave the checked-out tree";
  if (/\p{Cc}/u.test(path)) return 'a path has no control characters';
  if (path.includes('\\')) return `a path has no backslashes\nwrite ${path.replaceAll('\\', '/')}`;
  if (segments.some((segment) => segment.toLowerCase() === '.svn')) return "'.svn' is not part of the tree";
  return path.length > 1024 ? 'a path has at most 1024 characters' : null;
}

/** `./services//cart/` -> `services/cart`; the tree's root is ''. The path must have been checked. */
export function normalTreePath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

/** Whether `folder` is a proper ancestor of `path`; '' is above everything else. */
export function isAbove(folder: string, path: string): boolean {
  return folder === '' ? path !== '' : path.startsWith(`${folder}/`);
}
