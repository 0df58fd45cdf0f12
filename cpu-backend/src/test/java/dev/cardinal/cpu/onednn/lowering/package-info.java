/** Tests of how operations are lowered. */
package dev.cardinal.cpu.onednn.lowering;
