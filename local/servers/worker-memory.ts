/**
 * How glibc's malloc is to serve a worker. A worker takes and gives back buffers of megabytes, a batch's
 * bytes and its bulk body, from several threads. By default each thread keeps an arena of its own, and what was given back once
 * raises the size from which on memory goes back to the system; a worker then keeps a fifth more than it uses. Other libraries
 * of C ignore both. Of the Dockerfile, too.
 */
export const WORKER_MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '524288' } as const;
