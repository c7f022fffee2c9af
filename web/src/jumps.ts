import type { JumpTarget } from './commands';

/** Where the jump menu leads, in its order. */
export const JUMPS: readonly JumpTarget[] = ['reply', 'timeout', 'drop', 'fault', 'start', 'end'];
