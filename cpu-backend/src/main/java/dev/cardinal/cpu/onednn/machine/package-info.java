/**
 * Machine code made at run time, for what no library computes: an assembler for the few instructions that our kernels use and executable memory. Knows nothing of tensors; depends on nothing of ours. Start
 * with {@link dev.cardinal.cpu.onednn.machine.Assembler}.
 */
package dev.cardinal.cpu.onednn.machine;
